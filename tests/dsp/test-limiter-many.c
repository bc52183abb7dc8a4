/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ceiling on hundreds of signals: every class, rate, drive and ceiling, tones by frequency and phase, channels linked and not; judged by
 * brickwall.h at 32 times the rate, by a brick wall and by a soft filter. One line a class; the worst case of each is named. Of the words of an argument, only
 * classes with one of them: test-limiter-many "signs,hits" */
#include "limiter.h"
#include "tap.h"
#include "brickwall.h"
#include "hard-signals.h"

#define UP 32
#define SOFT 0.907
#define LIMIT_DB 0.01
#define FRAMES 12000

static int n_signals;
static const char *only;

static int
is_wanted (const char *class)
{
  char words[200];
  if (!only)
    return 1;
  snprintf (words, sizeof words, "%s", only);
  for (char *word = strtok (words, ","); word; word = strtok (NULL, ","))
    if (strstr (class, word))
      return 1;
  return 0;
}

typedef struct { double wall, soft, twenty; char of[120]; } Worst;     /* brick wall; from 0.907 of Nyquist; from 20 kHz at 44.1 and 48 kHz */

static void
judge (Worst *worst, const double *y, double rate, double ceiling_db, const char *of)
{
  const double wall = brickwall_peak_db (y, FRAMES, UP, 1.0) - ceiling_db, soft = brickwall_peak_db (y, FRAMES, UP, SOFT) - ceiling_db;
  const double twenty = rate == 48000 ? brickwall_peak_db (y, FRAMES, UP, 20.0 / 24.0) - ceiling_db : rate == 44100 ? soft : -99;
  if (fmax (fmax (wall, soft), twenty) > fmax (fmax (worst->wall, worst->soft), worst->twenty))
    snprintf (worst->of, sizeof worst->of, "%s", of);
  worst->wall = fmax (worst->wall, wall);
  worst->soft = fmax (worst->soft, soft);
  worst->twenty = fmax (worst->twenty, twenty);
  n_signals++;
}

static void
limit (double **x, unsigned n_channels, double rate, const MstLimiterParams *p, double lookahead_ms, MstClipShape clip)
{
  MstLimiter *l = mst_limiter_new (rate, n_channels, lookahead_ms, clip, NULL);
  const size_t latency = mst_limiter_latency (l);
  double *zeros[8];

  mst_limiter_set_params (l, p, 0);
  mst_limiter_process (l, x, FRAMES);
  mst_limiter_end (l);
  for (unsigned c = 0; c < n_channels; c++)
    zeros[c] = calloc (latency, sizeof (double));
  mst_limiter_process (l, zeros, latency);
  for (unsigned c = 0; c < n_channels; c++) {
    memmove (x[c], x[c] + latency, (FRAMES - latency) * sizeof (double));
    memcpy (x[c] + FRAMES - latency, zeros[c], latency * sizeof (double));
    free (zeros[c]);
  }
  mst_limiter_free (l);
}

static void
say (const Worst *w, const char *what)
{
  tap_ok (w->wall <= LIMIT_DB && w->soft <= LIMIT_DB && w->twenty <= LIMIT_DB,
      "%s: over by %+.4f (brick wall), %+.4f (soft), %+.4f dB (from 20 kHz), worst %s", what, w->wall, w->soft, w->twenty, w->of);
}

