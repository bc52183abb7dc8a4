/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench-ways WAY…: what a frame costs in each of many ways, in one process. A way is CHANNELS,RATE,FRAMES,FILE,ELEMENT[ ! FORMAT]: raw interleaved
 * F32 of FILE, in buffers of so many frames, through the element into a pad that takes FORMAT; without an element through nothing. The ways take
 * turns of half a second of their streams, for as long as the shortest file lasts, so that a machine whose speed changes is as fast for one as
 * for another. A line a turn: for each way µs of the thread's CPU time a frame. Making the buffers is not counted. */
#include <gst/gst.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH 65536u            /* bytes made before they are sent: they stay in the cache */
#define MOST 1024               /* buffers in them */
#define TURN_MS 500             /* long enough that what the others left in the cache does not matter */

typedef struct
{
  guint n_channels, rate, n_frames;
  guint64 at;                   /* frames sent */
  GstPad *src;
  GMappedFile *file;
} Way;

static GstFlowReturn
drop (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static GstBusSyncReply
forget (GstBus *bus, GstMessage *message, gpointer user)
{
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static void
stand_between (GstPad *src, GstPad *sink, const char *launch)
{
  GError *error = NULL;
  GstElement *pipeline = gst_pipeline_new (NULL), *e = gst_parse_launch (launch, &error);
  if (!e || error)
    g_error ("%s: %s", launch, error->message);
  GstBus *bus = gst_element_get_bus (pipeline);
  gst_bus_set_sync_handler (bus, forget, NULL, NULL);
  gst_object_unref (bus);
  gst_bin_add (GST_BIN (pipeline), e);
  gst_pad_link_full (src, gst_element_get_static_pad (e, "sink"), GST_PAD_LINK_CHECK_NOTHING);
  gst_pad_link_full (gst_element_get_static_pad (e, "src"), sink, GST_PAD_LINK_CHECK_NOTHING);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
}

static Way
way_new (const char *text)
{
  gchar **word = g_strsplit (text, ",", 5), **launch = g_strsplit (word[4], " ! ", 2);
  Way way = { (guint) atoi (word[0]), (guint) atoi (word[1]), (guint) atoi (word[2]), 0, gst_pad_new ("src", GST_PAD_SRC), g_mapped_file_new (word[3], FALSE, NULL) };
  gchar *caps = g_strdup_printf ("audio/x-raw,format=F32LE,layout=interleaved,rate=%u,channels=%u,channel-mask=(bitmask)%s", way.rate, way.n_channels,
      way.n_channels == 2 ? "3" : "0");
  gchar *taken = launch[0] && launch[1] ? g_strdup_printf ("audio/x-raw,format=%s", launch[1]) : g_strdup ("ANY");
  GstPad *sink = gst_pad_new_from_template (gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, gst_caps_from_string (taken)), "sink");
  GstSegment segment;
  if (!way.file)
    g_error ("%s cannot be read", word[3]);
  gst_pad_set_chain_function (sink, drop);
  gst_pad_set_active (way.src, TRUE);
  gst_pad_set_active (sink, TRUE);
  if (word[4][0])
    stand_between (way.src, sink, launch[0]);
  else
    gst_pad_link (way.src, sink);
  gst_pad_push_event (way.src, gst_event_new_stream_start ("bench"));
  gst_pad_push_event (way.src, gst_event_new_caps (gst_caps_from_string (caps)));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (way.src, gst_event_new_segment (&segment));
  g_free (caps);
  g_free (taken);
  g_strfreev (word);
  g_strfreev (launch);
  return way;
}

static double
now_us (void)
{
  struct timespec t;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (double) t.tv_sec * 1e6 + 1e-3 * (double) t.tv_nsec;
}

static guint64
n_turns (const Way *way)
{
  return g_mapped_file_get_length (way->file) / (way->n_channels * sizeof (gfloat)) / (way->rate * TURN_MS / 1000);
}

static GstBuffer *
next_buffer (Way *way)
{
  const gsize frame = way->n_channels * sizeof (gfloat);
  GstBuffer *buffer = gst_buffer_new_memdup (g_mapped_file_get_contents (way->file) + way->at * frame, way->n_frames * frame);
  GST_BUFFER_PTS (buffer) = gst_util_uint64_scale_int (way->at, GST_SECOND, (gint) way->rate);
  way->at += way->n_frames;
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale_int (way->at, GST_SECOND, (gint) way->rate) - GST_BUFFER_PTS (buffer);
  return buffer;
}

/* µs a frame of turn @k */
static double
run (Way *way, guint64 k)
{
  const guint64 begin = way->at, end = (k + 1) * (way->rate * TURN_MS / 1000);
  const gsize batch = CLAMP (BATCH / (way->n_channels * sizeof (gfloat) * way->n_frames), 1, MOST);
  GstBuffer *buffers[MOST];
  double spent = 0.0;
  while (way->at + way->n_frames <= end) {
    gsize n = 0;
    while (n < batch && way->at + way->n_frames <= end)
      buffers[n++] = next_buffer (way);
    const double start = now_us ();
    for (gsize i = 0; i < n; i++)
      if (gst_pad_push (way->src, buffers[i]) != GST_FLOW_OK)
        g_error ("a buffer is not taken");
    spent += now_us () - start;
  }
  return spent / (double) (way->at - begin);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  Way *ways = g_new0 (Way, argc);
  guint64 turns = G_MAXUINT64;
  for (int w = 1; w < argc; w++) {
    ways[w] = way_new (argv[w]);
    turns = MIN (n_turns (&ways[w]), turns);
  }
  for (guint64 k = 0; k < turns; k++)
    for (int w = 1; w < argc; w++)
      printf ("%.6f%c", run (&ways[w], k), w + 1 < argc ? '\t' : '\n');
  return 0;
}
