/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An upper bound on every reading of truepeak.h in a stretch, from the highest sample m = max |x| and the highest second
 * difference d = max |x[i+1] - 2 x[i] + x[i-1]| of the stretch and the frames its taps reach:
 *     reading <= flat m + bend d
 * Proof. Let h be the taps of a phase and l those of linear interpolation between the two samples around it. |l x| <= m. The
 * taps w = h - l have sum D0 and first moment D1 (rounding and least squares leave them near 0); w - D0 at the first sample
 * - D1 times a first difference has neither, so it is the second difference of its twofold running sum g, and
 * |w x| <= |D0| m + |D1| 2 m + |g|_1 d. The fit reads P = b sqrt (1 + q) of three neighbours a <= b >= c; with
 * s = 2b - a - c >= |a - c|, q <= s / (4b - s), so with q <= tan^2 (pi/8) P <= b + 0.14066 s; s is again taps without sum and
 * first moment, bounded the same way. The phases are 1/4 apart; the worst of the four counts. */
#pragma once

#include <stddef.h>

#include "isa.h"

typedef struct
{
  float flat;                   /* 1.0…: of the highest sample */
  float bend;                   /* of the highest second difference */
} MstTruePeakBound;

/* For the taps of mst_truepeak_new (@n_taps, @edge). */
void mst_truepeak_bound_design (MstTruePeakBound *b, unsigned n_taps, double edge);

#define MST_TRUEPEAK_HOP 32     /* frames of a stretch */

typedef struct
{
  /* max |x[i]| and max |x[i] - 2 x[i-1] + x[i-2]| of frames 0 … 31; x[-2] and x[-1] are read */
  void (*measure) (const float *x, float *highest, float *bend);
  /* The same of each group of 8 frames; highest[] and bend[] get n_groups values. */
  void (*measure_groups) (const float *x, size_t n_groups, float *highest, float *bend);
} MstTruePeakBoundKernels;

MST_KERNEL_DECLARE (MstTruePeakBoundKernels, mst_truepeakbound_kernels);
