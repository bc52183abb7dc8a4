/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between clipper.c and the two builds of clipper-kernels.c. */
#pragma once

#include "clipper.h"
#include "isa.h"

#define MST_CLIPPER_PAIRS (MST_CLIPPER_TAPS / 2)
#define MST_CLIPPER_REACH 72    /* frames that the residual of a group of 8 falls on, in whole groups */

typedef float MstClipperResidual[MST_CLIPPER_UP][MST_CLIPPER_GROUP];    /* by phase and frame */

typedef struct
{
  /* Residual, for a threshold of 1 / @scale, of the frames x[0] … x[7], whose neighbours by the taps are read. @up, @row: for
   * eighths.h. @knee: the magnitude, of the threshold, up to which nothing is taken; @width of the curve beyond, 0 or 1.
   * Returns which frames have any, bit i that of x[i]; without any r may be left as it was. */
  unsigned (*residual) (const float *x, const float *up, const float *row, float scale, float knee, float width, MstClipperResidual r);
  /* acc[j] += down[i][p][j] r[p][i], p = 0 … 7, i those of @frames, j = 0 … 71; down[i] are the taps i frames on */
  void (*spread) (const MstClipperResidual r, unsigned frames, const float (*down)[MST_CLIPPER_UP][MST_CLIPPER_REACH], float *acc);
} MstClipperKernels;

MST_KERNEL_DECLARE (MstClipperKernels, mst_clipper_kernels);
