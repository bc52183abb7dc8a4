/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* truepeaklimiter from outside: the ceiling by an interpolator of the tests' own in every kind of stream, latency as told,
 * messages against what left, properties while playing, presets. */
#include <math.h>
#include <string.h>

#include "../dsp/brickwall.h"
#include "rig.h"

static gdouble
true_peak_db (const Rig *rig, guint channel)
{
  const gsize n = rig_frames (rig);
  gdouble *x = g_new (gdouble, n);
  for (gsize i = 0; i < n; i++)
    x[i] = rig_sample (rig, i, channel);
  const gdouble db = brickwall_peak_db (x, n, 32, 1.0);
  g_free (x);
  return db;
}

static gdouble
array_value (const GstStructure *s, const gchar *field, guint c)
{
  const GValue *array = gst_structure_get_value (s, field);
  fail_unless (array && GST_VALUE_HOLDS_ARRAY (array), "no array %s", field);
  return g_value_get_double (gst_value_array_get_value (array, c));
}

static gdouble
readable (Rig *rig, const gchar *name)
{
  gdouble v = NAN;
  g_object_get (rig->element, name, &v, NULL);
  return v;
}

static const struct
{
  const gchar *format;
  gboolean planar;
  gint rate, channels;
} streams[] = {
  {"F32LE", FALSE, 44100, 2}, {"F64LE", FALSE, 48000, 2}, {"F32LE", TRUE, 48000, 1}, {"F64LE", TRUE, 96000, 2},
  {"F32LE", FALSE, 48000, 6}, {"F32LE", TRUE, 44100, 8}, {"F32LE", FALSE, 192000, 2}, {"F32LE", FALSE, 32000, 3}, {"F64LE", FALSE, 88200, 1},
  {"F32LE", TRUE, 8000, 2}, {"F32LE", FALSE, 384000, 1}
};

GST_START_TEST (test_ceiling_in_every_stream)
{
  const gint channels = streams[__i__].channels;
  const gsize n = 6000;
  static const gchar *launches[] = { "truepeaklimiter name=e input-gain=12", "truepeaklimiter name=e input-gain=6 link=0.5 ceiling=-3" };
  for (guint l = 0; l < 2; l++) {
    Rig *rig = rig_new (launches[l], streams[__i__].format, streams[__i__].planar, streams[__i__].rate, channels);
    gdouble *x = rig_noise (n, channels, 0.9, __i__);
    rig_push_cut (rig, x, n, 0, 1);
    rig_eos (rig);
    fail_unless_equals_uint64 (rig_frames (rig), n);
    for (gint c = 0; c < channels; c++) {
      const gdouble over = true_peak_db (rig, c) - readable (rig, "ceiling");
      fail_unless (over <= 0.01, "%d Hz, channel %d of %d: over by %.4f dB", streams[__i__].rate, c, channels, over);
    }
    rig_free (rig);
    g_free (x);
  }
}

GST_END_TEST;

