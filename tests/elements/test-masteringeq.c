/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* masteringeq from outside: the response of the element against the analog curves in every format, layout and rate; children,
 * the string, presets, errors, automation, states. */
#include <gst/controller/controller.h>
#include <string.h>

#include "../dsp/eqanalog.h"
#include "rig.h"

/* ------------------------------------------------------------------------------------------------------------- the response */

/* Largest |dB| between the element's response on the signal left * l + right * r and the analog curve of @bands */
static gdouble
response_error (const gchar *launch, const gchar *format, gboolean is_planar, gint rate, gint channels, guint channel,
    gdouble l, gdouble r, const MstEqBand *bands, guint n_bands)
{
  const gsize n = 1 << 17;
  Rig *rig = rig_new (launch, format, is_planar, rate, channels);
  gdouble *x = g_new0 (gdouble, n * channels), worst = 0.0;
  Cplx *h = g_new (Cplx, n);

  for (gint c = 0; c < channels; c++)
    x[1000 * channels + c] = c == 0 ? l : r;
  rig_push_cut (rig, x, n, 0, 7);
  rig_eos (rig);
  fail_unless_equals_int (rig_frames (rig), n);
  for (gsize i = 0; i < n; i++)
    h[i] = rig_sample (rig, i, channel);
  fourier (h, n);
  const gdouble input = channel == 0 ? l : r;
  for (gsize k = 8; k < n / 2; k += 8) {
    const gdouble f = (gdouble) k * rate / n;
    gdouble want = 1.0;
    if (f < 10.0)
      continue;
    if (f > fmin (20000.0, 0.45 * rate))
      break;
    for (guint i = 0; i < n_bands; i++)
      want *= cabs (analog (&bands[i], f, rate));
    if (want > 2e-3)
      worst = fmax (worst, fabs (20.0 * log10 (cabs (h[k]) / input / want)));
  }
  g_free (h);
  g_free (x);
  rig_free (rig);
  return worst;
}

#define BAND(type, f, gain, q, slope) { MST_EQ_##type, f, gain, q, slope, MST_EQ_ALL, true }
static const struct
{
  const gchar *bands;
  guint n;
  MstEqBand band[3];
} curves[] = {
  { "high-pass 28 slope=24; bell 250 -1.5 q=0.9; high-shelf 10k 1.5", 3,
    { BAND (HIGH_PASS, 28, 0, 1, 24), BAND (BELL, 250, -1.5, 0.9, 12), BAND (HIGH_SHELF, 10000, 1.5, M_SQRT1_2, 12) } },
  { "bell 16k 12 q=1", 1, { BAND (BELL, 16000, 12, 1, 12) } },
  { "low-shelf 90 -6 slope=6; tilt-shelf 700 3", 2, { BAND (LOW_SHELF, 90, -6, 1, 6), BAND (TILT_SHELF, 700, 3, 1, 12) } },
  { "low-shelf 200 6 slope=96", 1, { BAND (LOW_SHELF, 200, 6, M_SQRT1_2, 12) } },        /* acts as 12 */
  { "low-pass 12k slope=96", 1, { BAND (LOW_PASS, 12000, 0, 1, 96) } },
  { "band-pass 1k q=2", 1, { BAND (BAND_PASS, 1000, 0, 2, 12) } },
  { "notch 3k q=8", 1, { BAND (NOTCH, 3000, 0, 8, 12) } },
  { "all-pass 300; high-pass 60 q=2; low-pass 9k slope=18", 3,
    { BAND (ALL_PASS, 300, 0, M_SQRT1_2, 12), BAND (HIGH_PASS, 60, 0, 2, 12), BAND (LOW_PASS, 9000, 0, 1, 18) } },
};

