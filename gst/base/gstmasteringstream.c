/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmasteringbase-private.h"

#include <string.h>

#include "denormals.h"

/* Buffers made here (drained and filled-in audio) are at most this long. */
#define SLICE (100 * GST_MSECOND)

static GstMasteringBaseClass *
class_of (GstMasteringBase *self)
{
  return GST_MASTERING_BASE_GET_CLASS (self);
}

static gsize
slice_frames (const GstAudioInfo *info)
{
  return (gsize) gst_util_uint64_scale (SLICE, GST_AUDIO_INFO_RATE (info), GST_SECOND);
}

/* --- messages ---------------------------------------------------------------------------------------------- */

static void
post (GstMasteringBase *self, GstClockTime start, GstClockTime end, gboolean final)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  const gboolean is_time = segment->format == GST_FORMAT_TIME;

  GstStructure *s = gst_structure_new (class_of (self)->name,
      "timestamp", G_TYPE_UINT64, start, "endtime", G_TYPE_UINT64, end,
      "stream-time", G_TYPE_UINT64,
      is_time ? gst_segment_to_stream_time (segment, GST_FORMAT_TIME, start) : GST_CLOCK_TIME_NONE,
      "running-time", G_TYPE_UINT64,
      is_time ? gst_segment_to_running_time (segment, GST_FORMAT_TIME, start) : GST_CLOCK_TIME_NONE,
      "duration", G_TYPE_UINT64, end - start, NULL);
  if (final) {
    GST_OBJECT_LOCK (self);
    const guint64 invalid = priv->invalid_samples;
    GST_OBJECT_UNLOCK (self);
    gst_structure_set (s, "final", G_TYPE_BOOLEAN, TRUE, NULL);
    if (!class_of (self)->analyser)
      gst_structure_set (s, "invalid-samples", G_TYPE_UINT64, invalid, NULL);
  }
  class_of (self)->message (self, gst_mastering_flow_processor (&priv->flow), s, final);
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self), s));
}

static void
post_interval (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (priv->is_posting && priv->flow.out > priv->clock.start)
    post (self, gst_mastering_time_pts (&priv->time, priv->clock.start),
        gst_mastering_time_pts (&priv->time, priv->flow.out), FALSE);
}

/* --- parameters -------------------------------------------------------------------------------------------- */

static gboolean
fail (GstMasteringBase *self, const gchar *text)
{
  GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s: %s", class_of (self)->name, text), (NULL));
  return FALSE;
}

static gboolean
check (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (!class_of (self)->check)
    return TRUE;
  gchar *text = class_of (self)->check (self, &priv->in_info);
  const gboolean ok = !text || fail (self, text);
  g_free (text);
  return ok;
}

static gpointer
make (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const gchar *error = "out of memory";
  if (!check (self))
    return NULL;
  gpointer processor = class_of (self)->make (self, &priv->in_info, &error);
  if (!processor)
    fail (self, error);
  return processor;
}

