/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* r128meter from outside: buffers untouched, messages exact to the frame, readings against the definitions of bs1770.h and
 * against the library called directly, reset, pause, new caps, gaps, errors, threads. */
#include <ebur128.h>
#include <math.h>
#include <string.h>

#include "../dsp/bs1770.h"
#include "rig.h"

#define SECOND 48000

static gdouble
number (const GstStructure *s, const gchar *field)
{
  gdouble v = NAN;
  fail_unless (gst_structure_get_double (s, field, &v), "no field %s in %s", field, gst_structure_get_name (s));
  return v;
}

static guint64
when (const GstStructure *s, const gchar *field)
{
  guint64 v = 0;
  fail_unless (gst_structure_get_uint64 (s, field, &v), "no field %s", field);
  return v;
}

static gdouble
element_of (const GstStructure *s, const gchar *field, guint c)
{
  return g_value_get_double (gst_value_array_get_value (gst_structure_get_value (s, field), c));
}

static gboolean
is_final (const GstStructure *s)
{
  gboolean final = FALSE;
  gst_structure_get_boolean (s, "final", &final);
  return final;
}

/* The final message of the stream; those before it are dropped. */
static GstStructure *
final_message (Rig *rig)
{
  GstStructure *s;
  while ((s = rig_message (rig, "r128meter")) && !is_final (s))
    gst_structure_free (s);
  fail_unless (s != NULL, "no final message");
  return s;
}

static gdouble
readable (Rig *rig, const gchar *name)
{
  gdouble v = NAN;
  g_object_get (rig->element, name, &v, NULL);
  return v;
}

static Truth
truth_of (const gdouble *x, gsize n, guint channels, const gdouble *gain)
{
  gdouble *planes[64];
  for (guint c = 0; c < channels; c++) {
    planes[c] = g_new (gdouble, n);
    for (gsize i = 0; i < n; i++)
      planes[c][i] = (gfloat) x[i * channels + c];
  }
  const Truth t = truth ((const gdouble * const *) planes, channels, gain, (long) n);
  for (guint c = 0; c < channels; c++)
    g_free (planes[c]);
  return t;
}

/* Noise with slow and fast dynamics */
static gdouble *
programme (gsize n, guint channels, guint32 seed)
{
  gdouble *x = rig_noise (n, channels, 0.3, seed);
  for (gsize i = 0; i < n; i++)
    for (guint c = 0; c < channels; c++)
      x[i * channels + c] *= 0.2 + 0.8 * pow (sin ((double) i / (1.7 * SECOND)), 2.0);
  return x;
}

GST_START_TEST (test_readings)
{
  static const struct { gint channels; const gchar *format; gboolean planar; } rows[] = {
    { 1, "F32LE", FALSE }, { 2, "F32LE", FALSE }, { 2, "F64LE", TRUE }, { 2, "F32LE", TRUE }, { 6, "F32LE", FALSE }, { 64, "F64LE", FALSE },
  };
  static const gdouble ones[64] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    const gsize n = rows[r].channels > 6 ? 4 * SECOND : 10 * SECOND;
    gdouble *x = programme (n, rows[r].channels, r);
    const Truth want = truth_of (x, n, rows[r].channels, ones);
    Rig *rig = rig_new ("r128meter", rows[r].format, rows[r].planar, SECOND, rows[r].channels);
    rig_push_cut (rig, x, n, 0, r);
    rig_eos (rig);
    GstStructure *s = final_message (rig);
    fail_unless (fabs (number (s, "global-loudness") - want.integrated) < 0.001);
    fail_unless (fabs (number (s, "loudness-range") - want.range) < 0.005);
    fail_unless (fabs (number (s, "momentary-loudness") - want.momentary) < 1e-4);
    fail_unless (fabs (number (s, "shortterm-loudness") - want.short_term) < 1e-4);
    fail_unless (fabs (number (s, "max-momentary") - want.max_momentary) < 1e-4);
    fail_unless (fabs (number (s, "max-shortterm") - want.max_short_term) < 1e-4);
    fail_unless_equals_int (gst_value_array_get_size (gst_structure_get_value (s, "sample-peak")), rows[r].channels);
    for (gint c = 0; c < rows[r].channels; c++) {
      gdouble peak = 0.0;
      for (gsize i = 0; i < n; i++)
        peak = MAX (peak, fabs ((gfloat) x[i * rows[r].channels + c]));
      fail_unless (fabs (element_of (s, "sample-peak", c) - peak) < 1e-6);
    }
    /* white noise: its waveform rises well above its samples, and no interpolation by any filter says more than 2.6 times */
    for (gint c = 0; c < rows[r].channels; c++)
      fail_unless (element_of (s, "true-peak", c) > element_of (s, "sample-peak", c) && element_of (s, "true-peak", c) < 2.6 * element_of (s, "sample-peak", c));
    fail_unless (number (s, "plr") == number (s, "max-true-peak") - number (s, "global-loudness"));
    fail_unless (gst_structure_has_field (s, "correlation") == (rows[r].channels > 1));
    static const gchar *const both[] = { "momentary-loudness", "shortterm-loudness", "global-loudness", "relative-threshold",
      "loudness-range", "max-momentary", "max-shortterm", "max-sample-peak", "max-true-peak", "plr", "psr" };
    for (guint i = 0; i < G_N_ELEMENTS (both); i++)
      fail_unless (readable (rig, both[i]) == number (s, both[i]), "property %s", both[i]);
    gst_structure_free (s);
    rig_free (rig);
    g_free (x);
  }
}
GST_END_TEST;