GST_START_TEST (test_response)
{
  static const gint rates[] = { 32000, 44100, 48000, 96000, 192000 };
  const gsize row = (gsize) __i__;
  gchar *launch = g_strdup_printf ("masteringeq bands=\"%s\"", curves[row].bands);
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    const gdouble off = response_error (launch, i % 2 ? "F32LE" : "F64LE", i / 2 % 2, rates[i], 1 + (gint) i % 3,
        i % 3 ? 1 : 0, 1.0, 0.5, curves[row].band, curves[row].n);
    fail_unless (off < 0.04, "%s at %d Hz: %g dB off", curves[row].bands, rates[i], off);
  }
  g_free (launch);
}
GST_END_TEST;

GST_START_TEST (test_formats)
{
  static const gint channels[] = { 1, 2, 6, 64 };
  gchar *launch = g_strdup_printf ("masteringeq bands=\"%s\"", curves[0].bands);
  for (guint i = 0; i < 16; i++) {
    const gint n = channels[i / 4];
    const gdouble off = response_error (launch, i & 1 ? "F32LE" : "F64LE", i & 2, 48000, n > 6 ? 6 : n, n > 1, 1.0, 0.5,
        curves[0].band, curves[0].n);
    fail_unless (off < 0.02, "%d channels, %u: %g dB", n, i & 3, off);
  }
  g_free (launch);
}
GST_END_TEST;

GST_START_TEST (test_channels)
{
  static const MstEqBand bell = BAND (BELL, 2000, 9, 1, 12), flat = BAND (BELL, 2000, 0, 1, 12);
  static const struct { const gchar *channels; guint channel; gdouble l, r; const MstEqBand *want; } rows[] = {
    { "all", 0, 1, 0.5, &bell }, { "all", 1, 1, 0.5, &bell }, { "left", 0, 1, 0.5, &bell }, { "left", 1, 1, 0.5, &flat },
    { "right", 0, 1, 0.5, &flat }, { "right", 1, 1, 0.5, &bell }, { "mid", 0, 1, 1, &bell }, { "mid", 0, 1, -1, &flat },
    { "side", 1, 1, 1, &flat }, { "side", 1, 1, -1, &bell },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *launch = g_strdup_printf ("masteringeq bands=\"bell 2k 9 q=1 channels=%s\"", rows[i].channels);
    const gdouble off = response_error (launch, "F64LE", FALSE, 48000, 2, rows[i].channel, rows[i].l, rows[i].r, rows[i].want, 1);
    fail_unless (off < 0.01, "%s, row %u: %g dB", rows[i].channels, i, off);
    g_free (launch);
  }
}
GST_END_TEST;

/* --------------------------------------------------------------------------------------------------------------- properties */

static gchar *
get_bands (GstElement *e)
{
  gchar *s = NULL;
  g_object_get (e, "bands", &s, NULL);
  return s;
}

