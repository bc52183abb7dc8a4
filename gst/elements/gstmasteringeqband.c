/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmasteringeqband.h"

#include <math.h>

struct _GstMasteringEqBand
{
  GstMasteringBand parent;
  MstEqBand params;             /* object lock */
};

enum
{
  PROP_TYPE = 1,
  PROP_FREQUENCY,
  PROP_GAIN,
  PROP_Q,
  PROP_SLOPE,
  PROP_CHANNELS,
  PROP_ENABLED,
  PROP_RANGE,
  PROP_THRESHOLD,
  PROP_RATIO,
  PROP_ATTACK,
  PROP_RELEASE,
  PROP_DIRECTION,
  PROP_LISTEN
};

G_DEFINE_FINAL_TYPE (GstMasteringEqBand, gst_mastering_eq_band, GST_TYPE_MASTERING_BAND)

static const GEnumValue types[] = {
  { MST_EQ_BELL, "Boost or cut around the frequency", "bell" },
  { MST_EQ_LOW_SHELF, "Boost or cut below the frequency", "low-shelf" },
  { MST_EQ_HIGH_SHELF, "Boost or cut above the frequency", "high-shelf" },
  { MST_EQ_TILT_SHELF, "Half the gain up above the frequency, half of it down below", "tilt-shelf" },
  { MST_EQ_HIGH_PASS, "Butterworth high-pass of the slope", "high-pass" },
  { MST_EQ_LOW_PASS, "Butterworth low-pass of the slope", "low-pass" },
  { MST_EQ_BAND_PASS, "Only what is around the frequency, 0 dB at its centre", "band-pass" },
  { MST_EQ_NOTCH, "Everything but the frequency", "notch" },
  { MST_EQ_ALL_PASS, "Phase only: -180 degrees at the frequency", "all-pass" },
  { 0, NULL, NULL }
};

static const GEnumValue channels[] = {
  { MST_EQ_ALL, "All channels", "all" },
  { MST_EQ_LEFT, "The left channel (stereo only)", "left" },
  { MST_EQ_RIGHT, "The right channel (stereo only)", "right" },
  { MST_EQ_MID, "The sum of left and right (stereo only)", "mid" },
  { MST_EQ_SIDE, "The difference of left and right (stereo only)", "side" },
  { 0, NULL, NULL }
};

static const GEnumValue directions[] = {
  { FALSE, "The gain moves as the level rises above the threshold", "above" },
  { TRUE, "The gain moves as the level falls below the threshold", "below" },
  { 0, NULL, NULL }
};

static const GEnumValue slopes[] = {
  { 6, "6 dB per octave", "6" },
  { 12, "12 dB per octave", "12" },
  { 18, "18 dB per octave", "18" },
  { 24, "24 dB per octave", "24" },
  { 36, "36 dB per octave", "36" },
  { 48, "48 dB per octave", "48" },
  { 72, "72 dB per octave", "72" },
  { 96, "96 dB per octave", "96" },
  { 0, NULL, NULL }
};

static GType
enum_type (const gchar *name, const GEnumValue *values, gsize *once)
{
  if (g_once_init_enter (once)) {
    const GType type = g_enum_register_static (name, values);
    gst_type_mark_as_plugin_api (type, 0);
    g_once_init_leave (once, type);
  }
  return *once;
}

const MstEqBand *
gst_mastering_eq_band_params (GstMasteringEqBand *self)
{
  return &self->params;
}

const gchar *
gst_mastering_eq_type_nick (MstEqType type)
{
  return types[type].value_nick;
}

