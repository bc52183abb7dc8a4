/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MP4 and QuickTime files (ISO/IEC 14496-12): their tracks and where the chunks of each lie, and writing them with other audio. A chunk
 * is copied as it is, and so is every box but those that tell where chunks are, and those of the audio that is replaced. */
#pragma once

#include <stdio.h>

#include "boxes.h"
#include "filmtracks.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 offset, size;
} GstMasterPlace;

typedef struct
{
  guint64 offset, size;         /* bytes in the file */
  guint64 new_offset;           /* in the file that is written */
  gdouble seconds;              /* when its first sample is decoded */
  guint trak;                   /* index */
} GstMasterChunk;

typedef struct
{
  GstMasterBox box;
  guint32 id, handler, timescale;
  guint16 language;             /* as in mdhd */
  gboolean is_enabled;
  guint64 duration;             /* of the samples, in timescale */
  guint samples_per_chunk;      /* the longest */
  GArray *chunks;               /* GstMasterChunk */
} GstMasterTrak;

typedef struct
{
  FILE *file;
  guint64 file_size;
  gboolean is_cut;              /* boxes or chunks reach beyond its end */
  gboolean is_fragmented, is_quicktime;
  gboolean is_moov_first;       /* before the samples, for streaming */
  guint8 *moov;                 /* of a film in fragments: what it would be of one that is not */
  gsize moov_size;
  guint32 timescale;
  GPtrArray *traks;             /* GstMasterTrak */
  GArray *kept;                 /* GstMasterPlace, top-level boxes that are neither moov nor samples */
  GArray *fragments;            /* GstMasterPlace, moof and sidx */
} GstMasterMovie;

/* @chunk_seconds: chunks are cut into pieces of about that length; 0: as they are. NULL and @error. */
GstMasterMovie *gst_master_movie_open (const gchar *location, const gchar *path, gdouble chunk_seconds, GError **error);
/* Of a movie with fragments: moov as if there were none. NULL or why not. */
const gchar *gst_master_movie_join (GstMasterMovie *movie);
/* Of any file: whether it is a movie and not all there. */
gboolean gst_master_movie_is_cut (const gchar *location);
void gst_master_movie_free (GstMasterMovie *movie);

/* What the stream id that qtdemux gives the track of an id ends in. */
#define GST_MASTER_MP4_STREAM "/%03u"
/* Whether a file begins as such a file does; and whether these eight bytes are of that kind. */
gboolean gst_master_mp4_is (const gchar *location);
gboolean gst_master_mp4_begins (const guint8 *head);
/* Fills in what the container says. */
gboolean gst_master_mp4_probe (GstMasterFilm *film, GError **error);
gboolean gst_master_mp4_write (const GstMasterFilm *film, const GArray *parts, FILE *to, GError **error);

G_END_DECLS
