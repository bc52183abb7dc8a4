/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session.h"

#include <math.h>

#include "errors.h"
#include "files.h"
#include "runner.h"

#define MAX_RENDERS 8
/* The limiter holds its ceiling to 0.01 dB, dither adds an LSB and a half, meters differ by 0.01 dB */
#define CEILING_MARGIN_DB 0.03

typedef struct
{
  GstMasterOptions *options;
  GstMasterProgress *progress;
  GstMasterResult *result;
  GstMasterRun run;
} Session;

void
gst_master_result_free (GstMasterResult *result)
{
  if (result == NULL)
    return;
  gst_master_source_free (result->input);
  gst_master_source_free (result->output);
  g_free (result);
}

static gboolean
play (Session *s, const gchar *pass, GstMasterSource *source, GstElement *pipeline, const gchar *live, GError **error)
{
  if (pipeline == NULL)
    return FALSE;
  s->run.pass = pass;
  s->run.source = source;
  s->run.progress = s->progress;
  s->run.live = live;
  s->run.output_path = s->options->output;
  if (!gst_master_run (&s->run, pipeline, error))
    return FALSE;
  /* From here on the length is known to the frame, whatever the container said */
  if (source->rate > 0)
    source->duration = gst_util_uint64_scale (source->frames, GST_SECOND, source->rate);
  return TRUE;
}

static gboolean
measure (Session *s, const gchar *pass, GstMasterSource *source, GstMasterFigures *figures, GError **error)
{
  if (!play (s, pass, source, gst_master_make_measure (source, error), GST_MASTER_METER, error))
    return FALSE;
  if (!gst_master_figures_read (figures, s->run.finals, GST_MASTER_METER)) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT, "cannot read %s: there is no audio in it", source->path);
    return FALSE;
  }
  return TRUE;
}

/* Formats that count frames say how many there should be. */
static gboolean
check_whole (const GstMasterSource *in, GError **error)
{
  const gdouble seconds = gst_master_source_seconds (in);
  const gdouble declared = GST_CLOCK_TIME_IS_VALID (in->declared) ? in->declared / 1e9 : seconds;

  if (gst_master_source_is_lossy (in) || declared - seconds < 0.1)
    return TRUE;
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT,
      "cannot read %s: it is cut off, %.1f of %.1f seconds are there; get a whole copy", in->path, seconds, declared);
  return FALSE;
}

static gboolean
check_fitness (const GstMasterSource *in, const GstMasterFigures *before, GError **error)
{
  const gdouble seconds = gst_master_source_seconds (in);

  if (seconds < 0.4)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT,
        "%s is %.0f ms long: loudness is measured in blocks of 400 ms, so there is none", in->path, seconds * 1e3);
  else if (!isfinite (before->integrated_lufs))
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT,
        "%s is silent: nothing in it is above -70 LUFS, so there is no loudness to change", in->path);
  else
    return TRUE;
  return FALSE;
}

/* Leaves out stages for stereo where there is one channel, and says so; refuses more than two. */
static gboolean
fit_chain (Session *s, GError **error)
{
  GstMasterChain *chain = s->options->chain;
  const GstMasterSource *in = s->result->input;
  gint i;

  if (in->channels == 2)
    return TRUE;
  while ((i = gst_master_chain_find_stereo_stage (chain)) >= 0) {
    gchar *name = gst_master_chain_stage_name (chain, i);
    const gboolean leave_out = in->channels == 1 && g_str_equal (name, "msmatrix");
    if (leave_out) {
      gst_master_progress_note (s->progress, "mono input: the master is mono, %s has nothing to do and is left out", name);
      g_ptr_array_remove_index (chain->stages, i);
    } else {
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT, "%s has %d channel%s, but %s in the chain \"%s\" needs stereo; "
          "use --preset transparent, or a --chain without it", in->path, in->channels, in->channels == 1 ? "" : "s", name,
          chain->name);
    }
    g_free (name);
    if (!leave_out)
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_gain (const Session *s, const gchar *what, gdouble db, GError **error)
{
  if (fabs (db) <= GST_MASTER_MAX_GAIN_DB)
    return TRUE;
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNREACHABLE,
      "%s would need %+.1f dB of %s, more than %.0f dB: check the input's level", s->result->input->path, db, what,
      GST_MASTER_MAX_GAIN_DB);
  return FALSE;
}

/* First guess of the drive. With a chain: run it and see what it makes of the working level. */
static gboolean
find_drive (Session *s, GError **error)
{
  GstMasterRender *r = &s->result->render;
  const gdouble target = s->options->loudness_lufs;
  GstMasterFigures driven, limited;

  if (r->chain->stages->len == 0) {
    r->drive_db = target - s->result->before.integrated_lufs;
    return check_gain (s, "gain", r->drive_db, error);
  }
  r->trim_db = GST_MASTER_WORKING_LUFS - s->result->before.integrated_lufs;
  r->drive_db = target - GST_MASTER_WORKING_LUFS;
  if (!check_gain (s, "gain", r->trim_db, error)
      || !play (s, "analyse", s->result->input, gst_master_make_analysis (s->result->input, r, error),
          GST_MASTER_METER_LIMITED, error))
    return FALSE;
  if (!gst_master_figures_read (&driven, s->run.finals, GST_MASTER_METER_DRIVEN)
      || !gst_master_figures_read (&limited, s->run.finals, GST_MASTER_METER_LIMITED)
      || !isfinite (driven.integrated_lufs) || !isfinite (limited.integrated_lufs)) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT, "nothing comes out of the chain \"%s\"; look at its gates and mutes",
        r->chain->name);
    return FALSE;
  }
  r->drive_db += target - limited.integrated_lufs;
  return check_gain (s, "drive", r->drive_db, error);
}

