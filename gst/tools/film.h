/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file with video, and how another is made of it that has other audio: everything else is copied byte by byte, so video, subtitles,
 * chapters, tags, attachments, languages and flags are what they were. Here the outside; mp4.c and matroska.c know the containers. */
#pragma once

#include <gst/gst.h>
#include <stdio.h>

#include "profile.h"

G_BEGIN_DECLS

typedef enum
{
  GST_MASTER_FILM_MP4,
  GST_MASTER_FILM_QUICKTIME,
  GST_MASTER_FILM_MATROSKA,
  GST_MASTER_FILM_WEBM
} GstMasterFilmKind;

typedef struct
{
  guint64 id;                   /* track_ID, or Matroska's TrackNumber */
  gchar *stream;                /* what GStreamer's stream id of it ends in */
  gchar *language;              /* as the container spells it, or NULL */
  gboolean is_lossless;
} GstMasterFilmTrack;

typedef struct
{
  gchar *path;                  /* to show */
  gchar *location;              /* to open */
  GstMasterFilmKind kind;
  gboolean has_video;
  GPtrArray *audio;             /* GstMasterFilmTrack, in the order of the file */
  GstClockTime origin;          /* Matroska: the timestamp of the first block; else NONE: what GStreamer calls running time is the film's */
  gchar *sha256;                /* NULL: not asked for yet */
} GstMasterFilm;

/* New audio for a track: a file of the same family with that alone, which begins at time 0. */
typedef struct
{
  guint64 id;                   /* of the track it replaces */
  const gchar *path;
  guint64 frames;               /* that it has, without what the encoder puts before and behind */
  guint priming_frames;         /* that the encoder puts before */
} GstMasterFilmPart;

/* NULL without @error: it is no such container. NULL and @error: it is one, and broken or of a kind that cannot be copied. */
GstMasterFilm *gst_master_film_open (const gchar *path, const gchar *location, GError **error);
void gst_master_film_free (GstMasterFilm *film);
const gchar *gst_master_film_kind_name (GstMasterFilmKind kind);
/* Whether the name of @path is one for films, and for @film's kind. */
gboolean gst_master_film_is_name (const gchar *path);
gboolean gst_master_film_fits_name (const GstMasterFilm *film, const gchar *path);
const gchar *gst_master_film_extensions (const GstMasterFilm *film);
/* The audio format for --format @id (NULL: lossless if the source @is_lossless, where that goes). NULL and @error (usage). */
const GstMasterProfile *gst_master_film_profile (const GstMasterFilm *film, const gchar *id, gboolean is_lossless, GError **error);
/* Writes @film with @parts (GstMasterFilmPart) into the file @output, which is called @name in messages. */
gboolean gst_master_film_write (const GstMasterFilm *film, const GArray *parts, const gchar *output, const gchar *name, GError **error);

/* For the containers. */
gboolean gst_master_film_copy_bytes (FILE *from, guint64 offset, guint64 size, FILE *to);
gboolean gst_master_film_is_box (const guint8 *type);  /* that such a file may begin with */
void gst_master_film_set_broken (const gchar *path, const gchar *why, GError **error);
GstMasterFilmTrack *gst_master_film_add_track (GstMasterFilm *film, guint64 id, gchar *stream, const gchar *language);

G_END_DECLS
