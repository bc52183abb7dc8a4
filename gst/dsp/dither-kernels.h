/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dither.h"
#include "isa.h"
#include "shaper.h"

/* A grid in the units of the signal; every number is exact. */
typedef struct
{
  double lowest, highest;       /* -1 and 1 - step */
  double shift;                 /* 1.5 * 2^52 steps: adding and taking it away rounds to a whole step, halves to even */
} MstDitherGrid;

/* What shaping remembers of a channel, in the units of the signal. */
typedef struct
{
  double error[MST_SHAPER_ORDER];       /* output before clipping less what was to be rounded; newest last */
  double rounding, noise;       /* the newest one's two parts */
} MstShaperState;

typedef struct
{
  /* @x to the grid with the noise of words @w, times @unit; w[-1] is read too. Returns how many samples clipped. */
  size_t (*quantise[4]) (const MstDitherGrid *, double unit, double *x, const uint32_t *w, size_t n);
  /* The same, the error filtered by @shaper; two channels at a time, @n <= MST_NOISE_GROUP. Adds to clipped[]. */
  void (*shape) (const MstDitherGrid *, const MstShaper * shaper, MstDitherNoise kind, double unit, double *const x[2],
      const uint32_t * const w[2], MstShaperState * const state[2], size_t n, size_t clipped[2]);
} MstDitherKernels;

MST_KERNEL_DECLARE (MstDitherKernels, mst_dither_kernels);
