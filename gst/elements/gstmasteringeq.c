/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-masteringeq
 * @title: masteringeq
 * @short_description: parametric equaliser whose curves are the analog ones
 *
 * Up to 32 bands: bell, shelves, tilt, high- and low-pass of 6 to 96 dB per octave, band-pass, notch and all-pass, each on
 * all channels, on left, right, mid or side. The curves follow their analog prototypes to the top of the band at any
 * rate; changes glide without clicks; a band at 0 dB is the identity to the bit and costs nothing. There is no latency.
 *
 * A bell or shelf whose `range` is not 0 is dynamic: the level in its own region moves its gain, which makes a de-esser or tames
 * a resonance only while it rings.
 *
 * The bands are children, `band0::gain=3`, and one line of text, the property `bands`.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=mix.wav ! wavparse ! audioconvert ! masteringeq bands="high-pass 28 slope=24; bell 250 -1.5 q=0.9; high-shelf 10k 1.5 channels=side" ! audioconvert ! autoaudiosink
 * gst-launch-1.0 audiotestsrc wave=pink-noise num-buffers=200 ! audioconvert ! masteringeq num-bands=1 band0::type=tilt-shelf band0::frequency=700 band0::gain=2 ! audioconvert ! wavenc ! filesink location=tilted.wav
 * gst-launch-1.0 filesrc location=mix.wav ! wavparse ! audioconvert ! masteringeq bands="bell 7k q=1.5 range=-8 threshold=-28 ratio=4 attack=2 release=60" ! audioconvert ! autoaudiosink
 * ]|
 */
#include "gstmasteringeq.h"

#include "eqlinear.h"
#include "gstmasteringenum.h"
#include "gstmasteringeqband.h"

GST_DEBUG_CATEGORY_STATIC (mastering_eq_debug);
#define GST_CAT_DEFAULT mastering_eq_debug

struct _GstMasteringEq
{
  GstMasteringBase parent;
  GstMasteringBands *bands;
  gdouble output_gain_db;       /* these under the object lock */
  gboolean auto_gain, is_linear;
  gdouble rate_hz;              /* of the stream; 48000 before there is one */
};

enum
{
  PROP_NUM_BANDS = 1,
  PROP_BANDS,
  PROP_OUTPUT_GAIN,
  PROP_AUTO_GAIN,
  PROP_PHASE
};

GST_MASTERING_DEFINE_ENUM (phase_type, "GstMasteringEqPhase",
  { FALSE, "No latency; each band turns the phase as an analog filter does", "minimum" },
  { TRUE, "All frequencies late alike, 43 to 853 ms; rings before transients", "linear" })

static void preset_init (gpointer iface, gpointer iface_data);

G_DEFINE_FINAL_TYPE_WITH_CODE (GstMasteringEq, gst_mastering_eq, GST_TYPE_MASTERING_BASE,
    G_IMPLEMENT_INTERFACE (GST_TYPE_CHILD_PROXY, gst_mastering_bands_child_proxy_init)
    G_IMPLEMENT_INTERFACE (GST_TYPE_PRESET, preset_init)
    GST_DEBUG_CATEGORY_INIT (mastering_eq_debug, "masteringeq", 0, "mastering equaliser"))
GST_ELEMENT_REGISTER_DEFINE (masteringeq, "masteringeq", GST_RANK_NONE, GST_TYPE_MASTERING_EQ)

