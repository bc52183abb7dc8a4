/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqcascade.h"
#include "isa.h"

#ifdef __AVX2__
#include <immintrin.h>
#endif

typedef double V __attribute__ ((vector_size (16)));

#ifdef __AVX2__
#define FMA(a, b, c) ((V) _mm_fmadd_pd ((__m128d) (a), (__m128d) (b), (__m128d) (c)))
#define FNMA(a, b, c) ((V) _mm_fnmadd_pd ((__m128d) (a), (__m128d) (b), (__m128d) (c)))
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#define FNMA(a, b, c) ((c) - (a) * (b))
#endif

typedef struct
{
  V b0, e1, e2, r1, d2, e, p;
} Stage;
typedef struct
{
  V z1, z2, s;
} State;

static inline V
step (const Stage *c, State *z, V x)
{
  const V y1 = FMA (c->b0, x, z->z1), y = y1 + z->s;
  const V z1 = FMA (c->e1, x, FMA (c->r1, z->z1, z->z2));
  z->z2 = FMA (c->e2, x, FNMA (c->d2, z->z1, z->z2));
  z->z1 = z1;
  z->s = FNMA (c->p, z->s, c->e * y1);
  return y;
}

/* @n stages in one pass: a stage alone waits for its own feedback, several fill the gaps */
static inline __attribute__ ((always_inline)) void
fused (const int n, const MstEqStage *const *stages, MstEqState *const *states, double *left, double *right, size_t n_frames)
{
  Stage c[4];
  State z[4];
  for (int i = 0; i < n; i++) {
    c[i] = *(const Stage *) stages[i];
    z[i] = *(const State *) states[i];
  }
  for (size_t t = 0; t < n_frames; t++) {
    V x = { left[t], right[t] };
    for (int i = 0; i < n; i++)
      x = step (&c[i], &z[i], x);
    left[t] = x[0];
    right[t] = x[1];
  }
  for (int i = 0; i < n; i++)
    *(State *) states[i] = z[i];
}

static void
run (const MstEqStage *const *stages, MstEqState *const *states, unsigned n_stages, double *left, double *right, size_t n_frames)
{
  unsigned i = 0;
  for (; i + 4 <= n_stages; i += 4)
    fused (4, stages + i, states + i, left, right, n_frames);
  switch (n_stages - i) {
    case 3:
      fused (3, stages + i, states + i, left, right, n_frames);
      break;
    case 2:
      fused (2, stages + i, states + i, left, right, n_frames);
      break;
    case 1:
      fused (1, stages + i, states + i, left, right, n_frames);
      break;
    default:
      break;
  }
}

static void
run_moving (const MstEqMove *move, MstEqState *state, size_t first, double step_t, double *left, double *right, size_t n_frames)
{
  const V (*k)[4] = (const V (*)[4]) move->k;
  State z = *(const State *) state;
  for (size_t i = 0; i < n_frames; i++) {
    const double at = (double) (first + i) * step_t;
    const V t = { at, at }, x = { left[i], right[i] };
    V c[MST_EQ_N_COEFS];
    for (int j = 0; j < MST_EQ_N_COEFS; j++)
      c[j] = FMA (FMA (FMA (k[j][3], t, k[j][2]), t, k[j][1]), t, k[j][0]);
    const V y1 = FMA (c[MST_EQ_B0], x, z.z1), y = y1 + z.s;
    z.z1 = FMA (c[MST_EQ_N1], x, FNMA (c[MST_EQ_D1], y1, z.z1 + z.z2));
    z.z2 = FMA (c[MST_EQ_N2], x, FNMA (c[MST_EQ_D2], y1, z.z2));
    z.s = FNMA (c[MST_EQ_P], y, c[MST_EQ_BETA] * y1);
    left[i] = y[0];
    right[i] = y[1];
  }
  *(State *) state = z;
}

extern const MstEqCascadeKernels MST_KERNEL (mst_eq_cascade_kernels);
const MstEqCascadeKernels MST_KERNEL (mst_eq_cascade_kernels) = { run, run_moving };
