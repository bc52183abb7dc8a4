/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* y = q round (clip (x/q + d)), q = 2^(1 - bits); halves to even; clip to [-2^(bits-1), 2^(bits-1) - 1].
 * Noise d in steps, from one random word a sample (noise.c), so a function of seed, channel and frame:
 *     rectangular            d = u - 1/2          error power up to 1/12 + 1/12 + what the signal adds, mean 0
 *     triangular             d = u1 - u2          error power 1/4 = 1/12 + 1/6, white, mean 0, whatever the signal
 *     high-pass triangular   d = u[n] - u[n-1]    the same power; spectrum 1/12 + (1/6) 2 sin^2 (w/2)
 * u uniform in [0, 1): 16 bits each for triangular (so the mean follows x to 2^-17 step), 31 and 32 for the others.
 * Gates, a channel each: after 50 ms of exact zeros, zeros pass undithered (auto-blank); after 1 s on the grid,
 * what is on the grid passes (auto-transparent); at the start at once; both until the first frame that is not.
 * Lipshitz, Wannamaker, Vanderkooy: Quantization and Dither: A Theoretical Survey, JAES 40(5), 1992, sections 4 and 5. */
#include "dither.h"

#include "mst-orc-dither.h"
#include "noise.h"
#include "run-gate.h"

#include <math.h>
#include <stdlib.h>

#define ROUND_MAGIC 6755399441055744.0  /* 1.5 * 2^52 */
#define BLANK_MS 50.0
#define TRANSPARENT_MS 1000.0

typedef struct
{
  MstNoise noise;
  MstRunGate silent, on_grid;
} Channel;

struct _MstDither
{
  MstDitherParams params;
  unsigned n_channels;
  double scale, lo, hi, step;   /* 1/q; the range in steps; q */
  uint64_t clipped;
  Channel channels[];
};

const char *
mst_dither_params_error (const MstDitherParams *p)
{
  if (p->bits < 2 || p->bits > 32)
    return "bits are not within 2 and 32";
  return NULL;
}

MstDither *
mst_dither_new (double rate_hz, unsigned n_channels, const char **error)
{
  static const MstDitherParams defaults = MST_DITHER_DEFAULTS;
  MstDither *d;

  if (!(rate_hz >= 1000.0 && rate_hz <= 1e6) || n_channels < 1 || n_channels > 1024) {
    *error = "the rate is not within 1 kHz and 1 MHz, or there are no channels";
    return NULL;
  }
  if (!(d = calloc (1, sizeof *d + n_channels * sizeof d->channels[0]))) {
    *error = "out of memory";
    return NULL;
  }
  d->n_channels = n_channels;
  for (unsigned c = 0; c < n_channels; c++) {
    /* longer than a group, so that it cannot open within one */
    d->channels[c].silent.hold = (size_t) fmax (rate_hz * BLANK_MS / 1000.0, MST_NOISE_GROUP + 1);
    d->channels[c].on_grid.hold = (size_t) fmax (rate_hz * TRANSPARENT_MS / 1000.0, MST_NOISE_GROUP + 1);
  }
  mst_dither_set_params (d, &defaults);
  mst_dither_reset (d);
  return d;
}

static void
seed_channels (MstDither *d)
{
  for (unsigned c = 0; c < d->n_channels; c++)
    mst_noise_seed (&d->channels[c].noise, d->params.seed, c);
}

void
mst_dither_set_params (MstDither *d, const MstDitherParams *params)
{
  const bool reseed = params->seed != d->params.seed;
  d->params = *params;
  d->scale = ldexp (1.0, (int) params->bits - 1);
  d->step = 1.0 / d->scale;
  d->lo = -d->scale;
  d->hi = d->scale - 1.0;
  if (reseed)
    seed_channels (d);
}

/* Samples of @x that dither of @noise might bring beyond full scale: a quick "no" for nearly every block. */
static bool
may_clip (const MstDither *d, const double *x, size_t n)
{
  const double limit = (d->hi - 1.5) * d->step;
  unsigned beyond = 0;
  for (size_t i = 0; i < n; i++)
    beyond |= fabs (x[i]) > limit;
  return beyond;
}

/* The noise of word @w in units; the ORC programs do the same. */
static double
noise_of (MstDitherNoise kind, const uint32_t *w)
{
  switch (kind) {
    case MST_DITHER_RECTANGULAR:
      return (int32_t) *w;
    case MST_DITHER_TRIANGULAR:
      return (int32_t) (*w >> 16) - (int32_t) (*w & 0xffff);
    case MST_DITHER_HIGH_PASS_TRIANGULAR:
      return ((int32_t) w[0] >> 1) - ((int32_t) w[-1] >> 1);
    case MST_DITHER_NONE:
      break;
  }
  return 0.0;
}

