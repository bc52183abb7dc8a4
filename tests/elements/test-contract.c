/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every element promises, held against all of them: nothing lost, added or moved, the cut invisible whatever is set or
 * automated meanwhile, NaN stopped, silence silent, flags and texts of every property. Rows are elements at work. */
#include <gst/controller/controller.h>
#include <math.h>

#include "rig.h"

static const struct
{
  const gchar *name, *launch;
  gboolean is_stereo_only, is_analyser, makes_noise;
} rows[] = {
  {"masteringeq", "masteringeq name=e num-bands=4 bands=\"high-pass 30 slope=24; bell 400 -3 q=1.2; low-shelf 120 2; high-shelf 8000 3\"",
        FALSE, FALSE, FALSE},
  {"masteringeq", "masteringeq name=e phase=linear bands=\"high-pass 80 slope=24; bell 400 -3 q=1.2; notch 50 q=10; bell 3000 range=-6 "
        "threshold=-30; high-shelf 8000 3\"", FALSE, FALSE, FALSE},
  {"multibandcomp", "multibandcomp name=e band0::threshold=-30 band0::ratio=3 band1::threshold=-35 band1::ratio=2 "
        "band2::threshold=-40 band2::ratio=8 band3::threshold=-30 band3::ratio=2", FALSE, FALSE, FALSE},
  {"truepeaklimiter", "truepeaklimiter name=e input-gain=12", FALSE, FALSE, FALSE},
  {"msmatrix", "msmatrix name=e width=1.3 mono-below=120 balance=0.2", TRUE, FALSE, FALSE},
  {"r128meter", "r128meter name=e", FALSE, TRUE, FALSE},
  {"r128meter", "r128meter name=e dialogue=true", FALSE, TRUE, FALSE},
  {"tpdfdither", "tpdfdither name=e seed=7 bits=16 ! capsfilter caps=\"audio/x-raw,format={F32LE,F64LE}\"", FALSE, FALSE, TRUE},
};