static void
publish_latency (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const guint64 latency = gst_util_uint64_scale_int_ceil (gst_mastering_flow_delay (&priv->flow), GST_SECOND,
      GST_AUDIO_INFO_RATE (&priv->in_info));
  GST_OBJECT_LOCK (self);
  const gboolean changed = latency != priv->latency;
  priv->latency = latency;
  GST_OBJECT_UNLOCK (self);
  if (changed)
    gst_element_post_message (GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

/* The public field, without its lock: only whether to look closer. */
static gboolean
has_bindings (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (GST_OBJECT (self)->control_bindings)
    return TRUE;
  if (priv->n_children == 0)
    return FALSE;
  gboolean any = FALSE;
  GST_OBJECT_LOCK (self);
  for (guint i = 0; i < priv->n_children && !any; i++)
    any = GST_OBJECT (priv->children[i])->control_bindings != NULL;
  GST_OBJECT_UNLOCK (self);
  return any;
}

/* Sets every bound property to its value at the time of @frame. */
static void
sync_values (GstMasteringBase *self, guint64 frame)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const GstClockTime stream_time = gst_segment_to_stream_time (&GST_BASE_TRANSFORM (self)->segment, GST_FORMAT_TIME,
      gst_mastering_time_pts (&priv->time, frame));
  if (!GST_CLOCK_TIME_IS_VALID (stream_time))
    return;
  gst_object_sync_values (GST_OBJECT (self), stream_time);
  for (guint i = 0;; i++) {
    GObject *child = NULL;
    GST_OBJECT_LOCK (self);
    if (i < priv->n_children)
      child = g_object_ref (priv->children[i]);
    GST_OBJECT_UNLOCK (self);
    if (!child)
      return;
    gst_object_sync_values (GST_OBJECT (child), stream_time);
    g_object_unref (child);
  }
}

static void
take_common (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  GST_OBJECT_LOCK (self);
  const gboolean bypass = priv->bypass, posting = priv->has_messages && priv->post_messages;
  const GstClockTime interval = priv->interval;
  GST_OBJECT_UNLOCK (self);

  gst_mastering_flow_set_bypass (&priv->flow, bypass);
  if (posting && (!priv->is_posting || interval != priv->clock.interval))
    gst_mastering_interval_begin (&priv->clock, interval, GST_AUDIO_INFO_RATE (&priv->in_info), priv->flow.out);
  priv->is_posting = posting;
}

static gboolean
begin_change (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  gpointer processor = make (self);
  if (!processor)
    return FALSE;
  gst_mastering_flow_change (&priv->flow, processor, GST_AUDIO_INFO_RATE (&priv->in_info));
  if (gst_mastering_flow_is_changing (&priv->flow)) {
    const gsize room = priv->flow.now_delay + priv->flow.next_delay + priv->flow.fade_frames + 2 * GST_MASTERING_BLOCK;
    g_clear_pointer (&priv->spill, mst_ring_free);
    priv->spill = mst_ring_new (priv->flow.n_channels, room);
    priv->spilled = priv->unspilled = 0;
  } else {
    publish_latency (self);
  }
  return TRUE;
}

/* What the application set since the last buffer takes effect at the next frame. */
static gboolean
take_changes (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (g_atomic_int_get (&priv->structure_dirty) && !gst_mastering_flow_is_changing (&priv->flow)) {
    g_atomic_int_set (&priv->structure_dirty, FALSE);
    if (!begin_change (self))
      return FALSE;
  }
  if (!g_atomic_int_get (&priv->params_dirty))
    return TRUE;
  g_atomic_int_set (&priv->params_dirty, FALSE);
  take_common (self);
  if (!check (self))
    return FALSE;
  const gsize ramp = priv->flow.in == 0 ? 0 : (gsize) GST_AUDIO_INFO_RATE (&priv->in_info) * GST_MASTERING_RAMP_MS / 1000;
  if (class_of (self)->set_params)
    class_of (self)->set_params (self, gst_mastering_flow_processor (&priv->flow), ramp);
  return TRUE;
}

/* At a grid point: values of the point after it, reached in a straight line. */
static void
take_automation (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  gpointer processor = gst_mastering_flow_processor (&priv->flow);
  const guint64 now = priv->flow.in;
  if (!class_of (self)->set_params)
    return;
  if (now == 0) {
    sync_values (self, 0);
    take_common (self);
    class_of (self)->set_params (self, processor, 0);
  }
  sync_values (self, now + GST_MASTERING_GRID);
  g_atomic_int_set (&priv->params_dirty, FALSE);
  take_common (self);
  class_of (self)->set_params (self, processor, GST_MASTERING_GRID);
}

/* --- audio ------------------------------------------------------------------------------------------------- */

static void
count_invalid (GstMasteringBase *self, gsize n)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  GST_OBJECT_LOCK (self);
  priv->invalid_samples += n;
  GST_OBJECT_UNLOCK (self);
  if (!priv->has_warned_invalid) {
    priv->has_warned_invalid = TRUE;
    GST_ELEMENT_WARNING (self, STREAM, FORMAT, ("%s: the input has samples that are not numbers or infinite; "
            "they are written as 0. Look at what comes before this element.", class_of (self)->name), (NULL));
  }
}