GST_START_TEST (test_bands)
{
  GstElement *e = gst_element_factory_make ("masteringeq", NULL);
  GstObject *band = NULL;
  guint n = 0;
  gdouble f = 0, gain = -1, q = 0;
  gint type = -1, slope = 0, channels = -1;
  gboolean enabled = FALSE;

  gst_object_ref_sink (e);
  g_object_get (e, "num-bands", &n, NULL);
  fail_unless_equals_int (n, 8);
  gst_child_proxy_get (GST_CHILD_PROXY (e), "band7::type", &type, "band7::frequency", &f, "band7::gain", &gain, "band7::q", &q,
      "band7::slope", &slope, "band7::channels", &channels, "band7::enabled", &enabled, NULL);
  fail_unless (type == 0 && f == 1000 && gain == 0 && q == M_SQRT1_2 && slope == 12 && channels == 0 && enabled);

  g_object_set (e, "bands", "high-pass 28 slope=24; bell 250 -1.5 q=0.9; high-shelf 10k 1.5 channels=side", NULL);
  g_object_get (e, "num-bands", &n, NULL);
  fail_unless_equals_int (n, 3);
  gst_child_proxy_get (GST_CHILD_PROXY (e), "band0::slope", &slope, "band1::q", &q, "band2::frequency", &f, NULL);
  fail_unless (slope == 24 && q == 0.9 && f == 10000);
  gchar *line = get_bands (e);
  fail_unless_equals_string (line, "high-pass 28 slope=24; bell 250 -1.5 q=0.9; high-shelf 10k 1.5 channels=side");
  /* every value of every property, there and back */
  for (guint i = 0; i < 400; i++) {
    static const gint slopes[] = { 6, 12, 18, 24, 36, 48, 72, 96 };
    gchar *child = g_strdup_printf ("band%u", i % 3);
    band = GST_OBJECT (gst_child_proxy_get_child_by_name (GST_CHILD_PROXY (e), child));
    g_object_set (band, "type", i % 9, "frequency", log_uniform (10, 40000), "gain", uniform (-36, 36), "q",
        log_uniform (0.025, 200), "slope", slopes[i % 8], "channels", i % 5, "enabled", i % 7 != 0, "range", i % 2 ? uniform (-30, 30) : 0.0, "threshold", uniform (-80, 0), "ratio",
        i % 5 ? log_uniform (1, 100) : 1000.0, "attack", log_uniform (1, 500), "release", log_uniform (5, 5000),
        "direction", i % 2, "listen", i % 11 == 0, NULL);
    gst_object_unref (band);
    g_free (child);
    gchar *said = get_bands (e);
    GstElement *other = gst_element_factory_make ("masteringeq", NULL);
    gst_object_ref_sink (other);
    g_object_set (other, "bands", said, NULL);
    gchar *again = get_bands (other);
    fail_unless_equals_string (said, again);
    g_free (again);
    g_free (said);
    gst_object_unref (other);
  }
  g_free (line);
  gst_object_unref (e);
}
GST_END_TEST;

static void
expect_error (const gchar *launch, gint channels, const gchar *part)
{
  GstHarness *h = gst_harness_new_parse (launch);
  GstBus *bus = gst_bus_new ();
  gst_element_set_bus (h->element, bus);
  GstCaps *caps = gst_caps_new_simple ("audio/x-raw", "format", G_TYPE_STRING, "F32LE", "rate", G_TYPE_INT, 48000, "channels",
      G_TYPE_INT, channels, "layout", G_TYPE_STRING, "interleaved", NULL);
  if (channels > 2)
    gst_caps_set_simple (caps, "channel-mask", GST_TYPE_BITMASK, (guint64) 0, NULL);
  gst_harness_set_src_caps (h, caps);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  if (part == NULL) {
    fail_unless (message == NULL, "%s: an error", launch);
  } else {
    GError *error = NULL;
    fail_unless (message != NULL, "%s: no error", launch);
    gst_message_parse_error (message, &error, NULL);
    fail_unless (strstr (error->message, part) != NULL, "%s: %s", launch, error->message);
    g_error_free (error);
    gst_message_unref (message);
  }
  gst_object_unref (bus);
  gst_harness_teardown (h);
}

GST_START_TEST (test_errors)
{
  expect_error ("masteringeq num-bands=3 band2::channels=side", 6, "masteringeq: band2 is on channel \"side\", which needs "
      "stereo; the stream has 6 channels. Use channels=all, or put audioconvert ! audio/x-raw,channels=2 before it.");
  expect_error ("masteringeq bands=\"bell 1k 3 channels=left\"", 1, "the stream has 1 channel. Use channels=all");
  expect_error ("masteringeq bands=\"bell 1k 3 channels=left enabled=false\"", 1, NULL);
  expect_error ("masteringeq bands=\"bell 1k 3; bel 2k\"", 2, "bel");
  expect_error ("masteringeq bands=\"bell 1k 37\"", 2, "37");
  expect_error ("masteringeq bands=\"bell 1k q=0\"", 2, "q");
  expect_error ("masteringeq bands=\"notch 1k range=3\"", 2, NULL);        /* the range waits for a bell or a shelf */
  expect_error ("masteringeq bands=\"bell 1k 3 channels=left enabled=false listen=true\"", 1, "the stream has 1 channel");
  expect_error ("masteringeq", 64, NULL);
}
GST_END_TEST;

