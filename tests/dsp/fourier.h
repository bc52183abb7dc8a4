/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tests' own Fourier transform, radix 2, nothing of the code under test. In place, n a power of two:
 * fourier: sum of x[k] e^(-2 pi i k m / n); fourier_back: with +, without dividing by n. */
#pragma once

#include <complex.h>
#ifndef CMPLX                    /* glibc 2.36 keeps it from clang */
#define CMPLX(x, y) __builtin_complex ((double) (x), (double) (y))
#endif
#include <math.h>
#include <stdlib.h>

static void
fourier_by (double complex *x, size_t n, double sign)
{
  static double complex *twiddle;       /* e^(-2 pi i k / n_twiddle), for the longest yet */
  static size_t n_twiddle;
  if (n_twiddle < n) {
    n_twiddle = n;
    twiddle = realloc (twiddle, n / 2 * sizeof *twiddle);
    for (size_t k = 0; k < n / 2; k++)
      twiddle[k] = cexp (-2.0 * M_PI * I * (double) k / (double) n);
  }
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
  for (size_t size = 2; size <= n; size *= 2)
    for (size_t start = 0; start < n; start += size)
      for (size_t k = 0; k < size / 2; k++) {
        const double complex w = twiddle[k * (n_twiddle / size)], a = x[start + k], b = x[start + k + size / 2];
        const double w_im = sign * cimag (w);
        const double re = creal (w) * creal (b) - w_im * cimag (b);
        const double im = creal (w) * cimag (b) + w_im * creal (b);
        x[start + k] = CMPLX (creal (a) + re, cimag (a) + im);
        x[start + k + size / 2] = CMPLX (creal (a) - re, cimag (a) - im);
      }
}

__attribute__ ((unused))
static void
fourier (double complex *x, size_t n)
{
  fourier_by (x, n, 1.0);
}

__attribute__ ((unused))
static void
fourier_back (double complex *x, size_t n)
{
  fourier_by (x, n, -1.0);
}