GST_START_TEST (test_latency_as_told)
{
  static const gdouble lookaheads[] = { 1.0, 5.0, 20.0 };
  static const gchar *guards[] = { "auto", "on", "off" };
  for (guint i = 0; i < 3; i++) {
    gdouble x[2000] = { 0 };
    GstClockTime told[3];
    for (guint g = 0; g < 3; g++) {
      gchar *launch = g_strdup_printf ("truepeaklimiter name=e lookahead=%g nyquist-guard=%s", lookaheads[i], guards[g]);
      Rig *rig = rig_new (launch, "F64LE", FALSE, streams[__i__].rate, 1);
      x[0] = 0.25;
      rig_push_cut (rig, x, 2000, 100, 0);
      told[g] = gst_harness_query_latency (rig->h);
      const guint64 frames = gst_util_uint64_scale_round (told[g], streams[__i__].rate, GST_SECOND);
      /* Nothing moves, and what was held back is exactly what the query says */
      fail_unless (rig->most_held <= frames, "%d held, %d told", (int) rig->most_held, (int) frames);
      fail_unless (rig->most_held + 100 >= MIN (frames, 2000));
      rig_eos (rig);
      gdouble highest = 0.0;
      for (gsize k = 0; k < 2000; k++)
        highest = MAX (highest, fabs (rig_sample (rig, k, 0)));
      fail_unless (rig_sample (rig, 0, 0) == highest && (g == 1 || highest == 0.25), "the impulse is not where it was");
      rig_free (rig);
      g_free (launch);
    }
    fail_unless (told[0] == told[1] && told[1] == told[2], "the guard changes the latency");
    if (lookaheads[i] <= 5.0 && (streams[__i__].rate == 44100 || streams[__i__].rate == 48000))
      fail_unless (told[0] <= (lookaheads[i] > 1 ? 9500000 : streams[__i__].rate == 48000 ? 5000000 : 5600000),
          "%" GST_TIME_FORMAT, GST_TIME_ARGS (told[0]));
  }
}

GST_END_TEST;

GST_START_TEST (test_idle_to_the_bit)
{
  gdouble *x = rig_noise (20000, 2, 0.3, 1);    /* below 0.35 of the ceiling */
  Rig *rig = rig_new ("truepeaklimiter name=e", "F32LE", FALSE, 48000, 2);
  rig_push_cut (rig, x, 20000, 0, 1);
  fail_unless (readable (rig, "gain-reduction") == 0.0);
  rig_eos (rig);
  for (guint i = 0; i < 40000; i++)
    fail_unless (g_array_index (rig->out, gdouble, i) == x[i], "sample %u", i);
  rig_free (rig);
  g_free (x);
}

GST_END_TEST;

GST_START_TEST (test_messages)
{
  const gsize n = 48000;
  gdouble *x = g_new (gdouble, 2 * n);
  Rig *rig = rig_new ("truepeaklimiter name=e post-messages=true interval=250000000", "F64LE", FALSE, 48000, 2);
  GstStructure *s;
  guint n_messages = 0;
  guint64 events, limited, summed = 0, guard, value;
  gdouble most = 0.0;

  /* 12 dB over in the left channel for the first half, none in the right; nothing afterwards */
  for (gsize i = 0; i < n; i++) {
    const gdouble fade = i < n / 2 ? pow (sin (G_PI * (gdouble) i / (gdouble) (n / 2)), 2.0) : 0.0;
    x[2 * i] = (0.1 + 3.5 * fade) * sin (0.7 * (gdouble) i);
    x[2 * i + 1] = 0.1 * sin (0.5 * (gdouble) i);
  }
  rig_set (rig, "link", "0");
  rig_push_cut (rig, x, n, 1000, 1);
  fail_unless (readable (rig, "gain-reduction") < 1.0);
  rig_eos (rig);
  for (;; gst_structure_free (s)) {
    gboolean final = FALSE;
    s = rig_message (rig, "truepeaklimiter");
    fail_unless (s != NULL, "no final message");
    gst_structure_get_boolean (s, "final", &final);
    fail_unless (gst_structure_get_uint64 (s, "limited-events", &events) && gst_structure_get_uint64 (s, "limited-time", &limited)
        && gst_structure_get_uint64 (s, "guard-time", &guard));
    for (guint c = 0; c < 2; c++) {
      const gdouble low = array_value (s, "gain-reduction-min", c), mean = array_value (s, "gain-reduction-mean", c),
          high = array_value (s, "gain-reduction-max", c);
      fail_unless (0.0 <= low && low <= mean + 1e-9 && mean <= high + 1e-9);
    }
    if (final)
      break;
    fail_unless (gst_structure_get_uint64 (s, "duration", &value) && value == 250 * GST_MSECOND);
    summed += limited;
    most = MAX (most, array_value (s, "gain-reduction-max", 0));
    n_messages++;
  }
  fail_unless_equals_int (n_messages, 4);
  fail_unless_equals_uint64 (events, 1);
  fail_unless (ABS ((gint64) (limited - summed)) < 1000);
  fail_unless (limited > 400 * GST_MSECOND && limited < 960 * GST_MSECOND, "limited for %" GST_TIME_FORMAT, GST_TIME_ARGS (limited));
  fail_unless_equals_float (array_value (s, "gain-reduction-max", 0), most);
  fail_unless (most > 12.0 && most < 12.3, "%.3f dB", most);
  fail_unless_equals_float (array_value (s, "gain-reduction-max", 1), 0.0);
  fail_unless (fabs (array_value (s, "true-peak-in", 0) - 20 * log10 (3.6)) < 0.02, "%.3f", array_value (s, "true-peak-in", 0));
  for (guint c = 0; c < 2; c++)
    fail_unless (fabs (array_value (s, "true-peak-out", c) - true_peak_db (rig, c)) < 0.02, "channel %u: %.3f for %.3f dBTP", c,
        array_value (s, "true-peak-out", c), true_peak_db (rig, c));
  gst_structure_free (s);
  rig_free (rig);
  g_free (x);
}

