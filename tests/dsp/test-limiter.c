/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limiter judged by an interpolator of its own (brickwall.h), by fitted sines, and by itself cut differently. */
#include "isa.h"
#include "limiter.h"
#include "tap.h"
#include "brickwall.h"
#include "hard-signals.h"

#define UP 32
#define SOFT 0.907
#define LIMIT_DB 0.01
#define MAX_FRAMES 200000

static double input[2][MAX_FRAMES], output[2][MAX_FRAMES];

/* The whole stream through: input to output, aligned, in blocks of @block frames (0: all at once; 1000 and up: random ones below it). */
static void
run (MstLimiter *l, unsigned n_channels, size_t n, size_t block)
{
  const size_t latency = mst_limiter_latency (l);
  double *work[2] = { malloc ((n + latency) * sizeof (double)), malloc ((n + latency) * sizeof (double)) };

  srand (1);
  for (unsigned c = 0; c < n_channels; c++) {
    memcpy (work[c], input[c], n * sizeof (double));
    memset (work[c] + n, 0, latency * sizeof (double));
  }
  for (size_t done = 0, k; done < n + latency; done += k) {
    k = block == 0 ? n : block < 1000 ? block : 1 + (size_t) rand () % block;
    if (done < n && done + k > n)
      k = n - done;
    if (done + k > n + latency)
      k = n + latency - done;
    if (done == n)
      mst_limiter_end (l);
    double *io[2] = { work[0] + done, work[1] + done };
    mst_limiter_process (l, io, k);
  }
  for (unsigned c = 0; c < n_channels; c++) {
    memcpy (output[c], work[c] + latency, n * sizeof (double));
    free (work[c]);
  }
}

static const struct
{
  const char *id;
  double rate, drive_db, ceiling_db;
  HardSignal what;
  double a, b;
} ceilings[] = {
  { "sine 997 Hz", 48000, 12, -1, HARD_SINE, 997, 0 },
  { "sine 20 Hz", 44100, 6, -1, HARD_SINE, 20, 1 },
  { "sine 0.25 of the rate, samples beside the peak", 48000, 12, -1, HARD_SINE_OF_RATE, 0.25, M_PI / 4 },
  { "sine 1/6 of the rate", 44100, 12, 0, HARD_SINE_OF_RATE, 1.0 / 6.0, M_PI / 6 },
  { "sine 0.43 of the rate", 44100, 12, -1, HARD_SINE_OF_RATE, 0.43, 0.4 },
  { "sine 0.44 of the rate", 48000, 12, -1, HARD_SINE_OF_RATE, 0.44, 2.0 },
  { "sine 0.45 of the rate", 44100, 12, -1, HARD_SINE_OF_RATE, 0.45, 0 },
  { "sine 0.46 of the rate", 48000, 12, -1, HARD_SINE_OF_RATE, 0.46, 2 },
  { "sine 0.49 of the rate", 44100, 12, -1, HARD_SINE_OF_RATE, 0.49, 0.3 },
  { "sine 0.474 of the rate, cut hard at its start", 44100, 22, -13, HARD_SINE_OF_RATE, 0.474, 1.5 },
  { "sine cut in and out", 48000, 12, -1, HARD_SINE_CUT, 3000, 0.7 },
  { "random signs", 44100, 12, -1, HARD_SIGNS, 1, 0 },
  { "random signs", 48000, 18, -20, HARD_SIGNS, 2, 0 },
  { "random signs", 96000, 6, -1, HARD_SIGNS, 3, 0 },
  { "random signs", 192000, 6, -1, HARD_SIGNS, 4, 0 },
  { "random signs", 8000, 6, -1, HARD_SIGNS, 5, 0 },
  { "bursts of 4 signs", 48000, 12, -1, HARD_SIGN_BURSTS, 4, 0 },
  { "bursts of 31 signs", 44100, 12, -3, HARD_SIGN_BURSTS, 31, 0 },
  { "bursts of 240 signs", 48000, 12, -1, HARD_SIGN_BURSTS, 240, 0 },
  { "bursts of 400 signs", 32000, 0, -1, HARD_SIGN_BURSTS, 400, 0 },
  { "worst inter-sample pattern of 4", 48000, 6, -1, HARD_WORST_ISP, 4, 0 },
  { "worst inter-sample pattern of 64", 44100, 6, -1, HARD_WORST_ISP, 64, 0 },
  { "worst inter-sample pattern of 512", 48000, 6, -1, HARD_WORST_ISP, 512, 0 },
  { "single impulses", 44100, 12, -1, HARD_IMPULSES, 1777, 0 },
  { "single impulses", 48000, 12, -1, HARD_IMPULSES, 5000, 0 },
  { "square 60 Hz", 48000, 12, -1, HARD_SQUARE, 60, 0.01 },
  { "square 1 kHz", 44100, 6, -0.1, HARD_SQUARE, 1000, 0.01 },
  { "clipped 997 Hz", 48000, 12, -1, HARD_CLIPPED, 997, 0.2 },
  { "white noise", 44100, 12, -1, HARD_WHITE, 1, 0 },
  { "white noise", 88200, 12, -1, HARD_WHITE, 2, 0 },
  { "pink noise", 48000, 12, -1, HARD_PINK, 1, 0 },
  { "sweep to 0.95 of Nyquist", 48000, 12, -1, HARD_SWEEP, 0.95, 0 },
  { "hits", 44100, 18, -1, HARD_HITS, 1, 0 },
  { "sine 0.465 of the rate, all at once from the first frame", 48000, 12, -1, HARD_SINE_OF_RATE, 0.465, 0.05 },
  { "square 3 kHz, whose harmonics end at 21 kHz", 48000, 6, -1, HARD_SQUARE, 3001, 0.3 },
  { "square 4 kHz", 48000, 6, -5, HARD_SQUARE, 4001, 0.3 },
  { "gated noise", 48000, 18, -1, HARD_GATED, 900, 0 },
  { "gated noise", 44100, 6, 0, HARD_GATED, 700, 0 },
  { "gated noise", 96000, 12, -1, HARD_GATED, 900, 0 },
  { "pink noise", 96000, 18, -1, HARD_PINK, 1, 0 },
  { "random signs", 88200, 12, -1, HARD_SIGNS, 9, 0 },
};

