/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session.h"

#include <math.h>
#include <string.h>

#include "checksum.h"
#include "errors.h"
#include "extras.h"
#include "plot.h"
#include "rules.h"
#include "inputs.h"
#include "session-private.h"

void
gst_master_result_free (GstMasterResult *result)
{
  if (result == NULL)
    return;
  gst_master_source_free (result->input);
  gst_master_source_free (result->output);
  gst_master_listener_clear (&result->heard);
  gst_master_listener_clear (&result->heard_output);
  g_ptr_array_unref (result->warnings);
  g_clear_pointer (&result->portraits, g_ptr_array_unref);
  g_clear_pointer (&result->render_history, g_array_unref);
  gst_clear_tag_list (&result->render.tags);
  g_ptr_array_unref (result->stages);
  g_free (result->verdict);
  g_free (result->input_sha256);
  g_free (result->output_sha256);
  g_free (result);
}

gboolean
gst_master_session_play (GstMasterSession *s, const gchar *pass, GstMasterSource *source, GstElement *pipeline,
    const gchar *live, GError **error)
{
  if (pipeline == NULL)
    return FALSE;
  s->run.pass = pass;
  s->run.source = source;
  s->run.progress = s->progress;
  s->run.live = live;
  s->run.output_path = s->options->output;
  gst_master_work_prepare (pipeline, s->options->plot != NULL || s->options->references != NULL);
  if (!gst_master_run (&s->run, pipeline, error))
    return FALSE;
  const gdouble compressor_db = gst_master_work_compressor_db (s->run.finals);
  if (isfinite (compressor_db))
    s->result->compressor_db = compressor_db;
  if (source->total_frames == 0) {
    /* From here on the length is known to the frame, whatever the container said */
    source->total_frames = source->frames;
    if (source->rate > 0)
      source->duration = gst_util_uint64_scale (source->frames, GST_SECOND, source->rate);
  } else if (!gst_master_cache_is_whole (s->cache) && source->frames != source->total_frames) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT, "%s changed while it was read: it had %" G_GUINT64_FORMAT
        " frames and has %" G_GUINT64_FORMAT, source->path, source->total_frames, source->frames);
    return FALSE;
  }
  source->frames = source->total_frames;
  return TRUE;
}

gboolean
gst_master_session_measure (GstMasterSession *s, const gchar *pass, GstMasterSource *source, GstMasterFigures *figures,
    GstMasterListener *listener, GError **error)
{
  GstElement *pipeline = gst_master_make_measure (source, source == s->result->output,
      gst_master_rule_needs_dialogue (s->options->target), error);

  listener->wants_levels = gst_master_rule_needs_levels (s->options->target);
  gst_master_listener_attach (listener, pipeline, GST_MASTER_METER);
  if (!gst_master_session_play (s, pass, source, pipeline, GST_MASTER_METER, error))
    return FALSE;
  gst_master_listener_finish (listener);
  listener->history = g_steal_pointer (&s->run.history);
  if (!gst_master_figures_read (figures, s->run.finals, GST_MASTER_METER)) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT, "cannot read %s: there is no audio in it", source->path);
    return FALSE;
  }
  if (listener->levels != NULL)
    gst_master_levels_read (listener->levels, &figures->rms_dbfs, &figures->noise_floor_dbfs);
  return TRUE;
}

/* What is to be said of the input and of the work on it. */
static void
collect_warnings (GstMasterSession *s)
{
  GstMasterResult *result = s->result;
  const GstMasterRender *r = &result->render;
  const GstMasterWork work = {
    .chain = r->chain,
    .compressor_db = result->compressor_db,
    .limiting_db = result->limiting_db,
    .is_changed = !(r->no_limiter && r->drive_db == 0.0 && r->trim_db == 0.0 && r->rate == result->input->rate),
    .input_bits = result->heard.intake != NULL && !gst_master_source_is_lossy (result->input) ? result->heard.intake->bits : 0,
    .bits = r->bits
  };

  gst_master_warnings_take_input (result->warnings, result->input, &result->before, &result->heard);
  if (r->chain != NULL)
    gst_master_warnings_take_process (result->warnings, &work, &result->heard_output, result->output ? &result->after : NULL);
}

