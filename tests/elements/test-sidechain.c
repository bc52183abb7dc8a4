/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sidechain pad, through multibandcomp: aligned by running time whatever the cuts, silent where there is no key and only there,
 * never stuck. Judge: the same compressor hears the key as its input, which shows its gain frame by frame. */
#include <gst/base/gstbasetransform.h>
#include <math.h>

#include "rig.h"

#define RATE 48000
#define SETTINGS "num-bands=1 band0::threshold=-30 band0::ratio=4 band0::attack=2 band0::release=20 band0::knee=0"
#define KEYED "multibandcomp " SETTINGS " band0::key=sidechain"

typedef struct
{
  GstHarness *h;
  const gdouble *x;             /* mono; NULL: nothing is pushed */
  gsize n;
  guint32 seed;                 /* of the cuts; 0: one buffer */
  GstClockTime pts;             /* of the first frame */
  gint rate, channels;
  const gchar *format;
  gboolean ends;                /* with EOS */
  GstFlowReturn flow;
} Key;

static GstBuffer *
key_buffer (const Key *key, gsize at, gsize n)
{
  const gboolean is_float = g_str_equal (key->format, "F32LE");
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, n * key->channels * (is_float ? 4 : 8), NULL);
  GstMapInfo map;
  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (gsize i = 0; i < n * key->channels; i++) {
    /* silent in all channels but the last */
    const gdouble v = (gint) (i % key->channels) == key->channels - 1 ? key->x[at + i / key->channels] : 0.0;
    if (is_float)
      ((gfloat *) map.data)[i] = (gfloat) v;
    else
      ((gdouble *) map.data)[i] = v;
  }
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_PTS (buffer) = key->pts + gst_util_uint64_scale_int (at, GST_SECOND, key->rate);
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale_int (n, GST_SECOND, key->rate);
  return buffer;
}

static gpointer
push_key (gpointer user)
{
  Key *key = user;
  GRand *rand = g_rand_new_with_seed (key->seed);
  for (gsize done = 0; done < key->n && key->flow == GST_FLOW_OK;) {
    const gsize wanted = key->seed ? (gsize) g_rand_int_range (rand, 1, 4000) : key->n, n = MIN (key->n - done, wanted);
    key->flow = gst_harness_push (key->h, key_buffer (key, done, n));
    done += n;
  }
  if (key->ends)
    gst_harness_push_event (key->h, gst_event_new_eos ());
  g_rand_free (rand);
  return NULL;
}

/* A harness says that it is live: these are files */
static GstPadProbeReturn
not_live (GstPad *pad, GstPadProbeInfo *info, gpointer user)
{
  if (GST_QUERY_TYPE (GST_PAD_PROBE_INFO_QUERY (info)) != GST_QUERY_LATENCY)
    return GST_PAD_PROBE_OK;
  gst_query_set_latency (GST_PAD_PROBE_INFO_QUERY (info), FALSE, 0, GST_CLOCK_TIME_NONE);
  return GST_PAD_PROBE_HANDLED;
}

static Key
key_new_live (Rig *rig, const gdouble *x, gsize n)
{
  Key key = { .x = x, .n = n, .rate = RATE, .channels = 1, .format = "F64LE", .ends = TRUE, .flow = GST_FLOW_OK };
  key.h = gst_harness_new_with_element (rig->element, "sidechain", NULL);
  return key;
}

static Key
key_new (Rig *rig, const gdouble *x, gsize n)
{
  const Key key = key_new_live (rig, x, n);
  gst_pad_add_probe (rig->h->srcpad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM, not_live, NULL, NULL);
  gst_pad_add_probe (key.h->srcpad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM, not_live, NULL, NULL);
  return key;
}

static void
key_caps (Key *key)
{
  gchar *caps = g_strdup_printf ("audio/x-raw,format=%s,layout=interleaved,rate=%d,channels=%d%s", key->format, key->rate, key->channels,
      key->channels > 2 ? ",channel-mask=(bitmask)0" : "");
  gst_harness_set_src_caps_str (key->h, caps);
  g_free (caps);
}

