/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rig.h"

#include <math.h>
#include <string.h>

static GstPadProbeReturn look (GstPad *pad, GstPadProbeInfo *info, gpointer user);

Rig *
rig_new (const gchar *launch, const gchar *format, gboolean is_planar, gint rate, gint channels)
{
  Rig *rig = g_new0 (Rig, 1);
  rig->h = gst_harness_new_parse (launch);
  fail_unless (rig->h != NULL, "cannot parse %s", launch);
  rig->element = rig->h->element;
  if (GST_IS_BIN (rig->element)) {
    GstElement *named = gst_bin_get_by_name (GST_BIN (rig->element), "e");
    rig->element = named ? named : GST_BIN (rig->h->element)->children->data;
    if (named)
      gst_object_unref (named);
  }
  GstBus *bus = gst_bus_new ();
  gst_element_set_bus (rig->h->element, bus);
  gst_object_unref (bus);
  rig->out = g_array_new (FALSE, FALSE, sizeof (gdouble));
  rig->pts = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  rig->first = g_array_new (FALSE, FALSE, sizeof (guint64));
  rig->is_contiguous = TRUE;
  gst_pad_add_probe (rig->h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER, look, rig, NULL);
  rig_caps (rig, format, is_planar, rate, channels);
  return rig;
}

void
rig_caps (Rig *rig, const gchar *format, gboolean is_planar, gint rate, gint channels)
{
  GstAudioChannelPosition unpositioned[64];
  for (gint c = 0; c < 64; c++)
    unpositioned[c] = GST_AUDIO_CHANNEL_POSITION_NONE;
  gst_audio_info_set_format (&rig->info, gst_audio_format_from_string (format), rate, channels,
      channels > 2 ? unpositioned : NULL);
  rig->info.layout = is_planar ? GST_AUDIO_LAYOUT_NON_INTERLEAVED : GST_AUDIO_LAYOUT_INTERLEAVED;
  rig->base_pts += gst_util_uint64_scale_int (rig->pushed, GST_SECOND, rate);
  rig->pushed = 0;
  GstCaps *caps = gst_audio_info_to_caps (&rig->info);
  gst_harness_set_src_caps (rig->h, caps);
}

static void
store (const GstAudioInfo *info, const GstAudioBuffer *map, const gdouble *x, gsize n)
{
  const gint channels = GST_AUDIO_INFO_CHANNELS (info);
  const gboolean is_planar = info->layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED;
  for (gsize i = 0; i < n; i++)
    for (gint c = 0; c < channels; c++) {
      gpointer plane = map->planes[is_planar ? c : 0];
      const gsize at = is_planar ? i : i * channels + c;
      const gdouble v = x ? x[i * channels + c] : 0.0;
      if (GST_AUDIO_INFO_FORMAT (info) == GST_AUDIO_FORMAT_F64)
        ((gdouble *) plane)[at] = v;
      else if (GST_AUDIO_INFO_FORMAT (info) == GST_AUDIO_FORMAT_F32)
        ((gfloat *) plane)[at] = (gfloat) v;
      else
        ((gint32 *) plane)[at] = (gint32) (v * (GST_AUDIO_INFO_FORMAT (info) == GST_AUDIO_FORMAT_S32 ?
                2147483648.0 : 8388608.0));
    }
}

