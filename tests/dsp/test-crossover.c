/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The crossover judged by the Fourier transform of its impulse response and the analog Linkwitz-Riley formula. */
#include <complex.h>
#include <string.h>

#include "crossover.h"
#include "denormals.h"
#include "isa.h"
#include "tap.h"

#define N 65536

static double in[2][N], band[16][N], *band_of[16];
static const double *in_of[2] = { in[0], in[1] };

static const struct { const char *id; double rate_hz; unsigned n_bands; double hz[7]; MstCrossoverType type; } rows[] = {
  { "two", 48000.0, 2, { 1000.0 }, MST_CROSSOVER_LR4 },
  { "three", 44100.0, 3, { 150.0, 2500.0 }, MST_CROSSOVER_LR4 },
  { "default four", 48000.0, 4, { 120.0, 1000.0, 6000.0 }, MST_CROSSOVER_LR4 },
  { "four at 192 kHz", 192000.0, 4, { 120.0, 1000.0, 18000.0 }, MST_CROSSOVER_LR4 },
  { "five, close", 44100.0, 5, { 1000.0, 1260.0, 1590.0, 2000.0 }, MST_CROSSOVER_LR4 },
  { "six, equal", 48000.0, 6, { 500.0, 500.0, 500.0, 2000.0, 2000.0 }, MST_CROSSOVER_LR4 },
  { "seven", 96000.0, 7, { 200.0, 400.0, 800.0, 1600.0, 6400.0, 12800.0 }, MST_CROSSOVER_LR4 },
  { "eight", 48000.0, 8, { 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, 12800.0 }, MST_CROSSOVER_LR4 },
  { "LR8, two", 48000.0, 2, { 1000.0 }, MST_CROSSOVER_LR8 },
  { "LR8, three", 192000.0, 3, { 30.0, 3000.0 }, MST_CROSSOVER_LR8 },
  { "LR8, four", 44100.0, 4, { 120.0, 1000.0, 6000.0 }, MST_CROSSOVER_LR8 },
  { "LR8, seven", 96000.0, 7, { 200.0, 400.0, 800.0, 1600.0, 6400.0, 12800.0 }, MST_CROSSOVER_LR8 },
  { "LR8, eight", 48000.0, 8, { 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, 12800.0 }, MST_CROSSOVER_LR8 },
  { "at the top", 32000.0, 3, { 14000.0, 14400.0 }, MST_CROSSOVER_LR4 },
};

static double
noise (unsigned *seed)
{
  *seed = *seed * 1664525u + 1013904223u;
  return (int) *seed / 2147483648.0;
}

static double complex
response (const double *x, double hz, double rate_hz)
{
  const double complex turn = cexp (-2.0 * M_PI * I * hz / rate_hz);
  double complex sum = 0.0;
  for (size_t n = N; n-- > 0;)
    sum = sum * turn + x[n];
  return sum;
}

/* Low-pass of Linkwitz and Riley 1976 at frequency ratio @r: 1 / (1 + r^4), of eighth order 1 / (1 + r^8) */
static double
low_pass (double r, MstCrossoverType type)
{
  return 1.0 / (1.0 + pow (r, type == MST_CROSSOVER_LR8 ? 8.0 : 4.0));
}

/* A band is the product of the splits on its way: at every crossover the tree asks, lowest of the middle first */
static double
expected (const double *hz, unsigned b, unsigned first, unsigned last, double f, double rate_hz, MstCrossoverType type)
{
  double h = 1.0;
  while (first < last) {
    const unsigned at = (first + last - 1) / 2;
    const double low = low_pass (tan (M_PI * f / rate_hz) / tan (M_PI * hz[at] / rate_hz), type);
    h *= b <= at ? low : 1.0 - low;
    if (b <= at)
      last = at;
    else
      first = at + 1;
  }
  return h;
}

static void
impulse (void)
{
  memset (in, 0, sizeof in);
  in[0][0] = in[1][0] = 1.0;
}

static void
test_shapes (void)
{
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    double sum_off = 0.0, slope_off = 0.0;
    MstCrossover *x = mst_crossover_new (rows[i].rate_hz, 1, rows[i].n_bands, rows[i].type, NULL);
    mst_crossover_set (x, rows[i].hz, 0);
    impulse ();
    mst_crossover_process (x, in_of, band_of, N);
    for (double f = 25.0; f < 0.49 * rows[i].rate_hz; f *= 1.37) {
      double complex sum = 0.0;
      for (unsigned b = 0; b < rows[i].n_bands; b++) {
        const double complex h = response (band[b], f, rows[i].rate_hz);
        const double want = expected (rows[i].hz, b, 0, rows[i].n_bands - 1, f, rows[i].rate_hz, rows[i].type);
        sum += h;
        if (want > 1e-3)
          slope_off = fmax (slope_off, fabs (20.0 * log10 (cabs (h) / want)));
      }
      sum_off = fmax (sum_off, fabs (20.0 * log10 (cabs (sum))));
    }
    tap_ok (sum_off <= 1e-9, "%s: sum of the bands is flat within %.2g dB", rows[i].id, sum_off);
    tap_ok (slope_off <= 1e-6, "%s: slopes within %.2g dB of Linkwitz-Riley down to -60 dB", rows[i].id, slope_off);
    mst_crossover_free (x);
  }
}