/* Gain of each frame of a compressor that hears @k, which is nowhere 0 */
static gdouble *
gain_of (const gdouble *k, gsize n)
{
  Rig *rig = rig_new ("multibandcomp " SETTINGS, "F64LE", FALSE, RATE, 1);
  gdouble *g = g_new (gdouble, n);
  rig_push (rig, k, n);
  for (gsize i = 0; i < n; i++)
    g[i] = rig_sample (rig, i, 0) / k[i];
  rig_free (rig);
  return g;
}

/* Loud and soft passages, nowhere 0 */
static gdouble *
key_signal (gsize n, guint32 seed)
{
  gdouble *k = rig_noise (n, 1, 0.4, seed);
  for (gsize i = 0; i < n; i++)
    k[i] = (k[i] >= 0.0 ? k[i] + 0.1 : k[i] - 0.1) * (i / 5000 % 3 == 1 ? 0.01 : 1.0);
  return k;
}

static void
expect_ducked (Rig *rig, const gdouble *x, const gdouble *g, gsize n, gdouble limit)
{
  for (gsize i = 0; i < n; i++) {
    const gdouble y = rig_sample (rig, i, 0), wanted = x[i] * g[i];
    rig_assert (fabs (y - wanted) <= limit * fabs (x[i]), "frame %d: gain %.9g instead of %.9g", (int) i, y / x[i], g[i]);
  }
}

/* --- alignment ----------------------------------------------------------------------------------------------- */

GST_START_TEST (test_alignment)
{
  /* in frames, late and early, beyond what is kept ahead, and between frames (the nearest one is meant) */
  static const gdouble offsets[] = { 0, 1, -1, 479.8, -300.4, 30000, -20000, 60000 };
  const gsize n = 100000;
  gdouble *x = rig_noise (n, 1, 0.5, 1), *k = key_signal (n, 2);
  gdouble *heard = g_new (gdouble, n);
  for (guint r = 0; r < G_N_ELEMENTS (offsets); r++) {
    /* what the input hears of it, frame by frame; before and after it: next to nothing, which has no gain either */
    const gint64 shift = llround (offsets[r]);
    for (gsize i = 0; i < n; i++)
      heard[i] = (gint64) i - shift >= 0 && (gint64) i - shift < (gint64) n ? k[(gint64) i - shift] : 1e-9;
    gdouble *g = gain_of (heard, n);
    for (guint pass = 0; pass < 3; pass++) {
      Rig *rig = rig_new (KEYED, pass == 1 ? "F32LE" : "F64LE", FALSE, RATE, 1);
      Key key = key_new (rig, k, n);
      rig->base_pts = 10 * GST_SECOND;
      key.pts = (GstClockTime) (10e9 + offsets[r] * 1e9 / RATE + 0.5);
      key.seed = pass ? 7 * pass + r : 0;
      key_caps (&key);
      GThread *thread = g_thread_new ("key", push_key, &key);
      rig_push_cut (rig, x, n, pass == 2 ? 256 : 0, r + 1);
      rig_eos (rig);
      g_thread_join (thread);
      fail_unless_equals_int (rig_frames (rig), n);
      expect_ducked (rig, x, g, n, pass == 1 ? 1e-7 : 1e-6);
      gst_harness_teardown (key.h);
      rig_free (rig);
    }
    g_free (g);
  }
  g_free (heard);
  g_free (x);
  g_free (k);
}
GST_END_TEST;

