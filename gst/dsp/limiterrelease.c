/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "limiterrelease.h"

#include <math.h>

#define SLOW_DOWN_MS 500.0
#define SLOW_UP_MS 300.0
#define HOLD_MS 10.0
#define REST 1e-6               /* -120 dB: the step to 1 is this small, and smoothed */

void
mst_limiterrelease_set (MstLimiterRelease *self, double rate_hz, double step_frames, double release_ms, double depth)
{
  const double step_ms = 1000.0 * step_frames / rate_hz;
  self->fast_per_step = -expm1 (-step_ms / release_ms);
  self->slow_up_per_step = -expm1 (-step_ms / SLOW_UP_MS);
  self->slow_down_per_step = -expm1 (-step_ms / SLOW_DOWN_MS);
  self->hold_per_step = -expm1 (-step_ms / HOLD_MS);
  self->depth = depth;
}

double
mst_limiterrelease_step (const MstLimiterRelease *self, MstLimiterReleaseState *state, double lowest, double hold, double *required)
{
  double s = state->slow, g = state->gain, held = state->hold;

  held += hold < held ? hold - held : (hold - held) * self->hold_per_step;
  if (hold >= 1.0 && held > 1.0 - REST)
    held = 1.0;
  const double e = lowest < held ? lowest : held;
  s += (e - s) * (e < s ? self->slow_down_per_step : self->slow_up_per_step);
  const double back = 1.0 - self->depth * (1.0 - s);
  const double target = back < e ? back : e;
  if (g < target)
    g += (target - g) * self->fast_per_step;
  if (e >= 1.0 && s > 1.0 - REST && g > 1.0 - REST)
    s = g = 1.0;
  state->slow = s;
  state->gain = g < e ? g : e;
  state->hold = held;
  *required = e;
  return state->gain;
}
