/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inner loop of the loudness meter: two channels side by side in one 16-byte vector through the sections of
 * kweight.h, squared and summed. Bit-identical however a run of frames is cut: one sum, in order. */
#pragma once

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
  double cross;                 /* sum of products */
} MstPairSums;

/* Adds @n_frames of @a and @b (the same channel twice where there is no second) to @sums. */
void mst_kpair_process (const MstKWeight *k, MstPairState *state, MstPairSums *sums,
    const double *a, const double *b, size_t n_frames);
/* State below 1e-30 to 0: silence becomes exact. */
void mst_kpair_settle (MstPairState *state);
