/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* msmatrix in a GstHarness: matrices by their formulas in every format, cuts, times, messages, errors, automation. */
#include <gst/controller/controller.h>
#include <math.h>
#include <string.h>

#include "rig.h"

static const gchar *formats[] = { "F32LE", "F64LE" };

static const struct
{
  const gchar *launch;
  gdouble m[4];
} matrices[] = {
  { "msmatrix", { 1, 0, 0, 1 } },
  { "msmatrix mode=encode", { 0.5, 0.5, 0.5, -0.5 } },
  { "msmatrix mode=decode", { 1, 1, 1, -1 } },
  { "msmatrix mode=encode scaling=orthonormal", { M_SQRT1_2, M_SQRT1_2, M_SQRT1_2, -M_SQRT1_2 } },
  { "msmatrix mid-gain=6", { 1.4976311574844398, 0.4976311574844398, 0.4976311574844398, 1.4976311574844398 } },
  { "msmatrix side-gain=-6", { 0.7505936168136361, 0.2494063831863639, 0.2494063831863639, 0.7505936168136361 } },
  { "msmatrix width=0.5", { 0.75, 0.25, 0.25, 0.75 } },
  { "msmatrix width=2", { 1.5, -0.5, -0.5, 1.5 } },
  { "msmatrix balance=-0.4", { 1, 0, 0, 0.6 } },
  { "msmatrix swap=true invert-left=true", { 0, 1, -1, 0 } },
  { "msmatrix invert-right=true", { 1, 0, 0, -1 } },
  { "msmatrix solo=mid", { 0.5, 0.5, 0.5, 0.5 } },
  { "msmatrix solo=side", { 0.5, -0.5, -0.5, 0.5 } },
  { "msmatrix solo=left", { 1, 0, 0, 0 } },
  { "msmatrix solo=right", { 0, 0, 0, 1 } },
  { "msmatrix mono=true", { 0.5, 0.5, 0.5, 0.5 } },
  { "msmatrix width=0 bypass=true", { 1, 0, 0, 1 } },
};

GST_START_TEST (test_matrices)
{
  const gsize n = 3000;
  gdouble *x = rig_noise (n, 2, 0.9, 1);
  for (guint k = 0; k < G_N_ELEMENTS (matrices); k++)
    for (guint f = 0; f < 4; f++) {
      const gdouble *m = matrices[k].m;
      Rig *rig = rig_new (matrices[k].launch, formats[f & 1], f >> 1, 44100, 2);
      gdouble worst = 0;
      rig_push_cut (rig, x, n, 0, k);
      rig_eos (rig);
      fail_unless_equals_uint64 (rig_frames (rig), n);
      fail_unless (rig->is_contiguous);
      for (gsize i = 0; i < n; i++)
        for (guint c = 0; c < 2; c++)
          worst = MAX (worst, fabs (rig_sample (rig, i, c) - m[2 * c] * x[2 * i] - m[2 * c + 1] * x[2 * i + 1]));
      fail_unless (worst <= (k == 0 || k + 1 == G_N_ELEMENTS (matrices) ? 0.0 : f & 1 ? 1e-11 : 1.3e-7),
          "%s: off by %g", matrices[k].launch, worst);
      rig_free (rig);
    }
  g_free (x);
}
GST_END_TEST;

/* Properties and bypass changing while it runs: the same bits in any cut, no step larger than the ramps'. */
static Rig *
eventful (const gchar *launch, const gchar *format, gboolean is_planar, const gdouble *x, gsize n, gsize cut, guint seed)
{
  Rig *rig = rig_new (launch, format, is_planar, 48000, 2);
  static const struct { const gchar *property, *value; } events[] = {
    { "width", "1.7" }, { "mono-below", "200" }, { "bypass", "true" }, { "mode", "encode" }, { "bypass", "false" },
    { "mode", "stereo" }, { "balance", "0.5" }, { "mono-phase", "mid-untouched" }, { "mono-below", "0" }
  };
  for (guint k = 0; k < 10; k++) {
    rig_push_cut (rig, x + 2 * k * n / 10, n / 10, cut, seed);
    if (k < 9)
      rig_set (rig, events[k].property, events[k].value);
  }
  rig_eos (rig);
  return rig;
}

