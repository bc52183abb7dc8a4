/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The equaliser with linear phase: impulse responses against the analog curves, symmetry, latency, cuts, motion. */
#include "eqanalog.h"
#include "eqlinear.h"
#include "isa.h"
#include "tap.h"

#include <string.h>

#define N (1 << 18)
static double io[2][N], other[2][N];
static Cplx spectrum[N];

static MstEqLinear *
make (double rate, unsigned n_channels, const MstEqParams *p)
{
  const char *error = NULL;
  MstEqLinear *eq = mst_eq_linear_new (rate, n_channels, mst_eq_kernel_size_for (rate, p), &error);
  mst_eq_linear_set_params (eq, p, 0);
  return eq;
}

/* The response to an impulse on @channel, in io */
static size_t
respond (MstEqLinear *eq, unsigned channel, size_t n)
{
  double *planes[2] = { io[0], io[1] };
  memset (io[0], 0, sizeof io[0]);
  memset (io[1], 0, sizeof io[1]);
  io[channel][0] = 1.0;
  mst_eq_linear_reset (eq);
  mst_eq_linear_process (eq, planes, n);
  return mst_eq_linear_latency (eq);
}

/* Largest error in dB of the response in @x where the product of the analog curves is above -60 dB; group delay in *late. */
static double
worst_error (const double *x, double rate, const MstEqParams *p, size_t latency, double *late)
{
  double worst = 0.0;
  *late = 0.0;
  for (size_t t = 0; t < N; t++)
    spectrum[t] = x[t];
  fourier (spectrum, N);
  const double top = fmin (20000.0, 0.45 * rate);
  for (size_t k = (size_t) ceil (10.0 * N / rate); k < N / 2 && k * rate / N <= top; k++) {
    double want = 1.0;
    for (unsigned i = 0; i < p->n_bands; i++)
      if (p->bands[i].enabled)
        want *= cabs (analog (&p->bands[i], k * rate / N, rate));
    if (want < 1e-3)
      continue;
    /* turned back by the latency, a symmetric kernel is real and positive: what phase is left, over 2 pi f, is time */
    const Cplx h = spectrum[k] * cexp (2.0 * M_PI * I * (double) (k * latency % N) / (double) N);
    worst = fmax (worst, fabs (20.0 * log10 (cabs (h) / want)));
    *late = fmax (*late, fabs (carg (h)) / (2.0 * M_PI * k / N));
  }
  return worst;
}

/* A band that a kernel of at most 65536 taps at 48 kHz must follow: A q <= 14 from 60 Hz on, cuts from 20 Hz on */
static MstEqBand
promised (void)
{
  static const unsigned slopes[] = { 6, 12, 18, 24 };
  MstEqBand b;
  mst_eq_band_init (&b);
  b.type = (MstEqType) (int) uniform (0, 6);
  b.gain_db = uniform (-24, 24);
  const double a = pow (10.0, fabs (b.gain_db) / 40.0);
  if (mst_eq_type_has_gain (b.type)) {
    b.frequency_hz = log_uniform (60, 20000);
    b.q = log_uniform (0.1, 14.0 / a);
    b.slope = uniform (0, 1) < 0.5 && b.type != MST_EQ_BELL ? 6 : 12;
  } else {
    b.slope = slopes[(int) uniform (0, 4)];
    b.frequency_hz = log_uniform (b.type == MST_EQ_HIGH_PASS && b.slope / 6 % 2 ? 100 : 20, 20000);
  }
  return b;
}

