/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-multibandcomp
 * @title: multibandcomp
 * @short_description: compressor of one to eight bands that sum flat
 *
 * Splits the signal into bands, compresses each by its own threshold, ratio, knee, attack and release, and adds them up again. While
 * a band's ratio is 1 it is left alone, and idle bands sum to a flat response. With num-bands=1 it is a plain compressor.
 * Bands are children: band0::threshold, band1::ratio …, or all of them in one line by #GstMultibandComp:bands.
 * What comes to the request pad "sidechain" governs the bands that have key=sidechain.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=mix.wav ! wavparse ! audioconvert ! multibandcomp bands="120 -26 2 attack=30; 1000 -24 1.6; 6000 -26 1.6; 18000 -30 1.6 attack=3" ! audioconvert ! autoaudiosink
 * ]|
 */
#include "gstmultibandcomp.h"

#include "gstmasteringenum.h"
#include "gstmasteringsidechain.h"
#include "gstmultibandcompband.h"
#include "warm.h"

GST_DEBUG_CATEGORY_STATIC (multiband_comp_debug);
#define GST_CAT_DEFAULT multiband_comp_debug

#define MUCH_REDUCTION_DB 6.0   /* a master is hurt by more, on average */

struct _GstMultibandComp
{
  GstMasteringBase parent;
  GstMasteringBands *bands;
  /* object lock */
  gdouble mix, input_gain_db, output_gain_db, key_high_pass_hz, lookahead_ms;
  gboolean is_mid_side, is_auto_makeup;
  MstBandSplitType crossover;
  MstGainStats total[MST_MULTIBAND_MAX_BANDS];  /* of the stream, by band; streaming thread */
};

enum
{
  PROP_NUM_BANDS = 1,
  PROP_CROSSOVERS,
  PROP_BANDS,
  PROP_MIX,
  PROP_INPUT_GAIN,
  PROP_OUTPUT_GAIN,
  PROP_LOOKAHEAD,
  PROP_MID_SIDE,
  PROP_CROSSOVER,
  PROP_SIDECHAIN_HIGH_PASS,
  PROP_AUTO_MAKEUP
};

G_DEFINE_TYPE_WITH_CODE (GstMultibandComp, gst_multiband_comp, GST_TYPE_MASTERING_BASE,
    G_IMPLEMENT_INTERFACE (GST_TYPE_CHILD_PROXY, gst_mastering_bands_child_proxy_init)
    G_IMPLEMENT_INTERFACE (GST_TYPE_PRESET, NULL)
    GST_DEBUG_CATEGORY_INIT (multiband_comp_debug, "multibandcomp", 0, "multi-band compressor"));
GST_ELEMENT_REGISTER_DEFINE (multibandcomp, "multibandcomp", GST_RANK_NONE, GST_TYPE_MULTIBAND_COMP);

GST_MASTERING_DEFINE_ENUM (crossover_type, "GstMultibandCompCrossover",
    {MST_BAND_SPLIT_LR4, "Linkwitz-Riley, 24 dB per octave", "lr4"},
    {MST_BAND_SPLIT_LR8, "Linkwitz-Riley, 48 dB per octave", "lr8"},
    {MST_BAND_SPLIT_LINEAR, "Linkwitz-Riley magnitude, 24 dB per octave, and no phase; 0.2 s late", "linear-phase"})

/* --- properties -------------------------------------------------------------------------------------------- */

/* n frequencies are the upper ends of the first n of n + 1 bands */
static void
set_crossovers (GstMultibandComp *self, const GValue *array)
{
  const guint n = gst_value_array_get_size (array);

  gst_mastering_bands_set_n (self->bands, n + 1);
  for (guint i = 0; i < n; i++) {
    GObject *band = gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (self), i);
    if (band == NULL)
      continue;
    g_object_set_property (band, "upper-frequency", gst_value_array_get_value (array, i));
    g_object_unref (band);
  }
}

static void
add_crossover (GstMasteringBand *band, guint index, gpointer user_data)
{
  gdouble *hz = user_data;
  hz[index] = GST_MULTIBAND_COMP_BAND (band)->params.upper_hz;
}

