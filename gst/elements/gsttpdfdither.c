/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-tpdfdither
 * @title: tpdfdither
 * @short_description: requantise with dither, the last step of a master
 *
 * Turns float or 32-bit audio into the grid of 2 to 32 bits with noise that makes the error independent of the signal, and into the
 * format that follows. Nothing after it has to convert again.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=mix.wav ! wavparse ! audioconvert ! tpdfdither bits=16 ! flacenc ! filesink location=master.flac
 * ]|
 */
#include "gsttpdfdither.h"

#include "dither.h"
#include "gstmasteringenum.h"
#include "gsttpdfdithercaps.h"

GST_DEBUG_CATEGORY_STATIC (tpdf_dither_debug);
#define GST_CAT_DEFAULT tpdf_dither_debug

struct _GstTpdfDither
{
  GstMasteringBase parent;
  MstDitherParams params;       /* object lock; bits as set: 0 = what the format holds */
  guint64 clipped;              /* object lock; samples of the stream */
  guint64 clipped_before;       /* of it, before this interval; streaming thread */
  gboolean has_warned_twice;    /* in this stream; streaming thread */
};

enum
{
  PROP_BITS = 1,
  PROP_DITHER,
  PROP_NOISE_SHAPING,
  PROP_AUTO_BLANK,
  PROP_AUTO_TRANSPARENT,
  PROP_SEED,
  PROP_BYPASS,
  PROP_CLIPPED_SAMPLES
};

G_DEFINE_TYPE_WITH_CODE (GstTpdfDither, gst_tpdf_dither, GST_TYPE_MASTERING_BASE,
    G_IMPLEMENT_INTERFACE (GST_TYPE_PRESET, NULL)
    GST_DEBUG_CATEGORY_INIT (tpdf_dither_debug, "tpdfdither", 0, "requantisation with dither"));
GST_ELEMENT_REGISTER_DEFINE (tpdfdither, "tpdfdither", GST_RANK_NONE, GST_TYPE_TPDF_DITHER);

GST_MASTERING_DEFINE_ENUM (dither_type, "GstTpdfDitherNoise",
    {MST_DITHER_NONE, "Plain rounding: the error follows the signal", "none"},
    {MST_DITHER_RECTANGULAR, "One step wide: no distortion, but noise that follows the signal", "rectangular"},
    {MST_DITHER_TRIANGULAR, "Two steps wide, white: mean and power of the error are constant", "triangular"},
    {MST_DITHER_HIGH_PASS_TRIANGULAR, "Triangular with its power towards the treble", "high-pass-triangular"})

GST_MASTERING_DEFINE_ENUM (shaping_type, "GstTpdfDitherShaping",
    {MST_DITHER_UNSHAPED, "The noise as it is", "none"},
    {MST_DITHER_LIGHT, "Heard noise 12 dB lower, 8 dB more noise in all (at 44.1 kHz)", "light"},
    {MST_DITHER_MEDIUM, "Heard noise 16 dB lower, 13 dB more noise in all (at 44.1 kHz)", "medium"},
    {MST_DITHER_STRONG, "Heard noise 21 dB lower, 22 dB more noise in all (at 44.1 kHz)", "strong"})

/* --- properties -------------------------------------------------------------------------------------------- */

