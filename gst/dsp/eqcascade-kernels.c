/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stage alone waits for its own feedback, so up to DEPTH run in one pass over the frames, stage by stage in blocks of four
 * frames. Where vectors have 32 bytes a pass is twice as many stages: the first half in the lower lanes, the second half, SKEW
 * frames behind, in the upper ones. What the lower lanes put out lies in place until then. At the ends of a pass, where
 * one half has no frames, the other runs alone.
 * Stages of a sensible b0 leave it to the end of the pass: what goes through them is in the unit of all b0 up to there. */
#include "eqcascade.h"
#include "isa.h"
#include "vec.h"

#define DEPTH 4
#define FRAMES 4
#define SKEW 8                  /* the lower half's results come out of the pipeline and memory in time */

typedef enum
{
  PLAIN,                        /* no correctors, b0 = 1 */
  CORRECTED,                    /* b0 = 1 */
  ANY,
  N_KINDS
} Kind;

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

/* @depth stages, then @gain */
MST_VEC void
narrow (const unsigned depth, const Kind kind, const Stage_2 *c, State_2 *z, MstV2d gain, double *left, double *right, size_t n_frames)
{
  size_t t = 0;
  for (; t + FRAMES <= n_frames; t += FRAMES) {
    MstV2d x[FRAMES];
    for (unsigned i = 0; i < FRAMES; i += 2) {
      const MstV2d l = mst_load_v2d (left + t + i), r = mst_load_v2d (right + t + i);
      x[i] = __builtin_shufflevector (l, r, 0, 2);
      x[i + 1] = __builtin_shufflevector (l, r, 1, 3);
    }
    for (unsigned k = 0; k < depth; k++)
      stage_2 (&c[k], &z[k], x, FRAMES, kind);
    for (unsigned i = 0; i < FRAMES; i += 2) {
      const MstV2d a = x[i] * gain, b = x[i + 1] * gain;
      mst_store_v2d (left + t + i, __builtin_shufflevector (a, b, 0, 2));
      mst_store_v2d (right + t + i, __builtin_shufflevector (a, b, 1, 3));
    }
  }
  for (; t < n_frames; t++) {
    MstV2d x = { left[t], right[t] };
    for (unsigned k = 0; k < depth; k++)
      stage_2 (&c[k], &z[k], &x, 1, kind);
    x *= gain;
    left[t] = x[0];
    right[t] = x[1];
  }
}

typedef void Pass (const Stage_2 *c, State_2 *z, MstV2d gain, double *left, double *right, size_t n_frames);
#define PASS(width, depth, kind) \
  static void \
  width##_##depth##_##kind (const Stage_2 *c, State_2 *z, MstV2d gain, double *left, double *right, size_t n_frames) \
  { \
    width (depth, kind, c, z, gain, left, right, n_frames); \
  }
