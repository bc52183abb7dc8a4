/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runner.h"

#include <glib-unix.h>
#include <gst/pbutils/pbutils.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include "errors.h"

static gboolean is_cancelled;
static GMainLoop *running_loop;

static gboolean
cancel (gpointer user_data)
{
  is_cancelled = TRUE;
  if (running_loop != NULL)
    g_main_loop_quit (running_loop);
  return G_SOURCE_CONTINUE;
}

void
gst_master_run_catch_signals (void)
{
  g_unix_signal_add (SIGINT, cancel, NULL);
  g_unix_signal_add (SIGTERM, cancel, NULL);
  g_unix_signal_add (SIGHUP, cancel, NULL);
  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN);    /* a file size limit is an error of write (), as a full disk is */
}

gboolean
gst_master_run_is_cancelled (GError **error)
{
  while (g_main_context_iteration (NULL, FALSE));
  if (is_cancelled)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_CANCELLED, "cancelled; nothing was written");
  return is_cancelled;
}

typedef struct
{
  GstMasterRun *run;
  GMainLoop *loop;
  GError *error;
  gchar *missing;               /* the decoder that was looked for */
  gdouble lufs;
  guint64 frames;               /* as of the last tick */
  guint still_ticks;            /* since then */
} State;

#define TICK_MS 100
/* A demuxer that neither goes on nor says why would keep us for ever */
#define STILL_MS 60000

static gboolean
is_within (GstObject *object, const gchar *bin_name)
{
  for (; object != NULL; object = GST_OBJECT_PARENT (object))
    if (g_strcmp0 (GST_OBJECT_NAME (object), bin_name) == 0)
      return TRUE;
  return FALSE;
}

static void
tell_chained (State *s)
{
  g_set_error (&s->error, GST_MASTER_ERROR, GST_MASTER_INPUT,
      "cannot read %s: several streams stand in it one behind the other, as of a radio; convert it to one FLAC or WAV file first",
      s->run->source->path);
}

static void
tell_input_error (State *s, const GError *e)
{
  const gchar *path = s->run->source->path;

  if (s->run->source->is_chained)
    tell_chained (s);
  else if (s->missing == NULL && !s->run->source->is_linked && s->run->source->n_tracks > 0)
    g_set_error (&s->error, GST_MASTER_ERROR, GST_MASTER_INPUT, "cannot read %s: there is no audio track of that number in it",
        path);
  else if (s->missing == NULL && g_error_matches (e, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN))
    g_set_error (&s->error, GST_MASTER_ERROR, GST_MASTER_INPUT,
        "cannot read %s: there is no audio in it, or none that can be decoded", path);
  else if (s->missing != NULL || g_error_matches (e, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND))
    g_set_error (&s->error, GST_MASTER_ERROR, GST_MASTER_INPUT,
        "cannot read %s: no %s; install gstreamer1.0-plugins-good, -bad, -ugly or gstreamer1.0-libav", path,
        s->missing ? s->missing : "decoder for it");
  else if (g_error_matches (e, GST_STREAM_ERROR, GST_STREAM_ERROR_TYPE_NOT_FOUND)
      || g_error_matches (e, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE))
    g_set_error (&s->error, GST_MASTER_ERROR, GST_MASTER_INPUT,
        "cannot read %s: it is not an audio file, or broken from the start", path);
  else if (e->domain == GST_STREAM_ERROR)
    g_set_error (&s->error, GST_MASTER_ERROR, GST_MASTER_INPUT,
        "cannot read %s: it is broken (%s); get a whole copy", path, e->message);
  else
    g_set_error (&s->error, GST_MASTER_ERROR, GST_MASTER_INPUT, "cannot read %s: %s", path, e->message);
}

static void
tell_error (State *s, GstMessage *message)
{
  GError *e = NULL;
  gchar *debug = NULL;

  gst_message_parse_error (message, &e, &debug);
  GST_DEBUG ("%s (%s)", e->message, debug);
  /* One line, whatever the element wrote */
  g_strdelimit (g_strchomp (e->message), "\r\n", ' ');
  if (s->error != NULL) {
    /* the first one is the cause */
  } else if (is_within (GST_MESSAGE_SRC (message), "input")) {
    tell_input_error (s, e);
  } else if (is_within (GST_MESSAGE_SRC (message), "output") && e->domain == GST_RESOURCE_ERROR) {
    /* filesink puts the system's reason on the last line of its debug text */
    const gchar *why = debug != NULL ? strrchr (debug, '\n') : NULL;
    g_set_error (&s->error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "cannot write %s: %s", s->run->output_path,
        g_error_matches (e, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT)
        ? "the disk is full; make room or choose another with -o" : why != NULL ? why + 1 : e->message);
  } else {
    g_set_error (&s->error, GST_MASTER_ERROR, GST_MASTER_USAGE, "%s", e->message);
  }
  g_error_free (e);
  g_free (debug);
}

