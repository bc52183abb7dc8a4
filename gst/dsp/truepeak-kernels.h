/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between truepeak.c and the two builds of truepeak-kernels.c. */
#pragma once

#include <stddef.h>

#include "isa.h"

/* Most that the fit can add to the highest of three points. */
#define MST_TRUEPEAK_FIT_MAX 1.0823922f   /* 1 / cos (pi/8) */

typedef struct
{
  /* @taps: for each pair (x[n-j], x[n+1+j]), j = 0 …: even part of phase 1/4, odd part of phase 1/4, phase 2/4. */
  float (*detect) (const float *x, const float *taps, unsigned n_pairs, size_t n_groups, float fit_above, float *p);
} MstTruePeakKernels;

MST_KERNEL_DECLARE (MstTruePeakKernels, mst_truepeak_kernels);
