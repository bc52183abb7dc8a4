/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "gstmasteringsidechain-private.h"

#define PATIENCE (5 * G_TIME_SPAN_SECOND)
#define GRACE (20 * GST_MSECOND)        /* what a live key may be late beside the latency of both */
#define SLACK(rate) ((rate) / 500)      /* frames of 2 ms */

/* --- places -------------------------------------------------------------------------------------------------- */

static gint64
place_of (const GstSegment *segment, GstClockTime running, gint rate)
{
  const gint64 frames = (gint64) gst_util_uint64_scale_round (running, rate, GST_SECOND);
  return segment->rate == 1.0 ? frames : llround ((gdouble) frames * segment->rate);
}

void
gst_mastering_place_follow (GstMasteringPlace *place, const GstSegment *segment, GstClockTime pts, gint rate, gboolean is_discont)
{
  const GstClockTime running = segment->format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID (pts) ?
      gst_segment_to_running_time (segment, GST_FORMAT_TIME, pts) : GST_CLOCK_TIME_NONE;

  if (GST_CLOCK_TIME_IS_VALID (running)) {
    const gint64 wanted = place_of (segment, running, rate);
    if (!place->is_known || is_discont || ABS (wanted - place->next) > SLACK (rate))
      place->next = wanted;
  } else if (!place->is_known) {
    place->next = 0;
  }
  place->is_known = TRUE;
}

/* --- pieces; with the lock ----------------------------------------------------------------------------------- */

static void
drop_first (GstMasteringSidechain *sc)
{
  GstMasteringPiece *piece = gst_queue_array_pop_head_struct (sc->pieces);
  if (sc->is_mapped)
    gst_audio_buffer_unmap (&sc->map);
  sc->is_mapped = FALSE;
  sc->ahead -= gst_util_uint64_scale (piece->n_frames, GST_SECOND, piece->rate);
  if (piece->buffer) {
    gst_buffer_unref (piece->buffer);
    g_atomic_rc_box_release (piece->format);
  }
}

void
gst_mastering_sidechain_drop_all (GstMasteringSidechain *sc)
{
  while (!gst_queue_array_is_empty (sc->pieces))
    drop_first (sc);
}

void
gst_mastering_sidechain_tell (GstMasteringSidechain *sc)
{
  sc->n_arrivals++;
  g_cond_broadcast (&sc->changed);
}

static gint64
in_frames_of_input (const GstMasteringSidechain *sc, gint64 at, gint rate)
{
  return rate == sc->rate ? at : (gint64) gst_util_uint64_scale_round (at, sc->rate, rate);
}

/* Frames by which the edges of a piece may be off: where both streams change their rate they need not do it in the same frame */
static gint64
slack_of (const GstMasteringSidechain *sc, const GstMasteringPiece *piece)
{
  return piece->buffer && piece->rate != sc->rate ? SLACK (sc->rate) : 0;
}

/* The first piece that does not end before @at, or NULL */
static const GstMasteringPiece *
find (GstMasteringSidechain *sc, gint64 at)
{
  while (!gst_queue_array_is_empty (sc->pieces)) {
    const GstMasteringPiece *piece = gst_queue_array_peek_head_struct (sc->pieces);
    if (in_frames_of_input (sc, piece->start + piece->n_frames, piece->rate) > at + slack_of (sc, piece))
      return piece;
    drop_first (sc);
    g_cond_broadcast (&sc->changed);
  }
  return NULL;
}

/* --- what the input asks ------------------------------------------------------------------------------------- */

void
gst_mastering_sidechain_set_input (GstMasteringSidechain *sc, const GstAudioInfo *info)
{
  sc->input.is_known = FALSE;
  g_mutex_lock (&sc->lock);
  sc->rate = GST_AUDIO_INFO_RATE (info);
  sc->n_channels = GST_AUDIO_INFO_CHANNELS (info);
  g_mutex_unlock (&sc->lock);
}

/* Nobody hears what comes, so that it is not kept; with the lock */
static void
rest (GstMasteringSidechain *sc, gboolean is_resting)
{
  if (is_resting == sc->is_resting)
    return;
  sc->is_resting = is_resting;
  if (is_resting)
    gst_mastering_sidechain_drop_all (sc);
  gst_mastering_sidechain_tell (sc);
}

void
gst_mastering_sidechain_follow (GstMasteringSidechain *sc, const GstSegment *segment, GstClockTime pts, gboolean is_discont)
{
  gst_mastering_place_follow (&sc->input, segment, pts, sc->rate, is_discont);
  g_mutex_lock (&sc->lock);
  rest (sc, segment->rate <= 0.0);
  g_mutex_unlock (&sc->lock);
}

