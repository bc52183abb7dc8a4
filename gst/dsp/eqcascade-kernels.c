/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stage alone waits for its own feedback, so up to DEPTH run in one pass over the frames, stage by stage in blocks of four
 * frames. Where vectors have 32 bytes a pass is twice as many stages: the first half in the lower lanes, the second half, SKEW
 * frames behind, in the upper ones. What the lower lanes put out lies in place until then. At the ends of a pass, where
 * one half has no frames, the other runs alone. */
#include "eqcascade.h"
#include "isa.h"
#include "vec.h"

#define DEPTH 4
#define FRAMES 4
#define SKEW 8                  /* the lower half's results come out of the pipeline and memory in time */

/* What is behind the pointer is loaded where it is used: compilers would keep it in registers, and what is in haste in memory */
#define IN_MEMORY(pointer) __asm__ ("" : "+r" (pointer))

#define V MstV2d
#define NAME(x) x##_2
#define FMA mst_fma_v2d
#define FNMA mst_fnma_v2d
#include "eqcascade-block.h"
#undef V
#undef NAME
#undef FMA
#undef FNMA

/* @depth stages */
MST_VEC void
narrow (const unsigned depth, const bool corrected, const MstEqStage *const *stages, MstEqState *const *states,
    double *left, double *right, size_t n_frames)
{
  Stage_2 c[DEPTH];
  State_2 z[DEPTH];
  size_t t = 0;
  for (unsigned k = 0; k < depth; k++) {
    c[k] = *(const Stage_2 *) stages[k];
    z[k] = *(const State_2 *) states[k];
  }
  for (; t + FRAMES <= n_frames; t += FRAMES) {
    MstV2d x[FRAMES];
    for (unsigned i = 0; i < FRAMES; i += 2) {
      const MstV2d l = mst_load_v2d (left + t + i), r = mst_load_v2d (right + t + i);
      x[i] = __builtin_shufflevector (l, r, 0, 2);
      x[i + 1] = __builtin_shufflevector (l, r, 1, 3);
    }
    for (unsigned k = 0; k < depth; k++)
      stage_2 (&c[k], &z[k], x, FRAMES, corrected);
    for (unsigned i = 0; i < FRAMES; i += 2) {
      mst_store_v2d (left + t + i, __builtin_shufflevector (x[i], x[i + 1], 0, 2));
      mst_store_v2d (right + t + i, __builtin_shufflevector (x[i], x[i + 1], 1, 3));
    }
  }
  for (; t < n_frames; t++) {
    MstV2d x = { left[t], right[t] };
    for (unsigned k = 0; k < depth; k++)
      stage_2 (&c[k], &z[k], &x, 1, corrected);
    left[t] = x[0];
    right[t] = x[1];
  }
  for (unsigned k = 0; k < depth; k++)
    *(State_2 *) states[k] = z[k];
}

typedef void Pass (const MstEqStage *const *stages, MstEqState *const *states, double *left, double *right, size_t n_frames);
#define PASS(name, kind, depth, corrected) \
  static void \
  name (const MstEqStage *const *stages, MstEqState *const *states, double *left, double *right, size_t n_frames) \
  { \
    kind (depth, corrected, stages, states, left, right, n_frames); \
  }
