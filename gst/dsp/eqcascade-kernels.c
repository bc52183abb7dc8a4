/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stage alone waits for its own feedback, so several run in one pass over the frames. At 16 bytes a vector is a stage's two
 * lanes. At 32 bytes it is two stages, the second two frames behind the first: what the lower half put out comes back as
 * the upper half's input, and what that puts out is the next vector's input. At both ends of a call, where not all halves
 * have a frame, the states of the idle ones are kept. */
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

static inline __attribute__ ((always_inline)) V
step (const Stage *c, State *z, V x, bool corrected)
{
  const V y = FMA (c->b0, x, z->z1);
  const V z1 = FMA (c->r1, z->z1, FMA (c->e1, x, z->z2));
  z->z2 = FNMA (c->d2, z->z1, FMA (c->e2, x, z->z2));
  z->z1 = z1;
  if (!corrected)
    return y;
  const V out = FMA (c->e, z->s, y);
  z->s = FNMA (c->p, z->s, y);
  return out;
}

static inline bool
has_corrector (const MstEqStage *s)
{
  return s->e[0] != 0.0 || s->e[1] != 0.0 || s->p[0] != 0.0 || s->p[1] != 0.0;
}

/* Member by member, here and below: compilers keep structures in registers that are never copied whole */
static inline __attribute__ ((always_inline)) void
load (Stage *c, State *z, const MstEqStage *stage, const MstEqState *state)
{
  const Stage *from = (const Stage *) stage;
  c->b0 = from->b0;
  c->e1 = from->e1;
  c->e2 = from->e2;
  c->r1 = from->r1;
  c->d2 = from->d2;
  c->e = from->e;
  c->p = from->p;
  z->z1 = ((const State *) state)->z1;
  z->z2 = ((const State *) state)->z2;
  z->s = ((const State *) state)->s;
}

static inline __attribute__ ((always_inline)) void
store (const State *z, MstEqState *state)
{
  ((State *) state)->z1 = z->z1;
  ((State *) state)->z2 = z->z2;
  ((State *) state)->s = z->s;
}

#define MOST 4                  /* stages in one pass */

/* 1 to MOST stages, each a frame behind the one before it, so that none waits for another. At both ends of a call those that have
 * no frame stand still. */
static inline __attribute__ ((always_inline)) void
fused (const unsigned n, const bool corrected, const MstEqStage *const *stages, MstEqState *const *states,
    double *left, double *right, size_t n_frames)
{
  const size_t late = n - 1;
  Stage c[MOST];
  State z[MOST];
  V y[MOST] = { { 0.0 } };
  for (unsigned k = 0; k < n; k++)
    load (&c[k], &z[k], stages[k], states[k]);
  for (size_t t = 0; t < n_frames + late; t++) {
    const bool all = t >= late && t < n_frames;
    for (unsigned k = n; k-- > 0;)
      if (all || (t >= k && t - k < n_frames))
        y[k] = step (&c[k], &z[k], k > 0 ? y[k > 0 ? k - 1 : 0] : (V) { left[t], right[t] }, corrected);
    if (t >= late) {
      left[t - late] = y[n - 1][0];
      right[t - late] = y[n - 1][1];
    }
  }
  for (unsigned k = 0; k < n; k++)
    store (&z[k], states[k]);
}

#ifdef __AVX2__
typedef struct
{
  __m256d b0, e1, e2, r1, d2, e, p;
} Stage2;
typedef struct
{
  __m256d z1, z2, s;
  __m256d y1, y2;               /* the last two outputs; y2's lower half is the upper half's next input */
} State2;

static inline __m256d
join (const double *a, const double *b)
{
  return _mm256_insertf128_pd (_mm256_castpd128_pd256 (_mm_load_pd (a)), _mm_load_pd (b), 1);
}