void
gst_mastering_sidechain_input_event (GstMasteringSidechain *sc, GstEvent *event)
{
  g_mutex_lock (&sc->lock);
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_FLUSH_STOP:
      sc->is_flushing = GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_START;
      rest (sc, FALSE);
      gst_mastering_sidechain_tell (sc);
      break;
    case GST_EVENT_EOS:
    case GST_EVENT_STREAM_START:
      rest (sc, GST_EVENT_TYPE (event) == GST_EVENT_EOS);
      break;
    default:
      break;
  }
  g_mutex_unlock (&sc->lock);
}

/* Whether the key may still say something about what it has not reached; with the lock */
static gboolean
may_come (const GstMasteringSidechain *sc)
{
  return sc->is_running && sc->pad && GST_PAD_PEER (sc->pad) && !sc->is_ended && !sc->is_flushing && !sc->is_resting
      && !sc->has_given_up;
}

static gsize
be_silent (const GstMasteringSidechain *sc, gdouble *const *planes, gsize done, gint64 n)
{
  for (gint c = 0; c < sc->n_channels; c++)
    memset (planes[c] + done, 0, (gsize) n * sizeof (gdouble));
  return (gsize) n;
}

/* Up to @left frames of a piece that ends after @at, or the silence before it. 0 and *trouble if it cannot be used */
static gsize
take (GstMasteringSidechain *sc, const GstMasteringPiece *piece, gint64 at, gdouble *const *planes, gsize done, gsize left, gsize *n_invalid,
    gchar **trouble)
{
  const gint64 start = in_frames_of_input (sc, piece->start, piece->rate) + slack_of (sc, piece);
  const gint64 end = in_frames_of_input (sc, piece->start + piece->n_frames, piece->rate);
  gdouble *to[64];

  if (start > at)
    return be_silent (sc, planes, done, MIN ((gint64) left, start - at));
  const gsize n = MIN ((gint64) left, end - at);
  if (!piece->buffer)
    return be_silent (sc, planes, done, n);

  const GstAudioInfo *info = &piece->format->info;
  const gint n_channels = GST_AUDIO_INFO_CHANNELS (info);
  if (piece->rate != sc->rate)
    *trouble = g_strdup_printf ("the sidechain has a rate of %d Hz, the input of %d Hz. Put audioresample ! audio/x-raw,rate=%d before "
        "the sidechain pad.", piece->rate, sc->rate, sc->rate);
  else if (n_channels != 1 && n_channels != sc->n_channels)
    *trouble = g_strdup_printf ("the sidechain has %d channels, the input has %d. Put audioconvert ! audio/x-raw,channels=1 before the "
        "sidechain pad.", n_channels, sc->n_channels);
  else if (!sc->is_mapped && !gst_audio_buffer_map (&sc->map, info, piece->buffer, GST_MAP_READ))
    *trouble = g_strdup ("a buffer of the sidechain could not be mapped.");
  if (*trouble)
    return 0;
  sc->is_mapped = TRUE;
  for (gint c = 0; c < n_channels; c++)
    to[c] = planes[c] + done;
  *n_invalid += mst_planar_read (piece->format->format, (const void *const *) sc->map.planes,
      GST_AUDIO_INFO_LAYOUT (info) == GST_AUDIO_LAYOUT_NON_INTERLEAVED, n_channels, (gsize) (at - start), to, n);
  for (gint c = n_channels; c < sc->n_channels; c++)
    memcpy (planes[c] + done, to[0], n * sizeof (gdouble));
  return n;
}

/* --- latency ------------------------------------------------------------------------------------------------- */

void
gst_mastering_sidechain_fold_latency (GstMasteringSidechain *sc, GstQuery *query)
{
  gboolean is_live, is_key_live = FALSE;
  GstClockTime min, max, key_min = 0, key_max = GST_CLOCK_TIME_NONE;
  GstQuery *key_query = gst_query_new_latency ();

  gst_query_parse_latency (query, &is_live, &min, &max);
  g_mutex_lock (&sc->lock);
  GstPad *pad = sc->pad ? gst_object_ref (sc->pad) : NULL;
  g_mutex_unlock (&sc->lock);
  if (pad && gst_pad_peer_query (pad, key_query))
    gst_query_parse_latency (key_query, &is_key_live, &key_min, &key_max);
  const gboolean has_pad = pad != NULL;
  gst_clear_object (&pad);
  gst_query_unref (key_query);
  is_live |= is_key_live;
  min = MAX (min, key_min) + (is_live && has_pad ? GRACE : 0);
  max = MIN (max, key_max);     /* NONE is the highest */
  gst_query_set_latency (query, is_live, min, max);
  g_mutex_lock (&sc->lock);
  sc->is_latency_known = TRUE;
  sc->is_live = is_live;
  sc->latency = min;
  g_mutex_unlock (&sc->lock);
}

