/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filmrun.h"

#include <math.h>
#include <string.h>

#include "checksum.h"
#include "errors.h"
#include "inputs.h"

/* Within the loop's, and what that packet at the end of a few seconds may make */
#define FILM_TOLERANCE_LU 0.1

static void
work_free (gpointer data)
{
  GstMasterFilmWork *work = data;
  gst_master_result_free (work->result);
  gst_master_chain_free (work->chain);
  g_free (work->language);
  g_free (work);
}

void
gst_master_film_result_free (GstMasterFilmResult *result)
{
  if (result == NULL)
    return;
  g_ptr_array_unref (result->works);
  g_free (result->input_sha256);
  g_free (result->output_sha256);
  g_free (result->path);
  g_free (result);
}

gchar *
gst_master_film_extension_for (const gchar *input)
{
  const gchar *dot = strrchr (input, '.');
  GError *broken = NULL;

  if (!gst_master_film_is_name (input))
    return NULL;
  GstMasterFilm *film = gst_master_film_open (input, input, &broken);
  /* what is wrong with it is said when it is its turn */
  gchar *extension = broken != NULL || (film != NULL && film->has_video) ? g_strdup (dot + 1) : NULL;
  g_clear_error (&broken);
  gst_master_film_free (film);
  return extension;
}

gboolean
gst_master_film_find (const GstMasterOptions *o, const gchar *input, const gchar *output, GstMasterProgress *progress,
    GstMasterFilm **film, GError **error)
{
  const gboolean is_wanted = output != NULL && gst_master_film_is_name (output);
  GError *cause = NULL;
  gchar *location;

  *film = NULL;
  if (!is_wanted && (output != NULL || gst_master_input_is_stream (input) || !gst_master_film_is_name (input)))
    return TRUE;
  if (gst_master_input_is_stream (input)) {
    location = gst_master_input_spool (input, error);
    if (location == NULL)
      return FALSE;
    gst_master_progress_note (progress, "%s cannot be read twice: spooled in %s", input, g_get_tmp_dir ());
  } else {
    location = g_strdup (input);
  }
  if (gst_master_check_input (location, input, &cause))
    *film = gst_master_film_open (input, location, &cause);
  g_free (location);
  if (!is_wanted) {             /* to measure: then any audio will do */
    g_clear_error (&cause);
    if (*film != NULL && !(*film)->has_video)
      g_clear_pointer (film, gst_master_film_free);
    return TRUE;
  }
  if (*film == NULL && cause == NULL)
    g_set_error (&cause, GST_MASTER_ERROR, GST_MASTER_USAGE, "%s is for a file with video, and %s is none that can be copied (MP4, QuickTime, "
        "Matroska, WebM); name an audio file, as master.flac", output, input);
  else if (*film != NULL && !gst_master_film_fits_name (*film, output))
    g_set_error (&cause, GST_MASTER_ERROR, GST_MASTER_USAGE, "%s is %s and stays so, as video and subtitles are copied untouched: "
        "its name ends in %s, not as %s", input, gst_master_film_kind_name ((*film)->kind), gst_master_film_extensions (*film), output);
  if (cause == NULL)
    return TRUE;
  g_clear_pointer (film, gst_master_film_free);
  g_propagate_error (error, cause);
  return FALSE;
}

/* Whether it is among those asked for. */
static gboolean
is_asked_for (const GstMasterOptions *o, guint index)
{
  return o->track == 0 || o->track == (gint) index + 1;
}

static gboolean
check_formats (const GstMasterOptions *o, const GstMasterFilm *film, GError **error)
{
  for (guint i = 0; i < film->audio->len && !o->measure; i++) {
    const GstMasterFilmTrack *track = g_ptr_array_index (film->audio, i);
    if (is_asked_for (o, i) && gst_master_film_profile (film, o->format, track->is_lossless, error) == NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
check (const GstMasterOptions *o, const GstMasterFilm *film, GError **error)
{
  const guint n = film->audio->len;

  if (n == 0)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT, "there is no audio in %s: nothing to master", film->path);
  else if (o->track > (gint) n)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT, "there is no audio track %d in %s; it has %u", o->track, film->path, n);
  else if (o->ab != NULL)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "--ab is for audio files; take the sound out first with -o sound.flac");
  else if ((o->plot != NULL || o->references != NULL) && o->track == 0 && n > 1)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "--plot and --reference are for one track of %u; say which with --track", n);
  else
    return check_formats (o, film, error);
  return FALSE;
}

