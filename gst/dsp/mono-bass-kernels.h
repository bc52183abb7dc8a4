/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "isa.h"
#include "mono-bass.h"

typedef struct
{
  /* Groups of four frames of mid and side in, what to add to them out; moves @state on; coefficients and shares stand. */
  void (*run) (const MstMonoBass *, double state[2][MST_BLOCK_FILTER_STATES], double *mid, double *side, size_t n_groups);
} MstMonoBassKernels;

MST_KERNEL_DECLARE (MstMonoBassKernels, mst_mono_bass_kernels);
