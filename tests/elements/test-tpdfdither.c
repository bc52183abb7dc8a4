/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tpdfdither in a GstHarness: every format exact, negotiation, statistics, seeds, cuts, gates, messages. */
#include <math.h>
#include <string.h>

#include "rig.h"

static const struct
{
  const gchar *format;
  guint holds;
} outs[] = {
  { "S8", 8 }, { "U8", 8 }, { "S16LE", 16 }, { "S24LE", 24 }, { "S24_32LE", 24 }, { "S32LE", 32 }, { "F32LE", 24 }, { "F64LE", 32 }
};
static const gchar *ins[] = { "F32LE", "F64LE", "S32LE", "S24_32LE" };

static Rig *
rig_to (const gchar *properties, const gchar *after, const gchar *in, const gchar *out, gboolean planar, gint channels)
{
  gchar *launch = g_strdup_printf ("tpdfdither name=e %s ! %s capsfilter caps=\"audio/x-raw,format=%s\"", properties, after, out);
  Rig *rig = rig_new (launch, in, planar, 48000, channels);
  g_free (launch);
  return rig;
}

static gboolean
same_output (const Rig *a, const Rig *b)
{
  return a->out->len == b->out->len && memcmp (a->out->data, b->out->data, a->out->len * sizeof (gdouble)) == 0;
}

/* Values of the grid, the error that dither makes and no more; bypass is rounding; audioconvert after it changes nothing. */
GST_START_TEST (test_every_format)
{
  const gsize n = 3000;
  for (guint o = 0; o < G_N_ELEMENTS (outs); o++)
    for (guint i = 0; i < G_N_ELEMENTS (ins); i++)
      for (guint planar = 0; planar < 2; planar++) {
        const gint channels = planar ? 3 : 2;
        gdouble *x = rig_noise (n, channels, 0.9, o + i);
        const gdouble scale = ldexp (1.0, (gint) outs[o].holds - 1);
        gchar *properties = g_strdup_printf ("seed=5 bits=%u", outs[o].holds);
        Rig *rig = rig_to (properties, "", ins[i], outs[o].format, planar, channels);
        /* narrowing by the bits, and widening; audioconvert 1.22 itself changes S8 to U8 by one step at random */
        const gchar *narrow = g_str_equal (outs[o].format, "U8") ? "" : "audioconvert !";
        Rig *converted = rig_to (properties, narrow, ins[i], outs[o].format, planar, channels);
        gchar *widen = g_strdup_printf ("capsfilter caps=audio/x-raw,format=%s ! audioconvert !", outs[o].format);
        Rig *wide = rig_to (properties, widen, ins[i], "F64LE", planar, channels);
        Rig *plain = rig_to ("seed=5 bypass=true", "", ins[i], outs[o].format, planar, channels);
        rig_push_cut (rig, x, n, 0, 1);
        rig_push_cut (converted, x, n, 0, 1);
        rig_push_cut (wide, x, n, 0, 1);
        rig_push_cut (plain, x, n, 0, 2);
        fail_unless_equals_uint64 (rig_frames (rig), n);
        fail_unless (rig->is_contiguous);
        fail_unless (same_output (rig, converted) && same_output (rig, wide), "audioconvert changes %s made from %s", outs[o].format, ins[i]);
        gdouble sum = 0;
        for (gsize k = 0; k < n * channels; k++) {
          /* what the rig stored is what S32 and S24_32 can say of x */
          const gdouble in_scale = i == 2 ? 0x1p31 : i == 3 ? 0x1p23 : 0;
          const gdouble in = in_scale ? trunc (x[k] * in_scale) / in_scale : x[k];
          const gdouble y = g_array_index (rig->out, gdouble, k) * scale, e = y - in * scale;
          fail_unless (y == rint (y) && fabs (e) <= 1.5, "%s from %s: %g steps off", outs[o].format, ins[i], e);
          fail_unless (g_array_index (plain->out, gdouble, k) == rint (in * scale) / scale);
          sum += e * e;
        }
        if (outs[o].holds <= 16)
          fail_unless (fabs (sum / (n * channels) - 0.25) < 0.02, "%s: %g", outs[o].format, sum / (n * channels));
        rig_free (rig);
        rig_free (converted);
        rig_free (wide);
        g_free (widen);
        rig_free (plain);
        g_free (properties);
        g_free (x);
      }
}
GST_END_TEST;

