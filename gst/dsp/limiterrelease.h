/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a limiter's gain comes back. e is the gain required (linear, <= 1), g the gain given, g <= e always:
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
  double depth;                 /* 0 … 1 */
} MstLimiterRelease;

typedef struct
{
  double slow;                  /* s */
  double gain;                  /* g; both 1 at rest */
} MstLimiterReleaseState;

/* @release_ms: 63 % of the quick part of the way. */
void mst_limiterrelease_set (MstLimiterRelease *, double rate_hz, double step_frames, double release_ms, double depth);
double mst_limiterrelease_step (const MstLimiterRelease *, MstLimiterReleaseState *, double required);
