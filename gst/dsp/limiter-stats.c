/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "limiter-private.h"

#define LIMITED 0.98855309      /* -0.1 dB: counts as limited */

static double
attenuation_db (double gain)
{
  return gain < 1.0 ? -20.0 * log10 (gain) : 0.0;
}

/* Gains of a group, @c NULL where nothing is corrected. Returns the lowest; the highest to *highest. */
static double
count_gain (PathSums *sums, const double *g, const double *c, double *highest)
{
  double gain[GROUP], low[4], high[4], sum[4];

  for (int i = 0; i < GROUP; i++)
    gain[i] = c ? g[i] * c[i] : g[i];
  for (int i = 0; i < 4; i++) {
    low[i] = MIN (gain[i], gain[i + 4]);
    high[i] = MAX (gain[i], gain[i + 4]);
    sum[i] = gain[i] + gain[i + 4];
  }
  const double low2[2] = { MIN (low[0], low[2]), MIN (low[1], low[3]) }, least = MIN (low2[0], low2[1]);
  const double high2[2] = { MAX (high[0], high[2]), MAX (high[1], high[3]) };
  *highest = MAX (high2[0], high2[1]);
  sums->gain_min = MIN (least, sums->gain_min);
  sums->gain_max = MAX (*highest, sums->gain_max);
  sums->product *= ((sum[0] + sum[2]) + (sum[1] + sum[3])) / GROUP;
  if (sums->product < 1e-200) {
    sums->log_sum += log10 (sums->product);
    sums->product = 1.0;
  }
  return least;
}

/* The peaks of group @k of a channel under a gain of at most @most. Where nothing was read the peak was certain to be lower than one that had been
 * read in this interval: the samples do. */
static void
count_peaks (MstLimiter *self, unsigned ch, size_t k, double most, double correction)
{
  ChannelSums *sums = &self->sums[ch];
  const double in = self->reading[ch][k] > 0.0f ? self->reading[ch][k] : self->top[ch][k];
  const double out = self->verified[ch][k] > 0.0f ? self->verified[ch][k] * correction : in * most;

  sums->in = MAX (in, sums->in);
  sums->out = MAX (out, sums->out);
}

static void
count_group (MstLimiter *self, size_t k, int is_corrected)
{
  const unsigned paths = mst_limiter_n_paths (self);
  double least = 1.0, most = 1.0;

  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    const double *c = is_corrected ? self->c[ch < paths ? ch : 0] + GROUP * k : NULL;
    if (ch < paths && (is_corrected || self->moving[k])) {
      const double gain = count_gain (&self->of_path[ch], self->g[ch] + GROUP * k, c, &most);
      least = MIN (gain, least);
    } else if (ch < paths)
      self->of_path[ch].gain_max = 1.0;
    count_peaks (self, ch, k, most, c ? c[GROUP / 2] : 1.0);
  }
  const int limited = least < LIMITED;
  self->stats.frames += GROUP;
  self->stats.limited_frames += limited ? GROUP : 0;
  self->stats.limited_events += limited && !self->newest_limited;
  self->stats.guard_frames += self->guarded[k] ? GROUP : 0;
  self->newest_limited = limited;
  self->newest_guarded = self->guarded[k];
  self->newest_gain = least;
}

/* The same for groups whose gain is 1 throughout. What was read is never below the samples. */
static void
count_idle (MstLimiter *self, size_t k, size_t n_groups)
{
  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    const float *reading = self->reading[ch] + k, *top = self->top[ch] + k;
    float highest[4] = { 0.0f };
    for (size_t i = 0; i < n_groups; i++) {
      const float of_group = MAX (reading[i], top[i]);
      highest[i % 4] = MAX (of_group, highest[i % 4]);
    }
    const float one = MAX (highest[0], highest[1]), other = MAX (highest[2], highest[3]), most = MAX (one, other);
    self->sums[ch].in = MAX (most, self->sums[ch].in);
    self->sums[ch].out = MAX (most, self->sums[ch].out);
    self->of_path[ch].gain_max = 1.0;
  }
  for (size_t i = k; i < k + n_groups; i++)
    self->stats.guard_frames += self->guarded[i] ? GROUP : 0;
  self->stats.frames += GROUP * n_groups;
  self->newest_limited = 0;
  self->newest_guarded = self->guarded[k + n_groups - 1];
  self->newest_gain = 1.0;
}

void
mst_limiter_count (MstLimiter *self, size_t at, size_t n, int is_corrected)
{
  if (!is_corrected && self->first + (int64_t) at >= 0 && !memchr (self->moving + at / GROUP, 1, n / GROUP)) {
    count_idle (self, at / GROUP, n / GROUP);
    return;
  }
  for (size_t k = at / GROUP; k < (at + n) / GROUP; k++)
    if (self->first + (int64_t) (GROUP * k) >= 0)
      count_group (self, k, is_corrected);
}

void
mst_limiter_clear_stats (MstLimiter *self)
{
  self->stats = (MstLimiterStats) { 0 };
  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    self->of_path[ch] = (PathSums) { 1.0, 0.0, 1.0, 0.0 };
    self->sums[ch] = (ChannelSums) { 0.0, 0.0 };
  }
}

void
mst_limiter_get_stats (const MstLimiter *self, MstLimiterStats *stats)
{
  *stats = self->stats;
}

void
mst_limiter_get_channel_stats (const MstLimiter *self, unsigned ch, MstLimiterChannelStats *stats)
{
  const ChannelSums *sums = &self->sums[ch];
  const PathSums *of_path = &self->of_path[self->shared ? 0 : ch];
  const double groups = (double) (self->stats.frames / GROUP);

  *stats = (MstLimiterChannelStats) { 0.0, 0.0, 0.0, sums->in, sums->out };
  if (groups == 0.0)
    return;
  stats->gain_reduction_min_db = attenuation_db (of_path->gain_max);
  stats->gain_reduction_max_db = attenuation_db (of_path->gain_min);
  stats->gain_reduction_mean_db = fmax (0.0, -20.0 * (of_path->log_sum + log10 (of_path->product)) / groups);
}

double
mst_limiter_gain (const MstLimiter *self)
{
  return self->newest_gain;
}

int
mst_limiter_guard_active (const MstLimiter *self)
{
  return self->newest_guarded;
}
