/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* True peaks against sines, whose peak is known, and against long windowed-sinc interpolation at 32 points a sample; the bound
 * against the detector with nothing spared; any cut; 64 channels; pause; the last three seconds. */
#include "truepeakmeter.h"

#include <stdint.h>
#include <string.h>

#include "isa.h"
#include "tap.h"
#include "truepeak.h"

static uint32_t seed = 7;

static double
noise (void)
{
  seed = seed * 1664525u + 1013904223u;
  return (double) seed / 2147483648.0 - 1.0;
}

static MstTruePeakMeter *
meter_new (double rate_hz, unsigned n_channels)
{
  const char *error = "";
  MstTruePeakMeter *m = mst_truepeakmeter_new (rate_hz, n_channels, &error);
  if (!m) {
    fprintf (stderr, "%s\n", error);
    exit (1);
  }
  return m;
}

static double
db (double x)
{
  return 20.0 * log10 (x);
}

static double
peak_of (double rate_hz, const double *x, size_t n)
{
  MstTruePeakMeter *m = meter_new (rate_hz, 1);
  mst_truepeakmeter_process (m, &x, n);
  mst_truepeakmeter_finish (m);
  const double peak = mst_truepeakmeter_peak (m, 0);
  mst_truepeakmeter_free (m);
  return peak;
}

/* Sines that fade in and out, of 0.001 to 0.45 of the rate, at 16 phases */
static void
sines (void)
{
  enum { N = 6000, FADE = 1000 };
  static double x[N];
  double low = 0.0, high = 0.0;
  for (int f = 0; f <= 45; f++)
    for (int p = 0; p < 16; p++) {
      const double freq = f == 0 ? 0.0013 : f == 25 ? 0.25 : 0.01 * f + (f < 45 ? 0.0003 * (p % 3) : 0.0);
      for (int i = 0; i < N; i++) {
        const double edge = fmin (1.0, fmin (i, N - 1 - i) / (double) FADE);
        x[i] = 0.5 * (0.5 - 0.5 * cos (M_PI * edge)) * sin (2.0 * M_PI * freq * i + M_PI * p / 16.0 + 0.1);
      }
      const double error = db (peak_of (48000.0, x, N) / 0.5);
      low = fmin (low, error);
      high = fmax (high, error);
    }
  tap_ok (low >= -0.02, "sines up to 0.45 of the rate under-read by %.4f dB at most (limit 0.02)", -low);
  tap_ok (high <= 0.02, "sines up to 0.45 of the rate over-read by %.4f dB at most (limit 0.02)", high);
}

/* 32 points a sample by 400 taps of a Kaiser-windowed sinc, transition from 0.90 to 1.0 of Nyquist centred on 0.95 */
static double
interpolated_peak (const double *x, int n)
{
  enum { HALF = 200, OVER = 32 };
  double top = 0.0;
  static double taps[OVER][2 * HALF];
  static int made;
  if (!made++)
    for (int p = 0; p < OVER; p++) {
      double sum = 0.0;
      for (int k = 0; k < 2 * HALF; k++) {
        const double t = k - (HALF - 1) - p / (double) OVER, a = M_PI * 0.95 * t, w = t / HALF;
        double i0 = 1.0, i0b = 1.0, term = 1.0, termb = 1.0;
        const double beta = 10.0, arg = fabs (w) < 1.0 ? beta * sqrt (1.0 - w * w) : 0.0;
        for (int j = 1; j < 60; j++) {
          i0 += (term *= arg * arg / (4.0 * j * j));
          i0b += (termb *= beta * beta / (4.0 * j * j));
        }
        taps[p][k] = fabs (w) < 1.0 ? (a == 0.0 ? 1.0 : sin (a) / a) * i0 / i0b : 0.0;
        sum += taps[p][k];
      }
      for (int k = 0; k < 2 * HALF; k++)
        taps[p][k] /= sum;
    }
  for (int i = 0; i < n; i++)
    for (int p = 0; p < OVER; p++) {
      double y = 0.0;
      for (int k = 0; k < 2 * HALF; k++) {
        const int at = i - (HALF - 1) + k;
        y += at >= 0 && at < n ? taps[p][k] * x[at] : 0.0;
      }
      top = fmax (top, fabs (y));
    }
  return top;
}

