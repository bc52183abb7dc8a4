/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the first frame of an MP3 file says of all of it: the Xing head, and LAME's behind it with what the encoder put before and behind the
 * music (gabriel.mp3-tech.org/mp3infotag.html). */
#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 offset;               /* of the first frame */
  guint64 bytes;                /* of all from there on; 0: not said */
  gboolean is_trimmed;          /* the rest is said too */
  guint64 skip, frames;         /* what a decoder puts out before the music; the music. In frames of samples */
} GstMasterMp3;

/* FALSE: it is no MP3, or has no such head. */
gboolean gst_master_mp3_read (FILE *file, GstMasterMp3 *mp3);

G_END_DECLS
