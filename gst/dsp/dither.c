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

#include "dither-kernels.h"
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
  double scale;                 /* 1/q */
  MstDitherGrid grid;
  const MstDitherKernels *kernels;
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
  d->kernels = MST_KERNEL_CHOOSE (mst_dither_kernels);
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
  const double step = 1.0 / d->scale;
  d->grid = (MstDitherGrid) {
    .lowest = -1.0,.highest = 1.0 - step,
    .clips_below = -1.0 - 0.5 * step,.clips_from = 1.0 - 0.5 * step,    /* halves go to even: down there, not up here */
    .shift = ROUND_MAGIC * step,
  };
  if (reseed)
    seed_channels (d);
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
  static const double unit[] = { 0.0, 0x1p-32, 0x1p-16, 0x1p-31 };      /* of each noise, in steps */
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
    const MstDitherNoise kind = plain ? MST_DITHER_NONE : d->params.noise;
    d->clipped += d->kernels->quantise[kind] (&d->grid, unit[kind] / d->scale, x + i, w + i, end - i);
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
