/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where streams begin, break and end: anchors, drain, gaps, flush, new caps. */
#include "gstmasteringbase-private.h"

#include "denormals.h"

/* Buffers made here (drained and filled-in audio) are at most this long. */
#define SLICE (100 * GST_MSECOND)

static gsize
slice_frames (const GstAudioInfo *info)
{
  return (gsize) gst_util_uint64_scale (SLICE, GST_AUDIO_INFO_RATE (info), GST_SECOND);
}

static GstFlowReturn
push (GstMasteringBase *self, GstBuffer *buffer)
{
  return gst_pad_push (GST_BASE_TRANSFORM_SRC_PAD (self), buffer);
}

static GstFlowReturn
push_spill (GstMasteringBase *self)
{
  GstFlowReturn ret = GST_FLOW_OK;
  GstBuffer *buffer;
  while (ret == GST_FLOW_OK && (buffer = gst_mastering_stream_take_spill (self)))
    ret = push (self, buffer);
  return ret;
}

GstFlowReturn
gst_mastering_stream_drain (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  GstFlowReturn ret = GST_FLOW_OK;

  if (!priv->has_flow || priv->needs_reset)
    return ret;
  while (ret == GST_FLOW_OK && gst_mastering_flow_held (&priv->flow) > 0) {
    const gsize n = MIN (gst_mastering_flow_held (&priv->flow), slice_frames (&priv->in_info));
    const guint64 first = priv->flow.out;
    GstBuffer *buffer = gst_mastering_buffer_new (&priv->out_info, n);
    GstMasteringMap map;
    GstMasteringWriter writer;
    gst_mastering_map (&map, &priv->out_info, buffer, GST_MAP_WRITE);
    gst_mastering_writer_for (self, &writer, &map, n);
    const unsigned long mode = mst_denormals_off ();
    while (writer.written < n) {
      const gsize step = MIN (n - writer.written, priv->is_posting ? gst_mastering_until_interval (self) : n);
      const gboolean was_changing = gst_mastering_flow_is_changing (&priv->flow);
      gst_mastering_flow_drain (&priv->flow, step, gst_mastering_writer_emit, &writer);
      gst_mastering_after_feed (self, was_changing);
    }
    mst_denormals_restore (mode);
    gst_mastering_unmap (&map);
    gst_mastering_set_flag (buffer, GST_BUFFER_FLAG_DISCONT, priv->is_discont);
    priv->is_discont = FALSE;
    gst_mastering_stamp (self, buffer, first, n);
    gst_mastering_count_output (self, first, n);
    priv->needs_reset = TRUE;
    ret = push (self, buffer);
    if (ret == GST_FLOW_OK)
      ret = push_spill (self);
  }
  return ret;
}

/* The audio before ends here; the next frame is frame 0 at rest. */
static void
start_afresh (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (priv->flow.in > 0) {
    gst_mastering_flow_reset (&priv->flow);
    gst_mastering_publish_latency (self);
  }
  gst_mastering_time_reset (&priv->time, GST_AUDIO_INFO_RATE (&priv->in_info));
  gst_mastering_metas_clear (&priv->held_metas);
  g_clear_pointer (&priv->spill, mst_ring_free);
  priv->spilled = priv->unspilled = 0;
  if (priv->is_posting)
    gst_mastering_interval_begin (&priv->clock, priv->clock.interval, priv->clock.rate, 0);
  priv->needs_reset = FALSE;
}

GstFlowReturn
gst_mastering_stream_follow (GstMasteringBase *self, GstClockTime pts, guint64 offset, gboolean is_discont)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  GstFlowReturn ret = GST_FLOW_OK;
  gboolean follows = !is_discont && segment->rate > 0.0;

  if (follows && !priv->needs_reset && !GST_CLOCK_TIME_IS_VALID (priv->continues_at)
      && gst_mastering_time_expects (&priv->time, priv->flow.in, pts, offset))
    return ret;                 /* as nearly always */

  if (follows && GST_CLOCK_TIME_IS_VALID (priv->continues_at) && GST_CLOCK_TIME_IS_VALID (pts)) {
    /* a new segment: what counts is whether it goes on in running time */
    const guint64 running = gst_segment_to_running_time (segment, GST_FORMAT_TIME, pts);
    follows = running != GST_CLOCK_TIME_NONE
        && ABS (GST_CLOCK_DIFF (priv->continues_at, running)) <= (GstClockTimeDiff) GST_MASTERING_GAP_TOLERANCE;
  } else if (follows) {
    follows = !gst_mastering_time_is_gap (&priv->time, priv->flow.in, pts);
    priv->is_discont |= !follows;
  }
  priv->continues_at = GST_CLOCK_TIME_NONE;

  if (!follows && gst_mastering_time_has_anchor (&priv->time)) {
    const GstClockTime counted = gst_mastering_time_pts (&priv->time, priv->flow.in);
    const gboolean was_discont = priv->is_discont;
    priv->is_discont = FALSE;
    ret = gst_mastering_stream_drain (self);
    gst_mastering_post_interval (self);
    priv->is_discont = was_discont;
    start_afresh (self);
    gst_mastering_time_note (&priv->time, 0, pts, offset, counted);
  } else {
    if (priv->needs_reset)
      start_afresh (self);
    gst_mastering_time_note (&priv->time, priv->flow.in, pts, offset,
        segment->format == GST_FORMAT_TIME ? segment->start : 0);
  }
  return ret;
}

