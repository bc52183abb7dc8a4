/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dynamic bands: static gain against threshold, ratio and range; attack and release by 63 % of the dB step on a 10 kHz burst;
 * what the detector hears; linked channels; the end. */
#include "eqanalog.h"
#include "isa.h"
#include "tap.h"

#include <string.h>

#define N 200000
static double left[N], right[N];

static MstEq *
make (const MstEqBand *band, double rate)
{
  MstEqParams p;
  const char *error = NULL;
  mst_eq_params_init (&p);
  p.n_bands = 1;
  p.bands[0] = *band;
  MstEq *eq = mst_eq_new (rate, 2, &error);
  mst_eq_set_params (eq, &p, 0);
  return eq;
}

/* Amplitude of @f_hz in @x, over @n frames, Hann window */
static double
amplitude (const double *x, size_t n, double f_hz, double rate)
{
  Cplx sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += x[i] * (1.0 - cos (2.0 * M_PI * (i + 0.5) / n)) * cexp (-2.0 * M_PI * I * f_hz / rate * i);
  return 2.0 * cabs (sum) / n;
}

static double
wanted (const MstEqBand *b, double level_db)
{
  const double distance = fmax (b->below ? b->threshold_db - level_db : level_db - b->threshold_db, 0.0);
  const double change = fmin (distance * (1.0 - 1.0 / b->ratio), fabs (b->range_db));
  return b->gain_db + (b->range_db < 0 ? -change : change);
}

static double
static_gain (const MstEqBand *b, double rate, double tone_hz, double level_db)
{
  MstEq *eq = make (b, rate);
  const double a = pow (10.0, level_db / 20.0);
  const size_t n = (size_t) (rate * (0.35 + 5e-3 * b->release_ms));
  for (size_t t = 0; t < n; t++)
    left[t] = right[t] = a * sin (2.0 * M_PI * tone_hz / rate * t);
  double *io[2] = { left, right };
  mst_eq_process (eq, io, n);
  mst_eq_free (eq);
  return 20.0 * log10 (amplitude (left + n - 16384, 16384, tone_hz, rate) / a);
}

static void
statics (void)
{
  static const struct { const char *id; MstEqBand band; double tone_hz; } rows[] = {
    { "bell, cut above", { MST_EQ_BELL, 3000, 0, 2, 12, MST_EQ_ALL, true, -12, -30, 4, 5, 50, false }, 3000 },
    { "bell, boost above", { MST_EQ_BELL, 100, -2, 0.7, 12, MST_EQ_ALL, true, 9, -40, 2, 5, 50, false }, 100 },
    { "bell, boost below", { MST_EQ_BELL, 8000, 1, 4, 12, MST_EQ_ALL, true, 6, -30, 3, 5, 50, true }, 8000 },
    { "bell, infinite ratio", { MST_EQ_BELL, 14000, 3, 1, 12, MST_EQ_ALL, true, -20, -35, INFINITY, 5, 50, false }, 14000 },
    { "bell, 40 Hz", { MST_EQ_BELL, 40, 0, 1, 12, MST_EQ_ALL, true, -12, -30, 4, 20, 200, false }, 40 },
  };
  static const double rates[] = { 44100, 96000 };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (size_t r = tap_short () ? i % 2 : 0; r < 2; r += tap_short () ? 2 : 1) {
      double worst = 0.0;
      for (double level = -60.0; level <= 0.0; level += 60.0 / (tap_share (11, 6) - 1))
        worst = fmax (worst, fabs (static_gain (&rows[i].band, rates[r], rows[i].tone_hz, level)
                - wanted (&rows[i].band, level)));
      tap_ok (worst <= 0.1, "static gain, %s, %.0f Hz: %.3f dB off", rows[i].id, rates[r], worst);
    }
  /* a shelf's gain is reached far into it, where its region is heard whole */
  static const MstEqBand shelf = { MST_EQ_HIGH_SHELF, 4000, 0, M_SQRT1_2, 12, MST_EQ_ALL, true, -9, -40, 2, 5, 50, false };
  double worst = 0.0;
  for (double level = -60.0; level <= 0.0; level += 60.0 / (tap_share (11, 6) - 1))
    worst = fmax (worst, fabs (static_gain (&shelf, 96000, 30000, level) - wanted (&shelf, level)));
  tap_ok (worst <= 0.1, "static gain, high shelf: %.3f dB off", worst);
}

