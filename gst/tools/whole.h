/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a file is as long as its container says. Demuxers take what is there, so that a copy that was cut off would make a master that is
 * cut off. Known of RIFF WAVE, RF64, Wave64, CAF, AIFF, Sun AU, Ogg, Matroska, MP4 and QuickTime, TTA,
 * ASF (WMA), and MP3 with a Xing head; of ADTS and AC-3 unless the cut is between two frames. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* NULL, or why not, as the end of a sentence. What is of no such kind is whole. */
const gchar *gst_master_whole_check (const gchar *path);

G_END_DECLS