const gchar *
gst_mastering_eq_channels_nick (MstEqChannels which)
{
  return channels[which].value_nick;
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstMasteringEqBand *self = GST_MASTERING_EQ_BAND (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_TYPE:
      self->params.type = (MstEqType) g_value_get_enum (value);
      break;
    case PROP_FREQUENCY:
      self->params.frequency_hz = g_value_get_double (value);
      break;
    case PROP_GAIN:
      self->params.gain_db = g_value_get_double (value);
      break;
    case PROP_Q:
      self->params.q = g_value_get_double (value);
      break;
    case PROP_SLOPE:
      self->params.slope = (unsigned) g_value_get_enum (value);
      break;
    case PROP_CHANNELS:
      self->params.channels = (MstEqChannels) g_value_get_enum (value);
      break;
    case PROP_ENABLED:
      self->params.enabled = g_value_get_boolean (value);
      break;
    case PROP_RANGE:
      self->params.range_db = g_value_get_double (value);
      break;
    case PROP_THRESHOLD:
      self->params.threshold_db = g_value_get_double (value);
      break;
    case PROP_RATIO:
      self->params.ratio = g_value_get_double (value);
      break;
    case PROP_ATTACK:
      self->params.attack_ms = g_value_get_double (value);
      break;
    case PROP_RELEASE:
      self->params.release_ms = g_value_get_double (value);
      break;
    case PROP_DIRECTION:
      self->params.below = g_value_get_enum (value) != FALSE;
      break;
    case PROP_LISTEN:
      self->params.listen = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
  gst_mastering_band_changed (GST_MASTERING_BAND (self), pspec);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstMasteringEqBand *self = GST_MASTERING_EQ_BAND (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_TYPE:
      g_value_set_enum (value, (gint) self->params.type);
      break;
    case PROP_FREQUENCY:
      g_value_set_double (value, self->params.frequency_hz);
      break;
    case PROP_GAIN:
      g_value_set_double (value, self->params.gain_db);
      break;
    case PROP_Q:
      g_value_set_double (value, self->params.q);
      break;
    case PROP_SLOPE:
      g_value_set_enum (value, (gint) self->params.slope);
      break;
    case PROP_CHANNELS:
      g_value_set_enum (value, (gint) self->params.channels);
      break;
    case PROP_ENABLED:
      g_value_set_boolean (value, self->params.enabled);
      break;
    case PROP_RANGE:
      g_value_set_double (value, self->params.range_db);
      break;
    case PROP_THRESHOLD:
      g_value_set_double (value, self->params.threshold_db);
      break;
    case PROP_RATIO:
      g_value_set_double (value, self->params.ratio);
      break;
    case PROP_ATTACK:
      g_value_set_double (value, self->params.attack_ms);
      break;
    case PROP_RELEASE:
      g_value_set_double (value, self->params.release_ms);
      break;
    case PROP_DIRECTION:
      g_value_set_enum (value, self->params.below);
      break;
    case PROP_LISTEN:
      g_value_set_boolean (value, self->params.listen);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_mastering_eq_band_init (GstMasteringEqBand *self)
{
  mst_eq_band_init (&self->params);
}

static void
gst_mastering_eq_band_class_init (GstMasteringEqBandClass *klass)
{
  static const gchar *const words[] = { "type", "frequency", "gain", NULL };
  static gsize type_once, channels_once, slope_once, direction_once;
  GObjectClass *object = G_OBJECT_CLASS (klass);
  const struct { guint id; GParamSpec *pspec; } properties[] = {
    { PROP_TYPE, g_param_spec_enum ("type", "Type", "What the band does around, below or above its frequency",
          enum_type ("GstMasteringEqType", types, &type_once), MST_EQ_BELL, GST_MASTERING_PARAM) },
    { PROP_FREQUENCY, g_param_spec_double ("frequency", "Frequency", "Centre or corner in Hz; bell, shelves and low-pass may be "
          "above half the rate, the others act at most at 0.45 of it", 10.0, 40000.0, 1000.0, GST_MASTERING_PARAM) },
    { PROP_GAIN, g_param_spec_double ("gain", "Gain", "Boost (above 0) or cut in dB of bell, shelves and tilt; 0: the band "
          "changes nothing", -36.0, 36.0, 0.0, GST_MASTERING_PARAM) },
    { PROP_Q, g_param_spec_double ("q", "Q", "Centre frequency over bandwidth: low is wide, high is narrow; for shelves and "
          "the 12 dB/octave passes 0.7071 has no bump", 0.025, 200.0, M_SQRT1_2, GST_MASTERING_PARAM) },
    { PROP_SLOPE, g_param_spec_enum ("slope", "Slope", "dB per octave of high-pass and low-pass; shelves have 6, "
          "or 12 for everything above",
          enum_type ("GstMasteringEqSlope", slopes, &slope_once), 12, GST_MASTERING_PARAM) },
    { PROP_CHANNELS, g_param_spec_enum ("channels", "Channels", "Where the band acts; all but `all` need stereo",
          enum_type ("GstMasteringEqChannels", channels, &channels_once), MST_EQ_ALL, GST_MASTERING_PARAM) },
    { PROP_ENABLED, g_param_spec_boolean ("enabled", "Enabled", "Whether the band is in the path; off costs nothing",
          TRUE, GST_MASTERING_PARAM) },
    { PROP_RANGE, g_param_spec_double ("range", "Range", "The most, in dB, that the level in the band's own region moves the "
          "gain of a bell or shelf, up or (below 0) down; 0: a static band", -30.0, 30.0, 0.0,
          GST_MASTERING_PARAM) },
    { PROP_THRESHOLD, g_param_spec_double ("threshold", "Threshold", "Level in dB from which a dynamic band moves; a full-scale "
          "sine at its frequency is 0", -80.0, 0.0, -20.0, GST_MASTERING_PARAM) },
    { PROP_RATIO, g_param_spec_double ("ratio", "Ratio", "How far a dynamic band moves: the distance from the threshold times "
          "(1 - 1/ratio); 1: not at all, 1000: as far as the level", 1.0, 1000.0, 2.0, GST_MASTERING_PARAM) },
    { PROP_ATTACK, g_param_spec_double ("attack", "Attack", "Milliseconds to 63 % of a change of a dynamic band's gain, as it "
          "grows", 1.0, 500.0, 10.0, GST_MASTERING_PARAM) },
    { PROP_RELEASE, g_param_spec_double ("release", "Release", "Milliseconds to 63 % of the way back", 5.0, 5000.0, 100.0,
          GST_MASTERING_PARAM) },
    { PROP_DIRECTION, g_param_spec_enum ("direction", "Direction", "On which side of the threshold a dynamic band moves",
          enum_type ("GstMasteringEqDirection", directions, &direction_once), FALSE, GST_MASTERING_PARAM) },
    { PROP_LISTEN, g_param_spec_boolean ("listen", "Listen", "Hear only what the band acts on: its region and its channels, "
          "without any equalising; of several such bands the first", FALSE, GST_MASTERING_PARAM) },
  };

  object->set_property = set_property;
  object->get_property = get_property;
  GST_MASTERING_BAND_CLASS (klass)->words = words;
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    g_object_class_install_property (object, properties[i].id, properties[i].pspec);
}