static double
unit_of (MstDitherNoise kind)
{
  static const int exponents[] = { 0, -32, -16, -31 };
  return ldexp (1.0, exponents[kind]);
}

static void
count_clipped (MstDither *d, MstDitherNoise kind, const double *x, const uint32_t *w, size_t n)
{
  const double unit = unit_of (kind);
  for (size_t i = 0; i < n; i++) {
    const double v = x[i] * d->scale + noise_of (kind, w + i) * unit;
    d->clipped += v >= d->hi + 0.5 || v < d->lo - 0.5;  /* hi is odd: the tie goes up; lo is even */
  }
}

static void
quantise (MstDither *d, MstDitherNoise kind, double *x, const uint32_t *w, size_t n)
{
  const double unit = unit_of (kind);

  if (may_clip (d, x, n))
    count_clipped (d, kind, x, w, n);
  switch (kind) {
    case MST_DITHER_NONE:
      mst_orc_quantise_plain (x, d->scale, d->lo, d->hi, ROUND_MAGIC, d->step, (int) n);
      break;
    case MST_DITHER_RECTANGULAR:
      mst_orc_quantise_rectangular (x, w, d->scale, unit, d->lo, d->hi, ROUND_MAGIC, d->step, (int) n);
      break;
    case MST_DITHER_TRIANGULAR:
      mst_orc_quantise_triangular (x, w, d->scale, unit, d->lo, d->hi, ROUND_MAGIC, d->step, (int) n);
      break;
    case MST_DITHER_HIGH_PASS_TRIANGULAR:
      mst_orc_quantise_high_pass (x, w, w - 1, d->scale, unit, d->lo, d->hi, ROUND_MAGIC, d->step, (int) n);
      break;
  }
}

static bool
is_on_grid (const MstDither *d, double x)
{
  const double v = x * d->scale;
  return v == (v + ROUND_MAGIC) - ROUND_MAGIC;
}

static bool
is_silent (const MstDither *d, double x)
{
  (void) d;
  return x == 0.0;
}

typedef bool (*Member) (const MstDither *, double);

static inline void
gate (const MstDither *d, MstRunGate *g, Member is_member, const double *x, size_t n, size_t *open, size_t *shut)
{
  size_t first = 0, last = n;

  if (g->hold - g->run >= n && !is_member (d, x[n - 1]))
    first = last = n - 1;       /* shut before, shut after: the usual case in music */
  else {
    while (first < n && is_member (d, x[first]))
      first++;
    if (first < n)
      while (is_member (d, x[--last]));
  }
  mst_run_gate_advance (g, n, first, last, open, shut);
}

static void
process_group (MstDither *d, Channel *ch, double *x, const uint32_t *w, size_t n)
{
  size_t open[2] = { n, n }, shut[2] = { 0, 0 };

  if (d->params.auto_blank)
    gate (d, &ch->silent, is_silent, x, n, &open[0], &shut[0]);
  else
    ch->silent.run = 0;
  if (d->params.auto_transparent)
    gate (d, &ch->on_grid, is_on_grid, x, n, &open[1], &shut[1]);
  else
    ch->on_grid.run = 0;
  for (size_t i = 0; i < n;) {
    bool plain = d->params.bypass;
    size_t end = n;
    for (int k = 0; k < 2; k++) {
      plain |= i >= open[k] && i < shut[k];
      if (open[k] > i && open[k] < end && open[k] < shut[k])
        end = open[k];
      if (shut[k] > i && shut[k] < end)
        end = shut[k];
    }
    quantise (d, plain ? MST_DITHER_NONE : d->params.noise, x + i, w + i, end - i);
    i = end;
  }
}

void
mst_dither_process (MstDither *d, double *const *io, size_t n_frames)
{
  for (unsigned c = 0; c < d->n_channels; c++)
    for (size_t i = 0; i < n_frames;) {
      const uint32_t *words;
      const size_t n = mst_noise_take (&d->channels[c].noise, n_frames - i, &words);
      process_group (d, &d->channels[c], io[c] + i, words, n);
      i += n;
    }
}

uint64_t
mst_dither_take_clipped (MstDither *d)
{
  const uint64_t clipped = d->clipped;
  d->clipped = 0;
  return clipped;
}

void
mst_dither_reset (MstDither *d)
{
  seed_channels (d);
  for (unsigned c = 0; c < d->n_channels; c++) {
    mst_run_gate_reset (&d->channels[c].silent);
    mst_run_gate_reset (&d->channels[c].on_grid);
  }
}

void
mst_dither_free (MstDither *d)
{
  free (d);
}