/* After frames have left: messages due, metas and marks no longer needed. */
static void
after_feed (GstMasteringBase *self, gboolean was_changing)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  while (priv->is_posting && priv->flow.out >= gst_mastering_interval_end (&priv->clock)) {
    const guint64 end = gst_mastering_interval_end (&priv->clock);
    post (self, gst_mastering_time_pts (&priv->time, priv->clock.start), gst_mastering_time_pts (&priv->time, end), FALSE);
    gst_mastering_interval_advance (&priv->clock);
  }
  if (was_changing && !gst_mastering_flow_is_changing (&priv->flow))
    publish_latency (self);
}

/* Frames until an interval ends with the frames now going in; at least 1. */
static gsize
until_interval (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const guint64 due = gst_mastering_interval_end (&priv->clock) + gst_mastering_flow_delay (&priv->flow);
  return due > priv->flow.in ? due - priv->flow.in : 1;
}

static void
ignore (gpointer user, gdouble *const *planes, gsize n_frames)
{
}

/* @from NULL: silence. @writer NULL: nothing is written (an analyser). FALSE after an element error. */
static gboolean
run (GstMasteringBase *self, const GstAudioBuffer *from, gsize n_frames, GstMasteringWriter *writer)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const gboolean is_planar = GST_AUDIO_INFO_LAYOUT (&priv->in_info) == GST_AUDIO_LAYOUT_NON_INTERLEAVED;
  const gboolean automated = has_bindings (self);
  gsize bad = 0;

  if ((!automated || priv->flow.in == 0) && !take_changes (self))
    return FALSE;
  for (gsize done = 0; done < n_frames;) {
    gsize n = MIN (n_frames - done, GST_MASTERING_BLOCK);
    if (automated) {
      if (priv->flow.in % GST_MASTERING_GRID == 0)
        take_automation (self);
      n = MIN (n, GST_MASTERING_GRID - priv->flow.in % GST_MASTERING_GRID);
    }
    if (priv->is_posting)
      n = MIN (n, until_interval (self));
    gdouble *const *block = gst_mastering_flow_block (&priv->flow);
    if (from)
      bad += mst_planar_read (priv->in_format, (const void *const *) from->planes, is_planar, priv->flow.n_channels,
          done, block, n);
    else
      for (guint c = 0; c < priv->flow.n_channels; c++)
        memset (block[c], 0, n * sizeof (gdouble));
    const gboolean was_changing = gst_mastering_flow_is_changing (&priv->flow);
    done += n;
    if (writer)
      writer->capacity = done;
    gst_mastering_flow_feed (&priv->flow, n, writer ? gst_mastering_writer_emit : ignore, writer);
    after_feed (self, was_changing);
  }
  if (bad > 0 && !class_of (self)->analyser)
    count_invalid (self, bad);
  return TRUE;
}

static void
writer_init (GstMasteringBase *self, GstMasteringWriter *writer, GstAudioBuffer *to, gsize capacity)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  *writer = (GstMasteringWriter) {
    .format = priv->out_format,
    .is_planar = GST_AUDIO_INFO_LAYOUT (&priv->out_info) == GST_AUDIO_LAYOUT_NON_INTERLEAVED,
    .n_channels = priv->flow.n_channels,
    .planes = to->planes,
    .capacity = capacity,
    .spill = &priv->spill,
    .spilled = &priv->spilled,
    .unspilled = &priv->unspilled,
    .scratch = priv->flow.mix,
  };
}

/* Time, offset and metas of an output buffer that begins with signal frame @first. */
static void
stamp (GstMasteringBase *self, GstBuffer *buffer, guint64 first, gsize n_frames)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const guint64 end = first + n_frames;
  GST_BUFFER_PTS (buffer) = gst_mastering_time_pts (&priv->time, first);
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale_int (end, GST_SECOND, priv->time.rate)
      - gst_util_uint64_scale_int (first, GST_SECOND, priv->time.rate);
  GST_BUFFER_OFFSET (buffer) = gst_mastering_time_offset (&priv->time, first);
  GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET_IS_VALID (buffer) ?
      GST_BUFFER_OFFSET (buffer) + n_frames : GST_BUFFER_OFFSET_NONE;
  gst_mastering_metas_release (&priv->held_metas, buffer, end);
}