GST_START_TEST (test_cuts)
{
  static const gsize cuts[] = { 1, 7, 64, 1920, 48000, 0, 0, 0 };
  static const gchar launch[] = "msmatrix post-messages=true mono-below=90";
  const gsize n = 40000;
  gdouble *x = rig_noise (n, 2, 0.5, 3);
  Rig *whole = eventful (launch, "F64LE", FALSE, x, n, n, 0);
  fail_unless_equals_uint64 (rig_frames (whole), n);
  for (guint k = 0; k < G_N_ELEMENTS (cuts); k++) {
    Rig *rig = eventful (launch, "F64LE", FALSE, x, n, cuts[k], k);
    fail_unless_equals_int (rig->out->len, whole->out->len);
    fail_unless (memcmp (rig->out->data, whole->out->data, whole->out->len * sizeof (gdouble)) == 0, "cut %d", (int) cuts[k]);
    rig_free (rig);
  }
  rig_free (whole);
  g_free (x);
}
GST_END_TEST;

/* Interleaved floats have a way of their own while nothing moves: the bits are those of planes, with whatever comes in. */
GST_START_TEST (test_layouts)
{
  static const gdouble odd[] = { NAN, INFINITY, -INFINITY, 3.3e38, -3.3e38, -0.0, 1e-41, -1e-41 };
  const gsize n = 40000;
  gdouble *x = rig_noise (n, 2, 0.5, 3);
  for (gsize i = 0; i < 2 * n; i += 2 + i % 997)
    x[i] = odd[i % G_N_ELEMENTS (odd)];
  for (guint k = 0; k < 8; k++) {
    const gchar *launch = k & 1 ? "msmatrix side-gain=6" : "msmatrix invert-left=true width=1.2 balance=-0.3";
    const gsize cut = k < 4 ? 512 + k : 0;
    Rig *packed = eventful (launch, "F32LE", FALSE, x, n, cut, k), *planar = eventful (launch, "F32LE", TRUE, x, n, n, k);
    guint64 invalid[2];
    g_object_get (packed->element, "invalid-samples", &invalid[0], NULL);
    g_object_get (planar->element, "invalid-samples", &invalid[1], NULL);
    fail_unless_equals_uint64 (invalid[0], invalid[1]);
    fail_unless_equals_int (packed->out->len, 2 * n);
    fail_unless (memcmp (packed->out->data, planar->out->data, 2 * n * sizeof (gdouble)) == 0, "%s", launch);
    rig_free (packed);
    rig_free (planar);
  }
  g_free (x);
}
GST_END_TEST;

static gdouble
field (const GstStructure *s, const gchar *name)
{
  gdouble value = NAN;
  fail_unless (gst_structure_get_double (s, name, &value), "no %s", name);
  return value;
}

