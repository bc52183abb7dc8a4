/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Correlation and powers of a stereo pair. See stereo-stat.c. */
#pragma once

#include <stddef.h>

enum
{ MST_STEREO_LL, MST_STEREO_RR, MST_STEREO_LR, MST_STEREO_N };

typedef struct
{
  double keep;                  /* factor of the running sums over one group */
  double lanes[MST_STEREO_N][4];        /* sums of the group so far, by frame modulo 4 */
  unsigned in_group;            /* its frames so far */
  double running[MST_STEREO_N]; /* one-pole means of squares and product */
  double correlation;           /* of the running means; held while quiet */
  double interval[MST_STEREO_N];        /* whole groups since the interval began */
  double before[MST_STEREO_N];  /* of the group in which it began: sums before it */
  double interval_frames;       /* a whole number */
} MstStereoStat;

void mst_stereo_stat_init (MstStereoStat *, double rate_hz, double tau_ms);
void mst_stereo_stat_process (MstStereoStat *, const double *left, const double *right, size_t n_frames);
/* Sums of squares and products since the last call (or the reset), and their frames. */
double mst_stereo_stat_interval (MstStereoStat *, double sums[MST_STEREO_N]);
void mst_stereo_stat_reset (MstStereoStat *);
