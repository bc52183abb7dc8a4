/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dither without GStreamer, judged by the moments, densities and spectra of Lipshitz, Wannamaker and Vanderkooy 1992 (rint
 * here), by autocorrelation, and by the generator's own definition written out again for one lane. */
#include "denormals.h"
#include "dither.h"
#include "fourier.h"
#include "isa.h"
#include "noise.h"
#include "tap.h"

#include <stdbool.h>
#include <string.h>

#define RATE 48000.0

static MstDither *
make (double rate_hz, unsigned n_channels, const MstDitherParams *p)
{
  const char *error = NULL;
  MstDither *d = mst_dither_new (rate_hz, n_channels, &error);
  if (!d) {
    printf ("Bail out! %s\n", error);
    exit (1);
  }
  mst_dither_set_params (d, p);
  return d;
}

static void
run (MstDither *d, double *x, size_t n)
{
  double *io[1] = { x };
  mst_dither_process (d, io, n);
}

#pragma GCC diagnostic ignored "-Woverride-init"
#define P(...) { .bits = 16, .noise = MST_DITHER_TRIANGULAR, .seed = 1, __VA_ARGS__ }

/* Mean and variance of the total error in steps, for constants, ramps and sines, to every depth. */
static void
test_moments (void)
{
  enum { N = 1 << 20 };
  static const struct { MstDitherNoise noise; double variance; const char *id; } kinds[] = {
    { MST_DITHER_TRIANGULAR, 0.25, "triangular" }, { MST_DITHER_HIGH_PASS_TRIANGULAR, 0.25, "high-pass" },
    { MST_DITHER_RECTANGULAR, 1.0 / 12.0, "rectangular" },
  };
  static const unsigned bits[] = { 8, 16, 20, 24 };
  static double x[N], in[N];
  for (size_t k = 0; k < 3; k++)
    for (size_t b = 0; b < 4; b++) {
      double worst_mean = 0, worst_variance = 0, low = 1, high = 0;
      for (int signal = 0; signal < 7; signal++) {
        const int at_depth = signal == (int) b || signal == 4 + (int) b % 3 || (k == 2 && signal % 3 == 0 && signal < 4);
        if (tap_short () && !at_depth)
          continue;
        const MstDitherParams p = P (.bits = bits[b], .noise = kinds[k].noise, .seed = 100 * k + (uint64_t) signal);
        const double q = ldexp (1.0, 1 - (int) bits[b]);
        MstDither *d = make (RATE, 1, &p);
        double sum = 0, square = 0;
        for (int i = 0; i < N; i++)
          in[i] = x[i] = signal < 4 ? (0.125 * signal + 3) * q : signal == 4 ? (i - N / 2) * 1e-4 * q :
              signal == 5 ? 0.3 * q * sin (2 * M_PI * 997.0 / RATE * i) : 0.7 * sin (2 * M_PI * 997.0 / RATE * i);
        run (d, x, N);
        for (int i = 0; i < N; i++) {
          const double e = (x[i] - in[i]) / q;
          sum += e;
          square += e * e;
        }
        const double mean = sum / N, variance = square / N - mean * mean;
        /* high-pass: neighbouring errors cancel, so 4 sigma of white noise is generous */
        worst_mean = fmax (worst_mean, fabs (mean) / (4 * sqrt (variance / N)));
        worst_variance = fmax (worst_variance, fabs (variance / kinds[k].variance - 1));
        low = fmin (low, variance);
        high = fmax (high, variance);
        mst_dither_free (d);
      }
      tap_ok (worst_mean <= 1.0, "%s, %u bits: mean error within %.2f of 4 sigma", kinds[k].id, bits[b], worst_mean);
      if (kinds[k].noise == MST_DITHER_RECTANGULAR)
        tap_ok (low > -1e-9 && low < 1e-9 && fabs (high / (0.375 * 0.625) - 1) < 0.005,
            "rectangular: error power follows the signal from %.4f on the grid to %.4f at 3/8 of a step", low, high);
      else
        tap_ok (worst_variance <= 0.005, "%s, %u bits: variance within %.3f %% of %g for every signal (limit 0.5)",
            kinds[k].id, bits[b], 100 * worst_variance, kinds[k].variance);
    }
}

