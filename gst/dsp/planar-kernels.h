/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "isa.h"

#include <stddef.h>
#include <stdint.h>

/* The usual ways of a stereo master, interleaved; any alignment. Contracts as in planar.h. */
typedef struct
{
  size_t (*read_f32_stereo) (const float *frames, double *left, double *right, size_t n);
  void (*write_f32_stereo) (const double *left, const double *right, float *frames, size_t n);
  void (*write_s16_stereo) (const double *left, const double *right, int16_t * frames, size_t n);
} MstPlanarKernels;

MST_KERNEL_DECLARE (MstPlanarKernels, mst_planar_kernels);
