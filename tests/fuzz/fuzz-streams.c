/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams as nobody would send them, through one or two elements: any cut, numbers that are none, gaps, jumps in time, flushes,
 * new segments and caps, properties and states changed anywhere. Nothing may crash, hang, print a critical or give out what is
 * not finite; between events that discard, frames out = frames in.
 *   fuzz-streams [FIRST_SEED [COUNT]]     default 1 40; says the seed it is at, so that a failure can be run alone */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "rig.h"

static const gchar *elements[] = { "masteringeq", "multibandcomp", "truepeaklimiter", "msmatrix", "r128meter", "tpdfdither" };

static guint n_failed;

static gdouble
odd_sample (GRand *rand, gdouble ordinary)
{
  switch (g_rand_int_range (rand, 0, 400)) {
    case 0:
      return NAN;
    case 1:
      return INFINITY;
    case 2:
      return -INFINITY;
    case 3:
      return 1e30;
    case 4:
      return -FLT_MAX;
    case 5:
      return 1e-40;
    default:
      return ordinary;
  }
}

static void
say_error (Rig *rig, guint32 seed, GstFlowReturn ret)
{
  GstBus *bus = gst_element_get_bus (rig->h->element);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  GError *error = NULL;
  if (message)
    gst_message_parse_error (message, &error, NULL);
  g_print ("# seed %u: flow %s, %s\n", seed, gst_flow_get_name (ret), error ? error->message : "and no error on the bus");
  g_clear_error (&error);
  g_clear_pointer (&message, gst_message_unref);
  gst_object_unref (bus);
}

static Rig *
open_rig (GRand *rand, guint32 seed, gint *channels)
{
  static const gint counts[] = { 1, 2, 2, 2, 3, 6, 8 };
  static const gint rates[] = { 8000, 22050, 44100, 48000, 96000, 192000, 384000 };
  GString *launch = g_string_new (NULL);
  gboolean is_stereo_only = FALSE;
  const gint n = g_rand_int_range (rand, 1, 3);
  for (gint i = 0; i < n; i++) {
    const gchar *name = elements[g_rand_int_range (rand, 0, G_N_ELEMENTS (elements))];
    is_stereo_only |= g_str_equal (name, "msmatrix");
    g_string_append_printf (launch, "%s%s%s%s", i ? " ! " : "", name, i == n - 1 ? " name=e" : "",
        g_str_equal (name, "tpdfdither") ? " ! capsfilter caps=\"audio/x-raw,format={F32LE,F64LE}\"" : "");
  }
  *channels = is_stereo_only ? 2 : counts[g_rand_int_range (rand, 0, G_N_ELEMENTS (counts))];
  const gint rate = rates[g_rand_int_range (rand, 0, G_N_ELEMENTS (rates))];
  const gboolean planar = g_rand_boolean (rand);
  g_print ("# seed %u: %s, %d Hz, %d channels%s\n", seed, launch->str, rate, *channels, planar ? ", planar" : "");
  Rig *rig = rig_new (launch->str, g_rand_boolean (rand) ? "F32LE" : "F64LE", planar, rate, *channels);
  g_string_free (launch, TRUE);
  return rig;
}

