/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-msmatrix
 * @title: msmatrix
 * @short_description: mid/side, width, balance and bass to mono of a stereo signal
 *
 * Left and right as mid and side: their levels, the stereo width, the bass in mono, balance, polarity, solo and mono check, or only
 * encoding and decoding. At its defaults it is the identity to the bit. Everything but stereo is refused with the remedy.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=mix.wav ! wavparse ! audioconvert ! msmatrix width=1.15 mono-below=110 ! audioconvert ! autoaudiosink
 * ]|
 */
#include "gstmsmatrix.h"

#include <math.h>

#include "gstmasteringenum.h"
#include "matrix.h"

GST_DEBUG_CATEGORY_STATIC (ms_matrix_debug);
#define GST_CAT_DEFAULT ms_matrix_debug

struct _GstMsMatrix
{
  GstMasteringBase parent;
  MstMatrixParams params;       /* object lock; grid and measure are filled in for the processor */
  MstStereoSums sums;           /* of the stream; streaming thread */
  MstMatrixWarning worst;       /* of the stream; streaming thread */
};

enum
{
  PROP_MODE = 1,
  PROP_SCALING,
  PROP_MID_GAIN,
  PROP_SIDE_GAIN,
  PROP_WIDTH,
  PROP_MONO_BELOW,
  PROP_MONO_PHASE,
  PROP_BALANCE,
  PROP_SWAP,
  PROP_INVERT_LEFT,
  PROP_INVERT_RIGHT,
  PROP_SOLO,
  PROP_MONO
};

G_DEFINE_TYPE_WITH_CODE (GstMsMatrix, gst_ms_matrix, GST_TYPE_MASTERING_BASE,
    G_IMPLEMENT_INTERFACE (GST_TYPE_PRESET, NULL)
    GST_DEBUG_CATEGORY_INIT (ms_matrix_debug, "msmatrix", 0, "mid/side matrix"));
GST_ELEMENT_REGISTER_DEFINE (msmatrix, "msmatrix", GST_RANK_NONE, GST_TYPE_MS_MATRIX);

/* --- enums ------------------------------------------------------------------------------------------------- */

GST_MASTERING_DEFINE_ENUM (mode_type, "GstMsMatrixMode",
    {MST_MATRIX_STEREO, "Left and right in and out", "stereo"},
    {MST_MATRIX_ENCODE, "Left and right in, mid and side out", "encode"},
    {MST_MATRIX_DECODE, "Mid and side in, left and right out", "decode"})
GST_MASTERING_DEFINE_ENUM (scaling_type, "GstMsMatrixScaling",
    {MST_MATRIX_HALF, "Mid and side are half the sum and difference, decoded without a factor", "half"},
    {MST_MATRIX_ORTHONORMAL, "Sum and difference divided by the square root of 2 both ways: energy is kept", "orthonormal"})
GST_MASTERING_DEFINE_ENUM (mono_phase_type, "GstMsMatrixMonoPhase",
    {MST_MATRIX_MATCHED, "The mid turns in phase with the side: a panned source stays in its channel", "matched"},
    {MST_MATRIX_MID_UNTOUCHED, "The mid is not touched: the mono sum stays as it is", "mid-untouched"})
GST_MASTERING_DEFINE_ENUM (solo_type, "GstMsMatrixSolo",
    {MST_MATRIX_SOLO_NONE, "Everything is heard", "none"},
    {MST_MATRIX_SOLO_MID, "Only the mid", "mid"},
    {MST_MATRIX_SOLO_SIDE, "Only the side", "side"},
    {MST_MATRIX_SOLO_LEFT, "Only the left channel", "left"},
    {MST_MATRIX_SOLO_RIGHT, "Only the right channel", "right"})

