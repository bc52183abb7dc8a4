/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between truepeak.c and the two builds of truepeak-kernels.c. */
#pragma once

#include <stddef.h>

#include "isa.h"
#include "truepeak.h"

/* Most that the fit can add to the highest of three points. */
#define MST_TRUEPEAK_FIT_MAX 1.0823922f   /* 1 / cos (pi/8) */

typedef struct
{
  int n_pairs;                  /* (x[n-j], x[n+1+j]), j = 0 … */
  int n_folded;                 /* 1: phase 0 is the sample; 2: it is filtered too */
  /* By pair: [even and odd part of phase 0,] those of phase 1/4, phase 2/4 */
  float folded[5 * MST_TRUEPEAK_MAX_TAPS / 2];
} MstTruePeakTaps;

typedef struct
{
  float (*detect) (const MstTruePeakTaps *taps, const float *x, size_t n_groups, float fit_above, float *p, float *of_group);
  /* y[i] = sum over k < n of taps[4 k + i] x[k]; n is odd */
  void (*four) (const double *x, const double *taps, unsigned n, double *y);
} MstTruePeakKernels;

MST_KERNEL_DECLARE (MstTruePeakKernels, mst_truepeak_kernels);