GST_START_TEST (test_cuts)
{
  /* to the bit the same, however either is cut; with look-ahead, bands and mid-side, which turns the key too */
  const gsize n = 60000;
  gdouble *x = rig_noise (n, 2, 0.5, 3), *k = key_signal (n, 4);
  Rig *whole = NULL;
  for (guint seed = 0; seed < 6; seed++) {
    Rig *rig = rig_new ("multibandcomp lookahead=3 mid-side=true num-bands=3 band0::threshold=-40 band0::ratio=4 band0::key=sidechain "
        "band1::threshold=-30 band1::ratio=3 band2::threshold=-50 band2::ratio=inf band2::key=sidechain band2::detector=rms", "F64LE", FALSE,
        RATE, 2);
    Key key = key_new (rig, k, n - 9000);
    key.seed = seed;
    key.channels = 2;
    key.pts = 100 * GST_MSECOND;
    key_caps (&key);
    GThread *thread = g_thread_new ("key", push_key, &key);
    rig_push_cut (rig, x, n, seed ? 0 : n, seed);
    rig_eos (rig);
    g_thread_join (thread);
    gst_harness_teardown (key.h);
    if (!whole) {
      whole = rig;
      continue;
    }
    fail_unless_equals_int (rig->out->len, whole->out->len);
    for (guint i = 0; i < whole->out->len; i++)
      rig_assert (memcmp (&g_array_index (rig->out, gdouble, i), &g_array_index (whole->out, gdouble, i), sizeof (gdouble)) == 0,
          "cut by seed %u: frame %u", seed, i / 2);
    rig_free (rig);
  }
  rig_free (whole);
  g_free (x);
  g_free (k);
}
GST_END_TEST;

/* --- where there is no key ----------------------------------------------------------------------------------- */

GST_START_TEST (test_silences)
{
  /* a GAP event, a GAP buffer, a jump of its timestamps, EOS: the key is silent there, the rest stays where it is */
  static const struct { gsize first, n; } silent[] = { { 10000, 6000 }, { 30000, 5000 }, { 50000, 7000 }, { 80000, 40000 } };
  const gsize n = 120000;
  gdouble *x = rig_noise (n, 1, 0.5, 5), *k = key_signal (n, 6);
  for (guint r = 0; r < G_N_ELEMENTS (silent); r++)
    for (gsize i = silent[r].first; i < silent[r].first + silent[r].n; i++)
      k[i] = 0.0;
  Rig *plain = rig_new (KEYED, "F64LE", FALSE, RATE, 1), *rig = rig_new (KEYED, "F64LE", FALSE, RATE, 1);
  Key whole = key_new (plain, k, n), key = key_new (rig, k, n);
  key_caps (&whole);
  key_caps (&key);
  GThread *thread = g_thread_new ("key", push_key, &whole);
  rig_push (plain, x, n);
  g_thread_join (thread);

  gst_harness_push (key.h, key_buffer (&key, 0, 10000));
  gst_harness_push_event (key.h, gst_event_new_gap (gst_util_uint64_scale_int (10000, GST_SECOND, RATE),
          gst_util_uint64_scale_int (6000, GST_SECOND, RATE)));
  gst_harness_push (key.h, key_buffer (&key, 16000, 14000));
  rig_push_cut (rig, x, 28000, 0, 1);
  GstBuffer *gap = key_buffer (&key, 0, 5000);  /* what a GAP buffer holds is of no matter */
  GST_BUFFER_PTS (gap) = gst_util_uint64_scale_int (30000, GST_SECOND, RATE);
  GST_BUFFER_FLAG_SET (gap, GST_BUFFER_FLAG_GAP);
  gst_harness_push (key.h, gap);
  gst_harness_push (key.h, key_buffer (&key, 35000, 15000));
  rig_push_cut (rig, x + 28000, 20000, 0, 2);
  gst_harness_push (key.h, key_buffer (&key, 57000, 23000));
  gst_harness_push_event (key.h, gst_event_new_eos ());
  rig_push_cut (rig, x + 48000, n - 48000, 0, 3);
  fail_unless_equals_int (rig->out->len, plain->out->len);
  for (gsize i = 0; i < n; i++)
    rig_assert (rig_sample (rig, i, 0) == rig_sample (plain, i, 0), "frame %d: %.17g instead of %.17g", (int) i, rig_sample (rig, i, 0),
        rig_sample (plain, i, 0));
  /* and silence is no reduction */
  rig_assert (fabs (rig_sample (rig, n - 1, 0) - x[n - 1]) < 1e-9 * fabs (x[n - 1]));
  gst_harness_teardown (key.h);
  gst_harness_teardown (whole.h);
  rig_free (rig);
  rig_free (plain);
  g_free (x);
  g_free (k);
}
GST_END_TEST;

