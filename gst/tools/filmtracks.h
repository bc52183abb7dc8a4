/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a film is made of, for those who read and write containers. */
#pragma once

#include <gst/gst.h>
#include <stdio.h>

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

GstMasterFilm *gst_master_film_new (const gchar *path, const gchar *location);
void gst_master_film_free (GstMasterFilm *film);
/* @stream becomes the track's. */
GstMasterFilmTrack *gst_master_film_add_track (GstMasterFilm *film, guint64 id, gchar *stream, const gchar *language);
gboolean gst_master_film_copy_bytes (FILE *from, guint64 offset, guint64 size, FILE *to);
void gst_master_film_set_broken (const gchar *path, const gchar *why, GError **error);

G_END_DECLS
