/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* startup PLUGIN: what a process pays before the first sample is out, in ms. One line each: what, ms. The plugin is loaded from its
 * file as GStreamer's scanner does it (ORC's compiler runs then); each element is made, gets caps and one buffer of 1024 frames;
 * "again" is the first buffer less the second: what is left to do in the streaming thread. */
#include <gst/gst.h>

#include <stdio.h>
#include <time.h>

#define FRAMES 1024

static double
now_ms (void)
{
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}

static GstFlowReturn
drop (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
feed (GstPad *pad, guint64 k)
{
  static gfloat x[2 * FRAMES];
  for (int i = 0; i < 2 * FRAMES; i++)
    x[i] = (gfloat) ((i * 7919 % 1000) / 600.0 - 0.8);
  GstBuffer *buffer = gst_buffer_new_memdup (x, sizeof x);
  GST_BUFFER_PTS (buffer) = gst_util_uint64_scale_int (k * FRAMES, GST_SECOND, 48000);
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale_int ((k + 1) * FRAMES, GST_SECOND, 48000) - GST_BUFFER_PTS (buffer);
  gst_pad_push (pad, buffer);
}

static void
measure (const char *launch)
{
  GstSegment segment;
  const double begin = now_ms ();
  GstElement *e = gst_parse_launch (launch, NULL);
  gst_element_set_state (e, GST_STATE_PLAYING);
  GstPad *src = gst_pad_new ("src", GST_PAD_SRC), *sink = gst_pad_new ("sink", GST_PAD_SINK);
  gst_pad_set_chain_function (sink, drop);
  gst_pad_set_active (src, TRUE);
  gst_pad_set_active (sink, TRUE);
  gst_pad_link (src, gst_element_get_static_pad (e, "sink"));
  gst_pad_link (gst_element_get_static_pad (e, "src"), sink);
  gst_pad_push_event (src, gst_event_new_stream_start ("bench"));
  gst_pad_push_event (src, gst_event_new_caps (gst_caps_from_string ("audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=2")));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (src, gst_event_new_segment (&segment));
  const double ready = now_ms ();
  feed (src, 0);
  const double one = now_ms ();
  feed (src, 1);
  printf ("%s\t%.3f\t%.3f\n", G_OBJECT_TYPE_NAME (e), one - begin, (one - ready) - (now_ms () - one));
  gst_element_set_state (e, GST_STATE_NULL);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  const double begin = now_ms ();
  GstPlugin *plugin = gst_plugin_load_file (argv[1], NULL);
  if (!plugin)
    return 1;
  printf ("load\t%.3f\t0\n", now_ms () - begin);
  gst_registry_add_plugin (gst_registry_get (), plugin);
  measure ("masteringeq bands=\"bell 60 3 q=1; bell 150 -3 q=1; bell 400 3 q=1; bell 1k -3 q=1; bell 2500 3 q=1; bell 6k -3 q=1; "
      "bell 10k 3 q=1; bell 16k -3 q=1\"");
  measure ("multibandcomp band0::ratio=2 band1::ratio=2 band2::ratio=2 band3::ratio=2");
  measure ("msmatrix width=1.2 mono-below=120");
  measure ("truepeaklimiter input-gain=6");
  measure ("r128meter");
  measure ("tpdfdither bits=16");
  return 0;
}
