/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmasteringtime.h"

void
gst_mastering_time_init (GstMasteringTime *time)
{
  time->rate = 1;
  time->has_anchor = FALSE;
  time->older = gst_queue_array_new_for_struct (sizeof (GstMasteringMark), 16);
}

void
gst_mastering_time_clear (GstMasteringTime *time)
{
  g_clear_pointer (&time->older, gst_queue_array_free);
}

void
gst_mastering_time_reset (GstMasteringTime *time, gint rate)
{
  time->rate = rate;
  time->has_anchor = FALSE;
  gst_queue_array_clear (time->older);
}

gboolean
gst_mastering_time_has_anchor (const GstMasteringTime *time)
{
  return time->has_anchor;
}

/* The last mark at or before @frame; there is an anchor. */
static const GstMasteringMark *
find (GstMasteringTime *time, guint64 frame)
{
  const GstMasteringMark *mark = &time->newest;
  for (guint i = mark->frame > frame ? gst_queue_array_get_length (time->older) : 0; i > 0 && mark->frame > frame; i--)
    mark = gst_queue_array_peek_nth_struct (time->older, i - 1);
  return mark;
}

GstClockTime
gst_mastering_time_span (const GstMasteringTime *time, guint64 frames)
{
  /* without a call for the first 13 hours at 384 kHz */
  return frames < G_MAXUINT64 / GST_SECOND ? frames * GST_SECOND / (guint) time->rate : gst_util_uint64_scale_int (frames, GST_SECOND, time->rate);
}

static GstClockTime
distance (GstClockTime a, GstClockTime b)
{
  return a > b ? a - b : b - a;
}

gboolean
gst_mastering_time_expects (GstMasteringTime *time, guint64 frame, GstClockTime pts, guint64 offset)
{
  return time->has_anchor && pts == gst_mastering_time_pts (time, frame) && offset == gst_mastering_time_offset (time, frame);
}

gboolean
gst_mastering_time_is_gap (GstMasteringTime *time, guint64 frame, GstClockTime pts)
{
  if (!GST_CLOCK_TIME_IS_VALID (pts) || !gst_mastering_time_has_anchor (time))
    return FALSE;
  return distance (pts, gst_mastering_time_pts (time, frame)) > GST_MASTERING_GAP_TOLERANCE;
}

void
gst_mastering_time_note (GstMasteringTime *time, guint64 frame, GstClockTime pts, guint64 offset,
    GstClockTime fallback)
{
  GstMasteringMark mark = { frame, pts, offset };

  if (gst_mastering_time_has_anchor (time)) {
    const GstClockTime counted = gst_mastering_time_pts (time, frame);
    const gboolean time_follows = !GST_CLOCK_TIME_IS_VALID (pts) || pts == counted
        || distance (pts, counted) <= gst_mastering_time_span (time, 1) / 2;
    const gboolean offset_follows = offset == gst_mastering_time_offset (time, frame);
    if (time_follows && offset_follows)
      return;
    if (time_follows)
      mark.pts = counted;
  } else if (!GST_CLOCK_TIME_IS_VALID (pts)) {
    mark.pts = fallback;
  }
  if (time->has_anchor)
    gst_queue_array_push_tail_struct (time->older, &time->newest);
  time->newest = mark;
  time->has_anchor = TRUE;
}

GstClockTime
gst_mastering_time_pts (GstMasteringTime *time, guint64 frame)
{
  const GstMasteringMark *mark = find (time, frame);
  return mark->pts + gst_mastering_time_span (time, frame - mark->frame);
}

guint64
gst_mastering_time_offset (GstMasteringTime *time, guint64 frame)
{
  const GstMasteringMark *mark = find (time, frame);
  return mark->offset == GST_BUFFER_OFFSET_NONE ? mark->offset : mark->offset + (frame - mark->frame);
}

void
gst_mastering_time_forget (GstMasteringTime *time, guint64 frame)
{
  for (guint n = gst_queue_array_get_length (time->older); n > 0; n--) {
    const GstMasteringMark *second = n > 1 ? gst_queue_array_peek_nth_struct (time->older, 1) : &time->newest;
    if (second->frame > frame)
      return;
    gst_queue_array_pop_head_struct (time->older);
  }
}