/* Tests run once a row. */
#define ELEMENT_TEST(name) \
  static void name##_on (guint r); \
  GST_START_TEST (name) { name##_on (__i__); } GST_END_TEST; \
  static void name##_on (guint r)

static void
expect_same (const Rig *a, const Rig *b, const gchar *what)
{
  fail_unless (a->out->len == b->out->len, "%s: %u samples instead of %u", what, b->out->len, a->out->len);
  for (guint i = 0; i < a->out->len; i++)
    rig_assert (memcmp (&g_array_index (a->out, gdouble, i), &g_array_index (b->out, gdouble, i), sizeof (gdouble)) == 0,
        "%s: sample %u is %.17g instead of %.17g", what, i, g_array_index (b->out, gdouble, i), g_array_index (a->out, gdouble, i));
}

/* --- cuts in every format ---------------------------------------------------------------------------------- */

static Rig *
whole_run (guint r, const gchar *format, gboolean planar, gint rate, gint channels, const gdouble *x, gsize n, gsize cut)
{
  Rig *rig = rig_new (rows[r].launch, format, planar, rate, channels);
  rig_push_cut (rig, x, n, cut, 9);
  fail_unless (rig->most_held <= gst_util_uint64_scale_int (gst_harness_query_latency (rig->h), rate, GST_SECOND) + 1,
      "%s holds %d frames", rows[r].name, (int) rig->most_held);
  rig_eos (rig);
  fail_unless_equals_uint64 (rig_frames (rig), n);
  fail_unless (rig->is_contiguous, "%s: times do not follow", rows[r].name);
  fail_unless_equals_int (rig->n_discont, 0);
  for (guint i = 0; i < rig->out->len; i++)
    rig_assert (isfinite (g_array_index (rig->out, gdouble, i)));
  return rig;
}

ELEMENT_TEST (test_cuts)
{
  static const struct
  {
    gint rate, channels;
  } streams[] = { {48000, 2}, {44100, 2}, {96000, 2}, {192000, 2}, {8000, 2}, {384000, 2}, {48000, 1}, {44100, 6}, {48000, 64} };
  for (guint s = 0; s < G_N_ELEMENTS (streams); s++)
    for (guint f = 0; f < 4; f++) {
      static const gsize cuts[] = { 1, 7, 64, 1920, 0 };
      const gint rate = streams[s].rate, channels = streams[s].channels;
      if ((rows[r].is_stereo_only && channels != 2) || (s > 0 && f > 0 && f != 3))
        continue;
      const gsize n = channels > 6 ? 3000 : 6000;
      const gchar *format = f & 1 ? "F64LE" : "F32LE";
      gdouble *x = rig_noise (n, channels, 0.9, s);
      Rig *whole = whole_run (r, format, f >> 1, rate, channels, x, n, n);
      for (guint c = s == 0 ? 0 : channels > 6 ? 3 : 1; c < G_N_ELEMENTS (cuts); c++) {
        Rig *rig = whole_run (r, format, f >> 1, rate, channels, x, n, cuts[c]);
        expect_same (whole, rig, rows[r].name);
        rig_free (rig);
      }
      rig_free (whole);
      g_free (x);
    }
}

ELEMENT_TEST (test_second_long_buffers)
{
  gdouble *x = rig_noise (96000, 2, 0.9, 1);
  Rig *long_ones = whole_run (r, "F32LE", FALSE, 48000, 2, x, 96000, 48000);
  Rig *short_ones = whole_run (r, "F32LE", FALSE, 48000, 2, x, 96000, 1000);
  expect_same (long_ones, short_ones, rows[r].name);
  rig_free (long_ones);
  rig_free (short_ones);
  g_free (x);
}

/* --- every property, set and automated --------------------------------------------------------------------- */

/* Changes at frames and of values that depend on @seed alone. */
static Rig *
changing_run (guint r, gint channels, guint32 seed, const gdouble *x, gsize n, gsize cut)
{
  Rig *rig = rig_new (rows[r].launch, seed & 1 ? "F64LE" : "F32LE", FALSE, 48000, channels);
  GRand *rand = g_rand_new_with_seed (seed);
  for (gsize done = 0; done < n;) {
    const gsize step = g_rand_int_range (rand, 1, 4000), k = MIN (n - done, step);
    rig_push_cut (rig, x + done * channels, k, cut, seed);
    done += k;
    rig_set_random (rig->element, rand, channels == 2);
  }
  g_rand_free (rand);
  rig_eos (rig);
  fail_unless_equals_uint64 (rig_frames (rig), n);
  fail_unless (rig->is_contiguous);
  for (guint i = 0; i < rig->out->len; i++)
    rig_assert (isfinite (g_array_index (rig->out, gdouble, i)), "%s seed %u: not finite", rows[r].name, seed);
  return rig;
}

ELEMENT_TEST (test_changes_at_any_cut)
{
  const gsize n = 60000;
  const guint32 n_seeds = g_getenv ("MASTERING_SLOW") ? 60 : 6;
  for (guint32 seed = 1; seed <= n_seeds; seed++) {
    const gint channels = rows[r].is_stereo_only || seed % 3 ? 2 : 3;
    gdouble *x = rig_noise (n, channels, 0.7, seed);
    Rig *whole = changing_run (r, channels, seed, x, n, n);
    Rig *small = changing_run (r, channels, seed, x, n, 41);
    Rig *any = changing_run (r, channels, seed, x, n, 0);
    gchar *what = g_strdup_printf ("%s, seed %u", rows[r].name, seed);
    expect_same (whole, small, what);
    expect_same (whole, any, what);
    g_free (what);
    rig_free (whole);
    rig_free (small);
    rig_free (any);
    g_free (x);
  }
}

static Rig *
automated_run (guint r, guint which, const gdouble *x, gsize n, gsize cut, gboolean *more)
{
  Rig *rig = rig_new (rows[r].launch, "F64LE", FALSE, 48000, 2);
  GPtrArray *objects = rig_objects (rig->element);
  guint seen = 0;
  *more = FALSE;
  for (guint o = 0; o < objects->len && o < 2 && !*more; o++) {
    guint n_specs;
    GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (g_ptr_array_index (objects, o)), &n_specs);
    for (guint i = 0; i < n_specs && !*more; i++) {
      if (!(specs[i]->flags & GST_PARAM_CONTROLLABLE) || !G_IS_PARAM_SPEC_DOUBLE (specs[i]) || seen++ != which)
        continue;
      GstObject *object = g_ptr_array_index (objects, o);
      GstControlSource *source = gst_interpolation_control_source_new ();
      g_object_set (source, "mode", GST_INTERPOLATION_MODE_LINEAR, NULL);
      /* the middle half of the range, up and down */
      gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), 0, 0.4);
      gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), 200 * GST_MSECOND, 0.6);
      gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), 400 * GST_MSECOND, 0.4);
      gst_object_add_control_binding (object, gst_direct_control_binding_new (object, specs[i]->name, source));
      gst_object_unref (source);
      *more = TRUE;
    }
    g_free (specs);
  }
  g_ptr_array_unref (objects);
  if (*more) {
    rig_push_cut (rig, x, n, cut, 3);
    rig_eos (rig);
    fail_unless_equals_uint64 (rig_frames (rig), n);
    for (guint i = 0; i < rig->out->len; i++)
      rig_assert (isfinite (g_array_index (rig->out, gdouble, i)), "%s, automated property %u: sample %u is not finite",
          rows[r].name, which, i);
  }
  return rig;
}

