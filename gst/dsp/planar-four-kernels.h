/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "isa.h"

#include <stddef.h>
#include <stdint.h>

/* Four neighbouring channels of interleaved frames of @stride samples; @frames points at the first of the four; any alignment.
 * Contracts as in planar.h. */
typedef struct
{
  size_t (*read_f32) (const float *frames, size_t stride, double *const *to, size_t n);
  void (*write_f32) (double *const *from, float *frames, size_t stride, size_t n);
  void (*write_s16) (double *const *from, int16_t *frames, size_t stride, size_t n);
} MstPlanarFourKernels;

MST_KERNEL_DECLARE (MstPlanarFourKernels, mst_planar_four_kernels);