/* Over a signal spread evenly between the steps rectangular dither makes 1/12 + 1/12 */
static void
test_rectangular_total (void)
{
  enum { N = 1 << 20 };
  static double x[N];
  const MstDitherParams p = P (.noise = MST_DITHER_RECTANGULAR);
  MstDither *d = make (RATE, 1, &p);
  double square = 0;
  for (int i = 0; i < N; i++)
    x[i] = fmod (i * 0.61803398874989485, 1.0) * 0x1p-15;
  run (d, x, N);
  for (int i = 0; i < N; i++) {
    const double e = x[i] * 32768 - fmod (i * 0.61803398874989485, 1.0);
    square += e * e;
  }
  tap_within (square / N * 6.0 - 1.0, 0.005, "rectangular: total error power 1/12 + 1/12, relative");
  mst_dither_free (d);
}

/* Averaged spectrum of the error of a DC and a quiet sine, in 32 bands, against the exact one. */
static void
test_spectrum (void)
{
  enum { N = 1024, ROUNDS = 4000, BANDS = 32 };
  static double x[N];
  double complex y[N];
  for (int kind = MST_DITHER_TRIANGULAR; kind <= MST_DITHER_HIGH_PASS_TRIANGULAR; kind++) {
    const MstDitherParams p = P (.noise = kind);
    MstDither *d = make (RATE, 1, &p);
    double band[BANDS] = { 0 }, worst = 0, peak = 0, power[N / 2] = { 0 };
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < N; i++)
        x[i] = y[i] = (0.3 + 0.4 * sin (2 * M_PI * 31 * i / N)) * 0x1p-15;
      run (d, x, N);
      for (int i = 0; i < N; i++)
        y[i] = (x[i] - y[i]) * 0x1p15;
      fourier (y, N);
      for (int i = 1; i < N / 2; i++)
        power[i] += creal (y[i] * conj (y[i])) / N / ROUNDS;
    }
    for (int i = 1; i < N / 2; i++) {
      const double tilt = 2 * sin (M_PI * i / N) * sin (M_PI * i / N);
      const double want = kind == MST_DITHER_TRIANGULAR ? 0.25 : 1.0 / 12 + tilt / 6;
      band[i * BANDS / (N / 2)] += power[i] / want / (N / 2 / BANDS);
      peak = fmax (peak, power[i] / want);
    }
    for (int i = 1; i < BANDS; i++)
      worst = fmax (worst, fabs (10 * log10 (band[i])));
    tap_ok (worst < 0.2 && 10 * log10 (peak) < 0.5, "%s: spectrum within %.3f dB of the exact one (limit 0.2), no spur (%.2f dB)",
        kind == MST_DITHER_TRIANGULAR ? "triangular, white" : "high-pass", worst, 10 * log10 (peak));
    mst_dither_free (d);
  }
}

/* Autocorrelation of the triangular error at all lags to 2^15, and correlation of two channels and two seeds. */
static void
test_independence (void)
{
  enum { N = 1 << 20, LAGS = 1 << 15 };
  static double x[2][N];
  static double complex y[N], z[N];
  double *io[2] = { x[0], x[1] }, worst = 0, cross = 0;
  const MstDitherParams p = P (.seed = 77);
  MstDither *d = make (RATE, 2, &p);

  for (int i = 0; i < N; i++)
    x[0][i] = x[1][i] = 0.37 * 0x1p-15;
  mst_dither_process (d, io, N);
  for (int i = 0; i < N; i++) {
    y[i] = i < N / 2 ? (x[0][i] * 0x1p15 - 0.37) : 0;
    z[i] = i < N / 2 ? (x[1][i] * 0x1p15 - 0.37) : 0;
  }
  fourier (y, N);
  fourier (z, N);
  for (int i = 0; i < N; i++) {
    const double complex a = y[i];
    y[i] = a * conj (a);
    z[i] = a * conj (z[i]);
  }
  fourier (y, N);
  fourier (z, N);
  for (int lag = 0; lag < LAGS; lag++) {
    if (lag > 0)
      worst = fmax (worst, cabs (y[lag]) / N / (N / 2) / 0.25 * sqrt (N / 2));
    cross = fmax (cross, fmax (cabs (z[lag]), cabs (z[(N - lag) % N])) / N / (N / 2) / 0.25 * sqrt (N / 2));
  }
  tap_ok (worst < 6, "autocorrelation at lags to %d: %.2f / sqrt N (limit 6)", LAGS, worst);
  tap_ok (cross < 6, "two channels: %.2f / sqrt N at any lag to %d either way", cross, LAGS);
  mst_dither_free (d);

  int differ = 0;
  MstNoise a, b;
  const uint32_t *u, *v;
  mst_noise_seed (&a, 1, 0);
  mst_noise_seed (&b, 2, 0);
  mst_noise_take (&a, 256, &u);
  mst_noise_take (&b, 256, &v);
  for (int i = 0; i < 256; i++)
    differ += __builtin_popcount (u[i] ^ v[i]);
  tap_ok (abs (differ - 4096) < 6 * 45, "seeds 1 and 2 differ in %d of 8192 bits", differ);
}

