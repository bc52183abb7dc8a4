/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much gain, by the policy:
 *   loudness  what reaches the target; the limiter takes what stands out, up to --max-limiting
 *   linear    what reaches the target, if nothing stands out then; else it is not reachable
 *   peak      what reaches the target or brings the highest peak to the ceiling, whichever is less
 * Without a chain the first measurement says it all. A chain is run once with a guess, since only it knows what it makes of
 * the music. */
#include <math.h>

#include "errors.h"
#include "session-private.h"

/* A gain below this is none; within the loop's tolerance */
#define NEAR_ENOUGH_DB 0.05

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

/* Runs everything up to the limiter with the drive as it is: loudness and true peak there, and loudness behind the limiter. */
static gboolean
analyse (GstMasterSession *s, GstMasterFigures *driven, GstMasterFigures *limited, GError **error)
{
  const GstMasterRender *r = &s->result->render;

  if (!gst_master_session_play (s, "analyse", s->result->input, gst_master_make_analysis (s->result->input, r, error),
          r->no_limiter ? GST_MASTER_METER_DRIVEN : GST_MASTER_METER_LIMITED, error))
    return FALSE;
  if (!gst_master_figures_read (driven, s->run.finals, GST_MASTER_METER_DRIVEN) || !isfinite (driven->integrated_lufs)) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT,
        "nothing comes out of the chain \"%s\"; look at its gates and mutes", r->chain->name);
    return FALSE;
  }
  if (!gst_master_figures_read (limited, s->run.finals, GST_MASTER_METER_LIMITED))
    *limited = *driven;
  return TRUE;
}

gdouble
gst_master_session_reachable (GstMasterSession *s, gdouble limiting_db)
{
  GstMasterRender *r = &s->result->render;
  GstMasterFigures driven, limited;
  const gdouble drive_db = r->drive_db;

  r->drive_db -= limiting_db - s->options->max_limiting_db;
  const gboolean ok = analyse (s, &driven, &limited, NULL);
  r->drive_db = drive_db;
  return ok ? limited.integrated_lufs : NAN;
}

/* @lufs and @dbtp: what reaches the limiter with the drive as it is. Moves the drive, says what will happen. */
static gboolean
apply_policy (GstMasterSession *s, gdouble lufs, gdouble dbtp, gdouble behind_limiter_lufs, GError **error)
{
  GstMasterRender *r = &s->result->render;
  const gdouble target = s->options->loudness_lufs;
  const gdouble to_target = target - lufs;              /* without a limiter */
  const gdouble headroom = r->ceiling_db - dbtp;
  gdouble move = to_target;

  switch (s->options->policy) {
    case GST_MASTER_POLICY_PEAK:
      move = fmin (to_target, headroom);
      break;
    case GST_MASTER_POLICY_LINEAR:
      if (to_target > headroom) {
        g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNREACHABLE,
            "%.1f LUFS is not reachable without limiting: %.1f LUFS is, with the peak at the ceiling; "
            "use --policy peak or loudness", target, lufs + headroom);
        return FALSE;
      }
      break;
    default:
      if (to_target > headroom)
        move = target - behind_limiter_lufs;
  }
  /* What is there already stays as it is, to the bit */
  if (r->chain->stages->len == 0 && r->rate == s->result->input->rate && fabs (r->drive_db + move) <= NEAR_ENOUGH_DB
      && headroom >= 0.0) {
    move = -r->drive_db;
    r->no_limiter = TRUE;
  }
  r->drive_db += move;
  s->result->target_lufs = s->options->policy == GST_MASTER_POLICY_PEAK ? lufs + move : target;
  const gdouble above = move - headroom;
  if (above > 0.0)
    gst_master_progress_note (s->progress, "plan: %+.2f dB, the highest peak limited by about %.1f dB", r->trim_db
        + r->drive_db, above);
  else
    gst_master_progress_note (s->progress, "plan: linear, %+.2f dB, no limiting%s", r->trim_db + r->drive_db,
        move < to_target ? "; the peak is at the ceiling before the target is reached" : "");
  s->result->predicted_dbtp = fmin (dbtp + move, r->ceiling_db);
  return check_gain (s, "drive", r->drive_db, error);
}

gboolean
gst_master_session_plan (GstMasterSession *s, GError **error)
{
  GstMasterRender *r = &s->result->render;
  const GstMasterFigures *before = &s->result->before;
  GstMasterFigures driven, limited;

  const GstMasterTarget *t = s->options->target;
  const gchar *rule = gst_master_target_rule (t);
  if (isnan (t->lufs) && s->options->loudness_lufs == 0.0)
    gst_master_progress_note (s->progress, "target %s: it names no loudness; as loud as the peaks let", t->name);
  else
    gst_master_progress_note (s->progress, "target %s, %.1f LUFS, %.1f dBTP%s%s (%s)", t->name, s->options->loudness_lufs,
        s->options->ceiling_dbtp, rule ? ": " : "", rule ? rule : "", t->grade);
  r->no_limiter = s->options->policy != GST_MASTER_POLICY_LOUDNESS;
  /* What a new rate does to the peaks matters only where no limiter holds them */
  if (r->chain->stages->len == 0 && (!r->no_limiter || r->rate == s->result->input->rate))
    return apply_policy (s, before->integrated_lufs, before->true_peak_dbtp, before->integrated_lufs, error);

  if (r->chain->stages->len > 0)
    r->trim_db = GST_MASTER_WORKING_LUFS - before->integrated_lufs;
  r->drive_db = s->options->loudness_lufs - (before->integrated_lufs + r->trim_db);
  return check_gain (s, "gain", r->trim_db, error) && check_gain (s, "drive", r->drive_db, error)
      && analyse (s, &driven, &limited, error)
      && apply_policy (s, driven.integrated_lufs, driven.true_peak_dbtp, limited.integrated_lufs, error);
}