/* Noise without anything above 0.88 of Nyquist, bursts of it and of tones */
static void
against_interpolation (void)
{
  enum { N = 3000, HALF = 150 };
  static double x[N], raw[N];
  double low = 0.0, high = 0.0;
  for (int round = 0; round < 12; round++) {
    const double edge = 0.3 + 0.05 * round;     /* of Nyquist */
    for (int i = 0; i < N; i++)
      raw[i] = noise () * (round & 1 ? pow (0.5 + 0.5 * sin (i * 0.01 * (1 + round)), 4.0) : 1.0) * (i < 400 || i > N - 400 ? 0.0 : 1.0);
    memset (x, 0, sizeof x);
    for (int i = 0; i < N; i++)
      for (int k = -HALF; k <= HALF; k++)
        if (i - k >= 0 && i - k < N) {
          const double a = M_PI * (edge - 0.04) * k, w = 0.42 + 0.5 * cos (M_PI * k / (HALF + 1.0)) + 0.08 * cos (2.0 * M_PI * k / (HALF + 1.0));
          x[i] += raw[i - k] * (edge - 0.04) * (k ? sin (a) / a : 1.0) * w;
        }
    const double error = db (peak_of (48000.0, x, N) / interpolated_peak (x, N));
    low = fmin (low, error);
    high = fmax (high, error);
  }
  tap_ok (low >= -0.02 && high <= 0.02, "band-limited noise and bursts: %.4f … %.4f dB of 32-fold interpolation (limit 0.02)", low, high);
}

/* Nothing spared: the detector over all of it */
static float
dense (const float *x, size_t n_groups)
{
  MstTruePeak *detector = mst_truepeak_new (48, 0.90);
  const float top = mst_truepeak_detect (detector, x, n_groups, 0.0f, NULL, NULL);
  mst_truepeak_free (detector);
  return top;
}

static void
bound_spares_nothing_that_counts (void)
{
  enum { N = 32 * 1500, PAD = 64 };
  static const char *const kinds[] = { "music-like", "white noise", "random signs", "steps", "impulses", "a sweep to Nyquist", "two tones" };
  static float f[N + 2 * PAD];
  static double x[N];
  for (unsigned kind = 0; kind < 7; kind++) {
    double slow = 0.0, phase = 0.0, work = 0.0;
    int wrong = 0;
    for (int round = 0; round < 6; round++) {
      for (int i = 0; i < N; i++) {
        slow += 0.03 * (noise () - slow);
        phase += M_PI * i / N;
        switch (kind) {
          case 0: x[i] = (2.0 * slow + 0.02 * noise ()) * (0.6 + 0.4 * sin (i * 3e-4)); break;
          case 1: x[i] = 0.5 * noise (); break;
          case 2: x[i] = noise () > 0.0 ? 0.7 : -0.7; break;
          case 3: x[i] = (i / (7 + 13 * round)) & 1 ? 0.6 : -0.6; break;
          case 4: x[i] = i % (101 + round) == 0 ? 0.9 * noise () : 0.0; break;
          case 5: x[i] = 0.8 * sin (phase); break;
          default: x[i] = 0.4 * sin (0.01 * i) + 0.3 * sin ((1.1 + 0.2 * round) * i); break;
        }
        f[PAD + i] = (float) x[i];
      }
      MstTruePeakMeter *m = meter_new (48000.0, 1);
      const double *in = x;
      mst_truepeakmeter_process (m, &in, N);
      mst_truepeakmeter_finish (m);
      wrong += (float) mst_truepeakmeter_peak (m, 0) != dense (f + 32, (N + 32) / 8);
      work += mst_truepeakmeter_work (m) / 6.0;
      mst_truepeakmeter_free (m);
    }
    tap_ok (wrong == 0, "%s: the same bits as with nothing spared; %.0f %% measured", kinds[kind], 100.0 * work);
  }
}

