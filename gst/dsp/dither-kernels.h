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
  unsigned bits;
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
  /* The same for @n frames of two floats, to 16 bits of which the grid's are the upper ones (at most 16). False, and @to is of no use, where a
   * sample clips, is beyond 4 or is no number. */
  bool (*pack[4]) (const MstDitherGrid *, double unit, const float *from, int16_t *to, const uint32_t * const w[2], size_t n);
  /* As quantise, the error filtered by @shaper; two channels at a time, @n <= MST_NOISE_GROUP. Adds to clipped[]. */
  void (*shape) (const MstDitherGrid *, const MstShaper * shaper, MstDitherNoise kind, double unit, double *const x[2],
      const uint32_t * const w[2], MstShaperState * const state[2], size_t n, size_t clipped[2]);
} MstDitherKernels;

MST_KERNEL_DECLARE (MstDitherKernels, mst_dither_kernels);
