/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Render, measure the written file, correct, again. The loudness of the written file rises with the drive, by less than 1 dB
 * a dB once the limiter works: the slope between the last two renders tells how much less. */
#include <math.h>

#include "errors.h"
#include "id3chunk.h"
#include "layout.h"
#include "loudtags.h"
#include "session-private.h"
#include "tags.h"

#define MAX_RENDERS 8

gdouble
gst_master_session_limiting (GstMasterSession *s)
{
  const GstStructure *final = g_hash_table_lookup (s->run.finals, GST_MASTER_LIMITER);
  const GValue *array = final != NULL ? gst_structure_get_value (final, "gain-reduction-max") : NULL;
  gdouble limiting_db = NAN;

  for (guint i = 0; array != NULL && i < gst_value_array_get_size (array); i++)
    limiting_db = fmax (limiting_db, g_value_get_double (gst_value_array_get_value (array, i)));
  s->result->limited_events = 0;
  if (final != NULL)
    gst_structure_get_uint64 (final, "limited-events", &s->result->limited_events);
  return limiting_db;
}

static gboolean
refuse_limiting (GstMasterSession *s, GError **error)
{
  const GstMasterOptions *o = s->options;
  const GstMasterResult *result = s->result;

  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNREACHABLE,
      "%.1f LUFS needs %.1f dB of limiting in %s, %.1f dB are allowed: with those it is about %.1f LUFS; "
      "ask for that with --loudness, or allow more with --max-limiting", o->loudness_lufs, result->limiting_db,
      result->render.profile->name, o->max_limiting_db, o->loudness_lufs - (result->limiting_db - o->max_limiting_db));
  return FALSE;
}

/* Before the file is measured: by them its channels are weighed. */
static gboolean
name_loudspeakers (const GstMasterResult *result, const GstMasterFile *file, GError **error)
{
  if (gst_master_chain_sets_channels (result->render.chain) || gst_master_layout_write (file->temporary, result->render.profile->encode,
          (guint) result->input->channels, result->input->channel_mask))
    return TRUE;
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "cannot write the header of %s", file->path);
  return FALSE;
}

gboolean
gst_master_session_render_once (GstMasterSession *s, const GstMasterFile *file, GError **error)
{
  GstMasterResult *result = s->result;

  result->n_renders++;
  gst_clear_tag_list (&result->render.tags);
  result->render.tags = gst_master_tags_to_keep (result->input->tags);
  gst_master_loudtags_add (result->render.tags, result->render.profile, result->target_lufs, result->predicted_dbtp);
  if (!gst_master_session_play (s, "render", result->input,
          gst_master_make_render (result->input, &result->render, s->cache, file->temporary, error), GST_MASTER_METER_LIVE,
          error))
    return FALSE;
  result->limiting_db = gst_master_session_limiting (s);
  g_clear_pointer (&result->render_history, g_array_unref);
  result->render_history = g_steal_pointer (&s->run.history);
  if (result->limiting_db > s->options->max_limiting_db + 0.1)
    return refuse_limiting (s, error);
  if (!name_loudspeakers (result, file, error))
    return FALSE;
  gst_master_source_free (result->output);
  result->output = gst_master_source_new (file->temporary);
  if (!gst_master_session_measure (s, "check", result->output, &result->after, &result->heard_output, error))
    return FALSE;
  gst_master_figures_read (&result->second, s->run.finals, GST_MASTER_METER_SECOND);
  if (result->output->channels != result->input->channels && !gst_master_chain_sets_channels (result->render.chain)) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_SETUP, "%d channels became %d on their way into %s; use --format wav",
        result->input->channels, result->output->channels, result->render.profile->name);
    return FALSE;
  }
  return TRUE;
}

gboolean
gst_master_session_finish (const GstMasterSession *s, const GstMasterFile *file, GError **error)
{
  const GstMasterResult *result = s->result;
  const GstMasterProfile *profile = result->render.profile;

  if (profile->tag_chunk == NULL)
    return gst_master_loudtags_settle (file->temporary, profile, result->target_lufs, result->predicted_dbtp, &result->after, error);
  GstTagList *tags = gst_master_tags_to_keep (result->input->tags);
  gst_master_loudtags_add (tags, profile, result->after.integrated_lufs, result->after.true_peak_dbtp);
  const gboolean ok = gst_master_id3_chunk_append (file->temporary, profile->tag_chunk, tags, error);
  gst_tag_list_unref (tags);
  return ok;
}

gboolean
gst_master_session_close_loop (GstMasterSession *s, const GstMasterFile *file, GError **error)
{
  GstMasterResult *result = s->result;
  GstMasterRender *r = &result->render;
  const gdouble ceiling = s->options->ceiling_dbtp;
  gdouble slope = s->slope, last_drive = NAN, last_lufs = NAN, last_ceiling = NAN;

  while (result->n_renders < MAX_RENDERS) {
    if (!gst_master_session_render_once (s, file, error))
      return FALSE;
    const gdouble lufs = result->after.integrated_lufs;
    const gdouble over = result->after.true_peak_dbtp - ceiling;
    gdouble off = lufs - result->target_lufs;
    if (!isfinite (lufs))
      break;
    if (fabs (off) <= GST_MASTER_TOLERANCE_LU && over <= 0.0)
      return gst_master_session_finish (s, file, error);

    /* Two renders under one ceiling tell the slope; a lower ceiling moves the loudness, too */
    if (r->ceiling_db == last_ceiling && fabs (r->drive_db - last_drive) > 1e-3)
      slope = CLAMP ((lufs - last_lufs) / (r->drive_db - last_drive), 0.3, 1.0);
    last_ceiling = r->ceiling_db;
    if (over > 0.0) {
      r->ceiling_db -= over + 0.01;
      if (r->no_limiter) {      /* nothing else can bring the peak down */
        r->drive_db -= over + 0.01;
        result->target_lufs -= over + 0.01;
        off = 0.0;
      }
    }
    last_drive = r->drive_db;
    last_lufs = lufs;
    if (fabs (off) > GST_MASTER_TOLERANCE_LU / 4.0)
      r->drive_db -= off / slope;
    gst_master_progress_note (s->progress, "written file: %.2f LUFS, %.2f dBTP; once more with %+.2f dB", lufs,
        result->after.true_peak_dbtp, r->trim_db + r->drive_db);
    if (fabs (r->drive_db) > GST_MASTER_MAX_GAIN_DB)
      break;
  }
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNREACHABLE,
      "%.1f LUFS at %.1f dBTP is not reachable: the best was %.2f LUFS, %.2f dBTP; ask for less with --loudness",
      result->target_lufs, ceiling, result->after.integrated_lufs, result->after.true_peak_dbtp);
  return FALSE;
}
