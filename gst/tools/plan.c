/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much gain, by the policy:
 *   loudness  what reaches the target; the limiter takes what stands out, up to --max-limiting
 *   linear    what reaches the target, if nothing stands out then; else it is not reachable
 *   peak      what reaches the target or brings the highest peak to the ceiling, whichever is less
 * Without a chain the first measurement says it all, but for what a limiter costs. A chain is run once, and what comes out of it is
 * kept if there is room. What a limiter costs in loudness is tried without writing, so that what is not reachable is known before
 * a file is begun. */
#include <math.h>

#include "errors.h"
#include "rules.h"
#include "session-private.h"

/* A gain below this is none; within the loop's tolerance */
#define NEAR_ENOUGH_DB 0.05
#define MAX_TRIALS 6
/* So near, the slope brings it close enough without another trial */
#define LAST_STEP_DB 0.2
/* Cost of the limiter in loudness that is foreseen within the loop's tolerance */
#define FORESEEN_LU 0.08

static gboolean
check_gain (const GstMasterSession *s, const gchar *what, gdouble db, GError **error)
{
  if (fabs (db) <= GST_MASTER_MAX_GAIN_DB)
    return TRUE;
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNREACHABLE,
      "%s would need %+.1f dB of %s, more than %.0f dB: check the input's level", s->result->input->path, db, what,
      GST_MASTER_MAX_GAIN_DB);
  return FALSE;
}

/* Runs chain and resampler: s->chained is what comes out of them, before the drive. */
static gboolean
analyse (GstMasterSession *s, GError **error)
{
  GstMasterResult *result = s->result;
  const GstMasterRender *r = &result->render;

  s->cache = gst_master_cache_new (s->cache_folder);
  if (!gst_master_session_play (s, "analyse", result->input, gst_master_make_analysis (result->input, r, s->cache, error),
          r->no_limiter ? GST_MASTER_METER_DRIVEN : GST_MASTER_METER_LIMITED, error))
    return FALSE;
  if (!gst_master_figures_read (&s->chained, s->run.finals, GST_MASTER_METER_DRIVEN)
      || !isfinite (s->chained.integrated_lufs)) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT,
        "nothing comes out of the chain \"%s\"; look at its gates and mutes", r->chain->name);
    return FALSE;
  }
  if (gst_master_cache_is_whole (s->cache))     /* what it was made from is not needed any more */
    g_clear_pointer (&result->input->kept, gst_master_cache_free);
  gst_master_session_keep_stages (s);
  return TRUE;
}

static gboolean
try_drive (GstMasterSession *s, gdouble drive_db, gdouble *lufs, GError **error)
{
  GstMasterResult *result = s->result;
  GstMasterFigures limited;

  result->render.drive_db = drive_db;
  if (!check_gain (s, "drive", drive_db, error)
      || !gst_master_session_play (s, "try", result->input, gst_master_make_trial (result->input, &result->render, s->cache,
              error), GST_MASTER_METER_LIMITED, error))
    return FALSE;
  gst_master_figures_read (&limited, s->run.finals, GST_MASTER_METER_LIMITED);
  *lufs = limited.integrated_lufs;
  gst_master_session_limiting (s);
  s->is_tried = TRUE;
  return TRUE;
}

/* What the limiter takes of the loudness is so little that its law need not be exact: the drive for the target by the model, from
 * a trial in which it worked. */
static gboolean
is_foreseen (const GstMasterSession *s, gdouble tried_db, gdouble tried_lufs, gdouble *drive_db)
{
  const gdouble headroom = s->result->render.ceiling_db - s->chained.true_peak_dbtp;
  const gdouble to_target = s->options->loudness_lufs - s->chained.integrated_lufs;
  const gdouble cost = s->chained.integrated_lufs + tried_db - tried_lufs, worked = tried_db - headroom;

  if (worked < 1.0)
    return FALSE;
  const gdouble ratio = (to_target - headroom) / worked, foreseen = cost * ratio * ratio;
  if (ratio > 3.0 || foreseen > FORESEEN_LU)
    return FALSE;
  *drive_db = to_target + foreseen;
  return TRUE;
}

/* The drive with which the limiter's output has the target's loudness: a secant through trials. Of the loudness that a limiter
 * costs the model is that it grows with the square of what stands out; it gives the slope at the first trial. */
