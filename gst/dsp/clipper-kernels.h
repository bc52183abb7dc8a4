/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between clipper.c and the two builds of clipper-kernels.c. */
#pragma once

#include "clipper.h"
#include "isa.h"

#define MST_CLIPPER_PAIRS (MST_CLIPPER_TAPS / 2)
#define MST_CLIPPER_REACH 72    /* frames that the residual of a group of 8 falls on, in whole groups */

typedef float MstClipperResidual[MST_CLIPPER_GROUP][MST_CLIPPER_UP];    /* by frame and phase */

typedef struct
{
  /* Residual, for a threshold of 1 / @scale, of the frames x[0] … x[7], whose neighbours by the taps are read. @up, @row: for
   * eighths.h. @knee: the magnitude, of the threshold, up to which nothing is taken; @width of the curve beyond, 0 or 1.
   * Nonzero if there is any. */
  int (*residual) (const float *x, const float *up, const float *row, float scale, float knee, float width, MstClipperResidual r);
  /* acc[i + j] += down[p][j] r[i][p], i, p = 0 … 7, j = 0 … 63 */
  void (*spread) (const MstClipperResidual r, const float (*down)[MST_CLIPPER_TAPS], float *acc);
} MstClipperKernels;

MST_KERNEL_DECLARE (MstClipperKernels, mst_clipper_kernels);
