/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file with video, and how another is made of it that has other audio: everything else is copied byte by byte, so video, subtitles,
 * chapters, tags, attachments, languages and flags are what they were. Here the outside; mp4.c and matroska.c know the containers. */
#pragma once

#include "filmtracks.h"
#include "profile.h"

G_BEGIN_DECLS

/* NULL without @error: it is no such container. NULL and @error: it is one, and broken or of a kind that cannot be copied. */
GstMasterFilm *gst_master_film_open (const gchar *path, const gchar *location, GError **error);
const gchar *gst_master_film_kind_name (GstMasterFilmKind kind);
/* Whether the name of @path is one for films, and for @film's kind. */
gboolean gst_master_film_is_name (const gchar *path);
gboolean gst_master_film_fits_name (const GstMasterFilm *film, const gchar *path);
const gchar *gst_master_film_extensions (const GstMasterFilm *film);
/* The audio format for --format @id (NULL: lossless if the source @is_lossless, where that goes). NULL and @error (usage). */
const GstMasterProfile *gst_master_film_profile (const GstMasterFilm *film, const gchar *id, gboolean is_lossless, GError **error);
/* Writes @film with @parts (GstMasterFilmPart) into the file @output, which is called @name in messages. */
gboolean gst_master_film_write (const GstMasterFilm *film, const GArray *parts, const gchar *output, const gchar *name, GError **error);

G_END_DECLS