/* Whatever the library says, to the bit. */
GST_START_TEST (test_libebur128)
{
  const gsize n = 10 * SECOND;
  gdouble *x = programme (n, 2, 7), m, st, i, range, threshold, tp, sp;
  Rig *rig = rig_new ("r128meter engine=libebur128", "F64LE", FALSE, SECOND, 2);
  ebur128_state *lib = ebur128_init (2, SECOND, EBUR128_MODE_S | EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK | EBUR128_MODE_HISTOGRAM);
  ebur128_add_frames_double (lib, x, n);
  ebur128_loudness_momentary (lib, &m);
  ebur128_loudness_shortterm (lib, &st);
  ebur128_loudness_global (lib, &i);
  ebur128_relative_threshold (lib, &threshold);
  ebur128_loudness_range (lib, &range);
  ebur128_true_peak (lib, 1, &tp);
  ebur128_sample_peak (lib, 0, &sp);
  rig_push_cut (rig, x, n, 0, 3);
  rig_eos (rig);
  GstStructure *s = final_message (rig);
  fail_unless (number (s, "momentary-loudness") == m && number (s, "shortterm-loudness") == st && number (s, "global-loudness") == i
      && number (s, "relative-threshold") == threshold && number (s, "loudness-range") == range);
  fail_unless (element_of (s, "true-peak", 1) == tp && element_of (s, "sample-peak", 0) == sp);
  fail_unless (number (s, "max-true-peak") >= 20.0 * log10 (tp) && number (s, "plr") == number (s, "max-true-peak") - i);
  fail_unless (number (s, "psr") > 0.0 && number (s, "max-shortterm") >= st);
  fail_if (gst_structure_has_field (s, "correlation"));
  gst_structure_free (s);
  ebur128_destroy (&lib);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

/* Every interval to the frame, the partial one, the final one, whatever the cut: the same messages to the bit. */
GST_START_TEST (test_intervals)
{
  static const struct { const gchar *interval; guint64 ns; gint rate; gsize n; } rows[] = {
    { "100000000 dialogue=true", 100000000, 44100, 70000 },
    { "100000000 dialogue=true alarms=\"silence -60 1\"", 100000000, 48000, 57600 },
    { "100000000", 100000000, 48000, 48000 + 1234 },
    { "10000000", 10000000, 44100, 20000 },
    { "33333333", 33333333, 44100, 30000 },
    { "1", 1, 8000, 300 },      /* one frame */
    { "100000000", 100000000, 48000, 48000 },   /* EOS on an interval's edge: no empty one */
    { "5000000000", 5000000000, 48000, 4800 },
  };
  static const gsize cuts[] = { 1920, 1, 7, 0, 48000 };
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    gdouble *x = rig_noise (rows[r].n, 2, 0.5, r);
    GPtrArray *reference = NULL;
    for (guint k = 0; k < G_N_ELEMENTS (cuts); k++) {
      GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
      gchar *launch = g_strdup_printf ("r128meter interval=%s", rows[r].interval);
      Rig *rig = rig_new (launch, "F32LE", FALSE, rows[r].rate, 2);
      rig_push_cut (rig, x, rows[r].n, cuts[k], 5);
      rig_eos (rig);
      GstStructure *s;
      guint64 end = 0, count = 0;
      gboolean finals = 0;
      while ((s = rig_message (rig, "r128meter"))) {
        fail_if (finals, "a message after the final one");
        if (is_final (s)) {
          finals = TRUE;
          fail_unless_equals_uint64 (when (s, "timestamp"), 0);
          fail_unless_equals_uint64 (when (s, "endtime"), end);
        } else {
          fail_unless_equals_uint64 (when (s, "timestamp"), end);
          count++;
          const guint64 frame = MIN (MAX (gst_util_uint64_scale (count * rows[r].ns, rows[r].rate, GST_SECOND), count), rows[r].n);
          end = gst_util_uint64_scale_int (frame, GST_SECOND, rows[r].rate);
          fail_unless_equals_uint64 (when (s, "endtime"), end);
          fail_unless_equals_uint64 (when (s, "running-time"), when (s, "timestamp"));
          fail_unless_equals_uint64 (when (s, "stream-time"), when (s, "timestamp"));
          fail_unless (when (s, "duration") > 0);
        }
        for (gint f = 0; f < gst_structure_n_fields (s); f++) {
          gdouble v;
          if (gst_structure_get_double (s, gst_structure_nth_field_name (s, f), &v))
            fail_if (isnan (v), "%s is NaN", gst_structure_nth_field_name (s, f));
        }
        g_ptr_array_add (texts, gst_structure_to_string (s));
        gst_structure_free (s);
      }
      fail_unless (finals);
      fail_unless_equals_uint64 (end, gst_util_uint64_scale_int (rows[r].n, GST_SECOND, rows[r].rate));
      if (!reference) {
        reference = g_ptr_array_ref (texts);
      } else {
        fail_unless_equals_int (reference->len, texts->len);
        for (guint i = 0; i < texts->len; i++)
          fail_unless_equals_string (reference->pdata[i], texts->pdata[i]);
      }
      g_ptr_array_unref (texts);
      rig_free (rig);
      g_free (launch);
    }
    g_ptr_array_unref (reference);
    g_free (x);
  }
}
GST_END_TEST;

