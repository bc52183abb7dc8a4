/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The linear-phase crossover judged by the Fourier transform of its impulse response and the analog Linkwitz-Riley formula. */
#include <complex.h>
#include <stdlib.h>
#include <string.h>

#include "bandsplit.h"
#include "denormals.h"
#include "isa.h"
#include "tap.h"

#define N 262144

static double in[2][N], band[16][N], *band_of[16];
static const double *in_of[2] = { in[0], in[1] };

static double
noise (unsigned *seed)
{
  *seed = *seed * 1664525u + 1013904223u;
  return (int) *seed / 2147483648.0;
}

/* Transform about frame @centre over @span frames to either side */
static double complex
response (const double *x, size_t centre, size_t span, double hz, double rate_hz)
{
  const double complex turn = cexp (-2.0 * M_PI * I * hz / rate_hz);
  double complex z = cpow (turn, -(double) span), sum = 0.0;
  for (size_t n = centre - span; n <= centre + span; n++, z *= turn)
    sum += x[n] * z;
  return sum;
}

/* Linkwitz and Riley 1976: 1/(1 + r^4) below a crossover, r^4/(1 + r^4) above; a band is the product of the splits on its way */
static double
expected (const double *hz, unsigned b, unsigned n_bands, double f)
{
  double h = 1.0;
  for (unsigned first = 0, last = n_bands - 1; first < last;) {
    const unsigned at = (first + last - 1) / 2;
    const double r4 = pow (f / hz[at], 4.0);
    h *= (b <= at ? 1.0 : r4) / (1.0 + r4);
    if (b <= at)
      last = at;
    else
      first = at + 1;
  }
  return h;
}

typedef struct
{
  const char *id;
  double rate_hz;
  unsigned n_bands;
  double hz[7];
} Row;

static void
test_row (const Row *row)
{
  double slope_off = 0.0, phase = 0.0, sum_off = 0.0;
  MstBandSplit *x = mst_band_split_new (row->rate_hz, 1, row->n_bands, MST_BAND_SPLIT_LINEAR, NULL);
  const size_t latency = mst_band_split_latency (x), n = 2 * latency + 64, span = latency < (size_t) (0.17 * row->rate_hz) ? latency : (size_t) (0.17 * row->rate_hz);
  mst_band_split_set (x, row->hz, 0);
  memset (in, 0, sizeof in);
  in[0][32] = 1.0;
  mst_band_split_process (x, in_of, band_of, n);
  for (double f = 5.0; f < 0.499 * row->rate_hz; f *= 1.31)
    for (unsigned b = 0; b < row->n_bands; b++) {
      const double want = expected (row->hz, b, row->n_bands, f);
      const double complex h = response (band[b], latency + 32, span, f, row->rate_hz);
      if (want < 1e-3)
        continue;
      slope_off = fmax (slope_off, fabs (20.0 * log10 (cabs (h) / want)));
      phase = fmax (phase, fabs (carg (h)));
    }
  for (size_t i = 0; i < n; i++) {
    double sum = i == latency + 32 ? -1.0 : 0.0;
    for (unsigned b = 0; b < row->n_bands; b++)
      sum += band[b][i];
    sum_off = fmax (sum_off, fabs (sum));
  }
  mst_band_split_free (x);
  tap_ok (slope_off <= 0.1, "%s: slopes within %.2g dB of the analog ones down to -60 dB", row->id, slope_off);
  tap_ok (phase <= 1e-4, "%s: phase within %.2g of none", row->id, phase);
  tap_ok (sum_off <= 1e-7, "%s: the sum is a delay within %.0f dB", row->id, 20.0 * log10 (sum_off + 1e-20));
  tap_ok ((double) latency <= 0.22 * row->rate_hz, "%s: late by %.1f ms", row->id, 1000.0 * (double) latency / row->rate_hz);
}

static void
test_shapes (void)
{
  static const Row rows[] = {
    { "two at 20 Hz", 48000.0, 2, { 20.0 } },
    { "two at 20 kHz, 44.1 kHz", 44100.0, 2, { 19845.0 } },
    { "default four", 48000.0, 4, { 120.0, 1000.0, 6000.0 } },
    { "three at 8 kHz", 8000.0, 3, { 150.0, 2500.0 } },
    { "four at 192 kHz", 192000.0, 4, { 20.0, 1000.0, 20000.0 } },
    { "five, close", 44100.0, 5, { 1000.0, 1260.0, 1590.0, 2000.0 } },
    { "six, equal", 32000.0, 6, { 500.0, 500.0, 500.0, 2000.0, 2000.0 } },
    { "eight, low", 96000.0, 8, { 20.0, 25.0, 31.0, 40.0, 50.0, 63.0, 80.0 } },
    { "eight", 88200.0, 8, { 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, 12800.0 } },
  };
  static const double rates[] = { 32000.0, 44100.0, 48000.0, 96000.0, 192000.0 };
  unsigned seed = 3;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    test_row (&rows[i]);
  for (unsigned i = 0; i < 6; i++) {
    Row row = { "random", rates[i % 5], 2 + i, { 0 } };
    double last = 20.0;
    for (unsigned b = 0; b + 1 < row.n_bands; b++) {
      last *= pow (fmin (20000.0, 0.45 * row.rate_hz) / last, fabs (noise (&seed)));
      row.hz[b] = last;
    }
    test_row (&row);
  }
}