/* Level of a 10 kHz tone that jumps from -50 to -10 dBFS and back, 63 % of the way in dB */
static void
timing (double attack_ms, double release_ms)
{
  const MstEqBand b = { MST_EQ_BELL, 10000, 0, 1, 12, MST_EQ_ALL, true, -18, -30, 10, attack_ms, release_ms, false };
  const double rate = 48000;
  const size_t on = 12000 + 11, off = on + (size_t) (rate * attack_ms * 0.010) + 4800, n = off + (size_t) (rate * release_ms * 0.005);
  MstEq *eq = make (&b, rate);
  for (size_t t = 0; t < n; t++)
    left[t] = right[t] = (t >= on && t < off ? 0.316 : 0.00316) * cos (2.0 * M_PI * 10000.0 / rate * t);
  double *io[2] = { left, right };
  mst_eq_process (eq, io, n);
  mst_eq_free (eq);
  double found[2] = { NAN, NAN };
  for (int phase = 0; phase < 2; phase++) {
    const size_t from = phase ? off : on, to = phase ? n : off;
    const double full = -18.0, goal = full * (phase ? exp (-1.0) : 1.0 - exp (-1.0)), in = phase ? 0.00316 : 0.316;
    double last = phase ? full : 0.0;
    for (size_t t = from + (phase ? 60 : 12); t + 12 < to && isnan (found[phase]); t++) {
      Cplx sum = 0;             /* 24 frames: five whole periods */
      for (size_t k = 0; k < 24; k++)
        sum += right[t - 12 + k] * cexp (-2.0 * M_PI * I * 10000.0 / rate * (t - 12 + k));
      const double db = 20.0 * log10 (cabs (sum) / 12.0 / in);
      if (phase ? db >= goal : db <= goal)
        found[phase] = 1e3 * (t - from - 0.5 - (phase ? db - goal : goal - db) / fmax (fabs (db - last), 1e-9)) / rate;
      last = db;
    }
  }
  tap_ok (fabs (found[0] / attack_ms - 1.0) <= 0.1, "attack %.4g ms: %.4g", attack_ms, found[0]);
  tap_ok (fabs (found[1] / release_ms - 1.0) <= 0.1, "release %.4g ms: %.4g", release_ms, found[1]);
}

static void
region_and_link (void)
{
  MstEqBand b = { MST_EQ_BELL, 7000, 0, 2, 12, MST_EQ_ALL, true, -12, -30, 4, 5, 50, false };
  const double rate = 48000;
  /* a loud bass is not heard, its own tone is */
  MstEq *eq = make (&b, rate);
  double *io[2] = { left, right };
  const size_t n = 48000;
  for (size_t t = 0; t < n; t++)
    left[t] = right[t] = 0.7 * sin (2.0 * M_PI * 80.0 / rate * t) + 0.001 * sin (2.0 * M_PI * 7000.0 / rate * t);
  mst_eq_process (eq, io, n);
  mst_eq_free (eq);
  double db = 20.0 * log10 (amplitude (left + n - 16384, 16384, 7000, rate) / 0.001);
  tap_within (db, 0.1, "a bass of -3 dBFS under a band at 7 kHz moves it by, dB");
  /* one channel loud: both move alike */
  eq = make (&b, rate);
  for (size_t t = 0; t < n; t++) {
    left[t] = 0.5 * sin (2.0 * M_PI * 7000.0 / rate * t);
    right[t] = 0.01 * sin (2.0 * M_PI * 7000.0 / rate * t);
  }
  mst_eq_process (eq, io, n);
  mst_eq_free (eq);
  const double l = 20.0 * log10 (amplitude (left + n - 16384, 16384, 7000, rate) / 0.5);
  const double r = 20.0 * log10 (amplitude (right + n - 16384, 16384, 7000, rate) / 0.01);
  tap_ok (l < -11.0 && fabs (l - r) < 1e-6, "linked: left %.3f dB, right %.3f dB", l, r);
  /* a band on side does not hear mid */
  b.channels = MST_EQ_SIDE;
  eq = make (&b, rate);
  for (size_t t = 0; t < n; t++)
    left[t] = right[t] = 0.5 * sin (2.0 * M_PI * 7000.0 / rate * t);
  mst_eq_process (eq, io, n);
  mst_eq_free (eq);
  db = 20.0 * log10 (amplitude (left + n - 16384, 16384, 7000, rate) / 0.5);
  tap_within (db, 1e-9, "a band on side leaves mid, dB");
}