GST_START_TEST (test_before_its_segment)
{
  /* the key's segment begins a second later: no need to wait for it, and what its timestamps say before that is clipped */
  const gsize n = 2 * RATE;
  gdouble *x = rig_noise (n, 1, 0.5, 7), *k = key_signal (n, 8);
  Rig *rig = rig_new (KEYED, "F64LE", FALSE, RATE, 1);
  Key key = key_new (rig, k, n);
  GstSegment segment;
  key_caps (&key);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.time = GST_SECOND / 2;
  segment.base = GST_SECOND;
  gst_harness_push_event (key.h, gst_event_new_segment (&segment));
  rig_push (rig, x, RATE);
  for (gsize i = 0; i < RATE; i++)
    rig_assert (rig_sample (rig, i, 0) == x[i]);
  gst_harness_push (key.h, key_buffer (&key, 0, RATE));
  gst_harness_push_event (key.h, gst_event_new_eos ());
  rig_push (rig, x + RATE, RATE);
  gdouble *g = gain_of (k + RATE / 2, RATE / 2);
  for (gsize i = 0; i < RATE / 2; i++)
    rig_assert (fabs (rig_sample (rig, RATE + i, 0) - x[RATE + i] * g[i]) < 1e-6);
  g_free (g);
  gst_harness_teardown (key.h);
  rig_free (rig);
  g_free (x);
  g_free (k);
}
GST_END_TEST;

GST_START_TEST (test_unlinked)
{
  /* a pad that nothing is linked to, or none: silence, at once */
  gdouble *x = rig_noise (4800, 1, 0.5, 9);
  for (guint r = 0; r < 2; r++) {
    Rig *rig = rig_new (KEYED, "F64LE", FALSE, RATE, 1);
    GstPad *pad = r ? gst_element_request_pad_simple (rig->element, "sidechain") : NULL;
    rig_push_cut (rig, x, 4800, 0, 1);
    fail_unless (memcmp (rig->out->data, x, 4800 * sizeof (gdouble)) == 0);
    if (pad) {
      gst_element_release_request_pad (rig->element, pad);
      gst_object_unref (pad);
    }
    rig_free (rig);
  }
  g_free (x);
}
GST_END_TEST;

/* --- formats ------------------------------------------------------------------------------------------------- */

GST_START_TEST (test_formats)
{
  /* input channels, key channels and format: what is heard is the last channel of the key, by all of a linked band */
  static const struct { gint input, key; const gchar *format; } rows[] = { {1, 1, "F32LE"}, {2, 1, "F64LE"}, {2, 2, "F32LE"}, {6, 6, "F64LE"}, {6, 1, "F32LE"} };
  const gsize n = 20000;
  gdouble *k = key_signal (n, 11);
  for (gsize i = 0; i < n; i++)
    k[i] = (gfloat) k[i];
  gdouble *g = gain_of (k, n);
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    gdouble *x = rig_noise (n, rows[r].input, 0.5, r);
    Rig *rig = rig_new (KEYED, "F64LE", r % 2, RATE, rows[r].input);
    Key key = key_new (rig, k, n);
    key.channels = rows[r].key;
    key.format = rows[r].format;
    key_caps (&key);
    push_key (&key);
    rig_push_cut (rig, x, n, 0, r + 1);
    for (gsize i = 0; i < n; i++)
      for (gint c = 0; c < rows[r].input; c++)
        rig_assert (fabs (rig_sample (rig, i, c) - x[i * rows[r].input + c] * g[i]) < 1e-6, "row %u, frame %d, channel %d", r, (int) i, c);
    gst_harness_teardown (key.h);
    rig_free (rig);
    g_free (x);
  }
  g_free (g);
  g_free (k);
}
GST_END_TEST;

