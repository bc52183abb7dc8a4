/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limiter's parts, each against its definition: brute force, analytic sines, both kernel versions. */
#include "boxcascade.h"
#include "gainpath.h"
#include "interpolation.h"
#include "isa.h"
#include "limiterhold.h"
#include "limiterrelease.h"
#include "nyquistguard.h"
#include "peakverify.h"
#include "slidingmin.h"
#include "truepeak.h"
#include "tap.h"

#include <string.h>

static double
uniform (void)
{
  return (double) rand () / RAND_MAX;
}

static double
lowest (const double *x, size_t i, size_t window)
{
  double least = 1.0;
  for (size_t j = 0; j < window && j <= i; j++)
    least = fmin (least, x[i - j]);
  return least;
}

static void
test_slidingmin (void)
{
  enum { N = 4000, BRIEF = 7 };
  static double x[N];
  size_t wrong = 0, wrong_brief = 0;
  MstSlidingMin *m = mst_slidingmin_new (100, BRIEF);
  for (size_t i = 0; i < N; i++)
    x[i] = i % 5 ? uniform () : 1.0;
  for (size_t i = 0; i < N; i++) {
    const size_t window = i < 1000 ? 100 : i < 2000 ? 17 : i < 3000 ? BRIEF : 61;
    double brief;
    if (window < 61 || i > 3061)        /* a window that grew does not bring back what has left */
      wrong += mst_slidingmin_push (m, x[i], window, &brief) != lowest (x, i, window);
    else
      mst_slidingmin_push (m, x[i], window, &brief);
    wrong_brief += brief != lowest (x, i, BRIEF);
  }
  tap_ok (wrong == 0, "sliding minimum, windows 100, 17, 7, 61: %zu of %d differ from brute force", wrong, N);
  tap_ok (wrong_brief == 0, "sliding minimum of the last 7: %zu of %d differ", wrong_brief, N);
  mst_slidingmin_free (m);
}

/* By definition, @i: what is held down. */
static double
held_by_definition (const double *x, size_t i, size_t window)
{
  double m[4], d = 0.0;
  for (size_t k = 0; k < 4; k++)
    m[k] = i >= k * window ? lowest (x, i - k * window, window) : 1.0;
  for (int k = 0; k < 2; k++)
    d = fmax (d, 20.0 / log (10.0) * fabs (m[k] - 2.0 * m[k + 1] + m[k + 2]) / m[0]);
  const double u = fmin (1.0, fmax (0.0, (d - 0.25) / 0.25));
  return 1.0 - (1.0 - m[0]) * (1.0 - u * u * (3.0 - 2.0 * u));
}

static void
test_limiterhold (void)
{
  enum { N = 6000, BRIEF = 11, WINDOW = 50, MOST = 60 };
  static double x[N];
  double held, worst = 0.0;
  size_t wrong = 0, between = 0, down = 0;
  MstLimiterHold *h = mst_limiterhold_new (MOST, BRIEF);

  for (size_t i = 0; i < N; i++)        /* peaks that become less and less alike; then pauses of which one is forgotten */
    x[i] = i % 37 == 5 && (i < 4000 || i % 500 < 300) ? 0.5 + 0.3 * uniform () * (double) i / N : 1.0;
  for (size_t i = 0, ones = MOST; i < N; i++) {
    const double b = mst_limiterhold_push (h, x[i], WINDOW, &held), wanted = held_by_definition (x, i, WINDOW);
    ones = x[i] < 1.0 ? 0 : ones + 1;
    wrong += b != lowest (x, i, BRIEF);
    if (i < 4000)
      worst = fmax (worst, fabs (held - wanted));
    between += held < 1.0 && held > lowest (x, i, WINDOW) && i < 4000;
    down += held < 1.0 && held == lowest (x, i, WINDOW) && i < 4000;
    if (ones > MOST && !mst_limiterhold_is_resting (h))
      wrong++;
  }
  tap_ok (wrong == 0, "hold: the lowest of the look-ahead, rest after a pause: %zu of %d differ", wrong, N);
  tap_ok (worst < 1e-12 && between > 100 && down > 300, "hold: %.1e off its definition; in part %zu times, wholly %zu", worst, between, down);
  /* One peak after a pause, however it was before, is not held */
  for (int i = 0; i < 2 * MOST; i++)
    mst_limiterhold_push (h, 1.0, WINDOW, &held);
  double least = 1.0;
  for (int i = 0; i < WINDOW; i++) {
    mst_limiterhold_push (h, i ? 1.0 : 0.25, WINDOW, &held);
    least = fmin (least, held);
  }
  tap_ok (least == 1.0, "hold: one peak holds nothing");
  mst_limiterhold_free (h);
}

