/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "isa.h"

#include <stddef.h>

/* Standing matrices m (m[0], m[1] make the first plane); moving ones are ORC programs (matrix.orc). */
typedef struct
{
  /* y = m x; @y0 and @y1 may be @x0 and @x1. */
  void (*apply) (const double m[4], const double *x0, const double *x1, double *y0, double *y1, size_t n);
  /* y = m y + p x */
  void (*apply_and_add) (const double m[4], double *y0, double *y1, const double p[4], const double *x0, const double *x1, size_t n);
  /* frame = m frame of interleaved float, as reading it into planes, apply () and writing it back would make it. Returns how many frames
   * are done: it stops before a group with something not finite in it, or not as a float afterwards. */
  size_t (*apply_packed) (const double m[4], float *frames, size_t n);
} MstMatrixKernels;

MST_KERNEL_DECLARE (MstMatrixKernels, mst_matrix_kernels);