static uint32_t
rotate (uint32_t x, int k)
{
  return (x << k) | (x >> (32 - k));
}

/* One lane stepped by the paper's next (); every width; uniform bits. */
static void
test_generator (void)
{
  MstNoise noise, other;
  const uint32_t *w;
  uint32_t s[4];
  int right = 1, same = 1;
  double ones[32] = { 0 }, worst = 0;

  mst_noise_seed (&noise, 5, 3);
  mst_isa_force (MST_ISA_BASE);
  mst_noise_seed (&other, 5, 3);
  mst_isa_force (MST_ISA_AVX2);
  MstNoise start = noise;
  for (int i = 0; i < 4; i++)
    s[i] = noise.state[i][6];
  mst_noise_take (&noise, 256, &w);
  for (size_t k = 0; k < 4000; k++) {
    size_t n = mst_noise_take (&noise, 256, &w);
    for (size_t i = 0; i < n; i++) {
      if (i % 8 == 6 && k < 10) {
        const uint32_t result = rotate (s[0] + s[3], 7) + s[0], t = s[1] << 9;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = rotate (s[3], 11);
        right &= w[i] == result;
      }
      for (int b = 0; b < 32; b++)
        ones[b] += w[i] >> b & 1;
    }
  }
  for (int b = 0; b < 32; b++)
    worst = fmax (worst, fabs (ones[b] - 512000) / sqrt (256000));
  tap_ok (right, "each lane is xoshiro128++");
  tap_ok (worst < 5, "every bit is one half of the time: %.2f sigma", worst);
  mst_isa_force (MST_ISA_BASE);
  for (int k = 0; k < 20; k++) {
    const uint32_t *u;
    mst_noise_take (&other, 256, &u);
    mst_isa_force (MST_ISA_AVX2);
    mst_noise_take (&start, 256, &w);
    mst_isa_force (MST_ISA_BASE);
    same &= memcmp (u, w, 256 * sizeof *u) == 0;
  }
  mst_isa_force (MST_ISA_AVX2);
  tap_ok (same, "the same words with every instruction set");
}

/* Terhardt 1979, written again */
static double
threshold (double f)
{
  const double k = f < 20 ? 0.02 : f / 1000;
  return 3.64 / pow (k, 0.8) - 6.5 / exp (0.6 * (k - 3.3) * (k - 3.3)) + pow (k, 4) / 1000;
}

/* Averaged power spectrum of the error in steps, of a loud sine and a little DC; Hann windows. */
static void
error_spectrum (double rate, int shaping, unsigned bits, double *power, size_t n, int rounds)
{
  const MstDitherParams p = P (.bits = bits, .shaping = shaping, .seed = 9);
  const double q = ldexp (1.0, 1 - (int) bits);
  MstDither *d = make (rate, 2, &p);
  double *x[2] = { malloc (n * sizeof *x[0]), malloc (n * sizeof *x[0]) };
  double complex *y = malloc (n * sizeof *y);
  memset (power, 0, n / 2 * sizeof *power);
  for (int round = 0; round < rounds; round++) {
    for (size_t i = 0; i < n; i++)
      x[0][i] = x[1][i] = y[i] = 0.3 * q + 0.7 * sin (2 * M_PI * 0.0917 * (double) (i + n * (size_t) round));
    mst_dither_process (d, x, n);
    for (size_t i = 0; i < n; i++)
      y[i] = (x[1][i] - y[i]) / q * (1 - cos (2 * M_PI * (double) i / (double) n)) * sqrt (2.0 / 3.0);
    fourier (y, n);
    for (size_t i = 0; i < n / 2; i++)
      power[i] += creal (y[i] * conj (y[i])) / (double) n / rounds;
  }
  free (x[0]);
  free (x[1]);
  free (y);
  mst_dither_free (d);
}