static void
take_element_message (State *s, GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  const gchar *name = GST_OBJECT_NAME (GST_MESSAGE_SRC (message));
  gboolean is_final = FALSE;

  if (gst_is_missing_plugin_message (message)) {
    g_free (s->missing);
    s->missing = gst_missing_plugin_message_get_description (message);
    return;
  }
  if (gst_structure_get_boolean (structure, "final", &is_final) && is_final)
    g_hash_table_replace (s->run->finals, g_strdup (name), gst_structure_copy (structure));
  gst_master_history_take (s->run->history, structure);
  if (g_strcmp0 (name, s->run->live) == 0)
    gst_structure_get_double (structure, "global-loudness", &s->lufs);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  State *s = user_data;
  GstTagList *tags = NULL;
  GError *warning = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_EOS:
      g_main_loop_quit (s->loop);
      break;
    case GST_MESSAGE_ERROR:
      tell_error (s, message);
      g_main_loop_quit (s->loop);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &warning, NULL);
      if (s->run->warning == NULL)
        s->run->warning = g_strdup (warning->message);
      g_error_free (warning);
      break;
    case GST_MESSAGE_ELEMENT:
      take_element_message (s, message);
      break;
    case GST_MESSAGE_TAG:
      gst_message_parse_tag (message, &tags);
      gst_master_source_take_tags (s->run->source, tags);
      gst_tag_list_unref (tags);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_tick (gpointer user_data)
{
  State *s = user_data;
  const GstMasterSource *source = s->run->source;
  const gdouble total = GST_CLOCK_TIME_IS_VALID (source->duration) ? source->duration / 1e9 : 0.0;
  s->still_ticks = source->frames != s->frames ? 0 : s->still_ticks + 1;
  s->frames = source->frames;
  if (s->still_ticks * TICK_MS > STILL_MS) {
    g_set_error (&s->error, GST_MASTER_ERROR, GST_MASTER_INPUT,
        "cannot read %s: nothing has come for a minute; convert it to FLAC or WAV first", source->path);
    g_main_loop_quit (s->loop);
  }
  gst_master_progress_update (s->run->progress, gst_master_source_seconds (source), total, s->lufs);
  return G_SOURCE_CONTINUE;
}

gboolean
gst_master_run (GstMasterRun *run, GstElement *pipeline, GError **error)
{
  State s = { .run = run, .lufs = NAN };
  GstBus *bus = gst_element_get_bus (pipeline);

  gst_master_run_clear (run);
  run->finals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) gst_structure_free);
  run->history = gst_master_history_new ();
  s.loop = running_loop = g_main_loop_new (NULL, FALSE);
  const guint watch = gst_bus_add_watch (bus, on_message, &s);
  const guint tick = g_timeout_add (TICK_MS, on_tick, &s);

  gst_master_progress_begin (run->progress, run->pass);
  if (!is_cancelled) {
    gst_element_set_state (pipeline, GST_STATE_PLAYING);        /* a failure is an error message, too */
    g_main_loop_run (s.loop);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_master_progress_end (run->progress, gst_master_source_seconds (run->source));

  g_source_remove (tick);
  g_source_remove (watch);
  running_loop = NULL;
  g_main_loop_unref (s.loop);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  g_free (s.missing);

  if (is_cancelled) {
    g_clear_error (&s.error);
    gst_master_run_is_cancelled (&s.error);
  } else if (s.error == NULL && !run->source->is_linked) {
    g_set_error (&s.error, GST_MASTER_ERROR, GST_MASTER_INPUT, "cannot read %s: there is no audio in it", run->source->path);
  }
  if (s.error == NULL && run->source->is_chained)
    tell_chained (&s);
  if (s.error != NULL) {
    g_propagate_error (error, s.error);
    return FALSE;
  }
  return TRUE;
}

void
gst_master_run_clear (GstMasterRun *run)
{
  g_clear_pointer (&run->finals, g_hash_table_unref);
  g_clear_pointer (&run->warning, g_free);
  g_clear_pointer (&run->history, g_array_unref);
}
