/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a limiter's gain comes back. b is the gain that the look-ahead requires, h what is held (limiterhold.h;
 * both linear, <= 1), g the gain given, g <= b always:
 *     H += h < H ? h - H : (h - H) k_hold         what is held lets go with 10 ms
 *     e  = min (b, H)                             the gain required
 *     s += (e - s) (e < s ? k_down : k_up)        a slow mean of what the programme requires, 500 ms down,
 *         300 ms up
 *     T  = min (e, 1 - depth (1 - s))             how far to come back quickly: the rest waits for s
 *     g  = min (e, g < T ? g + (T - g) k_fast : g)
 * depth 0.5: after a single peak most of the gain is back within two or three fast time constants, in
 * dense programme half of the reduction stays (less pumping). depth 0: always all the way, one time
 * constant. Within 1e-6 of rest (e = 1) it is at rest, exactly. Called once every @step_frames frames;
 * falls at once (the caller smooths). Two time constants: G. W. McNally, Dynamic range control of digital
 * audio signals, JAES 32(5), 1984. */
#pragma once

typedef struct
{
  double fast_per_step;         /* part of the way back in a step */
  double slow_up_per_step, slow_down_per_step;
  double hold_per_step;
  double depth;                 /* 0 … 1 */
} MstLimiterRelease;

typedef struct
{
  double slow;                  /* s */
  double gain;                  /* g */
  double hold;                  /* H; all 1 at rest */
} MstLimiterReleaseState;

/* @release_ms: 63 % of the quick part of the way. */
void mst_limiterrelease_set (MstLimiterRelease *, double rate_hz, double step_frames, double release_ms, double depth);
/* g; e goes to *@required. */
double mst_limiterrelease_step (const MstLimiterRelease *, MstLimiterReleaseState *, double lowest, double hold, double *required);
static inline int
mst_limiterrelease_is_resting (const MstLimiterReleaseState *state)
{
  return state->gain >= 1.0 && state->slow >= 1.0 && state->hold >= 1.0;
}
