/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peakverify.h"

#include <stdlib.h>

#include "interpolation.h"
#include "peakverify-kernels.h"
#include "truepeak.h"

#define GROUP MST_PEAKVERIFY_GROUP
#define PAIRS MST_PEAKVERIFY_PAIRS
#define BOTH_SHARP_TAPS 56
#define BOTH_SOFT_TAPS 72
#define SHARP_EDGE 0.95
#define SOFT_EDGE 0.907         /* 20 kHz at 44.1 kHz */
#define ON_TOP 1.00346f         /* 0.03 dB */

struct _MstPeakVerify
{
  const MstPeakVerifyKernels *kernels;
  float folded[7 * PAIRS], row[2 * PAIRS];      /* for eighths.h */
  MstTruePeak *sharp, *soft;
};

MstPeakVerify *
mst_peakverify_new (void)
{
  MstPeakVerify *self = calloc (1, sizeof *self);
  double h[2 * PAIRS];

  if (!self)
    return NULL;
  self->kernels = MST_KERNEL_CHOOSE (mst_peakverify_kernels);
  for (int p = 1; p < 8; p += p == 4 ? 3 : 1) {
    mst_interpolation_least_squares (2 * PAIRS, SHARP_EDGE, p / 8.0, h);
    mst_interpolation_eighth (h, PAIRS, p, self->folded, self->row);
  }
  self->sharp = mst_truepeak_new_by (MST_TRUEPEAK_SHARP, BOTH_SHARP_TAPS, SHARP_EDGE);
  self->soft = mst_truepeak_new_by (MST_TRUEPEAK_SOFT, BOTH_SOFT_TAPS, SOFT_EDGE);
  if (!self->sharp || !self->soft) {
    mst_peakverify_free (self);
    return NULL;
  }
  return self;
}

void
mst_peakverify_free (MstPeakVerify *self)
{
  if (!self)
    return;
  mst_truepeak_free (self->sharp);
  mst_truepeak_free (self->soft);
  free (self);
}

static void
read_both (const MstPeakVerify *self, const float *x, size_t n_groups, float *p)
{
  float soft[MST_PEAKVERIFY_GROUPS];

  mst_truepeak_detect (self->sharp, x, n_groups, 0.0f, NULL, p);
  mst_truepeak_detect (self->soft, x, n_groups, 0.0f, NULL, soft);
  for (size_t k = 0; k < n_groups; k++)
    p[k] = ON_TOP * (p[k] > soft[k] ? p[k] : soft[k]);
}

void
mst_peakverify_read (const MstPeakVerify *self, const double *x, size_t n_groups, const unsigned char *both, float *p)
{
  float block[MST_PEAKVERIFY_BEFORE + GROUP * MST_PEAKVERIFY_GROUPS + MST_PEAKVERIFY_AFTER];
  const float *narrow = block + MST_PEAKVERIFY_BEFORE;

  for (size_t i = 0; i < MST_PEAKVERIFY_BEFORE + GROUP * n_groups + MST_PEAKVERIFY_AFTER; i++)
    block[i] = (float) x[(ptrdiff_t) i - MST_PEAKVERIFY_BEFORE];
  for (size_t k = 0, to; k < n_groups; k = to) {
    for (to = k; to < n_groups && both[to]; to++);
    if (to > k)
      read_both (self, narrow + GROUP * k, to - k, p + k);
    else {
      p[k] = self->kernels->sharp (narrow + GROUP * k, self->folded, self->row);
      to++;
    }
  }
}