static void
test_ceiling (void)
{
  const size_t n = 14000;
  for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++) {
    MstLimiterParams p;
    MstLimiter *l = mst_limiter_new (ceilings[i].rate, 1, 5.0, MST_CLIP_NONE, NULL);
    mst_limiter_params_init (&p);
    p.ceiling_db = ceilings[i].ceiling_db;
    p.drive_db = ceilings[i].drive_db;
    mst_limiter_set_params (l, &p, 0);
    hard_make (input[0], n, ceilings[i].rate, ceilings[i].what, ceilings[i].a, ceilings[i].b);
    run (l, 1, n, 0);
    const double wall = brickwall_peak_db (output[0], n, UP, 1.0) - p.ceiling_db;
    const double soft = brickwall_peak_db (output[0], n, UP, SOFT) - p.ceiling_db;
    const double twenty = ceilings[i].rate == 48000 ? brickwall_peak_db (output[0], n, UP, 20.0 / 24.0) - p.ceiling_db : soft;     /* SOFT is it at 44.1 kHz */
    tap_ok (wall <= LIMIT_DB && soft <= LIMIT_DB && twenty <= LIMIT_DB,
        "%s, %g Hz, %+g dB, ceiling %g: over by %+.4f (brick wall), %+.4f (soft), %+.4f dB (from 20 kHz)",
        ceilings[i].id, ceilings[i].rate, p.drive_db, p.ceiling_db, wall, soft, twenty);
    mst_limiter_free (l);
  }
}

/* Nothing above 0.88 of Nyquist left in input[0]: a windowed sinc of 401 taps. */
static void
low_pass (size_t n)
{
  static double wide[MAX_FRAMES], taps[401];
  memcpy (wide, input[0], n * sizeof *wide);
  for (int j = -200; j <= 200; j++)
    taps[j + 200] = (j ? sin (0.83 * M_PI * j) / (M_PI * j) : 0.83) * (0.42 + 0.5 * cos (M_PI * j / 201) + 0.08 * cos (2 * M_PI * j / 201));
  for (size_t i = 0; i < n; i++) {
    double sum = 0.0;
    for (int j = -200; j <= 200; j++)
      if ((size_t) j + i < n)   /* wraps below 0 */
        sum += wide[i + (size_t) j] * taps[j + 200];
    input[0][i] = sum;
  }
}

/* What the two readings say, each by itself, against the truth: a detector that sees less is made good by the second reading in the
 * overs above, but not here. In: nothing is limited. Out: limited by 12 dB, the second reading alone sees what the moving gain adds. */
