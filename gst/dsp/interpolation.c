/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interpolation.h"

#include <math.h>
#include <string.h>

#define MAX_TAPS 128

static double
sinc (double x)
{
  return fabs (x) < 1e-12 ? 1.0 : sin (M_PI * x) / (M_PI * x);
}

void
mst_interpolation_least_squares (unsigned n_taps, double edge, double fraction, double *h)
{
  static const double ridge = 1e-13;    /* R is singular to double above some 60 taps; this is far below the error of the fit */
  double l[MAX_TAPS][MAX_TAPS];
  const int n = (int) n_taps;

  if (fraction == 0.0) {
    memset (h, 0, n_taps * sizeof *h);
    h[n / 2 - 1] = 1.0;
    return;
  }
  for (int j = 0; j < n; j++)   /* Cholesky: R = L L' */
    for (int k = 0; k <= j; k++) {
      double sum = edge * sinc (edge * (j - k)) + (j == k ? ridge : 0.0);
      for (int i = 0; i < k; i++)
        sum -= l[j][i] * l[k][i];
      l[j][k] = j == k ? sqrt (fmax (sum, ridge)) : sum / l[k][k];
    }
  for (int j = 0; j < n; j++) {
    double sum = edge * sinc (edge * (j - (n / 2 - 1) - fraction));
    for (int i = 0; i < j; i++)
      sum -= l[j][i] * h[i];
    h[j] = sum / l[j][j];
  }
  for (int j = n - 1; j >= 0; j--) {
    double sum = h[j];
    for (int i = j + 1; i < n; i++)
      sum -= l[i][j] * h[i];
    h[j] = sum / l[j][j];
  }
}

void
mst_interpolation_soft (unsigned n_taps, double edge, double fraction, double *h)
{
  const double w = 0.5 * (edge + 1.0), b = (1.0 - edge) / (1.0 + edge);
  double sum = 0.0;

  for (int k = 0; k < (int) n_taps; k++) {
    const double t = w * (k - ((int) n_taps / 2 - 1) - fraction);
    const double pole = 1.0 - 4.0 * b * b * t * t;
    h[k] = fabs (pole) < 1e-9 ? w * M_PI / 4.0 * sinc (0.5 / b) : w * sinc (t) * cos (M_PI * b * t) / pole;
    sum += h[k];
  }
  for (unsigned k = 0; k < n_taps; k++)
    h[k] /= sum;
}
