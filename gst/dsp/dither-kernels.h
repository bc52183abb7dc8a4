/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dither.h"
#include "isa.h"

/* A grid in the units of the signal; every number is exact. */
typedef struct
{
  double lowest, highest;       /* -1 and 1 - step */
  double clips_below, clips_from;       /* half a step beyond: what rounds past full scale */
  double shift;                 /* 1.5 * 2^52 steps: adding and taking it away rounds to a whole step, halves to even */
} MstDitherGrid;

typedef struct
{
  /* @x to the grid with the noise of words @w, times @unit; w[-1] is read too. Returns how many samples clipped. */
  size_t (*quantise[4]) (const MstDitherGrid *, double unit, double *x, const uint32_t *w, size_t n);
} MstDitherKernels;

MST_KERNEL_DECLARE (MstDitherKernels, mst_dither_kernels);
