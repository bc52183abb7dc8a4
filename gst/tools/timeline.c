/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "timeline.h"

#include <math.h>

#define TOLERANCE_S 0.04
/* A decoder that cuts at a time in nanoseconds may leave a frame too many as a first buffer: up to here each one is put in its place */
#define HEAD_FRAMES 64

typedef struct
{
  const GstMasterSource *source;
  GstSegment segment;           /* as it came */
  GstAudioInfo info;
  gboolean is_begun;
  gint64 position;              /* frames that went on */
} Timeline;

/* Of the film's time, in frames. */
static gint64
place_of (const Timeline *line, const GstBuffer *buffer)
{
  const GstMasterSource *source = line->source;
  const GstClockTime pts = GST_BUFFER_PTS (buffer);
  guint64 running;
  gdouble ns;

  if (!GST_CLOCK_TIME_IS_VALID (pts))
    return line->position;
  if (GST_CLOCK_TIME_IS_VALID (source->origin))
    ns = (gdouble) pts - (gdouble) source->origin;
  else
    ns = gst_segment_to_running_time_full (&line->segment, GST_FORMAT_TIME, pts, &running) < 0 ? -(gdouble) running : (gdouble) running;
  return (gint64) rint (ns * 1e-9 * GST_AUDIO_INFO_RATE (&line->info));
}

static void
stamp (Timeline *line, GstBuffer *buffer, gint64 n)
{
  const guint64 rate = (guint64) GST_AUDIO_INFO_RATE (&line->info), from = (guint64) line->position, to = from + (guint64) n;

  GST_BUFFER_PTS (buffer) = gst_util_uint64_scale_round (from, GST_SECOND, rate);
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale_round (to, GST_SECOND, rate) - GST_BUFFER_PTS (buffer);
  GST_BUFFER_OFFSET (buffer) = from;
  GST_BUFFER_OFFSET_END (buffer) = to;
  GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_DISCONT);
  line->position += n;
}

static void
push_silence (GstPad *pad, Timeline *line, gint64 n)
{
  GstPad *next = gst_pad_get_peer (pad);
  const gsize bpf = (gsize) GST_AUDIO_INFO_BPF (&line->info);
  GstFlowReturn flow = GST_FLOW_OK;

  while (n > 0 && flow == GST_FLOW_OK) {
    const gint64 some = MIN (n, GST_AUDIO_INFO_RATE (&line->info));
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, (gsize) some * bpf, NULL);
    GstMapInfo map;
    if (gst_buffer_map (buffer, &map, GST_MAP_WRITE)) {
      gst_audio_format_info_fill_silence (line->info.finfo, map.data, map.size);
      gst_buffer_unmap (buffer, &map);
    }
    stamp (line, buffer, some);
    flow = gst_pad_chain (next, buffer);
    n -= some;
  }
  gst_object_unref (next);
}

static GstPadProbeReturn
take_event (Timeline *line, GstPadProbeInfo *probe)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (probe);
  GstSegment whole;
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    gst_event_parse_caps (event, &caps);
    gst_audio_info_from_caps (&line->info, caps);
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT) {
    gst_event_copy_segment (event, &line->segment);
    gst_segment_init (&whole, GST_FORMAT_TIME);
    GstEvent *new = gst_event_new_segment (&whole);
    gst_event_set_seqnum (new, gst_event_get_seqnum (event));
    gst_event_unref (event);
    GST_PAD_PROBE_INFO_DATA (probe) = new;
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_GAP) {
    return GST_PAD_PROBE_DROP;
  }
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
hold (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Timeline *line = user_data;

  if (probe->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
    return take_event (line, probe);
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  const gint bpf = GST_AUDIO_INFO_BPF (&line->info), rate = GST_AUDIO_INFO_RATE (&line->info);
  if (bpf == 0)
    return GST_PAD_PROBE_OK;
  gint64 n = (gint64) gst_buffer_get_size (buffer) / bpf;
  const gint64 ahead = place_of (line, buffer) - line->position;

  if (!line->is_begun || (gdouble) ABS (ahead) > TOLERANCE_S * rate) {
    if (ahead > 0)
      push_silence (pad, line, ahead);
    if (-ahead >= n)
      return GST_PAD_PROBE_DROP;
    buffer = gst_buffer_make_writable (buffer);
    if (ahead < 0) {
      gst_buffer_resize (buffer, (gssize) -ahead * bpf, -1);
      n += ahead;
    }
  }
  line->is_begun = line->position + n >= HEAD_FRAMES;
  buffer = gst_buffer_make_writable (buffer);
  stamp (line, buffer, n);
  GST_PAD_PROBE_INFO_DATA (probe) = buffer;
  return GST_PAD_PROBE_OK;
}

GstElement *
gst_master_timeline_new (const GstMasterSource *source)
{
  Timeline *line = g_new0 (Timeline, 1);
  GstElement *bin = gst_parse_bin_from_description ("audioconvert ! capsfilter name=held caps=audio/x-raw,layout=interleaved", TRUE, NULL);
  GstElement *held = gst_bin_get_by_name (GST_BIN (bin), "held");
  GstPad *pad = gst_element_get_static_pad (held, "src");

  line->source = source;
  gst_segment_init (&line->segment, GST_FORMAT_TIME);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, hold, line, g_free);
  gst_object_unref (pad);
  gst_object_unref (held);
  return bin;
}