GST_START_TEST (test_messages)
{
  /* signal, correlation, mid level, side level (dB), balance, LU lost in mono */
  static const struct { const gchar *id; gdouble right; gdouble correlation, mid, side, balance, loss; } rows[] = {
    { "mono", 1.0, 1, -6.0206, -INFINITY, 0, 0 },
    { "anti-phase", -1.0, -1, -INFINITY, -6.0206, 0, INFINITY },
    { "right half", 0.5, 1, -8.5194, -18.0618, -1.0 / 3.0, 0.4576 },
    { "left only", 0.0, 0, -12.0412, -12.0412, -1, 3.0103 },
  };
  const gsize n = 48000;
  gdouble *x = g_new (gdouble, 2 * n);
  for (guint k = 0; k < G_N_ELEMENTS (rows); k++) {
    Rig *rig = rig_new ("msmatrix post-messages=true interval=100000000", "F32LE", FALSE, 48000, 2);
    GstStructure *s;
    guint count = 0;
    guint64 last_end = 0;
    gboolean final = FALSE;
    for (gsize i = 0; i < n; i++) {
      x[2 * i] = 0.5 * sin (2 * G_PI * 480.0 / 48000.0 * i);
      x[2 * i + 1] = x[2 * i] * rows[k].right;
    }
    rig_push_cut (rig, x, n - 100, 0, k);
    rig_eos (rig);
    while ((s = rig_message (rig, "msmatrix"))) {
      guint64 start, end;
      fail_unless (gst_structure_get_uint64 (s, "timestamp", &start) && gst_structure_get_uint64 (s, "endtime", &end));
      if (gst_structure_has_field (s, "final"))
        final = TRUE;
      else
        fail_unless_equals_uint64 (start, last_end);
      last_end = final ? last_end : end;
      count++;
      const gdouble tolerance = end - start < 100000000 ? 0.05 : 0.001;
      fail_unless (fabs (field (s, "correlation") - rows[k].correlation) < 1e-6, "%s: %g", rows[k].id, field (s, "correlation"));
      fail_unless (field (s, "mid-level") == rows[k].mid || fabs (field (s, "mid-level") - rows[k].mid) < tolerance,
          "%s: mid %g", rows[k].id, field (s, "mid-level"));
      fail_unless (field (s, "side-level") == rows[k].side || fabs (field (s, "side-level") - rows[k].side) < tolerance,
          "%s: side %g", rows[k].id, field (s, "side-level"));
      fail_unless (fabs (field (s, "balance") - rows[k].balance) < 1e-6);
      fail_unless (field (s, "mono-loss") == rows[k].loss || fabs (field (s, "mono-loss") - rows[k].loss) < 1e-3,
          "%s: mono loses %g", rows[k].id, field (s, "mono-loss"));
      fail_unless_equals_string (gst_structure_get_string (s, "warning"), "none");
      gst_structure_free (s);
    }
    fail_unless_equals_int (count, 11);
    fail_unless (final);
    rig_free (rig);
  }
  g_free (x);

  Rig *silent = rig_new ("msmatrix post-messages=true", "F32LE", FALSE, 48000, 2);
  GstStructure *s;
  rig_push_full (silent, NULL, 9600, GST_CLOCK_TIME_NONE, 0);
  rig_eos (silent);
  while ((s = rig_message (silent, "msmatrix"))) {
    fail_unless (field (s, "correlation") == 0.0 && field (s, "mid-level") == -INFINITY && field (s, "side-level") == -INFINITY
        && field (s, "balance") == 0.0 && field (s, "mono-loss") == 0.0);
    gst_structure_free (s);
  }
  rig_free (silent);

  /* 4 s out of phase: said, and in the final message still after 2 s of mono */
  Rig *bad = rig_new ("msmatrix post-messages=true interval=1000000000", "F32LE", FALSE, 48000, 2);
  guint n_phase = 0, n_none = 0;
  x = g_new (gdouble, 12 * n);
  for (gsize i = 0; i < 6 * n; i++) {
    x[2 * i] = 0.5 * sin (2 * G_PI * 480.0 / 48000.0 * i);
    x[2 * i + 1] = i < 4 * n ? -x[2 * i] : x[2 * i];
  }
  rig_push_cut (bad, x, 6 * n, 0, 3);
  rig_eos (bad);
  while ((s = rig_message (bad, "msmatrix"))) {
    const gboolean is_phase = g_str_equal (gst_structure_get_string (s, "warning"), "phase");
    if (gst_structure_has_field (s, "final"))
      fail_unless (is_phase);
    n_phase += is_phase;
    n_none += g_str_equal (gst_structure_get_string (s, "warning"), "none");
    gst_structure_free (s);
  }
  fail_unless (n_phase == 3 && n_none == 4, "%u phase, %u none", n_phase, n_none);
  rig_free (bad);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_not_stereo)
{
  static const gint counts[] = { 1, 6, 64 };
  for (guint k = 0; k < G_N_ELEMENTS (counts); k++) {
    GstHarness *h = gst_harness_new_parse ("msmatrix");
    GstBus *bus = gst_bus_new ();
    gst_element_set_bus (h->element, bus);
    gchar *caps = g_strdup_printf ("audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=%d%s", counts[k],
        counts[k] > 2 ? ",channel-mask=(bitmask)0" : "");
    gst_harness_set_src_caps_str (h, caps);
    GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
    GError *error = NULL;
    fail_unless (message != NULL);
    gst_message_parse_error (message, &error, NULL);
    fail_unless (strstr (error->message, "msmatrix") && strstr (error->message, "audioconvert ! audio/x-raw,channels=2"));
    g_error_free (error);
    gst_message_unref (message);
    g_free (caps);
    gst_object_unref (bus);
    gst_harness_teardown (h);
  }
  /* a pair without positions is stereo */
  GstHarness *h = gst_harness_new_parse ("msmatrix");
  gst_harness_set_src_caps_str (h, "audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=2,channel-mask=(bitmask)0");
  fail_unless_equals_int (gst_harness_push (h, gst_buffer_new_allocate (NULL, 800, NULL)), GST_FLOW_OK);
  gst_harness_teardown (h);
}
GST_END_TEST;

