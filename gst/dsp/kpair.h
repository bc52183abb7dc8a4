/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inner loop of the loudness meter: two channels through the filter of kweight.h, squared and summed, in groups of four frames
 * counted from the reset (blockfilter.h). Each place of a group has its own sums, so the bits do not depend on how a run of
 * frames is cut. The baseline goes frame by frame. The two builds agree within 1e-12 of the energy. */
#pragma once

#include "isa.h"
#include "kweight.h"

#include <stddef.h>

typedef struct
{
  double state[2][MST_BLOCK_FILTER_STATES];     /* at the first frame of the open group */
  double open[2][4];            /* its input so far, then zeros; the baseline has none */
  unsigned n_open;              /* frames of it, 0 to 3 */
} MstPairState;

/* By channel and place in the group. */
typedef struct
{
  double weighted[2][4];        /* sums of squares after K-weighting, without its power_gain */
  double plain[2][4];           /* sums of squares */
  double top[2][4];             /* highest squares; the root is the peak, exactly */
  double cross[4];              /* sums of products */
} MstPairSums;

typedef struct
{
  /* Adds @n_frames of @a and @b (the same channel twice where there is no second) to @sums. */
  void (*process) (const MstKWeight *k, MstPairState *state, MstPairSums *sums, const double *a, const double *b, size_t n_frames);
} MstKPairKernels;

MST_KERNEL_DECLARE (MstKPairKernels, mst_kpair_kernels);

static inline double
mst_pair_total (const double by_place[4])
{
  return (by_place[0] + by_place[1]) + (by_place[2] + by_place[3]);
}

/* States below 1e-30 to 0: silence becomes exact. */
void mst_pair_settle (MstPairState *state);
