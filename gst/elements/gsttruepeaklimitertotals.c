/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsttruepeaklimitertotals.h"

#include <math.h>

void
gst_true_peak_limiter_totals_clear (GstTruePeakLimiterTotals *totals)
{
  totals->stats = (MstLimiterStats) { 0 };
  for (guint c = 0; c < MST_LIMITER_MAX_CHANNELS; c++)
    totals->channels[c] = (MstLimiterChannelStats) { INFINITY, 0.0, 0.0, 0.0, 0.0 };
}

void
gst_true_peak_limiter_totals_take (GstTruePeakLimiterTotals *totals, MstLimiter *limiter, guint n_channels)
{
  gst_true_peak_limiter_totals_clear (totals);
  mst_limiter_get_stats (limiter, &totals->stats);
  for (guint c = 0; c < n_channels && totals->stats.frames > 0; c++)
    mst_limiter_get_channel_stats (limiter, c, &totals->channels[c]);
  mst_limiter_clear_stats (limiter);
}

void
gst_true_peak_limiter_totals_add (GstTruePeakLimiterTotals *sum, const GstTruePeakLimiterTotals *more)
{
  const guint64 frames = more->stats.frames;
  const gdouble share = frames > 0 ? (gdouble) frames / (gdouble) (sum->stats.frames + frames) : 0.0;

  for (guint c = 0; c < MST_LIMITER_MAX_CHANNELS; c++) {
    MstLimiterChannelStats *a = &sum->channels[c];
    const MstLimiterChannelStats *b = &more->channels[c];
    a->gain_reduction_min_db = MIN (a->gain_reduction_min_db, b->gain_reduction_min_db);
    a->gain_reduction_max_db = MAX (a->gain_reduction_max_db, b->gain_reduction_max_db);
    a->gain_reduction_mean_db += (b->gain_reduction_mean_db - a->gain_reduction_mean_db) * share;
    a->true_peak_in = MAX (a->true_peak_in, b->true_peak_in);
    a->true_peak_out = MAX (a->true_peak_out, b->true_peak_out);
  }
  sum->stats.frames += frames;
  sum->stats.limited_frames += more->stats.limited_frames;
  sum->stats.limited_events += more->stats.limited_events;
  sum->stats.guard_frames += more->stats.guard_frames;
}

static void
add_array (GstStructure *s, const gchar *name, const GstTruePeakLimiterTotals *totals, guint n, gsize field, gboolean is_linear)
{
  GValue array = G_VALUE_INIT;

  gst_value_array_init (&array, n);
  for (guint c = 0; c < n; c++) {
    const gdouble raw = G_STRUCT_MEMBER (gdouble, &totals->channels[c], field);
    const gdouble value = is_linear ? 20.0 * log10 (raw) : isfinite (raw) ? raw : 0.0;
    GValue number = G_VALUE_INIT;
    g_value_init (&number, G_TYPE_DOUBLE);
    g_value_set_double (&number, value);
    gst_value_array_append_and_take_value (&array, &number);
  }
  gst_structure_take_value (s, name, &array);
}

static guint64
in_ns (guint64 frames, gint rate)
{
  return gst_util_uint64_scale_int (frames, GST_SECOND, rate);
}

void
gst_true_peak_limiter_totals_describe (const GstTruePeakLimiterTotals *totals, guint n_channels, gint rate, GstStructure *s)
{
  static const struct { const gchar *name; gsize field; gboolean is_linear; } arrays[] = {
    { "gain-reduction-min", G_STRUCT_OFFSET (MstLimiterChannelStats, gain_reduction_min_db), FALSE },
    { "gain-reduction-mean", G_STRUCT_OFFSET (MstLimiterChannelStats, gain_reduction_mean_db), FALSE },
    { "gain-reduction-max", G_STRUCT_OFFSET (MstLimiterChannelStats, gain_reduction_max_db), FALSE },
    { "true-peak-in", G_STRUCT_OFFSET (MstLimiterChannelStats, true_peak_in), TRUE },
    { "true-peak-out", G_STRUCT_OFFSET (MstLimiterChannelStats, true_peak_out), TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (arrays); i++)
    add_array (s, arrays[i].name, totals, n_channels, arrays[i].field, arrays[i].is_linear);
  gst_structure_set (s, "limited-events", G_TYPE_UINT64, totals->stats.limited_events,
      "limited-time", G_TYPE_UINT64, in_ns (totals->stats.limited_frames, rate),
      "guard-time", G_TYPE_UINT64, in_ns (totals->stats.guard_frames, rate), NULL);
}