GST_END_TEST;

/* Two seconds limited throughout, with the guard at work in the second one, while the look-ahead changes three times: a new
 * processor hears what the old one heard, but counts nothing twice. */
GST_START_TEST (test_counts_once)
{
  const gsize n = 96000;
  gdouble *x = g_new (gdouble, n);
  Rig *rig = rig_new ("truepeaklimiter name=e post-messages=true", "F64LE", FALSE, 48000, 1);
  static const gchar *lookaheads[] = { "5", "8", "2", "5" };
  GstStructure *s;
  guint64 events = 0, limited = 0, guard = 0, of_interval, summed = 0;
  gboolean final = FALSE;

  for (gsize i = 0; i < n; i++)
    x[i] = 2.0 * sin (0.3 * (gdouble) i) + (i >= n / 2 ? 0.02 * cos (G_PI * 0.98 * (gdouble) i) : 0.0);
  for (guint i = 0; i < 4; i++) {
    rig_set (rig, "lookahead", lookaheads[i]);
    rig_push_cut (rig, x + i * n / 4, n / 4, 500, i);
  }
  rig_eos (rig);
  while (!final && (s = rig_message (rig, "truepeaklimiter"))) {
    gst_structure_get_boolean (s, "final", &final);
    gst_structure_get (s, "limited-events", G_TYPE_UINT64, &events, "limited-time", G_TYPE_UINT64, &of_interval, "guard-time", G_TYPE_UINT64,
        &guard, NULL);
    if (final)
      limited = of_interval;
    else
      summed += of_interval;
    gst_structure_free (s);
  }
  fail_unless (final);
  fail_unless_equals_uint64 (events, 1);
  fail_unless (ABS ((gint64) (limited - summed)) < 10 * (gint64) GST_MSECOND, "%" GST_TIME_FORMAT " in all, %" GST_TIME_FORMAT " summed",
      GST_TIME_ARGS (limited), GST_TIME_ARGS (summed));
  fail_unless (limited > 1980 * GST_MSECOND && limited < 2020 * GST_MSECOND, "limited for %" GST_TIME_FORMAT, GST_TIME_ARGS (limited));
  fail_unless (guard > 980 * GST_MSECOND && guard < 1060 * GST_MSECOND, "guard for %" GST_TIME_FORMAT, GST_TIME_ARGS (guard));
  rig_free (rig);
  g_free (x);
}

GST_END_TEST;