static void
test_boxcascade (void)
{
  static const size_t spans[] = { 1, 2, 25, 241, 3841, 7681 };
  for (int s = 0; s < 6; s++) {
    const size_t span = spans[s], n = 4 * span / 4 * 4 + 400, third = (span + 2) / 3;
    const size_t length[3] = { third, (span + 2 - third) / 2, span + 2 - third - (span + 2 - third) / 2 };
    double *x = malloc (n * sizeof *x), *y = malloc (n * sizeof *y), *a = malloc (n * sizeof *a), worst = 0.0;
    MstBoxCascade *b = mst_boxcascade_new (span);
    for (size_t i = 0; i < n / 4; i++) {
      x[i] = i < n / 8 ? uniform () : 1.0;
      mst_boxcascade_process (b, &x[i], 1, 4, y + 4 * i);
    }
    for (size_t i = 0; i < n; i++)
      a[i] = x[i / 4];
    for (int box = 0; box < 3; box++) { /* backwards, so in place */
      for (size_t i = n; i-- > 0;) {
        long double sum = 0.0;
        for (size_t j = 0; j < length[box]; j++)
          sum += i >= j ? a[i - j] : 1.0;
        a[i] = (double) (sum / (long double) length[box]);
      }
    }
    for (size_t i = 0; i < n; i++)
      worst = fmax (worst, fabs (a[i] - y[i]));
    tap_ok (worst < 1e-7 && (span > 1000 || worst < 1e-10), "boxes of span %zu: %.1e off three means in a row", span, worst);
    tap_ok (y[n - 1] == 1.0, "1 exactly, %zu frames after the last input below it", n - n / 8 * 4);
    mst_boxcascade_reset (b);
    mst_boxcascade_process (b, &(double) { 0.25 }, 1, 4, a);
    mst_boxcascade_reset (b);
    mst_boxcascade_process (b, &(double) { 0.25 }, 1, 4, y);
    tap_ok (!memcmp (a, y, 4 * sizeof *a), "reset is as new");
    mst_boxcascade_free (b);
    free (x), free (y), free (a);
  }
}

static void
test_gainpath (void)
{
  enum { SPAN = 49, CELLS = 2000 };
  static double cells[CELLS], wanted[CELLS], gain[4 * CELLS];
  MstLimiterRelease release;
  MstGainPath *path = mst_gainpath_new (SPAN, 4, 100);
  size_t above = 0;
  mst_limiterrelease_set (&release, 48000, 4, 10, 0.5);
  for (int i = 0; i < CELLS; i++)
    cells[i] = wanted[i] = i % 37 == 3 ? 0.1 + 0.9 * uniform () : 1.0;
  for (int i = 0; i < CELLS; i++)
    cells[i] = mst_gainpath_push (path, &release, MST_GAINPATH_CELLS (SPAN, 4), cells[i]);
  mst_gainpath_smooth (path, cells, CELLS, gain);
  for (int i = SPAN; i < 4 * CELLS; i++)
    above += gain[i] > wanted[(i - SPAN) / 4] + 1e-12 || gain[i] > wanted[(i - SPAN + 1) / 4] + 1e-12;
  tap_ok (above == 0, "the gain is above what either neighbour allows at %zu frames", above);
  mst_gainpath_free (path);
}