/* Never 0, so that it can be set again. */
static guint64
draw_seed (void)
{
  const guint64 seed = (guint64) g_random_int () << 32 | g_random_int ();
  return seed ? seed : 1;
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstTpdfDither *self = GST_TPDF_DITHER (object);
  MstDitherParams *p = &self->params;

  if (gst_mastering_base_set_common (GST_MASTERING_BASE (self), id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_BITS:
      p->bits = g_value_get_uint (value);
      break;
    case PROP_DITHER:
      p->noise = (MstDitherNoise) g_value_get_enum (value);
      break;
    case PROP_NOISE_SHAPING:
      p->shaping = (MstDitherShaping) g_value_get_enum (value);
      break;
    case PROP_AUTO_BLANK:
      p->auto_blank = g_value_get_boolean (value);
      break;
    case PROP_AUTO_TRANSPARENT:
      p->auto_transparent = g_value_get_boolean (value);
      break;
    case PROP_SEED:
      p->seed = g_value_get_uint64 (value);
      if (p->seed == 0)
        p->seed = draw_seed ();
      break;
    case PROP_BYPASS:
      p->bypass = g_value_get_boolean (value);
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
  GstTpdfDither *self = GST_TPDF_DITHER (object);
  const MstDitherParams *p = &self->params;

  if (gst_mastering_base_get_common (GST_MASTERING_BASE (self), id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_BITS:
      g_value_set_uint (value, p->bits);
      break;
    case PROP_DITHER:
      g_value_set_enum (value, (gint) p->noise);
      break;
    case PROP_NOISE_SHAPING:
      g_value_set_enum (value, (gint) p->shaping);
      break;
    case PROP_AUTO_BLANK:
      g_value_set_boolean (value, p->auto_blank);
      break;
    case PROP_AUTO_TRANSPARENT:
      g_value_set_boolean (value, p->auto_transparent);
      break;
    case PROP_SEED:
      g_value_set_uint64 (value, p->seed);
      break;
    case PROP_BYPASS:
      g_value_set_boolean (value, p->bypass);
      break;
    case PROP_CLIPPED_SAMPLES:
      g_value_set_uint64 (value, self->clipped);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

/* --- formats ----------------------------------------------------------------------------------------------- */

static GstCaps *
transform_caps (GstBaseTransform *trans, GstPadDirection direction, GstCaps *caps, GstCaps *filter)
{
  GstCaps *other = gst_dither_caps_transform (caps, direction == GST_PAD_SINK);
  if (filter) {
    GstCaps *all = other;
    other = gst_caps_intersect_full (filter, all, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (all);
  }
  return other;
}

static GstCaps *
fixate_caps (GstBaseTransform *trans, GstPadDirection direction, GstCaps *caps, GstCaps *other)
{
  GstTpdfDither *self = GST_TPDF_DITHER (trans);
  GST_OBJECT_LOCK (self);
  const guint bits = self->params.bits;
  GST_OBJECT_UNLOCK (self);
  return gst_dither_caps_fixate (other, bits, direction == GST_PAD_SINK);
}

/* --- what the base class asks ------------------------------------------------------------------------------ */

/* Of the output format; *@holds is what it could have. */
static guint
effective_bits (GstTpdfDither *self, guint *holds)
{
  *holds = gst_dither_format_bits (GST_AUDIO_INFO_FORMAT (gst_mastering_base_out_info (GST_MASTERING_BASE (self))));
  GST_OBJECT_LOCK (self);
  const guint bits = self->params.bits;
  GST_OBJECT_UNLOCK (self);
  return bits == 0 || bits > *holds ? *holds : MAX (bits, 2);
}

static void
set_params (GstMasteringBase *base, gpointer processor, gsize ramp_frames)
{
  GstTpdfDither *self = GST_TPDF_DITHER (base);
  guint holds;

  GST_OBJECT_LOCK (self);
  MstDitherParams p = self->params;
  GST_OBJECT_UNLOCK (self);
  p.bits = effective_bits (self, &holds);
  mst_dither_set_params (processor, &p);
}

/* What leaves is not what was asked for, or 8 bits that nobody asked for (aiffmux takes S8 or big-endian): said, not swallowed. */
static void
warn_of_narrow_format (GstTpdfDither *self)
{
  const gchar *name = GST_AUDIO_INFO_NAME (gst_mastering_base_out_info (GST_MASTERING_BASE (self)));
  guint holds;
  effective_bits (self, &holds);
  GST_OBJECT_LOCK (self);
  const guint bits = self->params.bits;
  GST_OBJECT_UNLOCK (self);
  if (bits > holds)
    GST_ELEMENT_WARNING (self, STREAM, FORMAT, ("tpdfdither: bits=%u was asked for, but %s, which follows, holds %u; dithering "
            "to %u. Use bits=0 or another format after it.", bits, name, holds, holds), (NULL));
  else if (bits == 0 && holds <= 8)
    GST_ELEMENT_WARNING (self, STREAM, FORMAT, ("tpdfdither: what follows takes nothing better than %s; dithering to %u bits. "
            "Set bits=%u if that is meant, or put audioconvert after it.", name, holds, holds), (NULL));
}

static gpointer
make (GstMasteringBase *base, const GstAudioInfo *info, const gchar **error)
{
  MstDither *dither = mst_dither_new (GST_AUDIO_INFO_RATE (info), (unsigned) GST_AUDIO_INFO_CHANNELS (info), error);
  if (dither) {
    set_params (base, dither, 0);
    mst_dither_reset (dither);
    warn_of_narrow_format (GST_TPDF_DITHER (base));
  }
  return dither;
}

static void
dispose_processor (gpointer processor)
{
  mst_dither_free (processor);
}

static void
process (gpointer processor, gdouble *const *io, gsize n_frames)
{
  mst_dither_process (processor, io, n_frames);
}

static gsize
process_packed (gpointer processor, gconstpointer from, gpointer to, gsize n_frames)
{
  return mst_dither_process_packed (processor, from, to, n_frames);
}

static void
reset (gpointer processor)
{
  mst_dither_reset (processor);
}

static void
publish (GstMasteringBase *base, gpointer processor)
{
  GstTpdfDither *self = GST_TPDF_DITHER (base);
  const guint64 clipped = mst_dither_take_clipped (processor);
  if (clipped > 0) {
    GST_OBJECT_LOCK (self);
    self->clipped += clipped;
    GST_OBJECT_UNLOCK (self);
  }
  const GstAudioInfo *info = gst_mastering_base_in_info (base);
  if (!self->has_warned_twice
      && mst_dither_twice (processor) >= (guint64) GST_AUDIO_INFO_RATE (info) * (guint) GST_AUDIO_INFO_CHANNELS (info)) {
    self->has_warned_twice = TRUE;
    GST_ELEMENT_WARNING (self, STREAM, FORMAT, ("tpdfdither: the input lies on the grid of the output already, so it is dithered twice. "
            "Use auto-transparent=true, or take out the dither before this element."), (NULL));
  }
}

static void
message (GstMasteringBase *base, gpointer processor, GstStructure *s, gboolean final)
{
  GstTpdfDither *self = GST_TPDF_DITHER (base);
  guint holds;
  const guint bits = effective_bits (self, &holds);

  publish (base, processor);
  GST_OBJECT_LOCK (self);
  const guint64 clipped = self->clipped, seed = self->params.seed;
  GST_OBJECT_UNLOCK (self);
  gst_structure_set (s, "clipped-samples", G_TYPE_UINT64, final ? clipped : clipped - self->clipped_before,
      "bits", G_TYPE_UINT, bits, "seed", G_TYPE_UINT64, seed, NULL);
  self->clipped_before = clipped;
}

static void
restart (GstMasteringBase *base)
{
  GstTpdfDither *self = GST_TPDF_DITHER (base);
  GST_OBJECT_LOCK (self);
  self->clipped = 0;
  GST_OBJECT_UNLOCK (self);
  self->clipped_before = 0;
  self->has_warned_twice = FALSE;
}

/* --- the class --------------------------------------------------------------------------------------------- */

static void
install_properties (GObjectClass *klass)
{
  g_object_class_install_property (klass, PROP_BITS, g_param_spec_uint ("bits", "Bits",
          "Bits of the grid, 2 to 32 (1 counts as 2); 0 = what the output format holds, F32 24, F64 32", 0, 32, 0, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_DITHER, g_param_spec_enum ("dither", "Dither",
          "Noise added before rounding", dither_type (), MST_DITHER_TRIANGULAR, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_NOISE_SHAPING, g_param_spec_enum ("noise-shaping", "Noise shaping",
          "How far the noise is moved to where the ear hears less, designed for the rate in use; for 16 bits and less",
          shaping_type (), MST_DITHER_UNSHAPED, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_AUTO_BLANK, g_param_spec_boolean ("auto-blank", "Auto blank",
          "Digital silence stays silent: no noise after 50 ms of zeros (and in zeros at the start)", TRUE, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_AUTO_TRANSPARENT, g_param_spec_boolean ("auto-transparent", "Auto transparent",
          "Input that is on the grid already passes to the bit: from the start, and after 1 s of it", TRUE, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_SEED, g_param_spec_uint64 ("seed", "Seed",
          "The same seed and input give the same bits; 0 = draw one, which can be read back", 0, G_MAXUINT64, 0,
          GST_MASTERING_PARAM_STRUCTURE | GST_PARAM_DOC_SHOW_DEFAULT));
  g_object_class_install_property (klass, PROP_BYPASS, g_param_spec_boolean ("bypass", "Bypass",
          "Plain rounding, whatever else is set", FALSE, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_CLIPPED_SAMPLES, g_param_spec_uint64 ("clipped-samples", "Clipped samples",
          "Samples of this stream that were beyond full scale", 0, G_MAXUINT64, 0, GST_MASTERING_PARAM_READ));
}

static void
add_template (GstElementClass *klass, const gchar *name, GstPadDirection direction, GstCaps *caps)
{
  gst_element_class_add_pad_template (klass, gst_pad_template_new (name, direction, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);
}

static void
gst_tpdf_dither_class_init (GstTpdfDitherClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (klass);
  GstMasteringBaseClass *base_class = GST_MASTERING_BASE_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  trans_class->transform_caps = transform_caps;
  trans_class->fixate_caps = fixate_caps;
  gst_element_class_set_static_metadata (element_class, "Dither", "Filter/Converter/Audio",
      "Requantises to 2 to 32 bits with dither, into the format that follows",
      "gst-mastering <gst-mastering@example.org>");
  add_template (element_class, "sink", GST_PAD_SINK, gst_dither_caps_in ());
  add_template (element_class, "src", GST_PAD_SRC, gst_dither_caps_out ());

  base_class->name = "tpdfdither";
  base_class->make = make;
  base_class->dispose = dispose_processor;
  base_class->set_params = set_params;
  base_class->process = process;
  base_class->packed_to = GST_AUDIO_FORMAT_S16;
  base_class->process_packed = process_packed;
  base_class->reset = reset;
  base_class->message = message;
  base_class->publish = publish;
  base_class->restart = restart;

  install_properties (object_class);
  gst_mastering_base_class_install_common (base_class, GST_MASTERING_HAS_MESSAGES | GST_MASTERING_HAS_INVALID);
}

static void
gst_tpdf_dither_init (GstTpdfDither *self)
{
  self->params = (MstDitherParams) MST_DITHER_DEFAULTS;
  self->params.bits = 0;
  self->params.seed = draw_seed ();
}
