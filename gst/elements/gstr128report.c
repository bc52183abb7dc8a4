/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstr128report.h"

#include <math.h>

#define R128_TRACK_GAIN "r128-track-gain"       /* of GStreamer itself from 1.28 */
#define REPLAYGAIN_LUFS -18.0
#define R128_LUFS -23.0

const GstR128Field gst_r128_fields[GST_R128_N_VALUES] = {
  [GST_R128_VALUE_MOMENTARY] = { "momentary-loudness", "Momentary loudness",
      "Loudness of the last 400 ms in LUFS; -inf for silence", GST_R128_MOMENTARY },
  [GST_R128_VALUE_SHORT_TERM] = { "shortterm-loudness", "Short-term loudness",
      "Loudness of the last 3 s in LUFS; -inf for silence", GST_R128_SHORT_TERM },
  [GST_R128_VALUE_GLOBAL] = { "global-loudness", "Integrated loudness",
      "Gated loudness since the start in LUFS; -inf before the first 400 ms above -70 LUFS", GST_R128_INTEGRATED },
  [GST_R128_VALUE_THRESHOLD] = { "relative-threshold", "Relative threshold",
      "Gate of the integrated loudness, 10 LU below the mean of the blocks above -70 LUFS, in LUFS", GST_R128_INTEGRATED },
  [GST_R128_VALUE_RANGE] = { "loudness-range", "Loudness range",
      "95th minus 10th percentile of gated short-term loudness since the start in LU; 0 before the first 3 s", GST_R128_RANGE },
  [GST_R128_VALUE_MAX_MOMENTARY] = { "max-momentary", "Highest momentary loudness",
      "Highest momentary loudness since the start in LUFS", GST_R128_MOMENTARY },
  [GST_R128_VALUE_MAX_SHORT_TERM] = { "max-shortterm", "Highest short-term loudness",
      "Highest short-term loudness since the start in LUFS", GST_R128_SHORT_TERM },
  [GST_R128_VALUE_MAX_SAMPLE_PEAK] = { "max-sample-peak", "Highest sample peak",
      "Highest sample of all channels since the start in dBFS; -inf for silence", GST_R128_SAMPLE_PEAK },
  [GST_R128_VALUE_MAX_TRUE_PEAK] = { "max-true-peak", "Highest true peak",
      "Highest true peak of all channels since the start in dBTP; -inf for silence", GST_R128_TRUE_PEAK },
  [GST_R128_VALUE_PLR] = { "plr", "Peak to loudness ratio",
      "Highest true peak above the integrated loudness in dB; 0 while either is -inf", GST_R128_TRUE_PEAK | GST_R128_INTEGRATED },
  [GST_R128_VALUE_PSR] = { "psr", "Peak to short-term loudness ratio",
      "Highest true peak of the last 3 s above the short-term loudness in dB; 0 while either is -inf",
      GST_R128_TRUE_PEAK | GST_R128_SHORT_TERM },
  [GST_R128_VALUE_CORRELATION] = { "correlation", "Correlation",
      "Correlation of the first two channels over the last 300 ms (final message: the whole stream), -1 to 1; "
      "0 where one is silent; engine=native", GST_R128_CORRELATION },
  [GST_R128_VALUE_DIALOGUE] = { "dialogue-loudness", "Dialogue loudness",
      "Ungated loudness of the programme where there is speech, by an estimate of where that is, since the start in LUFS; -inf without "
      "any; dialogue=true", GST_R128_DIALOGUE },
  [GST_R128_VALUE_SPEECH_SHARE] = { "speech-share", "Share of speech",
      "Part of the time with speech, by the same estimate, since the start in %; dialogue=true", GST_R128_DIALOGUE },
  [GST_R128_VALUE_LOUDNESS_TO_DIALOGUE] = { "loudness-to-dialogue", "Loudness to dialogue ratio",
      "Integrated loudness above the dialogue loudness in LU; 0 while either is -inf; dialogue=true", GST_R128_DIALOGUE | GST_R128_INTEGRATED },
};

/* Names of the fields, not to be looked up again with every message. */
static GQuark quarks[GST_R128_N_VALUES];

const struct GstR128Switch gst_r128_switches[GST_R128_N_SWITCHES] = {
  { "momentary", "Momentary", "Measure momentary loudness (400 ms)", GST_R128_MOMENTARY, TRUE, FALSE },
  { "short-term", "Short-term", "Measure short-term loudness (3 s)", GST_R128_SHORT_TERM, TRUE, FALSE },
  { "integrated", "Integrated", "Measure the gated loudness of the whole programme", GST_R128_INTEGRATED, TRUE, FALSE },
  { "range", "Range", "Measure the loudness range", GST_R128_RANGE, TRUE, FALSE },
  { "sample-peak", "Sample peak", "Measure the highest sample of each channel", GST_R128_SAMPLE_PEAK, TRUE, FALSE },
  { "true-peak", "True peak", "Measure the highest point of each channel's waveform, between the samples too", GST_R128_TRUE_PEAK, TRUE, FALSE },
  { "dialogue", "Dialogue", "Tell speech from the rest (centre channel, or mid) and measure its loudness: dialogue-loudness, speech-share, "
      "loudness-to-dialogue; an estimate. A change starts the measurement anew (engine=native)", GST_R128_DIALOGUE, FALSE, TRUE },
};

gdouble
gst_r128_fresh_value (GstR128Value value)
{
  if (value == GST_R128_VALUE_THRESHOLD)
    return -70.0;
  return (value <= GST_R128_VALUE_MAX_TRUE_PEAK && value != GST_R128_VALUE_RANGE) || value == GST_R128_VALUE_DIALOGUE ? -INFINITY : 0.0;
}

