/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmasteringbase-private.h"

GST_DEBUG_CATEGORY (gst_mastering_base_debug);

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GstMasteringBase, gst_mastering_base, GST_TYPE_BASE_TRANSFORM)

#define DEFAULT_INTERVAL (100 * GST_MSECOND)

/* Far from the subclass's own property ids. */
enum
{
  PROP_BYPASS = 0x10000,
  PROP_POST_MESSAGES,
  PROP_INTERVAL,
  PROP_INVALID_SAMPLES,
  PROP_MISSED_KEY_FRAMES
};

GstMasteringBasePrivate *
gst_mastering_base_private (GstMasteringBase *self)
{
  return gst_mastering_base_get_instance_private (self);
}

const GstAudioInfo *
gst_mastering_base_in_info (GstMasteringBase *self)
{
  return &gst_mastering_base_private (self)->in_info;
}

const GstAudioInfo *
gst_mastering_base_out_info (GstMasteringBase *self)
{
  return &gst_mastering_base_private (self)->out_info;
}

guint
gst_mastering_base_n_keys (GstMasteringBase *self)
{
  return gst_mastering_base_private (self)->n_keys;
}

guint64
gst_mastering_base_now (GstMasteringBase *self, GstClockTime *pts)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  *pts = gst_mastering_time_has_anchor (&priv->time) ? gst_mastering_time_pts (&priv->time, priv->flow.in) : GST_CLOCK_TIME_NONE;
  return priv->flow.in;
}

/* --- properties -------------------------------------------------------------------------------------------- */

void
gst_mastering_base_class_install_common (GstMasteringBaseClass *klass, GstMasteringCommon which)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  if (which & GST_MASTERING_HAS_BYPASS)
    g_object_class_install_property (object_class, PROP_BYPASS,
        g_param_spec_boolean ("bypass", "Bypass",
            "Pass the input, delayed as the effect would delay it; switching cross-fades in 10 ms",
            FALSE, GST_MASTERING_PARAM));
  if (which & GST_MASTERING_HAS_MESSAGES) {
    g_object_class_install_property (object_class, PROP_POST_MESSAGES,
        g_param_spec_boolean ("post-messages", "Post messages",
            "Post an element message every interval and a last one, with final=true, before EOS",
            klass->analyser, GST_MASTERING_PARAM_STRUCTURE));
    g_object_class_install_property (object_class, PROP_INTERVAL,
        g_param_spec_uint64 ("interval", "Interval",
            "Time between two messages in ns; exact to the frame, at least one frame",
            1, 24 * 3600 * GST_SECOND, DEFAULT_INTERVAL, GST_MASTERING_PARAM_STRUCTURE));
  }
  if (which & GST_MASTERING_HAS_INVALID)
    g_object_class_install_property (object_class, PROP_INVALID_SAMPLES,
        g_param_spec_uint64 ("invalid-samples", "Invalid samples",
            "How many input samples of this stream were not a number or infinite (they are written as 0)",
            0, G_MAXUINT64, 0, GST_MASTERING_PARAM_READ));
  if (which & GST_MASTERING_HAS_SIDECHAIN)
    g_object_class_install_property (object_class, PROP_MISSED_KEY_FRAMES,
        g_param_spec_uint64 ("missed-key-frames", "Missed key frames",
            "How many frames of this stream had silence for a key because the sidechain's did not come: live in time, else within 5 s",
            0, G_MAXUINT64, 0, GST_MASTERING_PARAM_READ));
}

gboolean
gst_mastering_base_set_common (GstMasteringBase *self, guint id, const GValue *value)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  gboolean ours = TRUE;

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_BYPASS:
      priv->bypass = g_value_get_boolean (value);
      break;
    case PROP_POST_MESSAGES:
      priv->post_messages = g_value_get_boolean (value);
      break;
    case PROP_INTERVAL:
      priv->interval = g_value_get_uint64 (value);
      break;
    default:
      ours = FALSE;
      break;
  }
  GST_OBJECT_UNLOCK (self);
  if (ours)
    gst_mastering_base_params_changed (self);
  return ours;
}