static void
test_shaping (void)
{
  enum { N = 2048, ROUNDS = 300 };
  static const struct { double rate; double least[4], total[4]; } rows[] = {
    { 44100, { 0, 12, 15, 20 }, { 1, 6.3, 21.5, 170 } }, { 48000, { 0, 12, 15, 20 }, { 1, 5.7, 17.6, 120 } },
    { 96000, { 0, 12, 15, 20 }, { 1, 2.6, 4.8, 13.2 } }, { 192000, { 0, 12, 15, 20 }, { 1, 1.7, 2.4, 3.9 } },
    { 8000, { 0, 1, 1, 1 }, { 1, 2.9, 2.9, 3.5 } }, { 384000, { 0, 12, 15, 20 }, { 1, 1.4, 1.7, 2.4 } },
  };
  static double flat[N / 2], power[N / 2];
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    error_spectrum (rows[k].rate, 0, 16, flat, N, ROUNDS);
    for (int shaping = 1; shaping < 4; shaping++) {
      double heard = 0, heard_flat = 0, total = 0, log_mean = 0;
      error_spectrum (rows[k].rate, shaping, 16, power, N, ROUNDS);
      for (size_t i = 1; i < N / 2; i++) {
        const double f = (double) i / N * rows[k].rate;
        if (f < 20000) {
          heard += power[i] * pow (10, -threshold (f) / 10);
          heard_flat += flat[i] * pow (10, -threshold (f) / 10);
        }
        total += power[i] / (N / 2 - 1) / 0.25;
        log_mean += 10 * log10 (power[i] / 0.25) / (N / 2 - 1);
      }
      const double gain = 10 * log10 (heard_flat / heard);
      tap_ok (gain >= rows[k].least[shaping], "%g Hz, shaping %d: heard noise %.2f dB below flat dither (asked %g)", rows[k].rate,
          shaping, gain, rows[k].least[shaping]);
      tap_ok (total <= rows[k].total[shaping], "%g Hz, shaping %d: %.1f times the noise in all (limit %g)", rows[k].rate, shaping,
          total, rows[k].total[shaping]);
      tap_within (log_mean, 0.15, "mean log level 0 dB: minimum phase, Gerzon and Craven's least");
    }
  }
}

/* Through the strongest filter: level of sines, and nothing runs away. */
static void
test_shaping_signal (void)
{
  enum { N = 1 << 19 };
  static double x[N];
  static const double frequencies[] = { 0.0208, 0.1, 0.23, 0.45 };
  for (int shaping = 1; shaping < 4; shaping++) {
    double worst = 0;
    for (int k = 0; k < 4; k++) {
      const MstDitherParams p = P (.shaping = shaping, .bits = 16);
      const double cycles = floor (frequencies[k] * N);
      double complex sum = 0;
      MstDither *d = make (RATE, 1, &p);
      for (int i = 0; i < N; i++)
        x[i] = 0.5 * sin (2 * M_PI * fmod (cycles * i / N, 1.0));
      run (d, x, N);
      for (int i = 0; i < N; i++)
        sum += x[i] * cexp (-2 * I * M_PI * fmod (cycles * i / N, 1.0));
      worst = fmax (worst, fabs (20 * log10 (cabs (sum) * 2 / N / 0.5)));
      mst_dither_free (d);
    }
    tap_within (worst, 0.0001, "shaped: level of sines, dB");
  }
  for (int shaping = 1; shaping < 4; shaping++)
    for (int k = 0; k < 6; k++) {
      static const double rates[] = { 8000, 44100, 48000, 96000, 192000, 384000 };
      const MstDitherParams p = P (.shaping = shaping, .bits = k % 2 ? 16 : 8, .noise = k % 3 ? MST_DITHER_TRIANGULAR : MST_DITHER_NONE);
      const double q = ldexp (1.0, 1 - (int) p.bits);
      MstDither *d = make (rates[k], 1, &p);
      double largest = 0;
      for (int i = 0; i < N / 4; i++)   /* full scale and far beyond, then a constant between steps */
        x[i] = i < 2000 ? (i % 7 ? 1e30 : -1e30) : i < 20000 ? (rand () % 2 ? 1 : -1) : i == 20000 ? 1e300 : 0.37 * q;
      run (d, x, N / 4);
      for (int i = 20100; i < N / 4; i++)
        largest = fmax (largest, fabs (x[i] / q));
      tap_ok (largest < 60, "shaping %d, %g Hz: after 1e30 and full scale the error stays within %.0f steps", shaping, rates[k],
          largest);
      mst_dither_free (d);
    }
}

static void
test_grid (void)
{
  static const unsigned bits[] = { 2, 8, 16, 20, 24, 32 };
  enum { N = 20000 };
  static double x[N];
  for (size_t b = 0; b < 6; b++)
    for (int noise = 0; noise < 4; noise++) {
      const MstDitherParams p = P (.bits = bits[b], .noise = noise);
      const double scale = ldexp (1.0, (int) bits[b] - 1);
      MstDither *d = make (RATE, 1, &p);
      int right = 1;
      for (int i = 0; i < N; i++)
        x[i] = 1.3 * sin (0.123 * i + 1e-5 * i * i);
      x[5] = 1e30;
      x[6] = -1e30;
      run (d, x, N);
      for (int i = 0; i < N; i++) {
        const double k = x[i] * scale;
        right &= k == rint (k) && k >= -scale && k <= scale - 1;
      }
      tap_ok (right && x[5] == 1 - 1 / scale && x[6] == -1, "%u bits, noise %d: on the grid, clipped, never wrapped",
          bits[b], noise);
      mst_dither_free (d);
    }
}

