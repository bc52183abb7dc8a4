/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One buffer through the processor: mapped, run in blocks, stamped with its own time. */
#include "gstmasteringbase-private.h"

#include <string.h>

#include "denormals.h"

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
            "they are written as 0. Look at what comes before this element.", gst_mastering_class (self)->name), (NULL));
  }
}

/* The key of the next @n frames into the planes behind the input's. FALSE after an element error. */
static gboolean
read_key (GstMasteringBase *self, gsize n, gsize *bad)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  gsize missed = 0;
  gchar *trouble = gst_mastering_sidechain_read (priv->sidechain, gst_mastering_flow_block (&priv->flow) + priv->flow.n_channels, n, bad, &missed);
  if (missed > 0) {
    GST_OBJECT_LOCK (self);
    priv->missed_key_frames += missed;
    GST_OBJECT_UNLOCK (self);
  }
  if (trouble)
    gst_mastering_fail (self, trouble);
  g_free (trouble);
  return trouble == NULL;
}

static void
ignore (gpointer user, gdouble *const *planes, gsize n_frames)
{
}

/* @from NULL: silence. @writer NULL: nothing is written (an analyser). FALSE after an element error. */
static gboolean
run (GstMasteringBase *self, const GstMasteringMap *from, gsize n_frames, GstMasteringWriter *writer)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const gboolean is_planar = GST_AUDIO_INFO_LAYOUT (&priv->in_info) == GST_AUDIO_LAYOUT_NON_INTERLEAVED;
  const gsize in_bpf = GST_AUDIO_INFO_BPF (&priv->in_info), out_bpf = GST_AUDIO_INFO_BPF (&priv->out_info);
  const gboolean automated = gst_mastering_has_bindings (self);
  const gboolean is_packed = from && writer && !is_planar && !writer->is_planar
      && priv->in_format == MST_FORMAT_F32 && GST_AUDIO_INFO_FORMAT (&priv->out_info) == gst_mastering_class (self)->packed_to;
  gsize bad = 0;

  /* what is automated, and what else was set beside it, waits for the grid */
  if (automated && priv->flow.in > 0 ? !gst_mastering_take_structure (self) : !gst_mastering_take_changes (self))
    return FALSE;
  for (gsize done = 0; done < n_frames;) {
    gsize n = MIN (n_frames - done, GST_MASTERING_BLOCK);
    if (automated) {
      if (priv->flow.in % GST_MASTERING_GRID == 0)
        gst_mastering_take_automation (self);
      n = MIN (n, GST_MASTERING_GRID - priv->flow.in % GST_MASTERING_GRID);
    }
    if (priv->is_posting)
      n = MIN (n, gst_mastering_until_interval (self));
    const gboolean was_changing = gst_mastering_flow_is_changing (&priv->flow);
    if (was_changing)
      n = MIN (n, gst_mastering_flow_until_changed (&priv->flow));
    if (is_packed) {
      const gsize k = gst_mastering_flow_feed_packed (&priv->flow, (const guint8 *) from->planes[0] + done * in_bpf,
          (guint8 *) writer->planes[0] + writer->written * out_bpf, n);
      done += k;
      writer->written += k;
      if (k > 0 && k == n) {
        gst_mastering_after_feed (self, FALSE);
        continue;
      }
      n -= k;
    }
    gdouble *const *block = gst_mastering_flow_block (&priv->flow);
    if (from)
      bad += mst_planar_read (priv->in_format, (const void *const *) from->planes, is_planar, priv->flow.n_channels,
          done, block, n);
    else
      for (guint c = 0; c < priv->flow.n_channels; c++)
        memset (block[c], 0, n * sizeof (gdouble));
    if (priv->n_keys > 0 && !read_key (self, n, &bad))
      return FALSE;
    done += n;
    if (writer)
      writer->capacity = done;
    gst_mastering_flow_feed (&priv->flow, n, writer ? gst_mastering_writer_emit : ignore, writer);
    gst_mastering_after_feed (self, was_changing);
    if (was_changing && !gst_mastering_take_structure (self))
      return FALSE;
  }
  if (bad > 0 && !gst_mastering_class (self)->analyser)
    count_invalid (self, bad);
  return TRUE;
}

void
gst_mastering_writer_for (GstMasteringBase *self, GstMasteringWriter *writer, GstMasteringMap *to, gsize capacity)
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
void
gst_mastering_stamp (GstMasteringBase *self, GstBuffer *buffer, guint64 first, gsize n_frames)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const guint64 end = first + n_frames;
  GST_BUFFER_PTS (buffer) = gst_mastering_time_pts (&priv->time, first);
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = gst_mastering_time_span (&priv->time, end) - gst_mastering_time_span (&priv->time, first);
  GST_BUFFER_OFFSET (buffer) = gst_mastering_time_offset (&priv->time, first);
  GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET_IS_VALID (buffer) ?
      GST_BUFFER_OFFSET (buffer) + n_frames : GST_BUFFER_OFFSET_NONE;
  gst_mastering_metas_release (&priv->held_metas, buffer, end);
}

void
gst_mastering_count_output (GstMasteringBase *self, guint64 first, gsize n_frames)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (n_frames > 0 && !GST_CLOCK_TIME_IS_VALID (priv->stream_start))
    priv->stream_start = gst_mastering_time_pts (&priv->time, first);
  priv->stream_frames += n_frames;
}