static void
test_clamp (void)
{
  const double asked[] = { 2000.0, 300.0, 90000.0 }, meant[] = { 2000.0, 2000.0, 21600.0 };
  static double other[4][32768];
  MstBandSplit *x = mst_band_split_new (48000.0, 1, 4, MST_BAND_SPLIT_LINEAR, NULL);
  memset (in, 0, sizeof in);
  in[0][0] = 1.0;
  mst_band_split_set (x, meant, 0);
  mst_band_split_process (x, in_of, band_of, 32768);
  for (unsigned b = 0; b < 4; b++)
    memcpy (other[b], band[b], sizeof other[b]);
  mst_band_split_reset (x);
  mst_band_split_set (x, asked, 0);
  mst_band_split_process (x, in_of, band_of, 32768);
  int same = 1;
  for (unsigned b = 0; b < 4; b++)
    same = same && memcmp (other[b], band[b], sizeof other[b]) == 0;
  tap_ok (same, "out of order is raised, above 0.45 of the rate lowered");
  mst_band_split_free (x);
}

/* Frequencies move while a tone sounds: any cut gives the same bits, nothing is heard above 8 kHz, the sum stays the delay */
static void
test_motion (void)
{
  static const double from[] = { 150.0, 1000.0, 6000.0 }, to[] = { 450.0, 500.0, 9000.0 };
  static double whole[4][N];
  double worst = 0.0, sum_off = 0.0;
  int same = 1;
  size_t latency = 0;
  for (int cut = 0; cut < 2; cut++) {
    unsigned seed = 5;
    MstBandSplit *x = mst_band_split_new (48000.0, 1, 4, MST_BAND_SPLIT_LINEAR, NULL);
    latency = mst_band_split_latency (x);
    mst_band_split_set (x, from, 0);
    for (size_t n = 0; n < 65536; n++)
      in[0][n] = 0.5 * sin (2.0 * M_PI * 200.0 * (double) n / 48000.0);
    for (size_t at = 0, n; at < 65536; at += n) {
      const double *p[1] = { in[0] + at };
      double *q[4];
      const size_t next = at < 30011 ? 30011 : at < 31500 ? 31500 : 65536;
      n = !cut ? 65536 : 1 + (size_t) (900.0 * fabs (noise (&seed)));
      if (at == 30011)
        mst_band_split_set (x, to, 960);
      if (at == 31500)
        mst_band_split_set (x, from, 960);
      n = n < next - at ? n : next - at;
      for (unsigned b = 0; b < 4; b++)
        q[b] = band[b] + at;
      mst_band_split_process (x, p, q, n);
    }
    for (unsigned b = 0; b < 4; b++) {
      same = same && (cut == 0 || memcmp (whole[b], band[b], 65536 * sizeof (double)) == 0);
      memcpy (whole[b], band[b], sizeof whole[b]);
    }
    mst_band_split_free (x);
  }
  tap_ok (same, "moving: the cut is invisible");
  for (size_t n = latency; n < 65536; n++)
    sum_off = fmax (sum_off, fabs (band[0][n] + band[1][n] + band[2][n] + band[3][n] - in[0][n - latency]));
  tap_ok (sum_off <= 1e-15, "moving: the sum stays the delay, within %.0f dB", 20.0 * log10 (sum_off + 1e-20));
  for (size_t n = 28000; n < 45000; n++) {
    double low = 0.0, total = 0.0;
    for (int k = -256; k <= 256; k++) {
      const double w = 0.42 + 0.5 * cos (M_PI * k / 257.0) + 0.08 * cos (2.0 * M_PI * k / 257.0);
      const double h = w * (k ? sin (2.0 * M_PI * k * 7000.0 / 48000.0) / (M_PI * k) : 2.0 * 7000.0 / 48000.0);
      low += h * band[0][n + (size_t) (k + 256) - 256];
      total += h;
    }
    worst = fmax (worst, fabs (band[0][n] - low / total));
  }
  tap_ok (20.0 * log10 (worst) < -100.0, "moving: above 8 kHz nothing but %.1f dBFS", 20.0 * log10 (worst));
}

static void
test_silence_and_versions (void)
{
  static const double hz[] = { 20.0, 120.0, 1000.0 };
  static double base[8][N];
  double off = 0.0;
  const int best = (int) mst_isa ();
  for (int isa = MST_ISA_BASE; isa <= best; isa++) {
    unsigned seed = 1;
    mst_isa_force ((MstIsa) isa);
    MstBandSplit *x = mst_band_split_new (48000.0, 2, 4, MST_BAND_SPLIT_LINEAR, NULL);
    mst_band_split_set (x, hz, 0);
    memset (in, 0, sizeof in);
    for (size_t n = 0; n < 65536; n++) {
      in[0][n] = noise (&seed);
      in[1][n] = n == 9 ? 1e30 : 0.0;
    }
    mst_band_split_process (x, in_of, band_of, 131072);
    int silent = 1, finite = 1;
    for (unsigned b = 0; b < 8; b++)
      for (size_t n = 0; n < 131072; n++) {
        silent = silent && (n < 65536 + 32768 || band[b][n] == 0.0);
        finite = finite && isfinite (band[b][n]);
        if (isa == MST_ISA_BASE)
          base[b][n] = band[b][n];
        else if (b % 2 == 0)
          off = fmax (off, fabs (base[b][n] - band[b][n]));
      }
    tap_ok (silent && finite, "version %d: silence is exact in the end, 1e30 stays finite", isa);
    mst_band_split_free (x);
  }
  tap_within (off, 1e-12, "the versions agree");
}

int
main (void)
{
  const unsigned long mode = mst_denormals_off ();
  for (unsigned b = 0; b < 16; b++)
    band_of[b] = band[b];
  test_shapes ();
  test_clamp ();
  test_motion ();
  test_silence_and_versions ();
  mst_denormals_restore (mode);
  return tap_done ();
}
