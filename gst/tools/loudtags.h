/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loudness tags of the master: ReplayGain 2 (gain to -18 LUFS, true peak) in FLAC, Vorbis, MP3, MP4; R128_TRACK_GAIN (to -23 LUFS, on
 * top of the header gain, which is 0 here: RFC 7845, 5.2.1) in Opus. They stand before the first buffer, but tell of the finished
 * file: the header gets the planned figures, at fixed width, and once the written file is measured they are replaced in place. */
#pragma once

#include "figures.h"
#include "profile.h"

G_BEGIN_DECLS

/* Adds to @tags what the encoder shall write, and says the others in the words that its muxer knows. */
void gst_master_loudtags_add (GstTagList *tags, const GstMasterProfile *profile, gdouble lufs, gdouble dbtp);
/* Brings the tags of the file @path from the planned figures to those measured, and reads them back. FALSE and @error
 * (GST_MASTER_OUTPUT). */
gboolean gst_master_loudtags_settle (const gchar *path, const GstMasterProfile *profile, gdouble planned_lufs, gdouble planned_dbtp,
    const GstMasterFigures *measured, GError **error);

G_END_DECLS
