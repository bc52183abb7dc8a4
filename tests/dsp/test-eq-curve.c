/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The equaliser's magnitude, from impulse responses, against the analog curve: all types, thousands of random settings,
 * 32 to 192 kHz, from 10 Hz to min (20 kHz, 0.45 rate) wherever the curve is above -60 dB. Two settings at a time, one on
 * the left and one on the right channel. */
#include "eqanalog.h"
#include "eqband.h"
#include "isa.h"
#include "tap.h"

#include <string.h>

#define MAX_N (1u << 21)
static Cplx spectrum[MAX_N];
static double left[MAX_N], right[MAX_N];

static const double rates[] = { 32000.0, 44100.0, 48000.0, 88200.0, 96000.0, 192000.0 };
static const unsigned slopes[] = { 6, 12, 18, 24, 36, 48, 72, 96 };

/* Frames until the slowest pole has fallen by 150 dB */
static double
settling (const MstEqBand *b, double rate)
{
  const bool pass = b->type == MST_EQ_HIGH_PASS || b->type == MST_EQ_LOW_PASS;
  const double a = pow (10.0, fabs (b->gain_db) / 40.0);
  double q = b->q, slow = 1.0;
  if (b->type == MST_EQ_BELL)
    q *= b->gain_db > 0.0 ? a : 1.0 / a;
  else if (b->type <= MST_EQ_TILT_SHELF)
    slow = b->slope == 6 || b->type == MST_EQ_TILT_SHELF ? a : sqrt (a);
  if (pass && b->slope != 12)
    q = b->slope / 12.0;
  if (b->type == MST_EQ_TILT_SHELF || (b->type != MST_EQ_BELL && b->slope == 6))
    q = 0.5;
  return 17.3 * slow * fmax (2.0 * q, 1.0 / fmin (q, 1.0)) * rate / (2.0 * M_PI * fmin (b->frequency_hz, 0.45 * rate));
}

static void
random_band (MstEqBand *b, MstEqType type, double rate)
{
  mst_eq_band_init (b);
  b->type = type;
  do {
    b->frequency_hz = log_uniform (10.0, 20000.0);
    b->q = log_uniform (0.1, type == MST_EQ_NOTCH ? 200.0 : 40.0);
    b->gain_db = uniform (-24.0, 24.0);
    if (type == MST_EQ_LOW_SHELF || type == MST_EQ_HIGH_SHELF)
      b->slope = slopes[(int) uniform (0, 2)];
    else if (type == MST_EQ_HIGH_PASS || type == MST_EQ_LOW_PASS)
      b->slope = slopes[(int) uniform (0, 8)];
  } while (settling (b, rate) > 30000.0 && (settling (b, rate) > MAX_N || uniform (0.0, 1.0) > 0.02));
}

/* Largest |dB| between measured and analog, of both channels */
static void
measure (const MstEqBand band[2], double rate, double worst[2])
{
  MstEqParams params;
  const char *error = NULL;
  double *io[2] = { left, right };
  size_t n = 4096;
  while ((double) n < settling (&band[0], rate) || (double) n < settling (&band[1], rate))
    n *= 2;
  mst_eq_params_init (&params);
  params.n_bands = 2;
  params.bands[0] = band[0];
  params.bands[1] = band[1];
  params.bands[0].channels = MST_EQ_LEFT;
  params.bands[1].channels = MST_EQ_RIGHT;
  MstEq *eq = mst_eq_new (rate, 2, &error);
  mst_eq_set_params (eq, &params, 0);
  memset (left, 0, n * sizeof *left);
  memset (right, 0, n * sizeof *right);
  left[0] = right[0] = 1.0;
  mst_eq_process (eq, io, n);
  mst_eq_free (eq);
  for (size_t i = 0; i < n; i++)
    spectrum[i] = CMPLX (left[i], right[i]);
  fourier (spectrum, n);
  worst[0] = worst[1] = 0.0;
  const double top = fmin (20000.0, 0.45 * rate);
  for (size_t k = 1; k < n / 2; k += 1 + n / 16384) {
    const double f = (double) k * rate / (double) n;
    if (f > top)
      break;
    if (f < 10.0)
      continue;
    const Cplx a = spectrum[k], b = conj (spectrum[n - k]);
    const Cplx h[2] = { 0.5 * (a + b), -0.5 * I * (a - b) };
    for (int c = 0; c < 2; c++) {
      const double want = cabs (analog (&band[c], f, rate));
      const double off = fabs (20.0 * log10 (cabs (h[c]) / want));
      if (want > 1e-3 && !(off <= worst[c]))
        worst[c] = off;
    }
  }
}