gboolean
gst_mastering_base_get_common (GstMasteringBase *self, guint id, GValue *value)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  gboolean ours = TRUE;

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_BYPASS:
      g_value_set_boolean (value, priv->bypass);
      break;
    case PROP_POST_MESSAGES:
      g_value_set_boolean (value, priv->post_messages);
      break;
    case PROP_INTERVAL:
      g_value_set_uint64 (value, priv->interval);
      break;
    case PROP_INVALID_SAMPLES:
      g_value_set_uint64 (value, priv->invalid_samples);
      break;
    case PROP_MISSED_KEY_FRAMES:
      g_value_set_uint64 (value, priv->missed_key_frames);
      break;
    default:
      ours = FALSE;
      break;
  }
  GST_OBJECT_UNLOCK (self);
  return ours;
}

void
gst_mastering_base_params_changed (GstMasteringBase *self)
{
  g_atomic_int_set (&gst_mastering_base_private (self)->params_dirty, TRUE);
}

void
gst_mastering_base_structure_changed (GstMasteringBase *self)
{
  g_atomic_int_set (&gst_mastering_base_private (self)->structure_dirty, TRUE);
}

void
gst_mastering_base_set_children (GstMasteringBase *self, GObject *const *children, guint n_children)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  priv->children = children;
  priv->n_children = n_children;
}

/* --- caps, sizes, latency ---------------------------------------------------------------------------------- */

static gboolean
get_unit_size (GstBaseTransform *trans, GstCaps *caps, gsize *size)
{
  GstAudioInfo info;
  if (!gst_audio_info_from_caps (&info, caps))
    return FALSE;
  *size = GST_AUDIO_INFO_BPF (&info);
  return TRUE;
}

static gboolean
set_caps (GstBaseTransform *trans, GstCaps *in, GstCaps *out)
{
  GstMasteringBase *self = GST_MASTERING_BASE (trans);
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  GstAudioInfo in_info, out_info;

  if (!gst_audio_info_from_caps (&in_info, in) || !gst_audio_info_from_caps (&out_info, out)) {
    GST_ELEMENT_ERROR (self, CORE, NEGOTIATION, (NULL), ("caps are not raw audio: %" GST_PTR_FORMAT, in));
    return FALSE;
  }
  /* Downstream still has the old caps: this is the place to bring out what is held in the old format */
  gst_mastering_stream_end (self);
  gst_mastering_stream_clear (self);
  priv->in_info = in_info;
  priv->out_info = out_info;
  return gst_mastering_stream_configure (self);
}

static gboolean
query (GstBaseTransform *trans, GstPadDirection direction, GstQuery *query)
{
  GstMasteringBase *self = GST_MASTERING_BASE (trans);
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);

  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY || direction != GST_PAD_SRC)
    return GST_BASE_TRANSFORM_CLASS (gst_mastering_base_parent_class)->query (trans, direction, query);

  if (!gst_pad_peer_query (GST_BASE_TRANSFORM_SINK_PAD (trans), query))
    return FALSE;
  GstMasteringSidechain *sidechain = g_atomic_pointer_get (&priv->sidechain);
  if (sidechain)
    gst_mastering_sidechain_fold_latency (sidechain, query);
  gboolean is_live;
  GstClockTime min, max;
  gst_query_parse_latency (query, &is_live, &min, &max);
  GST_OBJECT_LOCK (self);
  const GstClockTime own = priv->latency;
  GST_OBJECT_UNLOCK (self);
  min += own;
  if (GST_CLOCK_TIME_IS_VALID (max))
    max += own;
  gst_query_set_latency (query, is_live, min, max);
  return TRUE;
}

static gboolean
start (GstBaseTransform *trans)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (GST_MASTERING_BASE (trans));
  priv->stream_start = GST_CLOCK_TIME_NONE;
  priv->stream_frames = 0;
  priv->continues_at = GST_CLOCK_TIME_NONE;
  return TRUE;
}

static gboolean
stop (GstBaseTransform *trans)
{
  GstMasteringBase *self = GST_MASTERING_BASE (trans);
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  gst_mastering_stream_flush (self);
  gst_mastering_stream_clear (self);
  gst_audio_info_init (&priv->in_info);
  gst_audio_info_init (&priv->out_info);
  GST_OBJECT_LOCK (self);
  priv->latency = 0;
  GST_OBJECT_UNLOCK (self);
  return TRUE;
}

/* --- events and buffers ------------------------------------------------------------------------------------ */

