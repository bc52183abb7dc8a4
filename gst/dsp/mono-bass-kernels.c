/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The filters of mono-bass.c, four frames at a time. */
#include "mono-bass-kernels.h"

#include "blockfilter-kernel.h"

#define ROUND_MAGIC 6755399441055744.0  /* 1.5 * 2^52 */

static void
run (const MstMonoBass *b, double state[2][MST_BLOCK_FILTER_STATES], double *mid, double *side, size_t n_groups)
{
  const MstFour mix_mid = MST_FOUR (b->mix[0]), mix_side = MST_FOUR (b->mix[1]), zero = { 0.0 };
  const MstFour shift = MST_FOUR (b->grid * ROUND_MAGIC);       /* 0: adds nothing */
  MstFour s, t, y, z;

  mst_four_load (&s, state[0]);
  mst_four_load (&t, state[1]);
  for (size_t i = 0; i < 4 * n_groups; i += 4) {
    mst_block_filter_run (&b->block[0], 2, &s, mid + i, &y);
    mst_block_filter_run (&b->block[1], 4, &t, side + i, &z);
    /* a sum is never -0, whatever zeros a group was filled up with */
    y = mix_mid * y + zero;
    z = (mix_side * z + shift) - shift;
    memcpy (mid + i, &y, sizeof y);
    memcpy (side + i, &z, sizeof z);
  }
  memcpy (state[0], &s, sizeof s);
  memcpy (state[1], &t, sizeof t);
}

const MstMonoBassKernels MST_KERNEL (mst_mono_bass_kernels) = { run };
