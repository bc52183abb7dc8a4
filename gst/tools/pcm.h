/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCM in containers that GStreamer 1.22 reads not at all (Apple CAF, RF64 and BW64 above 4 GiB), or in 16 bits and with silence behind it
 * (Sony Wave64). */
#pragma once

#include <gst/audio/audio.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 offset, bytes;        /* of the samples, as the head says; whole frames */
  GstAudioInfo info;
  GstAudioChannelPosition positions[64];        /* in the order of the file; info has them in GStreamer's */
} GstMasterPcm;

/* FALSE: it is none of these, or holds something else than integers of 8 to 32 bits or floats. */
gboolean gst_master_pcm_read (const gchar *path, GstMasterPcm *pcm);
/* A bin with one pad "src", exactly as long as the head says; NULL where @path is no such file. */
GstElement *gst_master_pcm_make_bin (const gchar *path);

G_END_DECLS
