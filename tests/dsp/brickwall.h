/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reconstructed waveform by definition: spectrum of the whole signal (zeros around it), low-pass, zeros above, back at @up times the rate. A
 * brick wall at Nyquist (soft_edge 1) or 1 up to soft_edge of Nyquist and a raised cosine to 0 at Nyquist. Nothing of the code under test. */
#pragma once

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In place, n a power of two; sign -1 forward, +1 back, without scaling. */
static void
brickwall_fft (double complex *x, size_t n, int sign)
{
  for (size_t i = 1, j = 0; i < n; i++) {
    size_t bit = n >> 1;
    for (; j & bit; bit >>= 1)
      j ^= bit;
    j ^= bit;
    if (i < j) {
      const double complex t = x[i];
      x[i] = x[j];
      x[j] = t;
    }
  }
  double complex *w = malloc (n / 2 * sizeof *w);
  for (size_t i = 0; i < n / 2; i++)
    w[i] = cexp (sign * 2.0 * M_PI * I * (double) i / (double) n);
  for (size_t len = 2; len <= n; len *= 2)
    for (size_t i = 0; i < n; i += len)
      for (size_t k = 0; k < len / 2; k++) {
        const double complex a = x[i + k], b = x[i + k + len / 2], t = w[k * (n / len)];
        x[i + k] = a + b * t;
        x[i + k + len / 2] = a - b * t;
      }
  free (w);
}

/* Highest |waveform|, linear, of x[0 … n-1] and what rings around it. */
static double
brickwall_peak (const double *x, size_t n, unsigned up, double soft_edge)
{
  size_t size = 1024;
  double peak = 0.0;

  while (size < n + 2048)
    size *= 2;
  double complex *spectrum = calloc (size, sizeof *spectrum), *y = malloc (size * sizeof *y);
  for (size_t i = 0; i < n; i++)
    spectrum[i + 1024] = x[i];
  brickwall_fft (spectrum, size, -1);
  /* Two phases at once: the even one as real part, the next as imaginary part */
  for (unsigned p = 0; p < up; p += 2) {
    for (size_t k = 0; k < size; k++) {
      const double f = k <= size / 2 ? (double) k : (double) k - (double) size;
      const double of_nyquist = fabs (f) / (double) (size / 2);
      double h = 1.0;
      if (of_nyquist > soft_edge)
        h = 0.5 + 0.5 * cos (M_PI * (of_nyquist - soft_edge) / (1.0 - soft_edge));
      const double turn = 2.0 * M_PI * f / (double) size;
      double complex a = cexp (I * turn * p / up), b = cexp (I * turn * (p + 1) / up);
      if (k == size / 2) {
        a = creal (a);
        b = creal (b);
      }
      y[k] = spectrum[k] * h * (a + I * b);
    }
    brickwall_fft (y, size, +1);
    for (size_t k = 0; k < size; k++)
      peak = fmax (peak, fmax (fabs (creal (y[k])), fabs (cimag (y[k]))) / (double) size);
  }
  free (spectrum);
  free (y);
  return peak;
}

static double
brickwall_peak_db (const double *x, size_t n, unsigned up, double soft_edge)
{
  return 20.0 * log10 (brickwall_peak (x, n, up, soft_edge) + 1e-30);
}