static void
test_readings (void)
{
  static const struct { const char *id; double rate; HardSignal what; double a, b; } rows[] = {
    { "sine 0.25 of the rate", 48000, HARD_SINE_OF_RATE, 0.25, M_PI / 4 }, { "sine 0.3 of the rate", 44100, HARD_SINE_OF_RATE, 0.3003, 1.0 },
    { "sine 0.4 of the rate", 48000, HARD_SINE_OF_RATE, 0.4, 0.4 }, { "sine 0.39 of the rate", 44100, HARD_SINE_OF_RATE, 0.39, 0.1 },
    { "sine 0.4 of the rate", 96000, HARD_SINE_OF_RATE, 0.4, 0.4 }, { "random signs", 44100, HARD_SIGNS, 1, 0 },
    { "random signs", 48000, HARD_SIGNS, 3, 0 }, { "white noise", 96000, HARD_WHITE, 5, 0 }, { "pink noise", 48000, HARD_PINK, 4, 0 },
    { "sweep to 0.85 of Nyquist", 44100, HARD_SWEEP, 0.85, 0 }, { "hits", 48000, HARD_HITS, 1, 0 }
  };
  const size_t n = 14000;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (int drive = 0; drive <= 12; drive += 12) {
      MstLimiter *l = mst_limiter_new (rows[i].rate, 1, 5.0, MST_CLIP_NONE, NULL);
      MstLimiterChannelStats c;
      MstLimiterParams p;
      mst_limiter_params_init (&p);
      p.drive_db = drive;
      p.guard = MST_NYQUIST_GUARD_OFF;
      mst_limiter_set_params (l, &p, 0);
      hard_make (input[0], n, rows[i].rate, rows[i].what, rows[i].a, rows[i].b);
      low_pass (n);
      const double before = brickwall_peak (input[0], n, UP, 1.0);
      for (size_t k = 0; k < n; k++)    /* to 0.95 of the ceiling; faded, so that nothing lies next to Nyquist */
        input[0][k] *= 0.95 * 0.891 / before * fmin (1.0, fmin ((double) k, (double) (n - k)) / 3000.0);
      run (l, 1, n, 0);
      mst_limiter_get_channel_stats (l, 0, &c);
      const double in = 20 * log10 (c.true_peak_in) - drive - brickwall_peak_db (input[0], n, UP, 1.0);
      const double out = 20 * log10 (c.true_peak_out) - brickwall_peak_db (output[0], n, UP, 1.0);
      tap_ok (fabs (in) <= 0.012, "first reading, %s, %g Hz, %+d dB: %+.4f dB off", rows[i].id, rows[i].rate, drive, in);
      tap_ok (fabs (out) <= 0.05 && out >= -0.012, "what left: %+.4f dB off", out);
      mst_limiter_free (l);
    }
}

static void
test_shortest_lookahead (void)
{
  static const double rates[] = { 44100, 48000 };
  for (int i = 0; i < 2; i++) {
    MstLimiterParams p;
    MstLimiter *l = mst_limiter_new (rates[i], 1, 1.0, MST_CLIP_NONE, NULL);
    const double ms = 1000.0 * (double) mst_limiter_latency (l) / rates[i], limit = i ? 5.0 : 5.6;
    mst_limiter_params_init (&p);
    mst_limiter_set_params (l, &p, 0);
    hard_make (input[0], 14000, rates[i], HARD_SIGN_BURSTS, 240, 0);
    for (size_t k = 0; k < 14000; k++)
      input[0][k] *= 4.0;
    run (l, 1, 14000, 0);
    tap_ok (ms <= limit, "look-ahead 1 ms at %g Hz: %.2f ms in all (limit %.1f)", rates[i], ms, limit);
    tap_within (fmax (0.0, brickwall_peak_db (output[0], 14000, UP, 1.0) + 1.0), LIMIT_DB, "over with it");
    mst_limiter_free (l);
  }
}

static void
test_idle (void)
{
  static const MstNyquistGuardMode modes[] = { MST_NYQUIST_GUARD_OFF, MST_NYQUIST_GUARD_AUTO };
  for (int i = 0; i < 2; i++) {
    MstLimiterParams p;
    MstLimiter *l = mst_limiter_new (48000, 2, 5.0, MST_CLIP_NONE, NULL);
    int same = 1;
    mst_limiter_params_init (&p);
    p.guard = modes[i];
    mst_limiter_set_params (l, &p, 0);
    hard_state = 9;
    for (size_t k = 0; k < 20000; k++)  /* off: noise just under a third; auto: a loud tone, and noise below 0.35 of the ceiling */
      for (int c = 0; c < 2; c++)
        input[c][k] = i == 0 ? 0.3 * hard_uniform () :
            k < 10000 ? 0.3 * hard_uniform () : 0.85 * sin (2.0 * M_PI * 0.37 * (double) k) * sin (M_PI * (double) (k - 10000) / 10000.0);
    run (l, 2, 20000, 0);
    for (int c = 0; c < 2; c++)
      same &= !memcmp (input[c], output[c], 20000 * sizeof (double));
    tap_ok (same, "idle, guard %s: the input to the bit", i ? "auto" : "off");
    mst_limiter_free (l);
  }
}

