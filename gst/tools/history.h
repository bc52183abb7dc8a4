/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the meter and the limiter of a pass say as it goes: one moment an interval message. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  gdouble end_s;                /* of its interval, in stream time */
  gdouble momentary_lufs, short_term_lufs, integrated_lufs, psr_db;     /* of a meter, else NaN */
  gdouble gain_reduction_db;    /* largest of a limiter in the interval, else NaN */
} GstMasterMoment;

GArray *gst_master_history_new (void);
/* An element message; others than those of r128meter and truepeaklimiter, and final ones, are left out. */
void gst_master_history_take (GArray *history, const GstStructure *message);
/* The lowest PSR from the third second on where the short-term loudness is no more than 10 LU below @integrated_lufs; NaN: nowhere. */
gdouble gst_master_history_min_psr (const GArray *history, gdouble integrated_lufs);

G_END_DECLS
