/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clipper by its static curve on slow signals, by the aliases of tones, by the bits of what passes, and in front of the limiter. */
#include "clipper.h"
#include "isa.h"
#include "limiter.h"
#include "tap.h"
#include "brickwall.h"
#include "hard-signals.h"

#define N 65536
#define PAD 128

static double x[N + 2 * PAD], y[N + 2 * PAD];

/* x through a clipper; y[PAD + n] belongs to x[PAD + n]. */
static void
clip (MstClipShape shape, double threshold)
{
  MstClipper *c = mst_clipper_new (shape, 1);
  double thresholds[100];
  memset (y, 0, sizeof y);
  for (size_t i = 0; i < 100; i++)
    thresholds[i] = threshold;
  for (size_t i = PAD, k = 1; i < N + 2 * PAD; i += 8 * k, k = k % 100 + 1) {
    k = i + 8 * k > N + 2 * PAD ? (N + 2 * PAD - i) / 8 : k;
    mst_clipper_process (c, 0, x + i, k, thresholds, y + i - MST_CLIPPER_LAG);
  }
  mst_clipper_free (c);
}

/* f of clipper.h, written again from its text. */
static double
curve (MstClipShape shape, double u, double t)
{
  const double a = fabs (u), s = a - 0.5 * t;
  const double f = shape == MST_CLIP_HARD ? fmin (a, t) : a <= 0.5 * t ? a : a >= 1.5 * t ? t : 0.5 * t + s - s * s / (2.0 * t);
  return copysign (f, u);
}

static void
test_curve (void)
{
  for (int shape = MST_CLIP_SOFT; shape <= MST_CLIP_HARD; shape++) {
    double worst = 0.0;
    for (int i = 0; i < N + 2 * PAD; i++)
      x[i] = 1.3 * sin (2.0 * M_PI * 2.0 * i / N);      /* so slow that the filters have nothing to do */
    clip (shape, 0.6);
    for (int i = 1000; i < N - 1000; i++)
      worst = fmax (worst, fabs (y[i] - curve (shape, x[i], 0.6)));
    tap_within (worst, 2e-4, shape == MST_CLIP_HARD ? "hard: off the curve by" : "soft: off the curve by");
  }
}

static void
test_aliases (void)
{
  static const struct { double rate, hz, limit_db; } rows[] = {
    { 48000, 997, -110 }, { 48000, 5003, -90 }, { 44100, 5003, -90 }, { 48000, 9001, -80 }, { 44100, 9001, -80 }
  };
  for (int isa = 0; isa < 2; isa++)
    for (int shape = MST_CLIP_SOFT; shape <= MST_CLIP_HARD; shape++)
      for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        double complex *spectrum = malloc (N * sizeof *spectrum);
        double fundamental = 0.0, aliases = 0.0;
        mst_isa_force (isa ? MST_ISA_AVX2 : MST_ISA_BASE);
        for (int i = 0; i < N + 2 * PAD; i++)
          x[i] = sin (2.0 * M_PI * rows[r].hz / rows[r].rate * i);
        clip (shape, 0.5);      /* 6 dB */
        for (int i = 0; i < N; i++) {
          const double turn = 2.0 * M_PI * i / N, w = 0.42 - 0.5 * cos (turn) + 0.08 * cos (2.0 * turn);
          spectrum[i] = y[i + PAD] * w * w;
        }
        fourier (spectrum, N);
        for (int k = 0; k < N / 2; k++) {
          const double f = k * rows[r].rate / N, of = f / rows[r].hz, power = creal (spectrum[k] * conj (spectrum[k]));
          const double from_harmonic = fabs (of - round (of)) * rows[r].hz;
          if (from_harmonic < 10.0 * rows[r].rate / N)
            fundamental += round (of) == 1.0 ? power : 0.0;
          else if (f < 20000.0)
            aliases += power;
        }
        free (spectrum);
        tap_ok (10.0 * log10 (aliases / fundamental) <= rows[r].limit_db, "%s, %g Hz clipped 6 dB at %g Hz, %s: %.1f dB (limit %g)",
            shape == MST_CLIP_HARD ? "hard" : "soft", rows[r].hz, rows[r].rate, isa ? "AVX2" : "base",
            10.0 * log10 (aliases / fundamental), rows[r].limit_db);
      }
}

/* The harmonics of a clipped sine are sines of its phase: a residual out of step shows as a cosine. 3rd of 2 kHz; 1/16 frame would be 0.049. */
static void
test_step (void)
{
  for (int shape = MST_CLIP_SOFT; shape <= MST_CLIP_HARD; shape++) {
    double in_phase = 0.0, quadrature = 0.0;
    for (int i = 0; i < N + 2 * PAD; i++)
      x[i] = sin (2.0 * M_PI * 2000.0 / 48000.0 * (i - PAD));
    clip (shape, 0.5);
    for (int i = 4800; i < 52800; i++) {
      in_phase += y[i] * sin (2.0 * M_PI * 6000.0 / 48000.0 * (i - PAD));
      quadrature += y[i] * cos (2.0 * M_PI * 6000.0 / 48000.0 * (i - PAD));
    }
    tap_within (quadrature / in_phase, 0.002, shape == MST_CLIP_HARD ? "hard: third harmonic out of step, rad" : "soft: third harmonic, rad");
  }
}

/* Far over the threshold the curve is the threshold: 30 times on a slow sine; a step to 1e30 and back leaves finite numbers that come to rest; and
 * behind the limiter, which takes in at most 120 dB over full scale, the ceiling holds. */
