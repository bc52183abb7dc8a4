/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between nyquistguard.c and the two builds of nyquistguard-kernels.c. */
#pragma once

#include <stddef.h>

#include "isa.h"

typedef struct { double z[4][2]; } MstGuardTrigger;      /* both states of two biquads, for two channels */

typedef struct
{
  /* y[n] = x[n] - m[n] (x[n] - low-pass (x)[n]) for 8 frames; taps[0] the middle tap, taps[j] that of x[n-j] + x[n+j], j <= lag. */
  void (*cut) (const double *x, const double *taps, size_t lag, const double *m, double *y);
  /* x[n] - 2 x[n-1] + x[n-2], then two biquads, sections b0 b1 b2 a1 a2 each, on two channels; top[4 k], top[4 k + 1]: highest |output| in group k of 8 frames,
   * top[4 k + 2], top[4 k + 3]: highest |x|. */
  void (*trigger) (const double *x0, const double *x1, size_t n_groups, const double *sections, MstGuardTrigger *state, double *top);
} MstGuardKernels;

MST_KERNEL_DECLARE (MstGuardKernels, mst_guard_kernels);
