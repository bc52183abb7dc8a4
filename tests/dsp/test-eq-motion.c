/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The equaliser while its parameters move, against the trajectory that eqglide.h and eq.h document, evaluated at every frame with
 * the exact design of that frame in extended precision. The trajectory is computed here from the targets by its definition:
 * a mean with a triangular weight, as a sum over frames. */
#include "eqanalog.h"
#include "eqband.h"
#include "eqtable.h"
#include "isa.h"
#include "tap.h"

#include <string.h>

#define N 24000
static double out[2][N], tone[N];
static long double truth[N];

typedef struct
{
  size_t frame;                 /* when it is set */
  MstEqBand band;
  size_t ramp_frames;
} Change;

/* Filters of a band: what they were told, on straight lines, and what they hold */
typedef struct
{
  long start;                   /* first frame */
  double now[3], goal[3], slope[3];     /* ln f, ln q, dB */
  size_t left;
  double target[3][N];
  long still[3][N];             /* frames up to here that have had this target */
  double designed[3];
  MstEqCoefs c[MST_EQ_MAX_SECTIONS];
  long double z1[MST_EQ_MAX_SECTIONS], z2[MST_EQ_MAX_SECTIONS], s[MST_EQ_MAX_SECTIONS];
} Voice;
static Voice voices[2];

static double
parameter (const MstEqBand *b, int i)
{
  const bool cut = b->type == MST_EQ_HIGH_PASS || b->type == MST_EQ_LOW_PASS, steps = cut || b->type == MST_EQ_LOW_SHELF || b->type == MST_EQ_HIGH_SHELF;
  const bool has_q = b->type != MST_EQ_TILT_SHELF && !(steps && b->slope != 12);
  return i == 0 ? log (b->frequency_hz) : i == 1 ? (has_q ? log (b->q) : 0.0) : b->gain_db;
}

static void
begin (Voice *v, long start, const MstEqBand *band)
{
  memset (v, 0, sizeof *v);
  v->start = start;
  v->designed[0] = NAN;
  for (int i = 0; i < 3; i++)
    v->now[i] = v->goal[i] = parameter (band, i);
}

static double
steepness (const MstEqBand *b)
{
  const bool cut = b->type == MST_EQ_HIGH_PASS || b->type == MST_EQ_LOW_PASS, shelf = b->type == MST_EQ_LOW_SHELF || b->type == MST_EQ_HIGH_SHELF;
  if (b->type == MST_EQ_TILT_SHELF || ((cut || shelf) && b->slope == 6))
    return 0.5;
  if (cut && b->slope != 12)
    return 1.0 / (2.0 * sin (M_PI / 2.0 / (b->slope / 6)));
  return fmax (0.5, b->type == MST_EQ_BELL ? b->q * pow (10.0, fabs (b->gain_db) / 40.0) : b->q);
}

/* As eqleap.h says, for bands of one section */
static bool
leaps (const MstEqBand *a, const Change *to, unsigned n_bands)
{
  const MstEqBand *b = &to->band;
  const bool drawn = to->ramp_frames <= 64;
  const double octaves = fabs (parameter (b, 0) - parameter (a, 0)) / M_LN2;
  if (n_bands > 12 && !drawn)
    return true;
  return (octaves * M_LN2 * fmax (steepness (a), steepness (b)) > 0.35 && !(drawn && octaves < 0.25))
      || fabs (parameter (b, 1) - parameter (a, 1)) > 1.4 || fabs (b->gain_db - a->gain_db) > 12.0;
}

/* The smoothed path at frame @t: triangular weight over the last 2 L frames, seen MST_EQ_PATH_DELAY segments later. The target's lines are
 * joined between frames by the midpoint rule. */
static double
path (const Voice *v, int i, long t, size_t h)
{
  const long l = (long) h * MST_EQ_GLIDE_SEGMENTS, end = t - MST_EQ_PATH_DELAY * (long) h, first = v->start;
  double sum = 0.0;
  if (end < first || v->still[i][end] > 2 * l)  /* the mean of one value */
    return v->target[i][end < first ? first : end];
  for (long k = 0; k < 2 * l; k++) {
    const long a = end - k - 1, b = end - k;
    const double at_a = v->target[i][a < first ? first : a], at_b = v->target[i][b < first ? first : b];
    const double weight = 1.0 - fabs ((k + 0.5) / (double) l - 1.0);
    sum += 0.5 * (at_a + at_b) * weight;
  }
  return sum / (double) l;
}