static void
random_settings (int n_each)
{
  n_each = tap_share (n_each, 4);
  static const char *const names[] = { "bell", "low shelf", "high shelf", "tilt", "high pass", "low pass", "band pass", "notch" };
  unsigned all = 0, fine = 0;
  for (int type = MST_EQ_BELL; type <= MST_EQ_NOTCH; type++) {
    double worst = 0.0;
    MstEqBand culprit = { 0 };
    unsigned n = 0, n_fine = 0;
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
      for (int i = 0; i < n_each; i += 2) {
        MstEqBand band[2];
        double off[2];
        random_band (&band[0], type, rates[r]);
        random_band (&band[1], type, rates[r]);
        measure (band, rates[r], off);
        for (int c = 0; c < 2; c++) {
          n++;
          n_fine += off[c] <= 0.02;
          if (!(off[c] <= worst)) {
            worst = off[c];
            culprit = band[c];
          }
        }
      }
    all += n;
    fine += n_fine;
    tap_ok (worst <= 0.1, "%s: %u settings, at most %.4f dB (%.1f Hz, q %.3f, %.2f dB, slope %u), %.1f %% within 0.02 dB",
        names[type], n, worst, culprit.frequency_hz, culprit.q, culprit.gain_db, culprit.slope, 100.0 * n_fine / n);
  }
  tap_ok (fine >= 0.95 * all, "%.2f %% of %u settings within 0.02 dB", 100.0 * fine / all, all);
}

/* Settings that are known to be hard; limits in dB */
static void
hard_settings (void)
{
  static const struct { const char *id; MstEqBand band; double rate_hz, limit_db; } rows[] = {
    { "presence", { MST_EQ_BELL, 10000, 12, 1, 12, MST_EQ_ALL, true }, 44100, 0.02 },
    { "air", { MST_EQ_BELL, 16000, 12, 1, 12, MST_EQ_ALL, true }, 44100, 0.02 },
    { "bell above Nyquist", { MST_EQ_BELL, 30000, 12, 0.5, 12, MST_EQ_ALL, true }, 44100, 0.05 },
    { "air shelf", { MST_EQ_HIGH_SHELF, 12000, 0.5, 0.7071, 12, MST_EQ_ALL, true }, 44100, 0.005 },
    { "air shelf above Nyquist", { MST_EQ_HIGH_SHELF, 25000, 6, 0.7071, 12, MST_EQ_ALL, true }, 44100, 0.02 },
    { "low pass, 96 dB/octave", { MST_EQ_LOW_PASS, 16000, 0, 1, 96, MST_EQ_ALL, true }, 44100, 0.08 },
    { "high pass, 96 dB/octave", { MST_EQ_HIGH_PASS, 10000, 0, 1, 96, MST_EQ_ALL, true }, 44100, 0.08 },
    { "high pass at 10 Hz", { MST_EQ_HIGH_PASS, 10, 0, 1, 96, MST_EQ_ALL, true }, 192000, 0.001 },
    { "sharp bell at 10 Hz", { MST_EQ_BELL, 10, 12, 3, 12, MST_EQ_ALL, true }, 192000, 0.001 },
    { "resonant high pass near the top", { MST_EQ_HIGH_PASS, 14400, 0, 40, 12, MST_EQ_ALL, true }, 32000, 0.1 },
    { "notch above Nyquist acts at 0.45 of the rate", { MST_EQ_NOTCH, 18000, 0, 1, 12, MST_EQ_ALL, true }, 32000, 0.05 },
    { "resonant high pass where it is worst", { MST_EQ_HIGH_PASS, 13939.8, 0, 39.952, 12, MST_EQ_ALL, true }, 32000, 0.096 },
    { "resonant high pass at 0.45 of the rate", { MST_EQ_HIGH_PASS, 19329.3, 0, 39.429, 12, MST_EQ_ALL, true }, 44100, 0.096 },
    { "steep high pass near the top", { MST_EQ_HIGH_PASS, 19721.5, 0, 0.7, 96, MST_EQ_ALL, true }, 44100, 0.1 },
    { "steep low pass where it is worst", { MST_EQ_LOW_PASS, 12558.3, 0, 0.7, 96, MST_EQ_ALL, true }, 48000, 0.05 },
    { "resonant low shelf near the top", { MST_EQ_LOW_SHELF, 19267.3, -24, 39.506, 12, MST_EQ_ALL, true }, 88200, 0.1 },
    { "resonant shelf near the top", { MST_EQ_HIGH_SHELF, 14262, -13.3, 35.7, 12, MST_EQ_ALL, true }, 48000, 0.1 },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    MstEqBand band[2] = { rows[i].band, rows[i].band };
    double off[2];
    band[1].frequency_hz *= 0.5;
    measure (band, rows[i].rate_hz, off);
    tap_within (off[0], rows[i].limit_db, rows[i].id);
  }
}