static void
test_cuts (void)
{
  static const size_t blocks[] = { 1, 7, 64, 1920, 48000 };
  static const double links[] = { 1.0, 0.5, 0.0 };
  static double whole[2][MAX_FRAMES];
  const size_t n = 6000;

  hard_make (input[0], n, 48000, HARD_SIGN_BURSTS, 240, 0);
  hard_make (input[1], n, 48000, HARD_PINK, 3, 0);
  for (size_t k = 0; k < n; k++)
    input[0][k] = 2.0 * input[0][k] + input[1][k];
  for (int link = 0; link < 3; link++) {
    MstLimiter *l = mst_limiter_new (48000, 2, 5.0, MST_CLIP_NONE, NULL);
    MstLimiterParams p;
    mst_limiter_params_init (&p);
    p.link = links[link];
    p.drive_db = 6.0;
    mst_limiter_set_params (l, &p, 0);
    mst_limiter_reset (l);
    run (l, 2, n, 0);
    memcpy (whole, output, sizeof whole);
    for (int b = 0; b < 5; b++) {
      int same = 1;
      mst_limiter_reset (l);
      run (l, 2, n, blocks[b]);
      for (int c = 0; c < 2; c++)
        same &= !memcmp (whole[c], output[c], n * sizeof (double));
      tap_ok (same, "blocks of %zu, link %g: same bits, after reset", blocks[b], links[link]);
    }
    mst_limiter_free (l);
  }
}

/* Power beside the sine that fits best, re that sine, dB; frames from .. n. */
static double
thd_n_db (const double *y, size_t from, size_t n, double f)
{
  double ss = 0, sc = 0, cc = 0, ys = 0, yc = 0, power = 0, rest = 0;
  for (size_t i = from; i < n; i++) {
    const double s = sin (2.0 * M_PI * f * (double) i), c = cos (2.0 * M_PI * f * (double) i);
    ss += s * s, sc += s * c, cc += c * c, ys += y[i] * s, yc += y[i] * c;
  }
  const double det = ss * cc - sc * sc, a = (ys * cc - yc * sc) / det, b = (yc * ss - ys * sc) / det;
  for (size_t i = from; i < n; i++) {
    const double fitted = a * sin (2.0 * M_PI * f * (double) i) + b * cos (2.0 * M_PI * f * (double) i);
    power += fitted * fitted;
    rest += (y[i] - fitted) * (y[i] - fitted);
  }
  return 10.0 * log10 (rest / power + 1e-40);
}

static void
test_distortion (void)
{
  static const struct { double hz, limit_db; } tones[] = { { 20, -120 }, { 60, -120 }, { 100, -120 }, { 997, -145 }, { 5000, -145 } };
  for (int i = 0; i < 5; i++) {
    MstLimiter *l = mst_limiter_new (48000, 1, 5.0, MST_CLIP_NONE, NULL);
    MstLimiterParams p;
    mst_limiter_params_init (&p);
    p.drive_db = 12.0;
    mst_limiter_set_params (l, &p, 0);
    hard_make (input[0], 192000, 48000, HARD_SINE, tones[i].hz, 0);
    run (l, 1, 192000, 0);
    const double thd = thd_n_db (output[0], 120000, 190000, tones[i].hz / 48000.0);
    tap_ok (thd <= tones[i].limit_db, "%g Hz at +12 dB: THD+N %.1f dB (limit %g)", tones[i].hz, thd, tones[i].limit_db);
    mst_limiter_free (l);
  }
}

