/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between nyquistguard.c and the two builds of nyquistguard-kernels.c. */
#pragma once

#include <stddef.h>

#include "isa.h"

#define MST_GUARD_STATES 4      /* of two biquads */

/* A filter by groups of 8 frames: with d its inputs and s its state before them,
 *     y = sum over j of of_input[j] d[j] + sum over i of of_state[i] s[i],   s likewise by next_of_input, next_of_state. */
typedef struct
{
  float of_input[8][8], of_state[MST_GUARD_STATES][8];
  float next_of_input[8][MST_GUARD_STATES], next_of_state[MST_GUARD_STATES][MST_GUARD_STATES];
} MstGuardTrigger;

typedef struct
{
  /* y[n] = x[n] - m[n] (x[n] - low-pass (x)[n]) for 8 frames; taps[0] the middle tap, taps[j] that of x[n-j] + x[n+j], j <= lag. */
  void (*cut) (const double *x, const double *taps, size_t lag, const double *m, double *y);
  /* Of each group of 8 frames: highest |x|, highest |d|, d = x[n] - 2 x[n-1] + x[n-2], highest output of the filter for d. */
  void (*trigger) (const float *x, size_t n_groups, const MstGuardTrigger *filter, float *state, float *top, float *bend, float *edge);
} MstGuardKernels;

MST_KERNEL_DECLARE (MstGuardKernels, mst_guard_kernels);