static void
test_plain (void)
{
  enum { N = 100000 };
  static double x[N], in[N];
  const MstDitherParams p = P (.bits = 16, .bypass = true, .auto_blank = true, .auto_transparent = true);
  MstDither *d = make (RATE, 1, &p);
  int right = 1;
  for (int i = 0; i < N; i++)
    in[i] = x[i] = i % 10 == 0 ? (i / 20 + 0.5) * 0x1p-15 : 0.9 * sin (0.01 * i);
  run (d, x, N);
  for (int i = 0; i < N; i++)
    right &= x[i] == rint (in[i] * 32768) / 32768;
  tap_ok (right, "bypass is rounding, halves to even");
  mst_dither_free (d);
}

static void
test_cuts (void)
{
  enum { N = 150000 };
  static double in[2][N], whole[2][N], out[2][N];
  static const size_t cuts[] = { 1, 7, 64, 1920, 48000, 0, 0, 0 };
  for (int i = 0; i < N; i++) {
    in[0][i] = i % 40000 < 9000 ? 0.0 : i % 50000 < 100 ? 0.5 : 0.8 * sin (0.05 * i);
    in[1][i] = i < 10000 || (i > 30000 && i < 95000) ? rint (1e4 * sin (0.01 * i)) * 0x1p-15 : 1.2 * sin (0.03 * i);
  }
  for (int row = 1; row < 8; row++) {
    const int noise = row < 4 ? row : row % 2 ? MST_DITHER_TRIANGULAR : MST_DITHER_HIGH_PASS_TRIANGULAR;
    const int shaping = row < 4 ? 0 : row < 7 ? row - 3 : 3;
    const MstDitherParams p = P (.noise = noise, .shaping = shaping, .auto_blank = true, .auto_transparent = true);
    int same = 1;
    uint64_t clipped = 0;
    for (size_t k = 0; k <= sizeof cuts / sizeof cuts[0]; k++) {
      MstDither *d = make (RATE, 2, &p);
      memcpy (out, in, sizeof in);
      for (size_t i = 0; i < N;) {
        size_t n = k == 0 ? N : cuts[k - 1] ? cuts[k - 1] : 1 + (size_t) rand () % 700;
        double *io[2] = { out[0] + i, out[1] + i };
        if (n > N - i)
          n = N - i;
        mst_dither_process (d, io, n);
        i += n;
      }
      const uint64_t count = mst_dither_take_clipped (d);
      if (k == 0) {
        memcpy (whole, out, sizeof out);
        clipped = count;
      }
      same &= memcmp (whole, out, sizeof out) == 0 && count == clipped;
      mst_dither_free (d);
    }
    tap_ok (same && clipped > 0, "noise %d, shaping %d: the same bits and clip count in any cut (%d clipped)", noise, shaping,
        (int) clipped);
  }
}

/* Every width, odd lengths and places: the same bits. */
static void
test_instruction_sets (void)
{
  enum { N = 1000 };
  double a[N], b[N];
  int same = 1;
  for (int noise = 0; noise < 4; noise++)
    for (size_t cut = 1; cut < 40; cut++) {
      const MstDitherParams p = P (.noise = noise, .bits = cut % 2 ? 16 : 24, .shaping = (int) cut / 4 % 4);
      mst_isa_force (MST_ISA_BASE);
      MstDither *base = make (RATE, 1, &p);
      mst_isa_force (MST_ISA_AVX2);
      MstDither *best = make (RATE, 1, &p);
      for (int i = 0; i < N; i++)
        a[i] = b[i] = 1.1 * sin (0.1 * i + (double) cut);
      for (size_t i = 0; i < N; i += cut) {
        run (base, a + i, N - i < cut ? N - i : cut);
        run (best, b + i, N - i < cut ? N - i : cut);
      }
      same &= memcmp (a, b, sizeof a) == 0 && mst_dither_take_clipped (base) == mst_dither_take_clipped (best);
      mst_dither_free (base);
      mst_dither_free (best);
    }
  tap_ok (same, "the same bits and clip counts with every instruction set");
}