/* width from 1 to 0 over half a second, by a control source: the straight line at every grid frame. */
GST_START_TEST (test_automation)
{
  static const gsize cuts[] = { 480, 1000, 0 };
  const gsize n = 24000;
  gdouble *x = g_new (gdouble, 2 * n);
  for (gsize i = 0; i < n; i++) {
    x[2 * i] = 0.5;
    x[2 * i + 1] = -0.5;
  }
  for (guint k = 0; k < G_N_ELEMENTS (cuts); k++) {
    Rig *rig = rig_new ("msmatrix", "F64LE", FALSE, 48000, 2);
    GstControlSource *source = gst_interpolation_control_source_new ();
    gdouble worst = 0;
    g_object_set (source, "mode", GST_INTERPOLATION_MODE_LINEAR, NULL);
    gst_object_add_control_binding (GST_OBJECT (rig->element), gst_direct_control_binding_new_absolute (GST_OBJECT (rig->element),
            "width", source));
    gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), 0, 1.0);
    gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), GST_SECOND / 2, 0.0);
    rig_push_cut (rig, x, n, cuts[k], k);
    for (gsize i = 0; i < n; i++)
      worst = MAX (worst, fabs (rig_sample (rig, i, 0) - 0.5 * (1.0 - (gdouble) (i + 1) / n)));
    fail_unless (worst < 0.5 * 2.0 / n, "off the line by %g", worst);
    gst_object_unref (source);
    rig_free (rig);
  }
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_presets)
{
  GstElement *e = gst_element_factory_make ("msmatrix", NULL);
  gchar **names = gst_preset_get_preset_names (GST_PRESET (e));
  fail_unless (names && g_strv_length (names) >= 4);
  for (guint k = 0; names[k]; k++) {
    gchar *comment = NULL;
    fail_unless (gst_preset_load_preset (GST_PRESET (e), names[k]), "%s", names[k]);
    fail_unless (gst_preset_get_meta (GST_PRESET (e), names[k], "comment", &comment) && *comment);
    g_free (comment);
  }
  gdouble hz = 0, width = 0;
  fail_unless (gst_preset_load_preset (GST_PRESET (e), "Vinyl"));
  g_object_get (e, "mono-below", &hz, "width", &width, NULL);
  fail_unless (hz == 150.0 && width == 1.0);
  g_strfreev (names);
  gst_object_unref (e);
}
GST_END_TEST;

GST_START_TEST (test_plugin)
{
  GstPlugin *plugin = gst_registry_find_plugin (gst_registry_get (), "mastering");
  fail_unless (plugin && strstr (gst_plugin_get_filename (plugin), "libgstmastering"));
  gst_object_unref (plugin);
  for (guint k = 0; k < 3; k++) {
    GstElement *e = gst_element_factory_make ("msmatrix", NULL);
    gst_element_set_state (e, GST_STATE_PAUSED);
    gst_element_set_state (e, GST_STATE_NULL);
    gst_check_objects_destroyed_on_unref (e, NULL, NULL);
  }
}
GST_END_TEST;

static Suite *
msmatrix_suite (void)
{
  Suite *s = suite_create ("msmatrix");
  TCase *tc = tcase_create ("general");
  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 120);
  tcase_add_test (tc, test_plugin);
  tcase_add_test (tc, test_matrices);
  tcase_add_test (tc, test_cuts);
  tcase_add_test (tc, test_layouts);
  tcase_add_test (tc, test_messages);
  tcase_add_test (tc, test_not_stereo);
  tcase_add_test (tc, test_automation);
  tcase_add_test (tc, test_presets);
  return s;
}

GST_CHECK_MAIN (msmatrix)
