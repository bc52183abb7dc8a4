/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The equaliser while its parameters move, against the trajectory that eqglide.h and eq.h document, evaluated at every frame with
 * the exact design of that frame in extended precision. The trajectory is computed here from the targets by its definition:
 * a mean with a triangular weight, as a sum over frames. */
#include "eqanalog.h"
#include "eqband.h"
#include "isa.h"
#include "tap.h"

#include <string.h>

#define N 24000
static double out[2][N], tone[N];
static long double truth[N];
static double target[3][N];     /* ln f, ln q, dB on straight lines */
static long still[3][N];        /* frames up to here that have had this target */

typedef struct
{
  size_t frame;                 /* when it is set */
  MstEqBand band;
  size_t ramp_frames;
} Change;

static double
parameter (const MstEqBand *b, int i)
{
  return i == 0 ? log (b->frequency_hz) : i == 1 ? log (b->q) : b->gain_db;
}

/* Straight lines from where the target is to where it is told to go */
static void
lines (const MstEqBand *first, const Change *changes, size_t n_changes)
{
  for (int i = 0; i < 3; i++) {
    double now = parameter (first, i), goal = now, slope = 0.0;
    size_t left = 0, next = 0;
    for (size_t t = 0; t < N; t++) {
      while (next < n_changes && changes[next].frame == t) {
        goal = parameter (&changes[next].band, i);
        left = changes[next].ramp_frames;
        slope = (goal - now) / (double) left;
        next++;
      }
      target[i][t] = now;
      still[i][t] = t == 0 ? N : now == target[i][t - 1] ? still[i][t - 1] + 1 : 1;
      if (left > 0)
        now = --left > 0 ? now + slope : goal;
    }
  }
}

/* The smoothed path at frame @t: triangular weight over the last 2 L frames, seen MST_EQ_PATH_DELAY segments later. The target's lines are
 * joined between frames by the midpoint rule. */
static double
path (int i, long t, size_t h)
{
  const long l = (long) h * MST_EQ_GLIDE_SEGMENTS, end = t - MST_EQ_PATH_DELAY * (long) h;
  double sum = 0.0;
  if (end < 0 || still[i][end] > 2 * l) /* the mean of one value */
    return target[i][end < 0 ? 0 : end];
  for (long k = 0; k < 2 * l; k++) {
    const long a = end - k - 1, b = end - k;
    const double at_a = target[i][a < 0 ? 0 : a], at_b = target[i][b < 0 ? 0 : b];
    const double weight = 1.0 - fabs ((k + 0.5) / (double) l - 1.0);
    sum += 0.5 * (at_a + at_b) * weight;
  }
  return sum / (double) l;
}

/* Peak difference re the tone in dB, from frame 0 */
static double
difference (double rate, const MstEqBand *first, const Change *changes, size_t n_changes, double tone_hz, double *level)
{
  const char *error = NULL;
  MstEqParams p;
  size_t h = 8;
  while ((double) h < rate * 0.19e-3)
    h *= 2;
  mst_eq_params_init (&p);
  p.n_bands = 1;
  p.bands[0] = *first;
  MstEq *eq = mst_eq_new (rate, 2, &error);
  mst_eq_set_params (eq, &p, 0);
  for (size_t t = 0; t < N; t++)
    out[0][t] = out[1][t] = tone[t] = 0.25 * sin (2.0 * M_PI * tone_hz * t / rate);
  for (size_t at = 0, next = 0; at < N;) {
    if (next < n_changes && changes[next].frame == at) {
      p.bands[0] = changes[next].band;
      mst_eq_set_params (eq, &p, changes[next++].ramp_frames);
    }
    const size_t to = next < n_changes ? changes[next].frame : N;
    double *io[2] = { out[0] + at, out[1] + at };
    mst_eq_process (eq, io, to - at);
    at = to;
  }
  mst_eq_free (eq);

  MstEqTable *table = mst_eq_table_new ();
  lines (first, changes, n_changes);
  const unsigned n_sections = mst_eq_n_sections (first->type, first->slope);
  long double z1[MST_EQ_MAX_SECTIONS] = { 0 }, z2[MST_EQ_MAX_SECTIONS] = { 0 }, s[MST_EQ_MAX_SECTIONS] = { 0 };
  MstEqCoefs c[MST_EQ_MAX_SECTIONS];
  double last[3] = { NAN, NAN, NAN };
  for (size_t t = 0; t < N; t++) {
    const double at[3] = { path (0, (long) t, h), path (1, (long) t, h), path (2, (long) t, h) };
    if (memcmp (at, last, sizeof at) != 0) {
      MstEqFit fit[MST_EQ_MAX_SECTIONS];
      mst_eq_design (table, mst_eq_fit_kernels (), first->type, first->slope, exp (at[0]), at[2], exp (at[1]), rate, fit);
      for (unsigned i = 0; i < n_sections; i++)
        mst_eq_coefs_from_fit (&fit[i], &c[i]);
      memcpy (last, at, sizeof at);
    }
    truth[t] = tone[t];
    for (unsigned i = 0; i < n_sections; i++) {
      const double *k = c[i].c;
      const long double x = truth[t], y1 = k[MST_EQ_B0] * x + z1[i];
      truth[t] = y1 + ((long double) k[MST_EQ_BETA] - k[MST_EQ_P]) * s[i];
      z1[i] = z1[i] + z2[i] + k[MST_EQ_N1] * x - k[MST_EQ_D1] * y1;
      z2[i] = z2[i] + k[MST_EQ_N2] * x - k[MST_EQ_D2] * y1;
      s[i] = y1 - k[MST_EQ_P] * s[i];
    }
  }
  mst_eq_table_free (table);
  double worst = 0.0;
  *level = 0.0;
  for (size_t t = 0; t < N; t++) {
    worst = fmax (worst, fabs ((double) (truth[t] - out[0][t])));
    *level = fmax (*level, fabs (out[0][t]) / 0.25);
  }
  return 20.0 * log10 (worst / 0.25);
}