ELEMENT_TEST (test_automation_at_any_cut)
{
  const gsize n = 12000;
  gdouble *x = rig_noise (n, 2, 0.7, 2);
  gboolean more = TRUE;
  for (guint which = 0; more; which++) {
    Rig *whole = automated_run (r, which, x, n, n, &more);
    if (more) {
      Rig *any = automated_run (r, which, x, n, 0, &more);
      gchar *what = g_strdup_printf ("%s, automated property %u", rows[r].name, which);
      expect_same (whole, any, what);
      g_free (what);
      rig_free (any);
    }
    rig_free (whole);
  }
  g_free (x);
}

ELEMENT_TEST (test_properties)
{
  GstElement *element = gst_parse_launch (rows[r].launch, NULL);
  GstElement *e = GST_IS_BIN (element) ? gst_bin_get_by_name (GST_BIN (element), "e") : gst_object_ref (element);
  GPtrArray *objects = rig_objects (e);
  for (guint o = 0; o < objects->len && o < 2; o++) {
    guint n_specs;
    GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (g_ptr_array_index (objects, o)), &n_specs);
    for (guint i = 0; i < n_specs; i++) {
      const GParamSpec *spec = specs[i];
      const gchar *blurb = g_param_spec_get_blurb ((GParamSpec *) spec);
      if (spec->owner_type == GST_TYPE_OBJECT || g_strcmp0 (spec->name, "qos") == 0)
        continue;
      rig_assert (blurb && strlen (blurb) >= 10, "%s %s explains nothing", rows[r].name, spec->name);
      for (const gchar *p = blurb; *p; p++)
        rig_assert (g_ascii_isprint (*p), "%s %s: blurb is not ASCII", rows[r].name, spec->name);
      if (!(spec->flags & G_PARAM_WRITABLE))
        fail_if (spec->flags & GST_PARAM_CONTROLLABLE);
      else
        rig_assert ((spec->flags & GST_PARAM_MUTABLE_PLAYING) == GST_PARAM_MUTABLE_PLAYING, "%s %s cannot be set while playing",
            rows[r].name, spec->name);
    }
    g_free (specs);
  }
  fail_unless (GST_IS_PRESET (e), "%s has no presets", rows[r].name);
  g_ptr_array_unref (objects);
  gst_object_unref (e);
  gst_object_unref (element);
}

typedef struct
{
  Rig *rig;
  gint stop;                    /* atomic */
} Stress;