#define PASSES(kind) \
  PASS (kind##_1, kind, 1, false) PASS (kind##_1c, kind, 1, true) PASS (kind##_2, kind, 2, false) PASS (kind##_2c, kind, 2, true) \
  PASS (kind##_3, kind, 3, false) PASS (kind##_3c, kind, 3, true) PASS (kind##_4, kind, 4, false) PASS (kind##_4c, kind, 4, true) \
  static Pass *const kind##_passes[DEPTH][2] = { { kind##_1, kind##_1c }, { kind##_2, kind##_2c }, { kind##_3, kind##_3c }, \
    { kind##_4, kind##_4c } };

PASSES (narrow)

#ifdef __AVX2__
#define V MstV4d
#define NAME(x) x##_4
#define FMA mst_fma_v4d
#define FNMA mst_fnma_v4d
#include "eqcascade-block.h"

MST_VEC MstV4d
join (const double *lower, const double *upper)
{
  return __builtin_shufflevector (mst_load_v2d (lower), mst_load_v2d (upper), 0, 1, 2, 3);
}

MST_VEC void
part (MstV4d v, double *lower, double *upper)
{
  mst_store_v2d (lower, __builtin_shufflevector (v, v, 0, 1));
  mst_store_v2d (upper, __builtin_shufflevector (v, v, 2, 3));
}

/* 2 @depth stages */
MST_VEC void
wide (const unsigned depth, const bool corrected, const MstEqStage *const *stages, MstEqState *const *states,
    double *left, double *right, size_t n_frames)
{
  const MstEqStage *const *upper = stages + depth;
  MstEqState *const *upper_states = states + depth;
  Pass *const alone = narrow_passes[depth - 1][corrected];
  const size_t head = n_frames < SKEW ? n_frames : SKEW;
  Stage_4 c[DEPTH];
  State_4 z[DEPTH];
  size_t t = head;
  alone (stages, states, left, right, head);
  for (unsigned k = 0; k < depth; k++) {
    c[k].b0 = join (stages[k]->b0, upper[k]->b0);
    c[k].e1 = join (stages[k]->e1, upper[k]->e1);
    c[k].e2 = join (stages[k]->e2, upper[k]->e2);
    c[k].r1 = join (stages[k]->r1, upper[k]->r1);
    c[k].d2 = join (stages[k]->d2, upper[k]->d2);
    c[k].e = join (stages[k]->e, upper[k]->e);
    c[k].p = join (stages[k]->p, upper[k]->p);
    z[k].z1 = join (states[k]->z1, upper_states[k]->z1);
    z[k].z2 = join (states[k]->z2, upper_states[k]->z2);
    z[k].s = join (states[k]->s, upper_states[k]->s);
  }
  for (; t + FRAMES <= n_frames; t += FRAMES) {
    const MstV4d l = mst_load_v4d (left + t), r = mst_load_v4d (right + t);
    const MstV4d ul = mst_load_v4d (left + t - SKEW), ur = mst_load_v4d (right + t - SKEW);
    const MstV4d even = __builtin_shufflevector (l, r, 0, 4, 2, 6), odd = __builtin_shufflevector (l, r, 1, 5, 3, 7);
    const MstV4d ueven = __builtin_shufflevector (ul, ur, 0, 4, 2, 6), uodd = __builtin_shufflevector (ul, ur, 1, 5, 3, 7);
    MstV4d x[FRAMES] = { __builtin_shufflevector (even, ueven, 0, 1, 4, 5), __builtin_shufflevector (odd, uodd, 0, 1, 4, 5),
      __builtin_shufflevector (even, ueven, 2, 3, 6, 7), __builtin_shufflevector (odd, uodd, 2, 3, 6, 7) };
    for (unsigned k = 0; k < depth; k++)
      stage_4 (&c[k], &z[k], x, FRAMES, corrected);
    const MstV4d a = __builtin_shufflevector (x[0], x[2], 0, 1, 4, 5), b = __builtin_shufflevector (x[1], x[3], 0, 1, 4, 5);
    const MstV4d ua = __builtin_shufflevector (x[0], x[2], 2, 3, 6, 7), ub = __builtin_shufflevector (x[1], x[3], 2, 3, 6, 7);
    mst_store_v4d (left + t, __builtin_shufflevector (a, b, 0, 4, 2, 6));
    mst_store_v4d (right + t, __builtin_shufflevector (a, b, 1, 5, 3, 7));
    mst_store_v4d (left + t - SKEW, __builtin_shufflevector (ua, ub, 0, 4, 2, 6));
    mst_store_v4d (right + t - SKEW, __builtin_shufflevector (ua, ub, 1, 5, 3, 7));
  }
  for (unsigned k = 0; k < depth; k++) {
    part (z[k].z1, states[k]->z1, upper_states[k]->z1);
    part (z[k].z2, states[k]->z2, upper_states[k]->z2);
    part (z[k].s, states[k]->s, upper_states[k]->s);
  }
  alone (stages, states, left + t, right + t, n_frames - t);
  alone (upper, upper_states, left + t - head, right + t - head, n_frames - t + head);
}

PASSES (wide)
#endif

static inline bool
has_corrector (const MstEqStage *s)
{
  return s->e[0] != 0.0 || s->e[1] != 0.0 || s->p[0] != 0.0 || s->p[1] != 0.0;
}

static void
run (const MstEqStage *const *stages, MstEqState *const *states, unsigned n_stages, double *left, double *right, size_t n_frames)
{
  for (unsigned n = 0; n_stages > 0; stages += n, states += n, n_stages -= n) {
    bool corrected = has_corrector (stages[0]);
#ifdef __AVX2__
    if (n_stages > 1) {
      n = n_stages < 2 * DEPTH ? n_stages & ~1u : 2 * DEPTH;
      for (unsigned k = 1; k < n; k++)
        corrected |= has_corrector (stages[k]);
      wide_passes[n / 2 - 1][corrected] (stages, states, left, right, n_frames);
      continue;
    }
#endif
    for (n = 1; n < n_stages && n < DEPTH && has_corrector (stages[n]) == corrected; n++);
    narrow_passes[n - 1][corrected] (stages, states, left, right, n_frames);
  }
}

static void
run_moving (const MstEqMove *move, MstEqState *state, size_t first, double step_t, double *left, double *right, size_t n_frames)
{
  const MstV2d (*k)[4] = (const MstV2d (*)[4]) move->k;
  State_2 z = *(const State_2 *) state;
  for (size_t i = 0; i < n_frames; i++) {
    const double at = (double) (first + i) * step_t;
    const MstV2d t = { at, at }, x = { left[i], right[i] };
    MstV2d c[MST_EQ_N_COEFS];
    for (int j = 0; j < MST_EQ_N_COEFS; j++)
      c[j] = mst_fma_v2d (mst_fma_v2d (mst_fma_v2d (k[j][3], t, k[j][2]), t, k[j][1]), t, k[j][0]);
    const MstV2d y1 = mst_fma_v2d (c[MST_EQ_B0], x, z.z1), y = mst_fma_v2d (c[MST_EQ_BETA] - c[MST_EQ_P], z.s, y1);
    z.z1 = mst_fma_v2d (c[MST_EQ_N1], x, mst_fnma_v2d (c[MST_EQ_D1], y1, z.z1 + z.z2));
    z.z2 = mst_fma_v2d (c[MST_EQ_N2], x, mst_fnma_v2d (c[MST_EQ_D2], y1, z.z2));
    z.s = mst_fnma_v2d (c[MST_EQ_P], z.s, y1);
    left[i] = y[0];
    right[i] = y[1];
  }
  *(State_2 *) state = z;
}

extern const MstEqCascadeKernels MST_KERNEL (mst_eq_cascade_kernels);
const MstEqCascadeKernels MST_KERNEL (mst_eq_cascade_kernels) = { run, run_moving };