static void
stage_free (gpointer data)
{
  GstMasterStage *stage = data;
  g_free (stage->name);
  g_free (stage);
}

static void
add_stage (GstMasterResult *result, gchar *name, gdouble lufs)
{
  GstMasterStage *stage = g_new0 (GstMasterStage, 1);
  stage->name = name;
  stage->lufs = lufs;
  g_ptr_array_add (result->stages, stage);
}

void
gst_master_session_keep_stages (GstMasterSession *s)
{
  const GstMasterRender *r = &s->result->render;

  for (guint i = 0; i < r->chain->stages->len; i++) {
    const gboolean is_last = i + 1 == r->chain->stages->len;
    gchar *name = g_strdup_printf (GST_MASTER_METER_STAGE "%u", i);
    GstMasterFigures f = s->chained;
    if (is_last || gst_master_figures_read (&f, s->run.finals, name))
      add_stage (s->result, gst_master_chain_stage_name (r->chain, i), f.integrated_lufs);
    g_free (name);
  }
}

/* All that stands in the receipt of levels: input, trim, the chain's stages, drive, limiter. */
static void
complete_stages (GstMasterSession *s)
{
  GstMasterResult *result = s->result;
  GstMasterStage *trim = g_new0 (GstMasterStage, 1);

  trim->name = g_strdup ("trim");
  trim->lufs = result->before.integrated_lufs + result->render.trim_db;
  g_ptr_array_insert (result->stages, 0, trim);
  add_stage (result, g_strdup ("drive"), s->chained.integrated_lufs + result->render.drive_db);
  if (!result->render.no_limiter)
    add_stage (result, g_strdup ("limiter"), result->output != NULL ? result->after.integrated_lufs
        : result->predicted_lufs);
}

/* Nothing to change the loudness of: the same samples in the format asked for. */
static gboolean
keep_silence (GstMasterSession *s, const GstMasterFile *file, GError **error)
{
  GstMasterResult *result = s->result;

  g_ptr_array_set_size (s->options->chain->stages, 0);
  result->render.no_limiter = TRUE;
  result->target_lufs = result->predicted_lufs = result->before.integrated_lufs;
  result->predicted_dbtp = result->before.true_peak_dbtp;
  gst_master_progress_note (s->progress, "%s: no loudness in it, passed on as it is", result->input->path);
  return s->options->dry_run || (gst_master_session_render_once (s, file, error) && gst_master_session_finish (s, file, error));
}

static gboolean
master (GstMasterSession *s, const GstMasterFile *file, GError **error)
{
  GstMasterResult *result = s->result;
  GstMasterRender *r = &result->render;
  const GstMasterOptions *o = s->options;

  if (!o->measure)
    result->input->kept = gst_master_cache_new (s->cache_folder);
  if (!gst_master_session_measure (s, "measure", result->input, &result->before, &result->heard, error)
      || !gst_master_session_check_whole (result->input, error))
    return FALSE;
  if (result->input->is_scrambled) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_SETUP, "%s is FLAC with %d channels, which flacdec takes one for the other; install "
        "gstreamer1.0-libav, or convert it to WAV first", result->input->path, result->input->channels);
    return FALSE;
  }
  if (o->measure)
    return TRUE;
  r->chain = o->chain;
  r->with_stage_meters = o->report != NULL || o->resume;
  r->seed = gst_master_checksum_seed (result->input_sha256);
  r->dither = o->dither;
  r->shaping = o->shaping;
  if (!gst_master_session_settle_format (s, error) || !gst_master_session_check_size (s, error))
    return FALSE;
  gst_master_session_settle_ceiling (s);
  if (o->keep_silence && !isfinite (result->before.integrated_lufs))
    return keep_silence (s, file, error);
  const gboolean ok = gst_master_session_check_fitness (result->input, &result->before, error) && gst_master_session_fit_chain (s, error)
      && gst_master_session_plan (s, error) && (o->dry_run || gst_master_session_close_loop (s, file, error));
  if (ok)
    complete_stages (s);
  return ok;
}

