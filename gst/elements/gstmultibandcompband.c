/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmultibandcompband.h"

#include <math.h>

#include "gstmasteringenum.h"

#define RMS_WINDOW_MS 50.0
#define AT(field) G_STRUCT_OFFSET (GstMultibandCompBand, params.field)

static const struct
{
  const gchar *name, *nick, *blurb;
  gdouble lowest, highest, normal;
  gsize offset;
} numbers[] = {
  { "upper-frequency", "Upper frequency", "Where the next band begins, in Hz; one below that of the band before is raised to it, "
        "one above 0.45 of the rate lowered to that; of no effect in the last band", 20.0, 20000.0, 1000.0, AT (upper_hz) },
  { "threshold", "Threshold", "Level in dB above which (upward, expand, gate: below which) the gain changes; a full-scale sine reads 0", -80.0, 20.0, -20.0,
        AT (threshold_db) },
  { "ratio", "Ratio", "Change of level at the input over that at the output, beyond the threshold (expand: the reverse); 1 = the band is left alone, "
        "inf = limited; of no effect in the modes limit and gate", 1.0, INFINITY, 1.0, AT (ratio) },
  { "knee", "Knee", "Width in dB of the bend around the threshold: 0 = a sharp bend", 0.0, 36.0, 6.0, AT (knee_db) },
  { "range", "Range", "Most change of gain in dB, either way; in the modes upward and gate it is what sets how far", 0.0, 96.0, 96.0,
        AT (range_db) },
  { "attack", "Attack", "Time in ms in which the gain goes 63 % of its way, in dB, as the level rises", 0.05, 5000.0, 10.0, AT (attack_ms) },
  { "release", "Release", "Time in ms in which the gain goes 63 % of its way, in dB, as the level falls", 0.05, 5000.0, 100.0,
        AT (release_ms) },
  { "hold", "Hold", "Time in ms before the release begins", 0.0, 5000.0, 0.0, AT (hold_ms) },
  { "makeup-gain", "Make-up gain", "Gain in dB after the compression", -36.0, 36.0, 0.0, AT (makeup_db) },
  { "link", "Link", "How much the loudest channel governs the others: 0 = each has its own gain, 1 = all have one",
        0.0, 1.0, 1.0, AT (link) },
  { "mix", "Mix", "Share of the compressed band: 0 = the band as it came, 1 = only compressed", 0.0, 1.0, 1.0, AT (mix) },
};

static const struct
{
  const gchar *name, *nick, *blurb;
  gsize offset;
} switches[] = {
  { "auto-release", "Auto release", "A short peak is let go with the release, a long passage up to ten times slower", AT (is_auto_release) },
  { "mute", "Mute", "The band is silent", AT (is_muted) },
  { "solo", "Solo", "Only this band and others in solo are heard", AT (is_soloed) },
  { "bypass", "Bypass", "The band is neither compressed nor made up", AT (is_bypassed) },
};

GST_MASTERING_DEFINE_ENUM (mode_type, "GstMultibandCompMode",
    {MST_GAIN_COMPRESS, "What is above the threshold becomes quieter", "compress"},
    {MST_GAIN_UPWARD, "What is below the threshold becomes louder; what is below -70 dB no more than that", "upward"},
    {MST_GAIN_EXPAND, "What is below the threshold becomes quieter", "expand"},
    {MST_GAIN_GATE, "What is below the threshold is taken down by the range", "gate"},
    {MST_GAIN_LIMIT, "Nothing stays above the threshold but for the attack", "limit"})

GST_MASTERING_DEFINE_ENUM (detector_type, "GstMultibandCompDetector",
    {FALSE, "The envelope of the waveform", "peak"},
    {TRUE, "The mean square over rms-window; a sine reads its peak", "rms"})

GST_MASTERING_DEFINE_ENUM (key_type, "GstMultibandCompKey",
    {FALSE, "The band itself", "own"},
    {TRUE, "The same band of what comes to the sidechain pad; silence without one", "sidechain"})

#define FIRST_SWITCH (1 + G_N_ELEMENTS (numbers))
#define PROP_MODE (FIRST_SWITCH + G_N_ELEMENTS (switches))
#define PROP_DETECTOR (PROP_MODE + 1)
#define PROP_RMS_WINDOW (PROP_MODE + 2)
#define PROP_KEY (PROP_MODE + 3)

