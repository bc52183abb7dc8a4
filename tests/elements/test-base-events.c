/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The base class when things happen: ends, gaps, flushes, seeks, new caps, new segments, automation, messages, odd buffers. */
#include <gst/controller/controller.h>
#include <math.h>

#include "rig.h"
#include "teststage.h"

#define RATE 48000

static Rig *
stage (guint delay)
{
  gchar *launch = g_strdup_printf ("teststage delay=%u", delay);
  Rig *rig = rig_new (launch, "F64LE", FALSE, RATE, 2);
  g_free (launch);
  return rig;
}

/* Channel 0 of output frames from … from + n - 1 is the plain stage, started at rest, on x. */
static void
expect_from (const Rig *rig, gsize from, const gdouble *x, gsize n)
{
  gdouble y = 0.0;
  for (gsize i = 0; i < n; i++) {
    y = x[2 * i] + 0.5 * y;
    const gdouble got = rig_sample (rig, from + i, 0);
    rig_assert (fabs (got - y) < 1e-14, "frame %d: %g instead of %g", (int) i, got, y);
  }
}

GST_START_TEST (test_ends)
{
  static const gsize lengths[] = { 0, 1, 5, 99, 100, 101, 4000 };
  gdouble *x = rig_noise (4000, 2, 0.5, 1);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    Rig *rig = stage (100);
    if (lengths[i] > 0)
      rig_push (rig, x, lengths[i]);
    rig_eos (rig);
    fail_unless_equals_uint64 (rig_frames (rig), lengths[i]);
    expect_from (rig, 0, x, lengths[i]);
    rig_free (rig);
  }
  /* before caps: EOS goes through */
  GstHarness *h = gst_harness_new ("teststage");
  fail_unless (gst_harness_push_event (h, gst_event_new_stream_start ("s")));
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  gst_harness_teardown (h);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_two_in_series)
{
  /* a second look-ahead element sees no new DISCONT, and nothing is lost between them */
  gdouble *x = rig_noise (20000, 2, 0.5, 2);
  Rig *rig = rig_new ("teststage delay=700 ! teststage delay=1900", "F64LE", FALSE, RATE, 2);
  Rig *one = rig_new ("teststage ! teststage", "F64LE", FALSE, RATE, 2);
  rig_push_cut (rig, x, 20000, 480, 0);
  rig_push_cut (one, x, 20000, 20000, 0);
  fail_unless_equals_uint64 (rig->most_held, 2600);
  fail_unless_equals_uint64 (gst_harness_query_latency (rig->h),
      gst_util_uint64_scale_int_ceil (700, GST_SECOND, RATE) + gst_util_uint64_scale_int_ceil (1900, GST_SECOND, RATE));
  rig_eos (rig);
  rig_eos (one);
  fail_unless_equals_int (rig->n_discont, 0);
  fail_unless (rig->is_contiguous);
  fail_unless_equals_int (rig->out->len, one->out->len);
  fail_unless (memcmp (rig->out->data, one->out->data, one->out->len * sizeof (gdouble)) == 0);
  rig_free (rig);
  rig_free (one);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_flush_and_seek)
{
  gdouble *x = rig_noise (5000, 2, 0.5, 3);
  Rig *rig = stage (1000);
  GstSegment segment;
  rig_push (rig, x, 3000);
  fail_unless_equals_uint64 (rig_frames (rig), 2000);
  fail_unless (gst_harness_push_event (rig->h, gst_event_new_flush_start ()));
  fail_unless (gst_harness_push_event (rig->h, gst_event_new_flush_stop (TRUE)));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.position = segment.time = 60 * GST_SECOND;
  fail_unless (gst_harness_push_event (rig->h, gst_event_new_segment (&segment)));
  const guint before = rig->pts->len;
  rig->pushed = 0;
  rig_push_full (rig, x, 5000, 60 * GST_SECOND, 0);
  rig_eos (rig);
  /* nothing from before the seek, and the filter at rest */
  fail_unless_equals_uint64 (rig_frames (rig), 2000 + 5000);
  fail_unless_equals_uint64 (g_array_index (rig->pts, GstClockTime, before), 60 * GST_SECOND);
  expect_from (rig, 2000, x, 5000);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_real_gap)
{
  /* with and without the DISCONT flag: held audio comes out with its own time, then a fresh start, marked DISCONT */
  gdouble *x = rig_noise (4000, 2, 0.5, 4);
  for (guint flagged = 0; flagged < 2; flagged++) {
    Rig *rig = stage (1000);
    rig_push (rig, x, 3000);
    rig_push_full (rig, x, 4000, 5 * GST_SECOND, flagged ? GST_BUFFER_FLAG_DISCONT : 0);
    rig_eos (rig);
    fail_unless_equals_uint64 (rig_frames (rig), 7000);
    expect_from (rig, 0, x, 3000);
    expect_from (rig, 3000, x, 4000);
    fail_unless_equals_int (rig->n_discont, 1);
    for (guint i = 0; i < rig->pts->len; i++) {
      const guint64 frame = g_array_index (rig->first, guint64, i);
      const GstClockTime pts = g_array_index (rig->pts, GstClockTime, i);
      fail_unless_equals_uint64 (pts, frame < 3000 ? gst_util_uint64_scale_int (frame, GST_SECOND, RATE) :
          5 * GST_SECOND + gst_util_uint64_scale_int (frame - 3000, GST_SECOND, RATE));
    }
    rig_free (rig);
  }
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_jitter)
{
  /* timestamps that wander by less than a gap: no reset, no DISCONT, and every frame keeps its own time */
  gdouble *x = rig_noise (48000, 2, 0.5, 5);
  Rig *rig = stage (500);
  GRand *rand = g_rand_new_with_seed (1);
  GstClockTime given[100];
  for (guint i = 0; i < 100; i++) {
    given[i] = i * 10 * GST_MSECOND + g_rand_int_range (rand, 0, 5000000);
    rig_push_full (rig, x + i * 960, 480, given[i], 0);
  }
  rig_eos (rig);
  expect_from (rig, 0, x, 48000);
  fail_unless_equals_int (rig->n_discont, 0);
  for (guint i = 0; i < rig->pts->len; i++) {
    const guint64 frame = g_array_index (rig->first, guint64, i);
    /* its own up to half a frame: below that the count goes on */
    const GstClockTime own = given[frame / 480] + gst_util_uint64_scale_int (frame % 480, GST_SECOND, RATE);
    const GstClockTimeDiff d = GST_CLOCK_DIFF (own, g_array_index (rig->pts, GstClockTime, i));
    rig_assert (ABS (d) <= (GstClockTimeDiff) GST_SECOND / RATE / 2 + 1, "frame %d is off by %d ns", (int) frame, (int) d);
  }
  g_rand_free (rand);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_caps_changes)
{
  gdouble *x = rig_noise (9000, 6, 0.5, 6);
  Rig *rig = stage (1000);
  rig_push_cut (rig, x, 3000, 777, 0);
  rig_caps (rig, "F32LE", TRUE, 96000, 6);
  fail_unless_equals_int (rig->out->len, 2 * 3000);
  rig_push_cut (rig, x, 3000, 500, 0);
  rig_caps (rig, "F64LE", FALSE, 44100, 1);
  rig_push_cut (rig, x, 3000, 1, 0);
  rig_eos (rig);
  fail_unless_equals_int (rig->out->len, 3000 * (2 + 6 + 1));
  /* the last part, at rest after the change */
  gdouble y = 0.0;
  for (gsize i = 0; i < 3000; i++) {
    y = x[i] + 0.5 * y;
    rig_assert (fabs (g_array_index (rig->out, gdouble, 3000 * 8 + i) - y) < 1e-14);
  }
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_segments)
{
  gdouble *x = rig_noise (4000, 2, 0.5, 7);
  GstSegment segment;
  for (guint delay = 0; delay <= 100; delay += 100) {
    /* a new segment that goes on in running time: nothing lost; without look-ahead not even the state */
    Rig *rig = stage (delay);
    rig_push (rig, x, 2400);
    gst_segment_init (&segment, GST_FORMAT_TIME);
    segment.start = segment.time = 100 * GST_SECOND;
    segment.base = 50 * GST_MSECOND;
    fail_unless (gst_harness_push_event (rig->h, gst_event_new_segment (&segment)));
    rig_collect (rig);
    fail_unless_equals_uint64 (rig_frames (rig), 2400);
    rig_push_full (rig, x + 4800, 1600, 100 * GST_SECOND, 0);
    rig_eos (rig);
    fail_unless_equals_uint64 (rig_frames (rig), 4000);
    if (delay == 0)
      expect_from (rig, 0, x, 4000);
    else
      expect_from (rig, 2400, x + 4800, 1600);
    rig_free (rig);
  }
  /* clipped to the segment: frames outside are not part of the stream */
  Rig *rig = stage (100);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.time = 10 * GST_MSECOND;
  segment.stop = 50 * GST_MSECOND;
  fail_unless (gst_harness_push_event (rig->h, gst_event_new_segment (&segment)));
  rig_push_cut (rig, x, 4000, 300, 0);
  rig_eos (rig);
  fail_unless_equals_uint64 (rig_frames (rig), 1920);
  fail_unless_equals_uint64 (g_array_index (rig->pts, GstClockTime, 0), 10 * GST_MSECOND);
  expect_from (rig, 0, x + 2 * 480, 1920);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_gap_events)
{
  /* a GAP counts as its frames, keeps tails, cannot overtake held audio, and is flagged only where it is silent */
  static const guint delays[] = { 0, 1000 };
  gdouble *x = rig_noise (3000, 2, 0.5, 8), *with_silence = g_new0 (gdouble, 2 * 20000);
  memcpy (with_silence, x, 3000 * 2 * sizeof (gdouble));
  for (guint d = 0; d < G_N_ELEMENTS (delays); d++)
    for (guint as_buffer = 0; as_buffer < 2; as_buffer++) {
      Rig *rig = stage (delays[d]);
      rig_push (rig, x, 3000);
      const GstClockTime pts = gst_util_uint64_scale_int (3000, GST_SECOND, RATE);
      const GstClockTime end = gst_util_uint64_scale_int (20000, GST_SECOND, RATE);
      if (as_buffer)
        for (guint k = 0; k < 17; k++)
          rig_push_full (rig, x, 1000, GST_CLOCK_TIME_NONE, GST_BUFFER_FLAG_GAP);
      else {
        fail_unless (gst_harness_push_event (rig->h, gst_event_new_gap (pts, end - pts)));
        rig_collect (rig);
        rig->pushed = 20000;
      }
      fail_unless_equals_uint64 (rig_frames (rig), 20000 - delays[d]);
      fail_unless (rig->n_gap >= 2 && rig->n_gap < rig->n_buffers);
      rig_eos (rig);
      fail_unless (rig->is_contiguous);
      expect_from (rig, 0, with_silence, 20000);
      rig_free (rig);
    }
  g_free (x);
  g_free (with_silence);
}
GST_END_TEST;