static void
test_release (void)
{
  /* Back within 1 dB after 12 dB for 20 ms and for 2 s, the study's figures with room: 34 and 389 ms */
  static const struct { double hold_ms, back_ms; } rows[] = { { 20, 50 }, { 200, 110 }, { 2000, 480 } };
  for (int i = 0; i < 3; i++) {
    MstLimiterRelease r;
    MstLimiterReleaseState s = { 1.0, 1.0, 1.0 };
    double ms = 0.0, g = 1.0, e;
    mst_limiterrelease_set (&r, 48000, 48, 10, 0.5);
    for (double t = 0; t < rows[i].hold_ms; t += 1.0)
      g = mst_limiterrelease_step (&r, &s, 0.25, 1.0, &e);
    tap_ok (g == 0.25, "down at once");
    while (mst_limiterrelease_step (&r, &s, 1.0, 1.0, &e) < 0.891 && ms < 5000)
      ms += 1.0;
    tap_ok (ms <= rows[i].back_ms, "back within 1 dB %.0f ms after 12 dB for %.0f ms (limit %.0f)", ms, rows[i].hold_ms, rows[i].back_ms);
    for (int k = 0; k < 10000; k++)
      g = mst_limiterrelease_step (&r, &s, 1.0, 1.0, &e);
    tap_ok (g == 1.0 && mst_limiterrelease_is_resting (&s), "and at rest exactly");
  }
}

/* Worst error over sines up to @edge of Nyquist and phases, dB, of P against the amplitude; lowest and highest. */
static void
test_truepeak (void)
{
  static const struct { unsigned taps; double edge, to, limit_db; } rows[] = {
    { 48, 0.90, 0.90, 0.012 }, { 48, 0.90, 0.30, 0.0005 }, { 32, 0.85, 0.85, 0.012 }, { 24, 0.85, 0.80, 0.1 }
  };
  enum { N = 512, B = 32 };
  static float x[N + 2 * B], p[N];
  for (int isa = 0; isa < 2; isa++)
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
      double low = 0.0, high = 0.0, bound = 0.0;
      mst_isa_force (isa ? MST_ISA_AVX2 : MST_ISA_BASE);
      MstTruePeak *t = mst_truepeak_new (rows[r].taps, rows[r].edge);
      for (double f = 0.003; f <= rows[r].to; f *= 1.013)
        for (int phase = 0; phase < 4; phase++) {
          float top = 0.0f;
          for (int i = 0; i < N + 2 * B; i++) {
            x[i] = (float) (0.7 * sin (M_PI * f * (i - B) + 0.77 * phase));
            top = fmaxf (top, fabsf (x[i]));
          }
          const double read = mst_truepeak_detect (t, x + B, N / 8, 0.0f, p, NULL);
          double of_p = 0.0;
          for (int i = 0; i < N; i++)
            of_p = fmax (of_p, p[i]);
          low = fmin (low, 20 * log10 (fmin (read, of_p) / 0.7));
          high = fmax (high, 20 * log10 (read / 0.7));
          bound = fmax (bound, read / (top * mst_truepeak_bound (t)));
        }
      tap_ok (low >= -rows[r].limit_db && high <= rows[r].limit_db && bound <= 1.0,
          "%u taps, sines to %.2f of Nyquist, %s: true peak off by %+.4f … %+.4f dB (limit %g)", rows[r].taps, rows[r].to,
          isa ? "AVX2" : "base", low, high, rows[r].limit_db);
      /* Gated: what lies above the gate reads the same, what does not stays below it */
      static float q[N];
      int same = 1;
      for (int i = 0; i < N + 2 * B; i++)
        x[i] = (float) (sin (0.9 * i) * sin (0.01 * i));
      mst_truepeak_detect (t, x + B, N / 8, 0.0f, p, NULL);
      const float most = mst_truepeak_detect (t, x + B, N / 8, 0.8f, q, NULL);
      for (int i = 0; i < N; i++)
        same &= p[i] >= 0.8f ? q[i] == p[i] : q[i] < 0.8f;
      same &= mst_truepeak_detect (t, x + B, N / 16, 0.8f, NULL, NULL) <= most;
      float pieces[N];
      for (int i = 0; i < N; i += 8)
        mst_truepeak_detect (t, x + B + i, 1, 0.0f, pieces + i, NULL);
      tap_ok (same && !memcmp (pieces, p, sizeof p), "gated, and one group at a time: the same bits");
      mst_truepeak_free (t);
    }
  mst_isa_force (MST_ISA_AVX2);
  tap_ok (!mst_truepeak_new (15, 0.9) && !mst_truepeak_new (104, 0.9) && !mst_truepeak_new (48, 1.0), "nonsense is refused");
}