/* Whether every time means the same under both. */
static gboolean
same_mapping (const GstSegment *a, const GstSegment *b)
{
  return a->format == GST_FORMAT_TIME && b->format == GST_FORMAT_TIME && a->rate == b->rate
      && a->applied_rate == b->applied_rate && a->base == b->base && a->start == b->start && a->time == b->time
      && a->offset == b->offset;
}

static void
new_segment (GstMasteringBase *self, GstEvent *event)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  const GstSegment *old = &GST_BASE_TRANSFORM (self)->segment, *segment;

  gst_event_parse_segment (event, &segment);
  if (!priv->has_flow || !gst_mastering_time_has_anchor (&priv->time) || same_mapping (old, segment))
    return;
  if (old->format == GST_FORMAT_TIME)
    priv->continues_at = gst_segment_to_running_time (old, GST_FORMAT_TIME,
        gst_mastering_time_pts (&priv->time, priv->flow.in));
  /* Held frames belong to the old segment, which chaining up forgets */
  gst_mastering_stream_drain (self);
}

static gboolean
sink_event (GstBaseTransform *trans, GstEvent *event)
{
  GstMasteringBase *self = GST_MASTERING_BASE (trans);
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  GstMasteringSidechain *sidechain = g_atomic_pointer_get (&priv->sidechain);

  if (sidechain)
    gst_mastering_sidechain_input_event (sidechain, event);
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
    case GST_EVENT_EOS:
      gst_mastering_stream_end (self);
      break;
    case GST_EVENT_SEGMENT_DONE:
      gst_mastering_stream_drain (self);
      break;
    case GST_EVENT_SEGMENT:
      new_segment (self, event);
      break;
    case GST_EVENT_FLUSH_STOP:
      gst_mastering_stream_flush (self);
      break;
    case GST_EVENT_GAP:{
      GstClockTime pts, duration;
      gst_event_parse_gap (event, &pts, &duration);
      if (!priv->has_flow || trans->segment.format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID (pts)
          || !GST_CLOCK_TIME_IS_VALID (duration) || trans->segment.rate < 0.0)
        break;
      gst_event_unref (event);
      return gst_mastering_stream_gap (self, pts, duration) == GST_FLOW_OK;
    }
    default:
      break;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_mastering_base_parent_class)->sink_event (trans, event);
}

/* Whether the segment leaves out some of @buffer. gst_audio_buffer_clip () would copy even a buffer that stays whole. */
static gboolean
sticks_out (GstBuffer *buffer, const GstSegment *segment, const GstAudioInfo *info)
{
  const GstClockTime pts = GST_BUFFER_PTS (buffer);
  if (segment->format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID (pts) || (pts >= segment->start && !GST_CLOCK_TIME_IS_VALID (segment->stop)))
    return FALSE;
  const gsize size = gst_buffer_get_size (buffer), bpf = GST_AUDIO_INFO_BPF (info);
  /* a size that is no whole number of frames is an error of its own, further on */
  return size % bpf == 0 && (pts < segment->start
      || pts + gst_util_uint64_scale_int (size / bpf, GST_SECOND, GST_AUDIO_INFO_RATE (info)) > segment->stop);
}

/* Why there is nothing that a buffer could go through. */
static GstFlowReturn
not_ready (GstBaseTransform *trans)
{
  return GST_PAD_IS_FLUSHING (trans->srcpad) ? GST_FLOW_FLUSHING : GST_FLOW_NOT_NEGOTIATED;
}

/* What the segment leaves of *@buffer (owned), or NULL: then nothing is to be done. */
static GstFlowReturn
clip (GstMasteringBase *self, GstBuffer **buffer)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  GstBaseTransform *trans = GST_BASE_TRANSFORM_CAST (self);

  if (!priv->has_flow) {
    g_clear_pointer (buffer, gst_buffer_unref);
    return not_ready (trans);
  }
  if (sticks_out (*buffer, &trans->segment, &priv->in_info)) {
    const gboolean was_discont = GST_BUFFER_IS_DISCONT (*buffer);
    *buffer = gst_audio_buffer_clip (*buffer, &trans->segment, GST_AUDIO_INFO_RATE (&priv->in_info), GST_AUDIO_INFO_BPF (&priv->in_info));
    priv->is_discont |= !*buffer && was_discont;
  }
  return GST_FLOW_OK;
}