/* bits, what follows takes, what is chosen, the grid's bits */
GST_START_TEST (test_negotiation)
{
  static const struct { guint bits; const gchar *takes, *chosen; guint grid; } rows[] = {
    { 0, "{ S16LE, S24LE, S32LE, F32LE }", "S24LE", 24 },
    { 0, "{ U8, S16LE }", "S16LE", 16 },
    { 0, "{ S8, S16LE, S32LE }", "S32LE", 32 },
    { 0, "{ F32LE, S16LE }", "F32LE", 24 },
    { 0, "F32LE", "F32LE", 24 },
    { 0, "{ S24_32LE, S24LE }", "S24LE", 24 },
    { 16, "{ S24LE, S16LE, S32LE, F32LE }", "S16LE", 16 },
    { 16, "{ S32LE, S24LE }", "S24LE", 16 },
    { 16, "{ F32LE, F64LE }", "F32LE", 16 },
    { 20, "{ S16LE, S24LE, S32LE }", "S24LE", 20 },
    { 20, "{ S16LE, S32LE }", "S32LE", 20 },
    { 24, "{ S8, S16LE }", "S16LE", 16 },
    { 8, "{ U8, S8, S16LE }", "S8", 8 },
    { 8, "{ U8, S16LE }", "U8", 8 },
    { 28, "{ F64LE, S24LE }", "F64LE", 28 },
    { 1, "S8", "S8", 2 },
  };
  gdouble *x = rig_noise (2000, 2, 0.9, 3);
  for (guint i = 0; i < 4000; i++)
    x[i] /= 3.0;                /* more bits than a float has */
  for (guint k = 0; k < G_N_ELEMENTS (rows); k++) {
    gchar *launch = g_strdup_printf ("tpdfdither name=e bits=%u post-messages=true ! capsfilter caps=\"audio/x-raw,format=%s\"", rows[k].bits, rows[k].takes);
    Rig *rig = rig_new (launch, "F64LE", FALSE, 48000, 2);
    const gdouble scale = ldexp (1.0, (gint) rows[k].grid - 1);
    guint bits = 0, odd = 0;
    rig_push (rig, x, 2000);
    fail_unless_equals_string (gst_audio_format_to_string (GST_AUDIO_INFO_FORMAT (&rig->out_info)), rows[k].chosen);
    for (gsize i = 0; i < 4000; i++) {
      const gdouble y = g_array_index (rig->out, gdouble, i) * scale;
      fail_unless (y == rint (y), "row %u", k);
      odd += fmod (fabs (y), 2.0) == 1.0;
    }
    fail_unless (odd > 1000, "row %u: the grid is coarser than %u bits", k, rows[k].grid);
    rig_eos (rig);
    GstStructure *s = rig_message (rig, "tpdfdither");
    fail_unless (gst_structure_get_uint (s, "bits", &bits));
    fail_unless_equals_int (bits, rows[k].grid);
    gst_structure_free (s);
    rig_free (rig);
    g_free (launch);
  }
  g_free (x);
}
GST_END_TEST;