static const struct { const char *id; HardSignal what; double a, b; } classes[] = {
  { "random signs", HARD_SIGNS, 9, 0 }, { "bursts of 4 signs", HARD_SIGN_BURSTS, 4, 0 }, { "bursts of 13 signs", HARD_SIGN_BURSTS, 13, 0 },
  { "bursts of 100 signs", HARD_SIGN_BURSTS, 100, 0 }, { "bursts of 400 signs", HARD_SIGN_BURSTS, 400, 0 },
  { "worst pattern of 8", HARD_WORST_ISP, 8, 0 }, { "worst pattern of 512", HARD_WORST_ISP, 512, 0 }, { "impulses", HARD_IMPULSES, 1999, 0 },
  { "square 60 Hz", HARD_SQUARE, 60, 0.01 }, { "square 1003 Hz", HARD_SQUARE, 1003, 0.3 }, { "clipped 997 Hz", HARD_CLIPPED, 997, 0.2 },
  { "white noise", HARD_WHITE, 11, 0 }, { "pink noise", HARD_PINK, 11, 0 }, { "sweep", HARD_SWEEP, 0.95, 0 }, { "hits", HARD_HITS, 1, 0 },
  { "sine cut in and out", HARD_SINE_CUT, 2999, 0.7 },
  { "square 3 kHz", HARD_SQUARE, 3000, 0.3 }, { "square 4001 Hz", HARD_SQUARE, 4001, 0.3 }, { "gated noise", HARD_GATED, 900, 0 },
};

static void
test_classes (void)
{
  static const double rates[] = { 32000, 44100, 48000, 88200, 96000, 192000 };
  static const double drives[] = { 6, 12, 18 }, ceilings[] = { -1, -20, 0 };
  static double x[FRAMES];
  for (size_t c = 0; c < sizeof classes / sizeof *classes; c++) {
    Worst worst = { -99, -99, -99, "" };
    if (!is_wanted (classes[c].id))
      continue;
    for (int r = 0; r < 6; r++)
      for (int d = 0; d < 3; d++) {
        char of[120];
        double *io[1] = { x };
        MstLimiterParams p;
        mst_limiter_params_init (&p);
        p.drive_db = drives[d];
        p.ceiling_db = ceilings[(r + d) % 3];
        hard_make (x, FRAMES, rates[r], classes[c].what, classes[c].a, classes[c].b + 0.1 * r);
        limit (io, 1, rates[r], &p, 5.0, MST_CLIP_NONE);
        snprintf (of, sizeof of, "%g Hz, %+g dB, ceiling %g", rates[r], p.drive_db, p.ceiling_db);
        judge (&worst, x, rates[r], p.ceiling_db, of);
      }
    say (&worst, classes[c].id);
  }
}

static void
test_tones (void)
{
  static const double of_rate[] = { 0.0005, 0.01, 0.1, 1.0 / 6.0, 0.2, 0.25, 0.31, 1.0 / 3.0, 0.37, 0.4, 0.42, 0.43, 0.435, 0.44, 0.445, 0.45,
    0.455, 0.46, 0.465, 0.47, 0.475, 0.48, 0.485, 0.49 };
  static double x[FRAMES];
  for (int r = 0; r < 2; r++) {
    Worst worst = { -99, -99, -99, "" };
    for (size_t f = 0; f < sizeof of_rate / sizeof *of_rate; f++)
      for (int phase = 0; phase < 5; phase++) {
        char of[120];
        double *io[1] = { x };
        MstLimiterParams p;
        mst_limiter_params_init (&p);
        p.drive_db = 12;
        hard_make (x, FRAMES, 48000, HARD_SINE_OF_RATE, of_rate[f], M_PI * phase / 5.0 + 0.05);
        limit (io, 1, r ? 44100 : 48000, &p, 5.0, MST_CLIP_NONE);
        snprintf (of, sizeof of, "%g of the rate, phase %d/5", of_rate[f], phase);
        judge (&worst, x, r ? 44100 : 48000, p.ceiling_db, of);
      }
    say (&worst, r ? "tones at every phase, 44.1 kHz" : "tones at every phase, 48 kHz");
  }
}

