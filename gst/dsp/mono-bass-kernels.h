/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "isa.h"
#include "mono-bass.h"

typedef struct
{
  /* Mid and side in, what to add to them out; coefficients and shares stand. */
  void (*run) (MstMonoBass *, double *mid, double *side, size_t n);
} MstMonoBassKernels;

MST_KERNEL_DECLARE (MstMonoBassKernels, mst_mono_bass_kernels);