/* The same buffer comes out: shared, its memory read-only, not even a reference more. */
GST_START_TEST (test_zero_copy)
{
  static const gchar *const launches[] = { "r128meter", "r128meter engine=libebur128", "r128meter post-messages=false" };
  static gfloat constant[2 * 480];
  for (guint l = 0; l < G_N_ELEMENTS (launches); l++) {
    GstHarness *h = gst_harness_new_parse (launches[l]);
    gst_harness_set_src_caps_str (h, "audio/x-raw,format=F32LE,rate=48000,channels=2,layout=interleaved");
    for (guint i = 0; i < 20; i++) {
      GstBuffer *in = gst_buffer_new_wrapped_full (GST_MEMORY_FLAG_READONLY, constant, sizeof constant, 0, sizeof constant, NULL, NULL);
      GST_BUFFER_PTS (in) = i * 10 * GST_MSECOND;
      GST_BUFFER_DURATION (in) = 10 * GST_MSECOND;
      if (i == 0)
        GST_BUFFER_FLAG_SET (in, GST_BUFFER_FLAG_DISCONT);      /* as a source does; GstBaseTransform would set it */
      GstBuffer *mine = gst_buffer_ref (in);
      fail_unless_equals_int (gst_harness_push (h, in), GST_FLOW_OK);
      GstBuffer *out = gst_harness_pull (h);
      fail_unless (out == mine, "%s: buffer %u", launches[l], i);
      fail_unless_equals_int (GST_MINI_OBJECT_REFCOUNT_VALUE (out), 2);
      gst_buffer_unref (out);
      gst_buffer_unref (mine);
    }
    gst_harness_teardown (h);
  }
}
GST_END_TEST;

GST_START_TEST (test_switches)
{
  static const struct { const gchar *off; const gchar *gone[4]; } rows[] = {
    { "momentary", { "momentary-loudness", "max-momentary" } },
    { "short-term", { "shortterm-loudness", "max-shortterm", "psr" } },
    { "integrated", { "global-loudness", "relative-threshold", "plr" } },
    { "range", { "loudness-range" } },
    { "sample-peak", { "sample-peak", "max-sample-peak" } },
    { "true-peak", { "true-peak", "max-true-peak", "plr", "psr" } },
  };
  gdouble *x = programme (SECOND, 2, 1);
  for (guint e = 0; e < 2; e++)
    for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
      gchar *launch = g_strdup_printf ("r128meter engine=%s %s=false", e ? "libebur128" : "auto", rows[r].off);
      Rig *rig = rig_new (launch, "F32LE", FALSE, SECOND, 2);
      rig_push (rig, x, SECOND);
      rig_eos (rig);
      GstStructure *s = final_message (rig);
      guint missing = 0;
      for (guint other = 0; other < G_N_ELEMENTS (rows); other++)
        for (guint g = 0; g < 4 && rows[other].gone[g]; g++) {
          gboolean expected = TRUE;
          for (guint mine = 0; mine < 4 && rows[r].gone[mine]; mine++)
            expected &= !g_str_equal (rows[r].gone[mine], rows[other].gone[g]);
          fail_unless (gst_structure_has_field (s, rows[other].gone[g]) == expected, "%s with %s=false", rows[other].gone[g], rows[r].off);
          missing += !expected;
        }
      fail_unless (missing > 0);
      gst_structure_free (s);
      rig_free (rig);
      g_free (launch);
    }
  g_free (x);
}
GST_END_TEST;

/* Syllables of a buzz, four a second, at @amplitude: what the detector takes for speech. */
static void
babble (gdouble *x, gsize from, gsize to, gdouble amplitude)
{
  gdouble phase = 0.0, low[2] = { 0 }, high[2] = { 0 };
  for (gsize i = from; i < to; i++) {
    const gdouble t = (gdouble) i / SECOND, syllable = pow (sin (G_PI * 4.1 * t), 2.0), vowel = sin (2.0 * G_PI * 1.9 * t);
    phase += (120.0 + 25.0 * sin (3.0 * t)) / SECOND;
    gdouble pulse = 0.0;
    if (phase >= 1.0) {
      phase -= 1.0;
      pulse = 1.0;
    }
    const gdouble f[2] = { 500.0 + 250.0 * vowel, 1600.0 - 600.0 * vowel }, bandwidth = 90.0;
    gdouble out = 0.0, *states[2] = { low, high };
    for (guint k = 0; k < 2; k++) {
      const gdouble r = exp (-G_PI * bandwidth / SECOND);
      const gdouble y = pulse + 2.0 * r * cos (2.0 * G_PI * f[k] / SECOND) * states[k][0] - r * r * states[k][1];
      states[k][1] = states[k][0];
      states[k][0] = y;
      out += y;
    }
    x[2 * i] = x[2 * i + 1] = amplitude * syllable * out;
  }
}