/* Where to write: the file, or for stdout one in the folder for temporary files. */
static GstMasterFile *
open_output (const GstMasterOptions *o, const gchar *input, GError **error)
{
  if (!g_str_equal (o->output, "-"))
    return gst_master_file_new (o->output, input, o->overwrite, error);
  gchar *path = g_build_filename (g_get_tmp_dir (), "gst-master-stdout", NULL);
  GstMasterFile *file = gst_master_file_new (path, NULL, TRUE, error);
  g_free (path);
  return file;
}

static gboolean
close_output (GstMasterSession *s, GstMasterFile *file, GError **error)
{
  s->result->output_sha256 = gst_master_checksum_file (file->temporary, GST_MASTER_OUTPUT, error);
  if (s->result->output_sha256 == NULL)
    return FALSE;
  return s->options->stdout_fd >= 0 ? gst_master_copy_to (file->temporary, s->options->stdout_fd, error)
      : gst_master_file_commit (file, error);
}

static gboolean
open_input (GstMasterSession *s, GError **error)
{
  GstMasterSource *in = s->result->input;

  if (s->film != NULL) {
    s->result->input_sha256 = g_strdup (s->film->sha256);
    return TRUE;
  }
  if (gst_master_input_is_stream (in->path)) {
    gchar *spooled = gst_master_input_spool (in->path, error);
    if (spooled == NULL)
      return FALSE;
    g_free (in->location);
    in->location = spooled;
    gst_master_progress_note (s->progress, "%s cannot be read twice: spooled in %s", g_str_equal (in->path, "-") ? "stdin"
        : in->path, g_get_tmp_dir ());
  }
  return gst_master_check_input (in->location, in->path, error)
      && (s->result->input_sha256 = gst_master_checksum_file (in->location, GST_MASTER_INPUT, error)) != NULL;
}

/* One of the film's tracks, or its file as a whole. */
static GstMasterSource *
make_source (const gchar *path, const GstMasterFilm *film, guint track)
{
  GstMasterSource *source = gst_master_source_new (path);
  const GstMasterFilmTrack *of_film = film != NULL ? g_ptr_array_index (film->audio, track) : NULL;

  source->track = track;
  if (of_film != NULL) {
    g_free (source->location);
    source->location = g_strdup (film->location);
    source->stream = g_strdup (of_film->stream);
    source->origin = film->origin;
  }
  return source;
}

static const GstMasterProfile *
choose_profile (const GstMasterSession *s, GError **error)
{
  const GstMasterOptions *o = s->options;

  if (s->film != NULL) {
    const GstMasterFilmTrack *track = g_ptr_array_index (s->film->audio, s->film_track);
    return gst_master_film_profile (s->film, o->format, track->is_lossless, error);
  }
  return o->output != NULL ? gst_master_profile_find (o->format, o->output, error)
      : gst_master_profile_find (o->format != NULL ? o->format : "flac", "", error);
}

