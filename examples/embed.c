/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mastering from C in 20 lines: equaliser, limiter and dither on a file.
 *
 *     cc embed.c -o embed $(pkg-config --cflags --libs gstreamer-1.0)
 *     ./embed song.flac louder.flac
 *
 * Listen for: more air on top, 4 dB more level, and peaks that stay under -1 dBTP. */
#include <gst/gst.h>

int
main (int argc, char *argv[])
{
  gst_init (&argc, &argv);
  g_return_val_if_fail (argc == 3, 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch ("filesrc name=in ! decodebin ! audioconvert ! "
      "masteringeq bands=\"high-pass 25; high-shelf 10k 1.5\" ! truepeaklimiter input-gain=4 ceiling=-1 ! "
      "tpdfdither bits=16 ! flacenc ! filesink name=out", &error);
  if (pipeline == NULL)
    g_error ("%s (is GST_PLUGIN_PATH set?)", error->message);
  gst_child_proxy_set (GST_CHILD_PROXY (pipeline), "in::location", argv[1], "out::location", argv[2], NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  g_print ("%s\n", error ? error->message : "done");
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return error != NULL;
}
