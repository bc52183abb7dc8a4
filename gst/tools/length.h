/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exactly so many frames and no more: a resampler rounds its last block its own way, a frame up or down. And an encoder that asks how many
 * there will be is told, so that its header does not depend on where they come from. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What leaves @element is cut, or filled up with silence before EOS, to @frames. Interleaved raw audio; what is missing
 * beyond a tenth of a second is left missing: then something is wrong that must be seen. */
void gst_master_hold_length (GstElement *element, guint64 frames);
/* vorbisdec cuts its last block where the segment ends, told in nanoseconds, and leaves a frame too many at 44.1 kHz: that goes. Other decoders
 * are left alone: a container's own time may be coarser than a frame (MP4). */
void gst_master_hold_segment (GstPad *pad);

/* What of a track is shown, and where. */
typedef struct
{
  guint64 first, length;        /* in its own time: from where, for how long */
  guint32 timescale;            /* of that */
  GstClockTime place;           /* where the first frame of it is in the film's time */
} GstMasterRange;

/* Of what leaves @pad, whose timestamps are the track's own time, only that goes on, to the frame, with the film's time. @range outlives it. */
void gst_master_hold_range (GstPad *pad, const GstMasterRange *range);
/* Who asks upstream of @pad for the duration hears of so many frames. */
void gst_master_tell_length (GstPad *pad, guint64 frames, gint rate);

G_END_DECLS
