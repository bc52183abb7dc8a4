/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "length.h"

#include <gst/audio/audio.h>

typedef struct
{
  guint64 expected, seen;       /* frames */
} Length;

static gboolean
get_info (GstPad *pad, GstAudioInfo *info)
{
  GstCaps *caps = gst_pad_get_current_caps (pad);
  const gboolean ok = caps != NULL && gst_audio_info_from_caps (info, caps);
  gst_clear_caps (&caps);
  return ok;
}

static void
fill_up (GstPad *pad, Length *length)
{
  GstAudioInfo info;

  if (length->seen >= length->expected || !get_info (pad, &info))
    return;
  const guint64 missing = length->expected - length->seen;
  if (missing > (guint64) GST_AUDIO_INFO_RATE (&info) / 10)
    return;
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, missing * GST_AUDIO_INFO_BPF (&info), NULL);
  gst_buffer_memset (buffer, 0, 0, missing * GST_AUDIO_INFO_BPF (&info));
  GST_BUFFER_PTS (buffer) = gst_util_uint64_scale (length->seen, GST_SECOND, GST_AUDIO_INFO_RATE (&info));
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale (missing, GST_SECOND, GST_AUDIO_INFO_RATE (&info));
  GST_BUFFER_OFFSET (buffer) = length->seen;
  /* The pad itself has seen EOS and takes nothing more; the next one has not */
  GstPad *next = gst_pad_get_peer (pad);
  gst_pad_chain (next, buffer);
  gst_object_unref (next);
  length->seen = length->expected;
}

static GstPadProbeReturn
count (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Length *length = user_data;
  GstAudioInfo info;

  if (probe->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (probe)) == GST_EVENT_EOS)
      fill_up (pad, length);
    return GST_PAD_PROBE_OK;
  }
  if (!get_info (pad, &info))
    return GST_PAD_PROBE_OK;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  const guint64 frames = gst_buffer_get_size (buffer) / GST_AUDIO_INFO_BPF (&info);
  const guint64 left = length->expected - length->seen;
  if (frames > left) {
    if (left == 0)
      return GST_PAD_PROBE_DROP;
    buffer = gst_buffer_make_writable (buffer);
    gst_buffer_set_size (buffer, (gssize) (left * GST_AUDIO_INFO_BPF (&info)));
    GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale (left, GST_SECOND, GST_AUDIO_INFO_RATE (&info));
    GST_PAD_PROBE_INFO_DATA (probe) = buffer;
  }
  length->seen += MIN (frames, left);
  return GST_PAD_PROBE_OK;
}

void
gst_master_hold_length (GstElement *element, guint64 frames)
{
  Length *length = g_new0 (Length, 1);
  GstPad *pad = gst_element_get_static_pad (element, "src");

  length->expected = frames;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, count, length, g_free);
  gst_object_unref (pad);
}

typedef struct
{
  GstClockTime duration;        /* of the segment, NONE: open */
  guint64 seen;                 /* frames */
} Clip;

static GstPadProbeReturn
clip (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Clip *c = user_data;
  const GstSegment *segment;
  GstAudioInfo info;

  if (probe->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (probe)) != GST_EVENT_SEGMENT)
      return GST_PAD_PROBE_OK;
    gst_event_parse_segment (GST_PAD_PROBE_INFO_EVENT (probe), &segment);
    const gboolean is_bounded = segment->format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID (segment->stop) && segment->stop >= segment->start;
    *c = (Clip) { is_bounded ? segment->stop - segment->start : GST_CLOCK_TIME_NONE, 0 };
    return GST_PAD_PROBE_OK;
  }
  if (!GST_CLOCK_TIME_IS_VALID (c->duration) || !get_info (pad, &info))
    return GST_PAD_PROBE_OK;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  const gsize bpf = (gsize) GST_AUDIO_INFO_BPF (&info), frames = gst_buffer_get_size (buffer) / bpf;
  const guint64 expected = gst_util_uint64_scale_round (c->duration, (guint64) GST_AUDIO_INFO_RATE (&info), GST_SECOND);
  c->seen += frames;
  if (c->seen != expected + 1)
    return GST_PAD_PROBE_OK;
  if (frames <= 1)
    return GST_PAD_PROBE_DROP;
  GST_PAD_PROBE_INFO_DATA (probe) = gst_audio_buffer_truncate (buffer, (gint) bpf, 0, frames - 1);
  return GST_PAD_PROBE_OK;
}

