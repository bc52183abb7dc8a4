/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An audio stream of a file, decoded, as a bin with one pad "src"; and what is learned about it while it plays. */
#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>

#include "cache.h"
#include "length.h"

G_BEGIN_DECLS

typedef struct
{
  gchar *path;                  /* to show */
  gchar *location;              /* to open: of a stream, where it was spooled */
  guint track;                  /* which audio stream, from 0 */
  gchar *stream;                /* what its stream id ends in, NULL: by number. A film's: held to its timeline */
  GstClockTime origin;          /* of a film: its first timestamp, NONE: running time 0 */
  guint n_tracks;               /* seen so far */
  gboolean is_alone;            /* the decoder sees that track and no other */
  GstMasterRange range;         /* of such a track; a timescale of 0: all of it, where it is */
  gint rate, channels;
  guint64 channel_mask;         /* GStreamer's; 0: none */
  gsize bytes_per_frame;        /* as decoded */
  gint bits;                    /* of an integer format, else 0 */
  gboolean is_float;
  gchar *codec;                 /* as the tags name it, or NULL */
  GstTagList *tags;             /* all that came, or NULL */
  gboolean is_linked;           /* an audio stream was found */
  gboolean is_scrambled;        /* its channels are one for the other */
  gboolean is_flac_by_libav;
  gboolean is_chained;          /* behind its end another one begins */
  guint64 frames;               /* decoded so far; atomic enough for a progress bar */
  guint64 total_frames;         /* after a whole pass, else 0 */
  GstClockTime duration;        /* as the container says, or NONE; exact after a whole pass */
  GstClockTime declared;        /* as the container says, or NONE */
  GstMasterCache *kept;         /* set before the first pass, which fills it, and later ones play it; or NULL */
} GstMasterSource;

GstMasterSource *gst_master_source_new (const gchar *path);
void gst_master_source_free (GstMasterSource *source);

/* A new bin named "input" that decodes the file; @source is filled while it plays and outlives it. */
GstElement *gst_master_source_make_bin (GstMasterSource *source);
/* Where @bin, which plays what was kept of the file, is, for the progress bar. */
void gst_master_source_follow (GstMasterSource *source, GstElement *bin);
/* From the bus. */
void gst_master_source_take_tags (GstMasterSource *source, GstTagList *tags);
/* Whether the codec throws something away; FALSE if nothing is known. */
gboolean gst_master_source_is_lossy (const GstMasterSource *source);
gdouble gst_master_source_seconds (const GstMasterSource *source);

G_END_DECLS
