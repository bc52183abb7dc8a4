/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filmtracks.h"

#include "errors.h"

static void
track_free (gpointer data)
{
  GstMasterFilmTrack *track = data;
  g_free (track->stream);
  g_free (track->language);
  g_free (track);
}

GstMasterFilm *
gst_master_film_new (const gchar *path, const gchar *location)
{
  GstMasterFilm *film = g_new0 (GstMasterFilm, 1);

  film->path = g_strdup (path);
  film->location = g_strdup (location);
  film->audio = g_ptr_array_new_with_free_func (track_free);
  film->origin = GST_CLOCK_TIME_NONE;
  return film;
}

void
gst_master_film_free (GstMasterFilm *film)
{
  if (film == NULL)
    return;
  g_ptr_array_unref (film->audio);
  g_free (film->sha256);
  g_free (film->location);
  g_free (film->path);
  g_free (film);
}

GstMasterFilmTrack *
gst_master_film_add_track (GstMasterFilm *film, guint64 id, gchar *stream, const gchar *language)
{
  GstMasterFilmTrack *track = g_new0 (GstMasterFilmTrack, 1);

  track->id = id;
  track->stream = stream;
  track->language = g_strdup (language);
  g_ptr_array_add (film->audio, track);
  return track;
}

void
gst_master_film_set_broken (const gchar *path, const gchar *why, GError **error)
{
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT, "cannot read %s: %s", path, why);
}

gboolean
gst_master_film_copy_bytes (FILE *from, guint64 offset, guint64 size, FILE *to)
{
  static guint8 block[1 << 16];

  if (fseeko (from, (off_t) offset, SEEK_SET) != 0)
    return FALSE;
  while (size > 0) {
    const gsize n = (gsize) MIN (size, sizeof block);
    if (fread (block, n, 1, from) != 1 || fwrite (block, n, 1, to) != 1)
      return FALSE;
    size -= n;
  }
  return TRUE;
}