static inline void
part (__m256d v, double *a, double *b)
{
  _mm_store_pd (a, _mm256_castpd256_pd128 (v));
  _mm_store_pd (b, _mm256_extractf128_pd (v, 1));
}

static inline __attribute__ ((always_inline)) void
load2 (Stage2 *c, State2 *z, const MstEqStage *const *stages, MstEqState *const *states)
{
  c->b0 = join (stages[0]->b0, stages[1]->b0);
  c->e1 = join (stages[0]->e1, stages[1]->e1);
  c->e2 = join (stages[0]->e2, stages[1]->e2);
  c->r1 = join (stages[0]->r1, stages[1]->r1);
  c->d2 = join (stages[0]->d2, stages[1]->d2);
  c->e = join (stages[0]->e, stages[1]->e);
  c->p = join (stages[0]->p, stages[1]->p);
  z->z1 = join (states[0]->z1, states[1]->z1);
  z->z2 = join (states[0]->z2, states[1]->z2);
  z->s = join (states[0]->s, states[1]->s);
  z->y1 = z->y2 = _mm256_setzero_pd ();
}

static inline __attribute__ ((always_inline)) void
store2 (const State2 *z, MstEqState *const *states)
{
  part (z->z1, states[0]->z1, states[1]->z1);
  part (z->z2, states[0]->z2, states[1]->z2);
  part (z->s, states[0]->s, states[1]->s);
}

/* @input: of the lower half. Returns the upper half's output, two frames later. */
static inline __attribute__ ((always_inline)) __m128d
step2 (const Stage2 *c, State2 *z, __m128d input, bool corrected)
{
  const __m256d x = _mm256_insertf128_pd (_mm256_castpd128_pd256 (input), _mm256_castpd256_pd128 (z->y2), 1);
  const __m256d y = _mm256_fmadd_pd (c->b0, x, z->z1);
  const __m256d z1 = _mm256_fmadd_pd (c->r1, z->z1, _mm256_fmadd_pd (c->e1, x, z->z2));
  z->z2 = _mm256_fnmadd_pd (c->d2, z->z1, _mm256_fmadd_pd (c->e2, x, z->z2));
  z->z1 = z1;
  z->y2 = z->y1;
  z->y1 = y;
  if (corrected) {
    z->y1 = _mm256_fmadd_pd (c->e, z->s, y);
    z->s = _mm256_fnmadd_pd (c->p, z->s, y);
  }
  return _mm256_extractf128_pd (z->y1, 1);
}

/* The same near the ends: a half whose frame is not one of @n_frames keeps its state. @frame: of the lower half. */
static inline __attribute__ ((always_inline)) __m128d
step2_masked (const Stage2 *c, State2 *z, __m128d input, bool corrected, ptrdiff_t frame, ptrdiff_t n_frames)
{
  const long long low = frame >= 0 && frame < n_frames ? 0 : -1, high = frame >= 2 && frame < n_frames + 2 ? 0 : -1;
  const __m256d keep = _mm256_castsi256_pd (_mm256_set_epi64x (high, high, low, low));
  const __m256d z1 = z->z1, z2 = z->z2, s = z->s;
  const __m128d out = step2 (c, z, input, corrected);
  z->z1 = _mm256_blendv_pd (z->z1, z1, keep);
  z->z2 = _mm256_blendv_pd (z->z2, z2, keep);
  z->s = _mm256_blendv_pd (z->s, s, keep);
  return out;
}

