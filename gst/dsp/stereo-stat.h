/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a stereo pair is like: powers, correlation, what is lost in mono. See stereo-stat.c. */
#pragma once

#include "kpair.h"

#include <stdbool.h>
#include <stddef.h>

/* Sums over frames of M = (L + R)/2 and S = (L - R)/2. They add up. */
typedef struct
{
  double mid, side, cross;      /* M^2, S^2, M S */
  double loud_mid, loud_side;   /* K-weighted squares, up to a common factor */
  double frames;                /* a whole number */
} MstStereoSums;

typedef struct
{
  MstKWeight weight;
  const MstKPairKernels *kernels;
  MstPairState filters;
  double rate_hz, keep;         /* keep: factor of the running means over one group */
  MstPairSums open;             /* of the group so far */
  unsigned group, in_group;     /* frames of a group, and of the open one so far */
  MstStereoSums running;        /* one-pole means over groups; frames unused */
  MstStereoSums heard, weighed; /* they, held while quiet; while K-weighting leaves nothing */
  bool is_lossy;                /* mono loss of the latter above 3 LU */
  double negative_frames, lossy_frames; /* how long correlation has been below 0, mono_loss above 3 LU */
  MstStereoSums interval;       /* whole groups since the interval began */
  MstStereoSums before;         /* of the open group, before the interval began */
} MstStereoStat;

void mst_stereo_stat_init (MstStereoStat *, double rate_hz);
void mst_stereo_stat_process (MstStereoStat *, const double *mid, const double *side, size_t n_frames);
/* Since the last call or the reset. */
void mst_stereo_stat_interval (MstStereoStat *, MstStereoSums *sums);
void mst_stereo_stat_reset (MstStereoStat *);

double mst_stereo_correlation (const MstStereoSums *);  /* -1 to 1; 0 where a channel is silent */
double mst_stereo_mono_loss (const MstStereoSums *);    /* LU, 0 to infinity; 0 in silence */
double mst_stereo_balance (const MstStereoSums *);      /* -1 to 1; 0 in silence */
