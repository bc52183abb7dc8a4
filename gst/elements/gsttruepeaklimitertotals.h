/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What truepeaklimiter tells in its messages: figures of an interval, and of the whole stream, to which those of intervals are
 * added as they end. */
#pragma once

#include <gst/gst.h>

#include "limiter.h"

G_BEGIN_DECLS

typedef struct
{
  MstLimiterStats stats;
  MstLimiterChannelStats channels[MST_LIMITER_MAX_CHANNELS];
} GstTruePeakLimiterTotals;

G_GNUC_INTERNAL void gst_true_peak_limiter_totals_clear (GstTruePeakLimiterTotals *totals);
/* What the limiter counted since it was last asked; its count begins anew. */
G_GNUC_INTERNAL void gst_true_peak_limiter_totals_take (GstTruePeakLimiterTotals *totals, MstLimiter *limiter, guint n_channels);
G_GNUC_INTERNAL void gst_true_peak_limiter_totals_add (GstTruePeakLimiterTotals *sum, const GstTruePeakLimiterTotals *more);
/* As fields of a message */
G_GNUC_INTERNAL void gst_true_peak_limiter_totals_describe (const GstTruePeakLimiterTotals *totals, guint n_channels, gint rate, GstStructure *s);

G_END_DECLS