/* Two stages, or, with @second, four, which is what fits into the registers */
static inline __attribute__ ((always_inline)) void
wave (const bool second, const bool corrected_a, const bool corrected_b, const MstEqStage *const *stages,
    MstEqState *const *states, double *left, double *right, size_t n_frames)
{
  const ptrdiff_t n = (ptrdiff_t) n_frames, late = second ? 4 : 2;
  Stage2 ca, cb;
  State2 a, b;
  load2 (&ca, &a, stages, states);
  load2 (&cb, &b, second ? stages + 2 : stages, second ? states + 2 : states);
  for (ptrdiff_t t = 0; t < n + late; t++) {
    __m128d x;
    if (t == late)              /* all halves are busy */
      for (; t < n; t++) {
        x = step2 (&ca, &a, _mm_set_pd (right[t], left[t]), corrected_a);
        if (second)
          x = step2 (&cb, &b, x, corrected_b);
        _mm_storel_pd (left + t - late, x);
        _mm_storeh_pd (right + t - late, x);
      }
    x = t < n ? _mm_set_pd (right[t], left[t]) : _mm_setzero_pd ();
    x = step2_masked (&ca, &a, x, corrected_a, t, n);
    if (second)
      x = step2_masked (&cb, &b, x, corrected_b, t - 2, n);
    if (t >= late) {
      _mm_storel_pd (left + t - late, x);
      _mm_storeh_pd (right + t - late, x);
    }
  }
  store2 (&a, states);
  if (second)
    store2 (&b, states + 2);
}
#endif

/* As many of the first @n stages as one pass does well; returns how many. */
static unsigned
pass (unsigned n, const MstEqStage *const *stages, MstEqState *const *states, double *left, double *right, size_t n_frames)
{
#ifdef __AVX2__
  if (n >= 4) {
    const bool a = has_corrector (stages[0]) || has_corrector (stages[1]);
    const bool b = has_corrector (stages[2]) || has_corrector (stages[3]);
    if (a && b)
      wave (true, true, true, stages, states, left, right, n_frames);
    else if (a)
      wave (true, true, false, stages, states, left, right, n_frames);
    else if (b)
      wave (true, false, true, stages, states, left, right, n_frames);
    else
      wave (true, false, false, stages, states, left, right, n_frames);
    return 4;
  }
  if (n >= 2) {
    if (has_corrector (stages[0]) || has_corrector (stages[1]))
      wave (false, true, true, stages, states, left, right, n_frames);
    else
      wave (false, false, false, stages, states, left, right, n_frames);
    return 2;
  }
#else
  const bool corrected = has_corrector (stages[0]);
  unsigned same = 1;
  while (same < n && has_corrector (stages[same]) == corrected)
    same++;
  if (same >= 4) {
    if (corrected)
      fused (4, true, stages, states, left, right, n_frames);
    else
      fused (4, false, stages, states, left, right, n_frames);
    return 4;
  }
  if (same >= 2) {
    if (corrected)
      fused (2, true, stages, states, left, right, n_frames);
    else
      fused (2, false, stages, states, left, right, n_frames);
    return 2;
  }
#endif
  if (has_corrector (stages[0]))
    fused (1, true, stages, states, left, right, n_frames);
  else
    fused (1, false, stages, states, left, right, n_frames);
  return 1;
}

static void
run (const MstEqStage *const *stages, MstEqState *const *states, unsigned n_stages, double *left, double *right, size_t n_frames)
{
  while (n_stages > 0) {
    const unsigned n = pass (n_stages, stages, states, left, right, n_frames);
    stages += n;
    states += n;
    n_stages -= n;
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
    const V y1 = FMA (c[MST_EQ_B0], x, z.z1), y = FMA (c[MST_EQ_BETA] - c[MST_EQ_P], z.s, y1);
    z.z1 = FMA (c[MST_EQ_N1], x, FNMA (c[MST_EQ_D1], y1, z.z1 + z.z2));
    z.z2 = FMA (c[MST_EQ_N2], x, FNMA (c[MST_EQ_D2], y1, z.z2));
    z.s = FNMA (c[MST_EQ_P], z.s, y1);
    left[i] = y[0];
    right[i] = y[1];
  }
  *(State *) state = z;
}

extern const MstEqCascadeKernels MST_KERNEL (mst_eq_cascade_kernels);
const MstEqCascadeKernels MST_KERNEL (mst_eq_cascade_kernels) = { run, run_moving };