static gpointer
turn_knobs (gpointer data)
{
  Stress *stress = data;
  GRand *rand = g_rand_new_with_seed (1);
  while (!g_atomic_int_get (&stress->stop)) {
    GValue value = G_VALUE_INIT;
    guint n_specs;
    rig_set_random (stress->rig->element, rand, TRUE);
    /* and read everything back meanwhile, meters too */
    GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (stress->rig->element), &n_specs);
    g_object_get_property (G_OBJECT (stress->rig->element), specs[g_rand_int_range (rand, 0, (gint) n_specs)]->name, &value);
    g_value_unset (&value);
    g_free (specs);
    gst_harness_query_latency (stress->rig->h);
  }
  g_rand_free (rand);
  return NULL;
}

ELEMENT_TEST (test_knobs_from_another_thread)
{
  gdouble *x = rig_noise (2000, 2, 0.9, 1);
  Stress stress = { rig_new (rows[r].launch, "F32LE", FALSE, 48000, 2), FALSE };
  GThread *thread = g_thread_new ("knobs", turn_knobs, &stress);
  const gint64 until = g_get_monotonic_time () + G_USEC_PER_SEC / 2;
  gsize pushed = 0;
  do {
    rig_push (stress.rig, x, 2000);
    pushed += 2000;
  } while (g_get_monotonic_time () < until);
  g_atomic_int_set (&stress.stop, TRUE);
  g_thread_join (thread);
  rig_eos (stress.rig);
  fail_unless_equals_uint64 (rig_frames (stress.rig), pushed);
  rig_free (stress.rig);
  g_free (x);
}

/* --- things that happen ------------------------------------------------------------------------------------ */

ELEMENT_TEST (test_short_streams)
{
  static const gsize lengths[] = { 0, 1, 2, 63, 500 };
  gdouble *x = rig_noise (500, 2, 0.9, 4);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    Rig *rig = rig_new (rows[r].launch, "F32LE", FALSE, 48000, 2);
    if (lengths[i] > 0)
      rig_push (rig, x, lengths[i]);
    rig_eos (rig);
    fail_unless_equals_uint64 (rig_frames (rig), lengths[i]);
    rig_free (rig);
  }
  g_free (x);
  GstHarness *h = gst_harness_new_parse (rows[r].launch);
  gst_harness_push_event (h, gst_event_new_stream_start ("s"));
  gst_harness_push_event (h, gst_event_new_eos ());
  gst_harness_teardown (h);
}

ELEMENT_TEST (test_flush_and_gap_start_afresh)
{
  /* after a flush, and after a real gap, the same as a new element, to the bit; nothing old comes out after a flush */
  gdouble *x = rig_noise (9000, 2, 0.9, 5);
  Rig *fresh = whole_run (r, "F64LE", FALSE, 48000, 2, x + 6000, 6000, 6000);
  for (guint gap = 0; gap < 2; gap++) {
    Rig *rig = rig_new (rows[r].launch, "F64LE", FALSE, 48000, 2);
    rig_push_cut (rig, x, 3000, 700, 0);
    gsize begin = rig_frames (rig);
    if (gap) {
      begin = 3000;
      rig_push_full (rig, x + 6000, 100, 77 * GST_SECOND, 0);
    } else {
      GstSegment segment;
      gst_harness_push_event (rig->h, gst_event_new_flush_start ());
      gst_harness_push_event (rig->h, gst_event_new_flush_stop (TRUE));
      gst_segment_init (&segment, GST_FORMAT_TIME);
      segment.start = segment.time = 77 * GST_SECOND;
      gst_harness_push_event (rig->h, gst_event_new_segment (&segment));
      rig->pushed = 0;
      rig_push_full (rig, x + 6000, 100, 77 * GST_SECOND, 0);
    }
    rig_push_cut (rig, x + 6200, 5900, 900, 0);
    rig_eos (rig);
    fail_unless_equals_uint64 (rig_frames (rig), begin + 6000);
    for (gsize i = 0; i < 12000; i++)
      rig_assert (g_array_index (rig->out, gdouble, 2 * begin + i) == g_array_index (fresh->out, gdouble, i),
          "%s differs at sample %d after a %s", rows[r].name, (int) i, gap ? "gap" : "flush");
    rig_free (rig);
  }
  rig_free (fresh);
  g_free (x);
}

