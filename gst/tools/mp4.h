/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MP4 and QuickTime files (ISO/IEC 14496-12): their tracks and where the chunks of each lie, and writing them with other audio. A chunk
 * is copied as it is, and so is every box but those that tell where chunks are, and those of the audio that is replaced. */
#pragma once

#include <stdio.h>

#include "film.h"

G_BEGIN_DECLS

typedef struct
{
  const guint8 *at;             /* its size and type */
  gsize head, size;             /* of these; of all */
} GstMasterBox;

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
  gboolean is_moov_first;       /* before the samples, for streaming */
  guint8 *moov;
  gsize moov_size;
  guint32 timescale;
  GPtrArray *traks;             /* GstMasterTrak */
  GArray *kept;                 /* top-level boxes that are neither moov nor samples: pairs of guint64, offset and size */
} GstMasterMovie;

#define GST_MASTER_FOURCC(a, b, c, d) ((guint32) (a) << 24 | (guint32) (b) << 16 | (guint32) (c) << 8 | (guint32) (d))

guint32 gst_master_box_u32 (const guint8 *p);
guint64 gst_master_box_u64 (const guint8 *p);
guint32 gst_master_box_type (const GstMasterBox *box);
/* The child at *@at (0: the first) of @parent; moves *@at on. */
gboolean gst_master_box_next (const GstMasterBox *parent, gsize *at, GstMasterBox *child);
/* The first of @type below @parent, by a path as "mdia.minf.stbl". */
gboolean gst_master_box_find (const GstMasterBox *parent, const gchar *path, GstMasterBox *box);

/* @chunk_seconds: chunks are cut into pieces of about that length; 0: as they are. NULL and @error. */
GstMasterMovie *gst_master_movie_open (const gchar *location, const gchar *path, gdouble chunk_seconds, GError **error);
/* Of any file: whether it is a movie and not all there. */
gboolean gst_master_movie_is_cut (const gchar *location);
void gst_master_movie_free (GstMasterMovie *movie);

/* Fills in what the container says. */
gboolean gst_master_mp4_probe (GstMasterFilm *film, GError **error);
gboolean gst_master_mp4_write (const GstMasterFilm *film, const GArray *parts, FILE *to, GError **error);

G_END_DECLS