GST_START_TEST (test_untimed)
{
  gdouble x[200] = { 1.0 };
  for (guint delay = 0; delay <= 30; delay += 30) {
    Rig *rig = stage (delay);
    for (guint i = 0; i < 10; i++) {
      GstBuffer *buffer = gst_buffer_new_memdup (x, 20 * sizeof (gdouble));
      fail_unless_equals_int (gst_harness_push (rig->h, buffer), GST_FLOW_OK);
      rig_collect (rig);
    }
    rig_eos (rig);
    fail_unless_equals_uint64 (rig_frames (rig), 100);
    rig_assert (rig->is_contiguous);
    fail_unless_equals_uint64 (g_array_index (rig->pts, GstClockTime, 0), 0);
    rig_free (rig);
  }
}
GST_END_TEST;

GST_START_TEST (test_reverse)
{
  /* each buffer stands alone and leaves whole */
  gdouble *x = rig_noise (3000, 2, 0.5, 9);
  Rig *rig = stage (700);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = -1.0;
  segment.stop = GST_SECOND;
  fail_unless (gst_harness_push_event (rig->h, gst_event_new_segment (&segment)));
  for (guint i = 3; i-- > 0;) {
    rig_push_full (rig, x, 1000, gst_util_uint64_scale_int (i * 1000, GST_SECOND, RATE), GST_BUFFER_FLAG_DISCONT);
    fail_unless_equals_uint64 (rig_frames (rig), (3 - i) * 1000);
    fail_unless_equals_uint64 (g_array_index (rig->pts, GstClockTime, 2 - i), gst_util_uint64_scale_int (i * 1000, GST_SECOND, RATE));
    expect_from (rig, (2 - i) * 1000, x, 1000);
  }
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_shared_buffer)
{
  /* a buffer somebody else holds, in memory somebody else holds, is not written */
  gdouble x[64] = { 0.5, -0.5 };
  Rig *rig = stage (0);
  rig_set (rig, "gain", "3");
  GstBuffer *buffer = gst_buffer_new_memdup (x, sizeof x);
  GST_BUFFER_PTS (buffer) = 0;
  GstMemory *memory = gst_buffer_get_memory (buffer, 0);
  fail_unless_equals_int (gst_harness_push (rig->h, gst_buffer_ref (buffer)), GST_FLOW_OK);
  rig_collect (rig);
  fail_unless (rig_sample (rig, 0, 0) == 1.5);
  fail_unless_equals_int (gst_buffer_memcmp (buffer, 0, x, sizeof x), 0);
  gst_memory_unref (memory);
  gst_buffer_unref (buffer);
  rig_free (rig);
}
GST_END_TEST;

