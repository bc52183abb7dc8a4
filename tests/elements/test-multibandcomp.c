/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* multibandcomp as an element: properties to sound, children, the one-line text, messages, presets. What it computes is
 * judged in tests/dsp/test-multiband.c; what every element promises in test-contract.c. */
#include <math.h>

#include "rig.h"

#define RATE 48000

static gdouble *
tone (gdouble hz, gdouble level_db, gsize n, guint channels)
{
  gdouble *x = g_new (gdouble, n * channels);
  for (gsize i = 0; i < n * channels; i++)
    x[i] = pow (10.0, 0.05 * level_db) * sin (2.0 * G_PI * hz * (gdouble) (i / channels) / RATE);
  return x;
}

/* Level in dB (of its amplitude) of a tone of @hz in the second from @from on */
static gdouble
level_at (Rig *rig, gdouble hz, gsize from, guint channel)
{
  gdouble re = 0.0, im = 0.0;
  for (gsize i = 0; i < RATE; i++) {
    const gdouble y = rig_sample (rig, from + i, channel), w = 2.0 * G_PI * hz * (gdouble) i / RATE;
    re += y * cos (w);
    im += y * sin (w);
  }
  return 20.0 * log10 (hypot (re, im) * 2.0 / RATE + 1e-20);
}

static void
assert_near (gdouble value, gdouble wanted, gdouble limit, const gchar *what)
{
  fail_unless (fabs (value - wanted) <= limit, "%s: %g, not %g within %g", what, value, wanted, limit);
}