GST_START_TEST (test_presets)
{
  GstElement *e = gst_element_factory_make ("masteringeq", NULL);
  guint n = 0;
  gst_object_ref_sink (e);
  gchar **names = gst_preset_get_preset_names (GST_PRESET (e));
  for (; names && names[n]; n++) {
    gchar *comment = NULL, *launch;
    g_object_set (e, "bands", "bell 1k 3", "output-gain", 3.0, NULL);
    fail_unless (gst_preset_load_preset (GST_PRESET (e), names[n]), "%s", names[n]);
    gst_preset_get_meta (GST_PRESET (e), names[n], "comment", &comment);
    fail_unless (comment != NULL && strlen (comment) > 20, "%s has no purpose", names[n]);
    gchar *bands = get_bands (e);
    fail_unless (!g_str_equal (bands, "bell 1000 3"), "%s changes nothing", names[n]);
    launch = g_strdup_printf ("masteringeq bands=\"%s\"", bands);
    expect_error (launch, 2, NULL);
    g_free (launch);
    g_free (bands);
    g_free (comment);
  }
  g_strfreev (names);
  fail_unless (n >= 10, "%u presets", n);
  fail_unless (gst_preset_load_preset (GST_PRESET (e), "Side Low-cut"));
  gchar *bands = get_bands (e);
  fail_unless_equals_string (bands, "high-pass 120 slope=24 channels=side");
  g_free (bands);
  gst_object_unref (e);
}
GST_END_TEST;

/* ------------------------------------------------------------------------------------------------------------------- motion */

GST_START_TEST (test_identity)
{
  const gsize n = 20000;
  gdouble *x = rig_noise (n, 2, 0.9, 1);
  static const gchar *const launches[] = { "masteringeq", "masteringeq num-bands=0", "masteringeq bypass=true bands=\"bell 1k 12\"",
    "masteringeq bands=\"bell 100; low-shelf 50; tilt-shelf 1k; high-pass 400 enabled=false\"" };
  for (guint i = 0; i < G_N_ELEMENTS (launches) * 2; i++) {
    Rig *rig = rig_new (launches[i / 2], i & 1 ? "F64LE" : "F32LE", FALSE, 44100, 2);
    rig_push_cut (rig, x, n, 0, 3);
    rig_eos (rig);
    fail_unless_equals_int (rig_frames (rig), n);
    fail_unless (rig->is_contiguous);
    fail_unless_equals_int (rig->most_held, 0);
    for (gsize k = 0; k < 2 * n; k++)
      fail_unless (rig_sample (rig, k / 2, k % 2) == x[k], "%s: sample %" G_GSIZE_FORMAT, launches[i / 2], k);
    rig_free (rig);
  }
  g_free (x);
}
GST_END_TEST;

/* Gain of band0 from 0 dB by a control binding, output gain by another; the same however it is cut */
static Rig *
automated (const gdouble *x, gsize n, gsize cut)
{
  Rig *rig = rig_new ("masteringeq bands=\"bell 1k q=1; high-pass 40\"", "F64LE", FALSE, 48000, 2);
  GObject *band = gst_child_proxy_get_child_by_name (GST_CHILD_PROXY (rig->element), "band0");
  static const struct { gboolean band; const gchar *property; gdouble from, to; } rows[] = {
    { TRUE, "gain", 0.0, 12.0 }, { TRUE, "frequency", 500.0, 2000.0 }, { FALSE, "output-gain", 0.0, -6.0 } };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GstControlSource *source = gst_interpolation_control_source_new ();
    GstObject *object = rows[i].band ? GST_OBJECT (band) : GST_OBJECT (rig->element);
    g_object_set (source, "mode", GST_INTERPOLATION_MODE_LINEAR, NULL);
    gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), 0, rows[i].from);
    gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), GST_SECOND / 2, rows[i].to);
    fail_unless (gst_object_add_control_binding (object, gst_direct_control_binding_new_absolute (object, rows[i].property,
                source)));
    gst_object_unref (source);
  }
  g_object_unref (band);
  rig_push_cut (rig, x, n, cut, 5);
  rig_eos (rig);
  fail_unless_equals_int (rig_frames (rig), n);
  return rig;
}

