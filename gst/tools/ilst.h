/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Free-form tags in MP4, which GStreamer 1.22 reads and does not write: "----" boxes (com.apple.iTunes) in moov/udta/meta/ilst. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Appends @n tags to the list of the file @path, whose moov stands behind the audio, as mp4mux writes it, and has a list. FALSE: it is not
 * so, or cannot be written. */
gboolean gst_master_ilst_append (const gchar *path, const gchar *const *names, const gchar *const *values, guint n);

G_END_DECLS