static void
read_limiting (Session *s)
{
  const GstStructure *final = g_hash_table_lookup (s->run.finals, GST_MASTER_LIMITER);
  const GValue *array = final != NULL ? gst_structure_get_value (final, "gain-reduction-max") : NULL;

  s->result->limiting_db = NAN;
  for (guint i = 0; array != NULL && i < gst_value_array_get_size (array); i++)
    s->result->limiting_db = fmax (s->result->limiting_db, g_value_get_double (gst_value_array_get_value (array, i)));
}

static gboolean
render_once (Session *s, const GstMasterFile *file, GError **error)
{
  GstMasterResult *result = s->result;

  result->n_renders++;
  if (!play (s, "render", result->input, gst_master_make_render (result->input, &result->render, file->temporary, error),
          NULL, error))
    return FALSE;
  read_limiting (s);
  gst_master_source_free (result->output);
  result->output = gst_master_source_new (file->temporary);
  return measure (s, "check", result->output, &result->after, error);
}

/* Render, measure the written file, correct, again. The loudness of the written file rises with the drive, by less than 1 dB
 * a dB once the limiter works: the slope between the last two renders tells how much less. */
static gboolean
close_loop (Session *s, const GstMasterFile *file, GError **error)
{
  GstMasterRender *r = &s->result->render;
  const gdouble target = s->options->loudness_lufs, ceiling = s->options->ceiling_dbtp;
  gdouble slope = 1.0, last_drive = NAN, last_lufs = NAN;

  while (s->result->n_renders < MAX_RENDERS) {
    if (!render_once (s, file, error))
      return FALSE;
    const gdouble lufs = s->result->after.integrated_lufs;
    const gdouble off = lufs - target, over = s->result->after.true_peak_dbtp - ceiling;
    if (!isfinite (lufs))
      break;
    if (fabs (off) <= GST_MASTER_TOLERANCE_LU && over <= 0.0)
      return TRUE;

    if (over > 0.0)
      r->ceiling_db -= over + 0.01;
    if (isfinite (last_drive) && fabs (r->drive_db - last_drive) > 1e-3)
      slope = CLAMP ((lufs - last_lufs) / (r->drive_db - last_drive), 0.1, 1.0);
    last_drive = r->drive_db;
    last_lufs = lufs;
    if (fabs (off) > GST_MASTER_TOLERANCE_LU / 4.0)
      r->drive_db -= off / slope;
    gst_master_progress_note (s->progress, "written file: %.2f LUFS, %.2f dBTP; again with %+.2f dB", lufs,
        s->result->after.true_peak_dbtp, r->drive_db);
    if (fabs (r->drive_db) > GST_MASTER_MAX_GAIN_DB)
      break;
  }
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNREACHABLE,
      "%.1f LUFS at %.1f dBTP is not reachable: the best was %.2f LUFS, %.2f dBTP; ask for less with --loudness", target,
      ceiling, s->result->after.integrated_lufs, s->result->after.true_peak_dbtp);
  return FALSE;
}

static gboolean
settle_format (Session *s, GError **error)
{
  GstMasterRender *r = &s->result->render;
  const GstMasterSource *in = s->result->input;
  const gint bits = s->options->bits ? s->options->bits
      : in->bits > 0 && !gst_master_source_is_lossy (in) ? gst_master_profile_best_bits (r->profile, MAX (in->bits, 16))
      : 24;

  r->bits = bits;
  r->rate = s->options->rate ? s->options->rate : in->rate;
  return gst_master_profile_raw_format (r->profile, bits, error) != NULL;
}

static gboolean
master (Session *s, const GstMasterFile *file, GError **error)
{
  GstMasterRender *r = &s->result->render;

  if (!measure (s, "measure", s->result->input, &s->result->before, error) || !check_whole (s->result->input, error))
    return FALSE;
  if (s->options->measure)
    return TRUE;
  r->chain = s->options->chain;
  r->ceiling_db = s->options->ceiling_dbtp - CEILING_MARGIN_DB;
  r->seed = 1;
  return check_fitness (s->result->input, &s->result->before, error) && settle_format (s, error) && fit_chain (s, error)
      && find_drive (s, error) && close_loop (s, file, error);
}

GstMasterResult *
gst_master_session_run (GstMasterOptions *o, const gchar *input, GstMasterProgress *progress, GError **error)
{
  Session s = { .options = o, .progress = progress };
  GstMasterFile *file = NULL;
  gboolean ok;

  s.result = g_new0 (GstMasterResult, 1);
  s.result->input = gst_master_source_new (input);
  ok = gst_master_check_input (input, error);
  if (ok && !o->measure) {
    s.result->render.profile = gst_master_profile_find (o->format, o->output, error);
    ok = s.result->render.profile != NULL && (file = gst_master_file_new (o->output, input, o->overwrite, error)) != NULL;
  }
  ok = ok && master (&s, file, error) && (file == NULL || gst_master_file_commit (file, error));
  gst_master_file_free (file);
  gst_master_run_clear (&s.run);
  if (!ok)
    g_clear_pointer (&s.result, gst_master_result_free);
  return s.result;
}