/* Masters track @index into a temporary file beside the output. */
static GstMasterFile *
master_track (GstMasterOptions *o, const GstMasterFilm *film, guint index, GstMasterFilmResult *all, GstMasterProgress *progress, GError **error)
{
  const GstMasterFilmTrack *track = g_ptr_array_index (film->audio, index);
  const gboolean writes = o->output != NULL && !o->dry_run;
  GstMasterFilmWork *work = g_new0 (GstMasterFilmWork, 1);
  GstMasterOptions of_track = *o;
  GstMasterFile *file = writes ? gst_master_file_new (o->output, film->location, o->overwrite, error) : NULL;

  work->number = index + 1;
  work->language = g_strdup (track->language);
  g_ptr_array_add (all->works, work);
  if (writes && file == NULL)
    return NULL;
  of_track.track = (gint) index + 1;
  of_track.chain = work->chain = gst_master_chain_copy (o->chain);
  gst_master_progress_note (progress, "audio track %u of %u%s%s", index + 1, film->audio->len, track->language ? ", " : "", track->language
      ? track->language : "");
  work->result = gst_master_session_run_track (&of_track, film, index, file, progress, error);
  return file;
}

/* The loop closes here: the session's file and the film hold the same packets. */
static gboolean
check_track (GstMasterOptions *o, const GstMasterFilm *written, GstMasterFilmWork *work, GstMasterProgress *progress, GError **error)
{
  GstMasterResult *result = work->result;
  const guint64 frames = gst_master_session_frames (result);
  GstMasterOptions of_track = *o;

  of_track.track = (gint) work->number;
  if (!gst_master_session_check_track (&of_track, written, work->number - 1, result, progress, error))
    return FALSE;
  /* An edit list ends at a tick of the film's */
  const guint64 is = result->output->total_frames;
  const guint64 slack = result->render.profile->priming_frames > 0 ? (guint) result->render.rate / 100 : 0;
  if (is < frames || is > frames + slack)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "audio track %u came out with %" G_GUINT64_FORMAT " frames, not %" G_GUINT64_FORMAT
        ": it would not stay with the picture", work->number, is, frames);
  else if (isfinite (result->target_lufs) && (fabs (result->after.integrated_lufs - result->target_lufs) > FILM_TOLERANCE_LU
          || result->after.true_peak_dbtp > o->ceiling_dbtp + 0.01))
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNREACHABLE, "audio track %u is at %.2f LUFS, %.2f dBTP in the film, not as it was written",
        work->number, result->after.integrated_lufs, result->after.true_peak_dbtp);
  else
    return TRUE;
  return FALSE;
}

static gboolean
write_film (GstMasterOptions *o, const GstMasterFilm *film, const GArray *parts, GstMasterFile *file, GstMasterFilmResult *all,
    GstMasterProgress *progress, GError **error)
{
  if (!gst_master_film_write (film, parts, file->temporary, o->output, error))
    return FALSE;
  GstMasterFilm *written = gst_master_film_open (o->output, file->temporary, error);
  gboolean ok = written != NULL && written->audio->len == film->audio->len;
  for (guint i = 0; i < all->works->len && ok; i++)
    ok = check_track (o, written, g_ptr_array_index (all->works, i), progress, error);
  gst_master_film_free (written);
  ok = ok && (all->output_sha256 = gst_master_checksum_file (file->temporary, GST_MASTER_OUTPUT, error)) != NULL;
  return ok && gst_master_file_commit (file, error);
}

GstMasterFilmResult *
gst_master_film_run (GstMasterOptions *o, GstMasterFilm *film, GstMasterProgress *progress, GError **error)
{
  const gboolean writes = o->output != NULL && !o->dry_run;
  GstMasterFilmResult *all = g_new0 (GstMasterFilmResult, 1);
  GPtrArray *files = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_master_file_free);
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (GstMasterFilmPart));
  GstMasterFile *output = NULL;

  all->path = g_strdup (film->path);
  all->kind = gst_master_film_kind_name (film->kind);
  all->n_audio = film->audio->len;
  all->works = g_ptr_array_new_with_free_func (work_free);
  gboolean ok = check (o, film, error) && (film->sha256 = gst_master_checksum_file (film->location, GST_MASTER_INPUT, error)) != NULL;
  all->input_sha256 = g_strdup (film->sha256);
  if (ok && writes)
    ok = (output = gst_master_file_new (o->output, film->location, o->overwrite, error)) != NULL;
  for (guint i = 0; i < film->audio->len && ok; i++) {
    if (!is_asked_for (o, i))
      continue;
    GstMasterFile *file = master_track (o, film, i, all, progress, error);
    const GstMasterFilmWork *work = g_ptr_array_index (all->works, all->works->len - 1);
    ok = work->result != NULL;
    if (file != NULL)
      g_ptr_array_add (files, file);
    if (ok && writes) {
      const GstMasterFilmTrack *track = g_ptr_array_index (film->audio, i);
      const GstMasterFilmPart part = { track->id, file->temporary, gst_master_session_frames (work->result),
        work->result->render.profile->priming_frames
      };
      g_array_append_val (parts, part);
    }
  }
  if (ok && writes)
    ok = write_film (o, film, parts, output, all, progress, error);
  g_array_unref (parts);
  g_ptr_array_unref (files);
  gst_master_file_free (output);
  if (!ok)
    g_clear_pointer (&all, gst_master_film_result_free);
  return all;
}