/* One frame through the exact filter of that frame */
static long double
filter (Voice *v, MstEqTable *table, const MstEqBand *band, double rate, long t, size_t h, long double x)
{
  for (int i = 0; i < 3; i++) {
    v->target[i][t] = v->now[i];
    v->still[i][t] = t == v->start ? N : v->now[i] == v->target[i][t - 1] ? v->still[i][t - 1] + 1 : 1;
    if (v->left > 0)
      v->now[i] = v->left > 1 ? v->now[i] + v->slope[i] : v->goal[i];
  }
  v->left -= v->left > 0;
  const double at[3] = { path (v, 0, t, h), path (v, 1, t, h), path (v, 2, t, h) };
  const unsigned n = mst_eq_n_sections (band->type, band->slope);
  if (memcmp (at, v->designed, sizeof at) != 0) {
    MstEqFit fit[MST_EQ_MAX_SECTIONS];
    mst_eq_design (table, mst_eq_fit_kernels (), band->type, band->slope, exp (at[0]), at[2], exp (at[1]), rate, fit);
    for (unsigned i = 0; i < n; i++)
      mst_eq_coefs_from_fit (&fit[i], &v->c[i]);
    memcpy (v->designed, at, sizeof at);
  }
  for (unsigned i = 0; i < n; i++) {
    const double *k = v->c[i].c;
    const long double y1 = k[MST_EQ_B0] * x + v->z1[i], y = y1 + ((long double) k[MST_EQ_BETA] - k[MST_EQ_P]) * v->s[i];
    v->z1[i] = v->z1[i] + v->z2[i] + k[MST_EQ_N1] * x - k[MST_EQ_D1] * y1;
    v->z2[i] = v->z2[i] + k[MST_EQ_N2] * x - k[MST_EQ_D2] * y1;
    v->s[i] = y1 - k[MST_EQ_P] * v->s[i];
    x = y;
  }
  return x;
}

/* The documented trajectory over truth[]: glides, and for leaps a raised cosine of 64 segments from the next block of 8, in front of the
 * new filters and behind the old ones; a leap during a fade waits for its end. */
static unsigned
follow (const MstEqBand *first, const Change *changes, size_t n_changes, double rate, size_t h, unsigned n_bands)
{
  MstEqTable *table = mst_eq_table_new ();
  const long block = 8 * (long) h, length = 64 * (long) h;
  long fade = -length;          /* where it began */
  const MstEqBand *told = first, *waiting = NULL;
  unsigned now = 0, n_fades = 0;
  begin (&voices[0], 0, first);
  for (long t = 0; t < N; t++) {
    if (waiting && t % block == 0 && t >= fade + length) {
      begin (&voices[now ^= 1], fade = t, told = waiting);
      waiting = NULL;
      n_fades++;
    }
    for (; n_changes > 0 && changes->frame == (size_t) t; changes++, n_changes--) {
      Voice *v = &voices[now];
      waiting = leaps (told, changes, n_bands) ? &changes->band : NULL;
      if (waiting)
        continue;
      told = &changes->band;
      v->left = changes->ramp_frames;
      for (int i = 0; i < 3; i++) {
        v->goal[i] = parameter (told, i);
        v->slope[i] = (v->goal[i] - v->now[i]) / (double) v->left;
      }
    }
    const long double w = t < fade + length ? 0.5L - 0.5L * cosl (M_PIl * (t - fade + 0.5L) / length) : 1.0L;
    const long double x = truth[t];
    truth[t] = filter (&voices[now], table, first, rate, t, h, w * x);
    if (w < 1.0L)
      truth[t] += (1.0L - w) * filter (&voices[now ^ 1], table, first, rate, t, h, x);
  }
  mst_eq_table_free (table);
  return n_fades;
}