GST_START_TEST (test_automation)
{
  const gsize n = 36000;
  gdouble *x = g_new (gdouble, 2 * n);
  for (gsize i = 0; i < n; i++)
    x[2 * i] = x[2 * i + 1] = 0.1 * sin (2.0 * G_PI * 2000.0 / 48000.0 * i);
  Rig *whole = automated (x, n, n), *cut = automated (x, n, 0), *frame = automated (x, n, 64);
  for (gsize i = 0; i < n; i++)
    fail_unless (rig_sample (whole, i, 1) == rig_sample (cut, i, 1) && rig_sample (whole, i, 1) == rig_sample (frame, i, 1),
        "frame %" G_GSIZE_FORMAT, i);
  gdouble peak = 0.0;
  for (gsize i = n - 4800; i < n; i++)
    peak = fmax (peak, fabs (rig_sample (whole, i, 0)));
  fail_unless (fabs (20.0 * log10 (peak / 0.1) - 6.0) < 0.05, "ends at %g dB", 20.0 * log10 (peak / 0.1));
  rig_free (whole);
  rig_free (cut);
  rig_free (frame);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_magnitude_response)
{
  static const gdouble hz[] = { 10, 100, 1000, 2000, 9999, 20000 };
  static const MstEqBand bands[] = { BAND (HIGH_PASS, 28, 0, 1, 24), BAND (BELL, 2000, 9, 1, 12), BAND (HIGH_SHELF, 9000, -4, 1, 12) };
  static const gchar *const channels[] = { NULL, "mid", "side" };
  GstElement *e = gst_element_factory_make ("masteringeq", NULL);
  gst_object_ref_sink (e);
  g_object_set (e, "bands", "high-pass 28 slope=24; bell 2k 9 q=1 channels=side; high-shelf 9k -4 q=1; bell 1k 6 enabled=false",
      "output-gain", 1.5, NULL);
  for (guint c = 0; c < G_N_ELEMENTS (channels); c++) {
    GVariant *list = g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, hz, G_N_ELEMENTS (hz), sizeof (gdouble)), *answer = NULL;
    GVariant *asked = g_variant_ref_sink (channels[c] ? g_variant_new ("(@ads)", list, channels[c]) : list);
    gsize n = 0;
    g_signal_emit_by_name (e, "magnitude-response", asked, &answer);
    fail_unless (answer != NULL);
    const gdouble *db = g_variant_get_fixed_array (answer, &n, sizeof (gdouble));
    fail_unless_equals_int (n, G_N_ELEMENTS (hz));
    for (guint i = 0; i < n; i++) {
      Cplx h = analog (&bands[0], hz[i], 48000) * analog (&bands[2], hz[i], 48000);
      if (c == 2)
        h *= analog (&bands[1], hz[i], 48000);
      fail_unless (fabs (db[i] - 20.0 * log10 (cabs (h)) - 1.5) < 1e-9, "%g Hz: %g dB", hz[i], db[i]);
    }
    g_variant_unref (answer);
    g_variant_unref (asked);
  }
  gst_object_unref (e);
}
GST_END_TEST;

/* K-weighted power of pink noise after and before, measured by BS.1770's 48 kHz filters as difference equations */
static gdouble
k_power (const gdouble *x, gsize n, gsize skip)
{
  static const gdouble b[2][3] = { { 1.53512485958697, -2.69169618940638, 1.19839281085285 }, { 1, -2, 1 } };
  static const gdouble a[2][2] = { { -1.69065929318241, 0.73248077421585 }, { -1.99004745483398, 0.99007225036621 } };
  gdouble z[2][2] = { { 0 } }, sum = 0.0;
  for (gsize i = 0; i < n; i++) {
    gdouble y = x[i];
    for (guint k = 0; k < 2; k++) {
      const gdouble in = y;
      y = b[k][0] * in + z[k][0];
      z[k][0] = b[k][1] * in - a[k][0] * y + z[k][1];
      z[k][1] = b[k][2] * in - a[k][1] * y;
    }
    if (i >= skip)
      sum += y * y;
  }
  return sum;
}