GstFlowReturn
rig_push_full (Rig *rig, const gdouble *x, gsize n, GstClockTime pts, GstBufferFlags flags)
{
  const gint rate = GST_AUDIO_INFO_RATE (&rig->info);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, n * GST_AUDIO_INFO_BPF (&rig->info), NULL);
  GstAudioBuffer map;

  if (rig->info.layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED)
    gst_buffer_add_audio_meta (buffer, &rig->info, n, NULL);
  if (n > 0) {
    fail_unless (gst_audio_buffer_map (&map, &rig->info, buffer, GST_MAP_WRITE));
    store (&rig->info, &map, x, n);
    gst_audio_buffer_unmap (&map);
  }
  if (GST_CLOCK_TIME_IS_VALID (pts)) {
    rig->base_pts = pts - gst_util_uint64_scale_int (rig->pushed, GST_SECOND, rate);
  }
  GST_BUFFER_PTS (buffer) = rig->base_pts + gst_util_uint64_scale_int (rig->pushed, GST_SECOND, rate);
  GST_BUFFER_OFFSET (buffer) = rig->pushed;
  rig->pushed += n;
  GST_BUFFER_OFFSET_END (buffer) = rig->pushed;
  GST_BUFFER_DURATION (buffer) = rig->base_pts + gst_util_uint64_scale_int (rig->pushed, GST_SECOND, rate)
      - GST_BUFFER_PTS (buffer);
  GST_BUFFER_FLAG_SET (buffer, flags);
  const GstFlowReturn ret = gst_harness_push (rig->h, buffer);
  rig_collect (rig);
  if (rig->pushed >= rig_frames (rig))
    rig->most_held = MAX (rig->most_held, rig->pushed - rig_frames (rig));
  return ret;
}

void
rig_push (Rig *rig, const gdouble *x, gsize n)
{
  fail_unless_equals_int (rig_push_full (rig, x, n, GST_CLOCK_TIME_NONE, 0), GST_FLOW_OK);
}

void
rig_push_cut (Rig *rig, const gdouble *x, gsize n, gsize cut, guint32 seed)
{
  GRand *rand = g_rand_new_with_seed (seed);
  const gint channels = GST_AUDIO_INFO_CHANNELS (&rig->info);
  for (gsize done = 0; done < n;) {
    const gsize wanted = cut ? cut : (gsize) g_rand_int_range (rand, 1, 3000), k = MIN (n - done, wanted);
    rig_push (rig, x + done * channels, k);
    done += k;
  }
  g_rand_free (rand);
}

static gdouble
load (const GstAudioInfo *info, const GstAudioBuffer *map, gsize i, gint c)
{
  const gint channels = GST_AUDIO_INFO_CHANNELS (info);
  const gboolean is_planar = info->layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED;
  const guint8 *plane = map->planes[is_planar ? c : 0];
  const gsize at = is_planar ? i : i * channels + c;
  const guint8 *three = plane + 3 * at;

  switch (GST_AUDIO_INFO_FORMAT (info)) {
    case GST_AUDIO_FORMAT_F64:
      return ((const gdouble *) plane)[at];
    case GST_AUDIO_FORMAT_F32:
      return ((const gfloat *) plane)[at];
    case GST_AUDIO_FORMAT_S32:
      return ((const gint32 *) plane)[at] / 2147483648.0;
    case GST_AUDIO_FORMAT_S24_32:
      return ((gint32) ((guint32) ((const gint32 *) plane)[at] << 8) >> 8) / 8388608.0;
    case GST_AUDIO_FORMAT_S24:
      return (gint32) ((guint32) three[2] << 24 | (guint32) three[1] << 16 | (guint32) three[0] << 8) / 2147483648.0;
    case GST_AUDIO_FORMAT_S16:
      return ((const gint16 *) plane)[at] / 32768.0;
    case GST_AUDIO_FORMAT_S8:
      return ((const gint8 *) plane)[at] / 128.0;
    case GST_AUDIO_FORMAT_U8:
      return (plane[at] - 128) / 128.0;
    default:
      fail ("format %s", gst_audio_format_to_string (GST_AUDIO_INFO_FORMAT (info)));
      return 0.0;
  }
}