/* Peak difference re the tone in dB, from frame 0, of @n_bands bands that are all alike; @level: peak after the first change */
static double
difference (double rate, const MstEqBand *first, const Change *changes, size_t n_changes, double tone_hz, unsigned n_bands, double *level, unsigned *n_fades)
{
  const char *error = NULL;
  MstEqParams p;
  size_t h = 8;
  while ((double) h < rate * 0.19e-3)
    h *= 2;
  mst_eq_params_init (&p);
  p.n_bands = n_bands;
  for (unsigned i = 0; i < n_bands; i++)
    p.bands[i] = *first;
  MstEq *eq = mst_eq_new (rate, 2, &error);
  mst_eq_set_params (eq, &p, 0);
  for (size_t t = 0; t < N; t++)
    out[0][t] = out[1][t] = tone[t] = 0.25 * sin (2.0 * M_PI * tone_hz * t / rate);
  for (size_t at = 0, next = 0; at < N;) {
    if (next < n_changes && changes[next].frame == at) {
      for (unsigned i = 0; i < n_bands; i++)
        p.bands[i] = changes[next].band;
      mst_eq_set_params (eq, &p, changes[next++].ramp_frames);
    }
    const size_t to = next < n_changes ? changes[next].frame : N;
    double *io[2] = { out[0] + at, out[1] + at };
    mst_eq_process (eq, io, to - at);
    at = to;
  }
  mst_eq_free (eq);

  for (size_t t = 0; t < N; t++)
    truth[t] = tone[t];
  for (unsigned i = 0; i < n_bands; i++)
    *n_fades = follow (first, changes, n_changes, rate, h, n_bands);
  double worst = 0.0;
  *level = 0.0;
  for (size_t t = 0; t < N; t++) {
    worst = fmax (worst, fabs ((double) (truth[t] - out[0][t])));
    if (t >= changes->frame)    /* what the tone's own beginning does is not the change's */
      *level = fmax (*level, fabs (out[0][t]) / 0.25);
  }
  return 20.0 * log10 (worst / 0.25);
}

#define BAND(type, f, gain, q) { MST_EQ_##type, f, gain, q, 12, MST_EQ_ALL, true }
#define STEEP(type, f, slope) { MST_EQ_##type, f, 0, 0.7, slope, MST_EQ_ALL, true }

