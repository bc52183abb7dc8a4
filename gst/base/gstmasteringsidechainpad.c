/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sidechain pad: what comes to it, and its life. */
#include "gstmasteringsidechain-private.h"

#define MOST_AHEAD GST_SECOND

static GstStaticPadTemplate template = GST_STATIC_PAD_TEMPLATE ("sidechain", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS (GST_MASTERING_CAPS));

/* --- what comes to the pad ----------------------------------------------------------------------------------- */

/* Takes @piece (and what it holds) when there is room, or drops it */
static GstFlowReturn
keep (GstMasteringSidechain *sc, GstMasteringPiece *piece)
{
  GstFlowReturn ret = GST_FLOW_OK;
  gboolean is_kept = FALSE;

  g_mutex_lock (&sc->lock);
  while (sc->ahead >= MOST_AHEAD && sc->is_running && !sc->is_key_flushing && !sc->is_resting && !sc->has_given_up)
    g_cond_wait (&sc->changed, &sc->lock);
  if (sc->is_key_flushing || !sc->is_running) {
    ret = GST_FLOW_FLUSHING;
  } else if (!sc->is_resting && !sc->has_given_up) {
    gst_queue_array_push_tail_struct (sc->pieces, piece);
    sc->ahead += gst_util_uint64_scale (piece->n_frames, GST_SECOND, piece->rate);
    is_kept = TRUE;
    gst_mastering_sidechain_tell (sc);
  }
  g_mutex_unlock (&sc->lock);
  if (!is_kept && piece->buffer) {
    gst_buffer_unref (piece->buffer);
    g_atomic_rc_box_release (piece->format);
  }
  return ret;
}

static GstFlowReturn
chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstMasteringSidechain *sc = gst_pad_get_element_private (pad);
  if (!sc->format) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  const GstAudioInfo *info = &sc->format->info;
  const gint rate = GST_AUDIO_INFO_RATE (info);
  const gboolean is_discont = GST_BUFFER_IS_DISCONT (buffer);
  if (!gst_buffer_get_audio_meta (buffer) && gst_buffer_get_size (buffer) % GST_AUDIO_INFO_BPF (info) != 0) {
    GST_ELEMENT_ERROR (parent, STREAM, FORMAT, ("%s: got a sidechain buffer of %" G_GSIZE_FORMAT " bytes, which is not a whole number of "
            "frames. Put rawaudioparse before the sidechain pad.", gst_mastering_class (sc->owner)->name, gst_buffer_get_size (buffer)), (NULL));
    gst_buffer_unref (buffer);
    return GST_FLOW_ERROR;
  }
  if (sc->segment.rate <= 0.0) {
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  if (sc->segment.format == GST_FORMAT_TIME)
    buffer = gst_audio_buffer_clip (buffer, &sc->segment, rate, GST_AUDIO_INFO_BPF (info));
  if (!buffer)
    return GST_FLOW_OK;
  const GstAudioMeta *meta = gst_buffer_get_audio_meta (buffer);
  const gsize n = meta ? meta->samples : gst_buffer_get_size (buffer) / GST_AUDIO_INFO_BPF (info);
  gst_mastering_place_follow (&sc->key, &sc->segment, GST_BUFFER_PTS (buffer), rate, is_discont);
  GstMasteringPiece piece = { sc->key.next, (gint64) n, rate, buffer, g_atomic_rc_box_acquire (sc->format) };
  sc->key.next += (gint64) n;
  if (n == 0 || GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP)) {
    gst_buffer_unref (buffer);
    g_atomic_rc_box_release (piece.format);
    const gint64 start = (gint64) gst_util_uint64_scale_round (piece.start, GST_SECOND, rate);
    piece = (GstMasteringPiece) { start, (gint64) gst_util_uint64_scale_round (sc->key.next, GST_SECOND, rate) - start, GST_SECOND, NULL, NULL };
  }
  return piece.n_frames > 0 ? keep (sc, &piece) : GST_FLOW_OK;
}