/* What is left beside two tones at their best fit, re both, dB: one after the other is enough where they are whole numbers of periods. */
static double
two_tones_db (double f1, double a1, double f2, double a2, double drive_db)
{
  const size_t n = 144000, from = 96000;        /* the last second */
  MstLimiter *l = mst_limiter_new (48000, 1, 5.0, MST_CLIP_NONE, NULL);
  MstLimiterParams p;
  double sums[4] = { 0 }, power = 0.0, rest = 0.0;

  mst_limiter_params_init (&p);
  p.drive_db = drive_db;
  mst_limiter_set_params (l, &p, 0);
  for (size_t i = 0; i < n + 500; i++)
    input[0][i] = a1 * sin (2.0 * M_PI * f1 / 48000.0 * (double) i) + a2 * sin (2.0 * M_PI * f2 / 48000.0 * (double) i);
  run (l, 1, n + 500, 0);
  mst_limiter_free (l);
  for (size_t i = from; i < n; i++) {
    const double w1 = 2.0 * M_PI * f1 / 48000.0 * (double) i, w2 = 2.0 * M_PI * f2 / 48000.0 * (double) i;
    sums[0] += output[0][i] * sin (w1) / 24000.0;
    sums[1] += output[0][i] * cos (w1) / 24000.0;
    sums[2] += output[0][i] * sin (w2) / 24000.0;
    sums[3] += output[0][i] * cos (w2) / 24000.0;
  }
  for (size_t i = from; i < n; i++) {
    const double w1 = 2.0 * M_PI * f1 / 48000.0 * (double) i, w2 = 2.0 * M_PI * f2 / 48000.0 * (double) i;
    const double fitted = sums[0] * sin (w1) + sums[1] * cos (w1) + sums[2] * sin (w2) + sums[3] * cos (w2);
    power += fitted * fitted;
    rest += (output[0][i] - fitted) * (output[0][i] - fitted);
  }
  return 10.0 * log10 (rest / power + 1e-40);
}

static void
test_intermodulation (void)
{
  static const struct { const char *id; double f1, a1, f2, a2, limit_db; } rows[] = {
    { "SMPTE 60 + 7000 Hz 4:1", 60, 0.8, 7000, 0.2, -80 }, { "CCIF 19 + 20 kHz", 19000, 0.5, 20000, 0.5, -145 },
    { "CCIF 14 + 15 kHz", 14000, 0.5, 15000, 0.5, -145 }
  };
  for (int i = 0; i < 3; i++) {
    const double db = two_tones_db (rows[i].f1, rows[i].a1, rows[i].f2, rows[i].a2, 12.0);
    tap_ok (db <= rows[i].limit_db, "%s at +12 dB: %.1f dB (limit %g)", rows[i].id, db, rows[i].limit_db);
  }
}

/* A 70 Hz kick 12 dB over pulls a 10 kHz pilot in the other channel down: energy of its sidebands beyond a distance. */
static void
test_sidebands (void)
{
  static const struct { double beyond_hz, limit_db; } rows[] = { { 500, -90 }, { 1000, -108 } };
  const size_t n = 131072, skip = 24000;
  MstLimiter *l = mst_limiter_new (48000, 2, 5.0, MST_CLIP_NONE, NULL);
  double complex *spectrum = calloc (n, sizeof *spectrum);
  double carrier = 0.0;

  for (size_t i = 0; i < n + skip; i++) {
    const double t = (double) (i % 24000);
    input[0][i] = t < 12000 ? 4.0 * sin (2.0 * M_PI * 70.0 / 48000.0 * t) * exp (-8.0 * t / 48000.0) : 0.0;
    input[1][i] = 0.05 * sin (2.0 * M_PI * 10000.0 / 48000.0 * (double) i);
  }
  run (l, 2, n + skip, 0);
  mst_limiter_free (l);
  for (size_t i = 0; i < n; i++) {
    const double turn = 2.0 * M_PI * (double) i / (double) n;
    const double blackman = 0.42 - 0.5 * cos (turn) + 0.08 * cos (2.0 * turn);
    spectrum[i] = output[1][skip + i] * blackman * blackman;
  }
  fourier (spectrum, n);
  for (size_t k = 0; k < n / 2; k++)
    if (fabs ((double) k * 48000.0 / (double) n - 10000.0) < 5.0)
      carrier += creal (spectrum[k] * conj (spectrum[k]));
  for (int r = 0; r < 2; r++) {
    double side = 0.0;
    for (size_t k = 0; k < n / 2; k++)
      if (fabs ((double) k * 48000.0 / (double) n - 10000.0) > rows[r].beyond_hz)
        side += creal (spectrum[k] * conj (spectrum[k]));
    tap_ok (10.0 * log10 (side / carrier) <= rows[r].limit_db, "kick over a pilot: %.1f dB beyond %g Hz (limit %g)",
        10.0 * log10 (side / carrier), rows[r].beyond_hz, rows[r].limit_db);
  }
  free (spectrum);
}

