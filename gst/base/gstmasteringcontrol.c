/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is set and what is told: properties and bindings on their way to the processor, latency and messages on their way out. */
#include "gstmasteringbase-private.h"

/* --- messages ---------------------------------------------------------------------------------------------- */

/* Fields whose names are not looked up again with every message. */
static GQuark times[5];

void
gst_mastering_control_init (void)
{
  static const gchar *const names[G_N_ELEMENTS (times)] = { "timestamp", "endtime", "stream-time", "running-time", "duration" };
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    times[i] = g_quark_from_static_string (names[i]);
}

void
gst_mastering_post (GstMasteringBase *self, GstClockTime start, GstClockTime end, gboolean final)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  const gboolean is_time = segment->format == GST_FORMAT_TIME;

  const guint64 values[G_N_ELEMENTS (times)] = { start, end,
    is_time ? gst_segment_to_stream_time (segment, GST_FORMAT_TIME, start) : GST_CLOCK_TIME_NONE,
    is_time ? gst_segment_to_running_time (segment, GST_FORMAT_TIME, start) : GST_CLOCK_TIME_NONE, end - start
  };
  GstStructure *s = gst_structure_new_empty (gst_mastering_class (self)->name);
  for (guint i = 0; i < G_N_ELEMENTS (times); i++) {
    GValue value = G_VALUE_INIT;
    g_value_init (&value, G_TYPE_UINT64);
    g_value_set_uint64 (&value, values[i]);
    gst_structure_id_take_value (s, times[i], &value);
  }
  if (final) {
    GST_OBJECT_LOCK (self);
    const guint64 invalid = priv->invalid_samples;
    GST_OBJECT_UNLOCK (self);
    gst_structure_set (s, "final", G_TYPE_BOOLEAN, TRUE, NULL);
    if (!gst_mastering_class (self)->analyser)
      gst_structure_set (s, "invalid-samples", G_TYPE_UINT64, invalid, NULL);
  }
  gst_mastering_class (self)->message (self, gst_mastering_flow_processor (&priv->flow), s, final);
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self), s));
}

void
gst_mastering_post_interval (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (priv->is_posting && priv->flow.out > priv->clock.start)
    gst_mastering_post (self, gst_mastering_time_pts (&priv->time, priv->clock.start),
        gst_mastering_time_pts (&priv->time, priv->flow.out), FALSE);
}

/* --- parameters -------------------------------------------------------------------------------------------- */

gboolean
gst_mastering_fail (GstMasteringBase *self, const gchar *text)
{
  GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s: %s", gst_mastering_class (self)->name, text), (NULL));
  return FALSE;
}

static gboolean
check (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (!gst_mastering_class (self)->check)
    return TRUE;
  gchar *text = gst_mastering_class (self)->check (self, &priv->in_info);
  const gboolean ok = !text || gst_mastering_fail (self, text);
  g_free (text);
  return ok;
}

gpointer
gst_mastering_make (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const gchar *error = "out of memory";
  if (!check (self))
    return NULL;
  gpointer processor = gst_mastering_class (self)->make (self, &priv->in_info, &error);
  if (!processor)
    gst_mastering_fail (self, error);
  return processor;
}