static void
get_crossovers (GstMultibandComp *self, GValue *array)
{
  gdouble hz[MST_MULTIBAND_MAX_BANDS];
  const guint n_bands = gst_mastering_bands_foreach (self->bands, add_crossover, hz);

  for (guint i = 0; i + 1 < n_bands; i++) {
    GValue value = G_VALUE_INIT;
    g_value_init (&value, G_TYPE_DOUBLE);
    g_value_set_double (&value, hz[i]);
    gst_value_array_append_and_take_value (array, &value);
  }
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstMultibandComp *self = GST_MULTIBAND_COMP (object);

  if (gst_mastering_base_set_common (GST_MASTERING_BASE (self), id, value))
    return;
  switch (id) {
    case PROP_NUM_BANDS:
      gst_mastering_bands_set_n (self->bands, g_value_get_uint (value));
      return;
    case PROP_CROSSOVERS:
      set_crossovers (self, value);
      return;
    case PROP_BANDS:
      gst_mastering_bands_set_string (self->bands, g_value_get_string (value));
      return;
    default:
      break;
  }
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_MIX:
      self->mix = g_value_get_double (value);
      break;
    case PROP_INPUT_GAIN:
      self->input_gain_db = g_value_get_double (value);
      break;
    case PROP_OUTPUT_GAIN:
      self->output_gain_db = g_value_get_double (value);
      break;
    case PROP_LOOKAHEAD:
      self->lookahead_ms = g_value_get_double (value);
      break;
    case PROP_MID_SIDE:
      self->is_mid_side = g_value_get_boolean (value);
      break;
    case PROP_CROSSOVER:
      self->crossover = (MstBandSplitType) g_value_get_enum (value);
      break;
    case PROP_SIDECHAIN_HIGH_PASS:
      self->key_high_pass_hz = g_value_get_double (value);
      break;
    case PROP_AUTO_MAKEUP:
      self->is_auto_makeup = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
  if (pspec->flags & GST_PARAM_CONTROLLABLE)
    gst_mastering_base_params_changed (GST_MASTERING_BASE (self));
  else
    gst_mastering_base_structure_changed (GST_MASTERING_BASE (self));
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstMultibandComp *self = GST_MULTIBAND_COMP (object);

  if (gst_mastering_base_get_common (GST_MASTERING_BASE (self), id, value))
    return;
  switch (id) {
    case PROP_NUM_BANDS:
      g_value_set_uint (value, gst_mastering_bands_get_n (self->bands));
      return;
    case PROP_CROSSOVERS:
      get_crossovers (self, value);
      return;
    case PROP_BANDS:
      g_value_take_string (value, gst_mastering_bands_print (self->bands));
      return;
    default:
      break;
  }
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_MIX:
      g_value_set_double (value, self->mix);
      break;
    case PROP_INPUT_GAIN:
      g_value_set_double (value, self->input_gain_db);
      break;
    case PROP_OUTPUT_GAIN:
      g_value_set_double (value, self->output_gain_db);
      break;
    case PROP_LOOKAHEAD:
      g_value_set_double (value, self->lookahead_ms);
      break;
    case PROP_MID_SIDE:
      g_value_set_boolean (value, self->is_mid_side);
      break;
    case PROP_CROSSOVER:
      g_value_set_enum (value, (gint) self->crossover);
      break;
    case PROP_SIDECHAIN_HIGH_PASS:
      g_value_set_double (value, self->key_high_pass_hz);
      break;
    case PROP_AUTO_MAKEUP:
      g_value_set_boolean (value, self->is_auto_makeup);
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
  GstMultibandComp *self = GST_MULTIBAND_COMP (base);
  const gint channels = GST_AUDIO_INFO_CHANNELS (info);

  GST_OBJECT_LOCK (self);
  const gboolean is_mid_side = self->is_mid_side;
  GST_OBJECT_UNLOCK (self);
  if (is_mid_side && channels != 2)
    return g_strdup_printf ("mid-side needs stereo; the stream has %d channel%s. "
        "Use mid-side=false, or put audioconvert ! audio/x-raw,channels=2 before it.", channels, channels == 1 ? "" : "s");
  return gst_mastering_bands_check (self->bands);
}

static void
copy_band (GstMasteringBand *band, guint index, gpointer user_data)
{
  MstMultibandParams *p = user_data;
  p->band[index] = GST_MULTIBAND_COMP_BAND (band)->params;
}

/* Returns the number of bands */
static guint
params_of_now (GstMultibandComp *self, MstMultibandParams *p)
{
  gboolean posts_messages;
  g_object_get (self, "post-messages", &posts_messages, NULL);
  *p = (MstMultibandParams) { .is_unmeasured = !posts_messages };
  const guint n = gst_mastering_bands_foreach (self->bands, copy_band, p);
  GST_OBJECT_LOCK (self);
  p->mix = self->mix;
  p->input_gain_db = self->input_gain_db;
  p->output_gain_db = self->output_gain_db;
  p->key_high_pass_hz = self->key_high_pass_hz;
  p->is_auto_makeup = self->is_auto_makeup;
  GST_OBJECT_UNLOCK (self);
  return n;
}

