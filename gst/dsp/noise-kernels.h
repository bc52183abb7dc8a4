/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "isa.h"
#include "noise.h"

typedef struct
{
  /* A group of words; word i is of lane i modulo MST_NOISE_LANES. */
  void (*group) (uint32_t state[4][MST_NOISE_LANES], uint32_t * words);
} MstNoiseKernels;

MST_KERNEL_DECLARE (MstNoiseKernels, mst_noise_kernels);
