/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "truepeak.h"

#include <math.h>
#include <stdlib.h>

#include "interpolation.h"
#include "truepeak-kernels.h"

struct _MstTruePeak
{
  const MstTruePeakKernels *kernels;
  unsigned n_pairs;             /* half the taps */
  float bound;                  /* highest reading of a waveform whose samples stay within ±1 */
  float taps[3 * MST_TRUEPEAK_MAX_TAPS / 2];    /* by pair: even and odd part of phase 1/4, phase 2/4 */
};

MstTruePeak *
mst_truepeak_new (unsigned n_taps, double edge)
{
  double quarter[MST_TRUEPEAK_MAX_TAPS], half[MST_TRUEPEAK_MAX_TAPS];
  double sum_quarter = 0.0, sum_half = 0.0;
  MstTruePeak *self;

  if (n_taps < 16 || n_taps > MST_TRUEPEAK_MAX_TAPS || n_taps % 2 || !(edge > 0.0 && edge < 1.0)
      || !(self = calloc (1, sizeof *self)))
    return NULL;
  self->kernels = MST_KERNEL_CHOOSE (mst_truepeak_kernels);
  self->n_pairs = n_taps / 2;
  mst_interpolation_least_squares (n_taps, edge, 0.25, quarter);
  mst_interpolation_least_squares (n_taps, edge, 0.50, half);
  for (unsigned j = 0; j < self->n_pairs; j++) {
    const unsigned before = self->n_pairs - 1 - j, after = self->n_pairs + j;
    self->taps[3 * j] = (float) (0.5 * (quarter[before] + quarter[after]));
    self->taps[3 * j + 1] = (float) (0.5 * (quarter[before] - quarter[after]));
    self->taps[3 * j + 2] = (float) half[before];
    sum_quarter += fabs (quarter[before]) + fabs (quarter[after]);
    sum_half += fabs (half[before]) + fabs (half[after]);
  }
  self->bound = (float) (fmax (1.0, fmax (sum_quarter, sum_half)) * 1.00001) * MST_TRUEPEAK_FIT_MAX;
  return self;
}

void
mst_truepeak_free (MstTruePeak *self)
{
  free (self);
}

float
mst_truepeak_detect (const MstTruePeak *self, const float *x, size_t n_groups, float fit_above, float *p)
{
  return self->kernels->detect (x, self->taps, self->n_pairs, n_groups, fit_above, p);
}

float
mst_truepeak_bound (const MstTruePeak *self)
{
  return self->bound;
}