/* |H| = 1 to 1e-12, -180 degrees at the frequency, 2 degrees from the analog phase up to rate/20 */
static void
all_pass (void)
{
  double magnitude = 0.0, centre = 0.0, phase = 0.0;
  for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
    for (int i = 0; i < tap_share (100, 10); i++) {
      MstEqBand b;
      mst_eq_band_init (&b);
      b.type = MST_EQ_ALL_PASS;
      b.frequency_hz = log_uniform (10.0, 20000.0);
      b.q = log_uniform (0.1, 40.0);
      const double f0 = mst_eq_effective_frequency (&b, rates[r]);
      MstEqSection section;
      MstEqFit fit;
      MstEqCoefs c;
      mst_eq_prototype (b.type, 0.0, b.q, 12, &section);
      mst_eq_fit_kernels ()->fit (&section, f0, rates[r], &fit);
      mst_eq_coefs_from_fit (&fit, &c);
      for (int k = 0; k <= 100; k++) {
        const double f = k == 100 ? f0 : 10.0 * pow (rates[r] / 200.0, k / 99.0);
        /* z - 1 without cancellation: e^jw - 1 = 2 j sin (w/2) e^jw/2 */
        const double w = 2.0 * M_PI * f / rates[r];
        const Cplx d = 2.0 * I * sin (0.5 * w) * cexp (0.5 * I * w), z = cexp (-I * w);
        const Cplx h = (c.c[0] * d * d + c.c[1] * d + c.c[2]) / (d * d + c.c[3] * d + c.c[4])
            * (1.0 + c.c[5] * z) / (1.0 + c.c[6] * z);
        magnitude = fmax (magnitude, fabs (cabs (h) - 1.0));
        if (k == 100)
          centre = fmax (centre, fabs (carg (-h)));
        else
          phase = fmax (phase, fabs (carg (h / analog (&b, f, rates[r]))));
      }
    }
  tap_within (magnitude, 1e-12, "all pass: magnitude off 1");
  tap_within (centre * 180.0 / M_PI, 0.001, "all pass: degrees off -180 at its frequency");
  tap_within (phase * 180.0 / M_PI, 2.0, "all pass: degrees off the analog phase below rate/20");
}

/* Every setting at the ends of its range, and beyond Nyquist: poles inside the unit circle, finite coefficients */
static void
stability (void)
{
  static const double f[] = { 10, 40, 1000, 3900, 12000, 20000, 40000 }, q[] = { 0.025, 0.5, 3, 200 };
  static const double gain[] = { -36, -24, -3, -0.01, 0, 0.01, 6, 36 }, rate[] = { 8000, 44100, 384000 };
  unsigned n = 0, bad = 0;
  for (int type = 0; type < MST_EQ_N_TYPES; type++)
    for (size_t i = 0; i < 7 * 4 * 8 * 3 * 8; i += tap_short () ? 13 : 1) {
      MstEqBand b = { type, f[i % 7], gain[i / 28 % 8], q[i / 7 % 4], slopes[i / 672], MST_EQ_ALL, true };
      const double r = rate[i / 224 % 3];
      MstEqSection section[MST_EQ_MAX_SECTIONS];
      if (!mst_eq_slope_valid (type, b.slope))
        continue;
      mst_eq_prototype (type, b.gain_db, b.q, b.slope, section);
      for (unsigned k = 0; k < mst_eq_n_sections (type, b.slope); k++) {
        MstEqFit fit;
        MstEqCoefs c;
        mst_eq_fit_kernels ()->fit (&section[k], mst_eq_effective_frequency (&b, r), r, &fit);
        mst_eq_coefs_from_fit (&fit, &c);
        /* u, w > 0 say so too, and better where 1 + a1 + a2 has lost its digits */
        const double a1 = c.c[MST_EQ_D1] - 2.0, a2 = 1.0 - c.c[MST_EQ_D1] + c.c[MST_EQ_D2];
        bool ok = c.c[MST_EQ_D2] > 0.0 && c.c[MST_EQ_D1] > c.c[MST_EQ_D2] && a1 - a2 < 1.0 && fabs (c.c[MST_EQ_P]) < 1.0;
        for (int j = 0; j < MST_EQ_N_COEFS; j++)
          ok = ok && isfinite (c.c[j]);
        n++;
        bad += !ok;
        if (!ok && bad < 10)
          printf ("# unstable: type %d %g Hz %g dB q %g slope %u at %g\n", type, b.frequency_hz, b.gain_db, b.q, b.slope, r);
      }
    }
  tap_ok (bad == 0, "%u designs at the ends of the ranges are stable (%u are not)", n, bad);
}

int
main (void)
{
  hard_settings ();
  random_settings (80);
  all_pass ();
  stability ();
  if (mst_isa () != MST_ISA_BASE) {
    mst_isa_force (MST_ISA_BASE);
    random_settings (6);
  }
  return tap_done ();
}