static void
test_clamp (void)
{
  const double asked[] = { 2000.0, 300.0, 90000.0 }, meant[] = { 2000.0, 2000.0, 21600.0 };
  static double other[4][N];
  MstCrossover *x = mst_crossover_new (48000.0, 1, 4, MST_CROSSOVER_LR4, NULL);
  impulse ();
  mst_crossover_set (x, meant, 0);
  mst_crossover_process (x, in_of, band_of, N);
  memcpy (other, band, sizeof other);
  mst_crossover_reset (x);
  mst_crossover_set (x, asked, 0);
  mst_crossover_process (x, in_of, band_of, N);
  tap_ok (memcmp (other, band, sizeof other) == 0, "out of order is raised, above 0.45 of the rate lowered");
  mst_crossover_free (x);
}

/* Frequencies move while a tone sounds; any cut gives the same bits; nothing above 8 kHz but at -80 dB; the sum stays within 0.1 dB */
static void
test_motion (MstCrossoverType type)
{
  static const double from[] = { 150.0, 1000.0, 6000.0 }, to[] = { 450.0, 500.0, 9000.0 };
  static const double back[] = { 150.0, 500.0, 9000.0 };
  static double whole[4][N], high[N];
  double worst = 0.0, off = 0.0;
  for (int cut = 0; cut < 2; cut++) {
    unsigned seed = 5;
    MstCrossover *x = mst_crossover_new (48000.0, 1, 4, type, NULL);
    mst_crossover_set (x, from, 0);
    for (size_t n = 0; n < N; n++)
      in[0][n] = 0.5 * sin (2.0 * M_PI * 200.0 * (double) n / 48000.0);
    for (size_t at = 0, n; at < N; at += n) {
      const double *p[1] = { in[0] + at };
      double *q[4];
      n = !cut ? N : 1 + (size_t) (200.0 * fabs (noise (&seed)));
      const size_t next = at < 20011 ? 20011 : at < 20500 ? 20500 : N;
      if (at == 20011)
        mst_crossover_set (x, to, 960);
      if (at == 20500)
        mst_crossover_set (x, back, 960);
      n = n < next - at ? n : next - at;
      for (unsigned b = 0; b < 4; b++)
        q[b] = band[b] + at;
      mst_crossover_process (x, p, q, n);
    }
    if (!cut)
      memcpy (whole, band, sizeof whole);
    mst_crossover_free (x);
  }
  tap_ok (memcmp (whole, band, sizeof whole) == 0, "moving: the cut is invisible");

  /* A sharp high-pass of our own on the lowest band: what is above 8 kHz was not in the tone */
  double fir[513];
  double total = 0.0;
  for (int k = -256; k <= 256; k++) {
    const double w = 0.42 + 0.5 * cos (M_PI * k / 257.0) + 0.08 * cos (2.0 * M_PI * k / 257.0);
    fir[k + 256] = w * (k ? sin (2.0 * M_PI * k * 7000.0 / 48000.0) / (M_PI * k) : 2.0 * 7000.0 / 48000.0);
    total += fir[k + 256];
  }
  for (size_t n = 19000; n < 25000; n++) {
    double low = 0.0;
    for (int k = 0; k < 513; k++)
      low += fir[k] / total * band[0][n - (size_t) k + 256];
    high[n] = band[0][n] - low;
    worst = fmax (worst, fabs (high[n]));
    const double sum = band[0][n] + band[1][n] + band[2][n] + band[3][n];
    const double quarter = band[0][n - 60] + band[1][n - 60] + band[2][n - 60] + band[3][n - 60];
    if (n < 20000 || n > 23900)
      off = fmax (off, fabs (hypot (sum, quarter) - 0.5));
  }
  tap_ok (20.0 * log10 (worst) < -80.0, "moving: above 8 kHz nothing but %.1f dBFS", 20.0 * log10 (worst));
  tap_within (off, 1e-6, "the sum's amplitude before and after");
}

static void
test_silence_and_versions (void)
{
  static const double hz[] = { 20.0, 120.0, 1000.0 };
  static double base[16][N];
  double off = 0.0;
  const int best = (int) mst_isa ();
  for (int isa = MST_ISA_BASE; isa <= best; isa++) {
    unsigned seed = 1;
    mst_isa_force ((MstIsa) isa);
    MstCrossover *x = mst_crossover_new (48000.0, 2, 4, MST_CROSSOVER_LR8, NULL);
    mst_crossover_set (x, hz, 0);
    for (size_t n = 0; n < N; n++) {
      in[0][n] = noise (&seed);
      in[1][n] = n % 3 ? noise (&seed) : 1.0;
    }
    mst_crossover_process (x, in_of, band_of, N);
    if (isa == MST_ISA_BASE)
      memcpy (base, band, sizeof base);
    for (unsigned b = 0; b < 8; b++)
      for (size_t n = 0; n < N; n++)
        off = fmax (off, fabs (base[b][n] - band[b][n]));
    memset (in, 0, sizeof in);
    for (int k = 0; k < 12; k++)
      mst_crossover_process (x, in_of, band_of, N);
    int silent = 1;
    for (unsigned b = 0; b < 8; b++)
      silent = silent && band[b][N - 1] == 0.0;
    tap_ok (silent, "version %d: silence is exact in the end", isa);
    mst_crossover_free (x);
  }
  tap_within (off, 1e-9, "the versions agree");
}

int
main (void)
{
  const unsigned long mode = mst_denormals_off ();
  const char *error = NULL;
  for (unsigned b = 0; b < 16; b++)
    band_of[b] = band[b];
  test_shapes ();
  test_clamp ();
  test_motion (MST_CROSSOVER_LR4);
  test_motion (MST_CROSSOVER_LR8);
  test_silence_and_versions ();
  tap_ok (mst_crossover_new (48000.0, 2, 9, MST_CROSSOVER_LR4, &error) == NULL && error != NULL, "nine bands are refused with a reason");
  mst_denormals_restore (mode);
  return tap_done ();
}