GST_START_TEST (test_refused)
{
  static const struct { gint rate, channels; const gchar *word, *remedy; } rows[] = {
    { 44100, 1, "44100 Hz", "audioresample ! audio/x-raw,rate=48000" }, { RATE, 3, "3 channels", "channels=1" } };
  gdouble *x = rig_noise (4800, 2, 0.5, 12);
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    Rig *rig = rig_new (KEYED, "F64LE", FALSE, RATE, 2);
    Key key = key_new (rig, x, 4000);
    key.rate = rows[r].rate;
    key.channels = rows[r].channels;
    key.n = 1500;
    key_caps (&key);
    push_key (&key);
    GstBus *bus = gst_bus_new ();       /* the second harness has taken the first one away */
    gst_element_set_bus (rig->element, bus);
    fail_unless_equals_int (rig_push_full (rig, x, 4800, GST_CLOCK_TIME_NONE, 0), GST_FLOW_ERROR);
    GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
    GError *error = NULL;
    gst_message_parse_error (message, &error, NULL);
    fail_unless (strstr (error->message, rows[r].word) && strstr (error->message, rows[r].remedy), "%s", error->message);
    g_error_free (error);
    gst_message_unref (message);
    gst_object_unref (bus);
    gst_harness_teardown (key.h);
    rig_free (rig);
  }
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_nan)
{
  gdouble *x = rig_noise (4800, 1, 0.5, 13);
  gdouble k[4800] = { [100] = NAN, [200] = INFINITY, [300] = 0.5 };
  Rig *rig = rig_new (KEYED, "F64LE", FALSE, RATE, 1);
  Key key = key_new (rig, k, 4800);
  guint64 invalid;
  key_caps (&key);
  push_key (&key);
  rig_push (rig, x, 4800);
  g_object_get (rig->element, "invalid-samples", &invalid, NULL);
  fail_unless_equals_uint64 (invalid, 2);
  for (gsize i = 0; i < 4800; i++)
    rig_assert (isfinite (rig_sample (rig, i, 0)) && (i >= 300 || rig_sample (rig, i, 0) == x[i]));
  fail_unless (fabs (rig_sample (rig, 400, 0)) < 0.9 * fabs (x[400]));
  gst_harness_teardown (key.h);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_caps_change)
{
  /* both streams go from 48 to 44.1 kHz at the same time, the key first */
  gdouble *x = rig_noise (60000, 1, 0.5, 14), *k = key_signal (60000, 15);
  gdouble *g = gain_of (k, 20000);
  Rig *rig = rig_new (KEYED, "F64LE", FALSE, RATE, 1);
  Key key = key_new (rig, k, 20000);
  key.ends = FALSE;
  key_caps (&key);
  push_key (&key);
  key.rate = 44100;
  key.pts = gst_util_uint64_scale_int (20000, GST_SECOND, RATE);
  key_caps (&key);
  key.n = 15000;
  key.x = k + 20000;
  key.ends = TRUE;
  push_key (&key);
  rig_push_cut (rig, x, 20000, 0, 1);
  expect_ducked (rig, x, g, 20000, 1e-6);
  rig_caps (rig, "F64LE", FALSE, 44100, 1);
  rig_push_cut (rig, x + 20000, 15000, 0, 2);
  fail_unless_equals_int (rig_frames (rig), 35000);
  gdouble low = 1.0;
  for (gsize i = 20200; i < 35000; i++)
    low = MIN (low, fabs (rig_sample (rig, i, 0) / x[i]));
  fail_unless (low < 0.2, "after the change the key is heard: least gain %g", low);
  gst_harness_teardown (key.h);
  rig_free (rig);
  g_free (g);
  g_free (x);
  g_free (k);
}
GST_END_TEST;

/* --- never stuck --------------------------------------------------------------------------------------------- */

typedef struct
{
  Rig *rig;
  const gdouble *x;
  gsize n;
  GstFlowReturn flow;
  gint is_done;                 /* atomic */
} Input;

static gpointer
push_input (gpointer user)
{
  Input *input = user;
  input->flow = rig_push_full (input->rig, input->x, input->n, GST_CLOCK_TIME_NONE, 0);
  g_atomic_int_set (&input->is_done, TRUE);
  return NULL;
}

enum { KEY_EOS, KEY_GAP, RELEASE, INPUT_FLUSH, KEY_FLUSH, STOP, UNLINK, N_ENDS };