/* While its level is below the threshold it is the static band; switched on and off it does not click; then silence */
static void
idle (void)
{
  const MstEqBand b = { MST_EQ_BELL, 1000, 4, 1, 12, MST_EQ_ALL, true, -12, -20, 4, 5, 50, false };
  MstEqBand plain = b;
  plain.range_db = 0;
  static double other[2][48000];
  double worst = 0.0;
  double *io[2] = { left, right }, *io2[2] = { other[0], other[1] };
  for (size_t t = 0; t < 48000; t++)
    left[t] = right[t] = other[0][t] = other[1][t] = 0.01 * sin (0.131 * t);
  MstEq *eq = make (&b, 48000), *eq2 = make (&plain, 48000);
  mst_eq_process (eq, io, 48000);
  mst_eq_process (eq2, io2, 48000);
  for (size_t t = 0; t < 48000; t++)
    worst = fmax (worst, fabs (left[t] - other[0][t]));
  tap_within (worst, 1e-15, "below the threshold: the static band");
  MstEqParams p;
  mst_eq_params_init (&p);
  p.n_bands = 1;
  double step = 0.0;
  for (int k = 0; k < 6; k++) {
    p.bands[0] = k % 2 ? b : plain;
    p.bands[0].frequency_hz = 1000 + 500 * k;
    mst_eq_set_params (eq, &p, 960);
    for (size_t t = 0; t < 7001; t++)
      left[t] = right[t] = 0.5 * sin (2.0 * M_PI * 200.0 / 48000.0 * (t + 7001 * k));
    mst_eq_process (eq, io, 7001);
    for (size_t t = k > 0 ? 2 : 1000; t < 7001; t++)
      step = fmax (step, fabs (left[t] - 2.0 * left[t - 1] + left[t - 2]));
  }
  const double bend = 0.5 * pow (2.0 * M_PI * 200.0 / 48000.0, 2.0);    /* the tone's own second difference */
  tap_ok (step < 1.5 * bend, "on, off, moved: largest second difference %.3g, of the tone %.3g", step, bend);
  size_t loud = 1;
  for (int second = 0; second < 60 && loud; second++) {
    memset (left, 0, sizeof left);
    memset (right, 0, sizeof right);
    mst_eq_process (eq, io, 48000);
    loud = 0;
    for (size_t t = 40000; t < 48000; t++)
      loud += left[t] != 0.0 || right[t] != 0.0;
  }
  tap_ok (!loud, "silence is exact zeros");
  mst_eq_free (eq);
  mst_eq_free (eq2);
}

int
main (void)
{
  statics ();
  timing (2.0, 30.0);
  timing (5.0, 50.0);
  timing (20.0, 100.0);
  timing (100.0, 400.0);
  region_and_link ();
  idle ();
  return tap_done ();
}
