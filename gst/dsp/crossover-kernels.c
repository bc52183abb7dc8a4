/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel file of crossover.c: state-variable filters of two integrators, trapezoidal rule (bilinear transform), k = sqrt 2.
 * With a1 = 1/(1 + g(g+k)), a2 = g a1, a3 = g a2 and integrators b, l (Simper, "Solving the continuous SVF equations using
 * trapezoidal integration", 2013), written as one matrix so that the chain from frame to frame is two operations:
 *     b' = (2 a1 - 1) b - 2 a2 l + 2 a2 x          band-pass  (b + b')/2
 *     l' = 2 a2 b + (1 - 2 a3) l + 2 a3 x          low-pass   (l + l')/2
 *     all-pass x - k (b + b')
 * The split: low = low-pass of low-pass (Linkwitz-Riley 4), high = all-pass - low. */
#include "crossover-kernels.h"

#include "isa.h"
#include "vec.h"

#define K_DAMPING 1.4142135623730951

#define W 2
#define V MstV2d
#define NAME(x) x##_pair
#define FMA mst_fma_v2d
#define FNMA mst_fnma_v2d
#define LOAD_LANES mst_load_v2d
#define STORE_LANES mst_store_v2d
#define LOAD_IN(p, node, i) mst_load_v2d ((p)[node] + 2 * (i))
#define STORE_OUT(p, node, i, v) mst_store_v2d ((p)[node] + 2 * (i), v)
#include "crossover-stage.h"
#undef W
#undef V
#undef NAME
#undef FMA
#undef FNMA
#undef LOAD_LANES
#undef STORE_LANES
#undef LOAD_IN
#undef STORE_OUT

#ifdef __AVX2__
#define W 4
#define V MstV4d
#define NAME(x) x##_quad
#define FMA mst_fma_v4d
#define FNMA mst_fnma_v4d
#define LOAD_LANES mst_load_v4d
#define STORE_LANES mst_store_v4d
#define LOAD_IN(p, node, i) (__builtin_shufflevector (mst_load_v2d ((p)[0] + 2 * (i)), mst_load_v2d ((p)[1] + 2 * (i)), 0, 1, 2, 3))
#define STORE_OUT(p, node, i, v) do { \
    mst_store_v2d ((p)[0] + 2 * (i), __builtin_shufflevector (v, v, 0, 1)); \
    mst_store_v2d ((p)[1] + 2 * (i), __builtin_shufflevector (v, v, 2, 3)); } while (0)
#include "crossover-stage.h"
#endif

static void
stage (const MstCrossoverStage *c, MstCrossoverState *s, const double *const *in,
    double *const *low, double *const *high, size_t n_frames, int moving)
{
#ifdef __AVX2__
  if (c->n_nodes == 2) {
    run_quad (c, s, 0, in, low, high, n_frames, moving);
    return;
  }
#endif
  for (unsigned node = 0; node < c->n_nodes; node++)
    run_pair (c, s, node, in, low, high, n_frames, moving);
}

static void
interleave (const double *left, const double *right, double *pair, size_t n_frames)
{
  size_t i = 0;
  for (; i + 2 <= n_frames; i += 2) {
    const MstV2d l = mst_load_v2d (left + i), r = mst_load_v2d (right + i);
    mst_store_v2d (pair + 2 * i, __builtin_shufflevector (l, r, 0, 2));
    mst_store_v2d (pair + 2 * i + 2, __builtin_shufflevector (l, r, 1, 3));
  }
  for (; i < n_frames; i++) {
    pair[2 * i] = left[i];
    pair[2 * i + 1] = right[i];
  }
}

static void
deinterleave (const double *pair, double *left, double *right, size_t n_frames)
{
  size_t i = 0;
  for (; i + 2 <= n_frames; i += 2) {
    const MstV2d a = mst_load_v2d (pair + 2 * i), b = mst_load_v2d (pair + 2 * i + 2);
    mst_store_v2d (left + i, __builtin_shufflevector (a, b, 0, 2));
    mst_store_v2d (right + i, __builtin_shufflevector (a, b, 1, 3));
  }
  for (; i < n_frames; i++) {
    left[i] = pair[2 * i];
    right[i] = pair[2 * i + 1];
  }
}

extern const MstCrossoverKernels MST_KERNEL (mst_crossover_kernels);
const MstCrossoverKernels MST_KERNEL (mst_crossover_kernels) = { stage, interleave, deinterleave };