GST_START_TEST (test_waits_and_wakes)
{
  gdouble *x = rig_noise (4800, 1, 0.5, 16), *k = key_signal (4800, 17);
  for (guint how = 0; how < N_ENDS; how++) {
    Rig *rig = rig_new (KEYED, "F64LE", FALSE, RATE, 1);
    Key key = key_new (rig, k, 1000);
    key.ends = FALSE;
    key_caps (&key);
    push_key (&key);
    Input input = { rig, x, 4800, GST_FLOW_OK, FALSE };
    GThread *thread = g_thread_new ("input", push_input, &input);
    g_usleep (150000);     /* in a live pipeline it would be over by now */
    fail_if (g_atomic_int_get (&input.is_done), "it does not wait");
    const gint64 start = g_get_monotonic_time ();
    GstPad *pad = gst_element_get_static_pad (rig->element, "sidechain");
    switch (how) {
      case KEY_EOS:
        gst_harness_push_event (key.h, gst_event_new_eos ());
        break;
      case KEY_GAP:
        gst_harness_push_event (key.h, gst_event_new_gap (0, GST_SECOND));
        break;
      case RELEASE:
        gst_element_release_request_pad (rig->element, pad);
        break;
      case INPUT_FLUSH:
        gst_harness_push_event (rig->h, gst_event_new_flush_start ());
        break;
      case KEY_FLUSH:
        gst_harness_push_event (key.h, gst_event_new_flush_start ());
        gst_harness_push_event (key.h, gst_event_new_flush_stop (TRUE));
        gst_harness_push_event (key.h, gst_event_new_segment (&GST_BASE_TRANSFORM (rig->element)->segment));
        key.n = 4800;
        push_key (&key);
        break;
      case STOP:
        gst_element_set_state (rig->element, GST_STATE_READY);
        break;
      case UNLINK:
        gst_pad_unlink (GST_PAD_PEER (pad), pad);
        break;
    }
    gst_object_unref (pad);
    g_thread_join (thread);
    fail_unless (g_get_monotonic_time () - start < G_TIME_SPAN_SECOND, "way out %u takes %d ms", how,
        (gint) ((g_get_monotonic_time () - start) / 1000));
    fail_unless (how == INPUT_FLUSH || how == STOP || input.flow == GST_FLOW_OK);
    gst_harness_teardown (key.h);
    rig_free (rig);
  }
  g_free (x);
  g_free (k);
}
GST_END_TEST;

GST_START_TEST (test_key_waits_and_wakes)
{
  /* the key's side: a second ahead and no more, until its flush, release, stop, or the end of the input */
  gdouble *k = key_signal (4 * RATE, 18);
  for (guint how = 0; how < 4; how++) {
    Rig *rig = rig_new (KEYED, "F64LE", FALSE, RATE, 1);
    Key key = key_new (rig, k, 4 * RATE);
    key.seed = 3;
    key_caps (&key);
    GThread *thread = g_thread_new ("key", push_key, &key);
    g_usleep (30000);
    GstPad *pad = gst_element_get_static_pad (rig->element, "sidechain");
    if (how == 0)
      gst_harness_push_event (key.h, gst_event_new_flush_start ());
    else if (how == 1)
      gst_element_release_request_pad (rig->element, pad);
    else if (how == 2)
      gst_element_set_state (rig->element, GST_STATE_READY);
    else
      rig_eos (rig);
    gst_object_unref (pad);
    g_thread_join (thread);
    fail_unless (how == 3 ? key.flow == GST_FLOW_OK : key.flow != GST_FLOW_OK);
    gst_harness_teardown (key.h);
    rig_free (rig);
  }
  g_free (k);
}
GST_END_TEST;