#define PASSES(width) \
  PASS (width, 1, PLAIN) PASS (width, 2, PLAIN) PASS (width, 3, PLAIN) PASS (width, 4, PLAIN) \
  PASS (width, 1, CORRECTED) PASS (width, 2, CORRECTED) PASS (width, 3, CORRECTED) PASS (width, 4, CORRECTED) \
  PASS (width, 1, ANY) PASS (width, 2, ANY) PASS (width, 3, ANY) PASS (width, 4, ANY) \
  static Pass *const width##_passes[N_KINDS][DEPTH] = { \
    { width##_1_PLAIN, width##_2_PLAIN, width##_3_PLAIN, width##_4_PLAIN }, \
    { width##_1_CORRECTED, width##_2_CORRECTED, width##_3_CORRECTED, width##_4_CORRECTED }, \
    { width##_1_ANY, width##_2_ANY, width##_3_ANY, width##_4_ANY } };

PASSES (narrow)

#ifdef __AVX2__
#define V MstV4d
#define NAME(x) x##_4
#define FMA mst_fma_v4d
#define FNMA mst_fnma_v4d
#include "eqcascade-block.h"

MST_VEC MstV4d
join (MstV2d lower, MstV2d upper)
{
  return __builtin_shufflevector (lower, upper, 0, 1, 2, 3);
}

MST_VEC void
part (MstV4d v, MstV2d *lower, MstV2d *upper)
{
  *lower = __builtin_shufflevector (v, v, 0, 1);
  *upper = __builtin_shufflevector (v, v, 2, 3);
}

/* 2 @depth stages, then @gain */
MST_VEC void
wide (const unsigned depth, const Kind kind, const Stage_2 *c2, State_2 *z2, MstV2d gain, double *left, double *right, size_t n_frames)
{
  const MstV2d one = { 1.0, 1.0 };
  const MstV4d gains = join (one, gain);
  Pass *const alone = narrow_passes[kind][depth - 1];
  const size_t head = n_frames < SKEW ? n_frames : SKEW;
  size_t t = head;
  alone (c2, z2, one, left, right, head);
  Stage_4 c[DEPTH];
  State_4 z[DEPTH];
  for (unsigned k = 0, u = depth; k < depth; k++, u++) {
    c[k] = (Stage_4) { join (c2[k].b0, c2[u].b0), join (c2[k].e1, c2[u].e1), join (c2[k].e2, c2[u].e2), join (c2[k].r1, c2[u].r1),
      join (c2[k].d2, c2[u].d2), join (c2[k].e, c2[u].e), join (c2[k].p, c2[u].p) };
    z[k] = (State_4) { join (z2[k].z1, z2[u].z1), join (z2[k].z2, z2[u].z2), join (z2[k].s, z2[u].s) };
  }
  for (; t + FRAMES <= n_frames; t += FRAMES) {
    const MstV4d l = mst_load_v4d (left + t), r = mst_load_v4d (right + t);
    const MstV4d ul = mst_load_v4d (left + t - SKEW), ur = mst_load_v4d (right + t - SKEW);
    const MstV4d even = __builtin_shufflevector (l, r, 0, 4, 2, 6), odd = __builtin_shufflevector (l, r, 1, 5, 3, 7);
    const MstV4d ueven = __builtin_shufflevector (ul, ur, 0, 4, 2, 6), uodd = __builtin_shufflevector (ul, ur, 1, 5, 3, 7);
    MstV4d x[FRAMES] = { __builtin_shufflevector (even, ueven, 0, 1, 4, 5), __builtin_shufflevector (odd, uodd, 0, 1, 4, 5),
      __builtin_shufflevector (even, ueven, 2, 3, 6, 7), __builtin_shufflevector (odd, uodd, 2, 3, 6, 7) };
    for (unsigned k = 0; k < depth; k++)
      stage_4 (&c[k], &z[k], x, FRAMES, kind);
    for (unsigned i = 0; i < FRAMES; i++)
      x[i] *= gains;
    const MstV4d a = __builtin_shufflevector (x[0], x[2], 0, 1, 4, 5), b = __builtin_shufflevector (x[1], x[3], 0, 1, 4, 5);
    const MstV4d ua = __builtin_shufflevector (x[0], x[2], 2, 3, 6, 7), ub = __builtin_shufflevector (x[1], x[3], 2, 3, 6, 7);
    mst_store_v4d (left + t, __builtin_shufflevector (a, b, 0, 4, 2, 6));
    mst_store_v4d (right + t, __builtin_shufflevector (a, b, 1, 5, 3, 7));
    mst_store_v4d (left + t - SKEW, __builtin_shufflevector (ua, ub, 0, 4, 2, 6));
    mst_store_v4d (right + t - SKEW, __builtin_shufflevector (ua, ub, 1, 5, 3, 7));
  }
  for (unsigned k = 0, u = depth; k < depth; k++, u++) {
    part (z[k].z1, &z2[k].z1, &z2[u].z1);
    part (z[k].z2, &z2[k].z2, &z2[u].z2);
    part (z[k].s, &z2[k].s, &z2[u].s);
  }
  alone (c2, z2, one, left + t, right + t, n_frames - t);
  alone (c2 + depth, z2 + depth, gain, left + t - head, right + t - head, n_frames - t + head);
}

PASSES (wide)
#endif

static Kind
kind_of (const MstEqStage *s)
{
  return !s->unit ? ANY : s->e[0] != 0.0 || s->e[1] != 0.0 ? CORRECTED : PLAIN;
}

/* The state in units of @unit */
static State_2
in_unit (const MstEqState *state, MstV2d unit)
{
  State_2 z = { mst_load_v2d (state->z1), mst_load_v2d (state->z2), mst_load_v2d (state->s) };
  if (state->unit[0] != unit[0] || state->unit[1] != unit[1]) {
    const MstV2d factor = mst_load_v2d (state->unit) / unit;
    z = (State_2) { z.z1 * factor, z.z2 * factor, z.s * factor };
  }
  return z;
}

static void
keep (const State_2 *z, MstV2d unit, MstEqState *state)
{
  mst_store_v2d (state->z1, z->z1);
  mst_store_v2d (state->z2, z->z2);
  mst_store_v2d (state->s, z->s);
  mst_store_v2d (state->unit, unit);
}

static void
run (const MstEqStage *const *stages, MstEqState *const *states, unsigned n_stages, double *left, double *right, size_t n_frames)
{
  for (unsigned n = 0; n_stages > 0; stages += n, states += n, n_stages -= n) {
    Stage_2 c[2 * DEPTH];
    State_2 z[2 * DEPTH];
    MstV2d unit[2 * DEPTH], gain = { 1.0, 1.0 };
    Kind kind = kind_of (stages[0]);
    Pass *pass;
#ifdef __AVX2__
    if (n_stages > 1) {
      n = n_stages < 2 * DEPTH ? n_stages & ~1u : 2 * DEPTH;
      for (unsigned k = 1; k < n; k++)
        kind = kind_of (stages[k]) > kind ? kind_of (stages[k]) : kind;
      pass = wide_passes[kind][n / 2 - 1];
    } else
#endif
    {
      for (n = 1; n < n_stages && n < DEPTH && kind_of (stages[n]) == kind; n++);
      pass = narrow_passes[kind][n - 1];
    }
    for (unsigned k = 0; k < n; k++) {
      const MstEqStage *s = stages[k];
      const MstV2d b0 = mst_load_v2d (s->b0);
      if (kind != ANY)
        gain *= b0;
      unit[k] = gain;
      c[k] = (Stage_2) { b0, mst_load_v2d (kind == ANY ? s->e1 : s->i1), mst_load_v2d (kind == ANY ? s->e2 : s->i2),
        mst_load_v2d (s->r1), mst_load_v2d (s->d2), mst_load_v2d (s->e), mst_load_v2d (s->p) };
      z[k] = in_unit (states[k], gain);
    }
    pass (c, z, gain, left, right, n_frames);
    for (unsigned k = 0; k < n; k++)
      keep (&z[k], unit[k], states[k]);
  }
}

static void
run_moving (const MstEqMove *move, MstEqState *state, size_t first, double step_t, double *left, double *right, size_t n_frames)
{
  const MstV2d (*k)[4] = (const MstV2d (*)[4]) move->k;
  const MstV2d one = { 1.0, 1.0 };
  State_2 z = in_unit (state, one);
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
  keep (&z, one, state);
}

extern const MstEqCascadeKernels MST_KERNEL (mst_eq_cascade_kernels);
const MstEqCascadeKernels MST_KERNEL (mst_eq_cascade_kernels) = { run, run_moving };