static void
set_params (GstMasteringBase *base, gpointer processor, gsize ramp_frames)
{
  MstMultibandParams p;
  /* While "num-bands" changes the new processor is on its way, and this one keeps what it has */
  if (params_of_now (GST_MULTIBAND_COMP (base), &p) == mst_multiband_n_bands (processor))
    mst_multiband_set_params (processor, &p, ramp_frames);
}

static void
copy_detector (GstMasteringBand *band, guint index, gpointer user_data)
{
  MstMultibandSetup *setup = user_data;
  setup->detector[index].is_rms = GST_MULTIBAND_COMP_BAND (band)->is_rms;
  setup->detector[index].rms_window_ms = GST_MULTIBAND_COMP_BAND (band)->rms_window_ms;
  setup->detector[index].is_keyed = GST_MULTIBAND_COMP_BAND (band)->is_keyed;
}

static MstMultibandSetup
setup_of_now (GstMultibandComp *self)
{
  MstMultibandSetup setup = { 0 };
  setup.n_bands = gst_mastering_bands_foreach (self->bands, copy_detector, &setup);
  setup.has_key = gst_mastering_base_n_keys (GST_MASTERING_BASE (self)) > 0;
  GST_OBJECT_LOCK (self);
  setup.is_mid_side = self->is_mid_side;
  setup.crossover = self->crossover;
  setup.lookahead_ms = self->lookahead_ms;
  GST_OBJECT_UNLOCK (self);
  return setup;
}

static gpointer
make (GstMasteringBase *base, const GstAudioInfo *info, const gchar **error)
{
  GstMultibandComp *self = GST_MULTIBAND_COMP (base);
  MstMultibandParams p;
  const MstMultibandSetup setup = setup_of_now (self);
  MstMultiband *m = mst_multiband_new (GST_AUDIO_INFO_RATE (info), GST_AUDIO_INFO_CHANNELS (info), &setup, error);
  if (m != NULL) {
    params_of_now (self, &p);
    mst_multiband_set_params (m, &p, 0);
  }
  return m;
}

static void
dispose_processor (gpointer processor)
{
  mst_multiband_free (processor);
}

static void
process (gpointer processor, gdouble *const *io, gsize n_frames)
{
  mst_multiband_process (processor, io, n_frames);
}

static gsize
latency (gpointer processor)
{
  return mst_multiband_latency (processor);
}

static void
reset (gpointer processor)
{
  mst_multiband_reset (processor);
}

static void
append (GValue *array, gdouble x)
{
  GValue value = G_VALUE_INIT;
  g_value_init (&value, G_TYPE_DOUBLE);
  g_value_set_double (&value, x);
  gst_value_array_append_and_take_value (array, &value);
}

static void
message (GstMasteringBase *base, gpointer processor, GstStructure *s, gboolean final)
{
  static const gchar *const names[] = { "gain-reduction-min", "gain-reduction-mean", "gain-reduction-max", "input-level", "output-level" };
  GstMultibandComp *self = GST_MULTIBAND_COMP (base);
  GValue arrays[G_N_ELEMENTS (names)] = { G_VALUE_INIT };
  GString *warning = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_value_init (&arrays[i], GST_TYPE_ARRAY);
  for (guint b = 0; b < mst_multiband_n_bands (processor); b++) {
    MstGainStats stats = mst_multiband_take_stats (processor, b);
    self->total[b] = mst_gain_stats_join (self->total[b], stats);
    if (final)
      stats = self->total[b];
    const gboolean any = stats.n_frames > 0.0;
    const gdouble mean = any ? stats.reduction_sum_db / stats.n_frames : 0.0;
    if (mean > MUCH_REDUCTION_DB)
      g_string_append_printf (warning, "%sband%u averages %.1f dB of reduction", warning->len > 0 ? ", " : "", b, mean);
    append (&arrays[0], any ? stats.reduction_min_db : 0.0);
    append (&arrays[1], mean);
    append (&arrays[2], any ? stats.reduction_max_db : 0.0);
    append (&arrays[3], stats.input_level_db);
    append (&arrays[4], stats.output_level_db);
  }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    gst_structure_take_value (s, names[i], &arrays[i]);
  gst_structure_set (s, "auto-makeup-gain", G_TYPE_DOUBLE, mst_multiband_auto_makeup_db (processor), NULL);
  if (warning->len > 0)
    gst_structure_set (s, "warning", G_TYPE_STRING, warning->str, NULL);
  g_string_free (warning, TRUE);
}

static void
restart (GstMasteringBase *base)
{
  GstMultibandComp *self = GST_MULTIBAND_COMP (base);
  for (guint b = 0; b < MST_MULTIBAND_MAX_BANDS; b++)
    self->total[b] = mst_gain_stats_none ();
}

/* --- the class --------------------------------------------------------------------------------------------- */