GST_START_TEST (test_auto_gain)
{
  const gsize n = 1 << 19, skip = 1 << 16;
  static const gchar *const lines[] = { "high-shelf 3k 9", "bell 1k -12 q=0.5; low-shelf 200 6",
      "bell 2k 12 q=1 channels=mid; bell 4k 6 channels=side", "high-pass 500 slope=24 channels=left" };
  Cplx *spectrum = g_new (Cplx, n);
  gdouble *x = g_new (gdouble, 2 * n), *plane = g_new (gdouble, n), before = 0.0;
  for (guint c = 0; c < 2; c++) {       /* pink from 20 Hz to 20 kHz by its spectrum */
    memset (spectrum, 0, n * sizeof *spectrum);
    for (gsize k = 220; k < 218400; k++)
      spectrum[k] = cexp (I * uniform (0, 2.0 * G_PI)) / sqrt ((gdouble) k);
    fourier (spectrum, n);
    for (gsize i = 0; i < n; i++)
      plane[i] = x[2 * i + c] = 0.01 * creal (spectrum[i]);
    before += k_power (plane, n, skip);
  }
  for (guint l = 0; l < G_N_ELEMENTS (lines); l++) {
    gchar *launch = g_strdup_printf ("masteringeq auto-gain=true bands=\"%s\"", lines[l]);
    Rig *rig = rig_new (launch, "F64LE", FALSE, 48000, 2);
    gdouble after = 0.0;
    rig_push_cut (rig, x, n, 48000, 0);
    rig_eos (rig);
    for (guint c = 0; c < 2; c++) {
      for (gsize i = 0; i < n; i++)
        plane[i] = rig_sample (rig, i, c);
      after += k_power (plane, n, skip);
    }
    const gdouble off = 10.0 * log10 (after / before);
    fail_unless (fabs (off) < 0.15, "%s: %g dB louder", lines[l], off);
    rig_free (rig);
    g_free (launch);
  }
  g_free (plane);
  g_free (x);
  g_free (spectrum);
}
GST_END_TEST;

/* A dynamic band from outside: 7 kHz at -10 dBFS, 18 dB over the threshold, ratio 4, is 13.5 dB too loud, of which range gives 8 */
GST_START_TEST (test_dynamic)
{
  const gsize n = 48000;
  gdouble *x = g_new (gdouble, 2 * n);
  static const struct { gdouble level_db, gain_db; } rows[] = { { -40, 0 }, { -28, 0 }, { -24, -3 }, { -20, -6 }, { -10, -8 } };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const gdouble a = pow (10.0, rows[i].level_db / 20.0);
    Rig *rig = rig_new ("masteringeq bands=\"bell 7k q=1.5 range=-8 threshold=-28 ratio=4 attack=2 release=60\"", "F32LE", FALSE,
        48000, 2);
    for (gsize t = 0; t < n; t++)
      x[2 * t] = x[2 * t + 1] = a * sin (2.0 * G_PI * 7000.0 / 48000.0 * t);
    rig_push_cut (rig, x, n, 0, i);
    rig_eos (rig);
    gdouble power = 0.0;
    for (gsize t = n - 4800; t < n; t++)
      power += rig_sample (rig, t, 1) * rig_sample (rig, t, 1);
    const gdouble gain = 10.0 * log10 (2.0 * power / 4800) - rows[i].level_db;
    fail_unless (fabs (gain - rows[i].gain_db) < 0.1, "at %g dBFS: %g dB", rows[i].level_db, gain);
    rig_free (rig);
  }
  g_free (x);
}
GST_END_TEST;

