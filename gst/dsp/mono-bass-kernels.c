/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The filters of mono-bass.c: four frames at a time where there are four lanes and fused products; else, for half the instructions
 * then, one after the other. */
#include "mono-bass-kernels.h"

#include "blockfilter-kernel.h"

#include <math.h>

#define ROUND_MAGIC 6755399441055744.0  /* 1.5 * 2^52; times a grid of 0 it adds nothing */

#ifdef __AVX2__
static void
run (const MstMonoBass *b, double state[2][MST_BLOCK_FILTER_STATES], double *mid, double *side, size_t n_groups)
{
  const MstFour mix_mid = MST_FOUR (b->mix[0]), mix_side = MST_FOUR (b->mix[1]), zero = { 0.0 };
  const MstFour shift = MST_FOUR (b->grid * ROUND_MAGIC);
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

#else
/* Mid and the side's first section go together, lane by lane. v1 and v2 being the means of old and new states, from state to state
 * it is one difference and one product:
 *     s1 <- k1 s1 + k2 (x - s2),   s2 <- (s2 + k2 s1) + k3 (x - s2),   k = 2 a1 - 1, 2 a2, 2 a3. */
static void
run (const MstMonoBass *b, double state[2][MST_BLOCK_FILTER_STATES], double *mid, double *side, size_t n_groups)
{
  const double k1 = 2.0 * b->a1 - 1.0, k2 = 2.0 * b->a2, k3 = 2.0 * b->a3;
  const double mix_mid = b->mix[0] * -M_SQRT2, mix_side = b->mix[1] * -0.5, shift = b->grid * ROUND_MAGIC;
  MstV2d s1 = { state[0][0], state[1][0] }, s2 = { state[0][1], state[1][1] };
  double t1 = state[1][2], t2 = state[1][3];

  for (size_t i = 0; i < 4 * n_groups; i++) {
    const MstV2d x = { mid[i], side[i] }, d = x - s2;
    const MstV2d n1 = k2 * d + k1 * s1, n2 = k3 * d + (k2 * s1 + s2);
    const MstV2d v1 = n1 + s1, v2 = n2 + s2;    /* twice those of the head */
    const double taken = M_SQRT2 * v1[1] + v2[1];       /* minus twice what a section takes away */
    const double e = (x[1] - 0.5 * taken) - t2;
    const double m1 = k2 * e + k1 * t1, m2 = k3 * e + (k2 * t1 + t2);
    const double both = taken + (M_SQRT2 * (m1 + t1) + (m2 + t2));
    mid[i] = mix_mid * v1[0] + 0.0;
    side[i] = (mix_side * both + shift) - shift;
    s1 = n1, s2 = n2, t1 = m1, t2 = m2;
  }
  for (int c = 0; c < 2; c++) {
    state[c][0] = s1[c];
    state[c][1] = s2[c];
  }
  state[1][2] = t1;
  state[1][3] = t2;
}
#endif

const MstMonoBassKernels MST_KERNEL (mst_mono_bass_kernels) = { run };
