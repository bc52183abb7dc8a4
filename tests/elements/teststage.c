/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "teststage.h"

#include <math.h>
#include <string.h>

#include "gstmasteringbase.h"

typedef struct
{
  guint n_channels;
  gsize delay, at;              /* frames of the delay line, next place in it */
  gdouble *line;                /* n_channels x delay */
  gdouble last[64];
  gdouble gain, step, target;
  gsize left;
  guint64 frames, interval_frames;
  gdouble sum;
} Stage;

typedef struct
{
  GstMasteringBase parent;
  gdouble gain;
  guint delay, fail_above;
  guint64 total;
} TestStage;
typedef GstMasteringBaseClass TestStageClass;

G_DEFINE_TYPE (TestStage, test_stage, GST_TYPE_MASTERING_BASE)

enum
{
  PROP_GAIN = 1,
  PROP_DELAY,
  PROP_FAIL_ABOVE
};

static gchar *
check (GstMasteringBase *base, const GstAudioInfo *info)
{
  TestStage *self = (TestStage *) base;
  if (self->fail_above == 0 || (guint) GST_AUDIO_INFO_CHANNELS (info) <= self->fail_above)
    return NULL;
  return g_strdup_printf ("takes %u channels; the stream has %d", self->fail_above, GST_AUDIO_INFO_CHANNELS (info));
}

static gpointer
make (GstMasteringBase *base, const GstAudioInfo *info, const gchar **error)
{
  TestStage *self = (TestStage *) base;
  Stage *stage = g_new0 (Stage, 1);
  stage->n_channels = GST_AUDIO_INFO_CHANNELS (info);
  stage->delay = self->delay;
  stage->line = g_new0 (gdouble, stage->n_channels * MAX (stage->delay, 1));
  stage->gain = stage->target = self->gain;
  return stage;
}

static void
dispose (gpointer processor)
{
  Stage *stage = processor;
  g_free (stage->line);
  g_free (stage);
}

static void
set_params (GstMasteringBase *base, gpointer processor, gsize ramp)
{
  Stage *stage = processor;
  GST_OBJECT_LOCK (base);
  stage->target = ((TestStage *) base)->gain;
  GST_OBJECT_UNLOCK (base);
  stage->left = ramp;
  if (ramp > 0)
    stage->step = (stage->target - stage->gain) / ramp;
  else
    stage->gain = stage->target;
}

static void
process (gpointer processor, gdouble *const *io, gsize n)
{
  Stage *stage = processor;
  for (gsize i = 0; i < n; i++) {
    if (stage->left > 0)
      stage->gain = --stage->left ? stage->gain + stage->step : stage->target;
    for (guint c = 0; c < stage->n_channels; c++) {
      gdouble y = stage->gain * io[c][i] + 0.5 * stage->last[c];
      if (fabs (y) < 1e-30)
        y = 0.0;
      stage->last[c] = y;
      if (stage->delay > 0) {
        gdouble *slot = stage->line + c * stage->delay + stage->at;
        const gdouble late = *slot;
        *slot = y;
        y = late;
      }
      if (c == 0)
        stage->sum += y;
      io[c][i] = y;
    }
    if (stage->delay > 0)
      stage->at = (stage->at + 1) % stage->delay;
  }
}

static gsize
latency (gpointer processor)
{
  return ((Stage *) processor)->delay;
}

static void
reset (gpointer processor)
{
  Stage *stage = processor;
  memset (stage->line, 0, stage->n_channels * stage->delay * sizeof (gdouble));
  memset (stage->last, 0, sizeof stage->last);
  stage->at = 0;
  stage->gain = stage->target;
  stage->left = 0;
}

static void
message (GstMasteringBase *base, gpointer processor, GstStructure *s, gboolean final)
{
  Stage *stage = processor;
  gst_structure_set (s, "sum", G_TYPE_DOUBLE, stage->sum, NULL);
  stage->sum = 0.0;
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  TestStage *self = (TestStage *) object;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_GAIN:
      self->gain = g_value_get_double (value);
      break;
    case PROP_DELAY:
      self->delay = g_value_get_uint (value);
      break;
    case PROP_FAIL_ABOVE:
      self->fail_above = g_value_get_uint (value);
      break;
    default:
      break;
  }
  GST_OBJECT_UNLOCK (self);
  if (id == PROP_DELAY)
    gst_mastering_base_structure_changed (GST_MASTERING_BASE (self));
  else if (!gst_mastering_base_set_common (GST_MASTERING_BASE (self), id, value))
    gst_mastering_base_params_changed (GST_MASTERING_BASE (self));
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TestStage *self = (TestStage *) object;
  if (id == PROP_GAIN)
    g_value_set_double (value, self->gain);
  else if (id == PROP_DELAY)
    g_value_set_uint (value, self->delay);
  else if (id == PROP_FAIL_ABOVE)
    g_value_set_uint (value, self->fail_above);
  else
    gst_mastering_base_get_common (GST_MASTERING_BASE (self), id, value);
}

static void
test_stage_class_init (TestStageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstCaps *caps = gst_caps_from_string (GST_MASTERING_CAPS);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  klass->name = "teststage";
  klass->check = check;
  klass->make = make;
  klass->dispose = dispose;
  klass->set_params = set_params;
  klass->process = process;
  klass->latency = latency;
  klass->reset = reset;
  klass->message = message;
  g_object_class_install_property (object_class, PROP_GAIN,
      g_param_spec_double ("gain", "Gain", "Linear", 0, 100, 1, GST_MASTERING_PARAM));
  g_object_class_install_property (object_class, PROP_DELAY,
      g_param_spec_uint ("delay", "Delay", "Frames", 0, 100000, 0, GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (object_class, PROP_FAIL_ABOVE,
      g_param_spec_uint ("fail-above", "Fail above", "Channels", 0, 64, 0, GST_MASTERING_PARAM));
  gst_mastering_base_class_install_common (klass,
      GST_MASTERING_HAS_BYPASS | GST_MASTERING_HAS_MESSAGES | GST_MASTERING_HAS_INVALID);
  gst_element_class_set_static_metadata (element_class, "Test stage", "Filter/Effect/Audio", "Test", "gst-mastering");
  gst_element_class_add_pad_template (element_class, gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template (element_class, gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);
}

static void
test_stage_init (TestStage *self)
{
  self->gain = 1.0;
}

void
test_stage_register (void)
{
  gst_element_register (NULL, "teststage", GST_RANK_NONE, test_stage_get_type ());
}
