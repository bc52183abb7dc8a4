/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Correlation r = E[LR] / sqrt (E[LL] E[RR]) of two channels, the expectations being one-pole means,
 *     E <- k E + (1 - k) (mean over 64 frames),   k = exp (-64 / (tau rate)),
 * so a step is 63 % done after tau. While E[LL] + E[RR] is below -70 dB (re 1) the last value holds; it starts at 0.
 * Sums of the interval are over its exact frames. Mono gives +1 and a side of exactly 0, since the
 * three products are then the same numbers. Each of four lanes adds its own frames in order: the cut is invisible. */
#include "stereo-stat.h"

#include <math.h>
#include <string.h>

#define GROUP 64
#define QUIET 1e-7              /* -70 dB */

void
mst_stereo_stat_init (MstStereoStat *s, double rate_hz, double tau_ms)
{
  s->keep = exp (-GROUP / (tau_ms / 1000.0 * rate_hz));
  mst_stereo_stat_reset (s);
}

void
mst_stereo_stat_reset (MstStereoStat *s)
{
  const double keep = s->keep;
  memset (s, 0, sizeof *s);
  s->keep = keep;
}

static double
correlation (const double sums[MST_STEREO_N])
{
  const double d = sqrt (sums[MST_STEREO_LL]) * sqrt (sums[MST_STEREO_RR]);
  return d > 0.0 ? fmax (-1.0, fmin (1.0, sums[MST_STEREO_LR] / d)) : 0.0;
}

static void
open_sums (const MstStereoStat *s, double sums[MST_STEREO_N])
{
  for (int q = 0; q < MST_STEREO_N; q++)
    sums[q] = (s->lanes[q][0] + s->lanes[q][1]) + (s->lanes[q][2] + s->lanes[q][3]);
}

static void
close_group (MstStereoStat *s)
{
  double sums[MST_STEREO_N];
  open_sums (s, sums);
  for (int q = 0; q < MST_STEREO_N; q++) {
    s->running[q] = s->keep * s->running[q] + (1.0 - s->keep) * (sums[q] / GROUP);
    s->interval[q] += sums[q] - s->before[q];
    s->before[q] = 0.0;
  }
  if (s->running[MST_STEREO_LL] + s->running[MST_STEREO_RR] >= QUIET)
    s->correlation = correlation (s->running);
  memset (s->lanes, 0, sizeof s->lanes);
  s->in_group = 0;
}

typedef double v2d __attribute__ ((vector_size (16)));

static inline v2d
load (const double *p)
{
  v2d v;
  memcpy (&v, p, sizeof v);
  return v;
}

void
mst_stereo_stat_process (MstStereoStat *s, const double *left, const double *right, size_t n_frames)
{
  size_t i = 0;
  while (i < n_frames) {
    if (s->in_group % 4 == 0 && n_frames - i >= 4) {
      size_t n = (GROUP - s->in_group) / 4;
      v2d acc[MST_STEREO_N][2];
      if (n > (n_frames - i) / 4)
        n = (n_frames - i) / 4;
      memcpy (acc, s->lanes, sizeof acc);
      for (size_t j = 0; j < n; j++, i += 4)
        for (int h = 0; h < 2; h++) {
          const v2d l = load (left + i + 2 * h), r = load (right + i + 2 * h);
          acc[MST_STEREO_LL][h] += l * l;
          acc[MST_STEREO_RR][h] += r * r;
          acc[MST_STEREO_LR][h] += l * r;
        }
      memcpy (s->lanes, acc, sizeof acc);
      s->in_group += 4 * (unsigned) n;
    } else {
      const unsigned lane = s->in_group % 4;
      s->lanes[MST_STEREO_LL][lane] += left[i] * left[i];
      s->lanes[MST_STEREO_RR][lane] += right[i] * right[i];
      s->lanes[MST_STEREO_LR][lane] += left[i] * right[i];
      s->in_group++;
      i++;
    }
    if (s->in_group == GROUP)
      close_group (s);
  }
  s->interval_frames += (double) n_frames;
}

double
mst_stereo_stat_interval (MstStereoStat *s, double sums[MST_STEREO_N])
{
  const double frames = s->interval_frames;
  double open[MST_STEREO_N];
  open_sums (s, open);
  for (int q = 0; q < MST_STEREO_N; q++) {
    sums[q] = s->interval[q] + (open[q] - s->before[q]);
    s->interval[q] = 0.0;
    s->before[q] = open[q];
  }
  s->interval_frames = 0.0;
  return frames;
}
