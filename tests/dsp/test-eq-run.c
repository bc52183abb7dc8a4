/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The equaliser while it runs: identity, cuts, clicks, rounding noise, channels, the end of silence, bad input. */
#include "denormals.h"
#include "eqanalog.h"
#include "eqband.h"
#include "isa.h"
#include "tap.h"

#include <string.h>

#define MAX_N 400000
static double a_left[MAX_N], a_right[MAX_N], b_left[MAX_N], b_right[MAX_N], third[2][MAX_N];

static MstEq *
make (double rate, unsigned n_channels, const MstEqParams *params)
{
  const char *error = NULL;
  MstEq *eq = mst_eq_new (rate, n_channels, &error);
  if (params)
    mst_eq_set_params (eq, params, 0);
  return eq;
}

static void
noise (double *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    x[i] = uniform (-0.5, 0.5);
}

static MstEqBand
random_band (unsigned n_channels)
{
  static const unsigned slopes[] = { 6, 12, 18, 24, 36, 48, 72, 96 };
  MstEqBand b;
  mst_eq_band_init (&b);
  b.type = (MstEqType) uniform (0, MST_EQ_N_TYPES);
  b.frequency_hz = log_uniform (10, 40000);
  b.q = log_uniform (0.025, 200);
  b.gain_db = uniform (0, 1) < 0.3 ? 0.0 : uniform (-36, 36);
  b.channels = n_channels == 2 ? (MstEqChannels) uniform (0, 5) : MST_EQ_ALL;
  b.enabled = uniform (0, 1) < 0.8;
  b.listen = uniform (0, 1) < 0.05;
  if (b.type <= MST_EQ_HIGH_SHELF && uniform (0, 1) < 0.4) {
    b.range_db = uniform (-30, 30);
    b.threshold_db = uniform (-60, 0);
    b.ratio = log_uniform (1, 20);
    b.attack_ms = log_uniform (1, 100);
    b.release_ms = log_uniform (5, 500);
    b.below = uniform (0, 1) < 0.3;
  }
  do
    b.slope = slopes[(int) uniform (0, 8)];
  while (!mst_eq_slope_valid (b.type, b.slope));
  return b;
}

static void
change (MstEqParams *p, unsigned n_channels)
{
  MstEqBand *b = &p->bands[(int) uniform (0, MST_EQ_MAX_BANDS) % (p->n_bands ? p->n_bands : 1)];
  switch ((int) uniform (0, 6)) {
    case 0:
      *b = random_band (n_channels);
      break;
    case 1:
      b->gain_db = uniform (0, 1) < 0.5 ? 0.0 : uniform (-12, 12);
      break;
    case 2:
      b->frequency_hz = log_uniform (20, 20000);
      break;
    case 3:
      b->enabled = !b->enabled;
      break;
    case 4:
      p->n_bands = (unsigned) uniform (0, 6);
      break;
    default:
      p->output_gain_db = uniform (-12, 12);
  }
}

