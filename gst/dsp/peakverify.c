/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peakverify.h"

#include <stdlib.h>

#include "interpolation.h"
#include "peakverify-kernels.h"

#define SHARP_EDGE 0.95
#define SOFT_EDGE 0.907         /* 20 kHz at 44.1 kHz */

struct _MstPeakVerify
{
  const MstPeakVerifyKernels *kernels;
  float sharp[7 * MST_PEAKVERIFY_SHARP_PAIRS];
  float soft[9 * MST_PEAKVERIFY_SOFT_PAIRS];
};

/* Taps of one phase as even and odd part of each pair, @stride apart. */
static void
fold (const double *h, int n_pairs, float *even, float *odd, int stride)
{
  for (int j = 0; j < n_pairs; j++) {
    even[stride * j] = (float) (0.5 * (h[n_pairs - 1 - j] + h[n_pairs + j]));
    if (odd)
      odd[stride * j] = (float) (0.5 * (h[n_pairs - 1 - j] - h[n_pairs + j]));
  }
}

MstPeakVerify *
mst_peakverify_new (void)
{
  MstPeakVerify *self = calloc (1, sizeof *self);
  double h[2 * MST_PEAKVERIFY_SOFT_PAIRS];

  if (!self)
    return NULL;
  self->kernels = MST_KERNEL_CHOOSE (mst_peakverify_kernels);
  for (int p = 1; p <= 4; p++) {
    float *even = self->sharp + 2 * (p - 1);
    mst_interpolation_least_squares (2 * MST_PEAKVERIFY_SHARP_PAIRS, SHARP_EDGE, p / 8.0, h);
    fold (h, MST_PEAKVERIFY_SHARP_PAIRS, even, p < 4 ? even + 1 : NULL, 7);
  }
  for (int p = 0; p <= 4; p++) {
    float *even = self->soft + 2 * p;
    mst_interpolation_soft (2 * MST_PEAKVERIFY_SOFT_PAIRS, SOFT_EDGE, p / 8.0, h);
    fold (h, MST_PEAKVERIFY_SOFT_PAIRS, even, p < 4 ? even + 1 : NULL, 9);
  }
  return self;
}

void
mst_peakverify_free (MstPeakVerify *self)
{
  free (self);
}

float
mst_peakverify_group (const MstPeakVerify *self, const double *x, int soft_too)
{
  float block[MST_PEAKVERIFY_BEFORE + MST_PEAKVERIFY_GROUP + MST_PEAKVERIFY_AFTER];
  const float *at = block + MST_PEAKVERIFY_BEFORE;

  for (int i = 0; i < (int) (sizeof block / sizeof *block); i++)
    block[i] = (float) x[i - MST_PEAKVERIFY_BEFORE];
  const float sharp = self->kernels->sharp (at, self->sharp);
  if (!soft_too)
    return sharp;
  const float soft = self->kernels->soft (at, self->soft);
  return sharp > soft ? sharp : soft;
}