/* A soft filter rings on where the others read less than before */
static void
test_phase_jumps (void)
{
  static const double of_rate[] = { 0.42, 0.43, 0.44, 0.45, 0.455, 0.46, 0.465, 0.47 };
  static double x[FRAMES];
  for (int r = 0; r < 2; r++) {
    Worst worst = { -99, -99, -99, "" };
    for (size_t f = 0; f < sizeof of_rate / sizeof *of_rate; f++)
      for (int jump = 0; jump < 7; jump++) {
        char of[120];
        double *io[1] = { x };
        MstLimiterParams p;
        mst_limiter_params_init (&p);
        p.drive_db = 12;
        hard_make (x, FRAMES, 48000, HARD_PHASE_JUMPS, of_rate[f], 1.5 + 0.6 * jump);
        limit (io, 1, r ? 44100 : 48000, &p, 5.0, MST_CLIP_NONE);
        snprintf (of, sizeof of, "%g of the rate, by %g", of_rate[f], 1.5 + 0.6 * jump);
        judge (&worst, x, r ? 44100 : 48000, p.ceiling_db, of);
      }
    say (&worst, r ? "tones whose phase jumps, 44.1 kHz" : "tones whose phase jumps, 48 kHz");
  }
}

static void
test_channels_and_settings (void)
{
  static const unsigned counts[] = { 2, 6, 8 };
  static const double links[] = { 1.0, 0.5, 0.0 }, lookaheads[] = { 1.0, 5.0, 20.0 };
  static double planes[8][FRAMES];
  Worst worst = { -99, -99, -99, "" };
  for (int n = 0; n < 3; n++)
    for (int k = 0; k < 3; k++) {
      MstLimiterParams p;
      double *io[8];
      char of[120];
      mst_limiter_params_init (&p);
      p.drive_db = 9;
      p.link = links[k];
      p.hold_ms = k == 2 ? 0.0 : 10.0;
      p.release_ms = k == 1 ? 1.0 : 30.0;
      p.linked = n == 1 ? ~(uint64_t) 8 : ~(uint64_t) 0;
      for (unsigned c = 0; c < counts[n]; c++) {
        hard_make (planes[c], FRAMES, 48000, classes[(3 * n + 5 * c + k) % 16].what, classes[(3 * n + 5 * c + k) % 16].a, 0.1 * c);
        io[c] = planes[c];
      }
      limit (io, counts[n], 48000, &p, lookaheads[(n + k) % 3], MST_CLIP_NONE);
      for (unsigned c = 0; c < counts[n]; c++) {
        snprintf (of, sizeof of, "channel %u of %u, link %g", c, counts[n], p.link);
        judge (&worst, planes[c], 48000, p.ceiling_db, of);
      }
    }
  say (&worst, "2, 6 and 8 channels, links, look-aheads, no hold");
}

/* What the clipper has flattened rises again where a soft filter takes the top of its band away */
static void
test_behind_clipper (void)
{
  static const double drives[] = { 0, 6, 12 };
  static double x[FRAMES];
  for (int shape = MST_CLIP_SOFT; shape <= MST_CLIP_HARD; shape++) {
    Worst worst = { -99, -99, -99, "" };
    for (size_t c = 0; c < sizeof classes / sizeof *classes; c++)
      for (int d = 0; d < 9; d++) {
        char of[120];
        double *io[1] = { x };
        MstLimiterParams p;
        if (d >= 3 && c > 0)    /* more of the random signs */
          break;
        mst_limiter_params_init (&p);
        p.drive_db = drives[d % 3];
        p.hold_ms = d % 2 ? 0.0 : 20.0;
        hard_make (x, FRAMES, 48000, classes[c].what, classes[c].a + (d >= 3 ? d : 0), classes[c].b);
        limit (io, 1, 48000, &p, d % 2 ? 1.0 : 5.0, shape);
        snprintf (of, sizeof of, "%s, %+g dB", classes[c].id, p.drive_db);
        judge (&worst, x, 48000, p.ceiling_db, of);
      }
    say (&worst, shape == MST_CLIP_SOFT ? "behind the soft clipper" : "behind the hard clipper");
  }
}

int
main (int n_words, char **words)
{
  only = n_words > 1 ? words[1] : NULL;
  test_classes ();
  if (is_wanted ("tones"))
    test_tones ();
  if (is_wanted ("phase jumps"))
    test_phase_jumps ();
  if (is_wanted ("behind the clipper"))
    test_behind_clipper ();
  if (is_wanted ("channels"))
    test_channels_and_settings ();
  if (!only)
    tap_ok (n_signals >= 200, "%d signals", n_signals);
  return tap_done ();
}
