/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The base class by a look-ahead element of its own (teststage: y[f] = gain x[f] + y[f-1]/2, late by `delay`):
 * nothing lost, nothing added, nothing moved, and the cut invisible. */
#include <math.h>

#include "rig.h"
#include "teststage.h"

/* The definition, in one pass over the whole stream. */
static void
expect_stage (const Rig *rig, const gdouble *x, gsize n, gdouble gain, gdouble tolerance)
{
  const guint channels = GST_AUDIO_INFO_CHANNELS (&rig->info);
  gdouble y[64] = { 0 };
  fail_unless (rig_frames (rig) == n, "%s %d Hz %u channels layout %d: %d frames of %d", gst_audio_format_to_string (GST_AUDIO_INFO_FORMAT (&rig->info)), rig->info.rate, channels, rig->info.layout, (int) rig_frames (rig), (int) n);
  for (gsize i = 0; i < n; i++)
    for (guint c = 0; c < channels; c++) {
      y[c] = gain * x[i * channels + c] + 0.5 * y[c];
      const gdouble got = rig_sample (rig, i, c);
      rig_assert (fabs (got - y[c]) <= tolerance, "frame %" G_GSIZE_FORMAT " channel %u: %g instead of %g", i, c, got, y[c]);
    }
}

static void
expect_same (const Rig *a, const Rig *b)
{
  fail_unless_equals_int (a->out->len, b->out->len);
  fail_unless (memcmp (a->out->data, b->out->data, a->out->len * sizeof (gdouble)) == 0);
}

/* A stream with things happening: gain set and bypass and a new delay at fixed frames, in any cut. */
static Rig *
eventful (gint rate, gint channels, const gchar *format, gboolean planar, guint delay, const gdouble *x, gsize n, gsize cut,
    guint32 seed)
{
  gchar *launch = g_strdup_printf ("teststage delay=%u gain=0.5", delay);
  Rig *rig = rig_new (launch, format, planar, rate, channels);
  const gsize third = n / 3;
  rig_push_cut (rig, x, third, cut, seed);
  rig_set (rig, "gain", "0.25");
  rig_push_cut (rig, x + third * channels, third / 2, cut, seed + 1);
  rig_set (rig, "bypass", "true");
  rig_push_cut (rig, x + (third + third / 2) * channels, third / 2, cut, seed + 2);
  rig_set (rig, "bypass", "false");
  rig_set (rig, "delay", delay > 500 ? "100" : "1700");
  gsize done = third + third / 2 * 2;
  /* and another one while that one is under way: it waits for a frame that no buffer decides */
  const gsize soon = MIN (n - done, 300);
  rig_push_cut (rig, x + done * channels, soon, cut, seed + 4);
  rig_set (rig, "delay", "350");
  done += soon;
  rig_push_cut (rig, x + done * channels, n - done, cut, seed + 3);
  rig_eos (rig);
  fail_unless (rig_frames (rig) == n, "%s %d Hz %u channels layout %d: %d frames of %d", gst_audio_format_to_string (GST_AUDIO_INFO_FORMAT (&rig->info)), rig->info.rate, channels, rig->info.layout, (int) rig_frames (rig), (int) n);
  fail_unless (rig->is_contiguous, "times do not follow at cut %" G_GSIZE_FORMAT, cut);
  fail_unless (rig->n_discont <= 1);
  g_free (launch);
  return rig;
}

GST_START_TEST (test_every_cut)
{
  const gsize n = 20000;
  gdouble *x = rig_noise (n, 2, 0.9, 1);
  Rig *whole = eventful (48000, 2, "F32LE", FALSE, 700, x, n, n, 0);
  for (gsize cut = 1; cut <= 10000; cut++) {
    Rig *rig = eventful (48000, 2, "F32LE", FALSE, 700, x, n, cut, 0);
    expect_same (whole, rig);
    rig_free (rig);
  }
  rig_free (whole);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_formats)
{
  static const gint rates[] = { 44100, 48000, 96000, 192000 };
  static const gint channel_counts[] = { 1, 2, 6, 64 };
  const gsize n = 6000;
  for (guint ch = 0; ch < G_N_ELEMENTS (channel_counts); ch++)
    for (guint r = 0; r < G_N_ELEMENTS (rates); r++)
      for (guint f = 0; f < 4; f++) {
        const gint channels = channel_counts[ch];
        const gchar *format = f & 1 ? "F64LE" : "F32LE";
        static const gsize cuts[] = { 1, 7, 64, 1920 };
        gdouble *x = rig_noise (n, channels, 0.9, ch * 16 + r);
        Rig *whole = eventful (rates[r], channels, format, f >> 1, 441, x, n, n, 0);
        for (guint c = 0; c < G_N_ELEMENTS (cuts) + 20; c++) {
          Rig *rig = eventful (rates[r], channels, format, f >> 1, 441, x, n, c < G_N_ELEMENTS (cuts) ? cuts[c] : 0, c);
          expect_same (whole, rig);
          rig_free (rig);
        }
        rig_free (whole);
        Rig *plain = rig_new ("teststage delay=441 gain=0.5", format, f >> 1, rates[r], channels);
        rig_push_cut (plain, x, n, 0, 5);
        rig_eos (plain);
        expect_stage (plain, x, n, 0.5, f & 1 ? 1e-15 : 1.5e-7);
        rig_free (plain);
        g_free (x);
      }
}
GST_END_TEST;

