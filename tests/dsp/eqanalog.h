/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The judge of the equaliser's tests: the analog curves, written from the cookbook and from Butterworth's definition and
 * not from gst/dsp, and what is needed to see a response: a radix-2 Fourier transform and random numbers. */
#pragma once

#include "eq.h"

#include <complex.h>
#ifndef CMPLX                    /* glibc 2.36 keeps it from clang */
#define CMPLX(x, y) __builtin_complex ((double) (x), (double) (y))
#endif
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* Rows of bands that say nothing of dynamics */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

typedef double complex Cplx;

/* H(j f) of a band */
__attribute__ ((unused))
static Cplx
analog (const MstEqBand *b, double f_hz, double rate_hz)
{
  const double limit = b->type == MST_EQ_HIGH_PASS || b->type == MST_EQ_BAND_PASS || b->type == MST_EQ_NOTCH
      || b->type == MST_EQ_ALL_PASS ? 0.45 * rate_hz : 1e9;
  const double f0 = b->frequency_hz < limit ? b->frequency_hz : limit, q = b->q;
  const double a = pow (10.0, b->gain_db / 40.0), x = f_hz / f0;
  const Cplx s = I * x;
  switch (b->type) {
    case MST_EQ_BELL:
      return (s * s + s * (a / q) + 1) / (s * s + s / (a * q) + 1);
    case MST_EQ_LOW_SHELF:
      if (b->slope == 6)
        return (s + a) / (s + 1 / a);
      return a * (s * s + sqrt (a) / q * s + a) / (a * s * s + sqrt (a) / q * s + 1);
    case MST_EQ_HIGH_SHELF:
      if (b->slope == 6)
        return (a * s + 1) / (s / a + 1);
      return a * (a * s * s + sqrt (a) / q * s + 1) / (s * s + sqrt (a) / q * s + a);
    case MST_EQ_TILT_SHELF:
      return (a * s + 1) / (s + a);
    case MST_EQ_HIGH_PASS:
      if (b->slope == 12)
        return s * s / (s * s + s / q + 1);
      return sqrt (1 / (1 + pow (x, -2.0 * (b->slope / 6))));       /* magnitude only */
    case MST_EQ_LOW_PASS:
      if (b->slope == 12)
        return 1 / (s * s + s / q + 1);
      return sqrt (1 / (1 + pow (x, 2.0 * (b->slope / 6))));
    case MST_EQ_BAND_PASS:
      return s / q / (s * s + s / q + 1);
    case MST_EQ_NOTCH:
      return (s * s + 1) / (s * s + s / q + 1);
    default:
      return (s * s - s / q + 1) / (s * s + s / q + 1);
  }
}

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static inline double
uniform (double low, double high)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return low + (high - low) * ((double) (random_state >> 11) * 0x1p-53);
}

static inline double
log_uniform (double low, double high)
{
  return exp (uniform (log (low), log (high)));
}

/* In place, n a power of two; sum of x[k] e^(-2 pi i k m / n) */
__attribute__ ((unused))
static void
fourier (Cplx *x, size_t n)
{
  static Cplx *twiddle;
  static size_t n_twiddle;
  if (n_twiddle != n) {
    twiddle = realloc (twiddle, n / 2 * sizeof *twiddle);
    for (size_t k = 0; k < n / 2; k++)
      twiddle[k] = cexp (-2.0 * M_PI * I * (double) k / (double) n);
    n_twiddle = n;
  }
  for (size_t i = 1, j = 0; i < n; i++) {
    size_t bit = n >> 1;
    for (; j & bit; bit >>= 1)
      j ^= bit;
    j ^= bit;
    if (i < j) {
      const Cplx t = x[i];
      x[i] = x[j];
      x[j] = t;
    }
  }
  for (size_t size = 2; size <= n; size *= 2)
    for (size_t start = 0; start < n; start += size)
      for (size_t k = 0; k < size / 2; k++) {
        const Cplx w = twiddle[k * (n / size)], a = x[start + k], b = x[start + k + size / 2];
        const double re = creal (w) * creal (b) - cimag (w) * cimag (b);
        const double im = creal (w) * cimag (b) + cimag (w) * creal (b);
        x[start + k] = a + CMPLX (re, im);
        x[start + k + size / 2] = a - CMPLX (re, im);
      }
}
