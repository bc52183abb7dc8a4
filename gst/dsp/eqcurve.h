/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The power of analog sections over a whole grid of frequencies. */
#pragma once

#include "eqproto.h"

#include <stddef.h>

typedef struct
{
  /* power[i] *= |H|^2 at x = i step, i < n (eqproto.h) */
  void (*multiply) (double *power, size_t n, const MstEqSection *section, double step);
} MstEqCurveKernels;

const MstEqCurveKernels *mst_eq_curve_kernels (void);
