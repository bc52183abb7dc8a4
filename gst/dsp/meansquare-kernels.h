/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels of meansquare.c. Private. */
#pragma once

#include <stddef.h>

#define MST_MEAN_SQUARE_LANES 4
#define MST_MEAN_SQUARE_MOST 256        /* frames at a time */

typedef struct
{
  /* Of four signals and @n_frames: squares of @x, limited, as float take the place of those in @ring; @sum takes in the differences, in
   * order, and sum * scale goes to @power. Any of the lanes may be the same */
  void (*run) (const double *const x[MST_MEAN_SQUARE_LANES], float *const ring[MST_MEAN_SQUARE_LANES], double sum[MST_MEAN_SQUARE_LANES],
      const double scale[MST_MEAN_SQUARE_LANES], float *const power[MST_MEAN_SQUARE_LANES], size_t n_frames);
  double (*total) (const float *squares, size_t n);
} MstMeanSquareKernels;