/* Whether @pad, or what it stands for, is of an element of that factory */
static gboolean
comes_from (GstPad *pad, const gchar *factory)
{
  GstPad *own = gst_object_ref (pad);
  while (own != NULL && GST_IS_GHOST_PAD (own)) {
    GstPad *target = gst_ghost_pad_get_target (GST_GHOST_PAD (own));
    gst_object_unref (own);
    own = target;
  }
  GstElement *element = own ? gst_pad_get_parent_element (own) : NULL;
  const gboolean is = element != NULL && g_strcmp0 (gst_plugin_feature_get_name (gst_element_get_factory (element)), factory) == 0;
  gst_clear_object (&element);
  gst_clear_object (&own);
  return is;
}

void
gst_master_hold_segment (GstPad *pad)
{
  if (!comes_from (pad, "vorbisdec"))
    return;
  Clip *c = g_new0 (Clip, 1);

  c->duration = GST_CLOCK_TIME_NONE;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, clip, c, g_free);
}

/* The track's segment is of its own time. */
static GstPadProbeReturn
open_segment (GstPadProbeInfo *probe)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (probe);
  GstSegment whole;

  if (GST_EVENT_TYPE (event) != GST_EVENT_SEGMENT)
    return GST_PAD_PROBE_OK;
  gst_segment_init (&whole, GST_FORMAT_TIME);
  GstEvent *new = gst_event_new_segment (&whole);
  gst_event_set_seqnum (new, gst_event_get_seqnum (event));
  gst_event_unref (event);
  GST_PAD_PROBE_INFO_DATA (probe) = new;
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
show (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  const GstMasterRange *range = user_data;
  GstAudioInfo info;

  if (probe->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
    return open_segment (probe);
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  if (!get_info (pad, &info) || !GST_BUFFER_PTS_IS_VALID (buffer))
    return GST_PAD_PROBE_OK;
  const guint64 rate = (guint64) GST_AUDIO_INFO_RATE (&info);
  const gint bpf = GST_AUDIO_INFO_BPF (&info);
  const guint64 first = gst_util_uint64_scale_round (range->first, rate, range->timescale);
  const guint64 end = gst_util_uint64_scale_round (range->first + range->length, rate, range->timescale);
  const guint64 from = gst_util_uint64_scale_round (GST_BUFFER_PTS (buffer), rate, GST_SECOND), to = from + gst_buffer_get_size (buffer) / (gsize) bpf;
  const guint64 begin = MAX (from, first), stop = MIN (to, end);
  if (begin >= stop)
    return GST_PAD_PROBE_DROP;
  if (begin > from || stop < to)
    buffer = gst_audio_buffer_truncate (buffer, bpf, begin - from, stop - begin);
  buffer = gst_buffer_make_writable (buffer);
  GST_BUFFER_PTS (buffer) = range->place + gst_util_uint64_scale_round (begin - first, GST_SECOND, rate);
  GST_PAD_PROBE_INFO_DATA (probe) = buffer;
  return GST_PAD_PROBE_OK;
}

void
gst_master_hold_range (GstPad *pad, const GstMasterRange *range)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, show, (gpointer) range, NULL);
}

typedef struct
{
  guint64 frames;
  gint rate;
} Told;

static GstPadProbeReturn
tell (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  const Told *told = user_data;
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (probe);
  GstFormat format;

  if (GST_QUERY_TYPE (query) != GST_QUERY_DURATION)
    return GST_PAD_PROBE_OK;
  gst_query_parse_duration (query, &format, NULL);
  if (format == GST_FORMAT_TIME)
    gst_query_set_duration (query, format, (gint64) gst_util_uint64_scale (told->frames, GST_SECOND, (guint64) told->rate));
  else if (format == GST_FORMAT_DEFAULT)
    gst_query_set_duration (query, format, (gint64) told->frames);
  else
    return GST_PAD_PROBE_OK;
  return GST_PAD_PROBE_HANDLED;
}

void
gst_master_tell_length (GstPad *pad, guint64 frames, gint rate)
{
  Told *told = g_new (Told, 1);

  *told = (Told) { frames, rate };
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM, tell, told, g_free);
}