static void
count_output (GstMasteringBase *self, guint64 first, gsize n_frames)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (n_frames > 0 && !GST_CLOCK_TIME_IS_VALID (priv->stream_start))
    priv->stream_start = gst_mastering_time_pts (&priv->time, first);
  priv->stream_frames += n_frames;
}

static void
set_flag (GstBuffer *buffer, GstBufferFlags flag, gboolean is_set)
{
  if (is_set)
    GST_BUFFER_FLAG_SET (buffer, flag);
  else
    GST_BUFFER_FLAG_UNSET (buffer, flag);
}

GstBuffer *
gst_mastering_stream_take_spill (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const gsize n = MIN (priv->spilled - priv->unspilled, GST_MASTERING_BLOCK);
  if (!priv->spill || n == 0) {
    if (priv->spill && !gst_mastering_flow_is_changing (&priv->flow))
      g_clear_pointer (&priv->spill, mst_ring_free);
    return NULL;
  }
  GstBuffer *buffer = gst_mastering_buffer_new (&priv->out_info, n);
  GstAudioBuffer map;
  gst_audio_buffer_map (&map, &priv->out_info, buffer, GST_MAP_WRITE);
  gdouble *const *block = gst_mastering_flow_block (&priv->flow);
  mst_ring_read (priv->spill, priv->unspilled, block, 0, n);
  mst_planar_write (priv->out_format, block, map.planes,
      GST_AUDIO_INFO_LAYOUT (&priv->out_info) == GST_AUDIO_LAYOUT_NON_INTERLEAVED, priv->flow.n_channels, 0, n);
  gst_audio_buffer_unmap (&map);
  const guint64 first = priv->flow.out - (priv->spilled - priv->unspilled);
  priv->unspilled += n;
  stamp (self, buffer, first, n);
  count_output (self, first, n);
  return buffer;
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
    GstAudioBuffer map;
    GstMasteringWriter writer;
    gst_audio_buffer_map (&map, &priv->out_info, buffer, GST_MAP_WRITE);
    writer_init (self, &writer, &map, n);
    const unsigned long mode = mst_denormals_off ();
    while (writer.written < n) {
      const gsize step = MIN (n - writer.written, priv->is_posting ? until_interval (self) : n);
      const gboolean was_changing = gst_mastering_flow_is_changing (&priv->flow);
      gst_mastering_flow_drain (&priv->flow, step, gst_mastering_writer_emit, &writer);
      after_feed (self, was_changing);
    }
    mst_denormals_restore (mode);
    gst_audio_buffer_unmap (&map);
    set_flag (buffer, GST_BUFFER_FLAG_DISCONT, priv->is_discont);
    priv->is_discont = FALSE;
    stamp (self, buffer, first, n);
    count_output (self, first, n);
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
    publish_latency (self);
  }
  gst_mastering_time_reset (&priv->time, GST_AUDIO_INFO_RATE (&priv->in_info));
  gst_mastering_metas_clear (&priv->held_metas);
  g_clear_pointer (&priv->spill, mst_ring_free);
  priv->spilled = priv->unspilled = 0;
  if (priv->is_posting)
    gst_mastering_interval_begin (&priv->clock, priv->clock.interval, priv->clock.rate, 0);
  priv->needs_reset = FALSE;
}

/* Whether the buffer at @pts follows what came before; if not, drains and starts afresh. Then notes its time. */
static GstFlowReturn
follow (GstMasteringBase *self, GstClockTime pts, guint64 offset, gboolean is_discont)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  GstFlowReturn ret = GST_FLOW_OK;
  gboolean follows = !is_discont && segment->rate > 0.0;

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
    post_interval (self);
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

/* Where the output of @in goes: the same memory where it fits, else new memory. */
static GstBuffer *
output_for (GstMasteringBase *self, GstBuffer *in, gsize n_frames)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const gboolean same = priv->in_format == priv->out_format;
  if (same || (mst_format_bytes (priv->out_format) <= mst_format_bytes (priv->in_format)
          && !gst_buffer_get_audio_meta (in)))
    return gst_buffer_make_writable (in);
  GstBuffer *out = gst_mastering_buffer_new (&priv->out_info, n_frames);
  gst_buffer_copy_into (out, in, GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  gst_mastering_copy_metas (in, out);
  return out;
}

