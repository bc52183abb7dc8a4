/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One audio track of an MP4 or QuickTime file as a file of its own, for qtdemux of GStreamer 1.22, which of the whole leaves out packets at the
 * end where the encoder put some before the first, and tracks much shorter than the others, and does not read every film in fragments: an
 * index of that track alone, without edit list, and the file behind it. Nothing is copied. What its edit list tells comes as a range. */
#pragma once

#include <gst/gst.h>

#include "length.h"

G_BEGIN_DECLS

/* A source for decodebin; NULL: it is no such file, or has no such track. @stream: what the track's stream id ends in, NULL: it is the one with
 * number @track, from 0, of @n_tracks. @range: what of it is shown, and where; its timescale is 0 where qtdemux sees to that. */
GstElement *gst_master_mp4_view_new (const gchar *location, const gchar *stream, guint track, guint *n_tracks, GstMasterRange *range);

G_END_DECLS