/* Static results by property: launch line, tone, what comes out */
GST_START_TEST (test_properties)
{
  static const struct { const gchar *launch; gdouble hz, in_db, out_db, limit; } rows[] = {
    { "multibandcomp", 300.0, -10.0, -10.0, 0.001 },
    { "multibandcomp num-bands=1 band0::threshold=-20 band0::ratio=2 band0::knee=0", 1000.0, -10.0, -15.0, 0.02 },
    { "multibandcomp num-bands=1 band0::threshold=-20 band0::ratio=inf band0::knee=0", 1000.0, -10.0, -20.0, 0.02 },
    { "multibandcomp num-bands=1 band0::threshold=-20 band0::ratio=2 band0::knee=10", 1000.0, -20.0, -20.625, 0.02 },
    { "multibandcomp num-bands=1 band0::threshold=-20 band0::ratio=2 band0::knee=0 band0::range=3", 1000.0, -10.0, -13.0, 0.02 },
    { "multibandcomp num-bands=1 band0::mode=upward band0::threshold=-20 band0::ratio=2 band0::knee=0", 1000.0, -30.0, -25.0, 0.02 },
    { "multibandcomp num-bands=1 band0::mode=expand band0::threshold=-20 band0::ratio=2 band0::knee=0", 1000.0, -25.0, -30.0, 0.02 },
    { "multibandcomp num-bands=1 band0::mode=gate band0::threshold=-20 band0::range=30", 1000.0, -30.0, -60.0, 0.02 },
    { "multibandcomp bands=\"20000 -20 mode=limit knee=0\"", 1000.0, -3.0, -20.0, 0.02 },
    { "multibandcomp bands=\"20k -20 2 knee=0 detector=rms rms-window=20\"", 1000.0, -10.0, -15.0, 0.02 },
    { "multibandcomp num-bands=1 sidechain-high-pass=1000 band0::threshold=-40 band0::ratio=inf band0::knee=0", 1000.0, -10.0, -36.99, 0.02 },
    { "multibandcomp num-bands=1 auto-makeup=true band0::makeup-gain=3", 1000.0, -10.0, -10.0, 0.7 },
    { "multibandcomp num-bands=1 lookahead=5 band0::makeup-gain=4", 1000.0, -10.0, -6.0, 0.001 },
    { "multibandcomp num-bands=1 band0::makeup-gain=4", 1000.0, -10.0, -6.0, 0.001 },
    { "multibandcomp num-bands=1 input-gain=3 output-gain=-5", 1000.0, -10.0, -12.0, 0.001 },
    { "multibandcomp num-bands=1 band0::makeup-gain=6.0206 mix=0.5", 1000.0, -10.0, -6.478, 0.001 },
    { "multibandcomp num-bands=1 band0::makeup-gain=6.0206 band0::mix=0.5", 1000.0, -10.0, -6.478, 0.001 },
    { "multibandcomp num-bands=1 band0::makeup-gain=6 band0::bypass=true", 1000.0, -10.0, -10.0, 0.001 },
    { "multibandcomp num-bands=1 band0::makeup-gain=6 bypass=true", 1000.0, -10.0, -10.0, 0.001 },
    { "multibandcomp num-bands=2 band0::upper-frequency=1000 band1::mute=true", 1000.0, -10.0, -16.0206, 0.001 },
    { "multibandcomp num-bands=2 crossovers=\"<500.0>\" band1::solo=true", 500.0, -10.0, -16.0206, 0.001 },
    { "multibandcomp num-bands=2 crossover=lr8 crossovers=\"<500.0>\" band0::solo=true", 1000.0, -10.0, -58.273, 0.02 },
    { "multibandcomp num-bands=2 crossover=lr4 crossovers=\"<500.0>\" band0::solo=true", 1000.0, -10.0, -34.64, 0.02 },
    { "multibandcomp num-bands=2 crossover=linear-phase crossovers=\"<500.0>\" band0::solo=true", 1000.0, -10.0, -34.609, 0.02 },
    { "multibandcomp num-bands=2 crossover=linear-phase crossovers=\"<2000.0>\" band1::solo=true band1::threshold=-50 band1::ratio=4 band1::knee=0", 8000.0, -10.0, -40.025, 0.02 },
    { "multibandcomp crossovers=\"<500.0,5000.0>\" band2::solo=true", 100.0, -10.0, -200.0, 90.0 },
    { "multibandcomp bands=\"120; 1000 -40 4 knee=0 solo=true; 6000; 18000\"", 350.0, -20.0, -35.0, 0.3 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Rig *rig = rig_new (rows[i].launch, "F64LE", FALSE, RATE, 1);
    gdouble *x = tone (rows[i].hz, rows[i].in_db, 2 * RATE, 1);
    rig_push_cut (rig, x, 2 * RATE, 0, i + 1);
    rig_eos (rig);
    fail_unless_equals_int (rig_frames (rig), 2 * RATE);
    assert_near (level_at (rig, rows[i].hz, RATE, 0), rows[i].out_db, rows[i].limit, rows[i].launch);
    g_free (x);
    rig_free (rig);
  }
}
GST_END_TEST;

GST_START_TEST (test_link)
{
  static const struct { const gchar *link; gdouble right_db; } rows[] = { { "0", -30.0 }, { "0.5", -40.0 }, { "1", -50.0 } };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *launch = g_strdup_printf ("multibandcomp num-bands=1 band0::threshold=-30 band0::ratio=inf band0::link=%s", rows[i].link);
    Rig *rig = rig_new (launch, "F64LE", TRUE, RATE, 2);
    gdouble *x = tone (1000.0, 0.0, 2 * RATE, 2);
    for (gsize n = 0; n < 2 * RATE; n++)
      x[2 * n + 1] *= 0.1;
    rig_push (rig, x, 2 * RATE);
    assert_near (level_at (rig, 1000.0, RATE, 0), -30.0, 0.02, "left");
    assert_near (level_at (rig, 1000.0, RATE, 1), rows[i].right_db, 0.02, rows[i].link);
    g_free (x);
    g_free (launch);
    rig_free (rig);
  }
}
GST_END_TEST;

GST_START_TEST (test_mid_side)
{
  Rig *rig = rig_new ("multibandcomp mid-side=true num-bands=1 band0::threshold=-30 band0::ratio=inf band0::link=0", "F64LE", FALSE, RATE, 2);
  gdouble *x = tone (1000.0, -10.0, 2 * RATE, 2);
  for (gsize n = 0; n < 2 * RATE; n++)
    x[2 * n + 1] *= -1.0;
  rig_push (rig, x, 2 * RATE);
  assert_near (level_at (rig, 1000.0, RATE, 0), -30.0, 0.02, "a side alone");
  rig_free (rig);
  g_free (x);

  GstHarness *h = gst_harness_new_parse ("multibandcomp mid-side=true");
  GstBus *bus = gst_bus_new ();
  gst_element_set_bus (h->element, bus);
  gst_harness_set_src_caps_str (h, "audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=1");
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  GError *error = NULL;
  fail_unless (message != NULL, "mono was taken");
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, "mid-side") && strstr (error->message, "channels=2"), "%s", error->message);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_bus (h->element, NULL);
  gst_object_unref (bus);
  gst_harness_teardown (h);
}
GST_END_TEST;