/* Elements that may be there or not: their format is what the rule says, and the stream gets through. */
GST_START_TEST (test_encoders)
{
  static const struct { const gchar *encoder; guint bits; const gchar *format; } rows[] = {
    { "wavenc", 0, "S24LE" }, { "wavenc", 16, "S16LE" }, { "wavenc", 20, "S24LE" }, { "wavenc", 8, "U8" },
    { "wavenc", 32, "S32LE" }, { "flacenc", 0, "S24LE" }, { "flacenc", 16, "S16LE" }, { "flacenc", 20, "S24LE" },
    { "flacenc", 8, "S8" }, { "lamemp3enc", 0, "S16LE" }, { "lamemp3enc", 16, "S16LE" }, { "opusenc", 0, "S16LE" },
    { "vorbisenc", 0, "F32LE" }, { "avenc_aac", 0, "F32LE" }, { "aiffmux", 0, "S8" }, { "avenc_alac", 0, "S32LE" },
    { "fakesink", 0, "S24LE" }, { "fakesink", 16, "S16LE" },
  };
  for (guint k = 0; k < G_N_ELEMENTS (rows); k++) {
    GstElementFactory *factory = gst_element_factory_find (rows[k].encoder);
    if (!factory) {
      g_print ("skipped: no %s\n", rows[k].encoder);
      continue;
    }
    gst_object_unref (factory);
    gchar *launch = g_strdup_printf ("audiotestsrc num-buffers=20 ! audio/x-raw,format=F32LE,rate=48000,channels=2 ! audioconvert ! "
        "tpdfdither name=e bits=%u ! %s %s", rows[k].bits, rows[k].encoder, g_str_equal (rows[k].encoder, "fakesink") ? "" : "! fakesink");
    GstElement *pipeline = gst_parse_launch (launch, NULL);
    GstElement *e = gst_bin_get_by_name (GST_BIN (pipeline), "e");
    GstBus *bus = gst_element_get_bus (pipeline);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    GstMessage *message = gst_bus_timed_pop_filtered (bus, 30 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS, "%s", launch);
    GstPad *pad = gst_element_get_static_pad (e, "src");
    GstCaps *caps = gst_pad_get_current_caps (pad);
    const gchar *format = gst_structure_get_string (gst_caps_get_structure (caps, 0), "format");
    fail_unless (g_str_equal (format, rows[k].format), "%s bits=%u: %s", rows[k].encoder, rows[k].bits, format);
    gst_caps_unref (caps);
    gst_object_unref (pad);
    gst_message_unref (message);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    gst_object_unref (bus);
    gst_object_unref (e);
    gst_object_unref (pipeline);
    g_free (launch);
  }
}
GST_END_TEST;

GST_START_TEST (test_statistics)
{
  static const guint bits[] = { 8, 16, 20, 24 };
  const gsize n = 500000;
  for (guint k = 0; k < G_N_ELEMENTS (bits); k++) {
    gchar *properties = g_strdup_printf ("bits=%u seed=%u", bits[k], k + 1);
    Rig *rig = rig_to (properties, "", "F64LE", bits[k] == 8 ? "S8" : bits[k] == 16 ? "S16LE" : "S24LE", FALSE, 1);
    const gdouble q = ldexp (1.0, 1 - (gint) bits[k]);
    gdouble *x = g_new (gdouble, n);
    gdouble sum = 0, square = 0, lag = 0, before = 0;
    for (gsize i = 0; i < n; i++)
      x[i] = (0.4 * sin (2 * G_PI * 1000.0 / 48000.0 * i) + 0.25) * (k == 1 ? 3 * q : 0.5);
    rig_push_cut (rig, x, n, 4800, 0);
    for (gsize i = 0; i < n; i++) {
      const gdouble e = (rig_sample (rig, i, 0) - x[i]) / q;
      sum += e;
      square += e * e;
      lag += e * before;
      before = e;
    }
    const gdouble mean = sum / n, variance = square / n - mean * mean;
    fail_unless (fabs (mean) < 4 * 0.5 / sqrt (n), "%u bits: mean %g", bits[k], mean);
    fail_unless (fabs (variance / 0.25 - 1) < 0.005, "%u bits: variance %g", bits[k], variance);
    fail_unless (fabs (lag / n) < 4 * 0.25 / sqrt (n), "%u bits: lag 1 %g", bits[k], lag / n);
    rig_free (rig);
    g_free (x);
    g_free (properties);
  }
}
GST_END_TEST;

/* Power of the error below about 1 kHz (a cascade of four smoothers), shaped against flat. */
GST_START_TEST (test_noise_shaping)
{
  static const gchar *nicks[] = { "none", "light", "medium", "strong" };
  const gsize n = 100000;
  gdouble bass[4] = { 0 }, *x = rig_noise (n, 3, 0.5, 8);
  for (guint k = 0; k < 4; k++) {
    gchar *properties = g_strdup_printf ("bits=16 seed=1 noise-shaping=%s", nicks[k]);
    Rig *rig = rig_to (properties, "", "F32LE", "S16LE", FALSE, 3);
    gdouble smooth[5] = { 0 };
    rig_push_cut (rig, x, n, 0, 1);
    for (gsize i = 0; i < n; i++) {
      smooth[0] = rig_sample (rig, i, 2) * 32768 - x[3 * i + 2] * 32768;
      for (guint pole = 1; pole < 5; pole++)
        smooth[pole] += 0.1 * (smooth[pole - 1] - smooth[pole]);
      bass[k] += smooth[4] * smooth[4] / n;
    }
    rig_free (rig);
    g_free (properties);
  }
  fail_unless (bass[1] < bass[0] / 6 && bass[2] < bass[0] / 12 && bass[3] < bass[0] / 30, "%g %g %g %g", bass[0], bass[1], bass[2],
      bass[3]);
  g_free (x);
}
GST_END_TEST;