GstFlowReturn
gst_mastering_stream_gap (GstMasteringBase *self, GstClockTime pts, GstClockTime duration)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const gint rate = GST_AUDIO_INFO_RATE (&priv->in_info);
  const gsize slice = slice_frames (&priv->in_info);
  GstFlowReturn ret = gst_mastering_stream_follow (self, pts, GST_BUFFER_OFFSET_NONE, FALSE);
  /* to the frame that the gap's end falls on, so that gaps in a row do not drift */
  const GstClockTime begin = gst_mastering_time_pts (&priv->time, priv->flow.in);
  const guint64 n_frames = pts + duration > begin ? gst_util_uint64_scale_round (pts + duration - begin, rate, GST_SECOND) : 0;

  for (guint64 done = 0; ret == GST_FLOW_OK && done < n_frames;) {
    const gsize n = MIN (n_frames - done, slice);
    GstBuffer *buffer = gst_mastering_buffer_new (&priv->in_info, n), *out = NULL;
    gst_buffer_memset (buffer, 0, 0, gst_buffer_get_size (buffer));
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
    GST_BUFFER_PTS (buffer) = gst_mastering_time_pts (&priv->time, priv->flow.in);
    GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale_int (n, GST_SECOND, rate);
    GST_BUFFER_OFFSET (buffer) = gst_mastering_time_offset (&priv->time, priv->flow.in);
    ret = gst_mastering_stream_process (self, buffer, &out);
    if (ret == GST_FLOW_OK && out)
      ret = push (self, out);
    if (ret == GST_FLOW_OK)
      ret = push_spill (self);
    done += n;
  }
  return ret;
}
static void
restart (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  priv->stream_start = GST_CLOCK_TIME_NONE;
  priv->stream_frames = 0;
  priv->has_warned_invalid = FALSE;
  GST_OBJECT_LOCK (self);
  priv->invalid_samples = priv->missed_key_frames = 0;
  GST_OBJECT_UNLOCK (self);
  if (gst_mastering_class (self)->restart)
    gst_mastering_class (self)->restart (self);
}

GstFlowReturn
gst_mastering_stream_end (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (!priv->has_flow)
    return GST_FLOW_OK;
  GstFlowReturn ret = gst_mastering_stream_drain (self);
  if (priv->stream_frames > 0) {
    gst_mastering_post_interval (self);
    if (priv->is_posting)
      gst_mastering_post (self, priv->stream_start, priv->stream_start + gst_util_uint64_scale_int (priv->stream_frames, GST_SECOND,
              GST_AUDIO_INFO_RATE (&priv->in_info)), TRUE);
    if (gst_mastering_class (self)->finish)
      gst_mastering_class (self)->finish (self, gst_mastering_flow_processor (&priv->flow));
    restart (self);
    priv->needs_reset = TRUE;
  }
  return ret;
}

void
gst_mastering_stream_flush (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (!priv->has_flow)
    return;
  start_afresh (self);
  restart (self);
  priv->is_discont = FALSE;
  priv->continues_at = GST_CLOCK_TIME_NONE;
}

gboolean
gst_mastering_stream_configure (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const gint rate = GST_AUDIO_INFO_RATE (&priv->in_info);

  g_atomic_int_set (&priv->params_dirty, FALSE);
  g_atomic_int_set (&priv->structure_dirty, FALSE);
  if (!gst_mastering_format (&priv->in_info, &priv->in_format) || !gst_mastering_format (&priv->out_info, &priv->out_format))
    return gst_mastering_fail (self, "this sample format is not supported. Put audioconvert before this element.");
  gst_mastering_take_sidechain (self);
  gpointer processor = gst_mastering_make (self);
  if (!processor)
    return FALSE;
  const guint n_channels = GST_AUDIO_INFO_CHANNELS (&priv->in_info);
  gst_mastering_flow_init (&priv->flow, gst_mastering_class (self), processor, rate, n_channels, n_channels + priv->n_keys, FALSE);
  priv->has_flow = TRUE;
  priv->is_posting = FALSE;
  gst_mastering_take_common (self);
  start_afresh (self);
  gst_mastering_flow_reset (&priv->flow);
  gst_mastering_publish_latency (self);
  return TRUE;
}

void
gst_mastering_stream_clear (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (priv->has_flow)
    gst_mastering_flow_clear (&priv->flow);
  priv->has_flow = FALSE;
  priv->needs_reset = FALSE;
  priv->is_discont = FALSE;
  priv->continues_at = GST_CLOCK_TIME_NONE;
  g_clear_pointer (&priv->spill, mst_ring_free);
  gst_mastering_metas_clear (&priv->held_metas);
}
