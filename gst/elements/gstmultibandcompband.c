/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmultibandcompband.h"

#include <math.h>

#define AT(field) G_STRUCT_OFFSET (GstMultibandCompBand, params.field)

static const struct
{
  const gchar *name, *nick, *blurb;
  gdouble lowest, highest, normal;
  gsize offset;
} numbers[] = {
  { "upper-frequency", "Upper frequency", "Where the next band begins, in Hz; one below that of the band before is raised to it, "
        "one above 0.45 of the rate lowered to that; of no effect in the last band", 20.0, 20000.0, 1000.0, AT (upper_hz) },
  { "threshold", "Threshold", "Level in dB above which the band is compressed; a full-scale sine reads 0", -80.0, 20.0, -20.0,
        AT (threshold_db) },
  { "ratio", "Ratio", "dB of input above the threshold for one dB of output: 1 = the band is left alone, inf = limited",
        1.0, INFINITY, 1.0, AT (ratio) },
  { "knee", "Knee", "Width in dB of the bend around the threshold: 0 = a sharp bend", 0.0, 36.0, 6.0, AT (knee_db) },
  { "attack", "Attack", "Time in ms in which the gain falls 63 % of its way, in dB", 0.05, 5000.0, 10.0, AT (attack_ms) },
  { "release", "Release", "Time in ms in which the gain rises 63 % of its way, in dB", 0.05, 5000.0, 100.0, AT (release_ms) },
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
  { "mute", "Mute", "The band is silent", AT (is_muted) },
  { "solo", "Solo", "Only this band and others in solo are heard", AT (is_soloed) },
  { "bypass", "Bypass", "The band is neither compressed nor made up", AT (is_bypassed) },
};

#define FIRST_SWITCH (1 + G_N_ELEMENTS (numbers))

/* Of band 0, 1, …: the three of the default four bands, and what is left above for more */
static const gdouble upper_hz[MST_MULTIBAND_MAX_BANDS] = { 120.0, 1000.0, 6000.0, 9000.0, 12000.0, 14000.0, 16000.0, 18000.0 };

G_DEFINE_TYPE (GstMultibandCompBand, gst_multiband_comp_band, GST_TYPE_MASTERING_BAND)

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GST_OBJECT_LOCK (object);
  if (id < FIRST_SWITCH)
    G_STRUCT_MEMBER (gdouble, object, numbers[id - 1].offset) = g_value_get_double (value);
  else
    G_STRUCT_MEMBER (int, object, switches[id - FIRST_SWITCH].offset) = g_value_get_boolean (value);
  GST_OBJECT_UNLOCK (object);
  gst_mastering_band_changed (GST_MASTERING_BAND (object), pspec);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GST_OBJECT_LOCK (object);
  if (id < FIRST_SWITCH)
    g_value_set_double (value, G_STRUCT_MEMBER (gdouble, object, numbers[id - 1].offset));
  else
    g_value_set_boolean (value, G_STRUCT_MEMBER (int, object, switches[id - FIRST_SWITCH].offset));
  GST_OBJECT_UNLOCK (object);
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
}

static void
gst_multiband_comp_band_init (GstMultibandCompBand *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    G_STRUCT_MEMBER (gdouble, self, numbers[i].offset) = numbers[i].normal;
}