/* The same changes at the same frames, one whole pass between them or many cuts */
static void
cuts (double rate, unsigned n_channels)
{
  const size_t n = 40000;
  unsigned different = 0;
  double *one[3] = { a_left, a_right, third[0] }, *two[3] = { b_left, b_right, third[1] };
  for (int round = 0; round < tap_share (12, 2); round++) {
    MstEqParams p;
    mst_eq_params_init (&p);
    p.n_bands = (unsigned) uniform (1, 8);
    for (unsigned i = 0; i < p.n_bands; i++)
      p.bands[i] = random_band (n_channels);
    MstEq *whole = make (rate, n_channels, &p), *cut = make (rate, n_channels, &p);
    for (unsigned c = 0; c < n_channels; c++) {
      noise (one[c], n);
      memcpy (two[c], one[c], n * sizeof **one);
    }
    for (size_t at = 0; at < n;) {
      size_t stretch = (size_t) log_uniform (1, 8000);
      stretch = stretch < n - at ? stretch : n - at;
      double *x[3] = { one[0] + at, one[1] + at, one[2] + at };
      mst_eq_process (whole, x, stretch);
      for (size_t done = 0; done < stretch;) {
        size_t piece = (size_t) log_uniform (1, 600);
        piece = piece < stretch - done ? piece : stretch - done;
        double *y[3] = { two[0] + at + done, two[1] + at + done, two[2] + at + done };
        mst_eq_process (cut, y, piece);
        done += piece;
        if (uniform (0, 1) < 0.1)       /* the same parameters again are no change */
          mst_eq_set_params (cut, &p, 960);
      }
      at += stretch;
      change (&p, n_channels);
      const size_t ramp = uniform (0, 1) < 0.3 ? 64 : uniform (0, 1) < 0.1 ? 0 : 960;
      mst_eq_set_params (whole, &p, ramp);
      mst_eq_set_params (cut, &p, ramp);
    }
    for (unsigned c = 0; c < n_channels; c++) {
      different += memcmp (one[c], two[c], n * sizeof **one) != 0;
      for (size_t i = 0; i < n; i++)
        different += !isfinite (one[c][i]);
    }
    mst_eq_free (whole);
    mst_eq_free (cut);
  }
  tap_ok (different == 0, "%u channels at %.0f Hz: bit-identical however cut, all finite", n_channels, rate);
}

static void
identity (void)
{
  MstEqParams p;
  mst_eq_params_init (&p);
  p.n_bands = 32;
  for (unsigned i = 0; i < 32; i++) {
    p.bands[i] = random_band (2);
    p.bands[i].gain_db = p.bands[i].range_db = 0.0;
    p.bands[i].listen = false;
    if (!mst_eq_type_has_gain (p.bands[i].type))
      p.bands[i].enabled = false;
  }
  double *io[2] = { b_left, b_right };
  MstEq *eq = make (48000, 2, &p);
  noise (a_left, 30000);
  noise (a_right, 30000);
  memcpy (b_left, a_left, sizeof a_left);
  memcpy (b_right, a_right, sizeof a_right);
  mst_eq_process (eq, io, 20000);
  tap_ok (memcmp (a_left, b_left, 20000 * sizeof (double)) == 0 && memcmp (a_right, b_right, 20000 * sizeof (double)) == 0,
      "32 bands at 0 dB or disabled: the identity to the bit");
  /* there and back */
  p.bands[0] = (MstEqBand) { MST_EQ_BELL, 100, 6, 5, 12, MST_EQ_ALL, true };
  p.output_gain_db = -3;
  mst_eq_set_params (eq, &p, 960);
  double *later[2] = { b_left, b_right };
  mst_eq_process (eq, later, 20000);
  const int changed = memcmp (a_left, b_left, 20000 * sizeof (double)) != 0;
  p.bands[0].gain_db = 0;
  p.output_gain_db = 0;
  mst_eq_set_params (eq, &p, 960);
  mst_eq_process (eq, later, 6000);
  memcpy (b_left, a_left, sizeof a_left);
  memcpy (b_right, a_right, sizeof a_right);
  mst_eq_process (eq, later, 20000);
  tap_ok (changed && memcmp (a_left, b_left, 20000 * sizeof (double)) == 0
      && memcmp (a_right, b_right, 20000 * sizeof (double)) == 0, "back at 0 dB: the identity to the bit again");
  mst_eq_free (eq);
}