static gboolean
find_drive (GstMasterSession *s, gdouble drive_db, gdouble lufs, GError **error)
{
  const GstMasterOptions *o = s->options;
  const gdouble in_lufs = s->chained.integrated_lufs;
  const gdouble headroom = s->result->render.ceiling_db - s->chained.true_peak_dbtp;
  const gdouble highest = headroom + o->max_limiting_db;
  gdouble last_drive = NAN, last_lufs = NAN;

  for (guint trial = 0; trial < MAX_TRIALS; trial++) {
    if (isnan (lufs)) {
      drive_db = fmin (drive_db, highest);
      if (!try_drive (s, drive_db, &lufs, error))
        return FALSE;
    }
    const gdouble off = lufs - o->loudness_lufs;
    if (drive_db >= highest && off < -GST_MASTER_TOLERANCE_LU && o->may_fall_short) {
      gst_master_progress_note (s->progress, "%.1f LUFS need more than %.1f dB of limiting: %.1f LUFS, which %s leaves as they are",
          o->loudness_lufs, o->max_limiting_db, lufs, o->target->name);
      s->result->predicted_lufs = s->result->target_lufs = lufs;
      s->result->render.drive_db = drive_db;
      return TRUE;
    }
    if (drive_db >= highest && off < -GST_MASTER_TOLERANCE_LU) {
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNREACHABLE,
          "%.1f LUFS needs at least %.1f dB of limiting, %.1f dB are allowed: with those it is %.1f LUFS; "
          "ask for that with --loudness, or allow more with --max-limiting", o->loudness_lufs,
          fmax (o->loudness_lufs - in_lufs - headroom, o->max_limiting_db + 0.1), o->max_limiting_db, floor (lufs * 10.0) / 10.0);
      return FALSE;
    }
    gdouble slope = 1.0;
    if (isfinite (last_drive) && fabs (drive_db - last_drive) > 1e-3)
      slope = CLAMP ((lufs - last_lufs) / (drive_db - last_drive), 0.1, 1.0);
    else if (drive_db > headroom)
      slope = CLAMP (1.0 - 2.0 * (in_lufs + drive_db - lufs) / (drive_db - headroom), 0.3, 1.0);
    last_drive = drive_db;
    last_lufs = lufs;
    drive_db = drive_db - off / slope;
    s->slope = slope;
    /* below the headroom there is no limiter to be guessed at */
    if ((fabs (off) <= LAST_STEP_DB || is_foreseen (s, last_drive, last_lufs, &drive_db)) && drive_db <= highest) {
      s->result->predicted_lufs = o->loudness_lufs;
      s->result->render.drive_db = drive_db;
      return TRUE;
    }
    lufs = NAN;
  }
  s->result->predicted_lufs = last_lufs;
  return TRUE;
}

/* Moves the drive, says what will happen. @drive_db and @lufs: a trial that was made on the way, NaN if none was. */
static gboolean
apply_policy (GstMasterSession *s, gdouble drive_db, gdouble lufs, GError **error)
{
  GstMasterResult *result = s->result;
  GstMasterRender *r = &result->render;
  const gdouble target = s->options->loudness_lufs;
  const gdouble to_target = target - s->chained.integrated_lufs;        /* without a limiter */
  const gdouble headroom = r->ceiling_db - s->chained.true_peak_dbtp;

  r->drive_db = to_target;
  if (s->options->policy == GST_MASTER_POLICY_PEAK)
    r->drive_db = fmin (to_target, headroom);
  result->target_lufs = s->chained.integrated_lufs + r->drive_db;
  if (s->options->policy == GST_MASTER_POLICY_LINEAR && to_target > headroom) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNREACHABLE,
        "%.1f LUFS is not reachable without limiting: %.1f LUFS is, with the peak at the ceiling; "
        "use --policy peak or loudness", target, s->chained.integrated_lufs + headroom);
    return FALSE;
  }
  result->predicted_lufs = result->target_lufs;
  const gboolean is_tried = drive_db > headroom && drive_db <= headroom + s->options->max_limiting_db && isfinite (lufs);
  if (s->options->policy == GST_MASTER_POLICY_LOUDNESS && to_target > headroom
      && !find_drive (s, is_tried ? drive_db : to_target, is_tried ? lufs : NAN, error))
    return FALSE;
  /* What is there already stays as it is, to the bit */
  if (r->chain->stages->len == 0 && r->rate == result->input->rate && fabs (r->drive_db) <= NEAR_ENOUGH_DB
      && headroom >= 0.0) {
    r->drive_db = 0.0;
    r->no_limiter = TRUE;
  }
  const gdouble above = r->drive_db - headroom;
  if (above > 0.0 && s->is_tried)
    gst_master_progress_note (s->progress, "plan: %+.2f dB, limiting %.1f dB at %" G_GUINT64_FORMAT " places", r->trim_db
        + r->drive_db, above, result->limited_events);
  else if (above > 0.0)
    gst_master_progress_note (s->progress, "plan: %+.2f dB, limiting %.1f dB", r->trim_db + r->drive_db, above);
  else
    gst_master_progress_note (s->progress, "plan: linear, %+.2f dB, no limiting%s", r->trim_db + r->drive_db,
        r->drive_db < to_target - 0.01 ? "; the peak is at the ceiling before the target is reached" : "");
  result->predicted_limiting_db = fmax (above, 0.0);
  result->predicted_dbtp = fmin (s->chained.true_peak_dbtp + r->drive_db, r->ceiling_db);
  return check_gain (s, "drive", r->drive_db, error);
}

