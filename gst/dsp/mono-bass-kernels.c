/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The filters of mono-bass.c. Mid and the side's first section go together, lane by lane. v1 and v2 being the means of old and new
 * states, from state to state it is one subtraction and one fused product:
 *     s1 <- k1 s1 + k2 (x - s2),   s2 <- (s2 + k2 s1) + k3 (x - s2),   k = 2 a1 - 1, 2 a2, 2 a3.
 * The textbook order has five operations there and takes twice as long. Fused or not, it differs by 1e-15. */
#include "mono-bass-kernels.h"

#include "vec.h"

#include <math.h>

#define ROUND_MAGIC 6755399441055744.0  /* 1.5 * 2^52 */

static void
run (MstMonoBass *b, double *mid, double *side, size_t n)
{
  const MstV2d zero = { 0.0, 0.0 };
  const MstV2d k1 = zero + (2.0 * b->a1 - 1.0), k2 = zero + 2.0 * b->a2, k3 = zero + 2.0 * b->a3;
  const double mix_mid = b->mix[0] * -M_SQRT2, mix_side = b->mix[1] * -0.5;
  const double shift = b->mix[0] == 0.0 ? b->grid * ROUND_MAGIC : 0.0;  /* 0: adds nothing */
  MstV2d s1 = { b->state[0][0], b->state[1][0] }, s2 = { b->state[0][1], b->state[1][1] };
  MstV2d t1 = { 0.0, b->state[2][0] }, t2 = { 0.0, b->state[2][1] };

  for (size_t i = 0; i < n; i++) {
    const MstV2d x = { mid[i], side[i] }, d = x - s2;
    const MstV2d n1 = mst_fma_v2d (k2, d, k1 * s1), n2 = mst_fma_v2d (k3, d, mst_fma_v2d (k2, s1, s2));
    const MstV2d v1 = n1 + s1, v2 = n2 + s2;    /* twice those of the head */
    const MstV2d taken = M_SQRT2 * v1 + v2;     /* minus twice what a section takes away; only the side's is used */
    const MstV2d e = (x - 0.5 * taken) - t2;
    const MstV2d m1 = mst_fma_v2d (k2, e, k1 * t1), m2 = mst_fma_v2d (k3, e, mst_fma_v2d (k2, t1, t2));
    const MstV2d both = taken + (M_SQRT2 * (m1 + t1) + (m2 + t2));
    mid[i] = mix_mid * v1[0];
    side[i] = (mix_side * both[1] + shift) - shift;
    s1 = n1;
    s2 = n2;
    t1 = m1;
    t2 = m2;
  }
  for (int c = 0; c < 2; c++) {
    b->state[c][0] = s1[c];
    b->state[c][1] = s2[c];
  }
  b->state[2][0] = t1[1];
  b->state[2][1] = t2[1];
}

const MstMonoBassKernels MST_KERNEL (mst_mono_bass_kernels) = { run };