ELEMENT_TEST (test_gap_event_is_silence)
{
  gdouble *x = rig_noise (48000, 2, 0.9, 6);
  memset (x + 2 * 10000, 0, 2 * 30000 * sizeof (gdouble));
  Rig *zeros = whole_run (r, "F64LE", FALSE, 48000, 2, x, 48000, 1920);
  Rig *rig = rig_new (rows[r].launch, "F64LE", FALSE, 48000, 2);
  rig_push_cut (rig, x, 10000, 1920, 0);
  const GstClockTime begin = gst_util_uint64_scale_int (10000, GST_SECOND, 48000), end = gst_util_uint64_scale_int (40000, GST_SECOND, 48000);
  fail_unless (gst_harness_push_event (rig->h, gst_event_new_gap (begin, end - begin)));
  rig->pushed = 40000;
  rig_push_cut (rig, x + 2 * 40000, 8000, 1920, 0);
  rig_eos (rig);
  expect_same (zeros, rig, rows[r].name);
  rig_free (rig);
  rig_free (zeros);
  g_free (x);
}

ELEMENT_TEST (test_silence_returns)
{
  if (rows[r].makes_noise)
    return;
  gdouble *x = rig_noise (48000, 2, 0.9, 7);
  Rig *rig = rig_new (rows[r].launch, "F64LE", FALSE, 48000, 2);
  gdouble last = 0.0;
  rig_push (rig, x, 48000);
  for (guint i = 0; i < 20; i++)
    rig_push (rig, NULL, 48000);
  rig_eos (rig);
  for (gsize i = 20 * 48000; i < 21 * 48000; i++)
    last = MAX (last, fabs (rig_sample (rig, i, 0)) + fabs (rig_sample (rig, i, 1)));
  rig_assert (last == 0.0, "%s still gives %g after 19 s of silence", rows[r].name, last);
  rig_free (rig);
  g_free (x);
}

ELEMENT_TEST (test_invalid_samples)
{
  gdouble *x = rig_noise (4000, 2, 0.5, 8);
  x[1000] = NAN;
  x[1001] = INFINITY;
  x[3000] = -INFINITY;
  Rig *rig = rig_new (rows[r].launch, "F32LE", FALSE, 48000, 2);
  rig_push_cut (rig, x, 4000, 333, 0);
  if (!rows[r].is_analyser) {
    guint64 invalid;
    g_object_get (rig->element, "invalid-samples", &invalid, NULL);
    fail_unless_equals_uint64 (invalid, 3);
  }
  rig_eos (rig);
  fail_unless_equals_uint64 (rig_frames (rig), 4000);
  for (gsize i = 0; i < 8000; i++) {
    const gdouble y = g_array_index (rig->out, gdouble, i);
    rig_assert (rows[r].is_analyser ? memcmp (&y, &x[i], 8) == 0 || isnan (x[i]) : isfinite (y));
  }
  rig_free (rig);
  g_free (x);
}

ELEMENT_TEST (test_shared_buffer)
{
  gfloat x[960];
  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    x[i] = 0.9f * (gfloat) sin (0.3 * i);
  Rig *rig = rig_new (rows[r].launch, "F32LE", FALSE, 48000, 2);
  GstBuffer *buffer = gst_buffer_new_wrapped_full (GST_MEMORY_FLAG_READONLY, x, sizeof x, 0, sizeof x, NULL, NULL);
  GstBuffer *copy = gst_buffer_new_memdup (x, sizeof x);
  GST_BUFFER_PTS (buffer) = 0;
  fail_unless_equals_int (gst_harness_push (rig->h, gst_buffer_ref (buffer)), GST_FLOW_OK);
  if (rows[r].is_analyser) {
    GstBuffer *out = gst_harness_pull (rig->h);
    fail_unless (out == buffer, "an analyser passes the buffer itself");
    gst_buffer_unref (out);
  }
  rig_eos (rig);
  fail_unless_equals_int (gst_buffer_memcmp (copy, 0, x, sizeof x), 0);
  rig_free (rig);
  gst_buffer_unref (buffer);
  gst_buffer_unref (copy);
}