static void
set_number (GstStructure *s, GQuark name, gdouble number)
{
  GValue value = G_VALUE_INIT;
  g_value_init (&value, G_TYPE_DOUBLE);
  g_value_set_double (&value, number);
  gst_structure_id_take_value (s, name, &value);
}

static void
set_array (GstStructure *s, const gchar *name, const gdouble *numbers, guint n)
{
  GValue array = G_VALUE_INIT, number = G_VALUE_INIT;
  gst_value_array_init (&array, n);
  for (guint c = 0; c < n; c++) {
    g_value_init (&number, G_TYPE_DOUBLE);
    g_value_set_double (&number, numbers[c]);
    gst_value_array_append_and_take_value (&array, &number);
  }
  gst_structure_take_value (s, name, &array);
}

void
gst_r128_report_reading (GstStructure *s, const GstR128Reading *reading, guint what, guint n_channels)
{
  for (guint i = 0; i < GST_R128_N_VALUES; i++)
    if ((gst_r128_fields[i].needs & ~what) == 0)
      set_number (s, quarks[i], reading->value[i]);
  if (what & GST_R128_SAMPLE_PEAK)
    set_array (s, "sample-peak", reading->sample_peak, n_channels);
  if (what & GST_R128_TRUE_PEAK)
    set_array (s, "true-peak", reading->true_peak, n_channels);
}

/* NaN where it is not measured */
static gdouble
figure (const GstR128Reading *reading, guint what, GstR128Value value)
{
  return (gst_r128_fields[value].needs & ~what) == 0 ? reading->value[value] : NAN;
}

void
gst_r128_report_target (GstStructure *s, const MstTarget *target, const GstR128Reading *reading, guint what)
{
  const MstTargetFigures figures = {
    .integrated_lufs = figure (reading, what, GST_R128_VALUE_GLOBAL),
    .max_short_term_lufs = figure (reading, what, GST_R128_VALUE_MAX_SHORT_TERM),
    .range_lu = figure (reading, what, GST_R128_VALUE_RANGE),
    .true_peak_dbtp = figure (reading, what, GST_R128_VALUE_MAX_TRUE_PEAK),
    .sample_peak_dbfs = figure (reading, what, GST_R128_VALUE_MAX_SAMPLE_PEAK),
    .dialogue_lufs = figure (reading, what, GST_R128_VALUE_DIALOGUE),
    .speech_share = figure (reading, what, GST_R128_VALUE_SPEECH_SHARE),
    .loudness_to_dialogue_lu = figure (reading, what, GST_R128_VALUE_LOUDNESS_TO_DIALOGUE),
  };
  gchar verdict[256];
  gdouble limited;
  mst_target_judge (target, &figures, verdict, sizeof verdict);
  const gdouble gain = mst_target_gain_db (target, &figures, &limited);
  gst_structure_set (s, "target", G_TYPE_STRING, target->id, "target-grade", G_TYPE_STRING, target->grade,
      "verdict", G_TYPE_STRING, verdict, "platform-gain", G_TYPE_DOUBLE, gain, NULL);
  if (target->behaviour == MST_TARGET_BOOST_WITH_LIMITER)
    gst_structure_set (s, "platform-limiting", G_TYPE_DOUBLE, limited, NULL);
}

GstTagList *
gst_r128_tags (const GstR128Reading *reading, guint what)
{
  const gdouble loudness = reading->value[GST_R128_VALUE_GLOBAL];
  if (!(what & GST_R128_INTEGRATED) || !isfinite (loudness))
    return NULL;
  /* Q7.8 as Opus and others keep it in their comments */
  gchar *comment = g_strdup_printf ("R128_TRACK_GAIN=%d", (gint) CLAMP (floor ((R128_LUFS - loudness) * 256.0 + 0.5), -32768.0, 32767.0));
  GstTagList *tags = gst_tag_list_new (GST_TAG_TRACK_GAIN, REPLAYGAIN_LUFS - loudness, R128_TRACK_GAIN, R128_LUFS - loudness,
      GST_TAG_EXTENDED_COMMENT, comment, NULL);
  g_free (comment);
  if (what & (GST_R128_TRUE_PEAK | GST_R128_SAMPLE_PEAK)) {
    const gdouble db = reading->value[what & GST_R128_TRUE_PEAK ? GST_R128_VALUE_MAX_TRUE_PEAK : GST_R128_VALUE_MAX_SAMPLE_PEAK];
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_TRACK_PEAK, pow (10.0, db / 20.0), NULL);
  }
  return tags;
}

void
gst_r128_report_tags (GstStructure *s, const GstTagList *tags)
{
  static const gchar *const names[] = { GST_TAG_TRACK_GAIN, GST_TAG_TRACK_PEAK, R128_TRACK_GAIN };
  gdouble value;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (gst_tag_list_get_double (tags, names[i], &value))
      gst_structure_set (s, names[i], G_TYPE_DOUBLE, value, NULL);
}

void
gst_r128_report_init (void)
{
  for (guint i = 0; i < GST_R128_N_VALUES; i++)
    quarks[i] = g_quark_from_static_string (gst_r128_fields[i].name);
  if (!gst_tag_exists (R128_TRACK_GAIN))
    gst_tag_register (R128_TRACK_GAIN, GST_TAG_FLAG_META, G_TYPE_DOUBLE, "EBU R 128 track gain",
        "gain that brings the track to -23 LUFS, in dB", NULL);
}