/* The largest magnitude at @f_hz on the way from @a to @b */
static double
largest (MstEqBand a, const MstEqBand *b, double f_hz, double rate)
{
  const MstEqBand from = a;
  double most = 0.0;
  for (int i = 0; i <= 400; i++) {
    const double x = i / 400.0;
    a.frequency_hz = from.frequency_hz * pow (b->frequency_hz / from.frequency_hz, x);
    a.q = from.q * pow (b->q / from.q, x);
    a.gain_db = from.gain_db + (b->gain_db - from.gain_db) * x;
    most = fmax (most, cabs (analog (&a, f_hz, rate)));
  }
  return most;
}

#define BAND(type, f, gain, q) { MST_EQ_##type, f, gain, q, 12, MST_EQ_ALL, true }
#define STEEP(type, f, slope) { MST_EQ_##type, f, 0, 0.7, slope, MST_EQ_ALL, true }

int
main (void)
{
  static const struct { const char *id; double rate; MstEqBand from, to; double tone_hz, over_db; } jumps[] = {
    { "bell gain", 48000, BAND (BELL, 1000, -12, 1), BAND (BELL, 1000, 12, 1), 997 },
    { "bell frequency", 48000, BAND (BELL, 100, 12, 4), BAND (BELL, 5000, 12, 4), 500 },
    { "bell q", 48000, BAND (BELL, 1000, 12, 0.5), BAND (BELL, 1000, 12, 20), 900 },
    { "bell, all three", 44100, BAND (BELL, 9000, -9, 0.4), BAND (BELL, 900, 9, 5), 3000 },
    { "bell at the top", 48000, BAND (BELL, 18000, -12, 1), BAND (BELL, 12000, 12, 2), 11000 },
    { "low shelf", 48000, BAND (LOW_SHELF, 100, 12, 0.7), BAND (LOW_SHELF, 3000, -6, 0.7), 60 },
    { "high shelf", 96000, BAND (HIGH_SHELF, 12000, -6, 0.7), BAND (HIGH_SHELF, 6000, 6, 0.7), 9000 },
    { "high pass", 48000, BAND (HIGH_PASS, 20, 0, 0.7), BAND (HIGH_PASS, 200, 0, 2), 60 },
    { "low pass", 48000, BAND (LOW_PASS, 20000, 0, 0.7), BAND (LOW_PASS, 2000, 0, 1), 3000 },
    { "low pass at the top", 44100, BAND (LOW_PASS, 10500, 0, 5.4), BAND (LOW_PASS, 16000, 0, 2), 8000, 1.6 },
    { "high pass of 96 dB", 48000, STEEP (HIGH_PASS, 20, 96), STEEP (HIGH_PASS, 200, 96), 230, 1.2 },
    { "high pass of 18 dB", 44100, STEEP (HIGH_PASS, 9000, 18), STEEP (HIGH_PASS, 300, 18), 1000 },
    { "low pass of 24 dB", 48000, STEEP (LOW_PASS, 12000, 24), STEEP (LOW_PASS, 2500, 24), 2000 },
    { "low pass of 48 dB", 96000, STEEP (LOW_PASS, 4000, 48), STEEP (LOW_PASS, 20000, 48), 3000 },
    { "low pass of 6 dB", 48000, STEEP (LOW_PASS, 500, 6), STEEP (LOW_PASS, 8000, 6), 3000 },
    { "band pass at the top", 44100, BAND (BAND_PASS, 12000, 0, 5), BAND (BAND_PASS, 17000, 0, 5), 15000 },
    { "notch", 48000, BAND (NOTCH, 50, 0, 4), BAND (NOTCH, 1000, 0, 4), 300 },
    { "band pass", 192000, BAND (BAND_PASS, 1000, 0, 1), BAND (BAND_PASS, 4000, 0, 2), 1000 },
    { "low pass with q across the top", 44100, BAND (LOW_PASS, 8000, 0, 5.4), BAND (LOW_PASS, 14000, 0, 5.4), 8000 },
    { "low pass of 24 dB, two octaves at the top", 48000, STEEP (LOW_PASS, 20000, 24), STEEP (LOW_PASS, 5000, 24), 8000 },
    { "low pass of 24 dB from above 0.45", 44100, STEEP (LOW_PASS, 20000, 24), STEEP (LOW_PASS, 5000, 24), 4000 },
    { "low pass, an octave at the top", 48000, BAND (LOW_PASS, 20000, 0, 0.7), BAND (LOW_PASS, 10000, 0, 0.7), 5000 },
    { "low pass of 6 dB, 100 Hz to 19 kHz", 48000, STEEP (LOW_PASS, 100, 6), STEEP (LOW_PASS, 19000, 6), 3000 },
    { "sharp low pass, 3 to 20 kHz", 44100, BAND (LOW_PASS, 3000, 0, 20), BAND (LOW_PASS, 20000, 0, 3), 9000 },
    { "band pass, 15 to 19 kHz", 44100, BAND (BAND_PASS, 15000, 0, 5), BAND (BAND_PASS, 19000, 0, 5), 16000 },
    { "band pass of low q", 44100, BAND (BAND_PASS, 97, 0, 0.1), BAND (BAND_PASS, 130, 0, 7.9), 93 },
    { "high shelf, 1 to 20 kHz", 48000, BAND (HIGH_SHELF, 1000, 6, 0.7071), BAND (HIGH_SHELF, 20000, 6, 0.7071), 5000 },
    { "high shelf, all three", 48000, BAND (HIGH_SHELF, 1554, -24, 1.23), BAND (HIGH_SHELF, 10532, 23.8, 0.87), 5344 },
    { "high shelf, q through 0.5", 96000, BAND (HIGH_SHELF, 430, 15.6, 0.32), BAND (HIGH_SHELF, 430, 12, 1.44), 577 },
    { "high shelf of 6 dB through 0 dB", 48000, { MST_EQ_HIGH_SHELF, 1530, -7.2, 0.7, 6, MST_EQ_ALL, true },
        { MST_EQ_HIGH_SHELF, 32, 16.4, 0.7, 6, MST_EQ_ALL, true }, 15671 },
    { "tilt through 0 dB", 96000, BAND (TILT_SHELF, 961, -19.8, 0.7), BAND (TILT_SHELF, 961, 17.7, 0.7), 887, 2.7 },
    { "high pass, 100 Hz to 19 kHz", 44100, BAND (HIGH_PASS, 100, 0, 5), BAND (HIGH_PASS, 19000, 0, 5), 5000 },
    { "bell, 2 to 20 kHz", 48000, BAND (BELL, 2000, 12, 1), BAND (BELL, 20000, 12, 1), 5000 },
    { "notch, low q", 48000, BAND (NOTCH, 354, 0, 1.2), BAND (NOTCH, 17491, 0, 0.1), 140 },
    { "through 0 dB at 40 Hz", 48000, BAND (BELL, 40, -6, 1), BAND (BELL, 40, 6, 1), 45 },
  };
  for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
    const Change change = { 12345, jumps[i].to, 960 };
    double level;
    const double db = difference (jumps[i].rate, &jumps[i].from, &change, 1, jumps[i].tone_hz, &level);
    const double over = 20.0 * log10 (level / largest (jumps[i].from, &jumps[i].to, jumps[i].tone_hz, jumps[i].rate));
    tap_ok (db <= -90.0 && over < (jumps[i].over_db > 0.0 ? jumps[i].over_db : 1.0), "jump, %s: %.1f dB re the tone, overshoot %.2f dB", jumps[i].id, db, over);
  }
  /* 200 changes a second */
  Change many[100];
  for (size_t i = 0; i < 100; i++)
    many[i] = (Change) { 12000 + i * 240 / 2, BAND (BELL, 0, 0, 0), 960 };
  for (int round = 0; round < 3; round++) {
    MstEqBand first = BAND (BELL, 1000, 6, 1);
    double level;
    for (size_t i = 0; i < 100; i++) {
      MstEqBand *b = &many[i].band;
      b->frequency_hz = round == 1 ? 1000.0 : log_uniform (300, 3000);
      b->gain_db = round == 0 ? 6.0 : uniform (-12, 12);
      b->q = round == 2 ? log_uniform (0.5, 4) : 1.0;
    }
    const double db = difference (48000, &first, many, 100, 1000, &level);
    tap_ok (db <= -90.0, "400 random changes a second, %d: %.1f dB re the tone, peak %.2f", round, db, level);
  }
  return tap_done ();
}