/* Of band 0, 1, …: the three of the default four bands, and what is left above for more */
static const gdouble upper_hz[MST_MULTIBAND_MAX_BANDS] = { 120.0, 1000.0, 6000.0, 9000.0, 12000.0, 14000.0, 16000.0, 18000.0 };

G_DEFINE_TYPE (GstMultibandCompBand, gst_multiband_comp_band, GST_TYPE_MASTERING_BAND)

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstMultibandCompBand *self = GST_MULTIBAND_COMP_BAND (object);
  GST_OBJECT_LOCK (self);
  if (id == PROP_MODE)
    self->params.mode = (MstGainMode) g_value_get_enum (value);
  else if (id == PROP_DETECTOR)
    self->is_rms = g_value_get_enum (value);
  else if (id == PROP_RMS_WINDOW)
    self->rms_window_ms = g_value_get_double (value);
  else if (id == PROP_KEY)
    self->is_keyed = g_value_get_enum (value);
  else if (id < FIRST_SWITCH)
    G_STRUCT_MEMBER (gdouble, self, numbers[id - 1].offset) = g_value_get_double (value);
  else
    G_STRUCT_MEMBER (int, self, switches[id - FIRST_SWITCH].offset) = g_value_get_boolean (value);
  GST_OBJECT_UNLOCK (self);
  gst_mastering_band_changed (GST_MASTERING_BAND (self), pspec);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstMultibandCompBand *self = GST_MULTIBAND_COMP_BAND (object);
  GST_OBJECT_LOCK (self);
  if (id == PROP_MODE)
    g_value_set_enum (value, (gint) self->params.mode);
  else if (id == PROP_DETECTOR)
    g_value_set_enum (value, self->is_rms);
  else if (id == PROP_RMS_WINDOW)
    g_value_set_double (value, self->rms_window_ms);
  else if (id == PROP_KEY)
    g_value_set_enum (value, self->is_keyed);
  else if (id < FIRST_SWITCH)
    g_value_set_double (value, G_STRUCT_MEMBER (gdouble, self, numbers[id - 1].offset));
  else
    g_value_set_boolean (value, G_STRUCT_MEMBER (int, self, switches[id - FIRST_SWITCH].offset));
  GST_OBJECT_UNLOCK (self);
}

static void
get_default (GstMasteringBandClass *klass, guint index, GParamSpec *pspec, GValue *value)
{
  if (g_str_equal (pspec->name, "upper-frequency") && index < MST_MULTIBAND_MAX_BANDS)
    g_value_set_double (value, upper_hz[index]);
}

static void
gst_multiband_comp_band_class_init (GstMultibandCompBandClass *klass)
{
  static const gchar *const words[] = { "upper-frequency", "threshold", "ratio", NULL };
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstMasteringBandClass *band_class = GST_MASTERING_BAND_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  band_class->words = words;
  band_class->get_default = get_default;
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_object_class_install_property (object_class, 1 + i, g_param_spec_double (numbers[i].name, numbers[i].nick, numbers[i].blurb,
            numbers[i].lowest, numbers[i].highest, numbers[i].normal, GST_MASTERING_PARAM));
  for (guint i = 0; i < G_N_ELEMENTS (switches); i++)
    g_object_class_install_property (object_class, FIRST_SWITCH + i, g_param_spec_boolean (switches[i].name, switches[i].nick,
            switches[i].blurb, FALSE, GST_MASTERING_PARAM));
  g_object_class_install_property (object_class, PROP_MODE, g_param_spec_enum ("mode", "Mode", "What the band does", mode_type (),
          MST_GAIN_COMPRESS, GST_MASTERING_PARAM));
  g_object_class_install_property (object_class, PROP_DETECTOR, g_param_spec_enum ("detector", "Detector",
          "What the level is", detector_type (), FALSE, GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (object_class, PROP_RMS_WINDOW, g_param_spec_double ("rms-window", "RMS window",
          "Length in ms of the window of detector=rms", 1.0, 1000.0, RMS_WINDOW_MS, GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (object_class, PROP_KEY, g_param_spec_enum ("key", "Key",
          "What the detector hears", key_type (), FALSE, GST_MASTERING_PARAM_STRUCTURE));
}

static void
gst_multiband_comp_band_init (GstMultibandCompBand *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    G_STRUCT_MEMBER (gdouble, self, numbers[i].offset) = numbers[i].normal;
  self->rms_window_ms = RMS_WINDOW_MS;
}