static GstFlowReturn
analyse (GstMasteringBase *self, GstBuffer *in, gsize n_frames, gboolean is_silent, GstBuffer **out)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const guint64 first = priv->flow.in;
  GstAudioBuffer map;
  if (!gst_audio_buffer_map (&map, &priv->in_info, in, GST_MAP_READ)) {
    gst_buffer_unref (in);
    GST_ELEMENT_ERROR (self, RESOURCE, READ, (NULL), ("a buffer could not be mapped"));
    return GST_FLOW_ERROR;
  }
  const gboolean ok = run (self, is_silent ? NULL : &map, n_frames, NULL);
  gst_audio_buffer_unmap (&map);
  if (!ok) {
    gst_buffer_unref (in);
    return GST_FLOW_ERROR;
  }
  count_output (self, first, n_frames);
  *out = in;
  return GST_FLOW_OK;
}

static GstFlowReturn
transform (GstMasteringBase *self, GstBuffer *in, gsize n_frames, gboolean is_silent, GstBuffer **out)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const guint64 first = priv->flow.out;
  const gboolean is_late = gst_mastering_flow_delay (&priv->flow) > 0 || gst_mastering_flow_is_changing (&priv->flow)
      || g_atomic_int_get (&priv->structure_dirty);
  const gboolean is_untimed = !GST_BUFFER_PTS_IS_VALID (in);
  GstBuffer *buffer = output_for (self, in, n_frames);
  GstAudioBuffer from, to;
  GstMasteringWriter writer;

  if (is_late)
    gst_mastering_metas_hold (&priv->held_metas, buffer, priv->flow.in);
  const gboolean in_place = buffer == in || priv->in_format == priv->out_format;
  /* One mapping serves both directions: what is written never overtakes what is read */
  if (!gst_audio_buffer_map (&to, in_place ? &priv->in_info : &priv->out_info, buffer,
          in_place ? GST_MAP_READWRITE : GST_MAP_WRITE))
    goto no_map;
  if (!in_place && !gst_audio_buffer_map (&from, &priv->in_info, in, GST_MAP_READ)) {
    gst_audio_buffer_unmap (&to);
    goto no_map;
  }
  writer_init (self, &writer, &to, 0);
  writer.is_zero = is_silent;
  gboolean ok = run (self, is_silent ? NULL : in_place ? &to : &from, n_frames, &writer);
  if (ok && GST_BASE_TRANSFORM (self)->segment.rate < 0.0) {
    /* played backwards each buffer stands alone, so its last frames leave with it */
    writer.capacity = n_frames;
    gst_mastering_flow_drain (&priv->flow, G_MAXSIZE, gst_mastering_writer_emit, &writer);
    priv->needs_reset = TRUE;
  }
  gst_audio_buffer_unmap (&to);
  if (!in_place) {
    gst_audio_buffer_unmap (&from);
    gst_buffer_unref (in);
  }
  if (!ok) {
    gst_buffer_unref (buffer);
    return GST_FLOW_ERROR;
  }
  if (writer.written == 0) {
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  if (writer.written < n_frames || priv->in_format != priv->out_format)
    buffer = gst_mastering_buffer_truncate (buffer, &priv->out_info, writer.written);
  set_flag (buffer, GST_BUFFER_FLAG_GAP, is_silent && writer.is_zero);
  if (is_late || is_untimed)
    stamp (self, buffer, first, writer.written);
  count_output (self, first, writer.written);
  *out = buffer;
  return GST_FLOW_OK;

no_map:
  if (buffer != in && !in_place)
    gst_buffer_unref (in);
  gst_buffer_unref (buffer);
  GST_ELEMENT_ERROR (self, RESOURCE, WRITE, (NULL), ("a buffer could not be mapped"));
  return GST_FLOW_ERROR;
}