/* Fields where it is asked for alone; blocks of speech count, what is no speech does not; pause, reset, gap at the end. */
GST_START_TEST (test_dialogue)
{
  const gsize n = 30 * SECOND;
  gdouble *x = rig_noise (n, 2, 0.02, 5);
  babble (x, 8 * SECOND, 22 * SECOND, 0.02);
  static const gdouble ones[2] = { 1, 1 };
  const Truth want = truth_of (x + 2 * 9 * SECOND, 12 * SECOND, 2, ones);       /* no gate takes anything here */
  static const gchar *const fields[] = { "dialogue-loudness", "speech-share", "loudness-to-dialogue" };
  Rig *rig = rig_new ("r128meter", "F64LE", FALSE, SECOND, 2);
  rig_push (rig, x, SECOND);
  rig_eos (rig);
  GstStructure *s = final_message (rig);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    fail_if (gst_structure_has_field (s, fields[i]));
  gst_structure_free (s);
  rig_free (rig);

  rig = rig_new ("r128meter dialogue=true", "F64LE", FALSE, SECOND, 2);
  fail_unless (readable (rig, "dialogue-loudness") == -INFINITY && readable (rig, "speech-share") == 0.0);
  rig_push (rig, x, n);
  rig_eos (rig);
  s = final_message (rig);
  const gdouble share = number (s, "speech-share"), loudness = number (s, "dialogue-loudness");
  fail_unless (share > 35.0 && share < 58.0, "%g %% instead of 47", share);
  fail_unless (fabs (loudness - want.integrated) < 0.7, "%g instead of %g", loudness, want.integrated);
  fail_unless (number (s, "loudness-to-dialogue") == number (s, "global-loudness") - loudness);
  fail_unless (readable (rig, "dialogue-loudness") == loudness && readable (rig, "speech-share") == share);
  gst_structure_free (s);
  rig_free (rig);

  /* a gap decides what is pending; what is paused does not count, and neither does what was before a reset */
  rig = rig_new ("r128meter dialogue=true", "F64LE", FALSE, SECOND, 2);
  rig_push (rig, x + 2 * 9 * SECOND, 6 * SECOND);
  g_object_set (rig->element, "pause", TRUE, NULL);
  rig_push (rig, x, 7 * SECOND);
  rig_eos (rig);
  s = final_message (rig);
  fail_unless (number (s, "speech-share") > 80.0, "%g %%", number (s, "speech-share"));
  gst_structure_free (s);
  rig_free (rig);
  rig = rig_new ("r128meter dialogue=true", "F64LE", FALSE, SECOND, 2);
  rig_push (rig, x + 2 * 9 * SECOND, 6 * SECOND);
  g_signal_emit_by_name (rig->element, "reset");
  rig_push (rig, x, 7 * SECOND);
  rig_eos (rig);
  s = final_message (rig);
  fail_unless (number (s, "speech-share") < 10.0, "%g %%", number (s, "speech-share"));
  gst_structure_free (s);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_reset_and_pause)
{
  static const gdouble ones[2] = { 1, 1 };
  gdouble *x = programme (20 * SECOND, 2, 3);
  const gsize at = 7 * SECOND + 123;
  const Truth want = truth_of (x + 2 * at, 6 * SECOND, 2, ones);
  Rig *rig = rig_new ("r128meter post-messages=false", "F32LE", FALSE, SECOND, 2);
  rig_push_cut (rig, x, at, 0, 1);
  g_signal_emit_by_name (rig->element, "reset");
  rig_push_cut (rig, x + 2 * at, 6 * SECOND, 0, 2);
  fail_unless (rig_message (rig, "r128meter") == NULL, "post-messages=false");
  rig_push (rig, x, 4800);      /* so that the properties have followed */
  fail_unless (fabs (readable (rig, "global-loudness") - want.integrated) < 0.05);
  const gdouble held = readable (rig, "global-loudness"), range = readable (rig, "loudness-range"), peak = readable (rig, "max-sample-peak");
  rig_set (rig, "pause", "true");
  for (gsize i = 0; i < 2 * 4 * SECOND; i++)
    x[i] *= 3.0;
  rig_push_cut (rig, x, 4 * SECOND, 0, 1);
  fail_unless (readable (rig, "global-loudness") == held && readable (rig, "loudness-range") == range && readable (rig, "max-sample-peak") == peak);
  fail_unless (readable (rig, "shortterm-loudness") > held, "momentary and short-term go on");
  rig_set (rig, "pause", "false");
  rig_push_cut (rig, x, 4 * SECOND, 0, 1);
  fail_unless (readable (rig, "global-loudness") > held && readable (rig, "max-sample-peak") > peak);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_streams)
{
  static const gdouble ones[2] = { 1, 1 };
  gdouble *x = programme (8 * SECOND, 2, 9);
  const Truth want = truth_of (x, 8 * SECOND, 2, ones);
  Rig *rig = rig_new ("r128meter interval=1000000000", "F32LE", FALSE, SECOND, 2);
  rig_push_cut (rig, x, 8 * SECOND, 0, 1);
  rig_caps (rig, "F64LE", FALSE, 44100, 1);     /* new caps end one measurement and begin another */
  GstStructure *s = final_message (rig);
  fail_unless (fabs (number (s, "global-loudness") - want.integrated) < 0.001);
  gst_structure_free (s);
  rig_push (rig, NULL, 44100);
  rig_eos (rig);
  s = final_message (rig);
  fail_unless (number (s, "global-loudness") == -INFINITY && number (s, "max-momentary") == -INFINITY);
  gst_structure_free (s);
  rig_free (rig);

  /* a flushing seek begins anew */
  rig = rig_new ("r128meter interval=1000000000", "F32LE", FALSE, SECOND, 2);
  rig_push_cut (rig, x, 3 * SECOND, 0, 1);
  gst_harness_push_event (rig->h, gst_event_new_flush_start ());
  gst_harness_push_event (rig->h, gst_event_new_flush_stop (TRUE));
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (rig->h, gst_event_new_segment (&segment));
  fail_unless (readable (rig, "max-sample-peak") > -20.0);
  rig->pushed = 0;
  rig_push_cut (rig, x, 8 * SECOND, 0, 1);
  rig_eos (rig);
  s = final_message (rig);
  fail_unless (fabs (number (s, "global-loudness") - want.integrated) < 0.001);
  gst_structure_free (s);
  rig_free (rig);

  /* a gap empties the windows and keeps the sums */
  rig = rig_new ("r128meter", "F32LE", FALSE, SECOND, 2);
  rig_push (rig, x, 4 * SECOND);
  const gdouble loud = readable (rig, "global-loudness");
  rig_push_full (rig, x, 480, 60 * GST_SECOND, 0);
  rig_eos (rig);
  s = final_message (rig);
  fail_unless (number (s, "global-loudness") == loud, "no block reaches over the gap");
  fail_unless (number (s, "momentary-loudness") < loud - 10.0);
  gst_structure_free (s);
  rig_free (rig);

  /* no audio, no message; used again after NULL */
  GstHarness *h = gst_harness_new ("r128meter");
  gst_harness_set_src_caps_str (h, "audio/x-raw,format=F32LE,rate=48000,channels=2,layout=interleaved");
  gst_harness_push_event (h, gst_event_new_eos ());
  gst_harness_teardown (h);
  g_free (x);
}
GST_END_TEST;