static void
test_peakverify (void)
{
  enum { N = 256, B = 48 };
  static double x[N + 2 * B];
  for (int how = 0; how < 8; how++) {
    const int isa = how & 1, both = how >> 1 & 1;
    const double rate = how >> 2 ? 48000 : 44100;
    double low = 0.0, high = 0.0;
    mst_isa_force (isa ? MST_ISA_AVX2 : MST_ISA_BASE);
    MstPeakVerify *v = mst_peakverify_new (rate);
    for (double f = 0.02; f <= 0.93; f += 0.007)
      for (int phase = 0; phase < 4; phase++) {
        double read = 0.0;
        for (int i = 0; i < N + 2 * B; i++)
          x[i] = 0.7 * sin (M_PI * f * (i - B) + 0.77 * phase);
        for (int i = 0; i < N; i += 8) {
          float p;
          mst_peakverify_read (v, x + B + i, 1, &(unsigned char) { both ? MST_PEAKVERIFY_BOTH : MST_PEAKVERIFY_SHARP }, &p);
          read = fmax (read, p);
        }
        low = fmin (low, 20 * log10 (read / 0.7));
        high = fmax (high, 20 * log10 (read / 0.7));
      }
    tap_ok (low >= -0.001 && high <= (both ? 0.08 : 0.02), "second reading, %s, sines to 0.93 of Nyquist, %g Hz, %s: %+.4f … %+.4f dB", both ? "both" : "sharp", rate,
        isa ? "AVX2" : "base", low, high);
    mst_peakverify_free (v);
  }
  /* What lies above 20 kHz, beside a loud tone below it */
  static const struct { double rate, loud, high, level; int has; } tops[] = {
    { 48000, 0.83, 0.9, 0.0001, 0 }, { 48000, 0.02, 0.9, 0.0001, 0 }, { 48000, 0.02, 0.9, 0.003, 1 }, { 48000, 0.5, 0.86, 0.05, 1 },
    { 44100, 0.5, 0.95, 0.5, 0 }, { 96000, 0.5, 0.95, 0.5, 0 }
  };
  for (size_t r = 0; r < sizeof tops / sizeof *tops; r++) {
    MstPeakVerify *v = mst_peakverify_new (tops[r].rate);
    int times = 0;
    for (int i = 0; i < N + 2 * B; i++)
      x[i] = sin (M_PI * tops[r].loud * i) + tops[r].level * sin (M_PI * tops[r].high * i);
    for (int i = 0; i < N; i += 8)
      times += mst_peakverify_has_top (v, x + B + i, 1.0);
    tap_ok (times == tops[r].has * N / 8, "%g of %g of Nyquist beside a tone at %g, %g Hz: above 20 kHz in %d of %d groups", tops[r].level, tops[r].high,
        tops[r].loud, tops[r].rate, times, N / 8);
    mst_peakverify_free (v);
  }
}

/* Highest of the last 2000 frames of @n frames of a sine through the guard, re its amplitude. */
static double
through_guard (double rate, MstNyquistGuardMode mode, double f, double amplitude, double other, unsigned char *active, int *exact)
{
  enum { N = 8000, PAD = 256 };
  static double x[N + PAD], y[N + PAD], ceiling[N / 8];
  static unsigned char on[N / 8];
  double *const xs[1] = { x }, *const ys[1] = { y }, power = 0.0, in = 0.0;
  MstNyquistGuard *g = mst_nyquistguard_new (rate, 1);
  const size_t lag = mst_nyquistguard_lag (g);
  mst_nyquistguard_set_mode (g, mode);
  mst_nyquistguard_reset (g);
  memset (x, 0, sizeof x);
  for (int i = 0; i < N; i++) {
    const double fade = fmin (1.0, i / 3000.0);
    x[PAD + i] = fade * (amplitude * sin (M_PI * f * i) + other * sin (0.1 * i));
  }
  for (int i = 0; i < N / 8; i++)
    ceiling[i] = 0.5;
  static float narrow[N + PAD], top[(N + PAD) / 8], bend[(N + PAD) / 8], edge[(N + PAD) / 8];
  for (int i = 0; i < N + PAD; i++)
    narrow[i] = (float) x[i];
  mst_nyquistguard_process (g, xs, (float *const[]) { narrow }, ys, PAD, N / 8, ceiling, on, (float *const[]) { top }, (float *const[]) { bend },
      (float *const[]) { edge });
  *active = on[N / 8 - 1];
  *exact = 1;
  for (int i = PAD; i < N + PAD - (int) lag; i++)
    *exact &= x[i] == y[i];
  for (int i = N - 2000; i < N - 100; i++) {
    const double s = sin (M_PI * f * (i - PAD)), c = cos (M_PI * f * (i - PAD));
    power += y[i] * s, in += y[i] * c;
  }
  mst_nyquistguard_free (g);
  return hypot (power, in) * 2.0 / 1900.0 / amplitude;
}

