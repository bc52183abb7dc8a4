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
  float lowest, highest;        /* change, dB */
  float level, level_after;     /* highest, dB */
} MstGainExtremes;

typedef struct
{
  /* now += attack (x - now) while x < now, else release (x - now); x from @line and now to @line, by lane */
  void (*smooth) (MstGainLanes *, float *const line[MST_GAIN_LANES], size_t n_frames);
  /* The same for lane 0 alone */
  void (*smooth_one) (MstGainLanes *, float *line, size_t n_frames);
  /* Takes in @n_frames of level, change and makeup; whole vectors: the arrays are padded with what may be read */
  void (*extremes) (const float *level, const float *change, const float *makeup, size_t n_frames, MstGainExtremes *);
} MstGainKernels;