/* Idle, linear phase is the input to the bit, in its own frames; what is set travels with the audio through the delay */
GST_START_TEST (test_linear_phase)
{
  gdouble *x = rig_noise (3 * RATE, 2, 0.5, 7);
  Rig *rig = rig_new ("multibandcomp crossover=linear-phase", "F64LE", TRUE, RATE, 2);
  rig_push_cut (rig, x, 3 * RATE, 0, 3);
  fail_unless_equals_uint64 (gst_harness_query_latency (rig->h), gst_util_uint64_scale_int_ceil (7455 - 1 + 2048, GST_SECOND, RATE));
  rig_eos (rig);
  fail_unless_equals_int (rig_frames (rig), 3 * RATE);
  for (gsize i = 0; i < 3 * RATE; i++)
    rig_assert (fabs (rig_sample (rig, i, 1) - x[2 * i + 1]) < 1e-15, "frame %d", (int) i);
  rig_free (rig);

  rig = rig_new ("multibandcomp crossover=linear-phase", "F64LE", FALSE, RATE, 2);
  rig_push_cut (rig, x, 50001, 0, 4);
  rig_set (rig, "output-gain", "-20");
  rig_push_cut (rig, x + 2 * 50001, 3 * RATE - 50001, 0, 5);
  rig_eos (rig);
  for (gsize i = 0; i < 3 * RATE; i++) {
    const gdouble gain = rig_sample (rig, i, 0) / x[2 * i];
    if (x[2 * i] == 0.0)
      continue;
    rig_assert (i >= 50001 || fabs (gain - 1.0) < 1e-6, "frame %d: gain %g before it was set", (int) i, gain);
    rig_assert (i < 50001 + 960 || fabs (gain - 0.1) < 1e-6, "frame %d: gain %g after 20 ms", (int) i, gain);
  }
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

/* Latency as reported, and as heard: an impulse through idle bands */
GST_START_TEST (test_lookahead)
{
  Rig *rig = rig_new ("multibandcomp num-bands=1 lookahead=5", "F64LE", FALSE, RATE, 1);
  gdouble *x = g_new0 (gdouble, 4800);
  x[100] = 0.5;
  rig_push_cut (rig, x, 4800, 0, 2);
  fail_unless_equals_uint64 (gst_harness_query_latency (rig->h), 5 * GST_MSECOND);
  rig_eos (rig);
  fail_unless_equals_int (rig_frames (rig), 4800);
  assert_near (rig_sample (rig, 100, 0), 0.5, 0.0, "the impulse in its own frame");
  g_free (x);
  rig_free (rig);
}
GST_END_TEST;

static gdouble
field (const GstStructure *s, const gchar *name, guint band, guint n_bands)
{
  const GValue *array = gst_structure_get_value (s, name);
  fail_unless (array != NULL && GST_VALUE_HOLDS_ARRAY (array), "no array %s", name);
  fail_unless_equals_int (gst_value_array_get_size (array), n_bands);
  return g_value_get_double (gst_value_array_get_value (array, band));
}

GST_START_TEST (test_messages)
{
  Rig *rig = rig_new ("multibandcomp post-messages=true interval=500000000 num-bands=2 crossovers=\"<200.0>\" "
      "band1::threshold=-20 band1::ratio=2 band1::knee=0 band1::makeup-gain=1 band1::release=50", "F32LE", FALSE, RATE, 2);
  gdouble *x = tone (3000.0, -10.0, 2 * RATE, 2);
  GstStructure *s;
  guint n = 0;
  rig_push_cut (rig, x, 2 * RATE, 0, 7);
  rig_eos (rig);
  while ((s = rig_message (rig, "multibandcomp")) != NULL) {
    gboolean is_final = FALSE;
    GstClockTime duration = 0;
    gst_structure_get_boolean (s, "final", &is_final);
    fail_unless (!gst_structure_has_field (s, "warning"));
    fail_unless (gst_structure_get_clock_time (s, "duration", &duration));
    fail_unless_equals_uint64 (duration, is_final ? 2 * GST_SECOND : GST_SECOND / 2);
    assert_near (field (s, "gain-reduction-max", 1, 2), 5.0, 0.02, "most reduction");
    assert_near (field (s, "gain-reduction-max", 0, 2), 0.0, 1e-6, "reduction of the idle band");
    if (!is_final && n > 0) {
      assert_near (field (s, "gain-reduction-min", 1, 2), 5.0, 0.02, "least reduction");
      assert_near (field (s, "gain-reduction-mean", 1, 2), 5.0, 0.02, "mean reduction");
      assert_near (field (s, "input-level", 1, 2), -10.0, 0.02, "input level");
      assert_near (field (s, "output-level", 1, 2), -14.0, 0.02, "output level");
    }
    if (is_final) {
      fail_unless_equals_int (n, 4);
      assert_near (field (s, "gain-reduction-min", 1, 2), 0.0, 0.1, "least reduction of all");
    }
    n++;
    gst_structure_free (s);
  }
  fail_unless_equals_int (n, 5);
  g_free (x);
  rig_free (rig);
}
GST_END_TEST;

GST_START_TEST (test_warning)
{
  Rig *rig = rig_new ("multibandcomp post-messages=true num-bands=2 band1::threshold=-40 band1::ratio=2", "F32LE", FALSE, RATE, 1);
  gdouble *x = tone (3000.0, -10.0, RATE, 1);
  GstStructure *s, *last = NULL;
  rig_push (rig, x, RATE);
  rig_eos (rig);
  while ((s = rig_message (rig, "multibandcomp")) != NULL) {
    g_clear_pointer (&last, gst_structure_free);
    last = s;
  }
  fail_unless (last != NULL && gst_structure_get_string (last, "warning") != NULL);
  fail_unless (g_str_has_prefix (gst_structure_get_string (last, "warning"), "band1 averages 14."), "%s",
      gst_structure_get_string (last, "warning"));
  gst_structure_free (last);
  g_free (x);
  rig_free (rig);
}
GST_END_TEST;

/* num-bands, crossovers and bands say the same thing three times, and read back */
GST_START_TEST (test_bands)
{
  GstElement *e = gst_element_factory_make ("multibandcomp", NULL);
  guint n = 0;
  gchar *text;
  gdouble hz = 0.0;
  gboolean solo = FALSE;

  g_object_get (e, "num-bands", &n, "bands", &text, NULL);
  fail_unless_equals_int (n, 4);
  fail_unless_equals_string (text, "120; 1k; 6k; 9k");
  g_free (text);
  gst_util_set_object_arg (G_OBJECT (e), "crossovers", "<100.0,400.0,2000.0,8000.0,15000.0>");
  g_object_get (e, "num-bands", &n, NULL);
  fail_unless_equals_int (n, 6);
  gst_child_proxy_get (GST_CHILD_PROXY (e), "band3::upper-frequency", &hz, NULL);
  assert_near (hz, 8000.0, 0.0, "band3::upper-frequency");
  g_object_set (e, "bands", "90 -30 3 solo=true; 2k -20 inf", NULL);
  g_object_get (e, "num-bands", &n, "bands", &text, NULL);
  fail_unless_equals_int (n, 2);
  fail_unless_equals_string (text, "90 -30 3 solo=true; 2k -20 inf");
  g_free (text);
  gst_child_proxy_get (GST_CHILD_PROXY (e), "band0::solo", &solo, NULL);
  fail_unless (solo);
  const GValue *array;
  GValue crossovers = G_VALUE_INIT;
  g_value_init (&crossovers, GST_TYPE_ARRAY);
  g_object_get_property (G_OBJECT (e), "crossovers", &crossovers);
  array = &crossovers;
  fail_unless_equals_int (gst_value_array_get_size (array), 1);
  assert_near (g_value_get_double (gst_value_array_get_value (array, 0)), 90.0, 0.0, "crossovers");
  g_value_unset (&crossovers);
  gst_object_unref (e);
}
GST_END_TEST;

/* Bands come and go while it plays: nothing lost, no jump beyond the tone's own */
GST_START_TEST (test_num_bands_while_playing)
{
  Rig *rig = rig_new ("multibandcomp", "F64LE", FALSE, RATE, 1);
  static const gchar *const numbers[] = { "4", "8", "1", "3", "2" }, *const kinds[] = { "lr4", "lr8", "lr8", "lr4", "lr8" };
  gdouble *x = tone (440.0, -6.0, RATE, 1);
  gdouble most = 0.0;
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    rig_set (rig, "num-bands", numbers[i]);
    rig_set (rig, "crossover", kinds[i]);
    rig_push_cut (rig, x + i * 9600, 9600, 0, i + 1);
  }
  rig_eos (rig);
  fail_unless_equals_int (rig_frames (rig), RATE);
  for (gsize i = 2000; i < RATE; i++)
    most = MAX (most, fabs (rig_sample (rig, i, 0) - rig_sample (rig, i - 1, 0)));
  fail_unless (most < 1.2 * 0.5012 * 2.0 * G_PI * 440.0 / RATE, "a jump of %g", most);
  g_free (x);
  rig_free (rig);
}
GST_END_TEST;