/* Interleaved floats have a way of their own to 16 bits: what comes out is what comes out of planes, in whatever memory. */
GST_START_TEST (test_layouts)
{
  static const gchar *const properties[] = { "seed=1", "seed=2 bits=12 dither=high-pass-triangular", "seed=3 dither=rectangular auto-blank=false",
    "seed=4 dither=none", "seed=5 noise-shaping=strong" };
  static const gdouble odd[] = { NAN, INFINITY, -INFINITY, 3.3e38, -3.3e38, -0.0, 1e-41, 1.2 };
  const gsize n = 40000;
  gdouble *x = rig_noise (n, 2, 0.5, 3);
  for (gsize i = 0; i < 2 * n; i += 2 + i % 997)
    x[i] = odd[i % G_N_ELEMENTS (odd)];
  for (gsize i = 2 * 12000; i < 2 * 15000; i++)
    x[i] = 0.0;
  for (guint k = 0; k < 2 * G_N_ELEMENTS (properties); k++) {
    guint64 invalid[2], clipped[2];
    Rig *rigs[2];
    for (gint planar = 0; planar < 2; planar++) {
      rigs[planar] = rig_to (properties[k / 2], "", "F32LE", "S16LE", planar, 2);
      rig_push_cut (rigs[planar], x, n, k % 2 ? 0 : 512, k);
      g_object_get (rigs[planar]->element, "invalid-samples", &invalid[planar], "clipped-samples", &clipped[planar], NULL);
    }
    fail_unless_equals_int (rigs[0]->out->len, 2 * n);
    fail_unless (same_output (rigs[0], rigs[1]), "%s", properties[k / 2]);
    fail_unless (invalid[0] > 0 && clipped[0] > 0);
    fail_unless_equals_uint64 (invalid[0], invalid[1]);
    fail_unless_equals_uint64 (clipped[0], clipped[1]);
    rig_free (rigs[0]);
    rig_free (rigs[1]);
  }
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_seed_and_cuts)
{
  static const gsize cuts[] = { 1, 7, 64, 1920, 48000, 0, 0 };
  const gsize n = 20000;
  gdouble *x = rig_noise (n, 2, 1.1, 4);
  Rig *whole = rig_to ("bits=16 seed=42", "", "F32LE", "S16LE", FALSE, 2);
  rig_push (whole, x, n);
  for (guint k = 0; k < G_N_ELEMENTS (cuts); k++) {
    Rig *rig = rig_to ("bits=16 seed=42", "", "F32LE", "S16LE", k == 3, 2);
    rig_push_cut (rig, x, n, cuts[k], k);
    fail_unless (same_output (rig, whole), "cut %d", (int) cuts[k]);
    rig_free (rig);
  }
  Rig *other = rig_to ("bits=16", "", "F32LE", "S16LE", FALSE, 2), *third = rig_to ("bits=16", "", "F32LE", "S16LE", FALSE, 2);
  guint64 seeds[2];
  rig_push (other, x, n);
  rig_push (third, x, n);
  fail_unless (!same_output (other, whole) && !same_output (other, third));
  g_object_get (other->element, "seed", &seeds[0], NULL);
  g_object_get (third->element, "seed", &seeds[1], NULL);
  fail_unless (seeds[0] != 0 && seeds[1] != 0 && seeds[0] != seeds[1]);
  /* the drawn seed, read back, makes the same bits */
  gchar *properties = g_strdup_printf ("bits=16 seed=%" G_GUINT64_FORMAT, seeds[0]);
  Rig *again = rig_to (properties, "", "F32LE", "S16LE", FALSE, 2);
  rig_push (again, x, n);
  fail_unless (same_output (again, other));
  /* and a flush begins anew */
  gst_harness_push_event (whole->h, gst_event_new_flush_start ());
  gst_harness_push_event (whole->h, gst_event_new_flush_stop (TRUE));
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (whole->h, gst_event_new_segment (&segment));
  const guint length = whole->out->len;
  rig_push_full (whole, x, n, 0, 0);
  fail_unless_equals_int (whole->out->len, 2 * length);
  fail_unless (memcmp (whole->out->data, (gdouble *) whole->out->data + length, length * sizeof (gdouble)) == 0);
  g_free (properties);
  rig_free (whole);
  rig_free (other);
  rig_free (third);
  rig_free (again);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_transparent)
{
  const gsize n = 48000;
  gdouble *x = rig_noise (n, 2, 0.9, 6);
  /* 16-bit values through 24 bit and twice through 16 bit: not a bit changes */
  for (gsize i = 0; i < 2 * n; i++)
    x[i] = rint (x[i] * 32768) / 32768;
  Rig *once = rig_to ("", "", "S24_32LE", "S24LE", FALSE, 2);
  Rig *twice = rig_to ("bits=16", "audioconvert ! capsfilter caps=audio/x-raw,format=F32LE ! tpdfdither !", "F32LE", "S16LE", FALSE, 2);
  rig_push_cut (once, x, n, 0, 1);
  rig_push_cut (twice, x, n, 0, 1);
  for (gsize i = 0; i < 2 * n; i++)
    fail_unless (g_array_index (once->out, gdouble, i) == x[i] && g_array_index (twice->out, gdouble, i) == x[i]);
  rig_free (once);
  rig_free (twice);
  /* off the grid: the second changes nothing of what the first made */
  gdouble *y = rig_noise (n, 2, 0.9, 7);
  Rig *first = rig_to ("bits=16 seed=3", "", "F32LE", "S16LE", FALSE, 2);
  Rig *second = rig_to ("bits=16 seed=3 ! audioconvert ! capsfilter caps=audio/x-raw,format=F32LE ! tpdfdither seed=4", "", "F32LE", "S16LE", FALSE, 2);
  rig_push (first, y, n);
  rig_push (second, y, n);
  fail_unless (same_output (first, second));
  rig_free (first);
  rig_free (second);
  g_free (x);
  g_free (y);
}
GST_END_TEST;

