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
  if (GST_AUDIO_INFO_LAYOUT (&info) == GST_AUDIO_LAYOUT_NON_INTERLEAVED)
    gst_buffer_add_audio_meta (buffer, &info, missing, NULL);
  GST_BUFFER_PTS (buffer) = gst_util_uint64_scale (length->seen, GST_SECOND, GST_AUDIO_INFO_RATE (&info));
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale (missing, GST_SECOND, GST_AUDIO_INFO_RATE (&info));
  GST_BUFFER_OFFSET (buffer) = length->seen;
  /* The pad itself has seen EOS and takes nothing more; the next one has not */
  GstPad *next = gst_pad_get_peer (pad);
  gst_pad_chain (next, buffer);
  gst_object_unref (next);
  length->seen = length->expected;
}

/* Planar ones, of which some frames are left out, are longer than that. */
static guint64
frames_of (GstBuffer *buffer, const GstAudioInfo *info)
{
  const GstAudioMeta *meta = gst_buffer_get_audio_meta (buffer);
  return meta != NULL ? meta->samples : gst_buffer_get_size (buffer) / (gsize) GST_AUDIO_INFO_BPF (info);
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
  const guint64 frames = frames_of (buffer, &info);
  const guint64 left = length->expected - length->seen;
  if (frames > left) {
    if (left == 0)
      return GST_PAD_PROBE_DROP;
    buffer = gst_buffer_make_writable (gst_audio_buffer_truncate (buffer, GST_AUDIO_INFO_BPF (&info), 0, (gsize) left));
    GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale (left, GST_SECOND, GST_AUDIO_INFO_RATE (&info));
    GST_PAD_PROBE_INFO_DATA (probe) = buffer;
  }
  length->seen += MIN (frames, left);
  return GST_PAD_PROBE_OK;
}

/* Times move back by as much as was left out. */
static GstPadProbeReturn
skip_head (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Length *head = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  GstAudioInfo info;

  if (!get_info (pad, &info))
    return GST_PAD_PROBE_OK;
  const gsize frames = (gsize) frames_of (buffer, &info);
  const gsize gone = (gsize) MIN (frames, head->expected - head->seen);
  head->seen += gone;
  if (gone == frames)
    return GST_PAD_PROBE_DROP;
  buffer = gst_buffer_make_writable (gone > 0 ? gst_audio_buffer_truncate (buffer, GST_AUDIO_INFO_BPF (&info), gone, frames - gone) : buffer);
  if (GST_BUFFER_PTS_IS_VALID (buffer)) {
    const GstClockTime moved = gst_util_uint64_scale (head->expected, GST_SECOND, (guint64) GST_AUDIO_INFO_RATE (&info));
    GST_BUFFER_PTS (buffer) -= MIN (GST_BUFFER_PTS (buffer), moved);
  }
  GST_PAD_PROBE_INFO_DATA (probe) = buffer;
  return GST_PAD_PROBE_OK;
}

void
gst_master_hold_part (GstPad *pad, guint64 skip, guint64 frames)
{
  Length *head = g_new0 (Length, 1), *length = g_new0 (Length, 1);

  head->expected = skip;
  length->expected = frames;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, skip_head, head, g_free);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, count, length, g_free);
}

void
gst_master_hold_length (GstElement *element, guint64 frames)
{
  GstPad *pad = gst_element_get_static_pad (element, "src");

  gst_master_hold_part (pad, 0, frames);
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
