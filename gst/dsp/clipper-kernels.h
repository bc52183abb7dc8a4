/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between clipper.c and the two builds of clipper-kernels.c. */
#pragma once

#include "isa.h"

typedef struct
{
  /* sum[i] = sum over k of taps[k] x[i + k], i = 0 … 7, k = 0 … 63 */
  void (*filter) (const double *x, const double *taps, double *sum);
} MstClipperKernels;

MST_KERNEL_DECLARE (MstClipperKernels, mst_clipper_kernels);