/* Static gain does not change the range: what is too wide is refused, never levelled. */
static gboolean
check_range (const GstMasterSession *s, GError **error)
{
  const gdouble most = s->options->max_lra_lu, is = s->chained.lra_lu;

  if (!(is > most))             /* NaN: any */
    return TRUE;
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNREACHABLE,
      "the loudness range is %.1f LU, --max-lra allows %.1f; a gain does not change it: use a --preset that compresses, or allow more",
      is, most);
  return FALSE;
}

gboolean
gst_master_session_plan (GstMasterSession *s, GError **error)
{
  GstMasterRender *r = &s->result->render;
  const GstMasterFigures *before = &s->result->before;
  const GstMasterTarget *t = s->options->target;
  const gchar *rule = gst_master_rule_text (t);
  gdouble lufs = NAN, drive_db = NAN;

  if (isnan (t->lufs) && s->options->loudness_lufs == 0.0)
    gst_master_progress_note (s->progress, "target %s: it names no loudness; as loud as the peaks let", t->name);
  else
    gst_master_progress_note (s->progress, "target %s, %.1f LUFS, %.1f dBTP%s%s (%s)", t->name, s->options->loudness_lufs,
        s->options->ceiling_dbtp, rule ? ": " : "", rule ? rule : "", t->grade);
  if (gst_master_rule_is_of_speech (t))
    gst_master_progress_note (s->progress, "target %s counts speech alone, but it is the whole programme that gets this loudness; its dialogue has %.1f LUFS now "
        "by our speech gate (an estimate), and is checked afterwards", t->name, before->dialogue_lufs);
  if (s->options->loudness_lufs > t->louder_than_lufs && s->options->ceiling_dbtp == t->louder_true_peak_dbtp)
    gst_master_progress_note (s->progress, "louder than %.1f LUFS it asks for %.1f dBTP", t->louder_than_lufs, t->louder_true_peak_dbtp);
  r->no_limiter = s->options->policy != GST_MASTER_POLICY_LOUDNESS;
  s->chained = *before;
  if (r->chain->stages->len > 0) {
    r->trim_db = GST_MASTER_WORKING_LUFS - before->integrated_lufs;
    gst_master_progress_note (s->progress, "trim: %+.2f dB, to the %.0f LUFS that chains are written for", r->trim_db,
        GST_MASTER_WORKING_LUFS);
  }
  if (!check_gain (s, "gain", r->trim_db, error))
    return FALSE;
  if (r->chain->stages->len > 0 || r->rate != s->result->input->rate) {
    GstMasterFigures limited;
    drive_db = r->drive_db = CLAMP (s->options->loudness_lufs - (before->integrated_lufs + r->trim_db),
        -GST_MASTER_MAX_GAIN_DB, GST_MASTER_MAX_GAIN_DB);
    if (!analyse (s, error))
      return FALSE;
    if (gst_master_figures_read (&limited, s->run.finals, GST_MASTER_METER_LIMITED))
      lufs = limited.integrated_lufs;
    gst_master_session_limiting (s);
  }
  return check_range (s, error) && apply_policy (s, drive_db, lufs, error);
}