static void
curves (void)
{
  static const double rates[] = { 48000, 44100, 32000, 96000, 88200, 192000 };
  double worst = 0.0, late = 0.0, told = 0.0;
  /* the ends of what is promised, then any */
  static const MstEqBand ends[] = {
    { .type = MST_EQ_BELL, .frequency_hz = 60, .gain_db = 24, .q = 3.5, .slope = 12, .enabled = true },
    { .type = MST_EQ_BELL, .frequency_hz = 60, .gain_db = -24, .q = 3.5, .slope = 12, .enabled = true },
    { .type = MST_EQ_BELL, .frequency_hz = 60, .gain_db = 0.5, .q = 13.8, .slope = 12, .enabled = true },
    { .type = MST_EQ_LOW_SHELF, .frequency_hz = 60, .gain_db = -24, .q = 3.5, .slope = 12, .enabled = true },
    { .type = MST_EQ_HIGH_SHELF, .frequency_hz = 60, .gain_db = 24, .q = 3.5, .slope = 12, .enabled = true },
    { .type = MST_EQ_LOW_SHELF, .frequency_hz = 60, .gain_db = 24, .q = 1, .slope = 6, .enabled = true },
    { .type = MST_EQ_HIGH_PASS, .frequency_hz = 20, .q = M_SQRT1_2, .slope = 24, .enabled = true },
    { .type = MST_EQ_LOW_PASS, .frequency_hz = 20, .q = M_SQRT1_2, .slope = 24, .enabled = true },
    { .type = MST_EQ_LOW_PASS, .frequency_hz = 20, .q = M_SQRT1_2, .slope = 18, .enabled = true },
    { .type = MST_EQ_HIGH_PASS, .frequency_hz = 100, .q = M_SQRT1_2, .slope = 6, .enabled = true },
    { .type = MST_EQ_HIGH_PASS, .frequency_hz = 20, .q = M_SQRT1_2, .slope = 12, .enabled = true },
  };
  const int n_ends = sizeof ends / sizeof *ends;
  for (int i = 0; i < n_ends + 36; i++) {
    const double rate = rates[i % 6];
    MstEqParams p;
    double e, l;
    mst_eq_params_init (&p);
    p.n_bands = 1 + (unsigned) i % 3;
    for (unsigned k = 0; k < p.n_bands; k++)
      p.bands[k] = promised ();
    if (i < n_ends) {
      p.n_bands = 1;
      p.bands[0] = ends[i];
    }
    MstEqLinear *eq = make (rate, 1, &p);
    const size_t latency = respond (eq, 0, N);
    e = worst_error (io[0], rate, &p, latency, &l);
    if (e > 0.01)
      printf ("# %g Hz, latency %zu, %.4f dB, says %.4f: %d at %g Hz %g dB q %g slope %u\n", rate, latency, e,
          mst_eq_linear_error_db (eq), p.bands[0].type, p.bands[0].frequency_hz, p.bands[0].gain_db, p.bands[0].q, p.bands[0].slope);
    worst = fmax (worst, e);
    late = fmax (late, l);
    told = fmax (told, mst_eq_linear_error_db (eq));
    mst_eq_linear_free (eq);
  }
  tap_within (worst, 0.01, "11 ends and 36 random sets of bands at 6 rates, error re analog in dB");
  tap_within (told, 0.01, "the error they tell themselves");
  tap_within (late, 0.01, "phase that is left, in frames");
}

static void
symmetric (void)
{
  MstEqParams p;
  double worst = 0.0;
  mst_eq_params_init (&p);
  p.n_bands = 2;
  p.bands[0] = (MstEqBand) { .type = MST_EQ_BELL, .frequency_hz = 3000, .gain_db = 9, .q = 3, .slope = 12, .enabled = true };
  p.bands[1] = (MstEqBand) { .type = MST_EQ_HIGH_PASS, .frequency_hz = 30, .q = 0.7071, .slope = 24, .enabled = true };
  MstEqLinear *eq = make (48000, 1, &p);
  const size_t latency = respond (eq, 0, N);
  for (size_t t = 0; t < latency; t++)
    worst = fmax (worst, fabs (io[0][latency - t] - io[0][latency + t]));
  tap_within (worst, 1e-15, "symmetric around the latency");
  int ends = 1;
  for (size_t t = 3 * latency; t < N; t++)
    ends &= io[0][t] == 0.0;
  tap_ok (ends, "silence: exact zeros");
  mst_eq_linear_free (eq);

  /* nothing to do: a delay to the bit */
  mst_eq_params_init (&p);
  p.n_bands = 3;
  p.bands[1].enabled = false;
  p.bands[1].gain_db = 6;
  eq = make (44100, 2, &p);
  double *planes[2] = { io[0], io[1] };
  for (size_t t = 0; t < 20000; t++)
    for (int c = 0; c < 2; c++)
      io[c][t] = other[c][t] = uniform (-1, 1);
  mst_eq_linear_process (eq, planes, 20000);
  int exact = 1;
  const size_t late = mst_eq_linear_latency (eq);
  for (size_t t = late; t < 20000; t++)
    exact &= io[0][t] == other[0][t - late] && io[1][t] == other[1][t - late];
  tap_ok (exact, "flat bands: a delay of %zu frames to the bit", late);
  mst_eq_linear_free (eq);
}

