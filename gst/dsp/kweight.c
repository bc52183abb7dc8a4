/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The design away from 48 kHz. The high-pass keeps the 48 kHz table's analog frequency, Q and gain (bilinear; its
 * warping is far above 38 Hz). The shelf takes the rest: |H|^2 of a digital filter of order n is a ratio of
 * polynomials of degree n in W = tan^2(w/2), so with T = |H48|^2 / |HP|^2 at the same Hz
 *     minimise  sum ((N(W) - T D(W)) / (T D_old(W)))^2
 * is linear least squares, repeated with the last denominator (Sanathanan and Koerner, IEEE Trans. AC-8, 1963).
 * A factor 1 + pW + qW^2 is |1 + sqrt(p + 2 sqrt q) s + sqrt(q) s^2|^2 at s = j tan(w/2), 1 + rW is |1 + sqrt(r) s|^2;
 * the bilinear transform of these is the filter, stable and minimum phase. */
#include "kweight.h"

#include <complex.h>
#include <math.h>

#define POINTS 240
#define MAX_ORDER 3
#define MAX_UNKNOWNS (2 * MAX_ORDER + 1)

/* BS.1770-5, annex 1, tables 1 and 2 */
static const double shelf_48k[5] = { 1.53512485958697, -2.69169618940638, 1.19839281085285,
  -1.69065929318241, 0.73248077421585 };
static const double highpass_48k[5] = { 1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621 };

/* |b0 + b1 z + b2 z^2|^2 / |1 + a1 z + a2 z^2|^2 at z = e^-jw */
static double
power_response (const double c[5], double w)
{
  const double complex z = cexp (-I * w);
  const double h = cabs ((c[0] + z * (c[1] + z * c[2])) / (1.0 + z * (c[3] + z * c[4])));
  return h * h;
}

double
mst_kweight_reference (double freq_hz)
{
  const double w = 2.0 * M_PI * freq_hz / 48000.0;
  return sqrt (power_response (shelf_48k, w) * power_response (highpass_48k, w));
}

/* The table's high-pass at another rate: s^2 g / (s^2 + s k/Q + k^2), k = tan(w0/2) scaled to the rate. */
static void
move_highpass (double rate_hz, double c[5])
{
  const double s2 = 1.0 - highpass_48k[3] + highpass_48k[4];
  const double s1 = 2.0 * (1.0 - highpass_48k[4]);
  const double s0 = 1.0 + highpass_48k[3] + highpass_48k[4];
  const double k = tan (atan (sqrt (s0 / s2)) * 48000.0 / rate_hz);
  const double damping = s1 / sqrt (s0 * s2);   /* 1/Q */
  const double norm = 1.0 + damping * k + k * k;
  c[0] = 4.0 / s2 / norm;
  c[1] = -2.0 * c[0];
  c[2] = c[0];
  c[3] = 2.0 * (k * k - 1.0) / norm;
  c[4] = (1.0 - damping * k + k * k) / norm;
}

/* Least squares |Ax - b| by Householder reflections; the columns of @a are the unknowns', the last one is b. */
static void
solve (double a[POINTS][MAX_UNKNOWNS + 1], int n, double x[MAX_UNKNOWNS])
{
  for (int k = 0; k < n; k++) {
    double norm = 0.0;
    for (int i = k; i < POINTS; i++)
      norm += a[i][k] * a[i][k];
    norm = a[k][k] > 0.0 ? -sqrt (norm) : sqrt (norm);
    const double head = a[k][k] - norm; /* the reflector is (head, a[k+1..][k]) */
    for (int j = k + 1; j <= n; j++) {
      double dot = head * a[k][j];
      for (int i = k + 1; i < POINTS; i++)
        dot += a[i][k] * a[i][j];
      dot /= -norm * head;
      a[k][j] -= dot * head;
      for (int i = k + 1; i < POINTS; i++)
        a[i][j] -= dot * a[i][k];
    }
    a[k][k] = norm;
  }
  for (int k = n - 1; k >= 0; k--) {
    x[k] = a[k][n];
    for (int j = k + 1; j < n; j++)
      x[k] -= a[k][j] * x[j];
    x[k] /= a[k][k];
  }
}

/* Factor p[0] + p[1] W + ... of degree @order, positive for W >= 0, with W in units of @unit:
 * p[0] (1 + rW)(1 + pW + qW^2) -> digital numerator or denominator @quad and, for order 3, @line; first coefficient 1.
 * Returns the product of the first coefficients before that, squared root of p[0] included. */