/* Bands in one equaliser, some of which move while their neighbours rest, are what equalisers of one band are in a row */
static void
in_a_row (double rate)
{
  enum { N = 40000, BANDS = 14 };
  MstEqParams all, one;
  MstEq *row[BANDS];
  double worst = 0.0;
  mst_eq_params_init (&all);
  mst_eq_params_init (&one);
  all.n_bands = BANDS;
  one.n_bands = 1;
  for (unsigned i = 0; i < BANDS; i++) {
    all.bands[i] = (MstEqBand) { MST_EQ_BELL, 60.0 * exp2 (0.6 * i), i % 2 ? 15 : -12, 1, 12, MST_EQ_ALL, true };
    if (i % 6 == 2)
      all.bands[i] = (MstEqBand) { i > 6 ? MST_EQ_HIGH_SHELF : MST_EQ_LOW_PASS, 2000, 18, 0.7, 12, MST_EQ_ALL, true };
    all.bands[i].channels = i % 5 == 4 ? MST_EQ_LEFT : MST_EQ_ALL;
    one.bands[0] = all.bands[i];
    row[i] = make (rate, 2, &one);
  }
  MstEq *eq = make (rate, 2, &all);
  noise (a_left, N);
  noise (a_right, N);
  memcpy (b_left, a_left, N * sizeof *a_left);
  memcpy (b_right, a_right, N * sizeof *a_right);
  for (size_t at = 0, turn = 0; at < N; at += 5000, turn++) {
    double *a[2] = { a_left + at, a_right + at }, *b[2] = { b_left + at, b_right + at };
    mst_eq_process (eq, a, 5000);
    for (unsigned i = 0; i < BANDS; i++)
      mst_eq_process (row[i], b, 5000);
    const unsigned moves = (5 * turn + 3) % BANDS;
    all.bands[moves].gain_db = turn % 3 == 2 ? 0.0 : -all.bands[moves].gain_db;
    all.bands[moves].frequency_hz *= 1.5;
    one.bands[0] = all.bands[moves];
    mst_eq_set_params (eq, &all, 960);
    mst_eq_set_params (row[moves], &one, 960);
  }
  double peak = 0.0;
  for (size_t i = 0; i < N; i++) {
    worst = fmax (worst, fmax (fabs (a_left[i] - b_left[i]), fabs (a_right[i] - b_right[i])));
    peak = fmax (peak, fabs (b_right[i]));
  }
  for (unsigned i = 0; i < BANDS; i++)
    mst_eq_free (row[i]);
  mst_eq_free (eq);
  tap_ok (worst <= 1e-12 * peak && peak > 0.0, "%u bands, one moving at a time: %.1e of the peak from as many equalisers in a row", BANDS,
      worst / peak);
}

/* Peak above 5 kHz (Blackman-Harris high pass of 301 taps) of a 60 Hz tone of -12 dBFS while a parameter jumps, dBFS */
static double
click (const MstEqBand *from, const MstEqBand *to, double *level)
{
  enum { TAPS = 301 };
  double taps[TAPS], peak = 0.0;
  MstEqParams p;
  mst_eq_params_init (&p);
  p.n_bands = 1;
  p.bands[0] = *from;
  MstEq *eq = make (48000, 2, &p);
  for (size_t i = 0; i < 96000; i++)
    b_left[i] = b_right[i] = 0.25 * sin (2.0 * M_PI * 60.0 * i / 48000.0);
  double *io[2] = { b_left, b_right }, *later[2] = { b_left + 48017, b_right + 48017 };
  mst_eq_process (eq, io, 48017);
  p.bands[0] = *to;
  mst_eq_set_params (eq, &p, 960);
  mst_eq_process (eq, later, 96000 - 48017);
  mst_eq_free (eq);
  for (int k = 0; k < TAPS; k++) {
    const double x = k - TAPS / 2, w = 2.0 * M_PI * (k + 0.5) / TAPS;
    const double window = 0.35875 - 0.48829 * cos (w) + 0.14128 * cos (2 * w) - 0.01168 * cos (3 * w);
    taps[k] = ((x == 0 ? 1.0 : 0.0) - (x == 0 ? 2.0 * 5000 / 48000 : sin (2 * M_PI * 5000 / 48000 * x) / (M_PI * x))) * window;
  }
  *level = 0.0;
  for (size_t i = 47000; i < 60000; i++) {
    double y = 0.0;
    for (int k = 0; k < TAPS; k++)
      y += taps[k] * b_left[i + k];
    peak = fmax (peak, fabs (y));
    *level = fmax (*level, fabs (b_left[i]));
  }
  return 20.0 * log10 (peak + 1e-20);
}

