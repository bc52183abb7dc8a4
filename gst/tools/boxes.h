/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boxes of ISO/IEC 14496-12, read from memory and written to it. Numbers are big-endian. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const guint8 *at;             /* its size and type */
  gsize head, size;             /* of these; of all */
} GstMasterBox;

#define GST_MASTER_FOURCC(a, b, c, d) ((guint32) (a) << 24 | (guint32) (b) << 16 | (guint32) (c) << 8 | (guint32) (d))
#define GST_MASTER_BOX(text) GST_MASTER_FOURCC (text[0], text[1], text[2], text[3])

guint32 gst_master_box_u32 (const guint8 *p);
guint64 gst_master_box_u64 (const guint8 *p);
guint32 gst_master_box_type (const GstMasterBox *box);
/* The child at *@at (0: the first) of @parent; moves *@at on. */
gboolean gst_master_box_next (const GstMasterBox *parent, gsize *at, GstMasterBox *child);
/* The first of @type below @parent, by a path as "mdia.minf.stbl". */
gboolean gst_master_box_find (const GstMasterBox *parent, const gchar *path, GstMasterBox *box);
/* A table: version and flags, a count @count_at bytes behind the head, then entries of @entry bytes, all of them there. */
gboolean gst_master_box_table (const GstMasterBox *parent, const gchar *type, gsize count_at, gsize entry, const guint8 **entries, guint32 *count);
/* The edit list of @trak: how many there are, up to @n of which are stored as for put_edits; @is_normal (or NULL): all are at the normal rate. */
guint gst_master_box_edits (const GstMasterBox *trak, gint64 (*edits)[2], guint n, gboolean *is_normal);

void gst_master_box_put_u32 (GByteArray *to, guint32 value);
void gst_master_box_put_u64 (GByteArray *to, guint64 value);
void gst_master_box_set_u32 (GByteArray *to, gsize at, guint32 value);
void gst_master_box_put (GByteArray *to, const GstMasterBox *box);
/* Where the box that begins here does, for end. */
gsize gst_master_box_begin (GByteArray *to, guint32 type);
void gst_master_box_end (GByteArray *to, gsize at);
/* mvhd, mdhd or tkhd (@is_track): a copy with another duration, and in the first two with another timescale (0: as it was). Of the version that
 * it had, or where the duration needs 64 bits of version 1. */
void gst_master_box_put_head (GByteArray *to, const GstMasterBox *box, gboolean is_track, guint32 timescale, guint64 duration);
/* edts with these edits, pairs of duration (in the film's timescale) and media time (-1: nothing is shown). */
void gst_master_box_put_edits (GByteArray *to, const gint64 (*edits)[2], guint n);

G_END_DECLS
