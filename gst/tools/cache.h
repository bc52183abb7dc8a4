/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes out of the chain, kept as raw audio in a nameless temporary file, so that several renders need not run decoder, chain
 * and resampler again: to the bit the same, and far cheaper. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  int fd;
  guint64 bytes, max_bytes;
  gboolean failed;              /* no room: the chain is run again instead */
  gboolean is_whole;
  gchar *caps;
} GstMasterCache;

/* In @folder; NULL if nothing can be written there. */
GstMasterCache *gst_master_cache_new (const gchar *folder, guint64 max_bytes);
/* Keeps what leaves @element, up to EOS. */
void gst_master_cache_record (GstMasterCache *cache, GstElement *element);
/* A new bin with one pad "src" that plays it; NULL if it is not whole. @cache may be NULL. */
GstElement *gst_master_cache_make_bin (GstMasterCache *cache);
void gst_master_cache_free (GstMasterCache *cache);

G_END_DECLS
