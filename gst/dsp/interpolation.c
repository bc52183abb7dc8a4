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

/* L L' x = x */
static void
solve (double l[MAX_TAPS][MAX_TAPS], int n, double *x)
{
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < j; i++)
      x[j] -= l[j][i] * x[i];
    x[j] /= l[j][j];
  }
  for (int j = n - 1; j >= 0; j--) {
    for (int i = j + 1; i < n; i++)
      x[j] -= l[i][j] * x[i];
    x[j] /= l[j][j];
  }
}

void
mst_interpolation_least_squares (unsigned n_taps, double edge, double fraction, double *h)
{
  static const double ridge = 1e-13;    /* R is singular to double above some 60 taps; this is far below the error of the fit */
  double l[MAX_TAPS][MAX_TAPS], v[MAX_TAPS], sum_h = 0.0, sum_v = 0.0;
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
    h[j] = edge * sinc (edge * (j - (n / 2 - 1) - fraction));
    v[j] = 1.0;
  }
  solve (l, n, h);
  solve (l, n, v);
  for (int j = 0; j < n; j++) {
    sum_h += h[j];
    sum_v += v[j];
  }
  for (int j = 0; j < n; j++)
    h[j] += (1.0 - sum_h) / sum_v * v[j];
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

void
mst_interpolation_eighth (const double *h, int n_pairs, int p, float *folded, float *row)
{
  if (p == 7)
    for (int i = 0; i < 2 * n_pairs; i++)
      row[i] = (float) h[i];
  else
    for (int j = 0; j < n_pairs; j++) {
      folded[7 * j + 2 * (p - 1)] = (float) (0.5 * (h[n_pairs - 1 - j] + h[n_pairs + j]));
      if (p < 4)
        folded[7 * j + 2 * (p - 1) + 1] = (float) (0.5 * (h[n_pairs - 1 - j] - h[n_pairs + j]));
    }
}
