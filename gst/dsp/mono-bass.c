/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bass to mono by a fourth-order Linkwitz-Riley high-pass on the side, 24 dB/oct,
 *     HP4(s) = (s^2 / (s^2 + sqrt 2 s + 1))^2,
 * and, matched, the all-pass of the same phase on the mid,
 *     AP2(s) = (s^2 - sqrt 2 s + 1) / (s^2 + sqrt 2 s + 1) = HP4(s) + LP4(s),
 * so that a hard-panned source keeps to its channel: L = AP2 L - LP4 S, R = AP2 R + LP4 S.
 * The output is the difference to the input, AP2 M - M and HP4 S - S, times a share (0 off, 1 on) that cross-fades
 * without a kink, t^2 (3 - 2 t).
 * |AP2| = 1, so the mono sum stays flat; unmatched it stays as it is.
 *
 * Sections are trapezoidal state variable filters: with g = tan (pi f / rate), a1 = 1/(1 + g (g + sqrt 2)), a2 = g a1, a3 = g a2
 *     v1 = a1 s1 + a2 (x - s2), v2 = s2 + a2 s1 + a3 (x - s2), s1 <- 2 v1 - s1, s2 <- 2 v2 - s2,
 *     HP2 x = x - sqrt 2 v1 - v2, AP2 x = x - 2 sqrt 2 v1,
 * whose states stay meaningful while g moves, geometrically, a frame at a time; standing, they run in groups of four frames
 * (blockfilter.h), counted from where they came to stand. States below 1e-30 are set to 0.
 * Linkwitz: Active Crossover Networks for Noncoincident Drivers, JAES 24(1), 1976. Zavalishin: The Art of VA Filter Design, 2012, ch. 4. */
#include "mono-bass.h"

#include "mono-bass-kernels.h"

#include <math.h>
#include <string.h>

#define LOOK_FRAMES 64          /* how often states are looked at */
#define STATE_ZERO 1e-30
#define ROUND_MAGIC 6755399441055744.0  /* 1.5 * 2^52 */
#define FADE_MS 10.0            /* shortest cross-fade */

static void
design (MstMonoBass *b)
{
  b->a1 = 1.0 / (1.0 + b->g * (b->g + M_SQRT2));
  b->a2 = b->g * b->a1;
  b->a3 = b->g * b->a2;
  b->is_designed = false;
}

/* v1 and v2 of a section */
static void
section (const MstMonoBass *b, double s[2], double x, double v[2])
{
  const double d = x - s[1];
  v[0] = b->a1 * s[0] + b->a2 * d;
  v[1] = s[1] + b->a2 * s[0] + b->a3 * d;
  s[0] = 2.0 * v[0] - s[0];
  s[1] = 2.0 * v[1] - s[1];
}

/* AP2 x - x */
static double
step_mid (const void *filter, double state[MST_BLOCK_FILTER_STATES], double x)
{
  double v[2];
  section (filter, state, x, v);
  return -2.0 * M_SQRT2 * v[0];
}

/* HP4 x - x */
static double
step_side (const void *filter, double state[MST_BLOCK_FILTER_STATES], double x)
{
  double v[2], w[2];
  section (filter, state, x, v);
  const double first = M_SQRT2 * v[0] + v[1];   /* what the first high-pass takes away */
  section (filter, state + 2, x - first, w);
  return -(first + (M_SQRT2 * w[0] + w[1]));
}

void
mst_mono_bass_init (MstMonoBass *b, double rate_hz)
{
  memset (b, 0, sizeof *b);
  b->rate_hz = rate_hz;
}

static bool
is_moving (const MstMonoBass *b)
{
  return b->g_left > 0 || b->mix_done < b->mix_frames;
}

bool
mst_mono_bass_is_active (const MstMonoBass *b)
{
  return b->mix[0] > 0.0 || b->mix[1] > 0.0 || b->mix_done < b->mix_frames;
}

static void
forget (MstMonoBass *b)
{
  memset (b->state, 0, sizeof b->state);
  memset (b->open, 0, sizeof b->open);
  b->n_open = 0;
  b->look = LOOK_FRAMES;
}

void
mst_mono_bass_reset (MstMonoBass *b)
{
  forget (b);
  b->g = b->g_target;
  b->g_left = 0;
  b->mix[0] = b->mix_target[0];
  b->mix[1] = b->mix_target[1];
  b->mix_frames = b->mix_done = 0;
  design (b);
}

/* What was begun as a group ends here, frame by frame, with the coefficients of now. */
static void
close_group (MstMonoBass *b)
{
  for (unsigned j = 0; j < b->n_open; j++) {
    step_mid (b, b->state[0], b->open[0][j]);
    step_side (b, b->state[1], b->open[1][j]);
  }
  memset (b->open, 0, sizeof b->open);
  b->n_open = 0;
}

static void
set_frequency (MstMonoBass *b, double frequency_hz, size_t ramp_frames)
{
  b->g_target = tan (M_PI * fmin (frequency_hz / b->rate_hz, 0.45));
  if (b->g_target == b->g) {
    b->g_left = 0;
    return;
  }
  close_group (b);
  if (!mst_mono_bass_is_active (b) || ramp_frames == 0) {
    b->g = b->g_target;
    b->g_left = 0;
    design (b);
  } else {
    b->g_left = ramp_frames;
    b->g_factor = pow (b->g_target / b->g, 1.0 / (double) ramp_frames);
  }
}