/* 60 Hz at -6 dBFS under bursts of 10 kHz, 5 ms at +12 dB, four times a second: how soon it is back within 1 dB (by a constant in the other channel). */
static void
test_recovery (void)
{
  const size_t n = 144000;
  MstLimiter *l = mst_limiter_new (48000, 2, 5.0, MST_CLIP_NONE, NULL);
  size_t back = 0;

  for (size_t i = 0; i < n; i++) {
    input[0][i] = 0.5 * sin (2.0 * M_PI * 60.0 / 48000.0 * (double) i);
    if (i % 12000 < 240)
      input[0][i] += 4.0 * sin (2.0 * M_PI * 10000.0 / 48000.0 * (double) i);
    input[1][i] = 0.01;
  }
  run (l, 2, n, 0);
  mst_limiter_free (l);
  while (back < 12000 && output[1][120000 + 240 + back] < 0.01 * 0.89125094)
    back++;
  tap_ok (back <= 40 * 48, "back within 1 dB %.1f ms after a burst (limit 40)", (double) back / 48.0);
}

/* 60 Hz at +12 dB that fades by so much a second: what is above 115 Hz, re it. What does not rise or fall evenly is not held, this must be. */
static void
test_fading_tone (void)
{
  static const struct { double db_per_s, limit_db; } rows[] = { { 5, -80 }, { 10, -75 }, { 20, -80 } };
  const size_t n = 48000, from = 24000;
  double complex *spectrum = calloc (65536, sizeof *spectrum);

  for (int r = 0; r < 3; r++) {
    MstLimiter *l = mst_limiter_new (48000, 1, 5.0, MST_CLIP_NONE, NULL);
    double tone = 0.0, rest = 0.0;
    for (size_t i = 0; i < n + from; i++)
      input[0][i] = pow (10.0, (12.0 - rows[r].db_per_s * (double) i / 48000.0) / 20.0) * sin (2.0 * M_PI * 60.0 / 48000.0 * (double) i);
    run (l, 1, n + from, 0);
    mst_limiter_free (l);
    memset (spectrum, 0, 65536 * sizeof *spectrum);
    for (size_t i = 0; i < n; i++) {
      const double turn = 2.0 * M_PI * (double) i / (double) n;
      spectrum[i] = output[0][from + i] * (0.42 - 0.5 * cos (turn) + 0.08 * cos (2.0 * turn));
    }
    fourier (spectrum, 65536);
    for (size_t k = 0; k < 32768; k++) {
      const double hz = (double) k * 48000.0 / 65536.0;
      *(hz > 115.0 ? &rest : &tone) += creal (spectrum[k] * conj (spectrum[k]));
    }
    tap_ok (10.0 * log10 (rest / tone) <= rows[r].limit_db, "60 Hz at +12 dB fading by %g dB a second: %.1f dB (limit %g)", rows[r].db_per_s,
        10.0 * log10 (rest / tone), rows[r].limit_db);
  }
  free (spectrum);
}

/* Hits of 1 ms, 12 dB over, none as loud as the one before: how much of the time more than 1 dB is off. Held down for 25 ms each it would be half of it. */
static void
test_hits_are_not_held (void)
{
  const size_t n = 144000;
  MstLimiter *l = mst_limiter_new (48000, 2, 5.0, MST_CLIP_NONE, NULL);
  size_t down = 0;

  srand (7);
  for (size_t i = 0; i < n; i++) {
    input[0][i] = 0.0;
    input[1][i] = 0.01;
  }
  for (size_t at = 4800; at + 4800 < n; at += 1200 + (size_t) rand () % 1200) {
    const double level = 2.0 + 2.0 * rand () / RAND_MAX;
    for (size_t i = 0; i < 48; i++)
      input[0][at + i] = level * sin (M_PI * (double) i / 48.0) * sin (2.0 * M_PI * 3000.0 / 48000.0 * (double) i);
  }
  run (l, 2, n, 0);
  mst_limiter_free (l);
  for (size_t i = 0; i < n; i++)
    down += output[1][i] < 0.01 * 0.89125094;
  tap_ok (down < n / 4, "hits 25 to 50 ms apart: more than 1 dB off for %.0f %% of the time (limit 25)", 100.0 * (double) down / (double) n);
}

