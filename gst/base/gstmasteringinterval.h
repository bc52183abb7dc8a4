/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where message intervals end, to the frame: the k-th after frame `origin` ends at origin + floor (k interval rate / second),
 * at least one frame after the one before it. No rounding accumulates, and no buffer size shows. */
#pragma once

#include <gst/gst.h>

typedef struct
{
  GstClockTime interval;
  gint rate;
  guint64 origin;               /* frame at which the first interval began */
  guint64 start;                /* frame at which this interval began */
  guint64 end;                  /* frame that begins the next interval; always > start */
  guint64 count;                /* of this interval since origin, from 1 */
} GstMasteringInterval;

void gst_mastering_interval_begin (GstMasteringInterval *clock, GstClockTime interval, gint rate, guint64 frame);
void gst_mastering_interval_advance (GstMasteringInterval *clock);