GST_START_TEST (test_pads)
{
  /* a buffer of two memories is one; the position is the end of what has left; a peer may ask for new caps between two buffers, and where
   * none suit both sides no buffer passes any more */
  gdouble *x = rig_noise (300, 2, 0.5, 4);
  Rig *rig = stage (0);
  GstBuffer *buffer = gst_buffer_append (gst_buffer_new_memdup (x, 100 * 2 * sizeof (gdouble)),
      gst_buffer_new_memdup (x + 200, 50 * 2 * sizeof (gdouble)));
  GST_BUFFER_PTS (buffer) = 0;
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale_int (150, GST_SECOND, RATE);
  fail_unless_equals_int (gst_buffer_n_memory (buffer), 2);
  fail_unless_equals_int (gst_harness_push (rig->h, buffer), GST_FLOW_OK);
  rig_collect (rig);
  rig->pushed = 150;
  gint64 position = -1;
  fail_unless (gst_element_query_position (rig->element, GST_FORMAT_TIME, &position));
  fail_unless_equals_int64 (position, (gint64) gst_util_uint64_scale_int (150, GST_SECOND, RATE));
  fail_unless (gst_harness_push_upstream_event (rig->h, gst_event_new_reconfigure ()));
  rig_push (rig, x + 300, 150);
  expect_from (rig, 0, x, 300);
  gst_harness_set_sink_caps_str (rig->h, "audio/x-raw,rate=44100");
  fail_unless (gst_harness_push_upstream_event (rig->h, gst_event_new_reconfigure ()));
  fail_unless_equals_int (rig_push_full (rig, x, 10, GST_CLOCK_TIME_NONE, 0), GST_FLOW_NOT_NEGOTIATED);
  rig_free (rig);
  g_free (x);
}
GST_END_TEST;