/* Each preset loads whatever was set before, sets bands, and leaves noise of -12 dB neither silent nor louder by 6 dB */
GST_START_TEST (test_presets)
{
  GstElement *e = gst_element_factory_make ("multibandcomp", NULL);
  gchar **names = gst_preset_get_preset_names (GST_PRESET (e));
  gdouble *x = rig_noise (2 * RATE, 2, 0.4, 3);
  fail_unless (names != NULL && g_strv_length (names) >= 7, "presets not found");
  for (guint i = 0; names[i] != NULL; i++) {
    gchar *comment = NULL, *text = NULL, *again = NULL;
    gdouble in = 0.0, out = 0.0;
    Rig *rig = rig_new ("multibandcomp", "F32LE", FALSE, RATE, 2);
    fail_unless (gst_preset_get_meta (GST_PRESET (e), names[i], "comment", &comment), "%s has no comment", names[i]);
    g_object_set (rig->element, "mix", 0.1, "input-gain", 30.0, "output-gain", 30.0, NULL);
    fail_unless (gst_preset_load_preset (GST_PRESET (rig->element), names[i]), "%s does not load", names[i]);
    g_object_get (rig->element, "bands", &text, NULL);
    fail_unless (strstr (text, "-") != NULL, "%s compresses nothing: %s", names[i], text);
    g_object_set (e, "bands", text, NULL);
    g_object_get (e, "bands", &again, NULL);
    fail_unless_equals_string (text, again);
    rig_push (rig, x, 2 * RATE);
    for (gsize n = RATE; n < 2 * RATE; n++) {
      in += pow (x[2 * n], 2.0);
      out += pow (rig_sample (rig, n, 0), 2.0);
    }
    const gdouble change = 10.0 * log10 (out / in);
    fail_unless (change > -15.0 && change < 6.0, "%s changes noise by %g dB", names[i], change);
    g_free (comment);
    g_free (text);
    g_free (again);
    rig_free (rig);
  }
  g_strfreev (names);
  g_free (x);
  gst_object_unref (e);
}
GST_END_TEST;

static Suite *
multibandcomp_suite (void)
{
  Suite *s = suite_create ("multibandcomp");
  TCase *t = tcase_create ("element");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_properties);
  tcase_add_test (t, test_link);
  tcase_add_test (t, test_mid_side);
  tcase_add_test (t, test_linear_phase);
  tcase_add_test (t, test_lookahead);
  tcase_add_test (t, test_messages);
  tcase_add_test (t, test_warning);
  tcase_add_test (t, test_bands);
  tcase_add_test (t, test_num_bands_while_playing);
  tcase_add_test (t, test_presets);
  return s;
}

GST_CHECK_MAIN (multibandcomp);
