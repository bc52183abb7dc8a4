/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reconstructed waveform by definition: spectrum of the whole signal (zeros around it), low-pass, zeros above, back at @up times the rate. A
 * brick wall at Nyquist (soft_edge 1) or 1 up to soft_edge of Nyquist and a raised cosine to 0 at Nyquist. Nothing of the code under test. */
#pragma once

#include "fourier.h"

#include <string.h>

/* Highest |waveform|, linear, of x[0 … n-1] and what rings around it. */
static double
brickwall_peak (const double *x, size_t n, unsigned up, double soft_edge)
{
  size_t size = 1024;
  double peak = 0.0;

  while (size < n + 2048)
    size *= 2;
  double complex *spectrum = calloc (size, sizeof *spectrum), *y = malloc (size * sizeof *y);
  double complex *shift = malloc (size * sizeof *shift), *step = malloc (size * sizeof *step);
  for (size_t i = 0; i < n; i++)
    spectrum[i + 1024] = x[i];
  fourier (spectrum, size);
  for (size_t k = 0; k < size; k++) {
    const double f = k <= size / 2 ? (double) k : (double) k - (double) size;
    const double of_nyquist = fabs (f) / (double) (size / 2);
    if (of_nyquist > soft_edge)
      spectrum[k] *= 0.5 + 0.5 * cos (M_PI * (of_nyquist - soft_edge) / (1.0 - soft_edge));
    shift[k] = 1.0;
    step[k] = cexp (I * 2.0 * M_PI * f / (double) size / up);
  }
  /* Two phases at once: the even one as real part, the next as imaginary part */
  for (unsigned p = 0; p < up; p += 2) {
    for (size_t k = 0; k < size; k++) {
      const double complex a = shift[k], b = a * step[k];
      y[k] = spectrum[k] * (k == size / 2 ? CMPLX (creal (a), creal (b)) : CMPLX (creal (a) - cimag (b), cimag (a) + creal (b)));
      shift[k] = b * step[k];
    }
    fourier_back (y, size);
    for (size_t k = 0; k < size; k++)
      peak = fmax (peak, fmax (fabs (creal (y[k])), fabs (cimag (y[k]))) / (double) size);
  }
  free (spectrum);
  free (y);
  free (shift);
  free (step);
  return peak;
}

static double
brickwall_peak_db (const double *x, size_t n, unsigned up, double soft_edge)
{
  return 20.0 * log10 (brickwall_peak (x, n, up, soft_edge) + 1e-30);
}