static void
install_properties (GObjectClass *klass)
{
  g_object_class_install_property (klass, PROP_NUM_BANDS, g_param_spec_uint ("num-bands", "Number of bands",
          "How many bands there are: 1 = a plain compressor of the whole signal", 1, MST_MULTIBAND_MAX_BANDS, 4,
          GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (klass, PROP_CROSSOVER, g_param_spec_enum ("crossover", "Crossover",
          "How the bands are split; linear-phase adds 0.2 s of latency", crossover_type (), MST_BAND_SPLIT_LR4, GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (klass, PROP_CROSSOVERS, gst_param_spec_array ("crossovers", "Crossovers",
          "Upper frequencies in Hz of all bands but the last; n of them make n + 1 bands",
          g_param_spec_double ("frequency", "Frequency", "Crossover frequency in Hz", 20.0, 20000.0, 1000.0,
              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS), GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (klass, PROP_BANDS, g_param_spec_string ("bands", "Bands",
          "All bands in one line: upper frequency, threshold and ratio, then property=value, of each; \";\" between bands",
          NULL, GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (klass, PROP_MIX, g_param_spec_double ("mix", "Mix",
          "Share of the compressed signal: 0 = the input (with the crossovers' phase), 1 = only compressed; between them both are in phase",
          0.0, 1.0, 1.0, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_INPUT_GAIN, g_param_spec_double ("input-gain", "Input gain",
          "Gain in dB before everything", -36.0, 36.0, 0.0, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_OUTPUT_GAIN, g_param_spec_double ("output-gain", "Output gain",
          "Gain in dB after everything", -36.0, 36.0, 0.0, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_SIDECHAIN_HIGH_PASS, g_param_spec_double ("sidechain-high-pass", "Sidechain high-pass",
          "The detectors hear less of what is below this frequency in Hz, by 12 dB per octave; 0 = they hear all", 0.0, 1000.0, 0.0,
          GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_AUTO_MAKEUP, g_param_spec_boolean ("auto-makeup", "Auto make-up",
          "Bring the output to the measured loudness of the input, slowly; output-gain comes on top", FALSE, GST_MASTERING_PARAM));
  g_object_class_install_property (klass, PROP_LOOKAHEAD, g_param_spec_double ("lookahead", "Look-ahead",
          "How long before a peak the gain begins to fall, in ms, which is the element's latency; 0 = none", 0.0,
          MST_MULTIBAND_MAX_LOOKAHEAD_MS, 0.0, GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (klass, PROP_MID_SIDE, g_param_spec_boolean ("mid-side", "Mid/side",
          "Compress mid and side instead of left and right (stereo only); the link is then between mid and side", FALSE,
          GST_MASTERING_PARAM_STRUCTURE));
}

static void
dispose (GObject *object)
{
  gst_mastering_bands_clear (&GST_MULTIBAND_COMP (object)->bands);
  G_OBJECT_CLASS (gst_multiband_comp_parent_class)->dispose (object);
}

static void
gst_multiband_comp_class_init (GstMultibandCompClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstMasteringBaseClass *base_class = GST_MASTERING_BASE_CLASS (klass);
  GstCaps *caps = gst_caps_from_string (GST_MASTERING_CAPS);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->dispose = dispose;
  gst_element_class_set_static_metadata (element_class, "Multi-band compressor", "Filter/Effect/Audio",
      "Compresses one to eight bands that sum flat; num-bands=1 is a plain compressor",
      "gst-mastering <gst-mastering@example.org>");
  gst_element_class_add_pad_template (element_class, gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template (element_class, gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);

  mst_warm_compressor ();
  base_class->name = "multibandcomp";
  base_class->check = check;
  base_class->make = make;
  base_class->dispose = dispose_processor;
  base_class->set_params = set_params;
  base_class->process = process;
  base_class->latency = latency;
  base_class->reset = reset;
  base_class->message = message;
  base_class->restart = restart;

  install_properties (object_class);
  gst_type_mark_as_plugin_api (GST_TYPE_MULTIBAND_COMP_BAND, 0);
  gst_mastering_base_class_install_common (base_class,
      GST_MASTERING_HAS_BYPASS | GST_MASTERING_HAS_MESSAGES | GST_MASTERING_HAS_INVALID | GST_MASTERING_HAS_SIDECHAIN);
  gst_mastering_sidechain_install (base_class);
}

static void
gst_multiband_comp_init (GstMultibandComp *self)
{
  self->mix = 1.0;
  self->bands = gst_mastering_bands_new (GST_MASTERING_BASE (self), GST_TYPE_MULTIBAND_COMP_BAND, 1, MST_MULTIBAND_MAX_BANDS, 4);
  restart (GST_MASTERING_BASE (self));
}