GST_START_TEST (test_flush_starts_from_zero)
{
  gdouble *x = rig_noise (10000, 1, 0.9, 2);
  Rig *rig = rig_new ("truepeaklimiter name=e input-gain=12 post-messages=true", "F32LE", FALSE, 48000, 1);
  GstStructure *s;
  guint64 events = 99;
  gboolean final = FALSE;
  GstSegment segment;
  rig_push (rig, x, 10000);
  gst_harness_push_event (rig->h, gst_event_new_flush_start ());
  gst_harness_push_event (rig->h, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (rig->h, gst_event_new_segment (&segment));
  fail_unless (readable (rig, "gain-reduction") == 0.0);
  rig->pushed = 0;
  rig_push (rig, NULL, 10000);
  rig_eos (rig);
  while (!final && (s = rig_message (rig, "truepeaklimiter"))) {
    gst_structure_get_boolean (s, "final", &final);
    gst_structure_get_uint64 (s, "limited-events", &events);
    if (final)
      fail_unless (isinf (array_value (s, "true-peak-in", 0)));
    gst_structure_free (s);
  }
  fail_unless (final && events == 0, "%d events of silence", (int) events);
  rig_free (rig);
  g_free (x);
}

GST_END_TEST;

GST_START_TEST (test_lookahead_while_playing)
{
  const gsize n = 30000;
  gdouble *x = g_new (gdouble, n);
  Rig *rig = rig_new ("truepeaklimiter name=e", "F64LE", FALSE, 48000, 1);
  for (gsize i = 0; i < n; i++)
    x[i] = 0.5 * sin (0.1 * (gdouble) i) * MIN (1.0, (gdouble) MIN (i, n - i) / 1000.0);
  rig_push_cut (rig, x, 10000, 0, 1);
  const GstClockTime before = gst_harness_query_latency (rig->h);
  rig_set (rig, "lookahead", "12");
  rig_push_cut (rig, x + 10000, 10000, 0, 2);
  const GstClockTime longer = gst_harness_query_latency (rig->h);
  rig_set (rig, "lookahead", "1.5");
  rig_push_cut (rig, x + 20000, 10000, 0, 3);
  const GstClockTime shorter = gst_harness_query_latency (rig->h);
  rig_eos (rig);
  fail_unless (ABS ((gint64) (longer - before) - 7 * GST_MSECOND) < 200000);
  fail_unless (shorter < before);
  fail_unless_equals_uint64 (rig_frames (rig), n);
  fail_unless (rig->is_contiguous);
  for (gsize i = 0; i < n; i++) /* idle before, through both changes and after */
    fail_unless (fabs (rig_sample (rig, i, 0) - x[i]) < 1e-12, "frame %d: %g for %g", (int) i, rig_sample (rig, i, 0), x[i]);
  rig_free (rig);
  g_free (x);
}

GST_END_TEST;

GST_START_TEST (test_clip_while_playing)
{
  const gsize n = 40000;
  gdouble *x = g_new (gdouble, n);
  Rig *rig = rig_new ("truepeaklimiter name=e ceiling=-2", "F64LE", FALSE, 48000, 1);
  for (gsize i = 0; i < n; i++)
    x[i] = 2.0 * sin (0.05 * (gdouble) i) * MIN (1.0, (gdouble) i / 2000.0);
  rig_push_cut (rig, x, 10000, 0, 1);
  const GstClockTime before = gst_harness_query_latency (rig->h);
  rig_set (rig, "clip", "hard");
  rig_push_cut (rig, x + 10000, 20000, 0, 2);
  fail_unless (ABS ((gint64) (gst_harness_query_latency (rig->h) - before) - 64 * GST_SECOND / 48000) < 20000);
  rig_set (rig, "clip", "none");
  rig_push_cut (rig, x + 30000, 10000, 0, 3);
  rig_eos (rig);
  fail_unless_equals_uint64 (rig_frames (rig), n);
  fail_unless (rig->is_contiguous);
  /* Clipped at the ceiling the sine is a rounded square: its mean magnitude rises from 2/pi to near 1 of the ceiling */
  gdouble sine = 0.0, square = 0.0;
  for (gsize i = 0; i < 5000; i++) {
    sine += fabs (rig_sample (rig, 4000 + i, 0)) / 5000.0;
    square += fabs (rig_sample (rig, 20000 + i, 0)) / 5000.0;
  }
  fail_unless (fabs (sine / 0.7943 - 2.0 / G_PI) < 0.01, "%.3f", sine / 0.7943);
  fail_unless (square / 0.7943 > 0.8, "%.3f", square / 0.7943);
  fail_unless (true_peak_db (rig, 0) <= -1.99);
  rig_free (rig);
  g_free (x);
}

GST_END_TEST;

GST_START_TEST (test_lfe_alone)
{
  const gsize n = 9600;
  static const gboolean links[] = { TRUE, FALSE };
  for (guint i = 0; i < 2; i++) {
    gdouble *x = g_new0 (gdouble, 6 * n);
    Rig *rig = rig_new ("truepeaklimiter name=e", "F64LE", FALSE, 48000, 6);    /* FL FR FC LFE RL RR */
    for (gsize k = 0; k < n; k++) {
      x[6 * k] = 0.3 * sin (0.2 * (gdouble) k);
      x[6 * k + 3] = 3.0 * sin (0.01 * (gdouble) k);
    }
    g_object_set (rig->element, "link-lfe", links[i], NULL);
    gst_harness_set_src_caps_str (rig->h,
        "audio/x-raw,format=F64LE,layout=interleaved,rate=48000,channels=6,channel-mask=(bitmask)0x3f");
    rig_push (rig, x, n);
    rig_eos (rig);
    gdouble front = 0.0;
    for (gsize k = n / 2; k < n; k++)
      front = MAX (front, fabs (rig_sample (rig, k, 0)));
    fail_unless (links[i] ? front < 0.12 : fabs (front - 0.3) < 0.001, "link-lfe=%d: front %.3f", links[i], front);
    fail_unless (true_peak_db (rig, 3) <= -0.99);
    rig_free (rig);
    g_free (x);
  }
}

GST_END_TEST;

GST_START_TEST (test_presets)
{
  GstElement *e = gst_element_factory_make ("truepeaklimiter", NULL);
  gchar **names = gst_preset_get_preset_names (GST_PRESET (e));
  fail_unless (names && g_strv_length (names) >= 4, "%u presets", names ? g_strv_length (names) : 0);
  for (guint i = 0; names[i]; i++) {
    gchar *comment = NULL;
    gdouble ceiling, fresh_gain;
    g_object_set (e, "ceiling", -17.0, "input-gain", 17.0, NULL);
    fail_unless (gst_preset_load_preset (GST_PRESET (e), names[i]), "%s does not load", names[i]);
    fail_unless (gst_preset_get_meta (GST_PRESET (e), names[i], "comment", &comment) && strlen (comment) > 20, "%s explains nothing", names[i]);
    g_object_get (e, "ceiling", &ceiling, "input-gain", &fresh_gain, NULL);
    fail_unless (ceiling != -17.0 && fresh_gain != 17.0, "%s leaves things as they were", names[i]);
    g_free (comment);
  }
  g_strfreev (names);
  gst_object_unref (e);
}

GST_END_TEST;

static Suite *
truepeaklimiter_suite (void)
{
  Suite *s = suite_create ("truepeaklimiter");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_set_timeout (t, 120);
  tcase_add_loop_test (t, test_ceiling_in_every_stream, 0, G_N_ELEMENTS (streams));
  tcase_add_loop_test (t, test_latency_as_told, 0, G_N_ELEMENTS (streams));
  tcase_add_test (t, test_idle_to_the_bit);
  tcase_add_test (t, test_messages);
  tcase_add_test (t, test_counts_once);
  tcase_add_test (t, test_flush_starts_from_zero);
  tcase_add_test (t, test_lookahead_while_playing);
  tcase_add_test (t, test_clip_while_playing);
  tcase_add_test (t, test_lfe_alone);
  tcase_add_test (t, test_presets);
  return s;
}

GST_CHECK_MAIN (truepeaklimiter);
