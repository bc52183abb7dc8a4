/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The second reading: what is left above the ceiling after the gain has been applied. */
#include <math.h>
#include <string.h>

#include "limiter-private.h"

#define STILL 1e-6              /* gains are, of their value; what has something next to Nyquist keeps more below the ceiling */
#define STILL_AT_EDGE 3e-4
#define STEADY 0.9f             /* lowest of what lies next to Nyquist, of the highest */
#define TOP_SHARE 2.5f          /* second difference, of the reading: a tone's from 0.58 of Nyquist on; where its phase jumps it is lower for a while */
#define TOP_REACH 6             /* groups, before and behind, */
#define TOP_LEAST 5             /* of which so many have that share */
#define VERIFY_MARGIN 0.99976977        /* -0.002 dB */

int
mst_limiter_is_top_of_band (const MstLimiter *self, unsigned ch, size_t k)
{
  return self->bend[ch][k] > self->reading[ch][k];
}

/* What the second reading aims at, of the ceiling. The stream's own first and last frame are hard cuts, which bring back what the guard took out
 * there: a tone next to Nyquist is then read too low, by up to 0.3 dB beside the cut and some 10 dB over the distance in frames further in. */
static double
aim (const MstLimiter *self, size_t k)
{
  const int64_t frame = self->first + (int64_t) (GROUP * k), left = self->end - frame - GROUP;
  const int64_t known = (int64_t) (self->detect_lag + self->span - 1 + MST_PEAKVERIFY_AFTER) - GROUP;    /* the guard is that far ahead */
  double distance = 1e9;

  if (self->guarded[k])
    distance = (double) frame;
  if (left < known && self->guarded[left > 0 ? k + (size_t) left / GROUP + 1 : k])
    distance = fmin (distance, (double) left);
  return VERIFY_MARGIN - NEPER_PER_DB * (distance > 60.0 ? 20.0 / distance : 0.33);
}

/* Whether the gain stands still within reach of group @k's readings, by that much of it. */
static int
is_still (const double *g, double by)
{
  for (int i = -MST_PEAKVERIFY_BEFORE; i < MST_PEAKVERIFY_AFTER; i += GROUP)
    if (fabs (g[i] - g[0]) > by * g[0])
      return 0;
  return 1;
}

/* Whether what lies next to Nyquist is as high everywhere within reach of group @k's readings: a tone, neither beginning nor ending. Of two groups the
 * higher counts: of a tone there some 12 samples in a row are low. */
static int
is_steady (const float *edge, float highest)
{
  float lowest = highest;
  for (int i = -EDGE_BEFORE; i < EDGE_AFTER; i++)
    lowest = MIN (MAX (edge[i], edge[i + 1]), lowest);
  return lowest > STEADY * highest;
}

/* Whether most of what is there is in the top of the band. (Readings below that gate are there or not as records fall.) */
static int
is_top (const MstLimiter *self, unsigned ch, size_t k)
{
  const float reading = self->reading[ch][k];
  return reading > (float) (TOP_GATE * self->verify_gate * self->ceiling[k]) && self->bend[ch][k] > TOP_SHARE * reading;
}

/* near[]: of groups that a tone in the top of the band reaches into from @k on, the highest reading within reach, else 0. Where its phase jumps a soft
 * filter rings on, more than 1 dB above what the others read; and up to 0.4 dB above them in noise that the clipper has flattened. */
static void
look_around (const MstLimiter *self, unsigned ch, size_t k, size_t n_groups, const float *near_edge, float *near)
{
  int has_edge = 0, count = 0;

  for (size_t i = 0; i < n_groups; i++)
    has_edge |= near_edge[i] > MST_NYQUIST_GUARD_EDGE * self->ceiling[k + i];
  if (!has_edge) {
    memset (near, 0, n_groups * sizeof *near);
    return;
  }
  mst_limiter_highest (self->reading[ch] + k - TOP_REACH, 2 * TOP_REACH + 1, n_groups, near);
  for (size_t i = k - TOP_REACH; i < k + TOP_REACH; i++)
    count += is_top (self, ch, i);
  for (size_t i = 0; i < n_groups; i++) {
    count += is_top (self, ch, k + i + TOP_REACH);
    if ((count < TOP_LEAST && !self->clipper) || near_edge[i] <= MST_NYQUIST_GUARD_EDGE * self->ceiling[k + i])
      near[i] = 0.0f;
    count -= is_top (self, ch, k + i - TOP_REACH);
  }
}