GST_START_TEST (test_odd_sizes)
{
  gdouble x[8] = { 0.0 };
  Rig *rig = stage (0);
  fail_unless_equals_int (gst_harness_push (rig->h, gst_buffer_new_memdup (x, 17)), GST_FLOW_ERROR);
  rig_free (rig);
  rig = stage (0);
  fail_unless_equals_int (gst_harness_push (rig->h, gst_buffer_new ()), GST_FLOW_OK);
  rig_push (rig, x, 4);
  rig_eos (rig);
  fail_unless_equals_uint64 (rig_frames (rig), 4);
  rig_free (rig);
  /* no caps at all */
  GstHarness *h = gst_harness_new ("teststage");
  gst_harness_push_event (h, gst_event_new_stream_start ("s"));
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_harness_push (h, gst_buffer_new_memdup (x, 16)), GST_FLOW_NOT_NEGOTIATED);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_check_error)
{
  /* what cannot work says so on the bus, in the element's words, before not-negotiated */
  GstHarness *h = gst_harness_new ("teststage");
  GstBus *bus = gst_bus_new ();
  gst_element_set_bus (h->element, bus);
  g_object_set (h->element, "fail-above", 2, NULL);
  gst_harness_set_src_caps_str (h, "audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=6,channel-mask=(bitmask)0x3f");
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  GError *error = NULL;
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, "teststage: takes 2 channels; the stream has 6") != NULL, "%s", error->message);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_bus (h->element, NULL);
  gst_object_unref (bus);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_automation)
{
  /* from the identity: read at every 64th frame, straight between, whatever the cut; at 44100 Hz the grid times are no whole ns */
  const gint rates[] = { 44100, 48000 };
  for (guint r = 0; r < 2; r++)
    for (guint k = 0; k < 3; k++) {
      static const gsize cuts[] = { 1, 480, 10000 };
      const gsize n = 10000;
      gdouble *x = g_new0 (gdouble, n);
      for (gsize i = 0; i < n; i += 2)
        x[i] = 1.0, x[i + 1] = -0.5;    /* the stage answers gain, 0, gain, 0 to this when the gain stands still */
      Rig *rig = rig_new ("teststage delay=100", "F64LE", FALSE, rates[r], 1);
      GstControlSource *source = gst_interpolation_control_source_new ();
      g_object_set (source, "mode", GST_INTERPOLATION_MODE_LINEAR, NULL);
      gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), 0, 0.0);
      gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), GST_SECOND, 0.1);
      gst_object_add_control_binding (GST_OBJECT (rig->element),
          gst_direct_control_binding_new_absolute (GST_OBJECT (rig->element), "gain", source));
      gst_object_unref (source);
      rig_push_cut (rig, x, n, cuts[k], 0);
      rig_eos (rig);
      gdouble y = 0.0;
      for (gsize i = 0; i < n; i++) {
        const gdouble gain = 0.1 * (i + 1.0) / rates[r];      /* reached with the frame itself */
        y = gain * x[i] + 0.5 * y;
        rig_assert (fabs (rig_sample (rig, i, 0) - y) < 1e-9, "rate %d frame %d: %g instead of %g", rates[r], (int) i,
            rig_sample (rig, i, 0), y);
      }
      rig_free (rig);
      g_free (x);
    }
}
GST_END_TEST;

