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
  double quarter[MST_TRUEPEAK_MAX_TAPS], half[MST_TRUEPEAK_MAX_TAPS];
  float taps[3 * MST_TRUEPEAK_MAX_TAPS / 2];    /* by pair: even and odd part of phase 1/4, phase 2/4 */
};

MstTruePeak *
mst_truepeak_new (unsigned n_taps, double edge)
{
  double *quarter, *half;
  double sum_quarter = 0.0, sum_half = 0.0;
  MstTruePeak *self;

  if (n_taps < 16 || n_taps > MST_TRUEPEAK_MAX_TAPS || n_taps % 2 || !(edge > 0.0 && edge < 1.0)
      || !(self = calloc (1, sizeof *self)))
    return NULL;
  self->kernels = MST_KERNEL_CHOOSE (mst_truepeak_kernels);
  self->n_pairs = n_taps / 2;
  quarter = self->quarter;
  half = self->half;
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

static double
fit (double a, double b, double d)
{
  const double sign = b < 0.0 ? -1.0 : 1.0, sum = sign * (a + d), dif = a - d, most = fabs (b);
  const double den = (2.0 * most - sum) * (2.0 * most + sum);

  if (most < fabs (a) || most < fabs (d) || !(den > 0.0))
    return most;
  return most * sqrt (1.0 + fmin (dif * dif / den, 0.17157287525380990));       /* tan^2 (pi/8) */
}

double
mst_truepeak_refine (const MstTruePeak *self, const double *x)
{
  const int n = 2 * (int) self->n_pairs, back = (int) self->n_pairs - 1;
  double y[6] = { 0.0, x[0], 0.0, 0.0, 0.0, x[1] };     /* -1/4, 0, 1/4, 1/2, 3/4, 1 */

  for (int i = 0; i < n; i++) {
    y[2] += self->quarter[i] * x[i - back];
    y[3] += self->half[i] * x[i - back];
    y[4] += self->quarter[n - 1 - i] * x[i - back];
    y[0] += self->quarter[n - 1 - i] * x[i - back - 1];
  }
  return fmax (fmax (fit (y[0], y[1], y[2]), fit (y[1], y[2], y[3])), fmax (fit (y[2], y[3], y[4]), fit (y[3], y[4], y[5])));
}

float
mst_truepeak_bound (const MstTruePeak *self)
{
  return self->bound;
}