/* NaN and infinity pass, and do not count. */
GST_START_TEST (test_nonsense)
{
  gdouble x[2 * 4800];
  for (gsize i = 0; i < G_N_ELEMENTS (x); i++)
    x[i] = i % 100 == 3 ? NAN : i % 100 == 5 ? -INFINITY : i % 100 == 7 ? INFINITY : 0.25;
  Rig *rig = rig_new ("r128meter", "F32LE", FALSE, SECOND, 2);
  for (guint i = 0; i < 20; i++)
    rig_push (rig, x, 4800);
  rig_eos (rig);
  GstStructure *s = final_message (rig);
  fail_unless (fabs (number (s, "max-sample-peak") - 20.0 * log10 (0.25)) < 1e-9);
  fail_unless (isfinite (number (s, "global-loudness")));
  fail_unless (isnan (rig_sample (rig, 1, 1)) && rig_sample (rig, 2, 1) == -INFINITY);
  gst_structure_free (s);
  rig_free (rig);
}
GST_END_TEST;

static gdouble
harness_value (GstHarness *h, const gchar *name)
{
  GObject *element = GST_IS_BIN (h->element) ? GST_BIN (h->element)->children->data : G_OBJECT (h->element);
  gdouble v = NAN;
  g_object_get (element, name, &v, NULL);
  return v;
}

static gdouble
weighted (const gchar *options, gint channels, guint64 mask)
{
  gchar *launch = g_strdup_printf ("r128meter %s", options);
  GstHarness *h = gst_harness_new_parse (launch);
  GstCaps *caps = gst_caps_new_simple ("audio/x-raw", "format", G_TYPE_STRING, "F32LE", "rate", G_TYPE_INT, 48000, "channels",
      G_TYPE_INT, channels, "layout", G_TYPE_STRING, "interleaved", NULL);
  if (channels > 1)
    gst_caps_set_simple (caps, "channel-mask", GST_TYPE_BITMASK, mask, NULL);
  gst_harness_set_src_caps (h, caps);

  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 48000 * 4 * channels, NULL);
  GstMapInfo map;
  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (gsize i = 0; i < 48000; i++)     /* channel c has the power 2^-c: the sum tells every weight */
    for (gint c = 0; c < channels; c++)
      ((gfloat *) map.data)[i * channels + c] = (gfloat) (0.5 * pow (2.0, -0.5 * c) * sin (2.0 * G_PI * 1000.0 * i / 48000.0));
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_PTS (buffer) = 0;
  gst_harness_push (h, buffer);
  const gdouble v = harness_value (h, "momentary-loudness");
  gst_harness_teardown (h);
  g_free (launch);
  return v;
}

GST_START_TEST (test_channel_weights)
{
#define BIT(p) (G_GUINT64_CONSTANT (1) << GST_AUDIO_CHANNEL_POSITION_##p)
  static const struct { const gchar *id, *options; gint channels; guint64 mask; gdouble g[8]; } rows[] = {
    { "mono", "", 1, 0, { 1 } },
    { "dual mono", "dual-mono=true", 1, 0, { 2 } },
    { "stereo is not dual mono", "dual-mono=true", 2, BIT (FRONT_LEFT) | BIT (FRONT_RIGHT), { 1, 1 } },
    { "5.1", "", 6, BIT (FRONT_LEFT) | BIT (FRONT_RIGHT) | BIT (FRONT_CENTER) | BIT (LFE1) | BIT (REAR_LEFT) | BIT (REAR_RIGHT), { 1, 1, 1, 0, 1.41, 1.41 } },
    { "5.1 with sides", "", 6, BIT (FRONT_LEFT) | BIT (FRONT_RIGHT) | BIT (FRONT_CENTER) | BIT (LFE1) | BIT (SIDE_LEFT) | BIT (SIDE_RIGHT), { 1, 1, 1, 0, 1.41, 1.41 } },
    { "7.1", "", 8, BIT (FRONT_LEFT) | BIT (FRONT_RIGHT) | BIT (FRONT_CENTER) | BIT (LFE1) | BIT (REAR_LEFT) | BIT (REAR_RIGHT) | BIT (SIDE_LEFT) | BIT (SIDE_RIGHT),
      { 1, 1, 1, 0, 1, 1, 1.41, 1.41 } },
    { "top channels", "", 4, BIT (FRONT_LEFT) | BIT (FRONT_RIGHT) | BIT (TOP_SIDE_LEFT) | BIT (TOP_SIDE_RIGHT), { 1, 1, 1, 1 } },
    { "unpositioned", "", 6, 0, { 1, 1, 1, 1, 1, 1 } },
    { "overridden", "channel-weights=\"<0.5,2.0,1.0>\"", 3, 0, { 0.5, 2.0, 1.0 } },
    { "overridden, library", "engine=libebur128 channel-weights=\"<1.0,0.0,1.41>\"", 3, 0, { 1.0, 0.0, 1.41 } },
    { "5.1, library", "engine=libebur128", 6, BIT (FRONT_LEFT) | BIT (FRONT_RIGHT) | BIT (FRONT_CENTER) | BIT (LFE1) | BIT (REAR_LEFT) | BIT (REAR_RIGHT), { 1, 1, 1, 0, 1.41, 1.41 } },
    { "dual mono, library", "engine=libebur128 dual-mono=true", 1, 0, { 2 } },
  };
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    gdouble power = 0.0;
    for (gint c = 0; c < rows[r].channels; c++)
      power += rows[r].g[c] * 0.125 * pow (2.0, -c);
    const gdouble want = lufs (power * k_power (1000.0)), got = weighted (rows[r].options, rows[r].channels, rows[r].mask);
    fail_unless (fabs (got - want) < 0.002, "%s: %.4f instead of %.4f", rows[r].id, got, want);
  }
}
GST_END_TEST;