void
gst_mastering_set_flag (GstBuffer *buffer, GstBufferFlags flag, gboolean is_set)
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
  GstMasteringMap map;
  gst_mastering_map (&map, &priv->out_info, buffer, GST_MAP_WRITE);
  gdouble *const *block = gst_mastering_flow_block (&priv->flow);
  mst_ring_read (priv->spill, priv->unspilled, block, 0, n);
  mst_planar_write (priv->out_format, block, map.planes,
      GST_AUDIO_INFO_LAYOUT (&priv->out_info) == GST_AUDIO_LAYOUT_NON_INTERLEAVED, priv->flow.n_channels, 0, n);
  gst_mastering_unmap (&map);
  const guint64 first = priv->flow.out - (priv->spilled - priv->unspilled);
  priv->unspilled += n;
  gst_mastering_stamp (self, buffer, first, n);
  gst_mastering_count_output (self, first, n);
  return buffer;
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
  GstMasteringMap map;
  if (!gst_mastering_map (&map, &priv->in_info, in, GST_MAP_READ)) {
    gst_buffer_unref (in);
    GST_ELEMENT_ERROR (self, RESOURCE, READ, (NULL), ("a buffer could not be mapped"));
    return GST_FLOW_ERROR;
  }
  const gboolean ok = run (self, is_silent ? NULL : &map, n_frames, NULL);
  gst_mastering_unmap (&map);
  if (!ok) {
    gst_buffer_unref (in);
    return GST_FLOW_ERROR;
  }
  gst_mastering_count_output (self, first, n_frames);
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
  GstMasteringMap from, to;
  GstMasteringWriter writer;

  if (is_late)
    gst_mastering_metas_hold (&priv->held_metas, buffer, priv->flow.in);
  const gboolean in_place = buffer == in || priv->in_format == priv->out_format;
  /* One mapping serves both directions: what is written never overtakes what is read */
  if (!gst_mastering_map (&to, in_place ? &priv->in_info : &priv->out_info, buffer,
          in_place ? GST_MAP_READWRITE : GST_MAP_WRITE))
    goto no_map;
  if (!in_place && !gst_mastering_map (&from, &priv->in_info, in, GST_MAP_READ)) {
    gst_mastering_unmap (&to);
    goto no_map;
  }
  gst_mastering_writer_for (self, &writer, &to, 0);
  writer.is_zero = is_silent;
  gboolean ok = run (self, is_silent ? NULL : in_place ? &to : &from, n_frames, &writer);
  if (ok && GST_BASE_TRANSFORM (self)->segment.rate < 0.0) {
    /* played backwards each buffer stands alone, so its last frames leave with it */
    writer.capacity = n_frames;
    gst_mastering_flow_drain (&priv->flow, G_MAXSIZE, gst_mastering_writer_emit, &writer);
    priv->needs_reset = TRUE;
  }
  gst_mastering_unmap (&to);
  if (!in_place) {
    gst_mastering_unmap (&from);
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
  gst_mastering_set_flag (buffer, GST_BUFFER_FLAG_GAP, is_silent && writer.is_zero);
  if (is_late || is_untimed)
    gst_mastering_stamp (self, buffer, first, writer.written);
  gst_mastering_count_output (self, first, writer.written);
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
  const GstAudioMeta *meta = GST_AUDIO_INFO_LAYOUT (&priv->in_info) == GST_AUDIO_LAYOUT_INTERLEAVED ? NULL : gst_buffer_get_audio_meta (in);
  const gsize n_frames = meta ? meta->samples : size / bpf;
  const gboolean is_silent = GST_BUFFER_FLAG_IS_SET (in, GST_BUFFER_FLAG_GAP);

  if (!meta && size % bpf != 0) {
    gst_buffer_unref (in);
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s: got a buffer of %" G_GSIZE_FORMAT " bytes, which is not a whole "
            "number of frames of %" G_GSIZE_FORMAT " bytes. Put rawaudioparse before this element.",
            gst_mastering_class (self)->name, size, bpf), (NULL));
    return GST_FLOW_ERROR;
  }
  GstFlowReturn ret = gst_mastering_stream_follow (self, GST_BUFFER_PTS (in), GST_BUFFER_OFFSET (in), GST_BUFFER_IS_DISCONT (in));
  if (ret != GST_FLOW_OK) {
    gst_buffer_unref (in);
    return ret;
  }
  if (priv->n_keys > 0)
    gst_mastering_sidechain_follow (priv->sidechain, &GST_BASE_TRANSFORM (self)->segment, GST_BUFFER_PTS (in), GST_BUFFER_IS_DISCONT (in));
  if (n_frames == 0 && !gst_mastering_class (self)->analyser) {
    gst_buffer_unref (in);
    return GST_FLOW_OK;
  }
  const unsigned long mode = mst_denormals_off ();
  if (gst_mastering_class (self)->analyser)
    ret = analyse (self, in, n_frames, is_silent, out);
  else
    ret = transform (self, in, n_frames, is_silent, out);
  mst_denormals_restore (mode);
  if (*out && priv->is_discont) {
    *out = gst_buffer_make_writable (*out);
    GST_BUFFER_FLAG_SET (*out, GST_BUFFER_FLAG_DISCONT);
    priv->is_discont = FALSE;
  }
  if (ret == GST_FLOW_OK && gst_mastering_class (self)->publish)
    gst_mastering_class (self)->publish (self, gst_mastering_flow_processor (&priv->flow));
  gst_mastering_time_forget (&priv->time, MIN (priv->flow.out - (priv->spilled - priv->unspilled),
          priv->is_posting ? priv->clock.start : G_MAXUINT64));
  return ret;
}
