/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which time and offset a frame has. Frames are counted from the anchor; a mark is put where the input's own
 * timestamps leave the count by more than half a frame, so that every frame keeps its own time through any delay
 * and rounding never accumulates:  PTS (f) = mark.pts + (f - mark.frame) * second / rate. */
#pragma once

#include <gst/base/gstqueuearray.h>
#include <gst/gst.h>

/* Beyond this a difference is a gap, not jitter: the alignment threshold of GStreamer's audio sinks. */
#define GST_MASTERING_GAP_TOLERANCE (40 * GST_MSECOND)

typedef struct
{
  guint64 frame;
  GstClockTime pts;
  guint64 offset;               /* of the frame, or NONE */
} GstMasteringMark;

typedef struct
{
  gint rate;
  gboolean has_anchor;          /* newest is set */
  GstMasteringMark newest;
  GstQueueArray *older;         /* oldest first; almost always none */
} GstMasteringTime;

void gst_mastering_time_init (GstMasteringTime *time);
void gst_mastering_time_clear (GstMasteringTime *time);
/* Forgets the anchor: the next note () sets frame 0. */
void gst_mastering_time_reset (GstMasteringTime *time, gint rate);
gboolean gst_mastering_time_has_anchor (const GstMasteringTime *time);
/* TRUE if @frame is known to have exactly this time and offset: there is nothing to note. */
gboolean gst_mastering_time_expects (GstMasteringTime *time, guint64 frame, GstClockTime pts, guint64 offset);
/* TRUE if a buffer with @pts cannot follow @frame without a gap or an overlap. An invalid @pts always follows. */
gboolean gst_mastering_time_is_gap (GstMasteringTime *time, guint64 frame, GstClockTime pts);
/* A buffer begins with @frame. @fallback is the anchor's time when @pts is invalid and there is none yet. */
void gst_mastering_time_note (GstMasteringTime *time, guint64 frame, GstClockTime pts, guint64 offset,
    GstClockTime fallback);
/* How long @frames last, rounded down. */
GstClockTime gst_mastering_time_span (const GstMasteringTime *time, guint64 frames);
/* Of a frame at or after the oldest that may still be asked; the time is never invalid, the offset may be. */
GstClockTime gst_mastering_time_pts (GstMasteringTime *time, guint64 frame);
guint64 gst_mastering_time_offset (GstMasteringTime *time, guint64 frame);
/* No frame before @frame will be asked for again. */
void gst_mastering_time_forget (GstMasteringTime *time, guint64 frame);
