/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of the sums over frames (E) of M = (L + R)/2 and S = (L - R)/2, with LL = MM + SS + 2 MS, RR = MM + SS - 2 MS, LR = MM - SS:
 *     correlation  LR / sqrt (LL RR)
 *     balance      (sqrt RR - sqrt LL) / (sqrt RR + sqrt LL)
 *     mono loss    10 log10 ((K(LL) + K(RR)) / (2 K(MM))) = 10 log10 (1 + K(SS)/K(MM)) LU, K: squares after the K-weighting of
 *                  BS.1770: loudness of the pair less that of the mono sum played by both loudspeakers
 * The running values take one-pole means over groups of 10 ms (whole frames),
 *     E <- k E + (1 - k) (mean of the group),   k = exp (-10 ms / 300 ms),
 * so a step is 63 % done after 300 ms. While LL + RR is below -70 dB (re 1) they hold; they start at 0. Mono gives exactly +1, no
 * side and no loss, since S is then 0. Interval sums are over exact frames, in one order: the cut is invisible. */
#include "stereo-stat.h"

#include <math.h>
#include <string.h>

#define GROUP_S 0.01
#define TAU_S 0.3
#define QUIET 1e-7              /* -70 dB */
#define LOSS_LIMIT 0.99526231496887960  /* 10^0.3 - 1: K(SS)/K(MM) at 3 LU */

void
mst_stereo_stat_init (MstStereoStat *s, double rate_hz)
{
  mst_kweight_design (&s->weight, rate_hz);
  s->kernels = MST_KERNEL_CHOOSE (mst_kpair_kernels);
  s->rate_hz = rate_hz;
  s->group = (unsigned) (rate_hz * GROUP_S);
  s->keep = exp (-(double) s->group / (TAU_S * rate_hz));
  mst_stereo_stat_reset (s);
}

void
mst_stereo_stat_reset (MstStereoStat *s)
{
  memset (&s->filters, 0, sizeof s->filters);
  memset (&s->open, 0, sizeof s->open);
  s->running = s->heard = s->weighed = s->interval = s->before = (MstStereoSums) { 0 };
  s->in_group = 0;
  s->is_lossy = false;
  s->negative_frames = s->lossy_frames = 0.0;
}

static double
left (const MstStereoSums *s)
{
  return fmax (0.0, (s->mid + s->side) + 2.0 * s->cross);
}

static double
right (const MstStereoSums *s)
{
  return fmax (0.0, (s->mid + s->side) - 2.0 * s->cross);
}

double
mst_stereo_correlation (const MstStereoSums *s)
{
  const double d = sqrt (left (s)) * sqrt (right (s));
  return d > 0.0 ? fmax (-1.0, fmin (1.0, (s->mid - s->side) / d)) : 0.0;
}

double
mst_stereo_mono_loss (const MstStereoSums *s)
{
  return s->loud_side > 0.0 ? 10.0 * log10 (1.0 + s->loud_side / s->loud_mid) : 0.0;
}

double
mst_stereo_balance (const MstStereoSums *s)
{
  const double l = sqrt (left (s)), r = sqrt (right (s));
  return l + r > 0.0 ? (r - l) / (r + l) : 0.0;
}

static void
open_sums (const MstStereoStat *s, MstStereoSums *sums)
{
  *sums = (MstStereoSums) {
    mst_pair_total (s->open.plain[0]), mst_pair_total (s->open.plain[1]), mst_pair_total (s->open.cross),
    mst_pair_total (s->open.weighted[0]), mst_pair_total (s->open.weighted[1]), s->in_group
  };
}

/* to += a - b */
static void
add (MstStereoSums *to, const MstStereoSums *a, const MstStereoSums *b)
{
  to->mid += a->mid - b->mid;
  to->side += a->side - b->side;
  to->cross += a->cross - b->cross;
  to->loud_mid += a->loud_mid - b->loud_mid;
  to->loud_side += a->loud_side - b->loud_side;
  to->frames += a->frames - b->frames;
}

/* Once a group: no roots and logarithms here. */
static void
close_group (MstStereoStat *s)
{
  static const MstStereoSums none = { 0 };
  const double keep = s->keep, share = (1.0 - s->keep) / s->group;
  MstStereoSums group, *r = &s->running;

  open_sums (s, &group);
  add (&s->interval, &group, &s->before);
  r->mid = keep * r->mid + share * group.mid;
  r->side = keep * r->side + share * group.side;
  r->cross = keep * r->cross + share * group.cross;
  r->loud_mid = keep * r->loud_mid + share * group.loud_mid;
  r->loud_side = keep * r->loud_side + share * group.loud_side;
  s->before = none;
  memset (&s->open, 0, sizeof s->open);
  s->in_group = 0;
  if (2.0 * (r->mid + r->side) < QUIET) {       /* LL + RR */
    s->negative_frames = s->lossy_frames = 0.0;
    return;
  }
  s->heard = *r;
  if (r->loud_mid + r->loud_side >= QUIET / 4.0) {      /* not of what is only DC */
    s->weighed = *r;
    s->is_lossy = r->loud_side > LOSS_LIMIT * r->loud_mid;
  }
  /* LR = MM - SS; 0 where a channel is silent */
  s->negative_frames = r->mid < r->side && mst_stereo_correlation (r) < 0.0 ? s->negative_frames + s->group : 0.0;
  s->lossy_frames = s->is_lossy ? s->lossy_frames + s->group : 0.0;
}

void
mst_stereo_stat_process (MstStereoStat *s, const double *mid, const double *side, size_t n_frames)
{
  for (size_t i = 0; i < n_frames;) {
    const size_t room = s->group - s->in_group, n = n_frames - i < room ? n_frames - i : room;
    s->kernels->process (&s->weight, &s->filters, &s->open, mid + i, side + i, n);
    s->in_group += (unsigned) n;
    if (s->in_group == s->group)
      close_group (s);
    i += n;
  }
}

void
mst_stereo_stat_interval (MstStereoStat *s, MstStereoSums *sums)
{
  MstStereoSums open;
  open_sums (s, &open);
  *sums = s->interval;
  add (sums, &open, &s->before);
  s->interval = (MstStereoSums) { 0 };
  s->before = open;
}