static void
cuts_and_channels (void)
{
  enum { N = 30000, C = 64 };
  static double x[C][N];
  const double *in[C];
  MstTruePeakMeter *whole = meter_new (44100.0, C), *cut = meter_new (44100.0, C);
  for (unsigned c = 0; c < C; c++)
    for (int i = 0; i < N; i++)
      x[c][i] = noise () * (c + 1.0) / C;
  for (unsigned c = 0; c < C; c++)
    in[c] = x[c];
  mst_truepeakmeter_process (whole, in, N);
  for (size_t at = 0; at < N;) {
    size_t n = 1 + (size_t) (fabs (noise ()) * (at % 2 ? 40 : 700));
    n = n < N - at ? n : N - at;
    for (unsigned c = 0; c < C; c++)
      in[c] = x[c] + at;
    mst_truepeakmeter_process (cut, in, n);
    at += n;
  }
  int same = mst_truepeakmeter_recent (whole) == mst_truepeakmeter_recent (cut);
  mst_truepeakmeter_finish (whole);
  mst_truepeakmeter_finish (cut);
  for (unsigned c = 0; c < C; c++)
    same &= mst_truepeakmeter_peak (whole, c) == mst_truepeakmeter_peak (cut, c);
  tap_ok (same, "64 channels: the same bits in random cuts");
  MstTruePeakMeter *one = meter_new (44100.0, 1);
  in[0] = x[41];
  mst_truepeakmeter_process (one, in, N);
  mst_truepeakmeter_finish (one);
  tap_ok (mst_truepeakmeter_peak (one, 0) == mst_truepeakmeter_peak (whole, 41), "a channel among 64 reads as it does alone");
  mst_truepeakmeter_free (one);
  mst_truepeakmeter_free (whole);
  mst_truepeakmeter_free (cut);
}

static void
pause_and_recent (void)
{
  enum { N = 48000 };
  static double quiet[N], loud[N];
  const double *in = loud;
  for (int i = 0; i < N; i++) {
    quiet[i] = 0.1 * sin (0.05 * i);
    loud[i] = 0.8 * sin (0.05 * i);
  }
  MstTruePeakMeter *m = meter_new (48000.0, 1);
  mst_truepeakmeter_process (m, &in, N);
  in = quiet;
  for (int s = 0; s < 4; s++)
    mst_truepeakmeter_process (m, &in, N);
  tap_within (mst_truepeakmeter_recent (m) - 0.1, 1e-4, "what is older than 3 s is not recent");
  tap_within (mst_truepeakmeter_peak (m, 0) - 0.8, 1e-4, "but counts since the start");
  mst_truepeakmeter_reset (m);
  mst_truepeakmeter_process (m, &in, N);
  mst_truepeakmeter_finish (m);
  mst_truepeakmeter_set_paused (m, true);
  in = loud;
  mst_truepeakmeter_process (m, &in, N);
  mst_truepeakmeter_finish (m);
  mst_truepeakmeter_set_paused (m, false);
  in = quiet;
  mst_truepeakmeter_process (m, &in, N);
  tap_within (mst_truepeakmeter_peak (m, 0) - 0.1, 1e-4, "peaks of a pause are not kept");
  mst_truepeakmeter_reset (m);
  tap_ok (mst_truepeakmeter_peak (m, 0) == 0.0 && mst_truepeakmeter_recent (m) == 0.0, "reset: as new");
  mst_truepeakmeter_free (m);
}

int
main (void)
{
  for (int isa = (int) mst_isa (); isa >= MST_ISA_BASE; isa--) {
    mst_isa_force ((MstIsa) isa);
    printf ("# %s\n", isa == MST_ISA_AVX2 ? "the best kernels" : "the baseline's");
    sines ();
    bound_spares_nothing_that_counts ();
    cuts_and_channels ();
    pause_and_recent ();
  }
  mst_isa_force (MST_ISA_AVX2);
  against_interpolation ();
  return tap_done ();
}