static gboolean
take_caps (GstMasteringSidechain *sc, GstEvent *event)
{
  GstCaps *caps;
  GstMasteringKeyFormat *format = g_atomic_rc_box_new0 (GstMasteringKeyFormat);
  gst_event_parse_caps (event, &caps);
  if (!gst_audio_info_from_caps (&format->info, caps) || !gst_mastering_format (&format->info, &format->format)) {
    g_atomic_rc_box_release (format);
    return FALSE;
  }
  if (sc->format && GST_AUDIO_INFO_RATE (&sc->format->info) != GST_AUDIO_INFO_RATE (&format->info))
    sc->key.is_known = FALSE;
  g_clear_pointer (&sc->format, g_atomic_rc_box_release);
  sc->format = format;
  return TRUE;
}

static gboolean
take_gap (GstMasteringSidechain *sc, GstEvent *event)
{
  GstClockTime pts, duration;
  GstMasteringPlace place = { 0, FALSE };
  gst_event_parse_gap (event, &pts, &duration);
  if (sc->segment.rate <= 0.0 || !GST_CLOCK_TIME_IS_VALID (duration) || duration == 0)
    return TRUE;
  gst_mastering_place_follow (&place, &sc->segment, pts, GST_SECOND, TRUE);
  GstMasteringPiece piece = { place.next, (gint64) duration, GST_SECOND, NULL, NULL };
  /* what follows has a time of its own; if not, it goes on after the gap */
  if (sc->format) {
    sc->key.is_known = TRUE;
    sc->key.next = (gint64) gst_util_uint64_scale_round (place.next + piece.n_frames, GST_AUDIO_INFO_RATE (&sc->format->info), GST_SECOND);
  }
  return keep (sc, &piece) == GST_FLOW_OK;
}

static void
forget (GstMasteringSidechain *sc)
{
  gst_segment_init (&sc->segment, GST_FORMAT_TIME);
  sc->key.is_known = FALSE;
}

/* With the lock: as if nothing had ever come */
static void
begin (GstMasteringSidechain *sc)
{
  gst_mastering_sidechain_drop_all (sc);
  sc->segment_start = GST_CLOCK_TIME_NONE;
  sc->is_ended = sc->is_key_flushing = sc->has_given_up = sc->is_latency_known = sc->is_live = FALSE;
  gst_mastering_sidechain_tell (sc);
}

static gboolean
event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstMasteringSidechain *sc = gst_pad_get_element_private (pad);
  gboolean ok = TRUE;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      ok = take_caps (sc, event);
      break;
    case GST_EVENT_GAP:
      ok = take_gap (sc, event);
      break;
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment (event, &sc->segment);
      break;
    case GST_EVENT_FLUSH_STOP:
      forget (sc);
      break;
    default:
      break;
  }
  g_mutex_lock (&sc->lock);
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      sc->is_ended = sc->has_given_up = sc->is_latency_known = FALSE;
      break;
    case GST_EVENT_SEGMENT:
      sc->is_ended = FALSE;
      sc->segment_start = sc->segment.format == GST_FORMAT_TIME && sc->segment.rate > 0.0 ?
          gst_segment_to_running_time (&sc->segment, GST_FORMAT_TIME, sc->segment.start) : GST_CLOCK_TIME_NONE;
      break;
    case GST_EVENT_SEGMENT_DONE:
    case GST_EVENT_EOS:
      sc->is_ended = TRUE;
      break;
    case GST_EVENT_FLUSH_START:
      gst_mastering_sidechain_drop_all (sc);
      sc->is_key_flushing = TRUE;
      break;
    case GST_EVENT_FLUSH_STOP:
      begin (sc);
      break;
    default:
      break;
  }
  gst_mastering_sidechain_tell (sc);
  g_mutex_unlock (&sc->lock);
  gst_event_unref (event);
  return ok;
}

static GstIterator *
no_links (GstPad *pad, GstObject *parent)
{
  return NULL;
}

static void
unlinked (GstPad *pad, GstPad *peer, gpointer user)
{
  GstMasteringSidechain *sc = user;
  g_mutex_lock (&sc->lock);
  gst_mastering_sidechain_tell (sc);
  g_mutex_unlock (&sc->lock);
}