static double
factor (const double *p, int order, double unit, double quad[2], double line[1])
{
  double c1 = p[1] / p[0], c2 = p[2] / p[0], r = 0.0;
  if (order == 3) {             /* monic in 1/W: u^3 + c1 u^2 + c2 u + c3 has its real root at u = -r, r > 0 */
    const double c3 = p[3] / p[0];
    double low = 0.0, high = 1.0 + fabs (c1) + fabs (c2) + fabs (c3);
    for (int i = 0; i < 200; i++) {
      r = 0.5 * (low + high);
      if (((-r + c1) * -r + c2) * -r + c3 > 0.0)
        low = r;
      else
        high = r;
    }
    c1 -= r;
    c2 -= r * c1;
  }
  const double d2 = sqrt (c2) / unit, d1 = sqrt (c1 + 2.0 * sqrt (c2)) / sqrt (unit), l1 = sqrt (r / unit);
  const double q0 = 1.0 + d1 + d2, l0 = 1.0 + l1;       /* s = (1 - z)/(1 + z) */
  quad[0] = 2.0 * (1.0 - d2) / q0;
  quad[1] = (1.0 - d1 + d2) / q0;
  line[0] = (1.0 - l1) / l0;
  return sqrt (p[0]) * q0 * l0;
}

static void
set_section (MstKSection *s, double b1, double b2, double a1, double a2)
{
  *s = (MstKSection) { .c1 = b1 - a1, .c2 = b2 - a2, .a1 = a1, .a2 = a2 };
}

static double
step (const void *filter, double state[MST_BLOCK_FILTER_STATES], double x)
{
  const MstKWeight *k = filter;
  for (unsigned j = 0; j < k->n_sections; j++) {
    const MstKSection *s = &k->section[j];
    double *z = state + 2 * j;
    const double y = x + z[0], next = s->c1 * x + z[1] - s->a1 * z[0];
    z[1] = s->c2 * x - s->a2 * z[0];
    z[0] = next;
    x = y;
  }
  return x;
}

static void
design_sections (MstKWeight *k, double rate_hz)
{
  const int order = rate_hz < 12000.0 ? 3 : 2, n = 2 * order + 1;
  double highpass[5], rows[POINTS][MAX_UNKNOWNS + 1], x[MAX_UNKNOWNS];
  double w[POINTS], target[POINTS], weight[POINTS];

  if (rate_hz == 48000.0) {
    const double *s = shelf_48k, *h = highpass_48k;
    k->n_sections = 2;
    k->power_gain = s[0] * s[0];
    set_section (&k->section[0], s[1] / s[0], s[2] / s[0], s[3], s[4]);
    set_section (&k->section[1], h[1], h[2], h[3], h[4]);
    return;
  }

  move_highpass (rate_hz, highpass);
  const double top_hz = fmin (20000.0, 0.45 * rate_hz);
  const double unit = pow (tan (M_PI * fmin (2000.0, rate_hz / 8.0) / rate_hz), 2.0);
  for (int i = 0; i < POINTS; i++) {    /* half of the points by octaves, half by Hz */
    const double t = (i / 2 + 0.5) / (POINTS / 2);
    const double f = i % 2 ? 5.0 * pow (top_hz / 5.0, t) : 300.0 + (top_hz - 300.0) * t;
    const double reference = mst_kweight_reference (f), turn = 2.0 * M_PI * f / rate_hz;
    w[i] = pow (tan (0.5 * turn), 2.0) / unit;
    target[i] = reference * reference / power_response (highpass, turn);
    weight[i] = 1.0 / target[i];
  }
  for (int pass = 0; pass < 20; pass++) {
    for (int i = 0; i < POINTS; i++) {
      double power = weight[i];
      for (int j = 0; j <= order; j++, power *= w[i]) {
        rows[i][j] = power;
        if (j > 0)
          rows[i][order + j] = -target[i] * power;
      }
      rows[i][n] = target[i] * weight[i];
    }
    solve (rows, n, x);
    for (int i = 0; i < POINTS; i++) {
      double below = 1.0, power = 1.0;
      for (int j = 1; j <= order; j++)
        below += x[order + j] * (power *= w[i]);
      weight[i] = 1.0 / (target[i] * below);
    }
  }

  double below[MAX_ORDER + 1] = { 1.0 }, num[2], den[2], num_line[1], den_line[1];
  for (int j = 1; j <= order; j++)
    below[j] = x[order + j];
  const double gain = factor (x, order, unit, num, num_line) / factor (below, order, unit, den, den_line);
  k->n_sections = (unsigned) order;
  k->power_gain = pow (gain * highpass[0], 2.0);
  set_section (&k->section[0], num[0], num[1], den[0], den[1]);
  set_section (&k->section[1], -2.0, 1.0, highpass[3], highpass[4]);
  set_section (&k->section[2], num_line[0], 0.0, den_line[0], 0.0);
}

void
mst_kweight_design (MstKWeight *k, double rate_hz)
{
  design_sections (k, rate_hz);
  mst_block_filter_design (&k->block, step, k);
}