static void
clicks (void)
{
#define BAND(type, f, gain, q) { MST_EQ_##type, f, gain, q, 12, MST_EQ_ALL, true }
  static const struct { const char *id; MstEqBand from, to; double limit_dbfs; } rows[] = {
    { "bell 100 Hz -12 to +12 dB", BAND (BELL, 100, -12, 1), BAND (BELL, 100, 12, 1), -120 },
    { "bell q 4 +12 dB, 100 to 5000 Hz", BAND (BELL, 100, 12, 4), BAND (BELL, 5000, 12, 4), -89 },
    { "bell 60 Hz +12 dB, q 0.5 to 20", BAND (BELL, 60, 12, 0.5), BAND (BELL, 60, 12, 20), -120 },
    { "high pass 20 to 200 Hz", BAND (HIGH_PASS, 20, 0, 0.7), BAND (HIGH_PASS, 200, 0, 0.7), -120 },
    { "low shelf 100 Hz, 0 to 12 dB", BAND (LOW_SHELF, 100, 0, 0.7), BAND (LOW_SHELF, 100, 12, 0.7), -120 },
    { "low shelf 100 Hz, 12 to 0 dB", BAND (LOW_SHELF, 100, 12, 0.7), BAND (LOW_SHELF, 100, 0, 0.7), -75 },
    { "bell to low pass", BAND (BELL, 60, 12, 1), BAND (LOW_PASS, 1000, 0, 0.7), -75 },
    { "bell to notch", BAND (BELL, 1000, 12, 1), BAND (NOTCH, 60, 0, 1), -75 },
    { "off", BAND (BELL, 60, 12, 1), { MST_EQ_BELL, 60, 12, 1, 12, MST_EQ_ALL, false }, -75 },
    { "on", { MST_EQ_BELL, 60, 12, 1, 12, MST_EQ_ALL, false }, BAND (BELL, 60, 12, 1), -75 },
    { "to mid", BAND (BELL, 60, 12, 1), { MST_EQ_BELL, 60, 12, 1, 12, MST_EQ_MID, true }, -75 },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    double level;
    const double dbfs = click (&rows[i].from, &rows[i].to, &level);
    tap_ok (dbfs <= rows[i].limit_dbfs && level < 1.15, "click: %s: %.1f dBFS (limit %.0f), peak %.3f", rows[i].id, dbfs,
        rows[i].limit_dbfs, level);
  }
}

/* The same coefficients, as the processor rounds them, in extended precision */
static double
rounding (const MstEqBand *band, double rate)
{
  const size_t n = 300000;
  MstEqParams p;
  MstEqFit fit[MST_EQ_MAX_SECTIONS];
  mst_eq_params_init (&p);
  p.n_bands = 1;
  p.bands[0] = *band;
  for (size_t i = 0; i < n; i++)
    a_left[i] = b_left[i] = b_right[i] = uniform (-0.2, 0.2) + 0.25 * sin (2.0 * M_PI * 60.0 / rate * i);
  MstEq *eq = make (rate, 2, &p);
  double *io[2] = { b_left, b_right };
  mst_eq_process (eq, io, n);
  mst_eq_free (eq);
  MstEqTable *table = mst_eq_table_new ();
  mst_eq_design (table, mst_eq_fit_kernels (), band->type, band->slope, band->frequency_hz, band->gain_db, band->q, rate, fit);
  mst_eq_table_free (table);
  long double z[MST_EQ_MAX_SECTIONS][3] = { { 0 } };
  MstEqStage stage[MST_EQ_MAX_SECTIONS];
  const unsigned n_sections = mst_eq_n_sections (band->type, band->slope);
  for (unsigned k = 0; k < n_sections; k++) {
    MstEqCoefs c;
    mst_eq_coefs_from_fit (&fit[k], &c);
    mst_eq_stage_set (&stage[k], &c, 3);
  }
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) {
    long double x = a_left[i];
    for (unsigned k = 0; k < n_sections; k++) {
      const MstEqStage *s = &stage[k];
      const long double y1 = s->b0[0] * x + z[k][0], y = y1 + s->e[0] * z[k][2];
      const long double z1 = s->e1[0] * x + s->r1[0] * z[k][0] + z[k][1];
      z[k][1] += s->e2[0] * x - s->d2[0] * z[k][0];
      z[k][0] = z1;
      z[k][2] = y1 - s->p[0] * z[k][2];
      x = y;
    }
    const double off = (double) (x - b_left[i]);
    sum += off * off;
  }
  return 10.0 * log10 (sum / n + 1e-40);
}