static void
test_latency_and_silence (void)
{
  static const struct { double rate, limit_ms; } rows[] = { { 44100, 9.5 }, { 48000, 9.5 }, { 8000, 40 }, { 384000, 9 } };
  for (int i = 0; i < 4; i++) {
    MstLimiter *l = mst_limiter_new (rows[i].rate, 1, 5.0, MST_CLIP_NONE, NULL);
    const size_t latency = mst_limiter_latency (l);
    double *x = calloc (100000, sizeof *x), *io[1] = { x };
    size_t first = 0, last = 0;
    x[0] = 3.0;
    mst_limiter_process (l, io, 100000);
    for (size_t k = 0; k < 100000; k++)
      if (fabs (x[k]) > fabs (x[first]))
        first = k;
    for (size_t k = 0; k < 100000; k++)
      last = x[k] != 0.0 ? k : last;
    tap_ok (first == latency, "%g Hz: an impulse is %zu frames late, %zu promised", rows[i].rate, first, latency);
    tap_ok (1000.0 * (double) latency / rows[i].rate <= rows[i].limit_ms, "that is %.2f ms", 1000.0 * (double) latency / rows[i].rate);
    tap_ok (last < latency + 200, "after it exact silence");
    free (x);
    mst_limiter_free (l);
  }
}

static void
test_changes (void)
{
  const size_t n = 40000;
  MstLimiter *l = mst_limiter_new (48000, 1, 5.0, MST_CLIP_NONE, NULL);
  MstLimiterParams p;
  double *io[1];

  /* A new ceiling and drive every 1000 frames: each 1000 frames hold the higher ceiling of those in force within the look-ahead */
  mst_limiter_params_init (&p);
  hard_make (input[0], n, 48000, HARD_PINK, 7, 0);
  memset (output[0], 0, sizeof output[0]);
  memcpy (output[0], input[0], n * sizeof (double));
  double ceilings_db[41], worst = -100.0;
  for (size_t i = 0; i < 41; i++) {
    ceilings_db[i] = p.ceiling_db = -1.0 - (double) (i * 7 % 12);
    p.drive_db = 12.0 + (double) (i * 5 % 7);
    p.release_ms = 1.0 + (double) (i * 31 % 50);
    mst_limiter_set_params (l, &p, i % 2 ? 960 : 64);
    io[0] = output[0] + 1000 * i;
    mst_limiter_process (l, io, 1000);
  }
  const size_t latency = mst_limiter_latency (l);
  for (size_t i = 2; i < 39; i++) {
    const double *y = output[0] + latency + 1000 * i;
    const double allowed = fmax (ceilings_db[i], ceilings_db[i - 1]);
    double window[1400];
    /* Faded at both ends, so that the piece itself has no edge */
    for (int k = 0; k < 1400; k++)
      window[k] = y[k - 200] * (k < 200 ? 0.5 - 0.5 * cos (M_PI * k / 200.0) : k >= 1200 ? 0.5 + 0.5 * cos (M_PI * (k - 1200) / 200.0) : 1.0);
    const double next = ceilings_db[i + 1];
    worst = fmax (worst, brickwall_peak_db (window, 1400, 16, 1.0) - fmax (allowed, next));
  }
  tap_ok (worst <= LIMIT_DB, "ceiling, drive and release moving: over by %+.4f dB", worst);
  mst_limiter_free (l);
}

static void
test_link (void)
{
  static const double links[] = { 0.0, 0.5, 1.0 };
  double loud_db[3], quiet_db[3];

  for (int i = 0; i < 3; i++) {
    MstLimiter *l = mst_limiter_new (48000, 2, 5.0, MST_CLIP_NONE, NULL);
    MstLimiterParams p;
    MstLimiterChannelStats a, b;
    mst_limiter_params_init (&p);
    p.link = links[i];
    mst_limiter_set_params (l, &p, 0);
    hard_make (input[0], 20000, 48000, HARD_SINE, 1000, 0);
    for (size_t k = 0; k < 20000; k++) {
      input[1][k] = 0.25 * input[0][k];
      input[0][k] *= 4.0;
    }
    run (l, 2, 20000, 0);
    mst_limiter_get_channel_stats (l, 0, &a);
    mst_limiter_get_channel_stats (l, 1, &b);
    loud_db[i] = a.gain_reduction_max_db;
    quiet_db[i] = b.gain_reduction_max_db;
    mst_limiter_free (l);
  }
  tap_within (quiet_db[0], 0.0, "link 0: a quiet channel beside a loud one loses, dB");
  tap_within (quiet_db[1] - 0.5 * loud_db[0], 0.02, "link 0.5: half of the loud one's, in dB; off by");
  tap_within (quiet_db[2] - loud_db[2], 0.0, "link 1: the same; off by");
}

