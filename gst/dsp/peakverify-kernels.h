/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between peakverify.c and the two builds of peakverify-kernels.c. */
#pragma once

#include "isa.h"

#define MST_PEAKVERIFY_SHARP_PAIRS 32
#define MST_PEAKVERIFY_SOFT_PAIRS 48

typedef struct
{
  /* Taps by pair (x[n-j], x[n+1+j]): even and odd parts of phases 1/8, 2/8, 3/8, then phase 4/8; soft: those of phase 0 before them. */
  float (*sharp) (const float *x, const float *taps);
  float (*soft) (const float *x, const float *taps);
} MstPeakVerifyKernels;

MST_KERNEL_DECLARE (MstPeakVerifyKernels, mst_peakverify_kernels);
