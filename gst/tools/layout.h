/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which loudspeaker each channel of a file with more than two is for. Masks are GStreamer's unless they are called WAV's; 0: nobody says. */
#pragma once

#include <gst/audio/audio.h>

G_BEGIN_DECLS

/* WAV's mask of the same loudspeakers; 0 if it has none for one of them, or has them in another order. */
guint32 gst_master_layout_wav_mask (guint64 mask);
/* What @n_channels of which nobody says anything are as a rule: 3.0, quad, 5.0, 5.1, 6.1, 7.1 in WAV's order; 0: no such rule. */
guint64 gst_master_layout_by_convention (guint n_channels);

/* The mask under which the encoder of the launch text @encode takes @n_channels of @mask: surrounds are surrounds, whether at the side or behind.
 * FALSE: its format has no name for them. */
gboolean gst_master_layout_for (const gchar *encode, guint n_channels, guint64 mask, guint64 *taken);
/* What goes into @output, a bin made of @encode, interleaved, is put in the order in which its encoder makes them right. */
void gst_master_layout_feed (GstElement *output, const gchar *encode);
/* What leaves @pad is put in GStreamer's order; it comes as @positions, whose mask is in the caps of @pad. */
void gst_master_layout_sort (GstPad *pad, guint n_channels, const GstAudioChannelPosition *positions);

/* Writes the mask into the file @path, as its format has it: WAV, whose header has an empty one as wavenc of GStreamer 1.22 leaves it there; AIFF,
 * behind the samples; ALAC in MP4. Others: nothing. FALSE: it cannot be read or written. */
gboolean gst_master_layout_write (const gchar *path, const gchar *encode, guint n_channels, guint64 mask);

G_END_DECLS