static void
precision (void)
{
  static const struct { const char *id; MstEqBand band; } rows[] = {
    { "bell 10 Hz q 40 +12 dB", { MST_EQ_BELL, 10, 12, 40, 12, MST_EQ_ALL, true } },
    { "high pass 10 Hz 96 dB/octave", { MST_EQ_HIGH_PASS, 10, 0, 1, 96, MST_EQ_ALL, true } },
    { "notch 50 Hz q 100", { MST_EQ_NOTCH, 50, 0, 100, 12, MST_EQ_ALL, true } },
    { "low shelf 20 Hz +12 dB", { MST_EQ_LOW_SHELF, 20, 12, 0.7, 12, MST_EQ_ALL, true } },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const double dbfs = rounding (&rows[i].band, 192000);
    tap_ok (dbfs <= -210.0, "rounding noise, 192 kHz, %s: %.1f dBFS", rows[i].id, dbfs);
  }
}

static void
channels (void)
{
  const size_t n = 20000;
  MstEqParams p;
  double *io[2] = { b_left, b_right };
  mst_eq_params_init (&p);
  p.n_bands = 2;
  p.bands[0] = (MstEqBand) { MST_EQ_HIGH_PASS, 300, 0, 1, 48, MST_EQ_SIDE, true };
  p.bands[1] = (MstEqBand) { MST_EQ_BELL, 3000, 20, 5, 12, MST_EQ_SIDE, true };
  for (int which = 0; which < 2; which++) {
    MstEq *eq = make (48000, 2, &p);
    double kept = 0.0, moved = 0.0;
    noise (a_left, n);
    noise (a_right, n);
    memcpy (b_left, a_left, sizeof a_left);
    memcpy (b_right, a_right, sizeof a_right);
    mst_eq_process (eq, io, n);
    for (size_t i = 0; i < n; i++) {
      const double mid = 0.5 * (b_left[i] + b_right[i]) - 0.5 * (a_left[i] + a_right[i]);
      const double side = 0.5 * (b_left[i] - b_right[i]) - 0.5 * (a_left[i] - a_right[i]);
      kept = fmax (kept, fabs (which ? side : mid));
      moved = fmax (moved, fabs (which ? mid : side));
    }
    mst_eq_free (eq);
    tap_ok (kept <= 1e-12 && moved > 0.1, "a band on %s leaves %s within %.2g", which ? "mid" : "side", which ? "side" : "mid",
        kept);
    p.bands[0].channels = p.bands[1].channels = MST_EQ_MID;
  }
  p.bands[0].channels = p.bands[1].channels = MST_EQ_LEFT;
  MstEq *eq = make (48000, 2, &p);
  noise (b_left, n);
  memcpy (b_right, a_right, sizeof a_right);
  mst_eq_process (eq, io, n);
  mst_eq_free (eq);
  tap_ok (memcmp (b_right, a_right, n * sizeof *a_right) == 0, "a band on left leaves right to the bit");
  /* all channels alike, at any number */
  unsigned different = 0;
  p.bands[0].channels = p.bands[1].channels = MST_EQ_ALL;
  for (unsigned n_channels = 1; n_channels <= 64; n_channels += n_channels < 4 ? 1 : 12) {
    double *many[64];
    for (unsigned c = 0; c < n_channels; c++) {
      many[c] = malloc (2000 * sizeof (double));
      memcpy (many[c], a_left, 2000 * sizeof (double));
    }
    memcpy (b_left, a_left, sizeof a_left);
    memcpy (b_right, a_left, sizeof a_left);
    eq = make (48000, n_channels, &p);
    MstEq *stereo = make (48000, 2, &p);
    mst_eq_process (eq, many, 2000);
    mst_eq_process (stereo, io, 2000);
    for (unsigned c = 0; c < n_channels; c++) {
      different += memcmp (many[c], b_left, 2000 * sizeof (double)) != 0;
      free (many[c]);
    }
    mst_eq_free (eq);
    mst_eq_free (stereo);
  }
  tap_ok (different == 0, "1 to 64 channels: each as in stereo, to the bit");
}

