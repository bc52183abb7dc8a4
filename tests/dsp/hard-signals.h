/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals that make limiters fail, full scale = 1, by name. */
#pragma once

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hard_state;

static double
hard_uniform (void)
{                               /* -1 … 1 */
  hard_state = hard_state * 6364136223846793005u + 1442695040888963407u;
  return (double) (int64_t) (hard_state >> 11) / 4503599627370496.0 - 1.0;
}

static double
hard_sign (void)
{
  return hard_uniform () < 0.0 ? -1.0 : 1.0;
}

static double
hard_normal (void)
{
  double sum = 0.0;
  for (int i = 0; i < 12; i++)
    sum += hard_uniform ();
  return 0.5 * sum;
}

typedef enum
{
  HARD_SINE, HARD_SINE_CUT, HARD_SINE_OF_RATE, HARD_SIGNS, HARD_SIGN_BURSTS, HARD_WORST_ISP, HARD_IMPULSES, HARD_SQUARE, HARD_CLIPPED,
  HARD_WHITE, HARD_PINK, HARD_SWEEP, HARD_HITS, HARD_GATED, HARD_PHASE_JUMPS
} HardSignal;

/* @a: frequency (Hz; of the rate for SINE_OF_RATE and PHASE_JUMPS), or length of the pattern in frames. @b: phase in radians. */
static void
hard_make (double *x, size_t n, double rate, HardSignal what, double a, double b)
{
  double low = 0.0, phase = b;

  hard_state = (uint64_t) (12345 + 1000.0 * a + 77.0 * b);
  memset (x, 0, n * sizeof *x);
  for (size_t i = 0; i < n; i++) {
    const double turn = 2.0 * M_PI * a / rate * (double) i + b;
    switch (what) {
      case HARD_SINE:
        x[i] = sin (turn);
        break;
      case HARD_SINE_CUT:
        x[i] = i % 4000 > 1000 && i % 4000 < 2500 ? sin (turn) : 0.0;
        break;
      case HARD_SINE_OF_RATE:
        x[i] = sin (2.0 * M_PI * a * (double) i + b);
        break;
      case HARD_PHASE_JUMPS:   /* back and forth by b every 532 frames */
        x[i] = sin (2.0 * M_PI * a * (double) i + 0.5 + (i / 532 % 2 ? b : 0.0));
        break;
      case HARD_SIGNS:
        x[i] = hard_sign ();
        break;
      case HARD_SIGN_BURSTS:
        x[i] = i % 2500 >= 700 && i % 2500 < 700 + (size_t) a ? hard_sign () : 0.0;
        break;
      case HARD_WORST_ISP:{    /* every sample has the sign that its sinc has half way between two of them */
        const double t = (double) (i % 3000) - 1000.5;
        x[i] = fabs (t) < 0.5 * a ? ((int) floor (t) % 2 ? 1.0 : -1.0) * (t > 0 ? 1.0 : -1.0) : 0.0;
        break;
      }
      case HARD_IMPULSES:
        x[i] = i % (size_t) a == 77 ? 1.0 : 0.0;
        break;
      case HARD_SQUARE:
        x[i] = sin (turn) >= 0.0 ? 1.0 : -1.0;
        break;
      case HARD_CLIPPED:
        x[i] = fmax (-1.0, fmin (1.0, 4.0 * sin (turn)));
        break;
      case HARD_WHITE:
        x[i] = 0.25 * hard_normal ();
        break;
      case HARD_PINK:
        low += 0.05 * (hard_normal () - low);
        x[i] = 0.8 * low + 0.1 * hard_normal ();
        break;
      case HARD_SWEEP:
        phase += M_PI * a * (double) i / (double) n;
        x[i] = sin (phase);
        break;
      case HARD_GATED:         /* noise, on and off */
        x[i] = i / (size_t) a % 2 ? hard_uniform () : 0.0;
        break;
      case HARD_HITS:{          /* drum-like: a falling tone under a burst of noise */
        const double t = (double) (i % 6000) / rate;
        x[i] = 0.7 * sin (2.0 * M_PI * (60.0 * t + 4.0 * (1.0 - exp (-t * 40.0)))) * exp (-t * 12.0) + 0.5 * hard_uniform () * exp (-t * 90.0);
        break;
      }
    }
  }
}