/* @into: the file to write, which is nobody's yet; NULL: the options name it. */
static GstMasterResult *
run (GstMasterSession *s, const gchar *input, const GstMasterFile *into, GError **error)
{
  GstMasterOptions *o = s->options;
  GstMasterFile *file = NULL;
  GstMasterFile *plot = NULL;
  GstMasterAb *ab = NULL;
  gboolean ok;

  s->slope = 1.0;
  s->result = g_new0 (GstMasterResult, 1);
  s->result->input = make_source (input, s->film, s->film != NULL ? s->film_track : (guint) MAX (o->track, 1) - 1);
  s->result->target = o->target;
  s->result->heard.is_of_input = TRUE;
  s->result->render.is_shown = !o->quiet || o->json_progress;
  s->result->stages = g_ptr_array_new_with_free_func (stage_free);
  s->result->warnings = gst_master_warnings_new ();
  s->result->limiting_db = s->result->predicted_dbtp = s->result->predicted_lufs = s->result->compressor_db = NAN;
  gst_master_figures_clear (&s->result->second);
  ok = open_input (s, error);
  if (ok && !o->measure) {
    s->result->render.profile = choose_profile (s, error);
    ok = s->result->render.profile != NULL && gst_master_session_check_format (o, s->result->render.profile, error) && (o->dry_run || into != NULL
        || (into = file = open_output (o, s->result->input->location, error)) != NULL);
  }
  s->cache_folder = into != NULL ? g_path_get_dirname (into->temporary) : g_strdup (g_get_tmp_dir ());
  if (ok && o->ab != NULL)
    ok = (ab = gst_master_ab_new (o, input, error)) != NULL;
  if (ok && o->plot != NULL)
    ok = (plot = gst_master_file_new (o->plot, input, o->overwrite, error)) != NULL;
  ok = ok && master (s, into, error) && gst_master_extras_references (s, error);
  if (ok && ab != NULL)
    ok = gst_master_ab_render (ab, s, into->temporary, error);
  if (ok && plot != NULL)
    ok = gst_master_plot_draw (s->result, plot->path, plot->temporary, error);
  if (ok) {
    s->result->platform_gain_db = gst_master_rule_gain_db (o->target, s->result->output ? &s->result->after : &s->result->before);
    collect_warnings (s);
  }
  if (ok && into != NULL)
    s->result->verdict = gst_master_rule_verdict (o->target, &s->result->after);
  ok = ok && (file == NULL || close_output (s, file, error));
  ok = ok && (ab == NULL || gst_master_ab_commit (ab, error));
  if (ok && plot != NULL)
    ok = gst_master_file_commit (plot, error);
  gst_master_file_free (plot);
  gst_master_ab_free (ab);
  gst_master_file_free (file);
  gst_master_cache_free (s->cache);
  g_free (s->cache_folder);
  gst_master_run_clear (&s->run);
  if (!ok)
    g_clear_pointer (&s->result, gst_master_result_free);
  return s->result;
}

GstMasterResult *
gst_master_session_run (GstMasterOptions *o, const gchar *input, GstMasterProgress *progress, GError **error)
{
  GstMasterSession s = { .options = o, .progress = progress };
  return run (&s, input, NULL, error);
}

GstMasterResult *
gst_master_session_run_track (GstMasterOptions *o, const GstMasterFilm *film, guint track, const GstMasterFile *file,
    GstMasterProgress *progress, GError **error)
{
  GstMasterSession s = { .options = o, .progress = progress, .film = film, .film_track = track };
  return run (&s, film->path, file, error);
}

guint64
gst_master_session_frames (const GstMasterResult *result)
{
  return gst_util_uint64_scale_round (result->input->total_frames, result->render.rate, result->input->rate);
}

gboolean
gst_master_session_check_track (GstMasterOptions *o, const GstMasterFilm *film, guint track, GstMasterResult *result,
    GstMasterProgress *progress, GError **error)
{
  GstMasterSession s = { .options = o, .progress = progress, .film = film, .film_track = track, .result = result };

  gst_master_source_free (result->output);
  result->output = make_source (film->path, film, track);
  gst_master_listener_clear (&result->heard_output);
  const gboolean ok = gst_master_session_measure (&s, "check film", result->output, &result->after, &result->heard_output, error);
  if (ok)
    gst_master_figures_read (&result->second, s.run.finals, GST_MASTER_METER_SECOND);
  gst_master_run_clear (&s.run);
  return ok;
}