/* How group @k must be read from z, 0: not at all. @near_edge: the highest of what lies next to Nyquist around it; @near by look_around (). */
static int
must_verify (const MstLimiter *self, unsigned ch, size_t k, float near_edge, float near)
{
  const double *g = self->g[self->shared ? 0 : ch] + GROUP * k;
  const double gate = self->verify_gate * self->ceiling[k];
  const float reading = near > 0.0f ? (float) (near / TOP_GATE) : self->reading[ch][k];
  double most = 0.0;

  if (reading <= gate)
    return 0;
  for (int i = 0; i <= GROUP; i++)
    most = MAX (g[i], most);
  if (reading * most <= gate)
    return 0;
  /* Under a gain that stands still z has the peaks of x', which a detector that reaches up to there saw */
  const double target = aim (self, k);
  const int has_edge = near_edge * most > MST_NYQUIST_GUARD_EDGE * self->ceiling[k];
  const int was_seen = self->detect_lag >= 24 && target > VERIFY_MARGIN - 0.001 * NEPER_PER_DB && is_still (g, has_edge ? STILL_AT_EDGE : STILL);
  if (has_edge) {
    const int is_sure = near > 0.0f ? is_steady (self->edge[ch] + k, near_edge) : was_seen;
    if (was_seen)
      return is_sure ? MST_PEAKVERIFY_SOFT : MST_PEAKVERIFY_SOFTS;
    return is_sure && target > VERIFY_MARGIN - 0.05 * NEPER_PER_DB ? MST_PEAKVERIFY_BOTH : MST_PEAKVERIFY_ALL;
  }
  /* Without anything next to Nyquist the soft filter reads what the sharp one reads */
  if (!was_seen)
    return MST_PEAKVERIFY_SHARP;
  return mst_peakverify_has_top (self->verify, self->z[ch] + GROUP * k, self->ceiling[k]) ? MST_PEAKVERIFY_SOFT : 0;
}

/* How far the frames of each group from @k on may be turned up to stay below the ceiling, read from z. */
static void
verify_channel (MstLimiter *self, unsigned ch, size_t k, size_t n_groups, double *cell)
{
  unsigned char by[BLOCK / GROUP];
  float near_edge[BLOCK / GROUP], near[BLOCK / GROUP], *p = self->verified[ch] + k;

  /* Within reach of a group's readings; the high-pass rings on for 100 frames */
  mst_limiter_highest (self->edge[ch] + k - EDGE_BEFORE, EDGE_BEFORE + EDGE_AFTER + 1, n_groups, near_edge);
  look_around (self, ch, k, n_groups, near_edge, near);
  for (size_t i = 0, to; i < n_groups; i = to) {
    for (to = i; to < n_groups; to++) {
      const int how = must_verify (self, ch, k + to, near_edge[to], near[to]);
      if (how == 0)
        break;
      by[to] = (unsigned char) how;
    }
    if (to > i)
      mst_peakverify_read (self->verify, self->z[ch] + GROUP * (k + i), to - i, by + i, p + i);
    for (; i < to; i++) {
      const float still = by[i] >= MST_PEAKVERIFY_SOFT ? self->reading[ch][k + i] * (float) self->g[self->shared ? 0 : ch][GROUP * (k + i)] : 0.0f;
      p[i] = MAX (still, p[i]);
      const double allowed = (aim (self, k + i) - (mst_limiter_is_top_of_band (self, ch, k + i) ? RESERVE : 0.0)) * self->ceiling[k + i];
      cell[i] = p[i] > allowed ? MAX (allowed / p[i], LEAST_GAIN) : 1.0;
    }
    if (to < n_groups) {
      p[to] = 0.0f;
      cell[to++] = 1.0;
    }
  }
}

/* Whether no group from @k on comes near the ceiling, and nothing is being corrected. */
static int
is_idle (const MstLimiter *self, size_t k, size_t n_groups)
{
  for (unsigned path = 0; path < mst_limiter_n_paths (self); path++)
    if (!mst_gainpath_is_resting (self->correction[path]))
      return 0;
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    for (size_t i = k - TOP_REACH; i < k + n_groups + TOP_REACH; i++)
      if (self->reading[ch][i] > TOP_GATE * self->verify_gate * self->ceiling[i])
        return 0;
  return 1;
}

int
mst_limiter_verify (MstLimiter *self, size_t at, size_t n)
{
  const unsigned paths = mst_limiter_n_paths (self);
  double cells[MST_LIMITER_MAX_CHANNELS][BLOCK / GROUP], of_group[MST_LIMITER_MAX_CHANNELS];
  int below = 0;

  if (is_idle (self, at / GROUP, n / GROUP)) {
    for (unsigned ch = 0; ch < self->n_channels; ch++)
      memset (self->verified[ch] + at / GROUP, 0, n / GROUP * sizeof (float));
    return 0;
  }
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    verify_channel (self, ch, at / GROUP, n / GROUP, cells[ch]);
  for (size_t i = 0; i < n / GROUP; i++) {
    for (unsigned ch = 0; ch < self->n_channels; ch++)
      of_group[ch] = cells[ch][i];
    mst_limiter_link (self, of_group);
    for (unsigned path = 0; path < paths; path++)
      cells[path][i] = mst_gainpath_push (self->correction[path], NULL, self->verify_window, of_group[path]);
  }
  for (unsigned path = 0; path < paths; path++)
    below |= mst_gainpath_smooth (self->correction[path], cells[path], n / GROUP, self->c[path] + at - (self->verify_span - 1));
  return below;
}
