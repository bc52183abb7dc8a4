/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "isa.h"

#include <stddef.h>

/* Interleaved stereo frames of doubles, any alignment. Contracts as in planar.h. */
typedef struct
{
  size_t (*read_stereo) (const double *frames, double *left, double *right, size_t n);
  void (*write_stereo) (const double *left, const double *right, double *frames, size_t n);
} MstPlanarDoubleKernels;

MST_KERNEL_DECLARE (MstPlanarDoubleKernels, mst_planar_double_kernels);
