/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Matroska and WebM files (RFC 9559): what is in them, and writing them with other audio. Blocks of all other tracks go over as they are,
 * each in a cluster that begins where its own did; chapters, attachments and the heads of the tracks byte by byte. */
#pragma once

#include "ebml.h"
#include "filmtracks.h"

G_BEGIN_DECLS

#define GST_MASTER_EBML 0x1a45dfa3
#define GST_MASTER_SEGMENT 0x18538067
#define GST_MASTER_SEEK_HEAD 0x114d9b74
#define GST_MASTER_INFO 0x1549a966
#define GST_MASTER_TRACKS 0x1654ae6b
#define GST_MASTER_TRACK_ENTRY 0xae
#define GST_MASTER_TRACK_NUMBER 0xd7
#define GST_MASTER_TRACK_UID 0x73c5
#define GST_MASTER_CLUSTER 0x1f43b675
#define GST_MASTER_CLUSTER_TIME 0xe7
#define GST_MASTER_SIMPLE_BLOCK 0xa3
#define GST_MASTER_BLOCK_GROUP 0xa0
#define GST_MASTER_BLOCK 0xa1
#define GST_MASTER_CUES 0x1c53bb6b
#define GST_MASTER_CHAPTERS 0x1043a770
#define GST_MASTER_TAGS 0x1254c367
#define GST_MASTER_ATTACHMENTS 0x1941a469

typedef struct
{
  FILE *file;
  GstMasterElement head;        /* EBML */
  GArray *elements;             /* GstMasterElement, what the segment holds */
  guint8 *tracks;               /* content of Tracks */
  guint64 n_tracks;             /* its bytes */
  guint64 ns_per_tick;
} GstMasterSegment;

/* A block, on its way through a file. */
typedef struct
{
  guint cluster;                /* index of its element; it is looked for there first */
  guint64 cluster_ticks;
  guint64 at;                   /* where the next one is looked for */
  GstMasterElement element;     /* SimpleBlock or BlockGroup */
  GByteArray *bytes;            /* its content */
  guint64 block;                /* where in that the block's head begins */
  guint64 track;
  guint track_bytes;            /* of its number in the head */
  gint64 ticks;                 /* its timestamp */
} GstMasterBlock;

GstMasterSegment *gst_master_segment_open (const gchar *location, const gchar *path, GError **error);
void gst_master_segment_free (GstMasterSegment *segment);
/* The next block; FALSE: there is none. Begins with a structure of zeros but for bytes. */
gboolean gst_master_segment_next (GstMasterSegment *segment, GstMasterBlock *block);

gboolean gst_master_matroska_probe (GstMasterFilm *film, GError **error);
gboolean gst_master_matroska_write (const GstMasterFilm *film, const GArray *parts, FILE *to, GError **error);

G_END_DECLS
