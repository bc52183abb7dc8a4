/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which loudspeaker each channel of a WAV file is for: wavenc of GStreamer 1.22 writes the extensible header with an empty mask. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Writes @mask into the header of the file @path if that has an empty one. FALSE: it cannot be read or written. */
gboolean gst_master_wav_set_mask (const gchar *path, guint32 mask);

G_END_DECLS