/* --- properties -------------------------------------------------------------------------------------------- */

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstMsMatrix *self = GST_MS_MATRIX (object);
  MstMatrixParams *p = &self->params;

  if (gst_mastering_base_set_common (GST_MASTERING_BASE (self), id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_MODE:
      p->mode = (MstMatrixMode) g_value_get_enum (value);
      break;
    case PROP_SCALING:
      p->scaling = (MstMatrixScaling) g_value_get_enum (value);
      break;
    case PROP_MID_GAIN:
      p->mid_gain_db = g_value_get_double (value);
      break;
    case PROP_SIDE_GAIN:
      p->side_gain_db = g_value_get_double (value);
      break;
    case PROP_WIDTH:
      p->width = g_value_get_double (value);
      break;
    case PROP_MONO_BELOW:
      p->mono_below_hz = g_value_get_double (value);
      break;
    case PROP_MONO_PHASE:
      p->mono_phase = (MstMatrixMonoPhase) g_value_get_enum (value);
      break;
    case PROP_BALANCE:
      p->balance = g_value_get_double (value);
      break;
    case PROP_SWAP:
      p->swap = g_value_get_boolean (value);
      break;
    case PROP_INVERT_LEFT:
      p->invert_left = g_value_get_boolean (value);
      break;
    case PROP_INVERT_RIGHT:
      p->invert_right = g_value_get_boolean (value);
      break;
    case PROP_SOLO:
      p->solo = (MstMatrixSolo) g_value_get_enum (value);
      break;
    case PROP_MONO:
      p->mono = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
  gst_mastering_base_params_changed (GST_MASTERING_BASE (self));
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstMsMatrix *self = GST_MS_MATRIX (object);
  const MstMatrixParams *p = &self->params;

  if (gst_mastering_base_get_common (GST_MASTERING_BASE (self), id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_MODE:
      g_value_set_enum (value, (gint) p->mode);
      break;
    case PROP_SCALING:
      g_value_set_enum (value, (gint) p->scaling);
      break;
    case PROP_MID_GAIN:
      g_value_set_double (value, p->mid_gain_db);
      break;
    case PROP_SIDE_GAIN:
      g_value_set_double (value, p->side_gain_db);
      break;
    case PROP_WIDTH:
      g_value_set_double (value, p->width);
      break;
    case PROP_MONO_BELOW:
      g_value_set_double (value, p->mono_below_hz);
      break;
    case PROP_MONO_PHASE:
      g_value_set_enum (value, (gint) p->mono_phase);
      break;
    case PROP_BALANCE:
      g_value_set_double (value, p->balance);
      break;
    case PROP_SWAP:
      g_value_set_boolean (value, p->swap);
      break;
    case PROP_INVERT_LEFT:
      g_value_set_boolean (value, p->invert_left);
      break;
    case PROP_INVERT_RIGHT:
      g_value_set_boolean (value, p->invert_right);
      break;
    case PROP_SOLO:
      g_value_set_enum (value, (gint) p->solo);
      break;
    case PROP_MONO:
      g_value_set_boolean (value, p->mono);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

/* --- what the base class asks ------------------------------------------------------------------------------ */

static gchar *
check (GstMasteringBase *base, const GstAudioInfo *info)
{
  const gint channels = GST_AUDIO_INFO_CHANNELS (info);
  if (channels == 2)
    return NULL;
  return g_strdup_printf ("mid and side need stereo; the stream has %d channel%s. "
      "Put audioconvert ! audio/x-raw,channels=2 before it.", channels, channels == 1 ? "" : "s");
}

static MstMatrixParams
params_of_now (GstMsMatrix *self)
{
  GstMasteringBase *base = GST_MASTERING_BASE (self);
  gboolean posting;

  g_object_get (self, "post-messages", &posting, NULL);
  GST_OBJECT_LOCK (self);
  MstMatrixParams p = self->params;
  GST_OBJECT_UNLOCK (self);
  p.measure = posting;
  /* any PCM of up to 24 and 32 bits lies on these */
  p.grid = GST_AUDIO_INFO_FORMAT (gst_mastering_base_in_info (base)) == GST_AUDIO_FORMAT_F32 ? 0x1p-24 : 0x1p-44;
  return p;
}

static void
set_params (GstMasteringBase *base, gpointer processor, gsize ramp_frames)
{
  const MstMatrixParams p = params_of_now (GST_MS_MATRIX (base));
  mst_matrix_set_params (processor, &p, ramp_frames);
}

static gpointer
make (GstMasteringBase *base, const GstAudioInfo *info, const gchar **error)
{
  MstMatrix *matrix = mst_matrix_new (GST_AUDIO_INFO_RATE (info), error);
  if (matrix)
    set_params (base, matrix, 0);
  return matrix;
}

static void
dispose_processor (gpointer processor)
{
  mst_matrix_free (processor);
}

static void
process (gpointer processor, gdouble *const *io, gsize n_frames)
{
  mst_matrix_process (processor, io, n_frames);
}

static gsize
process_packed (gpointer processor, gconstpointer from, gpointer to, gsize n_frames)
{
  return from == to ? mst_matrix_process_packed (processor, to, n_frames) : 0;
}

static void
reset (gpointer processor)
{
  mst_matrix_reset (processor);
}

/* A full-scale sine has a mean square of 1/2 and reads 0. */
static gdouble
level_db (gdouble power)
{
  return 10.0 * log10 (2.0 * power);
}

static void
message (GstMasteringBase *base, gpointer processor, GstStructure *s, gboolean final)
{
  GstMsMatrix *self = GST_MS_MATRIX (base);
  static const gchar *warnings[] = { "none", "mono-loss", "phase" };    /* by MstMatrixWarning */
  MstStereoSums interval;
  MstMatrixNow now;

  mst_matrix_interval (processor, &interval);
  mst_matrix_now (processor, &now);
  self->sums.mid += interval.mid;
  self->sums.side += interval.side;
  self->sums.cross += interval.cross;
  self->sums.loud_mid += interval.loud_mid;
  self->sums.loud_side += interval.loud_side;
  self->sums.frames += interval.frames;
  self->worst = MAX (self->worst, now.warning);
  const MstStereoSums *sums = final ? &self->sums : &interval;
  gst_structure_set (s,
      "correlation", G_TYPE_DOUBLE, final ? mst_stereo_correlation (sums) : now.correlation,
      "mid-level", G_TYPE_DOUBLE, level_db (sums->mid / MAX (sums->frames, 1.0)),
      "side-level", G_TYPE_DOUBLE, level_db (sums->side / MAX (sums->frames, 1.0)),
      "balance", G_TYPE_DOUBLE, mst_stereo_balance (sums),
      "mono-loss", G_TYPE_DOUBLE, final ? mst_stereo_mono_loss (sums) : now.mono_loss,
      "warning", G_TYPE_STRING, warnings[final ? self->worst : now.warning], NULL);
}

static void
restart (GstMasteringBase *base)
{
  GstMsMatrix *self = GST_MS_MATRIX (base);
  self->sums = (MstStereoSums) { 0 };
  self->worst = MST_MATRIX_SAFE;
}

/* --- the class --------------------------------------------------------------------------------------------- */

static void
install_properties (GObjectClass *klass)
{
  g_object_class_install_property (klass, PROP_MODE, g_param_spec_enum ("mode", "Mode",
          "What comes in and what goes out: left and right, or mid and side", mode_type (), MST_MATRIX_STEREO, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_SCALING, g_param_spec_enum ("scaling", "Scaling",
          "Level of mid and side when encoding and decoding", scaling_type (), MST_MATRIX_HALF, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_MID_GAIN, g_param_spec_double ("mid-gain", "Mid gain",
          "Gain of the mid in dB", -96.0, 24.0, 0.0, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_SIDE_GAIN, g_param_spec_double ("side-gain", "Side gain",
          "Gain of the side in dB", -96.0, 24.0, 0.0, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_WIDTH, g_param_spec_double ("width", "Width",
          "Factor of the side: 0 = mono, 1 = as it is, 2 = twice the side", 0.0, 2.0, 1.0, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_MONO_BELOW, g_param_spec_double ("mono-below", "Mono below",
          "Below this frequency in Hz the signal becomes mono, 24 dB per octave; 0 = off",
          0.0, 1000.0, 0.0, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_MONO_PHASE, g_param_spec_enum ("mono-phase", "Mono phase",
          "What mono-below does to the mid", mono_phase_type (), MST_MATRIX_MATCHED, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_BALANCE, g_param_spec_double ("balance", "Balance",
          "Attenuates the far channel: -1 = left only, 0 = both, 1 = right only", -1.0, 1.0, 0.0, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_SWAP, g_param_spec_boolean ("swap", "Swap",
          "Left and right change places", FALSE, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_INVERT_LEFT, g_param_spec_boolean ("invert-left", "Invert left",
          "Reverse the polarity of the left channel (before swap)", FALSE, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_INVERT_RIGHT, g_param_spec_boolean ("invert-right", "Invert right",
          "Reverse the polarity of the right channel (before swap)", FALSE, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_SOLO, g_param_spec_enum ("solo", "Solo",
          "Hear only this; the rest is silent", solo_type (), MST_MATRIX_SOLO_NONE, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_MONO, g_param_spec_boolean ("mono", "Mono check",
          "Both channels become (left + right)/2; when encoding, the side becomes silent", FALSE, GST_MASTERING_PARAM));
}

static void
gst_ms_matrix_class_init (GstMsMatrixClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstMasteringBaseClass *base_class = GST_MASTERING_BASE_CLASS (klass);
  GstCaps *caps = gst_caps_from_string (GST_MASTERING_CAPS);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  gst_element_class_set_static_metadata (element_class, "Mid/side matrix", "Filter/Effect/Audio",
      "Mid/side, stereo width, bass to mono, balance, polarity, solo and mono check",
      "gst-mastering <gst-mastering@example.org>");
  gst_element_class_add_pad_template (element_class, gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template (element_class, gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);

  base_class->name = "msmatrix";
  base_class->check = check;
  base_class->make = make;
  base_class->dispose = dispose_processor;
  base_class->set_params = set_params;
  base_class->process = process;
  base_class->packed_to = GST_AUDIO_FORMAT_F32;
  base_class->process_packed = process_packed;
  base_class->reset = reset;
  base_class->message = message;
  base_class->restart = restart;

  install_properties (object_class);
  gst_mastering_base_class_install_common (base_class,
      GST_MASTERING_HAS_BYPASS | GST_MASTERING_HAS_MESSAGES | GST_MASTERING_HAS_INVALID);
}

static void
gst_ms_matrix_init (GstMsMatrix *self)
{
  self->params = (MstMatrixParams) MST_MATRIX_DEFAULTS;
}
