/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "truepeakbound.h"

#include <math.h>
#include <string.h>

#include "interpolation.h"
#include "truepeak.h"

#define ROOM (MST_TRUEPEAK_MAX_TAPS + 2)        /* taps of one frame, and one more frame on each side */
#define FIT_SHARE 0.14066       /* (1 / cos (pi/8) - 1) / (4 sin^2 (pi/8)), rounded up */

/* Taps of phase @quarter of frame 0, or of the neighbours -1 (3/4 of the frame before) and 4 (the next sample), in frames
 * -n_taps/2 … of an array where frame 0 is @origin. */
static void
add_phase (double *w, unsigned origin, unsigned n_taps, double edge, int quarter, double scale)
{
  double h[MST_TRUEPEAK_MAX_TAPS];
  if (quarter < 0 || quarter > 3)
    origin += quarter < 0 ? -1 : 1;
  quarter = (quarter + 4) % 4;
  if (quarter == 0) {
    w[origin] += scale;
    return;
  }
  mst_interpolation_least_squares (n_taps, edge, 0.25 * quarter, h);
  for (unsigned i = 0; i < n_taps; i++)
    w[origin - (n_taps / 2 - 1) + i] += scale * h[i];
}

/* |w x| <= flat m + bend d; adds to both. */
static void
bound_of (const double *w, double *flat, double *bend)
{
  double g[ROOM], sum = 0.0, moment = 0.0, once = 0.0, twice = 0.0;
  memcpy (g, w, sizeof g);
  for (unsigned i = 0; i < ROOM; i++) {
    sum += w[i];
    moment += (i - ROOM / 2.0) * w[i];
  }
  const unsigned middle = ROOM / 2;     /* moment counts from here */
  g[middle] -= sum - moment;
  g[middle + 1] -= moment;
  *flat += fabs (sum) + 2.0 * fabs (moment);
  for (unsigned i = 0; i < ROOM; i++) {
    once += g[i];
    twice += once;
    *bend += fabs (twice);
  }
}

void
mst_truepeak_bound_design (MstTruePeakBound *b, unsigned n_taps, double edge)
{
  const unsigned origin = n_taps / 2;
  double most_flat = 0.0, most_bend = 0.0;
  for (int p = 0; p < 4; p++) {
    double w[ROOM] = { 0.0 }, flat = 1.0, bend = 0.0, fit_flat = 0.0, fit_bend = 0.0;
    add_phase (w, origin, n_taps, edge, p, 1.0);
    w[origin] -= 1.0 - 0.25 * p;
    w[origin + 1] -= 0.25 * p;
    bound_of (w, &flat, &bend);

    memset (w, 0, sizeof w);
    add_phase (w, origin, n_taps, edge, p, 2.0);
    add_phase (w, origin, n_taps, edge, p - 1, -1.0);
    add_phase (w, origin, n_taps, edge, p + 1, -1.0);
    bound_of (w, &fit_flat, &fit_bend);
    most_flat = fmax (most_flat, flat + FIT_SHARE * fit_flat);
    most_bend = fmax (most_bend, bend + FIT_SHARE * fit_bend);
  }
  /* float taps and sums */
  b->flat = (float) (most_flat * 1.00002);
  b->bend = (float) (most_bend * 1.00002);
}