static void
run (guint32 seed)
{
  GRand *rand = g_rand_new_with_seed (seed);
  gint channels;
  Rig *rig = open_rig (rand, seed, &channels);
  const gboolean has_meter = g_strrstr (G_OBJECT_TYPE_NAME (rig->element), "Meter") != NULL;
  gboolean counts = TRUE;
  guint64 in = 0;
  gsize judged = 0;

  for (guint step = 0; step < 60; step++) {
    switch (g_rand_int_range (rand, 0, 24)) {
      case 0:{
        GstSegment segment;
        gst_harness_push_event (rig->h, gst_event_new_flush_start ());
        gst_harness_push_event (rig->h, gst_event_new_flush_stop (TRUE));
        gst_segment_init (&segment, GST_FORMAT_TIME);
        gst_harness_push_event (rig->h, gst_event_new_segment (&segment));
        counts = FALSE;
        break;
      }
      case 1:{
        GstSegment segment;
        gst_segment_init (&segment, GST_FORMAT_TIME);
        segment.base = rig->base_pts + gst_util_uint64_scale_int (rig->pushed, GST_SECOND, GST_AUDIO_INFO_RATE (&rig->info));
        segment.start = segment.time = segment.base + (g_rand_boolean (rand) ? 0 : GST_SECOND);
        gst_harness_push_event (rig->h, gst_event_new_segment (&segment));
        counts = FALSE;
        break;
      }
      case 2:{
        const gsize n = g_rand_int_range (rand, 0, 5000);
        const gint rate = GST_AUDIO_INFO_RATE (&rig->info);
        const GstClockTime at = rig->base_pts + gst_util_uint64_scale_int (rig->pushed, GST_SECOND, rate);
        gst_harness_push_event (rig->h, gst_event_new_gap (at, gst_util_uint64_scale_int (n, GST_SECOND, rate)));
        rig->pushed += n;
        counts = FALSE;
        break;
      }
      case 3:
        rig_caps (rig, g_rand_boolean (rand) ? "F32LE" : "F64LE", g_rand_boolean (rand),
            g_rand_boolean (rand) ? 44100 : 96000, channels);
        break;
      case 4:
        rig->base_pts += g_rand_int_range (rand, 0, 1000) * GST_MSECOND;
        break;
      case 5:
      case 6:
      case 7:
      case 8:
        rig_set_random (rig->element, rand, channels == 2);
        break;
      default:{
        const gsize n = g_rand_int_range (rand, 0, 3) ? g_rand_int_range (rand, 1, 3000) : g_rand_int_range (rand, 0, 5);
        gdouble *x = g_new (gdouble, n * channels + 1);
        const gdouble loud = g_rand_boolean (rand) ? 1.0 : 1e-3;
        for (gsize i = 0; i < n * channels; i++)
          x[i] = odd_sample (rand, loud * g_rand_double_range (rand, -1.0, 1.0));
        const GstFlowReturn ret = rig_push_full (rig, x, n, GST_CLOCK_TIME_NONE, g_rand_int_range (rand, 0, 30) ? 0 :
            GST_BUFFER_FLAG_DISCONT);
        if (ret != GST_FLOW_OK) {
          say_error (rig, seed, ret);
          n_failed++;
        }
        in += n;
        g_free (x);
        break;
      }
    }
    rig_collect (rig);
  }
  rig_eos (rig);
  for (; judged < rig->out->len && !has_meter; judged++)
    if (!isfinite (g_array_index (rig->out, gdouble, judged))) {
      g_print ("# seed %u: sample %d is not finite\n", seed, (int) judged);
      n_failed++;
      break;
    }
  if (counts && rig_frames (rig) != in) {
    g_print ("# seed %u: %d frames for %d\n", seed, (int) rig_frames (rig), (int) in);
    n_failed++;
  }
  g_rand_free (rand);
  rig_free (rig);
}

static guint first_seed, n_seeds;

GST_START_TEST (test_streams)
{
  for (guint32 seed = first_seed; seed < first_seed + n_seeds; seed++)
    run (seed);
  fail_unless (n_failed == 0, "%u failures, see above", n_failed);
}
GST_END_TEST;

static Suite *
fuzz_suite (void)
{
  Suite *suite = suite_create ("fuzz-streams");
  TCase *tcase = tcase_create ("streams");
  tcase_set_timeout (tcase, 3600);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_streams);
  return suite;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  first_seed = argc > 1 ? (guint) atoi (argv[1]) : 1;
  n_seeds = argc > 2 ? (guint) atoi (argv[2]) : 40;
  return gst_check_run_suite (fuzz_suite (), "fuzz-streams", __FILE__);
}