GST_START_TEST (test_silence_and_gaps)
{
  Rig *rig = rig_to ("bits=16", "", "F32LE", "S16LE", FALSE, 2);
  gdouble *x = rig_noise (4800, 2, 0.5, 6);
  rig_push_full (rig, NULL, 4800, GST_CLOCK_TIME_NONE, GST_BUFFER_FLAG_GAP);
  fail_unless_equals_int (rig->n_gap, 1);
  rig_push (rig, x, 4800);
  rig_push_full (rig, NULL, 9600, GST_CLOCK_TIME_NONE, GST_BUFFER_FLAG_GAP);
  /* 50 ms of dither, so no GAP any more, then silence */
  fail_unless_equals_int (rig->n_gap, 1);
  guint noisy = 0;
  for (gsize i = 9600; i < 19200; i++) {
    noisy += rig_sample (rig, i, 0) != 0.0;
    fail_unless (i < 9600 + 2400 || rig_sample (rig, i, 0) == 0.0);
  }
  fail_unless (noisy > 300);
  rig_push_full (rig, NULL, 4800, GST_CLOCK_TIME_NONE, GST_BUFFER_FLAG_GAP);
  fail_unless_equals_int (rig->n_gap, 2);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_clipping_and_nonsense)
{
  Rig *rig = rig_to ("bits=16 post-messages=true dither=none", "", "F32LE", "S16LE", FALSE, 1);
  gdouble x[1000];
  guint64 clipped = 0, total = 0, invalid = 0;
  GstStructure *s;
  for (guint i = 0; i < 1000; i++)
    x[i] = i < 100 ? 1.5 : i < 150 ? -3e30 : i < 153 ? NAN : i < 155 ? INFINITY : i < 160 ? -1.0 : 0.1;
  rig_push_cut (rig, x, 1000, 64, 0);
  for (guint i = 0; i < 160; i++)
    fail_unless (rig_sample (rig, i, 0) == (i < 100 ? 32767 / 32768.0 : i < 150 ? -1.0 : i < 155 ? 0.0 : -1.0));
  g_object_get (rig->element, "clipped-samples", &clipped, "invalid-samples", &invalid, NULL);
  fail_unless_equals_uint64 (clipped, 150);
  fail_unless_equals_uint64 (invalid, 5);
  rig_eos (rig);
  while ((s = rig_message (rig, "tpdfdither"))) {
    fail_unless (gst_structure_get_uint64 (s, "clipped-samples", &clipped));
    if (gst_structure_has_field (s, "final")) {
      fail_unless_equals_uint64 (clipped, 150);
    } else {
      total += clipped;
    }
    gst_structure_free (s);
  }
  fail_unless_equals_uint64 (total, 150);
  rig_free (rig);
}
GST_END_TEST;