/* Everything set while it plays, in one go */
GST_START_TEST (test_set_while_playing)
{
  const gsize n = 4800;
  gdouble *x = rig_noise (n, 2, 0.5, 9);
  Rig *rig = rig_new ("masteringeq", "F32LE", TRUE, 48000, 2);
  static const gchar *const lines[] = { "", "bell 1k 36 q=200", "notch 40k; band-pass 10; all-pass 20k q=0.025; tilt-shelf 40k -36",
    "high-pass 20k slope=96; low-pass 10 slope=96", "bell 100 -36 channels=left; bell 100 36 channels=side",
    "low-shelf 40k 36 q=200; high-shelf 10 36 slope=6", "bell; bell; bell" };
  for (guint i = 0; i < 3 * G_N_ELEMENTS (lines); i++) {
    g_object_set (rig->element, "bands", lines[i % G_N_ELEMENTS (lines)], "output-gain", i % 2 ? -36.0 : 36.0, NULL);
    rig_push_cut (rig, x, n, 0, i);
  }
  g_object_set (rig->element, "bands", "", "output-gain", 0.0, NULL);
  rig_push (rig, x, n);
  rig_push (rig, x, n);
  rig_eos (rig);
  fail_unless (rig->is_contiguous);
  for (gsize i = 0; i < rig_frames (rig); i++)
    fail_unless (isfinite (rig_sample (rig, i, 0)));
  for (gsize i = 0; i < n; i++)
    fail_unless (rig_sample (rig, rig_frames (rig) - n + i, 0) == x[2 * i], "not back at the identity");
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_reuse)
{
  const gsize n = 5000;
  gdouble *x = rig_noise (n, 2, 0.5, 4), first[5000];
  Rig *rig = rig_new ("masteringeq bands=\"bell 80 6 q=4; high-shelf 9k 2 channels=mid\"", "F64LE", FALSE, 44100, 2);
  rig_push (rig, x, n);
  for (gsize i = 0; i < n; i++)
    first[i] = rig_sample (rig, i, 1);
  gst_element_set_state (rig->element, GST_STATE_NULL);
  gst_element_set_state (rig->element, GST_STATE_PLAYING);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (rig->h, gst_event_new_stream_start ("again"));
  GstCaps *caps = gst_audio_info_to_caps (&rig->info);
  gst_harness_push_event (rig->h, gst_event_new_caps (caps));
  gst_caps_unref (caps);
  gst_harness_push_event (rig->h, gst_event_new_segment (&segment));
  const gsize before = rig_frames (rig);
  rig_push_full (rig, x, n, 0, GST_BUFFER_FLAG_DISCONT);
  fail_unless_equals_int (rig_frames (rig), before + n);
  for (gsize i = 0; i < n; i++)
    fail_unless (rig_sample (rig, before + i, 1) == first[i], "after NULL: frame %" G_GSIZE_FORMAT, i);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

/* ------------------------------------------------------------------------------------------------------------- linear phase */

/* Every frame is late alike and the base puts it back in its place: the response is symmetric around its own frame */
GST_START_TEST (test_linear_phase)
{
  const gsize n = 1 << 16, at = n / 2;
  gdouble *x = g_new0 (gdouble, n);
  Cplx *h = g_new (Cplx, n);
  const MstEqBand band = BAND (BELL, 10000, 12, 1, 12);
  gdouble worst = 0.0, skew = 0.0;

  Rig *rig = rig_new ("masteringeq phase=linear bands=\"bell 10k 12 q=1\"", "F64LE", FALSE, 44100, 1);
  x[at] = 1.0;
  rig_push_cut (rig, x, n, 0, 5);
  /* 1.37 s/64 of taps around one, and a block */
  fail_unless_equals_uint64 (gst_harness_query_latency (rig->h), gst_util_uint64_scale_int_ceil (939 + 1024, GST_SECOND, 44100));
  rig_eos (rig);
  fail_unless_equals_uint64 (rig_frames (rig), n);
  for (gsize i = 0; i < n; i++)
    h[i] = rig_sample (rig, (at + i) % n, 0);
  for (gsize i = 1; i < 3000; i++)
    skew = fmax (skew, fabs (creal (h[i] - h[n - i])));
  fourier (h, n);
  for (gsize k = 15; k <= 20000 * n / 44100; k++)
    worst = fmax (worst, fabs (20.0 * log10 (cabs (h[k]) / cabs (analog (&band, (gdouble) k * 44100 / n, 44100)))));
  fail_unless (worst <= 0.01 && skew < 1e-15, "%g dB, skew %g", worst, skew);
  rig_free (rig);
  g_free (h);
  g_free (x);
}
GST_END_TEST;

/* To linear phase, to a longer kernel and back: nothing lost, no step, the latency told each time */
GST_START_TEST (test_phase_while_playing)
{
  const gsize n = 48000;
  gdouble *x = g_new (gdouble, n), step = 0.0;
  GstClockTime latencies[4];
  Rig *rig = rig_new ("masteringeq bands=\"bell 500 4\"", "F64LE", FALSE, 48000, 1);

  for (guint part = 0; part < 4; part++) {
    for (gsize i = 0; i < n; i++)
      x[i] = 0.25 * sin (2 * M_PI * 300 * (part * n + i) / 48000.0);
    if (part == 1)
      rig_set (rig, "phase", "linear");
    else if (part == 2)
      rig_set (rig, "bands", "bell 50 4 q=2; notch 50 q=4");
    else if (part == 3)
      rig_set (rig, "phase", "minimum");
    rig_push_cut (rig, x, n, 0, part);
    latencies[part] = gst_harness_query_latency (rig->h);
  }
  rig_eos (rig);
  fail_unless_equals_uint64 (rig_frames (rig), 4 * n);
  fail_unless (rig->is_contiguous);
  fail_unless (latencies[0] == 0 && latencies[1] > 40 * GST_MSECOND && latencies[2] > 2 * latencies[1] && latencies[3] == 0);
  for (gsize i = 1; i < 4 * n; i++)
    step = fmax (step, fabs (rig_sample (rig, i, 0) - rig_sample (rig, i - 1, 0)));
  /* the tone's own steepest: 0.25 * 1.6 * 2 pi 300/48000 */
  fail_unless (step < 0.0165, "a step of %g", step);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

/* What no kernel can follow is told */
GST_START_TEST (test_linear_phase_error)
{
  static const struct { const gchar *bands; gboolean is_told; } rows[] = {
    { "bell 60 12 q=2", FALSE }, { "notch 50 q=30; high-pass 30 slope=18; all-pass 100", FALSE }, { "bell 20 18 q=20", TRUE } };
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    gdouble error_db = 0.0;
    Rig *rig = rig_new ("masteringeq phase=linear", "F32LE", FALSE, 48000, 2);
    rig_set (rig, "bands", rows[r].bands);
    rig_push (rig, NULL, 100);
    GstStructure *s = rig_message (rig, "masteringeq");
    fail_unless ((s != NULL) == rows[r].is_told, "%s", rows[r].bands);
    if (s)
      fail_unless (gst_structure_get_double (s, "linear-phase-error", &error_db) && error_db > 0.1);
    g_clear_pointer (&s, gst_structure_free);
    rig_free (rig);
  }
}
GST_END_TEST;

static Suite *
masteringeq_suite (void)
{
  Suite *s = suite_create ("masteringeq");
  TCase *tc = tcase_create ("general");
  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 120);
  tcase_add_loop_test (tc, test_response, 0, G_N_ELEMENTS (curves));
  tcase_add_test (tc, test_formats);
  tcase_add_test (tc, test_channels);
  tcase_add_test (tc, test_bands);
  tcase_add_test (tc, test_errors);
  tcase_add_test (tc, test_presets);
  tcase_add_test (tc, test_identity);
  tcase_add_test (tc, test_automation);
  tcase_add_test (tc, test_magnitude_response);
  tcase_add_test (tc, test_auto_gain);
  tcase_add_test (tc, test_dynamic);
  tcase_add_test (tc, test_set_while_playing);
  tcase_add_test (tc, test_reuse);
  tcase_add_test (tc, test_linear_phase);
  tcase_add_test (tc, test_phase_while_playing);
  tcase_add_test (tc, test_linear_phase_error);
  return s;
}

GST_CHECK_MAIN (masteringeq);