/* Bands on left, right, mid and side against the product of their matrices at each frequency */
static void
matrix (void)
{
  static const MstEqChannels where[] = { MST_EQ_ALL, MST_EQ_LEFT, MST_EQ_RIGHT, MST_EQ_MID, MST_EQ_SIDE };
  double worst = 0.0, leak = 0.0;
  for (int round = 0; round < 4; round++) {
    MstEqParams p;
    mst_eq_params_init (&p);
    p.n_bands = 5;
    for (int i = 0; i < 5; i++)
      p.bands[i] = (MstEqBand) { .type = MST_EQ_BELL, .frequency_hz = log_uniform (200, 15000), .gain_db = uniform (-12, 12), .q = 1,
        .slope = 12, .channels = where[i], .enabled = round != 3 || where[i] == MST_EQ_SIDE };
    MstEqLinear *eq = make (48000, 2, &p);
    for (unsigned from = 0; from < 2; from++) {
      const size_t latency = respond (eq, from, 65536);
      if (round == 3)           /* side alone: mid is what it was */
        for (size_t t = 0; t < 65536; t++)
          leak = fmax (leak, fabs (0.5 * (io[0][t] + io[1][t]) - (t == latency ? 0.5 : 0.0)));
      for (unsigned to = 0; to < 2; to++)
        for (double f = 20; f < 20000; f *= 1.3) {
          double g[5];
          Cplx sum = 0;
          for (int i = 0; i < 5; i++)
            g[i] = p.bands[i].enabled ? cabs (analog (&p.bands[i], f, 48000)) : 1.0;
          for (size_t t = 0; t < 65536; t++)
            if (io[to][t] != 0.0)
              sum += io[to][t] * cexp (-2.0 * M_PI * I * f * ((double) t - (double) latency) / 48000);
          const double want = g[0] * g[1 + from] * 0.5 * (from == to ? g[3] + g[4] : g[3] - g[4]);
          worst = fmax (worst, cabs (sum - want));
        }
    }
    mst_eq_linear_free (eq);
  }
  tap_within (worst, 1e-3, "left, right, mid and side together: error of the matrix");
  tap_within (leak, 1e-12, "a side band leaves mid alone");
}

/* Changes of everything at random frames, in any cut */
static void
changing (double (*to)[N], size_t n, size_t longest, int automated)
{
  MstEqParams p;
  mst_eq_params_init (&p);
  p.n_bands = 6;
  random_state = 99;
  MstEqLinear *eq = make (48000, 2, &p);
  uint64_t story = 4711, cuts = 1 + longest;
  for (size_t t = 0; t < n; t++)
    for (int c = 0; c < 2; c++)
      to[c][t] = uniform (-1, 1);
  for (size_t at = 0; at < n;) {
    random_state = story;
    const size_t next = automated ? at + 64 : at + 1 + (size_t) uniform (0, 5000), end = next < n ? next : n;
    MstEqBand *b = &p.bands[(int) uniform (0, 6)];
    b->type = automated ? MST_EQ_BELL : (MstEqType) (int) uniform (0, MST_EQ_N_TYPES);
    b->frequency_hz = log_uniform (10, 20000);
    b->gain_db = uniform (-12, 12);
    b->q = log_uniform (0.3, 8);
    b->channels = (MstEqChannels) (int) uniform (0, 5);
    b->enabled = automated || uniform (0, 1) < 0.8;
    b->listen = !automated && uniform (0, 1) < 0.1;
    b->range_db = uniform (0, 1) < 0.2 ? -6 : 0;
    p.auto_gain = uniform (0, 1) < 0.3;
    p.output_gain_db = uniform (-6, 6);
    mst_eq_linear_set_params (eq, &p, automated ? 64 : 960);
    story = random_state;
    random_state = cuts;
    while (at < end) {
      size_t k = longest ? 1 + (size_t) uniform (0, (double) longest) : end - at;
      k = k < end - at ? k : end - at;
      double *planes[2] = { to[0] + at, to[1] + at };
      mst_eq_linear_process (eq, planes, k);
      at += k;
    }
    cuts = random_state;
  }
  mst_eq_linear_free (eq);
}

