/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements of EBML (RFC 8794), as Matroska (RFC 9559) uses it: read from a file or from memory, and written. */
#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

typedef struct
{
  guint32 id;                   /* with its marker */
  guint64 at, data, size;       /* where it begins, where its content does; bytes of that */
  gboolean is_open;             /* its size is not told: it ends with its parent; size is up to there */
} GstMasterElement;

/* The element at @at, which ends at @end at the latest. FALSE: there is none, or none that is whole. */
gboolean gst_master_ebml_read (FILE *f, guint64 at, guint64 end, GstMasterElement *element);
/* The same in memory; at and data count from @bytes. */
gboolean gst_master_ebml_parse (const guint8 *bytes, guint64 at, guint64 end, GstMasterElement *element);
/* The first child of that id in @bytes, which is the content of its parent. */
gboolean gst_master_ebml_find (const guint8 *bytes, guint64 size, guint32 id, GstMasterElement *element);
guint64 gst_master_ebml_uint (const guint8 *bytes, const GstMasterElement *element);
/* Its content, to be freed; NULL if it cannot be read. */
guint8 *gst_master_ebml_load (FILE *f, const GstMasterElement *element);
/* A number with its marker, as in the head of a block. Its length, 0: there is none. */
guint gst_master_ebml_vint (const guint8 *bytes, guint64 size, guint64 *value);

void gst_master_ebml_put_id (GByteArray *to, guint32 id);
/* In 8 bytes, so that it can be written again. */
void gst_master_ebml_put_size (GByteArray *to, guint64 size);
void gst_master_ebml_put (GByteArray *to, guint32 id, const guint8 *bytes, guint64 size);
void gst_master_ebml_put_uint (GByteArray *to, guint32 id, guint64 value);

G_END_DECLS