GST_START_TEST (test_flush_and_go_on)
{
  /* after a flush of both, and of the input alone, alignment is as at the start */
  gdouble *x = rig_noise (20000, 1, 0.5, 19), *k = key_signal (20000, 20), *g = gain_of (k, 20000);
  Rig *rig = rig_new (KEYED, "F64LE", FALSE, RATE, 1);
  Key key = key_new (rig, k, 20000);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  key_caps (&key);
  for (guint pass = 0; pass < 3; pass++) {
    key.ends = FALSE;
    push_key (&key);
    const gsize first = rig_frames (rig);
    rig_push_full (rig, x, 20000, 0, pass ? GST_BUFFER_FLAG_DISCONT : 0);
    for (gsize i = 0; i < 20000; i++)
      rig_assert (fabs (rig_sample (rig, first + i, 0) - x[i] * g[i]) < 1e-6, "pass %u, frame %d", pass, (int) i);
    rig->pushed = 0;
    GstHarness *both[] = { rig->h, key.h };
    for (guint i = 0; i < 2; i++) {
      gst_harness_push_event (both[i], gst_event_new_flush_start ());
      gst_harness_push_event (both[i], gst_event_new_flush_stop (TRUE));
      gst_harness_push_event (both[i], gst_event_new_segment (&segment));
    }
  }
  gst_harness_teardown (key.h);
  rig_free (rig);
  g_free (x);
  g_free (k);
  g_free (g);
}
GST_END_TEST;

GST_START_TEST (test_request_while_playing)
{
  /* a pad asked for and linked in mid-stream is heard from the next buffer on; released, the gain recovers */
  gdouble *x = rig_noise (40000, 1, 0.5, 21), *k = key_signal (10000, 22);
  Rig *rig = rig_new (KEYED, "F64LE", FALSE, RATE, 1);
  rig_push (rig, x, 10000);
  Key key = key_new (rig, k, 5000);
  key.pts = gst_util_uint64_scale_int (10000, GST_SECOND, RATE);
  key_caps (&key);
  push_key (&key);
  rig_push (rig, x + 10000, 10000);
  GstPad *pad = gst_element_get_static_pad (rig->element, "sidechain");
  gst_element_release_request_pad (rig->element, pad);
  gst_object_unref (pad);
  rig_push (rig, x + 20000, 20000);
  for (gsize i = 0; i < 10000; i++)
    rig_assert (rig_sample (rig, i, 0) == x[i]);
  fail_unless (fabs (rig_sample (rig, 14000, 0)) < 0.3 * fabs (x[14000]), "key not heard");
  rig_assert (fabs (rig_sample (rig, 39000, 0) - x[39000]) < 1e-6);
  gst_harness_teardown (key.h);
  rig_free (rig);
  g_free (x);
  g_free (k);
}
GST_END_TEST;

GST_START_TEST (test_live)
{
  /* 10 ms of upstream latency and 20 of grace: a key that is not there by then is silence, and counted */
  gdouble *x = rig_noise (4800, 1, 0.5, 23);
  Rig *rig = rig_new (KEYED, "F64LE", FALSE, RATE, 1);
  Key key = key_new_live (rig, x, 4800);
  guint64 missed;
  key_caps (&key);
  gst_harness_set_upstream_latency (rig->h, 10 * GST_MSECOND);
  gst_harness_set_upstream_latency (key.h, 15 * GST_MSECOND);
  fail_unless_equals_uint64 (gst_harness_query_latency (rig->h), 35 * GST_MSECOND);
  gst_harness_set_time (rig->h, 0);
  const gint64 start = g_get_monotonic_time ();
  rig_push (rig, x, 2400);
  const gint64 waited = g_get_monotonic_time () - start;
  fail_unless (memcmp (rig->out->data, x, 2400 * sizeof (gdouble)) == 0);
  g_object_get (rig->element, "missed-key-frames", &missed, NULL);
  fail_unless_equals_uint64 (missed, 2400);
  fail_unless (waited < G_TIME_SPAN_SECOND);
  /* what comes too late is dropped, what is in time is heard */
  push_key (&key);
  rig_push (rig, x + 2400, 2400);
  fail_unless (fabs (rig_sample (rig, 4700, 0)) < 0.9 * fabs (x[4700]));
  gst_harness_teardown (key.h);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

/* --- pipelines ----------------------------------------------------------------------------------------------- */

/* Runs to EOS; the text of the first warning, or NULL; *reduction: the greatest of the compressor's final message */
static gchar *
run_line (const gchar *line, guint seconds, gdouble *reduction)
{
  GError *error = NULL;
  gchar *text = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);
  fail_unless (error == NULL, "%s", error ? error->message : "");
  GstBus *bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (gboolean over = FALSE; !over;) {
    GstMessage *message = gst_bus_timed_pop_filtered (bus, seconds * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR
        | GST_MESSAGE_WARNING | GST_MESSAGE_ELEMENT);
    fail_unless (message != NULL, "stuck: %s", line);
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING && !text) {
      gst_message_parse_warning (message, &error, NULL);
      text = g_strdup (error->message);
      g_clear_error (&error);
    } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
      gst_message_parse_error (message, &error, NULL);
      fail ("%s", error->message);
    }
    const GstStructure *s = GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT ? gst_message_get_structure (message) : NULL;
    if (s && reduction && gst_structure_has_field (s, "final"))
      *reduction = g_value_get_double (gst_value_array_get_value (gst_structure_get_value (s, "gain-reduction-max"), 0));
    over = GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS;
    gst_message_unref (message);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  return text;
}