static void
test_guard (void)
{
  static const struct { double rate, pass, stop; } rows[] = { { 48000, 0.88, 0.97 }, { 44100, 0.90, 0.97 } };
  unsigned char active;
  int exact;
  for (int isa = 0; isa < 2; isa++)
    for (int r = 0; r < 2; r++) {
      double pass = 0.0, stop = 0.0;
      mst_isa_force (isa ? MST_ISA_AVX2 : MST_ISA_BASE);
      for (double f = 0.05; f < rows[r].pass; f += 0.05)
        pass = fmax (pass, fabs (20 * log10 (through_guard (rows[r].rate, MST_NYQUIST_GUARD_ON, f, 0.4, 0, &active, &exact))));
      pass = fmax (pass, fabs (20 * log10 (through_guard (rows[r].rate, MST_NYQUIST_GUARD_ON, rows[r].pass, 0.4, 0, &active, &exact))));
      for (double f = rows[r].stop; f < 1.0; f += 0.003)
        stop = fmax (stop, through_guard (rows[r].rate, MST_NYQUIST_GUARD_ON, f, 0.4, 0, &active, &exact));
      tap_ok (pass < 0.01 && stop < 0.002, "guard on, %g Hz, %s: %.4f dB below %.2f of Nyquist, %.1f dB above %.2f", rows[r].rate,
          isa ? "AVX2" : "base", pass, rows[r].pass, 20 * log10 (stop), rows[r].stop);
      /* The thresholds, ceiling 0.5: what lies above the edge at 0.001 of it, the level at 0.35 of it */
      const double high = 0.975;
      through_guard (rows[r].rate, MST_NYQUIST_GUARD_AUTO, high, 0.5 * 0.00085, 0.45, &active, &exact);
      tap_ok (!active && exact, "auto: loud, 0.00085 of the ceiling next to Nyquist: idle to the bit");
      through_guard (rows[r].rate, MST_NYQUIST_GUARD_AUTO, high, 0.5 * 0.0013, 0.45, &active, &exact);
      tap_ok (active, "auto: loud, 0.0013 of the ceiling there: at work");
      through_guard (rows[r].rate, MST_NYQUIST_GUARD_AUTO, high, 0.5 * 0.345, 0, &active, &exact);
      tap_ok (!active && exact, "auto: 0.345 of the ceiling in all: idle to the bit");
      through_guard (rows[r].rate, MST_NYQUIST_GUARD_AUTO, high, 0.5 * 0.36, 0, &active, &exact);
      tap_ok (active, "auto: 0.36 of the ceiling in all: at work");
      through_guard (rows[r].rate, MST_NYQUIST_GUARD_AUTO, rows[r].pass, 0.45, 0, &active, &exact);
      tap_ok (!active && exact, "auto: a loud tone on the edge of what passes: idle to the bit");
      through_guard (rows[r].rate, MST_NYQUIST_GUARD_OFF, 0.97, 0.45, 0, &active, &exact);
      tap_ok (!active && exact, "off: idle to the bit whatever comes");
    }
  mst_isa_force (MST_ISA_AVX2);
}

int
main (void)
{
  srand (1);
  test_slidingmin ();
  test_limiterhold ();
  test_boxcascade ();
  test_gainpath ();
  test_release ();
  test_truepeak ();
  test_peakverify ();
  test_guard ();
  return tap_done ();
}