static void
expect_error (const gchar *launch, gint channels, const gchar *part)
{
  GstHarness *h = gst_harness_new_parse (launch);
  GstBus *bus = gst_bus_new ();
  gst_element_set_bus (h->element, bus);
  GstCaps *caps = gst_caps_new_simple ("audio/x-raw", "format", G_TYPE_STRING, "F32LE", "rate", G_TYPE_INT, 48000, "channels",
      G_TYPE_INT, channels, "layout", G_TYPE_STRING, "interleaved", "channel-mask", GST_TYPE_BITMASK, (guint64) 0, NULL);
  gst_harness_set_src_caps (h, caps);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL, "%s: no error", launch);
  GError *error = NULL;
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, part) != NULL, "%s: %s", launch, error->message);
  g_error_free (error);
  gst_message_unref (message);
  gst_bus_set_flushing (bus, TRUE);     /* what is left on it holds the element */
  gst_object_unref (bus);
  gst_harness_teardown (h);
}

GST_START_TEST (test_errors)
{
  expect_error ("r128meter channel-weights=\"<1.0,1.0>\"", 6, "channel-weights has 2 values, the stream has 6 channels");
  expect_error ("r128meter engine=libebur128 channel-weights=\"<1.0,0.3>\"", 2, "Use engine=native");
}
GST_END_TEST;

static gpointer
measure_in_thread (gpointer user)
{
  const gchar *engine = user;
  gchar *launch = g_strdup_printf ("r128meter engine=%s", engine);
  GstHarness *h = gst_harness_new_parse (launch);
  gdouble v = NAN;
  gst_harness_set_src_caps_str (h, "audio/x-raw,format=F32LE,rate=48000,channels=1,layout=interleaved");
  for (guint i = 0; i < 100; i++) {
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, 4 * 4800, NULL);
    GstMapInfo map;
    gst_buffer_map (buffer, &map, GST_MAP_WRITE);
    for (gsize k = 0; k < 4800; k++)
      ((gfloat *) map.data)[k] = (gfloat) (0.5 * sin (2.0 * G_PI * 1000.0 * k / 48000.0));
    gst_buffer_unmap (buffer, &map);
    GST_BUFFER_PTS (buffer) = i * 100 * GST_MSECOND;
    gst_harness_push (h, buffer);
    v = harness_value (h, "global-loudness");
    gst_buffer_unref (gst_harness_pull (h));
  }
  gst_harness_teardown (h);
  g_free (launch);
  /* the library keeps blocks in steps of 0.1 LU */
  return GINT_TO_POINTER (fabs (v - lufs (0.125 * k_power (1000.0))) < (g_str_equal (engine, "native") ? 0.005 : 0.06));
}

GST_START_TEST (test_threads)
{
  GThread *threads[8];
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("meter", measure_in_thread, (gpointer) (i & 1 ? "native" : "libebur128"));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    fail_unless (GPOINTER_TO_INT (g_thread_join (threads[i])));
}
GST_END_TEST;

/* Sines at every rate: the peak is known. The last half millisecond counts too. */
GST_START_TEST (test_true_peak)
{
  static const gint rates[] = { 8000, 22050, 44100, 48000, 96000, 192000, 384000 };
  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    const gsize n = (gsize) rates[r] / 2;
    gdouble *x = g_new (gdouble, 2 * n);
    for (gsize i = 0; i < n; i++) {
      const gdouble fade = MIN (1.0, MIN (i, n - 1 - i) / 500.0);
      x[2 * i] = 0.5 * fade * sin (2.0 * G_PI * (i * 0.25 + 0.125));    /* 3.01 dB between the samples */
      x[2 * i + 1] = 0.4 * fade * sin (2.0 * G_PI * (i * 0.4501 + 0.1));
    }
    Rig *rig = rig_new ("r128meter", "F32LE", FALSE, rates[r], 2);
    rig_push_cut (rig, x, n, 0, r);
    rig_eos (rig);
    GstStructure *s = final_message (rig);
    fail_unless (fabs (20.0 * log10 (element_of (s, "true-peak", 0) / 0.5)) < 0.02);
    fail_unless (fabs (20.0 * log10 (element_of (s, "true-peak", 1) / 0.4)) < 0.02);
    fail_unless (fabs (number (s, "max-true-peak") + 6.0206) < 0.02 && number (s, "max-sample-peak") < -7.9);
    gst_structure_free (s);
    rig_free (rig);

    rig = rig_new ("r128meter", "F32LE", FALSE, rates[r], 2);
    memset (x, 0, 2 * n * sizeof *x);
    x[2 * (n - 1) + 1] = -0.75;
    rig_push (rig, x, n);
    rig_eos (rig);
    s = final_message (rig);
    fail_unless (fabs (element_of (s, "true-peak", 1) - 0.75) < 0.01 && element_of (s, "true-peak", 0) == 0.0);
    gst_structure_free (s);
    rig_free (rig);
    g_free (x);
  }
}
GST_END_TEST;