static void
test_stats (void)
{
  const size_t n = 20000;
  MstLimiter *l = mst_limiter_new (48000, 1, 5.0, MST_CLIP_NONE, NULL);
  MstLimiterParams p;
  MstLimiterStats s;
  MstLimiterChannelStats c;
  mst_limiter_params_init (&p);
  mst_limiter_set_params (l, &p, 0);
  for (size_t k = 0; k < n; k++)        /* smooth at both ends: nothing for the guard, after which the true peak is taken */
    input[0][k] = 3.0 * sin (2.0 * M_PI * 7001.0 / 48000.0 * (double) k) * pow (sin (M_PI * (double) k / (double) n), 4.0);
  run (l, 1, n, 0);
  mst_limiter_get_stats (l, &s);
  mst_limiter_get_channel_stats (l, 0, &c);
  tap_within (20 * log10 (c.true_peak_in) - brickwall_peak_db (input[0], n, UP, 1.0), 0.02, "true peak in, dB off the brick wall's");
  tap_within (20 * log10 (c.true_peak_out) - brickwall_peak_db (output[0], n, UP, 1.0), 0.02, "true peak out, dB off");
  double least = 1.0, mean_db = 0.0, g = 1.0;
  size_t limited = 0;
  for (size_t k = 0; k < n; k++) {      /* the gain itself, where the input is not small */
    if (fabs (input[0][k]) > 1e-6)
      g = output[0][k] / input[0][k];
    least = fmin (least, g);
    mean_db += -20 * log10 (g) / (double) n;
    limited += g < 0.98855309;
  }
  tap_within (c.gain_reduction_max_db + 20 * log10 (least), 0.001, "highest reduction, dB off");
  tap_within (c.gain_reduction_mean_db - mean_db, 0.01, "mean reduction, dB off");
  tap_within (c.gain_reduction_min_db, 0.0, "lowest reduction, dB");
  tap_within ((double) s.limited_frames - (double) limited, 16.0, "limited frames off");
  tap_ok (s.limited_events == 1 && s.guard_frames == 0 && s.frames >= n - 8 && s.frames <= n, "%u event, %u guarded of %u frames",
      (unsigned) s.limited_events, (unsigned) s.guard_frames, (unsigned) s.frames);
  mst_limiter_clear_stats (l);
  mst_limiter_get_stats (l, &s);
  tap_ok (s.frames == 0, "cleared");
  mst_limiter_free (l);
}

static void
test_kernels_agree (void)
{
  static double first[2][MAX_FRAMES];
  const size_t n = 20000;
  double worst = 0.0;
  hard_make (input[0], n, 48000, HARD_HITS, 3, 0);
  hard_make (input[1], n, 48000, HARD_SIGN_BURSTS, 100, 0);
  for (int isa = 0; isa < 2; isa++) {
    MstLimiterParams p;
    mst_isa_force (isa ? MST_ISA_AVX2 : MST_ISA_BASE);
    MstLimiter *l = mst_limiter_new (48000, 2, 5.0, MST_CLIP_NONE, NULL);
    mst_limiter_params_init (&p);
    p.drive_db = 12.0;
    mst_limiter_set_params (l, &p, 0);
    run (l, 2, n, 0);
    mst_limiter_free (l);
    if (isa == 0)
      memcpy (first, output, sizeof first);
  }
  for (size_t k = 0; k < n; k++)
    worst = fmax (worst, fmax (fabs (first[0][k] - output[0][k]), fabs (first[1][k] - output[1][k])));
  tap_within (worst, 1e-6, "base and AVX2 kernels, highest difference");
}

static void
test_bad_arguments (void)
{
  static const struct { double rate; unsigned channels; double lookahead; const char *id; } rows[] = {
    { 48000, 0, 5, "no channels" }, { 48000, 65, 5, "65 channels" }, { 48000, 2, NAN, "look-ahead NaN" }, { 0, 2, 5, "no rate" }
  };
  for (int i = 0; i < 4; i++) {
    const char *error = NULL;
    const int refused = !mst_limiter_new (rows[i].rate, rows[i].channels, rows[i].lookahead, MST_CLIP_NONE, &error);
    tap_ok (refused && error, "%s: %s", rows[i].id, error ? error : "accepted");
  }
  mst_limiter_free (NULL);
}

int
main (void)
{
  test_ceiling ();
  test_readings ();
  test_shortest_lookahead ();
  test_idle ();
  test_cuts ();
  test_distortion ();
  test_intermodulation ();
  test_sidebands ();
  test_recovery ();
  test_fading_tone ();
  test_hits_are_not_held ();
  test_latency_and_silence ();
  test_changes ();
  test_link ();
  test_stats ();
  test_kernels_agree ();
  test_bad_arguments ();
  return tap_done ();
}
