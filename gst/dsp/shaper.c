/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Noise shaping for any rate. The audible noise is that through W(f) = 10^(-T(f)/10), T the threshold of hearing in quiet,
 *     T = 3.64 F^-0.8 - 6.5 exp (-0.6 (F - 3.3)^2) + 0.001 F^4,   F = f/kHz   (Terhardt 1979, eq. 1),
 * T cut off at its lowest point + span: that bounds how much noise may go where nobody hears it. The monic polynomial A(z) of a
 * given order with the least W-weighted power is the linear predictor of W: autocorrelation r = cosine transform of W,
 * solved by Levinson and Durbin. It has minimum phase by construction, so its mean log level is 0 dB, the least there can be
 * (Gerzon and Craven 1989), and as feedback it is stable with any input, being finite.
 * Error: r by the midpoint rule on 2048 points, 1e-6 of the filter; cosines by cos kx = 2 cos x cos (k-1)x - cos (k-2)x, 1e-12.
 * Terhardt: Calculating Virtual Pitch, Hearing Research 1, 1979. Gerzon, Craven: Optimal Noise Shaping and Dither of Digital Signals,
 * AES preprint 2822, 1989. Durbin: The Fitting of Time-Series Models, Rev. ISI 28, 1960. */
#include "shaper.h"

#include <math.h>

#define POINTS 2048

double
mst_hearing_threshold_db (double frequency_hz)
{
  const double f = fmax (frequency_hz, 20.0) / 1000.0, from_dip = f - 3.3;
  return 3.64 * pow (f, -0.8) - 6.5 * exp (-0.6 * from_dip * from_dip) + 1e-3 * (f * f) * (f * f);
}

/* Predictor of the process with autocorrelation r[0…order]. */
static void
levinson (const double *r, unsigned order, double *a)
{
  double error = r[0];
  a[0] = 1.0;
  for (unsigned i = 1; i <= order; i++) {
    double sum = r[i], before[1 + MST_SHAPER_ORDER];
    for (unsigned j = 1; j < i; j++) {
      sum += a[j] * r[i - j];
      before[j] = a[j];
    }
    const double reflection = -sum / error;
    for (unsigned j = 1; j < i; j++)
      a[j] = before[j] + reflection * before[i - j];
    a[i] = reflection;
    error *= 1.0 - reflection * reflection;
  }
}

void
mst_shaper_design (MstShaper *shaper, double rate_hz, unsigned order, double span_db)
{
  double r[1 + MST_SHAPER_ORDER] = { 0.0 }, threshold[POINTS], lowest = INFINITY;

  for (int i = 0; i < POINTS; i++) {
    threshold[i] = mst_hearing_threshold_db ((i + 0.5) / POINTS * rate_hz / 2.0);
    lowest = fmin (lowest, threshold[i]);
  }
  for (int i = 0; i < POINTS; i++) {
    const double weight = pow (10.0, -fmin (threshold[i] - lowest, span_db) / 10.0);
    const double c = cos (M_PI * (i + 0.5) / POINTS);
    double now = 1.0, before = c;       /* cos 0, cos -x */
    for (unsigned k = 0; k <= order; k++) {
      const double next = 2.0 * c * now - before;
      r[k] += weight * now;
      before = now;
      now = next;
    }
  }
  shaper->order = order;
  for (unsigned k = 0; k <= MST_SHAPER_ORDER; k++)
    shaper->a[k] = 0.0;
  levinson (r, order, shaper->a);
}