static void
test_far_over (void)
{
  static const double far[] = { 30.0, 1e6, 1e30 };
  for (int shape = MST_CLIP_SOFT; shape <= MST_CLIP_HARD; shape++)
    for (int f = 0; f < 3; f++) {
      double worst = 0.0;
      int finite = 1, passes = 1;
      for (int i = 0; i < N + 2 * PAD; i++)
        x[i] = (i > 40000 ? 0.01 : 0.6 * far[f]) * sin (2.0 * M_PI * 2.0 * i / N);
      clip (shape, 0.6);
      for (int i = 1000; i < N; i++)
        finite &= isfinite (y[i]) != 0;
      for (int i = 40000 + PAD; i < N; i++)
        passes &= x[i] == y[i];
      for (int i = 1000; i < 30000 && f == 0; i++)      /* not where it crosses the middle in a few frames */
        if (fabs (sin (2.0 * M_PI * 2.0 * i / N)) > 0.2)
          worst = fmax (worst, fabs (y[i] - curve (shape, x[i], 0.6)));
      if (f == 0)
        tap_within (worst, 2e-3, shape == MST_CLIP_HARD ? "hard, 30 times over: off the curve by" : "soft, 30 times over: off the curve by");
      tap_ok (finite && passes, "%s, %g times over: finite, and the input to the bit behind it", shape == MST_CLIP_HARD ? "hard" : "soft", far[f]);
    }
  for (int shape = MST_CLIP_SOFT; shape <= MST_CLIP_HARD; shape++)
    for (int f = 0; f < 3; f++) {
      static double in[16000];
      MstLimiter *l = mst_limiter_new (48000, 1, 5.0, (MstClipShape) shape, NULL);
      const size_t latency = mst_limiter_latency (l);
      double *io[1] = { in };
      hard_make (in, 12000, 48000, HARD_PINK, 5, 0);
      for (int i = 0; i < 12000; i++)
        in[i] *= far[f];
      memset (in + 12000, 0, 4000 * sizeof *in);
      mst_limiter_process (l, io, 12000);
      mst_limiter_end (l);
      io[0] = in + 12000;
      mst_limiter_process (l, io, latency);
      tap_within (fmax (0.0, brickwall_peak_db (in + latency, 12000, 32, 1.0) + 1.0), 0.01, "clipper and limiter, noise far over: over by");
      mst_limiter_free (l);
    }
}

static void
test_what_passes (void)
{
  for (int shape = MST_CLIP_SOFT; shape <= MST_CLIP_HARD; shape++) {
    const double passes = shape == MST_CLIP_HARD ? 0.8 : 0.4;
    for (int i = 0; i < N + 2 * PAD; i++)
      x[i] = 0.97 * passes * sin (0.05 * i) * (1.0 - 0.3 * cos (0.001 * i)) / 1.3;
    clip (shape, 0.8);
    tap_ok (!memcmp (x + PAD, y + PAD, (N - PAD) * sizeof *x), "%s: below the knee the input to the bit",
        shape == MST_CLIP_HARD ? "hard" : "soft");
    /* Once clipped, then again to the bit */
    for (int i = 0; i < N / 4; i++)
      x[i] *= 5.0;
    clip (shape, 0.8);
    tap_ok (!memcmp (x + PAD + N / 4 + 128, y + PAD + N / 4 + 128, (N / 2) * sizeof *x), "and 128 frames after a clip again");
  }
}

static void
test_with_limiter (void)
{
  static const HardSignal signals[] = { HARD_SIGN_BURSTS, HARD_PINK, HARD_SQUARE, HARD_HITS };
  static const double a[] = { 240, 1, 60, 1 };
  static double in[12000], out[2][13000];
  for (int s = 0; s < 4; s++) {
    MstLimiterParams p;
    mst_limiter_params_init (&p);
    p.drive_db = 12.0;
    p.clip_threshold_db = 1.5;
    hard_make (in, 12000, 48000, signals[s], a[s], 0.1);
    for (int cut = 0; cut < 2; cut++) {
      MstLimiter *l = mst_limiter_new (48000, 1, 5.0, MST_CLIP_HARD, NULL);
      const size_t latency = mst_limiter_latency (l);
      mst_limiter_set_params (l, &p, 0);
      memset (out[cut], 0, sizeof out[cut]);
      memcpy (out[cut], in, sizeof in);
      for (size_t done = 0, k; done < 12000 + latency; done += k) {
        double *io[1] = { out[cut] + done };
        k = cut ? 13 : 12000;
        k = done < 12000 && done + k > 12000 ? 12000 - done : done + k > 12000 + latency ? 12000 + latency - done : k;
        if (done == 12000)
          mst_limiter_end (l);
        mst_limiter_process (l, io, k);
      }
      if (cut)
        tap_ok (!memcmp (out[0], out[1], sizeof out[0]), "clipper and limiter, blocks of 13: the same bits");
      else
        tap_within (fmax (0.0, brickwall_peak_db (out[0] + latency, 12000, 32, 1.0) + 1.0), 0.01, "clipper, then limiter: over by");
      mst_limiter_free (l);
    }
  }
}

int
main (void)
{
  test_curve ();
  test_step ();
  test_aliases ();
  mst_isa_force (MST_ISA_AVX2);
  test_what_passes ();
  test_far_over ();
  test_with_limiter ();
  return tap_done ();
}
