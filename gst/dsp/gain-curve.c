/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gain-curve.h"

#include <math.h>

#include "mst-orc-compressor.h"

#define LOWEST_UPWARD_DB -70.0
#define GATE_SLOPE -100.0

int
mst_gain_mode_is_downward_with_level (MstGainMode mode)
{
  return mode != MST_GAIN_EXPAND && mode != MST_GAIN_GATE;
}

/* 1 where the curve acts above the threshold, -1 below */
static float
side (MstGainMode mode)
{
  return mode == MST_GAIN_COMPRESS || mode == MST_GAIN_LIMIT ? 1.0f : -1.0f;
}

static double
slope_of (MstGainMode mode, double ratio)
{
  switch (mode) {
    case MST_GAIN_COMPRESS:
      return 1.0 / ratio - 1.0;
    case MST_GAIN_UPWARD:
      return 1.0 - 1.0 / ratio;
    case MST_GAIN_EXPAND:
      return fmax (1.0 - ratio, GATE_SLOPE);
    case MST_GAIN_GATE:
      return GATE_SLOPE;
    default:
      return -1.0;
  }
}

void
mst_gain_curve_set (MstGainCurve *c, MstGainMode mode, double threshold_db, double ratio, double knee_db, double range_db,
    size_t ramp_frames)
{
  const double slope = slope_of (mode, ratio);
  if (mode == MST_GAIN_UPWARD)
    range_db = fmin (range_db, slope * fmax (threshold_db - LOWEST_UPWARD_DB, 0.0));
  if (mode != c->mode && ramp_frames > 0) {
    for (unsigned i = 0; i < MST_GAIN_N_SHAPE; i++)
      c->old[i] = (float) c->shape[i].now;
    c->old_mode = c->mode;
    mst_line_set (&c->fade, 1.0, 0);
    mst_line_set (&c->fade, 0.0, ramp_frames);
    ramp_frames = 0;            /* the new curve stands as it is: only the fade moves */
  } else if (ramp_frames == 0) {
    mst_line_set (&c->fade, 0.0, 0);
  }
  c->mode = mode;
  c->rests = 0;
  mst_line_set (&c->shape[MST_GAIN_THRESHOLD], threshold_db, ramp_frames);
  mst_line_set (&c->shape[MST_GAIN_HALF_KNEE], 0.5 * knee_db, ramp_frames);
  mst_line_set (&c->shape[MST_GAIN_SLOPE], slope, ramp_frames);
  mst_line_set (&c->shape[MST_GAIN_RANGE], range_db, ramp_frames);
}

void
mst_gain_curve_land (MstGainCurve *c)
{
  for (unsigned i = 0; i < MST_GAIN_N_SHAPE; i++)
    mst_line_land (&c->shape[i]);
  mst_line_land (&c->fade);
  c->rests = 0;
}

static float
bend_of (float half_knee)
{
  return half_knee > 0.0f ? 0.25f / half_knee : 0.0f;
}

void
mst_gain_curve_advance (MstGainCurve *c, size_t n_frames)
{
  if (c->rests)
    return;
  c->rests = 1;
  for (unsigned i = 0; i < MST_GAIN_N_SHAPE; i++) {
    if (mst_line_fill (&c->shape[i], c->value[i], n_frames, MST_GAIN_BLOCK) && i == MST_GAIN_HALF_KNEE)
      for (size_t j = 0; j < MST_GAIN_BLOCK; j++)
        c->bend[j] = bend_of (c->value[i][j]);
    c->rests = c->rests && c->shape[i].is_flat;
  }
  mst_line_fill (&c->fade, c->fade_value, n_frames, MST_GAIN_BLOCK);
  c->rests = c->rests && c->fade.is_flat;
}

static void
apply_moving (const MstGainCurve *c, const MstGainComputerKernels *kernels, const float *level, float *change, size_t n)
{
  int rests = c->rests;
  if (!rests) {
    rests = 1;
    for (unsigned i = 0; i < MST_GAIN_N_SHAPE; i++)
      rests = rests && c->shape[i].is_flat;
  }
  if (rests) {
    const MstGainShape shape = {
      c->value[MST_GAIN_THRESHOLD][0], c->value[MST_GAIN_HALF_KNEE][0], c->bend[0], c->value[MST_GAIN_SLOPE][0], side (c->mode),
      c->value[MST_GAIN_RANGE][0]
    };
    kernels->curve (change, level, &shape, n);
  } else {
    mst_orc_compressor_curve (change, level, c->value[MST_GAIN_THRESHOLD], c->value[MST_GAIN_HALF_KNEE], c->bend,
        c->value[MST_GAIN_SLOPE], c->value[MST_GAIN_RANGE], side (c->mode), (int) n);
  }
}

void
mst_gain_curve_apply (MstGainCurve *c, const MstGainComputerKernels *kernels, const float *level, float *change, size_t n)
{
  if (c->fade.is_flat) {
    apply_moving (c, kernels, level, change, n);
    return;
  }
  const MstGainShape old = {
    c->old[MST_GAIN_THRESHOLD], c->old[MST_GAIN_HALF_KNEE], bend_of (c->old[MST_GAIN_HALF_KNEE]), c->old[MST_GAIN_SLOPE],
    side (c->old_mode), c->old[MST_GAIN_RANGE]
  };
  kernels->curve (c->scratch[0], level, &old, n);
  apply_moving (c, kernels, level, c->scratch[1], n);
  /* A share of 0 is the new curve to the bit, so that it does not matter where in a block the fade ends */
  mst_orc_compressor_mix (change, c->scratch[1], c->scratch[0], c->fade_value, (int) n);
}