static void
test_seed_and_reset (void)
{
  enum { N = 5000 };
  double a[N], b[N], c[N];
  const MstDitherParams one = P (.seed = 1), two = P (.seed = 2);
  MstDither *d = make (RATE, 1, &one), *e = make (RATE, 1, &two);
  for (int i = 0; i < N; i++)
    a[i] = b[i] = c[i] = 1e-3 * sin (0.1 * i);
  run (d, a, N);
  mst_dither_reset (d);
  run (d, b, N);
  run (e, c, N);
  int differ = 0;
  for (int i = 0; i < N; i++)
    differ += a[i] != c[i];
  tap_ok (memcmp (a, b, sizeof a) == 0, "a reset starts the same noise");
  tap_ok (differ > N / 3, "another seed makes other noise");
  mst_dither_free (d);
  mst_dither_free (e);
}

/* Frames i in [from, to) that are not the input. */
static int
changed (const double *x, const double *in, int from, int to)
{
  int n = 0;
  for (int i = from; i < to; i++)
    n += x[i] != in[i];
  return n;
}

static void
test_gates (void)
{
  enum { N = 200000, BLANK = 2400, CLEAR = 48000 };
  static double x[N], in[N];
  MstDitherParams p = P (.auto_blank = true);
  MstDither *d = make (RATE, 1, &p);

  for (int i = 0; i < N; i++)
    in[i] = x[i] = i < 1000 || (i >= 5000 && i < 30000) ? 0.0 : 0.37e-3 + 1e-4 * sin (0.1 * i);
  run (d, x, N);
  tap_ok (changed (x, in, 0, 1000) == 0, "silence is silent from the start");
  tap_ok (changed (x, in, 5000, 5000 + BLANK) > BLANK / 5 && changed (x, in, 5000 + BLANK, 30000) == 0,
      "after 50 ms of zeros, to the frame");
  tap_ok (changed (x, in, 30000, 30100) == 100, "sound is dithered at once");
  mst_dither_free (d);

  p = (MstDitherParams) P (.auto_transparent = true);
  d = make (RATE, 1, &p);
  for (int i = 0; i < N; i++)
    in[i] = x[i] = i >= 50000 && i < 60001 ? 0.8 * sin (0.1 * i) : rint (20000 * sin (0.1 * i)) * 0x1p-15;
  in[20] = x[20] = -1.0;
  run (d, x, N);
  tap_ok (changed (x, in, 0, 50000) == 0, "what is on the grid passes to the bit");
  tap_ok (changed (x, in, 50000, 60001) == 10001, "dither from the first frame that is not");
  tap_ok (changed (x, in, 60001, 60001 + CLEAR) > CLEAR / 5 && changed (x, in, 60001 + CLEAR, N) == 0,
      "until 1 s was on the grid, to the frame");
  mst_dither_free (d);

  /* Until the gate opens: what there is without gates, frame for frame; noise of many seeds, since much of it rounds to nothing */
  int same = 1;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    const MstDitherParams gates = P (.auto_blank = true, .seed = seed), none = P (.seed = seed);
    MstDither *with = make (RATE, 1, &gates), *without = make (RATE, 1, &none);
    for (int i = 0; i < 5000; i++)
      x[i] = in[i] = i < 1000 ? 1e-3 : 0.0;
    run (with, x, 5000);
    run (without, in, 5000);
    same &= memcmp (x, in, (1000 + BLANK) * sizeof *x) == 0 && changed (x, in, 1000 + BLANK, 5000) > 100;
    mst_dither_free (with);
    mst_dither_free (without);
  }
  tap_ok (same, "the gate opens after exactly 50 ms");

  for (int transparent = 0; transparent < 2; transparent++) {
    p = (MstDitherParams) P (.auto_transparent = transparent);
    d = make (RATE, 1, &p);
    for (int i = 0; i < N; i++)
      x[i] = i >= 50000 && i < 60001 ? 0.8 * sin (0.1 * i) : i % 10 ? 0.25 : 0.0;
    run (d, x, N);
    const double want = transparent ? 0 : 0.9 * (50000 + N - 60001 - CLEAR);
    tap_ok (fabs ((double) mst_dither_twice (d) - want) < 10, "dithered twice: %d samples (%g)", (int) mst_dither_twice (d), want);
    mst_dither_free (d);
  }

  p = (MstDitherParams) P (.bits = 16);
  d = make (RATE, 1, &p);
  memset (x, 0, sizeof x);
  memset (in, 0, sizeof in);
  run (d, x, N);
  tap_ok (changed (x, in, 0, N) > N / 5, "gates off: silence is dithered");
  mst_dither_free (d);
}

