/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes out of the decoder, or out of the chain, kept as raw audio in a nameless temporary file, so that later passes need not run
 * decoder, chain and resampler again: to the bit the same, and far cheaper. Frames without their times: what does not begin at 0, or has
 * holes, is not kept, nor what is too long, changes its format on the way, or has its channels apart. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  int fd;
  guint64 bytes, bytes_per_second;
  gboolean failed;              /* no room: the chain is run again instead */
  gboolean is_whole;
  gchar *caps;
} GstMasterCache;

/* In @folder; NULL if nothing can be written there. */
GstMasterCache *gst_master_cache_new (const gchar *folder);
/* Keeps what passes @pad, up to EOS. */
void gst_master_cache_record (GstMasterCache *cache, GstPad *pad);
/* @cache may be NULL. */
gboolean gst_master_cache_is_whole (const GstMasterCache *cache);
/* A new bin with one pad "src" that plays it; NULL if it is not whole. */
GstElement *gst_master_cache_make_bin (GstMasterCache *cache);
void gst_master_cache_free (GstMasterCache *cache);

G_END_DECLS
