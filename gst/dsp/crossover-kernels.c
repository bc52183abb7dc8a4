/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel file of crossover.c: state-variable filters of two integrators, trapezoidal rule (bilinear transform).
 * With a1 = 1/(1 + g(g+k)), a2 = g a1, a3 = g a2 and integrators b, l (Simper, "Solving the continuous SVF equations using
 * trapezoidal integration", 2013), written as one matrix so that the chain from frame to frame is two operations:
 *     b' = (2 a1 - 1) b - 2 a2 l + 2 a2 x          band-pass  (b + b')/2
 *     l' = 2 a2 b + (1 - 2 a3) l + 2 a3 x          low-pass   (l + l')/2
 *     all-pass x - k (b + b')
 * The split of Linkwitz-Riley 4, k = sqrt 2: low = low-pass of low-pass, high = all-pass - low. Of Linkwitz-Riley 8: the same with
 * fourth-order Butterworth, a filter of k = 2 cos (pi/8) and one of k = 2 sin (pi/8) in series. */
#include "crossover-kernels.h"

#include "isa.h"
#include "vec.h"

#define K_4 1.4142135623730951          /* sqrt 2 */
#define K_8_WIDE 1.8477590650225735     /* 2 cos (pi/8) */
#define K_8_NARROW 0.7653668647301796   /* 2 sin (pi/8) */

/* Two frames of the lanes of a vector, from planes and back */
MST_VEC void
load_pair (const double *const *p, size_t i, MstV2d frame[2])
{
  const MstV2d a = mst_load_v2d (p[0] + i), b = mst_load_v2d (p[1] + i);
  frame[0] = __builtin_shufflevector (a, b, 0, 2);
  frame[1] = __builtin_shufflevector (a, b, 1, 3);
}

MST_VEC void
store_pair (double *const *p, size_t i, const MstV2d frame[2])
{
  mst_store_v2d (p[0] + i, __builtin_shufflevector (frame[0], frame[1], 0, 2));
  mst_store_v2d (p[1] + i, __builtin_shufflevector (frame[0], frame[1], 1, 3));
}

#define W 2
#define V MstV2d
#define NAME(x) x##_pair
#define FMA mst_fma_v2d
#define FNMA mst_fnma_v2d
#define LOAD_LANES mst_load_v2d
#define STORE_LANES mst_store_v2d
#include "crossover-stage.h"
#undef W
#undef V
#undef NAME
#undef FMA
#undef FNMA
#undef LOAD_LANES
#undef STORE_LANES

#ifdef __AVX2__
MST_VEC void
load_quad (const double *const *p, size_t i, MstV4d frame[2])
{
  const MstV4d a = __builtin_shufflevector (mst_load_v2d (p[0] + i), mst_load_v2d (p[2] + i), 0, 1, 2, 3);
  const MstV4d b = __builtin_shufflevector (mst_load_v2d (p[1] + i), mst_load_v2d (p[3] + i), 0, 1, 2, 3);
  frame[0] = __builtin_shufflevector (a, b, 0, 4, 2, 6);
  frame[1] = __builtin_shufflevector (a, b, 1, 5, 3, 7);
}

MST_VEC void
store_quad (double *const *p, size_t i, const MstV4d frame[2])
{
  const MstV4d a = __builtin_shufflevector (frame[0], frame[1], 0, 4, 2, 6);
  const MstV4d b = __builtin_shufflevector (frame[0], frame[1], 1, 5, 3, 7);
  mst_store_v2d (p[0] + i, __builtin_shufflevector (a, a, 0, 1));
  mst_store_v2d (p[1] + i, __builtin_shufflevector (b, b, 0, 1));
  mst_store_v2d (p[2] + i, __builtin_shufflevector (a, a, 2, 3));
  mst_store_v2d (p[3] + i, __builtin_shufflevector (b, b, 2, 3));
}

#define W 4
#define V MstV4d
#define NAME(x) x##_quad
#define FMA mst_fma_v4d
#define FNMA mst_fnma_v4d
#define LOAD_LANES mst_load_v4d
#define STORE_LANES mst_store_v4d
#include "crossover-stage.h"
#endif

static void
design (MstCrossoverStage *c)
{
#ifdef __AVX2__
  if (c->n_nodes == 2) {
    design_stage_quad (c, 0);
    return;
  }
#endif
  for (unsigned lane = 0; lane < 2 * c->n_nodes; lane += 2)
    design_stage_pair (c, lane);
}

static void
stage (const MstCrossoverStage *c, MstCrossoverState *s, const double *const in[4],
    double *const low[4], double *const high[4], size_t n_frames, int moving)
{
#ifdef __AVX2__
  if (c->n_nodes == 2) {
    run_quad (c, s, 0, in, low, high, n_frames, moving);
    return;
  }
#endif
  for (unsigned lane = 0; lane < 2 * c->n_nodes; lane += 2)
    run_pair (c, s, lane, in + lane, low + lane, high + lane, n_frames, moving);
}

extern const MstCrossoverKernels MST_KERNEL (mst_crossover_kernels);
const MstCrossoverKernels MST_KERNEL (mst_crossover_kernels) = { design, stage };
