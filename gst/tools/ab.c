/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Before and after at equal loudness, in two files of equal rate and length, 24 bits: the louder one is turned down to the other, and
 * both by the same if a peak would come above the ceiling. */
#include <math.h>
#include <string.h>

#include "errors.h"
#include "extras.h"

#define TOLERANCE_LU 0.1
#define CEILING_DBTP -0.3

gchar *
gst_master_ab_name (const gchar *path, const gchar *what)
{
  const gchar *base = strrchr (path, G_DIR_SEPARATOR), *dot = strrchr (path, '.');
  const gsize len = dot != NULL && dot > (base != NULL ? base + 1 : path) ? (gsize) (dot - path) : strlen (path);
  return g_strdup_printf ("%.*s-%s%s", (int) len, path, what, path + len);
}

GstMasterAb *
gst_master_ab_new (const GstMasterOptions *o, const gchar *input, GError **error)
{
  const GstMasterProfile *profile = gst_master_profile_find (NULL, o->ab, error);
  GstMasterAb *ab = g_new0 (GstMasterAb, 1);
  gchar *before = gst_master_ab_name (o->ab, "before"), *after = gst_master_ab_name (o->ab, "after");

  if (profile != NULL && profile->is_lossy)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "--ab %s: %s would add its own sound; use .flac or .wav", o->ab, profile->name);
  else if (profile != NULL && (ab->before = gst_master_file_new (before, input, o->overwrite, error)) != NULL)
    ab->after = gst_master_file_new (after, input, o->overwrite, error);
  g_free (before);
  g_free (after);
  if (ab->after == NULL)
    g_clear_pointer (&ab, gst_master_ab_free);
  return ab;
}

void
gst_master_ab_free (GstMasterAb *ab)
{
  if (ab == NULL)
    return;
  gst_master_file_free (ab->before);
  gst_master_file_free (ab->after);
  g_free (ab);
}

/* @path, by @gain_db and nothing else, into @file; its loudness. NaN and @error. */
static gdouble
render_side (GstMasterSession *s, const gchar *path, gdouble gain_db, GstMasterFile *file, GError **error)
{
  GstMasterChain *nothing = gst_master_chain_parse ("", NULL);
  GstMasterRender r = s->result->render;
  GstMasterSource *source = gst_master_source_new (path), *written = gst_master_source_new (file->temporary);
  GstMasterFigures figures = { .integrated_lufs = NAN };
  GstMasterListener heard = { 0 };

  r.chain = nothing;
  r.trim_db = 0.0;
  r.drive_db = gain_db;
  r.no_limiter = TRUE;
  r.bits = 24;
  r.profile = gst_master_profile_find (NULL, file->path, error);
  /* of the result's own source the length is known already: render to it exactly */
  source->total_frames = s->result->input->total_frames;
  source->rate = s->result->input->rate;
  if (g_strcmp0 (path, s->result->input->location) != 0) {
    source->total_frames = s->result->output->total_frames;
    source->rate = s->result->output->rate;
  }
  if (r.profile != NULL && gst_master_session_play (s, "compare", source, gst_master_make_render (source, &r, NULL, file->temporary,
              error), NULL, error))
    gst_master_session_measure (s, "compare", written, &figures, &heard, error);
  gst_master_listener_clear (&heard);
  gst_master_source_free (source);
  gst_master_source_free (written);
  gst_master_chain_free (nothing);
  return figures.integrated_lufs;
}

gboolean
gst_master_ab_render (GstMasterAb *ab, GstMasterSession *s, const gchar *master, GError **error)
{
  const GstMasterFigures *b = &s->result->before, *a = &s->result->after;
  gdouble level = fmin (b->integrated_lufs, a->integrated_lufs);

  level -= fmax (0.0, fmax (b->true_peak_dbtp - b->integrated_lufs, a->true_peak_dbtp - a->integrated_lufs) + level - CEILING_DBTP);
  const gdouble before = render_side (s, s->result->input->location, level - b->integrated_lufs, ab->before, error);
  if (isnan (before))
    return FALSE;
  const gdouble after = render_side (s, master, level - a->integrated_lufs, ab->after, error);
  if (isnan (after))
    return FALSE;
  if (fabs (before - after) > TOLERANCE_LU) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNREACHABLE, "--ab: before and after differ by %.2f LU; leave it out",
        fabs (before - after));
    return FALSE;
  }
  gst_master_progress_note (s->progress, "compare %s with %s, both at %.2f LUFS (within %.2f LU)", ab->before->path, ab->after->path,
      after, fabs (before - after));
  return TRUE;
}

gboolean
gst_master_ab_commit (GstMasterAb *ab, GError **error)
{
  return gst_master_file_commit (ab->before, error) && gst_master_file_commit (ab->after, error);
}