void
gst_mastering_publish_latency (GstMasteringBase *self)
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
gboolean
gst_mastering_has_bindings (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (GST_OBJECT (self)->control_bindings)
    return TRUE;
  if (priv->n_children == 0)
    return FALSE;
  gboolean any = FALSE;
  GST_OBJECT_LOCK (self);
  for (guint i = 0; i < priv->n_children && !any; i++)
    any = GST_OBJECT_CAST (priv->children[i])->control_bindings != NULL;
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

void
gst_mastering_take_common (GstMasteringBase *self)
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

/* Room for what the coming change may bring out early, beside what still waits of the one before. */
static void
grow_spill (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const gsize room = (priv->spilled - priv->unspilled) + priv->flow.now_delay + priv->flow.next_delay
      + priv->flow.fade_frames + 2 * GST_MASTERING_BLOCK;
  MstRing *spill = mst_ring_new (priv->flow.n_channels, room);

  for (guint64 f = priv->unspilled; f < priv->spilled;) {
    const gsize n = MIN (priv->spilled - f, GST_MASTERING_BLOCK);
    mst_ring_read (priv->spill, f, priv->flow.mix, 0, n);
    mst_ring_write (spill, f, priv->flow.mix, 0, n);
    f += n;
  }
  g_clear_pointer (&priv->spill, mst_ring_free);
  priv->spill = spill;
}

void
gst_mastering_take_sidechain (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  GstMasteringSidechain *sidechain = g_atomic_pointer_get (&priv->sidechain);
  priv->n_keys = sidechain ? (guint) GST_AUDIO_INFO_CHANNELS (&priv->in_info) : 0;
  if (sidechain)
    gst_mastering_sidechain_set_input (sidechain, &priv->in_info);
}

static gboolean
begin_change (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (priv->n_keys == 0 && g_atomic_pointer_get (&priv->sidechain)) {
    gst_mastering_take_sidechain (self);
    gst_mastering_sidechain_follow (priv->sidechain, &GST_BASE_TRANSFORM (self)->segment,
        gst_mastering_time_pts (&priv->time, priv->flow.in), TRUE);
    gst_mastering_flow_widen (&priv->flow, GST_AUDIO_INFO_RATE (&priv->in_info), priv->flow.n_channels + priv->n_keys);
  }
  gpointer processor = gst_mastering_make (self);
  if (!processor)
    return FALSE;
  gst_mastering_flow_change (&priv->flow, processor, GST_AUDIO_INFO_RATE (&priv->in_info));
  if (gst_mastering_flow_is_changing (&priv->flow)) {
    grow_spill (self);
  } else {
    gst_mastering_publish_latency (self);
  }
  return TRUE;
}

/* What the application set since the last buffer takes effect at the next frame. */
gboolean
gst_mastering_take_structure (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (!g_atomic_int_get (&priv->structure_dirty) || gst_mastering_flow_is_changing (&priv->flow))
    return TRUE;
  g_atomic_int_set (&priv->structure_dirty, FALSE);
  return begin_change (self);
}

gboolean
gst_mastering_take_changes (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  if (!gst_mastering_take_structure (self))
    return FALSE;
  if (!g_atomic_int_get (&priv->params_dirty))
    return TRUE;
  g_atomic_int_set (&priv->params_dirty, FALSE);
  gst_mastering_take_common (self);
  if (!check (self))
    return FALSE;
  const gsize ramp = priv->flow.in == 0 ? 0 : (gsize) GST_AUDIO_INFO_RATE (&priv->in_info) * GST_MASTERING_RAMP_MS / 1000;
  if (gst_mastering_class (self)->set_params)
    gst_mastering_class (self)->set_params (self, gst_mastering_flow_processor (&priv->flow), ramp);
  return gst_mastering_take_structure (self);   /* values may ask for it */
}

/* At a grid point: values of the point after it, reached in a straight line. */
void
gst_mastering_take_automation (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  gpointer processor = gst_mastering_flow_processor (&priv->flow);
  const guint64 now = priv->flow.in;
  if (!gst_mastering_class (self)->set_params)
    return;
  if (now == 0) {
    sync_values (self, 0);
    gst_mastering_take_common (self);
    gst_mastering_class (self)->set_params (self, processor, 0);
  }
  sync_values (self, now + GST_MASTERING_GRID);
  g_atomic_int_set (&priv->params_dirty, FALSE);
  gst_mastering_take_common (self);
  gst_mastering_class (self)->set_params (self, processor, GST_MASTERING_GRID);
}

/* After frames have left: messages due, metas and marks no longer needed. */
void
gst_mastering_after_feed (GstMasteringBase *self, gboolean was_changing)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  while (priv->is_posting && priv->flow.out >= priv->clock.end) {
    gst_mastering_post (self, gst_mastering_time_pts (&priv->time, priv->clock.start), gst_mastering_time_pts (&priv->time, priv->clock.end), FALSE);
    gst_mastering_interval_advance (&priv->clock);
  }
  if (was_changing && !gst_mastering_flow_is_changing (&priv->flow))
    gst_mastering_publish_latency (self);
}

/* Frames until an interval ends with the frames now going in; at least 1. */
gsize
gst_mastering_until_interval (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const guint64 due = priv->clock.end + gst_mastering_flow_delay (&priv->flow);
  return due > priv->flow.in ? due - priv->flow.in : 1;
}
