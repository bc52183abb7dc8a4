/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inner loop of the loudness meter: two channels side by side in one 16-byte vector through the sections of
 * kweight.h, squared and summed. Bit-identical however a run of frames is cut: one sum, in order. The two builds differ by
 * fused operations only, some 1e-15 of the energy. */
#pragma once

#include "isa.h"
#include "kweight.h"

#include <stddef.h>

typedef double MstPair __attribute__ ((vector_size (16)));      /* first, second channel */

typedef struct
{
  MstPair z1[MST_KWEIGHT_SECTIONS], z2[MST_KWEIGHT_SECTIONS];
} MstPairState;

typedef struct
{
  MstPair weighted;             /* sum of squares after K-weighting, without its power_gain */
  MstPair plain;                /* sum of squares */
  MstPair top;                  /* highest square; its root is the peak, exactly */
  double cross;                 /* sum of products */
} MstPairSums;

typedef struct
{
  /* Adds @n_frames of @a and @b (the same channel twice where there is no second) to @sums. */
  void (*process) (const MstKWeight *k, MstPairState *state, MstPairSums *sums, const double *a, const double *b, size_t n_frames);
} MstKPairKernels;

MST_KERNEL_DECLARE (MstKPairKernels, mst_kpair_kernels);
