/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "limiter-private.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define LIMITED 0.98855309      /* -0.1 dB: counts as limited */

static double
attenuation_db (double gain)
{
  return gain < 1.0 ? -20.0 * log10 (gain) : 0.0;
}

/* One group of one channel. Returns its lowest gain. */
static double
count_group (MstLimiter *self, unsigned ch, size_t k, int is_moving)
{
  const unsigned path = self->shared ? 0 : ch;
  const double *g = self->g[path] + GROUP * k, *c = self->c[path] + GROUP * k;
  ChannelSums *sums = &self->sums[ch];
  double least = 1.0, most = 1.0;

  if (is_moving) {
    double sum = 0.0;
    least = most = g[0] * c[0];
    for (int i = 0; i < GROUP; i++) {
      const double gain = g[i] * c[i];
      least = MIN (gain, least);
      most = MAX (gain, most);
      sum += gain;
    }
    sums->product *= sum / GROUP;
  }
  sums->gain_min = MIN (least, sums->gain_min);
  sums->gain_max = MAX (most, sums->gain_max);
  if (sums->product < 1e-200) {
    sums->log_sum += log10 (sums->product);
    sums->product = 1.0;
  }
  /* Where nothing was read the peak was certain to be lower than one that had been read in this interval: the samples do */
  const double in = self->reading[ch][k] > 0.0f ? self->reading[ch][k] : self->top[ch][k];
  const double out = self->verified[ch][k] > 0.0f ? self->verified[ch][k] * c[GROUP / 2] : in * most;
  sums->in = MAX (in, sums->in);
  sums->out = MAX (out, sums->out);
  return least;
}

void
mst_limiter_count (MstLimiter *self, size_t at, size_t n, int is_corrected)
{
  for (size_t k = at / GROUP; k < (at + n) / GROUP; k++) {
    double least = 1.0;
    if (self->first + (int64_t) (GROUP * k) < 0)
      continue;
    for (unsigned ch = 0; ch < self->n_channels; ch++) {
      const double gain = count_group (self, ch, k, is_corrected || self->moving[k]);
      least = MIN (gain, least);
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
}

void
mst_limiter_clear_stats (MstLimiter *self)
{
  self->stats = (MstLimiterStats) { 0 };
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    self->sums[ch] = (ChannelSums) { 1.0, 0.0, 1.0, 0.0, 0.0, 0.0 };
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
  const double groups = (double) (self->stats.frames / GROUP);

  *stats = (MstLimiterChannelStats) { 0.0, 0.0, 0.0, sums->in, sums->out };
  if (groups == 0.0)
    return;
  stats->gain_reduction_min_db = attenuation_db (sums->gain_max);
  stats->gain_reduction_max_db = attenuation_db (sums->gain_min);
  stats->gain_reduction_mean_db = fmax (0.0, -20.0 * (sums->log_sum + log10 (sums->product)) / groups);
}

double
mst_limiter_gain_reduction_db (const MstLimiter *self)
{
  return attenuation_db (self->newest_gain);
}

int
mst_limiter_guard_active (const MstLimiter *self)
{
  return self->newest_guarded;
}
