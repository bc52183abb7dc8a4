/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The definitions of BS.1770-5 and Tech 3342 written straight from their texts, in long double, with every block kept and sorted:
 * the judge of the loudness meter. 48 kHz only, as the Recommendation's filter tables are. */
#pragma once

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double k_head[2][3] = { { 1.53512485958697, -2.69169618940638, 1.19839281085285 },
  { 1.0, -1.69065929318241, 0.73248077421585 } };
static const double k_rlb[2][3] = { { 1.0, -2.0, 1.0 }, { 1.0, -1.99004745483398, 0.99007225036621 } };

/* |H|^2 of both filters at @freq_hz, sampled at 48 kHz */
__attribute__ ((unused))
static double
k_power (double freq_hz)
{
  const double complex z = cexp (-I * 2.0 * M_PI * freq_hz / 48000.0);
  const double complex head = (k_head[0][0] + k_head[0][1] * z + k_head[0][2] * z * z)
      / (1.0 + k_head[1][1] * z + k_head[1][2] * z * z);
  const double complex rlb = (1.0 - 2.0 * z + z * z) / (1.0 + k_rlb[1][1] * z + k_rlb[1][2] * z * z);
  const double h = cabs (head * rlb);
  return h * h;
}

typedef struct
{
  double integrated, range, max_momentary, max_short_term, momentary, short_term;
} Truth;

static int
by_size (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

static double
lufs (double energy)
{
  return energy > 0.0 ? -0.691 + 10.0 * log10 (energy) : -INFINITY;
}

/* Mean square of frames @from to @to (silence before the first) from the running sum of squares */
static double
window_mean (const long double *sum, long from, long to)
{
  return (double) ((sum[to] - sum[from < 0 ? 0 : from]) / (to - from));
}

static double
mean_of (const double *v, size_t n, double gate)
{
  double sum = 0.0;
  size_t used = 0;
  for (size_t i = 0; i < n; i++)
    if (v[i] >= gate) {
      sum += v[i];
      used++;
    }
  return used ? sum / (double) used : 0.0;
}

/* @x: planar channels; @gain: power weights. */
__attribute__ ((unused))
static Truth
truth (const double *const *x, unsigned n_channels, const double *gain, long n)
{
  long double *sum = calloc ((size_t) n + 1, sizeof *sum);
  for (unsigned c = 0; c < n_channels; c++) {
    long double in[3] = { 0 }, mid[3] = { 0 }, out[3] = { 0 };
    for (long i = 0; i < n; i++) {
      in[2] = in[1], in[1] = in[0], in[0] = x[c][i];
      mid[2] = mid[1], mid[1] = mid[0];
      mid[0] = k_head[0][0] * in[0] + k_head[0][1] * in[1] + k_head[0][2] * in[2] - k_head[1][1] * mid[1] - k_head[1][2] * mid[2];
      out[2] = out[1], out[1] = out[0];
      out[0] = mid[0] - 2.0L * mid[1] + mid[2] - k_rlb[1][1] * out[1] - k_rlb[1][2] * out[2];
      sum[i + 1] += gain[c] * out[0] * out[0];
    }
  }
  for (long i = 0; i < n; i++)
    sum[i + 1] += sum[i];

  Truth t = { 0 };
  double top_m = 0.0, top_s = 0.0;
  for (long end = 480; end <= n; end += 480) {
    top_m = fmax (top_m, window_mean (sum, end - 19200, end));
    top_s = fmax (top_s, window_mean (sum, end - 144000, end));
  }
  const long last = n / 480 * 480;
  t.momentary = lufs (window_mean (sum, last - 19200, last));
  t.short_term = lufs (window_mean (sum, last - 144000, last));
  t.max_momentary = lufs (top_m);
  t.max_short_term = lufs (top_s);

  const double floor_energy = pow (10.0, (-70.0 + 0.691) / 10.0);
  size_t n_blocks = 0, n_short = 0, kept = 0;
  double *blocks = calloc ((size_t) n / 4800 + 1, sizeof *blocks), *shorts = calloc ((size_t) n / 4800 + 1, sizeof *shorts);
  for (long start = 0; start + 19200 <= n; start += 4800)
    blocks[n_blocks++] = window_mean (sum, start, start + 19200);
  const double relative = 0.1 * mean_of (blocks, n_blocks, floor_energy);
  t.integrated = lufs (mean_of (blocks, n_blocks, fmax (relative, floor_energy)));

  for (long start = 0; start + 144000 <= n; start += 4800)
    shorts[n_short++] = window_mean (sum, start, start + 144000);
  const double gate = fmax (floor_energy, 0.01 * mean_of (shorts, n_short, floor_energy));
  for (size_t i = 0; i < n_short; i++)
    if (shorts[i] >= gate)
      shorts[kept++] = shorts[i];
  if (kept) {
    qsort (shorts, kept, sizeof *shorts, by_size);
    t.range = lufs (shorts[(size_t) floor ((double) (kept - 1) * 0.95 + 0.5)])
        - lufs (shorts[(size_t) floor ((double) (kept - 1) * 0.10 + 0.5)]);
  }
  free (sum);
  free (blocks);
  free (shorts);
  return t;
}