void
mst_mono_bass_set (MstMonoBass *b, double frequency_hz, bool matched, double grid, size_t ramp_frames)
{
  const double target[2] = { frequency_hz > 0.0 && matched, frequency_hz > 0.0 };

  b->grid = matched ? 0.0 : grid;
  if (!mst_mono_bass_is_active (b))
    forget (b);
  if (frequency_hz > 0.0)
    set_frequency (b, frequency_hz, ramp_frames);
  if (target[0] == b->mix_target[0] && target[1] == b->mix_target[1] && ramp_frames > 0)
    return;                     /* a fade on its way goes on */
  close_group (b);
  for (int i = 0; i < 2; i++) {
    b->mix_start[i] = b->mix[i];
    b->mix_target[i] = target[i];
  }
  b->mix_frames = b->mix_done = 0;
  if (ramp_frames == 0) {
    b->mix[0] = target[0];
    b->mix[1] = target[1];
  } else {
    const size_t shortest = (size_t) ceil (FADE_MS / 1000.0 * b->rate_hz);
    b->mix_frames = ramp_frames > shortest ? ramp_frames : shortest;
  }
}

static void
move (MstMonoBass *b)
{
  if (b->g_left > 0) {
    b->g = --b->g_left ? b->g * b->g_factor : b->g_target;
    design (b);
  }
  if (b->mix_done < b->mix_frames) {
    b->mix_done++;
    const double t = (double) b->mix_done / (double) b->mix_frames;
    for (int i = 0; i < 2; i++)
      b->mix[i] = b->mix_done == b->mix_frames ? b->mix_target[i] :
          b->mix_start[i] + t * t * (3.0 - 2.0 * t) * (b->mix_target[i] - b->mix_start[i]);
  }
}

static void
step_moving (MstMonoBass *b, double *mid, double *side)
{
  move (b);
  /* on the grid only while the mid stays as it is */
  const double shift = b->mix[0] == 0.0 ? b->grid * ROUND_MAGIC : 0.0;
  *mid = b->mix[0] * step_mid (b, b->state[0], *mid);
  *side = (b->mix[1] * step_side (b, b->state[1], *side) + shift) - shift;
}

static void
passed (MstMonoBass *b, size_t n)
{
  b->look -= (int) n;
  if (b->look > 0)
    return;
  b->look = LOOK_FRAMES;
  for (int i = 0; i < 2; i++)
    for (int k = 0; k < MST_BLOCK_FILTER_STATES; k++)
      if (fabs (b->state[i][k]) < STATE_ZERO)
        b->state[i][k] = 0.0;
}

/* Frames of a group that is begun or not there as a whole. */
static void
run_part (MstMonoBass *b, const MstMonoBassKernels *kernels, double *mid, double *side, size_t n)
{
  double state[2][MST_BLOCK_FILTER_STATES], out[2][MST_BLOCK_FILTER_FRAMES];

  memcpy (b->open[0] + b->n_open, mid, n * sizeof *mid);
  memcpy (b->open[1] + b->n_open, side, n * sizeof *side);
  memcpy (out, b->open, sizeof out);
  memcpy (state, b->state, sizeof state);
  kernels->run (b, state, out[0], out[1], 1);
  memcpy (mid, out[0] + b->n_open, n * sizeof *mid);
  memcpy (side, out[1] + b->n_open, n * sizeof *side);
  b->n_open += (unsigned) n;
  if (b->n_open == MST_BLOCK_FILTER_FRAMES) {
    memcpy (b->state, state, sizeof state);
    memset (b->open, 0, sizeof b->open);
    b->n_open = 0;
    passed (b, MST_BLOCK_FILTER_FRAMES);
  }
}

void
mst_mono_bass_process (MstMonoBass *b, double *mid, double *side, size_t n_frames)
{
  const MstMonoBassKernels *kernels = MST_KERNEL_CHOOSE (mst_mono_bass_kernels);

  for (size_t i = 0, n; i < n_frames; i += n) {
    n = n_frames - i;
    if (is_moving (b)) {
      n = 1;
      step_moving (b, mid + i, side + i);
      passed (b, n);
      continue;
    }
    if (!b->is_designed) {
      mst_block_filter_design (&b->block[0], step_mid, b);
      mst_block_filter_design (&b->block[1], step_side, b);
      b->is_designed = true;
    }
    const size_t missing = MST_BLOCK_FILTER_FRAMES - b->n_open;
    if (b->n_open > 0 || n < missing) {
      n = n < missing ? n : missing;
      run_part (b, kernels, mid + i, side + i, n);
    } else {
      n = n < (size_t) b->look + 3 ? n : (size_t) b->look + 3;
      n -= n % MST_BLOCK_FILTER_FRAMES;
      kernels->run (b, b->state, mid + i, side + i, n / MST_BLOCK_FILTER_FRAMES);
      passed (b, n);
    }
  }
}
