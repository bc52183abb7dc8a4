/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmasteringinterval.h"

static void
find_end (GstMasteringInterval *clock)
{
  const guint64 end = clock->origin + gst_util_uint64_scale (clock->count, clock->interval * (guint64) clock->rate,
      GST_SECOND);
  clock->end = MAX (end, clock->start + 1);
}

void
gst_mastering_interval_begin (GstMasteringInterval *clock, GstClockTime interval, gint rate, guint64 frame)
{
  const GstClockTime one_frame = gst_util_uint64_scale_int_ceil (1, GST_SECOND, rate);
  clock->interval = MAX (interval, one_frame);
  clock->rate = rate;
  clock->origin = clock->start = frame;
  clock->count = 1;
  find_end (clock);
}

void
gst_mastering_interval_advance (GstMasteringInterval *clock)
{
  clock->start = clock->end;
  clock->count++;
  find_end (clock);
}