GST_START_TEST (test_second_long_cuts)
{
  static const gint rates[] = { 44100, 48000, 96000, 192000 };
  static const gint channel_counts[] = { 1, 2, 6, 64 };
  for (guint r = 0; r < G_N_ELEMENTS (rates); r++)
    for (guint ch = 0; ch < (r == 0 ? 4 : 3); ch++) {
      /* each part of the eventful stream is longer than the cut */
      const gsize n = 7 * (gsize) rates[r];
      gdouble *x = rig_noise (n, channel_counts[ch], 0.9, r);
      Rig *seconds = eventful (rates[r], channel_counts[ch], "F32LE", FALSE, 441, x, n, rates[r], 0);
      Rig *whole = eventful (rates[r], channel_counts[ch], "F32LE", FALSE, 441, x, n, n, 0);
      expect_same (whole, seconds);
      rig_free (seconds);
      rig_free (whole);
      g_free (x);
    }
}
GST_END_TEST;

GST_START_TEST (test_latency)
{
  static const guint delays[] = { 0, 1, 63, 1920, 10000 };
  gdouble *x = rig_noise (30000, 2, 0.5, 3);
  for (guint d = 0; d < G_N_ELEMENTS (delays); d++)
    for (guint k = 0; k < 3; k++) {
      static const gsize cuts[] = { 1, 480, 4096 };
      gchar *launch = g_strdup_printf ("teststage delay=%u", delays[d]);
      Rig *rig = rig_new (launch, "F32LE", FALSE, 48000, 2);
      rig_push_cut (rig, x, cuts[k] == 1 ? 11000 : 30000, cuts[k], 0);
      const GstClockTime latency = gst_harness_query_latency (rig->h);
      fail_unless_equals_uint64 (latency, gst_util_uint64_scale_int_ceil (delays[d], GST_SECOND, 48000));
      fail_unless_equals_uint64 (rig->most_held, delays[d]);
      rig_eos (rig);
      fail_unless_equals_uint64 (rig_frames (rig), rig->pushed);
      rig_free (rig);
      g_free (launch);
    }
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_change_of_delay)
{
  /* the definition: old until the frame where it was set, 10 ms straight line, then the new one; here both give the same
   * signal, so the output is the plain stage whatever the delays are */
  static const gchar *to[] = { "0", "1", "100", "3000", "20000" };
  const gsize n = 60000;
  gdouble *x = rig_noise (n, 2, 0.5, 4);
  for (guint from = 0; from < G_N_ELEMENTS (to); from++)
    for (guint t = 0; t < G_N_ELEMENTS (to); t++) {
      gchar *launch = g_strdup_printf ("teststage delay=%s", to[from]);
      Rig *rig = rig_new (launch, "F64LE", FALSE, 48000, 2);
      rig_push_cut (rig, x, 25000, 0, 1);
      rig_set (rig, "delay", to[t]);
      rig_push_cut (rig, x + 50000, n - 25000, 0, 2);
      const guint64 delay = g_ascii_strtoull (to[t], NULL, 10);
      fail_unless_equals_uint64 (gst_harness_query_latency (rig->h), gst_util_uint64_scale_int_ceil (delay, GST_SECOND, 48000));
      rig_eos (rig);
      fail_unless (rig->is_contiguous);
      expect_stage (rig, x, n, 1.0, 1e-12);
      rig_free (rig);
      g_free (launch);
    }
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_bypass)
{
  const gsize n = 20000, at = 5003, fade = 480;
  gdouble *x = rig_noise (n, 2, 0.9, 5);
  Rig *rig = rig_new ("teststage delay=333 gain=0.1", "F64LE", FALSE, 48000, 2);
  Rig *wet = rig_new ("teststage delay=333 gain=0.1", "F64LE", FALSE, 48000, 2);
  rig_push_cut (wet, x, n, 0, 0);
  rig_push_cut (rig, x, at, 1000, 0);
  rig_set (rig, "bypass", "true");
  rig_push_cut (rig, x + at * 2, n - at, 700, 0);
  rig_eos (rig);
  rig_eos (wet);
  for (gsize i = 0; i < n; i++) {
    const gdouble share = i < at ? 0.0 : MIN (1.0, (i - at + 1) / (gdouble) fade);
    const gdouble w = rig_sample (wet, i, 1), expected = w + share * (x[2 * i + 1] - w);
    rig_assert (fabs (rig_sample (rig, i, 1) - expected) < 1e-14, "frame %d", (int) i);
    if (i >= at + fade)
      rig_assert (rig_sample (rig, i, 1) == x[2 * i + 1]);
  }
  rig_free (rig);
  rig_free (wet);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_invalid)
{
  gdouble x[400] = { 0.0 };
  x[10] = NAN;
  x[11] = INFINITY;
  x[13] = -INFINITY;
  x[20] = 0.5;
  for (guint f = 0; f < 4; f++) {
    Rig *rig = rig_new ("teststage", f & 1 ? "F64LE" : "F32LE", f >> 1, 48000, 2);
    rig_push_cut (rig, x, 200, 7, 0);
    guint64 invalid;
    g_object_get (rig->element, "invalid-samples", &invalid, NULL);
    fail_unless_equals_uint64 (invalid, 3);
    rig_eos (rig);
    for (gsize i = 0; i < 400; i++)
      rig_assert (isfinite (g_array_index (rig->out, gdouble, i)));
    rig_assert (rig_sample (rig, 10, 0) == 0.5);
    rig_free (rig);
  }
}
GST_END_TEST;

static Suite *
base_suite (void)
{
  Suite *suite = suite_create ("base");
  TCase *tcase = tcase_create ("samples");
  test_stage_register ();
  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 600);
  tcase_add_test (tcase, test_every_cut);
  tcase_add_test (tcase, test_formats);
  tcase_add_test (tcase, test_second_long_cuts);
  tcase_add_test (tcase, test_latency);
  tcase_add_test (tcase, test_change_of_delay);
  tcase_add_test (tcase, test_bypass);
  tcase_add_test (tcase, test_invalid);
  return suite;
}

GST_CHECK_MAIN (base);