GST_START_TEST (test_messages)
{
  /* every 7 ms at 44100 Hz: 308.7 frames; sums of the intervals tell which frames each one held */
  for (guint k = 0; k < 3; k++) {
    static const gsize cuts[] = { 1, 441, 20000 };
    const gsize n = 10000;
    gdouble *x = g_new0 (gdouble, n);
    for (gsize i = 0; i < n; i++)
      x[i] = 1.0;
    Rig *rig = rig_new ("teststage delay=150 post-messages=true interval=7000000", "F64LE", FALSE, 44100, 1);
    rig_push_cut (rig, x, n, cuts[k], 0);
    rig_eos (rig);
    GstStructure *s;
    guint64 begin = 0;
    guint count = 0;
    gboolean final = FALSE;
    while ((s = rig_message (rig, "teststage"))) {
      guint64 timestamp, endtime, duration, running, stream;
      gdouble sum;
      fail_unless (!final, "nothing comes after final");
      fail_unless (gst_structure_get (s, "timestamp", G_TYPE_UINT64, &timestamp, "endtime", G_TYPE_UINT64, &endtime,
              "duration", G_TYPE_UINT64, &duration, "running-time", G_TYPE_UINT64, &running,
              "stream-time", G_TYPE_UINT64, &stream, "sum", G_TYPE_DOUBLE, &sum, NULL));
      fail_unless_equals_uint64 (duration, endtime - timestamp);
      fail_unless_equals_uint64 (running, timestamp);
      final = gst_structure_has_field (s, "final");
      if (final) {
        fail_unless_equals_uint64 (timestamp, 0);
        fail_unless_equals_uint64 (duration, gst_util_uint64_scale_int (n, GST_SECOND, 44100));
      } else {
        count++;
        const guint64 end = MIN (n, gst_util_uint64_scale (count, 7 * GST_MSECOND * 44100, GST_SECOND));
        gdouble expected = 0.0;
        for (guint64 i = begin; i < end; i++)
          expected += 2.0 - pow (0.5, (gdouble) i);
        rig_assert (fabs (sum - expected) < 1e-9, "interval %u: %.12g instead of %.12g", count, sum, expected);
        fail_unless_equals_uint64 (timestamp, gst_util_uint64_scale_int (begin, GST_SECOND, 44100));
        begin = end;
      }
      gst_structure_free (s);
    }
    rig_assert (final);
    fail_unless_equals_uint64 (begin, n);
    rig_free (rig);
    g_free (x);
  }
  /* EOS on an interval's edge: no empty message; no audio: none at all */
  for (guint n = 0; n <= 960; n += 960) {
    gdouble x[960] = { 0.0 };
    Rig *rig = rig_new ("teststage post-messages=true interval=10000000", "F64LE", FALSE, RATE, 1);
    if (n > 0)
      rig_push (rig, x, n);
    rig_eos (rig);
    GstStructure *s;
    guint count = 0;
    while ((s = rig_message (rig, "teststage"))) {
      guint64 duration;
      fail_unless (gst_structure_get_uint64 (s, "duration", &duration) && duration > 0);
      count++;
      gst_structure_free (s);
    }
    fail_unless_equals_int (count, n ? 3 : 0);
    rig_free (rig);
  }
}
GST_END_TEST;