static void
any_cut (void)
{
  static const size_t longest[] = { 1, 100, 3000 };
  for (int automated = 0; automated < 2; automated++) {
    const size_t n = automated ? 30000 : 60000;
    double peak = 0.0;
    changing (io, n, 0, automated);
    for (size_t t = 0; t < n; t++)
      peak = fmax (peak, fabs (io[0][t]));
    for (int i = 0; i < 3; i++) {
      changing (other, n, longest[i], automated);
      tap_ok (memcmp (io[0], other[0], n * sizeof (double)) == 0 && memcmp (io[1], other[1], n * sizeof (double)) == 0
          && isfinite (peak), "%s, in cuts of up to %zu frames: the same bits (peak %.2f)", automated ? "automated" : "changes", longest[i], peak);
    }
  }
}

/* A bell's gain jumps under a tone at its centre: nothing before the frame of the change, the new curve soon after, and between
 * them a level that only rises */
static void
motion (void)
{
  const size_t set = 20000, n = 60000;
  MstEqParams p;
  mst_eq_params_init (&p);
  p.n_bands = 1;
  p.bands[0].gain_db = -6;
  p.bands[0].frequency_hz = 750;
  MstEqLinear *eq = make (48000, 1, &p);
  const size_t latency = mst_eq_linear_latency (eq);
  double *planes[1] = { io[0] };
  for (size_t t = 0; t < n; t++)
    io[0][t] = sin (2 * M_PI * 750 * t / 48000);
  mst_eq_linear_process (eq, planes, set);
  p.bands[0].gain_db = 6;
  mst_eq_linear_set_params (eq, &p, 960);
  planes[0] += set;
  mst_eq_linear_process (eq, planes, n - set);
  size_t begin = 0, end = 0;
  double last = 0.0;
  int rises = 1;
  for (size_t t = 2 * latency + 5000; t + 64 < n; t += 64) {    /* a period */
    double peak = 0.0;
    for (size_t k = 0; k < 64; k++)
      peak = fmax (peak, fabs (io[0][t + k]));
    const double db = 20 * log10 (peak);
    rises &= db > last - 1e-6 || last == 0.0;
    if (db > -6 + 1e-3 && !begin)
      begin = t;
    if (db < 6 - 1e-3)
      end = t + 64;
    last = db;
  }
  tap_ok (begin >= set + latency && end <= set + latency + 4 * 1024 && rises && fabs (last - 6) < 0.01,
      "a jump is heard from frame %zu to %zu after it was set", begin - set - latency, end - set - latency);
  mst_eq_linear_free (eq);
}

static void
limits (void)
{
  MstEqParams p;
  mst_eq_params_init (&p);
  p.n_bands = 1;
  p.bands[0].q = 10;
  p.bands[0].gain_db = 12;
  p.bands[0].frequency_hz = 20;
  MstEqLinear *eq = make (48000, 1, &p);
  double late;
  const size_t latency = respond (eq, 0, N);
  const double error = worst_error (io[0], 48000, &p, latency, &late), told = mst_eq_linear_error_db (eq);
  tap_ok (error > 0.1 && fabs (told - error) < 0.2 * error, "20 Hz, 12 dB, q 10: off by %.2f dB, says %.2f", error, told);
  p.bands[0].frequency_hz = 500;
  p.bands[0].q = 1;
  MstEqLinear *small = make (48000, 1, &p);
  p.bands[0].frequency_hz = 50;
  tap_ok (mst_eq_linear_latency (eq) == 32767 + 8192 && mst_eq_linear_latency (small) < 4096 && !mst_eq_linear_suffices (small, &p)
      && mst_eq_linear_suffices (eq, &p), "kernels as long as the curve needs");
  mst_eq_linear_free (eq);
  mst_eq_linear_free (small);
}

int
main (void)
{
  curves ();
  symmetric ();
  matrix ();
  any_cut ();
  motion ();
  limits ();
  return tap_done ();
}
