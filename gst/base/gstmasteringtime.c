/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmasteringtime.h"

typedef struct
{
  guint64 frame;
  GstClockTime pts;
  guint64 offset;               /* of the frame, or NONE */
} Mark;

void
gst_mastering_time_init (GstMasteringTime *time)
{
  time->rate = 1;
  time->marks = gst_queue_array_new_for_struct (sizeof (Mark), 16);
}

void
gst_mastering_time_clear (GstMasteringTime *time)
{
  g_clear_pointer (&time->marks, gst_queue_array_free);
}

void
gst_mastering_time_reset (GstMasteringTime *time, gint rate)
{
  time->rate = rate;
  gst_queue_array_clear (time->marks);
}

gboolean
gst_mastering_time_has_anchor (const GstMasteringTime *time)
{
  return !gst_queue_array_is_empty (time->marks);
}

/* The last mark at or before @frame; there is an anchor. */
static const Mark *
find (GstMasteringTime *time, guint64 frame)
{
  for (guint i = gst_queue_array_get_length (time->marks) - 1; i > 0; i--) {
    const Mark *mark = gst_queue_array_peek_nth_struct (time->marks, i);
    if (mark->frame <= frame)
      return mark;
  }
  return gst_queue_array_peek_head_struct (time->marks);
}

static GstClockTime
frames_to_time (const GstMasteringTime *time, guint64 frames)
{
  return gst_util_uint64_scale_int (frames, GST_SECOND, time->rate);
}

static GstClockTime
distance (GstClockTime a, GstClockTime b)
{
  return a > b ? a - b : b - a;
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
  Mark mark = { frame, pts, offset };

  if (gst_mastering_time_has_anchor (time)) {
    const GstClockTime counted = gst_mastering_time_pts (time, frame);
    const gboolean time_follows = !GST_CLOCK_TIME_IS_VALID (pts) || pts == counted
        || distance (pts, counted) <= frames_to_time (time, 1) / 2;
    const gboolean offset_follows = offset == gst_mastering_time_offset (time, frame);
    if (time_follows && offset_follows)
      return;
    if (time_follows)
      mark.pts = counted;
  } else if (!GST_CLOCK_TIME_IS_VALID (pts)) {
    mark.pts = fallback;
  }
  gst_queue_array_push_tail_struct (time->marks, &mark);
}

GstClockTime
gst_mastering_time_pts (GstMasteringTime *time, guint64 frame)
{
  const Mark *mark = find (time, frame);
  return mark->pts + frames_to_time (time, frame - mark->frame);
}

guint64
gst_mastering_time_offset (GstMasteringTime *time, guint64 frame)
{
  const Mark *mark = find (time, frame);
  return mark->offset == GST_BUFFER_OFFSET_NONE ? mark->offset : mark->offset + (frame - mark->frame);
}

void
gst_mastering_time_forget (GstMasteringTime *time, guint64 frame)
{
  while (gst_queue_array_get_length (time->marks) > 1) {
    const Mark *second = gst_queue_array_peek_nth_struct (time->marks, 1);
    if (second->frame > frame)
      return;
    gst_queue_array_pop_head_struct (time->marks);
  }
}