GST_START_TEST (test_engine_while_playing)
{
  gdouble *x = programme (6 * SECOND, 2, 2);
  Rig *rig = rig_new ("r128meter", "F32LE", FALSE, SECOND, 2);
  rig_push_cut (rig, x, 2 * SECOND, 0, 1);
  rig_set (rig, "engine", "libebur128");
  rig_push_cut (rig, x, 2 * SECOND, 0, 1);
  rig_set (rig, "true-peak", "false");
  rig_set (rig, "dual-mono", "true");
  rig_push_cut (rig, x, 2 * SECOND, 0, 1);
  rig_eos (rig);
  GstStructure *s = final_message (rig);
  fail_if (gst_structure_has_field (s, "true-peak"));
  fail_unless (isfinite (number (s, "global-loudness")));
  gst_structure_free (s);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

/* Tags: before EOS, the same values in the final message, by the definitions of ReplayGain 2 and of R 128 in Opus. */
GST_START_TEST (test_tags)
{
  gdouble *x = programme (6 * SECOND, 2, 4);
  for (guint round = 0; round < 3; round++) {  /* 1: nothing to say about silence; 2: off */
    Rig *rig = rig_new (round == 2 ? "r128meter" : "r128meter send-tags=true", "F32LE", FALSE, SECOND, 2);
    rig_push (rig, round == 1 ? NULL : x, 6 * SECOND);
    rig_eos (rig);
    GstStructure *s = final_message (rig);
    GstEvent *event;
    guint tags_seen = 0;
    gboolean eos_seen = FALSE;
    while ((event = gst_harness_try_pull_event (rig->h))) {
      if (GST_EVENT_TYPE (event) == GST_EVENT_TAG) {
        GstTagList *tags;
        gdouble gain, peak, r128;
        gchar *comment;
        gst_event_parse_tag (event, &tags);
        fail_if (eos_seen);
        tags_seen++;
        fail_unless (gst_tag_list_get_double (tags, GST_TAG_TRACK_GAIN, &gain) && gst_tag_list_get_double (tags, GST_TAG_TRACK_PEAK, &peak)
            && gst_tag_list_get_double (tags, "r128-track-gain", &r128) && gst_tag_list_get_string (tags, GST_TAG_EXTENDED_COMMENT, &comment));
        fail_unless (gain == -18.0 - number (s, "global-loudness") && gain == number (s, GST_TAG_TRACK_GAIN));
        fail_unless (r128 == -23.0 - number (s, "global-loudness") && r128 == number (s, "r128-track-gain"));
        fail_unless (fabs (20.0 * log10 (peak) - number (s, "max-true-peak")) < 1e-9 && peak == number (s, GST_TAG_TRACK_PEAK));
        fail_unless (g_str_has_prefix (comment, "R128_TRACK_GAIN=") && fabs (atoi (comment + 16) - 256.0 * r128) <= 0.5);
        g_free (comment);
      }
      eos_seen |= GST_EVENT_TYPE (event) == GST_EVENT_EOS;
      gst_event_unref (event);
    }
    fail_unless (eos_seen);
    fail_unless_equals_int (tags_seen, round == 0);
    fail_unless (gst_structure_has_field (s, GST_TAG_TRACK_GAIN) == (round == 0));
    gst_structure_free (s);
    rig_free (rig);
  }
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_target)
{
  const gsize n = 5 * SECOND;
  gdouble *x = g_new (gdouble, 2 * n);
  for (gsize i = 0; i < n; i++) /* -23 dBFS at 1 kHz in both channels is -22.99 LUFS */
    x[2 * i] = x[2 * i + 1] = pow (10.0, -23.0 / 20.0) * sin (2.0 * G_PI * i / 48.0);
  static const struct { const gchar *launch, *target, *verdict; gdouble gain; } rows[] = {
    { "r128meter target=ebu-r128", "ebu-r128", "pass", 0.0 },
    { "r128meter target=spotify", "spotify", "pass", 8.9933 },
    { "r128meter target=spotify-loud", "spotify-loud", "pass", 11.9933 },
    { "r128meter target=podcast-stereo", "podcast-stereo", "integrated loudness -6.99 LU", 0.0 },
    { "r128meter target=youtube", "youtube", "matches (community)", 0.0 },
    { "r128meter target=ebu-r128 true-peak=false", "ebu-r128", "1 not measured", 0.0 },
  };
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    Rig *rig = rig_new (rows[r].launch, "F32LE", FALSE, SECOND, 2);
    rig_push (rig, x, n);
    rig_eos (rig);
    GstStructure *s = final_message (rig);
    fail_unless_equals_string (gst_structure_get_string (s, "target"), rows[r].target);
    fail_unless_equals_string (gst_structure_get_string (s, "verdict"), rows[r].verdict);
    fail_unless (fabs (number (s, "platform-gain") - rows[r].gain) < 0.002);
    fail_unless (gst_structure_has_field (s, "platform-limiting") == (r == 2));
    gst_structure_free (s);
    rig_free (rig);
  }
  g_free (x);
  expect_error ("r128meter target=sopotify", 2, "there is no target \"sopotify\"");
}
GST_END_TEST;