static void
test_clip_count (void)
{
  enum { N = 1000 };
  double x[N];
  static const struct { double value; double share; } rows[] = {
    { 1.5, 1 }, { -1.5, 1 }, { 1 - 0x1p-15, 0.125 }, { -1.0, 0.125 }, { 1 - 0x1p-14, 0 }, { 0.5, 0 }
  };
  for (size_t k = 0; k < 6; k++) {
    const MstDitherParams p = P (.bits = 16), plain = P (.bits = 16, .bypass = true);
    MstDither *d = make (RATE, 1, &p);
    double total = 0;
    for (int round = 0; round < 40; round++) {
      for (int i = 0; i < N; i++)
        x[i] = rows[k].value;
      run (d, x, N);
    }
    total = (double) mst_dither_take_clipped (d) / (40 * N);
    tap_ok (fabs (total - rows[k].share) < 0.01, "%g: %.4f of the samples clip (density: %g)", rows[k].value, total, rows[k].share);
    mst_dither_reset (d);
    mst_dither_set_params (d, &plain);
    for (int i = 0; i < N; i++)
      x[i] = rows[k].value;
    run (d, x, N);
    tap_ok (mst_dither_take_clipped (d) == (fabs (rows[k].value) > 1 ? N : 0), "%g: plain", rows[k].value);
    mst_dither_free (d);
  }
}

