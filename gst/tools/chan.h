/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Apple's name for which loudspeaker each channel is for: AudioChannelLayout (Core Audio, CoreAudioBaseTypes.h; Core Audio Format Specification,
 * "Channel Layout Chunk"), big-endian in the chunk "CHAN" of AIFF and "chan" of CAF. */
#pragma once

#include <gst/audio/audio.h>

G_BEGIN_DECLS

#define GST_MASTER_CHAN_BYTES 12

/* The positions of @n_channels in the order of the file. Left and right surround are behind, or at the side where others are behind them.
 * FALSE: it has no place for them that GStreamer knows, or is for another number. */
gboolean gst_master_chan_read (const guint8 *chunk, gsize size, guint n_channels, GstAudioChannelPosition *positions);
/* The layout of WAV's @mask, in the order of its bits: kAudioChannelLayoutTag_UseChannelBitmap. */
void gst_master_chan_write (guint32 mask, guint8 chunk[GST_MASTER_CHAN_BYTES]);
/* The same of an AIFF file: @positions of the chunk "CHAN", wherever it stands. @n_channels as "COMM" says, 0: none. FALSE: no such chunk. */
gboolean gst_master_chan_read_aiff (const gchar *path, guint *n_channels, GstAudioChannelPosition *positions);

G_END_DECLS