/* In the place of GstBaseTransform's, which looks at QoS, running times and a queue of its own with every buffer: a seventh of
 * what msmatrix took for one. Its functions below serve the same to a peer that pulls. */
static GstFlowReturn
chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM_CAST (parent);
  GstMasteringBase *self = (GstMasteringBase *) parent;
  GstBuffer *out = NULL;

  if (G_UNLIKELY (GST_PAD_NEEDS_RECONFIGURE (trans->srcpad)) && !gst_base_transform_reconfigure (trans)) {
    gst_buffer_unref (buffer);
    return not_ready (trans);
  }
  GstFlowReturn ret = clip (self, &buffer);
  if (buffer)
    ret = gst_mastering_stream_process (self, buffer, &out);
  while (out) {
    if (GST_BUFFER_PTS_IS_VALID (out) && GST_BUFFER_DURATION_IS_VALID (out))
      trans->segment.position = GST_BUFFER_PTS (out) + GST_BUFFER_DURATION (out);
    ret = gst_pad_push (trans->srcpad, out);
    out = ret == GST_FLOW_OK ? gst_mastering_stream_take_spill (self) : NULL;
  }
  return ret;
}

static GstFlowReturn
submit_input_buffer (GstBaseTransform *trans, gboolean is_discont, GstBuffer *buffer)
{
  const GstFlowReturn ret = clip (GST_MASTERING_BASE (trans), &buffer);
  return buffer ? GST_BASE_TRANSFORM_CLASS (gst_mastering_base_parent_class)->submit_input_buffer (trans, is_discont, buffer) : ret;
}

static GstFlowReturn
generate_output (GstBaseTransform *trans, GstBuffer **out)
{
  GstMasteringBase *self = GST_MASTERING_BASE (trans);
  GstBuffer *in = g_steal_pointer (&trans->queued_buf);

  *out = NULL;
  if (in)
    return gst_mastering_stream_process (self, in, out);
  *out = gst_mastering_stream_take_spill (self);
  return GST_FLOW_OK;
}

static void
finalize (GObject *object)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (GST_MASTERING_BASE (object));
  gst_mastering_stream_clear (GST_MASTERING_BASE (object));
  gst_mastering_time_clear (&priv->time);
  g_clear_pointer (&priv->sidechain, gst_mastering_sidechain_free);
  G_OBJECT_CLASS (gst_mastering_base_parent_class)->finalize (object);
}

static void
constructed (GObject *object)
{
  GstMasteringBase *self = GST_MASTERING_BASE (object);
  GstMasteringBaseClass *klass = GST_MASTERING_BASE_GET_CLASS (self);
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);

  G_OBJECT_CLASS (gst_mastering_base_parent_class)->constructed (object);
  priv->has_messages = klass->message != NULL;
  priv->post_messages = klass->analyser;
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), klass->analyser);
}

static void
gst_mastering_base_init (GstMasteringBase *self)
{
  GstMasteringBasePrivate *priv = gst_mastering_base_private (self);
  gst_mastering_time_init (&priv->time);
  g_queue_init (&priv->held_metas);
  gst_audio_info_init (&priv->in_info);
  gst_audio_info_init (&priv->out_info);
  priv->interval = DEFAULT_INTERVAL;
  priv->stream_start = priv->continues_at = GST_CLOCK_TIME_NONE;
  gst_base_transform_set_qos_enabled (GST_BASE_TRANSFORM (self), FALSE);
  gst_pad_set_chain_function (GST_BASE_TRANSFORM_SINK_PAD (self), chain);
}

static void
gst_mastering_base_class_init (GstMasteringBaseClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_mastering_base_debug, "masteringbase", 0, "what all mastering elements share");
  gst_mastering_control_init ();
  gst_type_mark_as_plugin_api (GST_TYPE_MASTERING_BASE, 0);

  object_class->finalize = finalize;
  object_class->constructed = constructed;
  trans_class->get_unit_size = get_unit_size;
  trans_class->set_caps = set_caps;
  trans_class->query = query;
  trans_class->start = start;
  trans_class->stop = stop;
  trans_class->sink_event = sink_event;
  trans_class->submit_input_buffer = submit_input_buffer;
  trans_class->generate_output = generate_output;
}