static void
silence (void)
{
  MstEqParams p;
  double *io[2] = { b_left, b_right };
  mst_eq_params_init (&p);
  p.n_bands = 3;
  p.bands[0] = (MstEqBand) { MST_EQ_HIGH_PASS, 20, 0, 1, 96, MST_EQ_ALL, true };
  p.bands[1] = (MstEqBand) { MST_EQ_BELL, 30, 12, 10, 12, MST_EQ_ALL, true };
  p.bands[2] = (MstEqBand) { MST_EQ_HIGH_SHELF, 12000, 2, 0.7, 12, MST_EQ_SIDE, true };
  MstEq *eq = make (48000, 2, &p);
  const unsigned long mode = mst_denormals_off ();
  noise (b_left, 5000);
  noise (b_right, 5000);
  mst_eq_process (eq, io, 5000);
  double seconds = 0.0;
  unsigned loud = 1;
  for (; loud && seconds < 60.0; seconds += 1.0) {
    memset (b_left, 0, 48000 * sizeof *b_left);
    memset (b_right, 0, 48000 * sizeof *b_right);
    mst_eq_process (eq, io, 48000);
    loud = 0;
    for (size_t i = 47000; i < 48000; i++)
      loud += b_left[i] != 0.0 || b_right[i] != 0.0;
  }
  tap_ok (!loud, "silence is exact zeros after %.0f s", seconds);
  noise (b_left, 1000);
  for (size_t i = 0; i < 1000; i++)
    b_left[i] = b_right[i] = b_left[i] * 2e30;
  mst_eq_process (eq, io, 1000);
  memset (b_left, 0, 48000 * sizeof *b_left);
  memset (b_right, 0, 48000 * sizeof *b_right);
  mst_eq_process (eq, io, 48000);
  tap_ok (isfinite (b_left[0]) && isfinite (b_right[47999]), "1e30 breaks nothing");
  mst_eq_reset (eq);
  noise (a_left, 1000);
  memcpy (b_left, a_left, 1000 * sizeof *a_left);
  memcpy (b_right, a_left, 1000 * sizeof *a_left);
  mst_eq_process (eq, io, 1000);
  memcpy (a_right, b_left, 1000 * sizeof *a_left);
  mst_eq_free (eq);
  eq = make (48000, 2, &p);
  memcpy (b_left, a_left, 1000 * sizeof *a_left);
  memcpy (b_right, a_left, 1000 * sizeof *a_left);
  mst_eq_process (eq, io, 1000);
  tap_ok (memcmp (a_right, b_left, 1000 * sizeof *a_left) == 0, "reset is as new");
  mst_eq_free (eq);
  mst_denormals_restore (mode);
}