static void
take (Rig *rig, GstBuffer *buffer)
{
  GstCaps *caps = gst_pad_get_current_caps (rig->h->sinkpad);
  fail_unless (gst_audio_info_from_caps (&rig->out_info, caps));
  gst_caps_unref (caps);
  const gint channels = GST_AUDIO_INFO_CHANNELS (&rig->out_info), rate = GST_AUDIO_INFO_RATE (&rig->out_info);
  const GstAudioMeta *meta = gst_buffer_get_audio_meta (buffer);
  const gsize n = meta ? meta->samples : gst_buffer_get_size (buffer) / GST_AUDIO_INFO_BPF (&rig->out_info);
  const guint64 first = rig_frames (rig);
  GstAudioBuffer map;

  if (n > 0) {
    fail_unless (gst_audio_buffer_map (&map, &rig->out_info, buffer, GST_MAP_READ));
    for (gsize i = 0; i < n; i++)
      for (gint c = 0; c < channels; c++) {
        const gdouble v = load (&rig->out_info, &map, i, c);
        g_array_append_val (rig->out, v);
      }
    gst_audio_buffer_unmap (&map);
  }
  if (rig->pts->len > 0) {
    const GstClockTime before = g_array_index (rig->pts, GstClockTime, rig->pts->len - 1);
    const guint64 before_first = g_array_index (rig->first, guint64, rig->first->len - 1);
    const GstClockTime expected = before + gst_util_uint64_scale_int (first - before_first, GST_SECOND, rate);
    const GstClockTimeDiff d = GST_CLOCK_DIFF (expected, GST_BUFFER_PTS (buffer));
    rig->is_contiguous &= ABS (d) <= 1;
  }
  if (GST_BUFFER_OFFSET_IS_VALID (buffer))
    rig->is_contiguous &= GST_BUFFER_OFFSET_END (buffer) - GST_BUFFER_OFFSET (buffer) == n;
  const GstClockTimeDiff d = GST_CLOCK_DIFF (gst_util_uint64_scale_int (n, GST_SECOND, rate), GST_BUFFER_DURATION (buffer));
  rig->is_contiguous &= ABS (d) <= 1;
  const GstClockTime pts = GST_BUFFER_PTS (buffer);
  g_array_append_val (rig->pts, pts);
  g_array_append_val (rig->first, first);
  rig->n_discont += GST_BUFFER_IS_DISCONT (buffer);
  rig->n_gap += GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP);
  rig->n_buffers++;
}

/* Looks at a buffer as it passes: what is drained before new caps is still under the old ones. */
static GstPadProbeReturn
look (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  take (user, GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

void
rig_collect (Rig *rig)
{
  GstBuffer *buffer;
  while ((buffer = gst_harness_try_pull (rig->h)))
    gst_buffer_unref (buffer);
}

void
rig_eos (Rig *rig)
{
  fail_unless (gst_harness_push_event (rig->h, gst_event_new_eos ()));
  rig_collect (rig);
}

gsize
rig_frames (const Rig *rig)
{
  const gint channels = GST_AUDIO_INFO_CHANNELS (&rig->info);
  return rig->out->len / (channels ? channels : 1);
}

gdouble
rig_sample (const Rig *rig, gsize frame, guint channel)
{
  return g_array_index (rig->out, gdouble, frame * GST_AUDIO_INFO_CHANNELS (&rig->info) + channel);
}

void
rig_set (Rig *rig, const gchar *property, const gchar *value)
{
  gst_util_set_object_arg (G_OBJECT (rig->element), property, value);
}

GstStructure *
rig_message (Rig *rig, const gchar *name)
{
  GstBus *bus = gst_element_get_bus (rig->h->element);
  GstStructure *found = NULL;
  GstMessage *message;
  while (!found && (message = gst_bus_pop (bus))) {
    const GstStructure *s = gst_message_get_structure (message);
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT && gst_structure_has_name (s, name))
      found = gst_structure_copy (s);
    gst_message_unref (message);
  }
  gst_object_unref (bus);
  return found;
}

void
rig_free (Rig *rig)
{
  GstBus *bus = gst_element_get_bus (rig->h->element);
  gst_bus_set_flushing (bus, TRUE);
  gst_object_unref (bus);
  gst_harness_teardown (rig->h);
  g_array_unref (rig->out);
  g_array_unref (rig->pts);
  g_array_unref (rig->first);
  g_free (rig);
}

gdouble *
rig_noise (gsize n_frames, guint channels, gdouble amplitude, guint32 seed)
{
  GRand *rand = g_rand_new_with_seed (seed);
  gdouble *x = g_new (gdouble, n_frames * channels);
  for (gsize i = 0; i < n_frames * channels; i++)
    x[i] = (gfloat) g_rand_double_range (rand, -amplitude, amplitude);
  g_rand_free (rand);
  return x;
}

static gboolean
is_settable (const GParamSpec *spec)
{
  static const gchar *not_sound[] = { "name", "parent", "qos", "post-messages", "interval", "seed", "bits", NULL };
  return (spec->flags & G_PARAM_WRITABLE) && !(spec->flags & G_PARAM_CONSTRUCT_ONLY)
      && !g_strv_contains (not_sound, spec->name)
      && (G_IS_PARAM_SPEC_DOUBLE (spec) || G_IS_PARAM_SPEC_BOOLEAN (spec) || G_IS_PARAM_SPEC_ENUM (spec)
      || G_IS_PARAM_SPEC_UINT (spec));
}

GPtrArray *
rig_objects (GstElement *element)
{
  GPtrArray *objects = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (objects, g_object_ref (element));
  if (GST_IS_CHILD_PROXY (element))
    for (guint i = 0; i < 2 && i < gst_child_proxy_get_children_count (GST_CHILD_PROXY (element)); i++)
      g_ptr_array_add (objects, gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (element), i));
  return objects;
}