/* --- properties -------------------------------------------------------------------------------------------- */

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstMasteringEq *self = GST_MASTERING_EQ (object);

  switch (id) {
    case PROP_NUM_BANDS:
      gst_mastering_bands_set_n (self->bands, g_value_get_uint (value));
      break;
    case PROP_BANDS:
      gst_mastering_bands_set_string (self->bands, g_value_get_string (value));
      break;
    case PROP_OUTPUT_GAIN:
      GST_OBJECT_LOCK (self);
      self->output_gain_db = g_value_get_double (value);
      GST_OBJECT_UNLOCK (self);
      gst_mastering_base_params_changed (GST_MASTERING_BASE (self));
      break;
    case PROP_AUTO_GAIN:
      GST_OBJECT_LOCK (self);
      self->auto_gain = g_value_get_boolean (value);
      GST_OBJECT_UNLOCK (self);
      gst_mastering_base_params_changed (GST_MASTERING_BASE (self));
      break;
    case PROP_PHASE:
      GST_OBJECT_LOCK (self);
      self->is_linear = g_value_get_enum (value);
      GST_OBJECT_UNLOCK (self);
      gst_mastering_base_structure_changed (GST_MASTERING_BASE (self));
      break;
    default:
      if (!gst_mastering_base_set_common (GST_MASTERING_BASE (self), id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstMasteringEq *self = GST_MASTERING_EQ (object);

  switch (id) {
    case PROP_NUM_BANDS:
      g_value_set_uint (value, gst_mastering_bands_get_n (self->bands));
      break;
    case PROP_BANDS:
      g_value_take_string (value, gst_mastering_bands_print (self->bands));
      break;
    case PROP_OUTPUT_GAIN:
      GST_OBJECT_LOCK (self);
      g_value_set_double (value, self->output_gain_db);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_AUTO_GAIN:
      GST_OBJECT_LOCK (self);
      g_value_set_boolean (value, self->auto_gain);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_PHASE:
      GST_OBJECT_LOCK (self);
      g_value_set_enum (value, self->is_linear);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      if (!gst_mastering_base_get_common (GST_MASTERING_BASE (self), id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

/* A preset is what the one line says; num-bands and the children follow from it. */
static gchar **
preset_property_names (GstPreset *preset)
{
  static const gchar *names[] = { "bands", "output-gain", "auto-gain", "phase", NULL };
  return g_strdupv ((gchar **) names);
}

static void
preset_init (gpointer iface, gpointer iface_data)
{
  ((GstPresetInterface *) iface)->get_property_names = preset_property_names;
}

/* --- the processor ----------------------------------------------------------------------------------------- */

/* Shelves have 6 or 12 dB per octave; set to more they act as this. */
#define STEEPEST_SHELF 12

static void
add_band (GstMasteringBand *band, guint index, gpointer user_data)
{
  MstEqParams *params = user_data;
  if (index < MST_EQ_MAX_BANDS) {
    params->bands[index] = *gst_mastering_eq_band_params (GST_MASTERING_EQ_BAND (band));
    /* turning a steep high-pass into a shelf, or a dynamic bell into a notch, must not stop a stream */
    if (!mst_eq_slope_valid (params->bands[index].type, params->bands[index].slope))
      params->bands[index].slope = STEEPEST_SHELF;
    if (params->bands[index].type > MST_EQ_HIGH_SHELF)
      params->bands[index].range_db = 0.0;      /* only bells and shelves are dynamic */
    params->n_bands = index + 1;
  }
}

static void
take_params (GstMasteringEq *self, MstEqParams *params)
{
  mst_eq_params_init (params);
  gst_mastering_bands_foreach (self->bands, add_band, params);
  GST_OBJECT_LOCK (self);
  params->output_gain_db = self->output_gain_db;
  params->auto_gain = self->auto_gain;
  GST_OBJECT_UNLOCK (self);
}

static gchar *
check (GstMasteringBase *base, const GstAudioInfo *info)
{
  GstMasteringEq *self = GST_MASTERING_EQ (base);
  const guint n_channels = (guint) GST_AUDIO_INFO_CHANNELS (info);
  const gdouble rate_hz = GST_AUDIO_INFO_RATE (info);
  gchar *text = gst_mastering_bands_check (self->bands);
  MstEqParams params;

  take_params (self, &params);
  for (guint i = 0; !text && i < params.n_bands; i++) {
    const MstEqBand *b = &params.bands[i];
    if (!b->enabled && !b->listen)
      continue;
    if (b->channels != MST_EQ_ALL && n_channels != 2)
      text = g_strdup_printf ("band%u is on channel \"%s\", which needs stereo; the stream has %u channel%s. "
          "Use channels=all, or put audioconvert ! audio/x-raw,channels=2 before it.", i,
          gst_mastering_eq_channels_nick (b->channels), n_channels, n_channels == 1 ? "" : "s");
    else if (mst_eq_effective_frequency (b, rate_hz) < b->frequency_hz)
      GST_INFO_OBJECT (self, "band%u: %s at %g Hz acts at %g Hz, 0.45 of the rate", i, gst_mastering_eq_type_nick (b->type),
          b->frequency_hz, mst_eq_effective_frequency (b, rate_hz));
  }
  return text;
}

/* One of the two */
typedef struct
{
  MstEq *minimum;
  MstEqLinear *linear;
  gdouble told_db;              /* error of its kernels that the bus knows of */
} Processor;

static void
dispose_processor (gpointer processor)
{
  mst_eq_free (((Processor *) processor)->minimum);
  mst_eq_linear_free (((Processor *) processor)->linear);
  g_free (processor);
}

static gpointer
make (GstMasteringBase *base, const GstAudioInfo *info, const gchar **error)
{
  GstMasteringEq *self = GST_MASTERING_EQ (base);
  const gdouble rate_hz = GST_AUDIO_INFO_RATE (info);
  const guint n_channels = (guint) GST_AUDIO_INFO_CHANNELS (info);
  Processor *p = g_new0 (Processor, 1);
  MstEqParams params;

  GST_OBJECT_LOCK (self);
  const gboolean is_linear = self->is_linear;
  self->rate_hz = rate_hz;
  GST_OBJECT_UNLOCK (self);
  take_params (self, &params);
  if (is_linear && (p->linear = mst_eq_linear_new (rate_hz, n_channels, mst_eq_kernel_size_for (rate_hz, &params), error)))
    mst_eq_linear_set_params (p->linear, &params, 0);
  if (!is_linear && (p->minimum = mst_eq_new (rate_hz, n_channels, error)))
    mst_eq_set_params (p->minimum, &params, 0);
  if (!p->linear && !p->minimum)
    g_clear_pointer (&p, dispose_processor);
  return p;
}

static void
set_params (GstMasteringBase *base, gpointer processor, gsize ramp_frames)
{
  Processor *p = processor;
  MstEqParams params;

  take_params (GST_MASTERING_EQ (base), &params);
  if (p->minimum) {
    mst_eq_set_params (p->minimum, &params, ramp_frames);
    return;
  }
  mst_eq_linear_set_params (p->linear, &params, ramp_frames);
  /* automation keeps the latency */
  if (ramp_frames != GST_MASTERING_GRID && !mst_eq_linear_suffices (p->linear, &params))
    gst_mastering_base_structure_changed (base);
}

static void
process (gpointer processor, gdouble *const *io, gsize n_frames)
{
  const Processor *p = processor;
  if (p->minimum)
    mst_eq_process (p->minimum, io, n_frames);
  else
    mst_eq_linear_process (p->linear, io, n_frames);
}

static gsize
latency (gpointer processor)
{
  const Processor *p = processor;
  return p->linear ? mst_eq_linear_latency (p->linear) : 0;
}

static void
reset (gpointer processor)
{
  const Processor *p = processor;
  if (p->minimum)
    mst_eq_reset (p->minimum);
  else
    mst_eq_linear_reset (p->linear);
}

#define TOLD_FROM_DB 0.01

/* What the kernels cannot follow is told, again when it has changed. */
static void
publish (GstMasteringBase *base, gpointer processor)
{
  Processor *p = processor;
  const gdouble error_db = p->linear ? mst_eq_linear_error_db (p->linear) : 0.0;
  if (error_db <= TOLD_FROM_DB || ABS (error_db - p->told_db) <= 0.05 * error_db)
    return;
  p->told_db = error_db;
  gst_element_post_message (GST_ELEMENT (base), gst_message_new_element (GST_OBJECT (base),
          gst_structure_new ("masteringeq", "linear-phase-error", G_TYPE_DOUBLE, error_db, NULL)));
}

/* --- the curve --------------------------------------------------------------------------------------------- */

/* @asked: frequencies, "ad", or frequencies and a channel, "(ads)". Returns dB, "ad"; NULL if it is neither. Any thread. */
static GVariant *
magnitude_response (GstMasteringEq *self, GVariant *asked)
{
  MstEqChannels which = MST_EQ_ALL;
  GVariant *list = NULL;
  const gchar *nick = "all";
  MstEqParams params;
  gdouble rate_hz;
  gsize n;

  if (asked && g_variant_is_of_type (asked, G_VARIANT_TYPE ("ad")))
    list = g_variant_ref (asked);
  else if (asked && g_variant_is_of_type (asked, G_VARIANT_TYPE ("(ads)")))
    g_variant_get (asked, "(@ad&s)", &list, &nick);
  while (which <= MST_EQ_SIDE && !g_str_equal (nick, gst_mastering_eq_channels_nick (which)))
    which++;
  if (list == NULL || which > MST_EQ_SIDE) {
    g_critical ("masteringeq: magnitude-response takes frequencies (ad) or frequencies and a channel (ads)");
    g_clear_pointer (&list, g_variant_unref);
    return NULL;
  }
  take_params (self, &params);
  GST_OBJECT_LOCK (self);
  rate_hz = self->rate_hz;
  GST_OBJECT_UNLOCK (self);
  const gdouble *hz = g_variant_get_fixed_array (list, &n, sizeof (gdouble));
  gdouble *db = g_new (gdouble, n);
  for (gsize i = 0; i < n; i++)
    db[i] = mst_eq_magnitude_db (&params, which, hz[i], rate_hz);
  GVariant *answer = g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, db, n, sizeof (gdouble));
  g_free (db);
  g_variant_unref (list);
  return g_variant_ref_sink (answer);
}

/* --- GObject ----------------------------------------------------------------------------------------------- */

static void
dispose (GObject *object)
{
  gst_mastering_bands_clear (&GST_MASTERING_EQ (object)->bands);
  G_OBJECT_CLASS (gst_mastering_eq_parent_class)->dispose (object);
}

static void
gst_mastering_eq_init (GstMasteringEq *self)
{
  self->rate_hz = 48000.0;
  self->bands = gst_mastering_bands_new (GST_MASTERING_BASE (self), GST_TYPE_MASTERING_EQ_BAND, 0, MST_EQ_MAX_BANDS, 8);
}

static void
gst_mastering_eq_class_init (GstMasteringEqClass *klass)
{
  static GstStaticPadTemplate sink = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
      GST_STATIC_CAPS (GST_MASTERING_CAPS));
  static GstStaticPadTemplate src = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
      GST_STATIC_CAPS (GST_MASTERING_CAPS));
  GObjectClass *object = G_OBJECT_CLASS (klass);
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstMasteringBaseClass *base = GST_MASTERING_BASE_CLASS (klass);

  object->set_property = set_property;
  object->get_property = get_property;
  object->dispose = dispose;
  g_object_class_install_property (object, PROP_NUM_BANDS, g_param_spec_uint ("num-bands", "Number of bands",
          "How many bands there are: children band0, band1 and so on; a new band is a bell at 0 dB, which changes nothing",
          0, MST_EQ_MAX_BANDS, 8, GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (object, PROP_BANDS, g_param_spec_string ("bands", "Bands",
          "All bands in one line: type, frequency in Hz (10k is 10000) and gain in dB, then name=value for the rest, bands "
          "separated by \";\": \"high-pass 28 slope=24; bell 250 -1.5 q=0.9\". Sets num-bands", NULL,
          GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (object, PROP_OUTPUT_GAIN, g_param_spec_double ("output-gain", "Output gain",
          "Gain after all bands in dB; 0 changes nothing", -36.0, 36.0, 0.0, GST_MASTERING_PARAM));

  g_object_class_install_property (object, PROP_AUTO_GAIN, g_param_spec_boolean ("auto-gain", "Auto gain",
          "Besides output-gain, the gain that keeps the loudness of pink noise (K-weighted) what it was before the bands; static, "
          "from the curve", FALSE, GST_MASTERING_PARAM));

  g_object_class_install_property (object, PROP_PHASE, g_param_spec_enum ("phase", "Phase",
          "Minimum: no latency. Linear: one symmetric kernel as long as the bands need, its latency reported; notches, all-passes, dynamic "
          "bands and odd-order high-passes below 100 Hz stay minimum phase behind it", phase_type (), FALSE,
          GST_MASTERING_PARAM_STRUCTURE));

  /**
   * GstMasteringEq::magnitude-response:
   * @eq: the element
   * @frequencies: a GVariant: frequencies in Hz, "ad", or a tuple of them and a channel ("left", "mid", …), "(ads)"
   *
   * The curve for applications that draw it: of the bands on all channels and of those on the channel named, dynamic bands at
   * rest, with output and auto gain.
   *
   * Returns: (transfer full): dB, a GVariant "ad" of the same length
   */
  g_signal_new_class_handler ("magnitude-response", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (magnitude_response), NULL, NULL, NULL, G_TYPE_VARIANT, 1, G_TYPE_VARIANT);

  gst_element_class_set_static_metadata (element, "Mastering equaliser", "Filter/Effect/Audio",
      "Parametric equaliser with analog curves at any rate, per channel or mid/side, click-free", "The gst-mastering authors");
  gst_element_class_add_static_pad_template (element, &sink);
  gst_element_class_add_static_pad_template (element, &src);

  base->name = "masteringeq";
  base->check = check;
  base->make = make;
  base->dispose = dispose_processor;
  base->set_params = set_params;
  base->process = process;
  base->latency = latency;
  base->reset = reset;
  base->publish = publish;
  gst_mastering_base_class_install_common (base, GST_MASTERING_HAS_BYPASS | GST_MASTERING_HAS_INVALID);
}