/* --- the pad's life ------------------------------------------------------------------------------------------ */

static GstMasteringSidechain *
sidechain_new (GstMasteringBase *owner)
{
  GstMasteringSidechain *sc = g_new0 (GstMasteringSidechain, 1);
  sc->owner = owner;
  sc->is_running = TRUE;
  sc->pieces = gst_queue_array_new_for_struct (sizeof (GstMasteringPiece), 16);
  g_mutex_init (&sc->lock);
  g_cond_init (&sc->changed);
  return sc;
}

void
gst_mastering_sidechain_free (GstMasteringSidechain *sc)
{
  gst_mastering_sidechain_drop_all (sc);
  gst_queue_array_free (sc->pieces);
  g_clear_pointer (&sc->format, g_atomic_rc_box_release);
  g_mutex_clear (&sc->lock);
  g_cond_clear (&sc->changed);
  g_free (sc);
}

static GstPad *
request_new_pad (GstElement *element, GstPadTemplate *templ, const gchar *name, const GstCaps *caps)
{
  GstMasteringBase *self = GST_MASTERING_BASE (element);
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  GstMasteringSidechain *sc = g_atomic_pointer_get (&priv->sidechain);
  GstPad *pad;

  if (!sc)
    sc = sidechain_new (self);
  g_mutex_lock (&sc->lock);
  const gboolean is_taken = sc->pad != NULL;
  if (!is_taken) {
    sc->pad = pad = gst_pad_new_from_template (templ, "sidechain");
    forget (sc);
    begin (sc);
  }
  g_mutex_unlock (&sc->lock);
  if (is_taken)
    return NULL;
  gst_pad_set_element_private (pad, sc);
  gst_pad_set_chain_function (pad, chain);
  gst_pad_set_event_function (pad, event);
  gst_pad_set_iterate_internal_links_function (pad, no_links);
  g_signal_connect (pad, "unlinked", G_CALLBACK (unlinked), sc);
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (element, pad);
  g_atomic_pointer_set (&priv->sidechain, sc);
  gst_mastering_base_structure_changed (self);
  gst_element_post_message (element, gst_message_new_latency (GST_OBJECT (element)));
  return pad;
}

static void
release_pad (GstElement *element, GstPad *pad)
{
  GstMasteringSidechain *sc = gst_pad_get_element_private (pad);
  g_mutex_lock (&sc->lock);
  sc->pad = NULL;
  gst_mastering_sidechain_drop_all (sc);
  sc->is_key_flushing = TRUE;
  gst_mastering_sidechain_tell (sc);
  g_mutex_unlock (&sc->lock);
  gst_pad_set_active (pad, FALSE);
  g_signal_handlers_disconnect_by_data (pad, sc);
  g_clear_pointer (&sc->format, g_atomic_rc_box_release);
  gst_element_remove_pad (element, pad);
  gst_element_post_message (element, gst_message_new_latency (GST_OBJECT (element)));
}

static GstStateChangeReturn
change_state (GstElement *element, GstStateChange transition)
{
  GstMasteringSidechain *sc = g_atomic_pointer_get (&gst_mastering_base_private (GST_MASTERING_BASE (element))->sidechain);
  if (sc && (transition == GST_STATE_CHANGE_READY_TO_PAUSED || transition == GST_STATE_CHANGE_PAUSED_TO_READY)) {
    /* before anything is taken down that a waiting thread holds */
    g_mutex_lock (&sc->lock);
    sc->is_running = transition == GST_STATE_CHANGE_READY_TO_PAUSED;
    sc->is_flushing = sc->is_resting = FALSE;
    begin (sc);
    g_mutex_unlock (&sc->lock);
    if (sc->is_running)
      forget (sc);
  }
  return GST_ELEMENT_CLASS (g_type_class_peek (GST_TYPE_BASE_TRANSFORM))->change_state (element, transition);
}

void
gst_mastering_sidechain_install (GstMasteringBaseClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  gst_element_class_add_static_pad_template (element_class, &template);
  element_class->request_new_pad = request_new_pad;
  element_class->release_pad = release_pad;
  element_class->change_state = change_state;
}
