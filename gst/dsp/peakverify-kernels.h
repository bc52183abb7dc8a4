/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between peakverify.c and the two builds of peakverify-kernels.c. */
#pragma once

#include "isa.h"

#define MST_PEAKVERIFY_PAIRS 32
#define MST_PEAKVERIFY_TOP_TAPS 96

typedef struct
{
  /* The highest of a group at eight points a sample; @taps as eighths.h wants them, @row those of phase 7/8 in order */
  float (*sharp) (const float *x, const float *taps, const float *row);
  /* (sum even x)^2 + (sum odd x)^2 over MST_PEAKVERIFY_TOP_TAPS taps */
  float (*power) (const float *x, const float *even, const float *odd);
} MstPeakVerifyKernels;

MST_KERNEL_DECLARE (MstPeakVerifyKernels, mst_peakverify_kernels);