/* Floats to 16 bits as they lie, any number at a time and in the same place, the rest by planes: the bits, clips and gates of planes alone. */
static void
test_packed (void)
{
  enum { N = 60000 };
  static float in[2 * N], at[2 * N];
  static double l[N], r[N];
  int same = 1, alike = 1;
  size_t n_packed = 0, n_plain = 0;
  for (int isa = 0; isa < 2; isa++)
    for (unsigned k = 0; k < 24; k++) {
      const MstDitherParams p = P (.bits = k % 3 == 0 ? 16 : k % 3 == 1 ? 11 : 2, .noise = (MstDitherNoise) (k % 4), .auto_blank = k & 4,
          .auto_transparent = k & 8, .seed = k + 1);
      uint32_t state = 99 + k;
      for (int i = 0; i < 2 * N; i++) {
        const int part = i / 2 / 4000;
        state = state * 1664525u + 1013904223u;
        in[i] = part == 3 || (part == 4 && i % 2) ? 0.0f : part == 6 && state % 3001 == 0 ? ldexpf ((float) (state >> 8), (int) (state % 80) - 60) :
            part == 9 ? ldexpf (rintf (sinf (0.01f * (float) i) * 500.0f), 1 - (int) p.bits - 3) : 0.3f * sinf (0.003f * (float) i) + 0.1f * (float) (int32_t) state * 0x1p-31f;
        if (p.bits == 2)
          in[i] *= 0.1f;
      }
      for (int i = 0; i < N; i++) {
        l[i] = in[2 * i];
        r[i] = in[2 * i + 1];
      }
      memcpy (at, in, sizeof at);
      mst_isa_force ((MstIsa) isa);
      MstDither *planes = make (RATE, 2, &p), *packed = make (RATE, 2, &p);
      mst_dither_process (planes, (double *[]) { l, r }, N);
      int16_t *out = (int16_t *) at;
      for (size_t i = 0; i < N;) {
        state = state * 1664525u + 1013904223u;
        size_t n = k < 12 ? 1 + (state >> 16) % 700 : 512;
        n = n < N - i ? n : N - i;
        float left[700], right[700];
        double a[700], b[700];
        size_t done = mst_dither_process_packed (packed, at + 2 * i, out + 2 * i, n);
        n_packed += i / 4000 < 3 ? done : 0;
        n_plain += i / 4000 < 3 ? n - done : 0;
        for (size_t j = done; j < n; j++) {
          memcpy (&left[j], &at[2 * (i + j)], sizeof (float));
          memcpy (&right[j], &at[2 * (i + j) + 1], sizeof (float));
          a[j] = left[j];
          b[j] = right[j];
        }
        mst_dither_process (packed, (double *[]) { a + done, b + done }, n - done);
        for (size_t j = done; j < n; j++) {
          out[2 * (i + j)] = (int16_t) (a[j] * 32768.0);
          out[2 * (i + j) + 1] = (int16_t) (b[j] * 32768.0);
        }
        i += n;
      }
      for (size_t i = 0; i < N; i++)
        same &= out[2 * i] == l[i] * 32768.0 && out[2 * i + 1] == r[i] * 32768.0;
      alike &= mst_dither_take_clipped (planes) == mst_dither_take_clipped (packed) && mst_dither_twice (planes) == mst_dither_twice (packed);
      mst_dither_free (planes);
      mst_dither_free (packed);
    }
  tap_ok (same, "interleaved floats: the bits of planes");
  tap_ok (alike, "interleaved floats: clips and twice dithered counted as with planes");
  tap_ok (n_packed > 9 * n_plain, "interleaved floats: %zu of %zu frames of music go that way", n_packed, n_packed + n_plain);

  const MstDitherParams p = P (.bits = 16), wide = P (.bits = 17), shaped = P (.bits = 16, .shaping = MST_DITHER_LIGHT), off = P (.bits = 16, .bypass = true);
  static const float odd[] = { NAN, -NAN, INFINITY, -INFINITY, 3e38f, 1.5f, -1.5f };
  int stops = 1;
  for (size_t k = 0; k < sizeof odd / sizeof odd[0]; k++)
    for (int place = 0; place < 2 * 301; place++) {
      MstDither *d = make (RATE, 2, &p);
      float x[2 * 301];
      double first[2][256] = { { 0.3 }, { 0.3 } };
      first[0][255] = first[1][255] = 0.3;      /* no zero and on no grid: the gates shut */
      mst_dither_process (d, (double *[]) { first[0], first[1] }, 256);
      for (int i = 0; i < 2 * 301; i++)
        x[i] = i == place ? odd[k] : 0.3f;
      stops &= mst_dither_process_packed (d, x, x, 301) == (place < 2 * 256 ? 0 : 256);
      mst_dither_free (d);
    }
  tap_ok (stops, "interleaved floats: end before the group of what clips or is not finite");
  const MstDitherParams *const other[] = { &wide, &shaped, &off };
  int refuses = 1;
  for (size_t k = 0; k < 4; k++) {
    MstDither *d = make (RATE, k < 3 ? 2 : 3, k < 3 ? other[k] : &p);
    double first[3] = { 0.3, 0.3, 0.3 };
    mst_dither_process (d, (double *[]) { &first[0], &first[1], &first[2] }, 1);
    float x[6] = { 0.3f, 0.2f, 0.1f, 0.3f, 0.2f, 0.1f };
    refuses &= mst_dither_process_packed (d, x, x, 2) == 0;
    mst_dither_free (d);
  }
  /* a group that goes that way ends a run that all but opened a gate */
  static const struct { double rate_hz; float value; size_t n_before; } runs[] = { { 48000.0, 0.0f, 8 }, { 8000.0, 0.25f, 30 } };
  const MstDitherParams gated = P (.auto_blank = true, .auto_transparent = true);
  int shut = 1;
  for (int k = 0; k < 2; k++) {
    MstDither *d = make (runs[k].rate_hz, 2, &gated);
    for (size_t group = 0; group < runs[k].n_before + 6; group++) {
      const bool is_other = group == 0 || group == runs[k].n_before + 1;
      float x[2 * 256];
      int16_t y[2 * 256];
      double planes[2][256];
      for (int i = 0; i < 2 * 256; i++)
        planes[i % 2][i / 2] = x[i] = is_other ? 0.3f : runs[k].value;
      const size_t done = mst_dither_process_packed (d, x, y, 256);
      shut &= done == (group == runs[k].n_before + 1 ? 256 : 0);
      if (done == 0)
        mst_dither_process (d, (double *[]) { planes[0], planes[1] }, 256);
      int dithered = 0;
      for (int i = 0; i < 256; i++)
        dithered += planes[0][i] != (double) runs[k].value;
      shut &= dithered > 0;
    }
    mst_dither_free (d);
  }
  tap_ok (shut, "interleaved floats: a run is over");
  tap_ok (refuses, "interleaved floats: 17 bits, shaping, bypass and three channels go by planes");
}

static void
test_errors (void)
{
  const MstDitherParams low = P (.bits = 1), high = P (.bits = 33), good = MST_DITHER_DEFAULTS;
  const char *error = NULL;
  tap_ok (mst_dither_params_error (&low) && mst_dither_params_error (&high) && !mst_dither_params_error (&good),
      "bits outside 2 to 32 are refused");
  MstDither *none = mst_dither_new (0.0, 2, &error);
  tap_ok (!none && error, "no rate: %s", error);
  mst_dither_free (NULL);
}

int
main (void)
{
  const unsigned long mode = mst_denormals_off ();
  test_generator ();
  test_moments ();
  test_rectangular_total ();
  test_spectrum ();
  test_independence ();
  test_shaping ();
  test_shaping_signal ();
  test_grid ();
  test_plain ();
  test_cuts ();
  test_instruction_sets ();
  test_seed_and_reset ();
  test_gates ();
  test_clip_count ();
  test_packed ();
  test_errors ();
  mst_denormals_restore (mode);
  return tap_done ();
}
