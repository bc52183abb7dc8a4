/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which loudspeaker each channel of a file with more than two is for. Masks are GStreamer's unless they are called WAV's. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* WAV's mask of the same loudspeakers; 0 if it has none for one of them, or has them in another order. */
guint32 gst_master_layout_wav_mask (guint64 mask);
/* The mask under which flacenc takes @n_channels of @mask (0: nobody says): surrounds of 5.1 and less are surrounds, whether at the side or
 * behind. FALSE: FLAC has no name for them. */
gboolean gst_master_layout_for_flac (guint n_channels, guint64 mask, guint64 *flac);
/* What goes through @pad, interleaved, is put in the order in which flacenc makes seven and eight channels right. */
void gst_master_layout_feed_flac (GstPad *pad);
/* Writes WAV's @mask into the header of the file @path if that has an empty one, which is what wavenc of GStreamer 1.22 leaves there. FALSE:
 * it cannot be read or written. */
gboolean gst_master_layout_write_wav (const gchar *path, guint32 mask);

G_END_DECLS
