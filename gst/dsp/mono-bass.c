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
 * whose states stay meaningful while g moves, geometrically, a frame at a time. States below 1e-30 are set to 0.
 * Linkwitz: Active Crossover Networks for Noncoincident Drivers, JAES 24(1), 1976. Zavalishin: The Art of VA Filter Design, 2012, ch. 4. */
#include "mono-bass.h"

#include "mono-bass-kernels.h"

#include <math.h>
#include <string.h>

#define LOOK_FRAMES 64          /* how often states are looked at */
#define STATE_ZERO 1e-30
#define FADE_MS 10.0            /* shortest cross-fade */

static void
design (MstMonoBass *b)
{
  b->a1 = 1.0 / (1.0 + b->g * (b->g + M_SQRT2));
  b->a2 = b->g * b->a1;
  b->a3 = b->g * b->a2;
}

void
mst_mono_bass_init (MstMonoBass *b, double rate_hz)
{
  memset (b, 0, sizeof *b);
  b->rate_hz = rate_hz;
}

bool
mst_mono_bass_is_active (const MstMonoBass *b)
{
  return b->mix[0] > 0.0 || b->mix[1] > 0.0 || b->mix_done < b->mix_frames;
}

void
mst_mono_bass_reset (MstMonoBass *b)
{
  memset (b->state, 0, sizeof b->state);
  b->g = b->g_target;
  b->g_left = 0;
  b->mix[0] = b->mix_target[0];
  b->mix[1] = b->mix_target[1];
  b->mix_frames = b->mix_done = 0;
  b->phase = 0;
  design (b);
}

void
mst_mono_bass_set (MstMonoBass *b, double frequency_hz, bool matched, double grid, size_t ramp_frames)
{
  const bool was_active = mst_mono_bass_is_active (b);
  const double target[2] = { frequency_hz > 0.0 && matched, frequency_hz > 0.0 };

  b->grid = matched ? 0.0 : grid;
  if (frequency_hz > 0.0) {
    b->g_target = tan (M_PI * fmin (frequency_hz / b->rate_hz, 0.45));
    if (!was_active || ramp_frames == 0) {
      b->g = b->g_target;
      b->g_left = 0;
    } else if (b->g_target != b->g) {
      b->g_left = ramp_frames;
      b->g_factor = pow (b->g_target / b->g, 1.0 / (double) ramp_frames);
    } else {
      b->g_left = 0;
    }
    design (b);
  }
  if (!was_active)
    memset (b->state, 0, sizeof b->state);
  if (target[0] == b->mix_target[0] && target[1] == b->mix_target[1] && ramp_frames > 0)
    return;                     /* a fade on its way goes on */
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
drop_small_states (MstMonoBass *b)
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 2; j++)
      if (fabs (b->state[i][j]) < STATE_ZERO)
        b->state[i][j] = 0.0;
}

void
mst_mono_bass_process (MstMonoBass *b, double *mid, double *side, size_t n_frames)
{
  const MstMonoBassKernels *kernels = MST_KERNEL_CHOOSE (mst_mono_bass_kernels);

  for (size_t i = 0; i < n_frames;) {
    size_t n = LOOK_FRAMES - b->phase;
    if (n > n_frames - i)
      n = n_frames - i;
    if (b->g_left > 0 || b->mix_done < b->mix_frames) {
      for (size_t j = 0; j < n; j++) {
        move (b);
        kernels->run (b, mid + i + j, side + i + j, 1);
      }
    } else {
      kernels->run (b, mid + i, side + i, n);
    }
    b->phase = (b->phase + (unsigned) n) % LOOK_FRAMES;
    if (b->phase == 0)
      drop_small_states (b);
    i += n;
  }
}
