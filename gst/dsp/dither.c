/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* y = q round (clip (x/q + d)), q = 2^(1 - bits); halves to even; clip to [-2^(bits-1), 2^(bits-1) - 1].
 * Noise d in steps, from one random word a sample (noise.c), so a function of seed, channel and frame:
 *     rectangular            d = u - 1/2          error power up to 1/12 + 1/12 + what the signal adds, mean 0
 *     triangular             d = u1 - u2          error power 1/4 = 1/12 + 1/6, white, mean 0, whatever the signal
 *     high-pass triangular   d = u[n] - u[n-1]    the same power; spectrum 1/12 + (1/6) 2 sin^2 (w/2)
 * Shaped, the whole error, noise and rounding, is filtered by A(z) of shaper.c, designed for the rate: e is what rounding and noise
 * did, never what clipping did, so it stays within 1.5 steps and the filter, being finite, stable. The signal is not filtered.
 * A gate that opens forgets the errors.
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
#include <string.h>

#define ROUND_MAGIC 6755399441055744.0  /* 1.5 * 2^52 */
#define BLANK_MS 50.0
#define TRANSPARENT_MS 1000.0

typedef struct
{
  MstNoise noise;
  MstRunGate silent, on_grid;
  MstShaperState shaped;
} Channel;

struct _MstDither
{
  MstDitherParams params;
  unsigned n_channels;
  double scale;                 /* 1/q */
  double unit[4];               /* of the noise's whole numbers, by MstDitherNoise */
  MstDitherGrid grid;
  double rate_hz;
  MstShaper shapers[4];         /* by MstDitherShaping; the first is not used, others from when they are first */
  const MstDitherKernels *kernels;
  uint64_t clipped, twice;      /* samples */
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
  d->rate_hz = rate_hz;
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

static void
design_shaper (MstDither *d)
{
  static const struct
  {
    unsigned order;
    double span_db;
  } designs[] = { [MST_DITHER_LIGHT] = {12, 30.0}, [MST_DITHER_MEDIUM] = {12, 40.0}, [MST_DITHER_STRONG] = {16, 55.0} };
  const MstDitherShaping kind = d->params.shaping;
  if (kind != MST_DITHER_UNSHAPED && d->shapers[kind].order == 0)
    mst_shaper_design (&d->shapers[kind], d->rate_hz, designs[kind].order, designs[kind].span_db);
}

void
mst_dither_set_params (MstDither *d, const MstDitherParams *params)
{
  static const double steps[] = { 0.0, 0x1p-32, 0x1p-16, 0x1p-31 };
  const bool reseed = params->seed != d->params.seed;
  d->params = *params;
  d->scale = ldexp (1.0, (int) params->bits - 1);
  const double step = 1.0 / d->scale;
  for (unsigned i = 0; i < 4; i++)
    d->unit[i] = steps[i] * step;
  d->grid = (MstDitherGrid) {
    .lowest = -1.0,.highest = 1.0 - step,
    .shift = ROUND_MAGIC * step,.bits = params->bits,
  };
  design_shaper (d);
  for (unsigned c = 0; c < d->n_channels && d->params.shaping == MST_DITHER_UNSHAPED; c++)
    d->channels[c].shaped = (MstShaperState) { 0 };
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

/* Shut before, shut after @n samples of which this is the last, so not open between, which would take longer than a group. */
static inline bool
stays_shut (const MstDither *d, const MstRunGate *g, Member is_member, double last, size_t n)
{
  return g->hold - g->run >= n && !is_member (d, last);
}

static bool
stay_shut (const MstDither *d, const Channel *ch, double last, size_t n)
{
  return stays_shut (d, &ch->on_grid, is_on_grid, last, n) && (!d->params.auto_blank || stays_shut (d, &ch->silent, is_silent, last, n));
}

static inline void
gate (const MstDither *d, MstRunGate *g, Member is_member, const double *x, size_t n, size_t *open, size_t *shut)
{
  size_t first = 0, last = n;

  while (first < n && is_member (d, x[first]))
    first++;
  if (first < n)
    while (is_member (d, x[--last]));
  mst_run_gate_advance (g, n, first, last, open, shut);
}

/* Where in a group the gates of a channel are open. */
typedef struct
{
  size_t open[2], shut[2];
} Gates;

/* Whether one is open anywhere. */
static bool
ask_gates (MstDither *d, Channel *ch, const double *x, size_t n, Gates *g)
{
  g->open[0] = g->open[1] = n;
  g->shut[0] = g->shut[1] = 0;
  if (stay_shut (d, ch, x[n - 1], n)) {
    ch->on_grid.run = ch->silent.run = 0;
    return false;
  }
  if (d->params.auto_blank)
    gate (d, &ch->silent, is_silent, x, n, &g->open[0], &g->shut[0]);
  else
    ch->silent.run = 0;
  gate (d, &ch->on_grid, is_on_grid, x, n, &g->open[1], &g->shut[1]);
  if (!d->params.auto_transparent) {
    if (d->params.noise != MST_DITHER_NONE && !d->params.bypass)
      for (size_t i = g->open[1]; i < g->shut[1]; i++)
        d->twice += x[i] != 0.0;
    g->shut[1] = 0;
  }
  return g->open[0] < g->shut[0] || g->open[1] < g->shut[1];
}

/* From frame @i on it is plain or not until the returned frame. */
static size_t
next_change (const MstDither *d, const Gates *g, size_t i, size_t n, bool *plain)
{
  size_t end = n;
  *plain = d->params.bypass;
  for (int k = 0; k < 2; k++) {
    if (g->open[k] >= g->shut[k])
      continue;
    *plain |= i >= g->open[k] && i < g->shut[k];
    if (g->open[k] > i && g->open[k] < end)
      end = g->open[k];
    if (g->shut[k] > i && g->shut[k] < end)
      end = g->shut[k];
  }
  return end;
}

static void
shape (MstDither *d, unsigned n_channels, MstShaperState *const state[2], double *const x[2], const uint32_t *const w[2], size_t n)
{
  size_t clipped[2] = { 0, 0 };
  d->kernels->shape (&d->grid, &d->shapers[d->params.shaping], d->params.noise, d->unit[d->params.noise], x, w, state, n,
      clipped);
  d->clipped += clipped[0] + (n_channels == 2 ? clipped[1] : 0);
}

/* Beside a silence that goes nowhere. */
static void
shape_one (MstDither *d, MstShaperState *state, double *x, const uint32_t *w, size_t n)
{
  double nothing[MST_NOISE_GROUP] = { 0.0 };
  MstShaperState nobody = { 0 };
  shape (d, 1, (MstShaperState * const[2]) { state, &nobody }, (double *const[2]) { x, nothing },
      (const uint32_t * const[2]) { w, w }, n);
}

static void
quantise (MstDither *d, MstDitherNoise kind, double *x, const uint32_t *w, size_t n)
{
  d->clipped += d->kernels->quantise[kind] (&d->grid, d->unit[kind], x, w, n);
}

/* Plain here, dithered there. */
static void
process_parts (MstDither *d, Channel *ch, const Gates *g, double *x, const uint32_t *w, size_t n)
{
  for (size_t i = 0; i < n;) {
    bool plain;
    const size_t end = next_change (d, g, i, n, &plain);
    if (d->params.shaping != MST_DITHER_UNSHAPED && !plain) {
      shape_one (d, &ch->shaped, x + i, w + i, end - i);
    } else {
      quantise (d, plain ? MST_DITHER_NONE : d->params.noise, x + i, w + i, end - i);
      if (d->params.shaping != MST_DITHER_UNSHAPED)
        ch->shaped = (MstShaperState) { 0 };
    }
    i = end;
  }
}

void
mst_dither_process (MstDither *d, double *const *io, size_t n_frames)
{
  const bool shaped = d->params.shaping != MST_DITHER_UNSHAPED;

  for (unsigned c = 0; c < d->n_channels; c += 2) {
    const unsigned n_here = d->n_channels - c < 2 ? 1 : 2;
    Channel *const ch[2] = { &d->channels[c], &d->channels[c + n_here - 1] };
    for (size_t i = 0; i < n_frames;) {
      const uint32_t *w[2];
      double *const x[2] = { io[c] + i, io[c + n_here - 1] + i };
      size_t n = n_frames - i;
      Gates g[2];
      bool whole[2] = { false, false };  /* dithered from end to end */
      for (unsigned k = 0; k < n_here; k++) {   /* all channels have used as many words */
        n = mst_noise_take (&ch[k]->noise, n, &w[k]);
        whole[k] = !ask_gates (d, ch[k], x[k], n, &g[k]) && !d->params.bypass;
        if (whole[k] && !shaped)
          quantise (d, d->params.noise, x[k], w[k], n);
        else if (!whole[k])
          process_parts (d, ch[k], &g[k], x[k], w[k], n);
      }
      if (shaped && whole[0] && whole[1])
        shape (d, 2, (MstShaperState * const[2]) { &ch[0]->shaped, &ch[1]->shaped }, x, w, n);
      else
        for (unsigned k = 0; shaped && k < n_here; k++)
          if (whole[k])
            shape_one (d, &ch[k]->shaped, x[k], w[k], n);
      i += n;
    }
  }
}

size_t
mst_dither_process_packed (MstDither *d, const void *from, void *to, size_t n_frames)
{
  size_t done = 0;

  if (d->n_channels != 2 || d->params.shaping != MST_DITHER_UNSHAPED || d->params.bits > 16 || d->params.bypass)
    return 0;
  while (done < n_frames) {
    const float *x = (const float *) from + 2 * done;
    int16_t y[2 * MST_NOISE_GROUP];
    const uint32_t *w[2];
    size_t n = n_frames - done;
    bool is_simple = true;
    for (unsigned c = 0; c < 2; c++)    /* both have used as many words */
      n = mst_noise_take (&d->channels[c].noise, n, &w[c]);
    for (unsigned c = 0; c < 2; c++)
      is_simple &= stay_shut (d, &d->channels[c], x[2 * (n - 1) + c], n);
    if (!is_simple || !d->kernels->pack[d->params.noise] (&d->grid, d->unit[d->params.noise], x, y, w, n)) {
      for (unsigned c = 0; c < 2; c++)
        mst_noise_give_back (&d->channels[c].noise, n);
      break;
    }
    for (unsigned c = 0; c < 2; c++)
      d->channels[c].on_grid.run = d->channels[c].silent.run = 0;
    memcpy ((char *) to + done * 2 * sizeof *y, y, n * 2 * sizeof *y);
    done += n;
  }
  return done;
}

uint64_t
mst_dither_take_clipped (MstDither *d)
{
  const uint64_t clipped = d->clipped;
  d->clipped = 0;
  return clipped;
}

uint64_t
mst_dither_twice (const MstDither *d)
{
  return d->twice;
}

void
mst_dither_reset (MstDither *d)
{
  d->twice = 0;
  seed_channels (d);
  for (unsigned c = 0; c < d->n_channels; c++) {
    mst_run_gate_reset (&d->channels[c].silent);
    mst_run_gate_reset (&d->channels[c].on_grid);
    d->channels[c].shaped = (MstShaperState) { 0 };
  }
}

void
mst_dither_free (MstDither *d)
{
  free (d);
}