GST_START_TEST (test_metas)
{
  /* a meta leaves with the frame it came with */
  gdouble x[960] = { 0.0 };
  const GstMetaInfo *info = gst_meta_get_info ("rig-mark");
  if (!info)
    info = gst_meta_register_custom ("rig-mark", (const gchar *[]) { NULL }, NULL, NULL, NULL);
  Rig *rig = stage (700);
  guint64 begin = 0, found = G_MAXUINT64;
  for (guint i = 0; i < 8; i++) {
    GstBuffer *buffer = gst_buffer_new_memdup (x, 480 * 2 * sizeof (gdouble)), *out;
    GST_BUFFER_PTS (buffer) = gst_util_uint64_scale_int (i * 480, GST_SECOND, RATE);
    if (i == 2)
      gst_buffer_add_custom_meta (buffer, "rig-mark");
    fail_unless_equals_int (gst_harness_push (rig->h, buffer), GST_FLOW_OK);
    while ((out = gst_harness_try_pull (rig->h))) {
      const gsize n = gst_buffer_get_size (out) / 16;
      if (gst_buffer_get_custom_meta (out, "rig-mark")) {
        fail_unless (found == G_MAXUINT64);
        found = begin;
        fail_unless (begin <= 960 && 960 < begin + n);
      }
      begin += n;
      gst_buffer_unref (out);
    }
  }
  fail_unless (found != G_MAXUINT64);
  rig_free (rig);
}
GST_END_TEST;

GST_START_TEST (test_reuse)
{
  gdouble *x = rig_noise (1000, 2, 0.5, 10);
  GstElement *pipeline = gst_parse_launch ("audiotestsrc num-buffers=20 ! audio/x-raw,format=F32LE,channels=2 ! "
      "teststage delay=500 ! teststage delay=100 ! fakesink name=sink sync=false", NULL);
  for (guint i = 0; i < 3; i++) {
    GstBus *bus = gst_element_get_bus (pipeline);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    GstMessage *message = gst_bus_timed_pop_filtered (bus, 10 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    rig_assert (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
    gst_message_unref (message);
    gst_object_unref (bus);
    gst_element_set_state (pipeline, GST_STATE_NULL);
  }
  gst_check_objects_destroyed_on_unref (pipeline, NULL, NULL);
  g_free (x);
}
GST_END_TEST;

static Suite *
base_events_suite (void)
{
  Suite *suite = suite_create ("base-events");
  TCase *tcase = tcase_create ("events");
  test_stage_register ();
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_ends);
  tcase_add_test (tcase, test_two_in_series);
  tcase_add_test (tcase, test_flush_and_seek);
  tcase_add_test (tcase, test_real_gap);
  tcase_add_test (tcase, test_jitter);
  tcase_add_test (tcase, test_caps_changes);
  tcase_add_test (tcase, test_segments);
  tcase_add_test (tcase, test_gap_events);
  tcase_add_test (tcase, test_untimed);
  tcase_add_test (tcase, test_reverse);
  tcase_add_test (tcase, test_shared_buffer);
  tcase_add_test (tcase, test_pads);
  tcase_add_test (tcase, test_odd_sizes);
  tcase_add_test (tcase, test_check_error);
  tcase_add_test (tcase, test_automation);
  tcase_add_test (tcase, test_messages);
  tcase_add_test (tcase, test_metas);
  tcase_add_test (tcase, test_reuse);
  return suite;
}

GST_CHECK_MAIN (base_events);