GST_START_TEST (test_narrow_format_is_said)
{
  static const struct { const gchar *properties, *format, *words; } rows[] = {
    { "bits=24", "S16LE", "bits=24" }, { "", "S8", "put audioconvert after" }, { "bits=8", "S8", NULL }, { "", "S16LE", NULL }
  };
  gdouble *x = rig_noise (480, 2, 0.5, 1);
  for (guint k = 0; k < G_N_ELEMENTS (rows); k++) {
    Rig *rig = rig_to (rows[k].properties, "", "F32LE", rows[k].format, FALSE, 2);
    GstBus *bus = gst_element_get_bus (rig->h->element);
    rig_push (rig, x, 480);
    GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
    fail_unless ((message != NULL) == (rows[k].words != NULL), "row %u", k);
    if (message) {
      GError *error = NULL;
      gst_message_parse_warning (message, &error, NULL);
      fail_unless (strstr (error->message, rows[k].words) && strstr (error->message, rows[k].format));
      g_error_free (error);
      gst_message_unref (message);
    }
    gst_object_unref (bus);
    rig_free (rig);
  }
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_dithering_twice_is_said)
{
  static const struct { const gchar *properties; gboolean is_on_grid, is_said; } rows[] = {
    { "bits=16 auto-transparent=false", TRUE, TRUE }, { "bits=16", TRUE, FALSE }, { "bits=16 auto-transparent=false", FALSE, FALSE },
    { "bits=24 auto-transparent=false", TRUE, TRUE }, { "bits=16 auto-transparent=false bypass=true", TRUE, FALSE },
  };
  for (guint k = 0; k < G_N_ELEMENTS (rows); k++) {
    gdouble *x = rig_noise (100000, 2, 0.5, 1);
    for (guint i = 0; rows[k].is_on_grid && i < 200000; i++)
      x[i] = rint (x[i] * 32768) / 32768;
    Rig *rig = rig_to (rows[k].properties, "", "F32LE", "S24LE", FALSE, 2);
    GstBus *bus = gst_element_get_bus (rig->h->element);
    rig_push_cut (rig, x, 100000, 0, k);
    GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
    fail_unless ((message != NULL) == rows[k].is_said, "row %u", k);
    fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL, "said again");
    if (message)
      gst_message_unref (message);
    gst_object_unref (bus);
    rig_free (rig);
    g_free (x);
  }
}
GST_END_TEST;

GST_START_TEST (test_presets)
{
  GstElement *e = gst_element_factory_make ("tpdfdither", NULL);
  gchar **names = gst_preset_get_preset_names (GST_PRESET (e));
  guint bits = 0;
  fail_unless (names && g_strv_length (names) >= 4);
  for (guint k = 0; names[k]; k++)
    fail_unless (gst_preset_load_preset (GST_PRESET (e), names[k]), "%s", names[k]);
  fail_unless (gst_preset_load_preset (GST_PRESET (e), "CD"));
  g_object_get (e, "bits", &bits, NULL);
  fail_unless_equals_int (bits, 16);
  g_strfreev (names);
  gst_check_objects_destroyed_on_unref (e, NULL, NULL);
}
GST_END_TEST;

static Suite *
tpdfdither_suite (void)
{
  Suite *s = suite_create ("tpdfdither");
  TCase *tc = tcase_create ("general");
  suite_add_tcase (s, tc);
  tcase_set_timeout (tc, 120);
  tcase_add_test (tc, test_every_format);
  tcase_add_test (tc, test_layouts);
  tcase_add_test (tc, test_negotiation);
  tcase_add_test (tc, test_encoders);
  tcase_add_test (tc, test_statistics);
  tcase_add_test (tc, test_noise_shaping);
  tcase_add_test (tc, test_seed_and_cuts);
  tcase_add_test (tc, test_transparent);
  tcase_add_test (tc, test_silence_and_gaps);
  tcase_add_test (tc, test_clipping_and_nonsense);
  tcase_add_test (tc, test_narrow_format_is_said);
  tcase_add_test (tc, test_dithering_twice_is_said);
  tcase_add_test (tc, test_presets);
  return s;
}

GST_CHECK_MAIN (tpdfdither)
