/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqkernel.h"
#include "eqcurve.h"
#include "eqband.h"
#include "fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_SECONDS (32768.0 / 48000.0)     /* half of it */
#define TAPER 0.25              /* of each half */

struct _MstEqKernel
{
  double rate_hz;
  size_t half, n;               /* points of the transform */
  MstFft *fft;
  const MstEqCurveKernels *kernels;
  double *taper;                /* the last TAPER of a half */
  double *power, *re, *im, *time;       /* |H|^2 at k rate/n, k <= n/2 */
};

bool
mst_eq_kernel_takes (const MstEqBand *band)
{
  if (band->type == MST_EQ_NOTCH || band->type == MST_EQ_ALL_PASS || (band->range_db != 0.0 && band->type <= MST_EQ_HIGH_SHELF))
    return false;
  return !(band->type == MST_EQ_HIGH_PASS && band->slope / 6 % 2 == 1 && band->frequency_hz < 100.0);
}

unsigned
mst_eq_kernel_split (const MstEqParams *params)
{
  unsigned split = 0;
  for (unsigned i = 0; i < params->n_bands; i++) {
    const MstEqBand *b = &params->bands[i];
    if (b->enabled && b->channels != MST_EQ_ALL && mst_eq_kernel_takes (b))
      split |= b->channels >= MST_EQ_MID ? 2 : 1;
  }
  return split;
}

size_t
mst_eq_kernel_half (double rate_hz, unsigned size)
{
  return (size_t) (LONGEST_SECONDS * rate_hz) >> (MST_EQ_KERNEL_SIZES - 1 - size);
}

MstEqKernel *
mst_eq_kernel_new (double rate_hz, unsigned size)
{
  MstEqKernel *k = calloc (1, sizeof *k);
  if (!k)
    return NULL;
  k->rate_hz = rate_hz;
  k->half = mst_eq_kernel_half (rate_hz, size);
  for (k->n = 64; k->n < 5 * k->half; k->n *= 2);
  k->fft = mst_fft_new (k->n);
  k->kernels = mst_eq_curve_kernels ();
  const size_t n_taper = (size_t) (TAPER * (double) k->half);
  k->taper = malloc (sizeof *k->taper * (n_taper + 1));
  k->power = malloc (sizeof *k->power * (2 * k->n + k->n / 2 + 8));
  if (!k->fft || !k->taper || !k->power) {
    mst_eq_kernel_free (k);
    return NULL;
  }
  k->re = k->power + k->n / 2 + 8;
  k->im = k->re + k->n / 2;
  k->time = k->im + k->n / 2;
  for (size_t i = 0; i < n_taper; i++)
    k->taper[i] = 0.5 + 0.5 * cos (M_PI * ((double) i + 0.5) / (double) n_taper);
  return k;
}

void
mst_eq_kernel_free (MstEqKernel *k)
{
  if (!k)
    return;
  mst_fft_free (k->fft);
  free (k->taper);
  free (k->power);
  free (k);
}

/* |H|^2 of the path into power */
static bool
curve (MstEqKernel *k, const MstEqParams *params, unsigned path)
{
  const MstEqChannels first = path & 1 ? MST_EQ_RIGHT : MST_EQ_LEFT, second = path & 2 ? MST_EQ_SIDE : MST_EQ_MID;
  const size_t n = k->n / 2 + 1;
  bool any = false;
  for (size_t i = 0; i < n; i++)
    k->power[i] = 1.0;
  for (unsigned i = 0; i < params->n_bands; i++) {
    const MstEqBand *b = &params->bands[i];
    MstEqSection section[MST_EQ_MAX_SECTIONS];
    if (!b->enabled || !mst_eq_kernel_takes (b) || (b->channels != MST_EQ_ALL && b->channels != first && b->channels != second)
        || (mst_eq_type_has_gain (b->type) && b->gain_db == 0.0))
      continue;
    any = true;
    mst_eq_prototype (b->type, b->gain_db, b->q, b->slope, section);
    for (unsigned s = 0; s < mst_eq_n_sections (b->type, b->slope); s++)
      k->kernels->multiply (k->power, n, &section[s], k->rate_hz / (double) k->n / mst_eq_effective_frequency (b, k->rate_hz));
  }
  return any;
}

double
mst_eq_kernel_design (MstEqKernel *k, const MstEqParams *params, unsigned path, double *taps)
{
  const size_t half = k->half, n = k->n, n_taper = (size_t) (TAPER * (double) half);
  double *centre = taps + half - 1;
  if (!curve (k, params, path)) {
    memset (taps, 0, sizeof *taps * (2 * half - 1));
    *centre = 1.0;
    return 0.0;
  }
  for (size_t i = 0; i < n / 2; i++)
    k->re[i] = k->power[i] = sqrt (k->power[i]);
  memset (k->im, 0, sizeof *k->im * (n / 2));
  k->im[0] = sqrt (k->power[n / 2]);
  mst_fft_inverse (k->fft, k->re, k->im, k->time);
  for (size_t t = 0; t < half; t++) {
    const double w = t < half - n_taper ? 1.0 : k->taper[t - (half - n_taper)];
    centre[t] = *(centre - t) = k->time[t] * w / (double) n;
  }

  memset (k->time, 0, sizeof *k->time * n);
  k->time[0] = centre[0];
  for (size_t t = 1; t < half; t++)
    k->time[t] = k->time[n - t] = centre[t];
  mst_fft_forward (k->fft, k->time, k->re, k->im);
  const double bin = k->rate_hz / (double) n;
  const size_t low = (size_t) ceil (10.0 / bin), high = (size_t) (fmin (20000.0, 0.45 * k->rate_hz) / bin);
  double worst = 0.0;           /* |H/Ha - 1| */
  for (size_t i = low > 0 ? low : 1; i <= high; i++) {
    const double error = fabs (k->re[i] - k->power[i]);
    worst = k->power[i] > 1e-3 && error > worst * k->power[i] ? error / k->power[i] : worst;
  }
  return 20.0 * log10 (1.0 + worst);
}

unsigned
mst_eq_kernel_size_for (double rate_hz, const MstEqParams *params)
{
  const unsigned split = mst_eq_kernel_split (params);
  unsigned size = 0;
  for (; size < MST_EQ_KERNEL_SIZES - 1; size++) {
    MstEqKernel *k = mst_eq_kernel_new (rate_hz, size);
    double *taps = malloc (sizeof *taps * 2 * mst_eq_kernel_half (rate_hz, size)), worst = 0.0;
    for (unsigned path = 0; k && taps && path < MST_EQ_KERNEL_PATHS; path++)
      if ((path & ~split) == 0)
        worst = fmax (worst, mst_eq_kernel_design (k, params, path, taps));
    mst_eq_kernel_free (k);
    free (taps);
    if (worst <= MST_EQ_KERNEL_ERROR_DB)
      break;
  }
  return size;
}
