/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels of gain.c. Private. */
#pragma once

#include <stddef.h>

#define MST_GAIN_LANES 4

typedef struct
{
  double now[MST_GAIN_LANES];           /* gain change, dB */
  double attack[MST_GAIN_LANES], release[MST_GAIN_LANES];       /* share of the way a frame */
  double sum[MST_GAIN_LANES];           /* of now over frames */
} MstGainLanes;

typedef struct
{
  double now, attack, release, sum;
  double calm_release;          /* for what is left of a release, or a ripple: up to 0.05 dB; at most release */
  double side;                  /* 1: attack is downward; -1: upward */
  double hold_frames, held;     /* held: frames of hold to come */
  double slow, fast;            /* auto-release: the two changes of which now is the further; slow_release 0: off */
  double slow_release;
} MstGainLane;

typedef struct
{
  float lowest, highest;        /* change, dB */
  float level, level_after;     /* highest, dB */
} MstGainExtremes;

typedef struct
{
  /* now goes attack of the way to x while x < now, else release; x from @line and now to @line, by lane */
  void (*smooth) (MstGainLanes *, float *const line[MST_GAIN_LANES], size_t n_frames);
  /* The same for one lane, with hold, auto-release and a calm release if they are set */
  void (*smooth_one) (MstGainLane *, float *line, size_t n_frames);
  /* Takes in @n_frames of level, change and makeup; whole vectors: the arrays are padded with what may be read */
  void (*extremes) (const float *level, const float *change, const float *makeup, size_t n_frames, MstGainExtremes *);
} MstGainKernels;