/* The next alarm of the bus as "name state channel begin-end ms"; g_free. */
static gchar *
next_alarm (Rig *rig)
{
  GstStructure *s = rig_message (rig, "r128meter-alarm");
  if (!s)
    return g_strdup ("none");
  gint channel = -1;
  guint64 end = 0;
  gst_structure_get_int (s, "channel", &channel);
  gst_structure_get_uint64 (s, "endtime", &end);
  gchar *text = g_strdup_printf ("%s %s %d %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, gst_structure_get_string (s, "alarm"),
      gst_structure_get_string (s, "state"), channel, when (s, "timestamp") / GST_MSECOND, end / GST_MSECOND);
  fail_unless (when (s, "running-time") == when (s, "timestamp") && when (s, "stream-time") == when (s, "timestamp"));
  gst_structure_free (s);
  return text;
}

GST_START_TEST (test_alarms)
{
  static const struct { const gchar *alarms, *want[3]; } rows[] = {     /* a star: whatever follows */
    { "silence -60 1", { "silence begin -1 4000-0", "silence end -1 4000-6000", "none" } },
    { " silence  -60 2.5 ; ", { "none" } },
    { "channel -60 1", { "channel begin 1 7000-0", "channel end 1 7000-9000", "none" } },
    { "clipped 4", { "clipped begin 0 2000-0", "clipped begin 1 2000-0", "clipped end 0 2000-2010" } },
    { "dual-mono 3; clipped 100", { "dual-mono begin -1 0-0", "dual-mono end -1 0-7000", "none" } },
    { "loudness -100 -12 0.5; silence -60 5", { "loudness begin*", "loudness end -1 9*-10000", "none" } },      /* still on at EOS */
    { "true-peak -0.5", { "true-peak begin -1 2000-0", "true-peak end -1 2000-2*", "none" } },
    { "phase -0.5 0.5", { "phase begin -1 9*", "phase end -1 9*-10000", "none" } },
  };
  gdouble *x = g_new0 (gdouble, 2 * 10 * SECOND);
  for (gsize i = 0; i < 10 * SECOND; i++) {
    const gdouble t = (gdouble) i / SECOND, y = t >= 4.0 && t < 6.0 ? 0.0 : 0.1 * sin (0.13 * i);
    x[2 * i] = t >= 9.0 ? 8.0 * y : y;
    x[2 * i + 1] = t >= 9.0 ? -8.0 * y : t >= 7.0 ? 0.0 : y;
    if (i >= 2 * SECOND && i < 2 * SECOND + 5)
      x[2 * i] = x[2 * i + 1] = 1.0;
  }
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++)
    for (guint c = 0; c < 2; c++) {
      gchar *launch = g_strdup_printf ("r128meter interval=1000000000 alarms=\"%s\"", rows[r].alarms);
      Rig *rig = rig_new (launch, "F32LE", FALSE, SECOND, 2);
      rig_push_cut (rig, x, 10 * SECOND, c ? 480 : 0, 3);
      rig_eos (rig);
      for (guint i = 0; i < 3 && rows[r].want[i]; i++) {
        gchar *got = next_alarm (rig);
        fail_unless (g_pattern_match_simple (rows[r].want[i], got), "%s: %s instead of %s", rows[r].alarms, got, rows[r].want[i]);
        g_free (got);
      }
      rig_free (rig);
      g_free (launch);
    }
  g_free (x);
  expect_error ("r128meter alarms=\"silense -60 1\"", 2, "\"silense\" is not known");
  expect_error ("r128meter alarms=\"silence -60\"", 2, "write silence DBFS SECONDS");
  expect_error ("r128meter alarms=\"silence -60 1 2\"", 2, "\"2\" is one too many");
  expect_error ("r128meter alarms=\"phase -3 1\"", 2, "out of range");
  expect_error ("r128meter engine=libebur128 alarms=\"silence -60 1\"", 2, "Use engine=native");
}
GST_END_TEST;

static Suite *
r128meter_suite (void)
{
  Suite *suite = suite_create ("r128meter");
  TCase *tc = tcase_create ("general");
  tcase_set_timeout (tc, 120);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_readings);
  tcase_add_test (tc, test_libebur128);
  tcase_add_test (tc, test_intervals);
  tcase_add_test (tc, test_zero_copy);
  tcase_add_test (tc, test_switches);
  tcase_add_test (tc, test_dialogue);
  tcase_add_test (tc, test_reset_and_pause);
  tcase_add_test (tc, test_streams);
  tcase_add_test (tc, test_nonsense);
  tcase_add_test (tc, test_channel_weights);
  tcase_add_test (tc, test_errors);
  tcase_add_test (tc, test_threads);
  tcase_add_test (tc, test_tags);
  tcase_add_test (tc, test_target);
  tcase_add_test (tc, test_alarms);
  tcase_add_test (tc, test_true_peak);
  tcase_add_test (tc, test_engine_while_playing);
  return suite;
}

GST_CHECK_MAIN (r128meter)
