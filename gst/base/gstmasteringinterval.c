/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmasteringinterval.h"

void
gst_mastering_interval_begin (GstMasteringInterval *clock, GstClockTime interval, gint rate, guint64 frame)
{
  const GstClockTime one_frame = gst_util_uint64_scale_int_ceil (1, GST_SECOND, rate);
  clock->interval = MAX (interval, one_frame);
  clock->rate = rate;
  clock->origin = clock->start = frame;
  clock->count = 1;
}

guint64
gst_mastering_interval_end (const GstMasteringInterval *clock)
{
  const guint64 end = clock->origin + gst_util_uint64_scale (clock->count, clock->interval * (guint64) clock->rate,
      GST_SECOND);
  return MAX (end, clock->start + 1);
}

void
gst_mastering_interval_advance (GstMasteringInterval *clock)
{
  clock->start = gst_mastering_interval_end (clock);
  clock->count++;
}