GstFlowReturn
gst_mastering_stream_process (GstMasteringBase *self, GstBuffer *in, GstBuffer **out)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const gsize bpf = GST_AUDIO_INFO_BPF (&priv->in_info), size = gst_buffer_get_size (in);
  /* A planar buffer that was cut keeps its memory: its meta knows how many frames are left */
  const GstAudioMeta *meta = gst_buffer_get_audio_meta (in);
  const gsize n_frames = meta ? meta->samples : size / bpf;
  const gboolean is_silent = GST_BUFFER_FLAG_IS_SET (in, GST_BUFFER_FLAG_GAP);

  if (!meta && size % bpf != 0) {
    gst_buffer_unref (in);
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s: got a buffer of %" G_GSIZE_FORMAT " bytes, which is not a whole "
            "number of frames of %" G_GSIZE_FORMAT " bytes. Put rawaudioparse before this element.",
            class_of (self)->name, size, bpf), (NULL));
    return GST_FLOW_ERROR;
  }
  GstFlowReturn ret = follow (self, GST_BUFFER_PTS (in), GST_BUFFER_OFFSET (in), GST_BUFFER_IS_DISCONT (in));
  if (ret != GST_FLOW_OK) {
    gst_buffer_unref (in);
    return ret;
  }
  if (n_frames == 0 && !class_of (self)->analyser) {
    gst_buffer_unref (in);
    return GST_FLOW_OK;
  }
  const unsigned long mode = mst_denormals_off ();
  if (class_of (self)->analyser)
    ret = analyse (self, in, n_frames, is_silent, out);
  else
    ret = transform (self, in, n_frames, is_silent, out);
  mst_denormals_restore (mode);
  if (*out && priv->is_discont) {
    *out = gst_buffer_make_writable (*out);
    GST_BUFFER_FLAG_SET (*out, GST_BUFFER_FLAG_DISCONT);
    priv->is_discont = FALSE;
  }
  if (ret == GST_FLOW_OK && class_of (self)->publish)
    class_of (self)->publish (self, gst_mastering_flow_processor (&priv->flow));
  gst_mastering_time_forget (&priv->time, MIN (priv->flow.out - (priv->spilled - priv->unspilled),
          priv->is_posting ? priv->clock.start : G_MAXUINT64));
  return ret;
}

GstFlowReturn
gst_mastering_stream_gap (GstMasteringBase *self, GstClockTime pts, GstClockTime duration)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const gint rate = GST_AUDIO_INFO_RATE (&priv->in_info);
  const gsize slice = slice_frames (&priv->in_info);
  GstFlowReturn ret = follow (self, pts, GST_BUFFER_OFFSET_NONE, FALSE);
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

/* --- the ends of a stream ---------------------------------------------------------------------------------- */

static void
restart (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  priv->stream_start = GST_CLOCK_TIME_NONE;
  priv->stream_frames = 0;
  priv->has_warned_invalid = FALSE;
  GST_OBJECT_LOCK (self);
  priv->invalid_samples = 0;
  GST_OBJECT_UNLOCK (self);
  if (class_of (self)->restart)
    class_of (self)->restart (self);
}

GstFlowReturn
gst_mastering_stream_end (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (!priv->has_flow)
    return GST_FLOW_OK;
  GstFlowReturn ret = gst_mastering_stream_drain (self);
  if (priv->stream_frames > 0) {
    post_interval (self);
    if (priv->is_posting)
      post (self, priv->stream_start, priv->stream_start + gst_util_uint64_scale_int (priv->stream_frames, GST_SECOND,
              GST_AUDIO_INFO_RATE (&priv->in_info)), TRUE);
    if (class_of (self)->finish)
      class_of (self)->finish (self, gst_mastering_flow_processor (&priv->flow));
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
    return fail (self, "this sample format is not supported. Put audioconvert before this element.");
  gpointer processor = make (self);
  if (!processor)
    return FALSE;
  gst_mastering_flow_init (&priv->flow, class_of (self), processor, rate, GST_AUDIO_INFO_CHANNELS (&priv->in_info), FALSE);
  priv->has_flow = TRUE;
  priv->is_posting = FALSE;
  take_common (self);
  start_afresh (self);
  gst_mastering_flow_reset (&priv->flow);
  publish_latency (self);
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