ELEMENT_TEST (test_bypass)
{
  /* after the fade the input itself, as late as the effect */
  gdouble *x = rig_noise (20000, 2, 0.9, 9);
  Rig *rig = rig_new (rows[r].launch, "F64LE", FALSE, 48000, 2);
  if (!rows[r].is_analyser && !rows[r].makes_noise) {
    rig_push_cut (rig, x, 10000, 800, 0);
    rig_set (rig, "bypass", "true");
    rig_push_cut (rig, x + 20000, 10000, 800, 0);
    rig_eos (rig);
    for (gsize i = 10480; i < 20000; i++)
      rig_assert (rig_sample (rig, i, 0) == x[2 * i], "%s: frame %d is not the input", rows[r].name, (int) i);
  }
  rig_free (rig);
  g_free (x);
}

ELEMENT_TEST (test_reuse_and_two_in_series)
{
  gchar *launch = g_strdup_printf ("audiotestsrc num-buffers=12 wave=pink-noise ! audio/x-raw,format=F32LE,channels=2,rate=48000 ! "
      "%s ! %s name=f ! fakesink sync=false", rows[r].launch, rows[r].name);
  GstElement *pipeline = gst_parse_launch (launch, NULL);
  fail_unless (pipeline != NULL);
  for (guint i = 0; i < 3; i++) {
    GstBus *bus = gst_element_get_bus (pipeline);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    GstMessage *message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    rig_assert (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS, "%s, run %u", rows[r].name, i);
    gst_message_unref (message);
    gst_object_unref (bus);
    gst_element_set_state (pipeline, GST_STATE_NULL);
  }
  gst_check_objects_destroyed_on_unref (pipeline, NULL, NULL);
  g_free (launch);
}

ELEMENT_TEST (test_stereo_error)
{
  if (!rows[r].is_stereo_only)
    return;
  GstHarness *h = gst_harness_new_parse (rows[r].launch);
  GstBus *bus = gst_bus_new ();
  gst_element_set_bus (h->element, bus);
  gst_harness_set_src_caps_str (h, "audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=6,channel-mask=(bitmask)0x3f");
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  GError *error = NULL;
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, rows[r].name) && strstr (error->message, "audioconvert"), "%s", error->message);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_bus (h->element, NULL);
  gst_object_unref (bus);
  gst_harness_teardown (h);
}

static Suite *
contract_suite (void)
{
  Suite *suite = suite_create ("contract");
  static const struct
  {
    const gchar *name;
    void (*test) (int);
  } tests[] = {
    {"cuts", test_cuts}, {"second-long buffers", test_second_long_buffers}, {"changes", test_changes_at_any_cut},
    {"automation", test_automation_at_any_cut}, {"properties", test_properties}, {"knobs", test_knobs_from_another_thread},
    {"short streams", test_short_streams},
    {"fresh starts", test_flush_and_gap_start_afresh}, {"gap events", test_gap_event_is_silence}, {"silence", test_silence_returns},
    {"invalid", test_invalid_samples}, {"shared buffer", test_shared_buffer}, {"bypass", test_bypass},
    {"reuse", test_reuse_and_two_in_series}, {"stereo", test_stereo_error},
  };
  for (guint t = 0; t < G_N_ELEMENTS (tests); t++) {
    TCase *tcase = tcase_create (tests[t].name);
    tcase_set_timeout (tcase, 300);
    suite_add_tcase (suite, tcase);
    tcase_add_loop_test (tcase, tests[t].test, 0, G_N_ELEMENTS (rows));
  }
  return suite;
}

GST_CHECK_MAIN (contract);