static void
set_random (GObject *object, const GParamSpec *spec, GRand *rand, gboolean is_stereo)
{
  if (G_IS_PARAM_SPEC_DOUBLE (spec)) {
    const GParamSpecDouble *d = G_PARAM_SPEC_DOUBLE (spec);
    /* as a user turns a knob: about the default, and now and then to an end */
    const gdouble span = MIN (d->maximum - d->minimum, 4 * (fabs (d->default_value) + 5)), ends[] = { d->minimum, d->maximum };
    const gdouble wanted = d->default_value + g_rand_double_range (rand, -0.5, 0.5) * span;       /* CLAMP asks three times */
    const gdouble near = CLAMP (wanted, d->minimum, d->maximum);
    g_object_set (object, spec->name, g_rand_int_range (rand, 0, 5) ? near : ends[g_rand_int_range (rand, 0, 2)], NULL);
  } else if (G_IS_PARAM_SPEC_BOOLEAN (spec)) {
    const gboolean value = g_rand_int_range (rand, 0, 2);
    if (is_stereo || g_strcmp0 (spec->name, "mid-side") != 0)
      g_object_set (object, spec->name, value, NULL);
  } else if (G_IS_PARAM_SPEC_UINT (spec)) {
    const GParamSpecUInt *u = G_PARAM_SPEC_UINT (spec);
    g_object_set (object, spec->name, (guint) (u->minimum + g_rand_int_range (rand, 0, (gint) MIN (u->maximum - u->minimum + 1, 12))), NULL);
  } else {
    const GEnumClass *values = G_PARAM_SPEC_ENUM (spec)->enum_class;
    const GEnumValue *value = &values->values[g_rand_int_range (rand, 0, (gint) values->n_values)];
    if (is_stereo || g_strcmp0 (spec->name, "channels") != 0)
      g_object_set (object, spec->name, value->value, NULL);
  }
}

void
rig_set_random (GstElement *element, GRand *rand, gboolean is_stereo)
{
  GPtrArray *objects = rig_objects (element);
  GObject *object = g_ptr_array_index (objects, g_rand_int_range (rand, 0, (gint) objects->len));
  guint n_specs;
  GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n_specs);
  const GParamSpec *spec = specs[g_rand_int_range (rand, 0, (gint) n_specs)];
  if (is_settable (spec))
    set_random (object, spec, rand, is_stereo);
  g_free (specs);
  g_ptr_array_unref (objects);
}
