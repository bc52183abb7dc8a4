/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The judge of the equaliser's tests: the analog curves, written from the cookbook and from Butterworth's definition and
 * not from gst/dsp, and what is needed to see a response: a Fourier transform and random numbers. */
#pragma once

#include "eq.h"
#include "fourier.h"

#include <stdint.h>

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
