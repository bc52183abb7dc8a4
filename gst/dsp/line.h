/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A parameter that moves along a straight line, one float a frame, for kernels that take it as an array.
 * Frames are counted, never calls, so any cut of the stream gives the same values; it lands exactly. */
#pragma once

#include <stddef.h>

typedef struct
{
  double now, step, target;
  size_t left;                  /* frames until target */
  int is_flat;                  /* the whole of values holds target */
} MstLine;

static inline void
mst_line_set (MstLine *l, double target, size_t ramp_frames)
{
  if (target == l->target && ramp_frames > 0)
    return;                     /* stays on the ramp it is on */
  l->target = target;
  l->left = ramp_frames;
  l->is_flat = 0;
  if (ramp_frames > 0)
    l->step = (target - l->now) / (double) ramp_frames;
  else
    l->now = target;
}

/* To its target at once */
static inline void
mst_line_land (MstLine *l)
{
  l->is_flat = l->is_flat && l->left == 0;
  l->left = 0;
  l->now = l->target;
}

/* The next @n_frames values, of @n_values that @values holds. Returns 0 if they are what they were. */
static inline int
mst_line_fill (MstLine *l, float *values, size_t n_frames, size_t n_values)
{
  if (l->is_flat)
    return 0;
  size_t i = 0;
  for (; i < n_frames && l->left > 0; i++) {
    l->now = --l->left > 0 ? l->now + l->step : l->target;
    values[i] = (float) l->now;
  }
  if (i == 0) {
    for (; i < n_values; i++)
      values[i] = (float) l->target;
    l->is_flat = 1;
  }
  for (; i < n_frames; i++)
    values[i] = (float) l->target;
  return 1;
}
