/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "truepeak.h"

#include <math.h>
#include <stdlib.h>

#include "interpolation.h"
#include "truepeak-kernels.h"

struct _MstTruePeak
{
  const MstTruePeakKernels *kernels;
  MstTruePeakTaps taps;
  float bound;                  /* highest reading of a waveform whose samples stay within ±1 */
  double four[4 * (MST_TRUEPEAK_MAX_TAPS + 1)]; /* phases -1/4, 1/4, 2/4, 3/4 of each sample from one before the first tap's on */
};

/* A phase as even and odd part of each pair. */
static void
fold (MstTruePeakTaps *t, const double *h, int at, int is_middle)
{
  for (int j = 0; j < t->n_pairs; j++) {
    const double before = h[t->n_pairs - 1 - j], after = h[t->n_pairs + j];
    float *to = t->folded + (2 * t->n_folded + 1) * j + at;
    to[0] = (float) (0.5 * (before + after));
    if (!is_middle)
      to[1] = (float) (0.5 * (before - after));
  }
}

MstTruePeak *
mst_truepeak_new_by (MstTruePeakFilter filter, unsigned n_taps, double edge)
{
  double h[4][MST_TRUEPEAK_MAX_TAPS], highest = 1.0;
  MstTruePeak *self;

  if (n_taps < 16 || n_taps > MST_TRUEPEAK_MAX_TAPS || n_taps % 8 || !(edge > 0.0 && edge < 1.0)
      || !(self = calloc (1, sizeof *self)))
    return NULL;
  self->kernels = MST_KERNEL_CHOOSE (mst_truepeak_kernels);
  self->taps.n_pairs = (int) n_taps / 2;
  self->taps.n_folded = filter == MST_TRUEPEAK_SOFT ? 2 : 1;
  for (int p = 0; p < 4; p++) {
    double sum = 0.0;
    if (filter == MST_TRUEPEAK_SOFT)
      mst_interpolation_soft (n_taps, edge, p / 4.0, h[p]);
    else
      mst_interpolation_least_squares (n_taps, edge, p / 4.0, h[p]);
    for (unsigned i = 0; i < n_taps; i++)
      sum += fabs (h[p][i]);
    highest = fmax (highest, sum);
  }
  if (filter == MST_TRUEPEAK_SOFT)
    fold (&self->taps, h[0], 0, 0);
  fold (&self->taps, h[1], 2 * self->taps.n_folded - 2, 0);
  fold (&self->taps, h[2], 2 * self->taps.n_folded, 1);
  for (unsigned i = 0; i < n_taps; i++) {
    self->four[4 * i] = h[3][i];
    for (int p = 1; p < 4; p++)
      self->four[4 * (i + 1) + p] = h[p][i];
  }
  self->bound = (float) (highest * 1.00001 * MST_TRUEPEAK_FIT_MAX);
  return self;
}

MstTruePeak *
mst_truepeak_new (unsigned n_taps, double edge)
{
  return mst_truepeak_new_by (MST_TRUEPEAK_SHARP, n_taps, edge);
}

void
mst_truepeak_free (MstTruePeak *self)
{
  free (self);
}

float
mst_truepeak_detect (const MstTruePeak *self, const float *x, size_t n_groups, float fit_above, float *p, float *of_group)
{
  return self->kernels->detect (&self->taps, x, n_groups, fit_above, p, of_group);
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
  const unsigned n_pairs = (unsigned) self->taps.n_pairs;
  double between[4];

  self->kernels->four (x - n_pairs, self->four, 2 * n_pairs + 1, between);
  const double y[6] = { between[0], x[0], between[1], between[2], between[3], x[1] };   /* -1/4, 0, 1/4, 1/2, 3/4, 1 */
  return fmax (fmax (fit (y[0], y[1], y[2]), fit (y[1], y[2], y[3])), fmax (fit (y[2], y[3], y[4]), fit (y[3], y[4], y[5])));
}

float
mst_truepeak_bound (const MstTruePeak *self)
{
  return self->bound;
}