/* Whether it is live, and then the monotonic time at which running time 0 is due, if a clock runs */
static gboolean
is_due (GstMasteringSidechain *sc, gint64 *origin)
{
  g_mutex_lock (&sc->lock);
  const gboolean is_known = sc->is_latency_known;
  sc->is_latency_known = TRUE;
  g_mutex_unlock (&sc->lock);
  if (!is_known) {
    GstQuery *query = gst_query_new_latency ();
    if (gst_pad_peer_query (GST_BASE_TRANSFORM_SINK_PAD (sc->owner), query))
      gst_mastering_sidechain_fold_latency (sc, query);
    gst_query_unref (query);
  }
  g_mutex_lock (&sc->lock);
  const gboolean is_live = sc->is_live;
  const GstClockTime latency = sc->latency;
  g_mutex_unlock (&sc->lock);
  GstClock *clock = is_live ? gst_element_get_clock (GST_ELEMENT (sc->owner)) : NULL;
  if (!clock)
    return FALSE;
  const GstClockTimeDiff until = GST_CLOCK_DIFF (gst_clock_get_time (clock),
      gst_element_get_base_time (GST_ELEMENT (sc->owner)) + latency);
  *origin = g_get_monotonic_time () + until / (GstClockTimeDiff) GST_USECOND;
  gst_object_unref (clock);
  return TRUE;
}

/* --- reading ------------------------------------------------------------------------------------------------- */

gchar *
gst_mastering_sidechain_read (GstMasteringSidechain *sc, gdouble *const *planes, gsize n_frames, gsize *n_invalid, gsize *n_missed)
{
  gchar *trouble = NULL;
  gboolean gives_up = FALSE;
  guint64 n_seen = 0;
  gint64 origin = 0, end = 0;
  const gboolean is_live = is_due (sc, &origin);

  g_mutex_lock (&sc->lock);
  for (gsize done = 0; done < n_frames && !trouble;) {
    const gsize left = n_frames - done;
    const gint64 at = sc->input.next;
    const GstMasteringPiece *piece = find (sc, at);
    gsize n;
    if (piece) {
      n = take (sc, piece, at, planes, done, left, n_invalid, &trouble);
    } else if (!may_come (sc)) {
      *n_missed += sc->has_given_up ? left : 0;
      n = be_silent (sc, planes, done, left);
    } else {
      const gint64 start = GST_CLOCK_TIME_IS_VALID (sc->segment_start) ? in_frames_of_input (sc, sc->segment_start, GST_SECOND) : 0;
      if (is_live)
        end = origin + at * G_TIME_SPAN_SECOND / sc->rate;
      else if (end == 0 || sc->n_arrivals != n_seen)
        end = g_get_monotonic_time () + PATIENCE;
      n_seen = sc->n_arrivals;
      if (start > at) {
        n = be_silent (sc, planes, done, MIN ((gint64) left, start - at));
      } else if (g_cond_wait_until (&sc->changed, &sc->lock, end) || sc->n_arrivals != n_seen) {
        continue;
      } else if (is_live) {
        *n_missed += left;
        n = be_silent (sc, planes, done, left);
      } else {
        sc->has_given_up = gives_up = TRUE;
        gst_mastering_sidechain_drop_all (sc);
        gst_mastering_sidechain_tell (sc);
        continue;
      }
    }
    done += n;
    sc->input.next += (gint64) n;
  }
  g_mutex_unlock (&sc->lock);
  if (gives_up)
    GST_ELEMENT_WARNING (sc->owner, STREAM, FAILED, ("%s: nothing has come to the sidechain pad for 5 s; from here on the key is "
            "silence. Behind a tee each branch needs a queue: tee name=t ! queue ! %s name=c  t. ! queue ! c.sidechain; where one "
            "branch is late by a second or more, give the queue of the other a longer max-size-time.",
            gst_mastering_class (sc->owner)->name, gst_mastering_class (sc->owner)->name), (NULL));
  return trouble;
}

