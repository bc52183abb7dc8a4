/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All tags and the cover for WAV and AIFF: an ID3v2 tag in a chunk behind the samples, as taggers and players look for it. wavenc writes six
 * tags of its own into the INFO list, aiffmux none. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Appends @tags as the chunk @id ("id3 ", "ID3 ") to the RIFF or AIFF file @path. None, or where they would be beyond 4 GiB: nothing is done.
 * FALSE and @error. */
gboolean gst_master_id3_chunk_append (const gchar *path, const gchar *id, const GstTagList *tags, GError **error);

/* The same with any chunk. FALSE: it cannot be written. */
gboolean gst_master_chunk_append (const gchar *path, const gchar *id, const GByteArray *bytes);

G_END_DECLS