int
main (void)
{
  static const struct { const char *id; double rate; MstEqBand from, to; double tone_hz; } jumps[] = {
    { "bell gain", 48000, BAND (BELL, 1000, -12, 1), BAND (BELL, 1000, 12, 1), 997 },
    { "bell frequency", 48000, BAND (BELL, 100, 12, 4), BAND (BELL, 5000, 12, 4), 500 },
    { "bell q", 48000, BAND (BELL, 1000, 12, 0.5), BAND (BELL, 1000, 12, 20), 900 },
    { "bell, all three", 44100, BAND (BELL, 9000, -9, 0.4), BAND (BELL, 900, 9, 5), 3000 },
    { "bell at the top", 48000, BAND (BELL, 18000, -12, 1), BAND (BELL, 12000, 12, 2), 11000 },
    { "low shelf", 48000, BAND (LOW_SHELF, 100, 12, 0.7), BAND (LOW_SHELF, 3000, -6, 0.7), 60 },
    { "high shelf", 96000, BAND (HIGH_SHELF, 12000, -6, 0.7), BAND (HIGH_SHELF, 6000, 6, 0.7), 9000 },
    { "high pass", 48000, BAND (HIGH_PASS, 20, 0, 0.7), BAND (HIGH_PASS, 200, 0, 2), 60 },
    { "low pass", 48000, BAND (LOW_PASS, 20000, 0, 0.7), BAND (LOW_PASS, 2000, 0, 1), 3000 },
    { "low pass at the top", 44100, BAND (LOW_PASS, 10500, 0, 5.4), BAND (LOW_PASS, 16000, 0, 2), 8000 },
    { "high pass of 96 dB", 48000, STEEP (HIGH_PASS, 20, 96), STEEP (HIGH_PASS, 200, 96), 230 },
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
    { "tilt through 0 dB", 96000, BAND (TILT_SHELF, 961, -19.8, 0.7), BAND (TILT_SHELF, 961, 17.7, 0.7), 887 },
    { "high pass, 100 Hz to 19 kHz", 44100, BAND (HIGH_PASS, 100, 0, 5), BAND (HIGH_PASS, 19000, 0, 5), 5000 },
    { "bell, 2 to 20 kHz", 48000, BAND (BELL, 2000, 12, 1), BAND (BELL, 20000, 12, 1), 5000 },
    { "notch, low q", 48000, BAND (NOTCH, 354, 0, 1.2), BAND (NOTCH, 17491, 0, 0.1), 140 },
    { "bell, a third of a bandwidth", 48000, BAND (BELL, 1000, 12, 5), BAND (BELL, 1030, 12, 5), 1015 },
    { "bell, half a bandwidth", 48000, BAND (BELL, 1000, 12, 5), BAND (BELL, 1070, 12, 5), 1034 },
    { "bell over the tone", 44100, BAND (BELL, 300, 18, 3), BAND (BELL, 3000, 18, 3), 950 },
    { "bell gain", 44100, BAND (BELL, 1000, 0.5, 0.7), BAND (BELL, 1000, 12, 0.7), 700 },
    { "low shelf of low q", 48000, BAND (LOW_SHELF, 800, -4, 0.3), BAND (LOW_SHELF, 800, 6, 0.3), 500 },
    { "through 0 dB at 40 Hz", 48000, BAND (BELL, 40, -6, 1), BAND (BELL, 40, 6, 1), 45 },
  };
  for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
    const Change change = { 12345, jumps[i].to, 960 };
    double level;
    unsigned n_fades;
    const double db = difference (jumps[i].rate, &jumps[i].from, &change, 1, jumps[i].tone_hz, 1, &level, &n_fades);
    const double ends = fmax (cabs (analog (&jumps[i].from, jumps[i].tone_hz, jumps[i].rate)), cabs (analog (&jumps[i].to, jumps[i].tone_hz, jumps[i].rate)));
    const double over = 20.0 * log10 (level / ends);
    tap_ok (db <= -90.0 && over < 1.0, "%s, %s: %.1f dB re the tone, %.2f dB over the larger curve", n_fades ? "leap" : "glide", jumps[i].id, db, over);
  }
  /* 200 changes a second */
  Change many[100];
  for (size_t i = 0; i < 100; i++)
    many[i] = (Change) { 12000 + i * 240 / 2, BAND (BELL, 0, 0, 0), 960 };
  for (int round = 0; round < 4; round++) {
    MstEqBand first = BAND (BELL, 1000, 6, 1);
    double level;
    unsigned n_fades;
    for (size_t i = 0; i < 100; i++) {
      MstEqBand *b = &many[i].band;
      b->frequency_hz = round == 1 ? 1000.0 : log_uniform (300, 3000);
      b->gain_db = round == 0 ? 6.0 : uniform (-12, 12);
      b->q = round == 2 ? log_uniform (0.5, 4) : 1.0;
      if (round == 3 && i % 8 > 0) {    /* small steps in fades and out of them */
        b->frequency_hz = many[i - 1].band.frequency_hz * uniform (0.95, 1.05);
        b->gain_db = many[i - 1].band.gain_db;
      }
    }
    const double db = difference (48000, &first, many, 100, 1000, 1, &level, &n_fades);
    tap_ok (db <= -90.0, "400 random changes a second, %d: %.1f dB re the tone, peak %.2f, %u fades", round, db, level, n_fades);
  }
  /* Automation draws lines from point to point every 64 frames, here of a sharp bell up two octaves in 0.12 s and down again */
  const MstEqBand low = BAND (BELL, 500, 9, 10);
  double level;
  unsigned n_fades;
  for (size_t i = 0; i < 100; i++) {
    many[i] = (Change) { 12032 + i * 64, low, 64 };
    many[i].band.frequency_hz *= exp2 (1.0 - cos (2.0 * M_PI * (i + 1) / 100.0));
  }
  double db = difference (48000, &low, many, 100, 1000, 1, &level, &n_fades);
  tap_ok (db <= -90.0 && n_fades == 0, "a sharp bell swept by automation: %.1f dB re the tone, %u fades", db, n_fades);
  /* Too many to glide together */
  const MstEqBand from = BAND (BELL, 1000, 0.5, 1);
  const Change crowd[] = { { 12345, BAND (BELL, 1050, 0.9, 1.1), 960 }, { 12845, BAND (BELL, 950, 0.7, 1), 960 } };
  db = difference (48000, &from, crowd, 2, 900, 30, &level, &n_fades);
  tap_ok (db <= -90.0 && n_fades == 2, "30 bells move together: %.1f dB re the tone", db);
  return tap_done ();
}