#define SOURCE "audiotestsrc volume=0.1 num-buffers=300 samplesperbuffer=1000 ! audio/x-raw,rate=48000,channels=2 ! audioconvert ! tee name=t "

GST_START_TEST (test_tee)
{
  /* a copy 20 dB louder is the key: 0 dB, 20 over the threshold */
  gdouble reduction = 0.0;
  gchar *text = run_line (SOURCE "t. ! queue ! multibandcomp name=c num-bands=1 band0::key=sidechain band0::threshold=-20 band0::ratio=4 band0::knee=0 "
      "post-messages=true ! fakesink  t. ! queue ! volume volume=10 ! c.sidechain", 10, &reduction);
  fail_unless (text == NULL, "%s", text);
  fail_unless (fabs (reduction - 15.0) < 0.02, "%g dB of reduction", reduction);
  /* a key that is late, by a filter with look-ahead */
  text = run_line (SOURCE "t. ! queue ! multibandcomp name=c num-bands=1 band0::key=sidechain band0::threshold=-20 band0::ratio=4 ! fakesink "
      "t. ! queue ! truepeaklimiter ! multibandcomp lookahead=20 ! c.sidechain", 10, NULL);
  fail_unless (text == NULL, "%s", text);
  /* another rate, another source that is longer, one that is shorter */
  text = run_line ("audiotestsrc num-buffers=100 ! audio/x-raw,rate=44100 ! queue ! multibandcomp name=c num-bands=1 band0::key=sidechain ! fakesink "
      "audiotestsrc num-buffers=1000 ! audio/x-raw,rate=32000,channels=1 ! audioresample ! audio/x-raw,rate=44100 ! queue ! c.sidechain", 10, NULL);
  fail_unless (text == NULL, "%s", text);
  text = run_line ("audiotestsrc num-buffers=100 ! queue ! multibandcomp name=c num-bands=1 band0::key=sidechain ! fakesink "
      "audiotestsrc num-buffers=10 ! queue ! c.sidechain", 10, NULL);
  fail_unless (text == NULL, "%s", text);
}
GST_END_TEST;

GST_START_TEST (test_missing_queue)
{
  gchar *text = run_line (SOURCE "t. ! multibandcomp name=c num-bands=1 band0::key=sidechain ! fakesink  t. ! c.sidechain", 10, NULL);
  fail_unless (text != NULL && strstr (text, "queue") && strstr (text, "5 s"), "%s", text ? text : "no warning");
  g_free (text);
}
GST_END_TEST;

static Suite *
sidechain_suite (void)
{
  Suite *s = suite_create ("sidechain");
  TCase *tc = tcase_create ("all");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_alignment);
  tcase_add_test (tc, test_cuts);
  tcase_add_test (tc, test_silences);
  tcase_add_test (tc, test_before_its_segment);
  tcase_add_test (tc, test_unlinked);
  tcase_add_test (tc, test_formats);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_nan);
  tcase_add_test (tc, test_caps_change);
  tcase_add_test (tc, test_waits_and_wakes);
  tcase_add_test (tc, test_key_waits_and_wakes);
  tcase_add_test (tc, test_flush_and_go_on);
  tcase_add_test (tc, test_request_while_playing);
  tcase_add_test (tc, test_live);
  tcase_add_test (tc, test_tee);
  tcase_add_test (tc, test_missing_queue);
  return s;
}

GST_CHECK_MAIN (sidechain);