/* What is heard of each type and channel, by tones; and that it begins and ends without a step */
static void
listening (void)
{
  static const struct { const char *id; MstEqType type; MstEqChannels channels; double tone_hz, left, right, l, r; } rows[] = {
    { "bell, centre", MST_EQ_BELL, MST_EQ_ALL, 1000, 1, 0.5, 1, 0.5 },
    { "bell, far", MST_EQ_BELL, MST_EQ_ALL, 100, 1, 1, 0.0505, 0.0505 },
    { "low shelf", MST_EQ_LOW_SHELF, MST_EQ_ALL, 50, 1, 1, 1, 1 },
    { "high-pass hears what it takes", MST_EQ_HIGH_PASS, MST_EQ_LEFT, 50, 1, 1, 1, 0 },
    { "low-pass, right", MST_EQ_LOW_PASS, MST_EQ_RIGHT, 15000, 1, 1, 0, 1 },
    { "notch, mid", MST_EQ_NOTCH, MST_EQ_MID, 1000, 1, 0, 0.5, 0.5 },
    { "bell, side", MST_EQ_BELL, MST_EQ_SIDE, 1000, 1, 0, 0.5, -0.5 },
    { "tilt hears all", MST_EQ_TILT_SHELF, MST_EQ_ALL, 300, 1, 0.5, 1, 0.5 },
  };
  const size_t n = 48000;
  double *io[2] = { b_left, b_right };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    MstEqParams p;
    mst_eq_params_init (&p);
    p.n_bands = 2;
    p.bands[0] = (MstEqBand) { MST_EQ_BELL, rows[i].tone_hz, -12, 1, 12, MST_EQ_ALL, true, .ratio = 1 };
    p.bands[1] = (MstEqBand) { rows[i].type, 1000, 6, 2, 12, rows[i].channels, true, .ratio = 1, .listen = true };
    MstEq *eq = make (48000, 2, &p);
    for (size_t t = 0; t < n; t++) {
      b_left[t] = rows[i].left * sin (2.0 * M_PI * rows[i].tone_hz / 48000.0 * t);
      b_right[t] = rows[i].right * sin (2.0 * M_PI * rows[i].tone_hz / 48000.0 * t);
    }
    mst_eq_process (eq, io, n);
    double pl = 0.0, pr = 0.0, both = 0.0;
    for (size_t t = n - 4800; t < n; t++) {
      pl += b_left[t] * b_left[t] / 2400;
      pr += b_right[t] * b_right[t] / 2400;
      both += b_left[t] * b_right[t] / 2400;
    }
    mst_eq_free (eq);
    const double r = copysign (sqrt (pr), both == 0.0 ? 1.0 : both);
    tap_ok (fabs (sqrt (pl) - rows[i].l) < 0.005 && fabs (r - rows[i].r) < 0.005, "listen: %s: %.3f, %.3f", rows[i].id, sqrt (pl), r);
  }
  MstEqParams p;
  double step = 0.0;
  mst_eq_params_init (&p);
  p.n_bands = 1;
  p.bands[0] = (MstEqBand) { MST_EQ_BELL, 200, 6, 2, 12, MST_EQ_ALL, true, .ratio = 1 };
  MstEq *eq = make (48000, 2, &p);
  for (size_t t = 0; t < n; t++)
    b_left[t] = b_right[t] = 0.5 * sin (2.0 * M_PI * 200.0 / 48000.0 * t);
  for (size_t at = 0; at < n; at += 8000) {
    double *later[2] = { b_left + at, b_right + at };
    mst_eq_process (eq, later, 8000);
    p.bands[0].listen = !p.bands[0].listen;
    p.bands[0].channels = at < 16000 ? MST_EQ_ALL : MST_EQ_MID;
    mst_eq_set_params (eq, &p, 960);
  }
  mst_eq_free (eq);
  for (size_t t = 1; t < n; t++)
    step = fmax (step, fabs (b_left[t] - b_left[t - 1]));
  tap_ok (step < 1.1 * 2.0 * 0.5 * 2.0 * M_PI * 200.0 / 48000.0, "listening begins and ends without a step: %.4f", step);
}

static void
bad_params (void)
{
  MstEqParams p;
  unsigned band;
  const char *error = NULL;
  mst_eq_params_init (&p);
  p.n_bands = 2;
  tap_ok (!mst_eq_params_check (&p, 6, &band), "defaults are fine");
  p.bands[1].channels = MST_EQ_SIDE;
  tap_ok (mst_eq_params_check (&p, 6, &band) && band == 1, "side in 5.1 is refused, band named");
  p.bands[1].channels = MST_EQ_ALL;
  p.bands[0].q = NAN;
  tap_ok (mst_eq_params_check (&p, 2, &band) && band == 0, "q of NaN is refused");
  tap_ok (!mst_eq_new (4000, 2, &error) && error, "4 kHz is refused");
  error = NULL;
  tap_ok (!mst_eq_new (48000, 65, &error) && error, "65 channels are refused");
}

static void
all (void)
{
  cuts (48000, 2);
  cuts (8000, 1);
  cuts (192000, 3);
  cuts (384000, 2);
  identity ();
  in_a_row (44100);
  clicks ();
  precision ();
  channels ();
  silence ();
  listening ();
}

int
main (void)
{
  all ();
  bad_params ();
  if (mst_isa () != MST_ISA_BASE) {
    mst_isa_force (MST_ISA_BASE);
    all ();
  }
  return tap_done ();
}
