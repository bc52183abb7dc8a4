/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nyquistguard-kernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef double V2 __attribute__ ((vector_size (16)));
typedef long long V2i __attribute__ ((vector_size (16)));

#if defined(__AVX2__) && defined(__FMA__)
static void
cut (const double *x, const double *taps, size_t lag, const double *m, double *y)
{
  __m256d a = _mm256_mul_pd (_mm256_set1_pd (taps[0]), _mm256_loadu_pd (x));
  __m256d b = _mm256_mul_pd (_mm256_set1_pd (taps[0]), _mm256_loadu_pd (x + 4));
  __m256d a2 = _mm256_setzero_pd (), b2 = a2;
  for (size_t j = 1; j < lag; j += 2) { /* lag is even */
    const __m256d c = _mm256_set1_pd (taps[j]), c2 = _mm256_set1_pd (taps[j + 1]);
    a = _mm256_fmadd_pd (c, _mm256_add_pd (_mm256_loadu_pd (x - j), _mm256_loadu_pd (x + j)), a);
    b = _mm256_fmadd_pd (c, _mm256_add_pd (_mm256_loadu_pd (x + 4 - j), _mm256_loadu_pd (x + 4 + j)), b);
    a2 = _mm256_fmadd_pd (c2, _mm256_add_pd (_mm256_loadu_pd (x - j - 1), _mm256_loadu_pd (x + j + 1)), a2);
    b2 = _mm256_fmadd_pd (c2, _mm256_add_pd (_mm256_loadu_pd (x + 3 - j), _mm256_loadu_pd (x + 5 + j)), b2);
  }
  const __m256d xa = _mm256_loadu_pd (x), xb = _mm256_loadu_pd (x + 4);
  a = _mm256_sub_pd (xa, _mm256_add_pd (a, a2));
  b = _mm256_sub_pd (xb, _mm256_add_pd (b, b2));
  _mm256_storeu_pd (y, _mm256_fnmadd_pd (_mm256_loadu_pd (m), a, xa));
  _mm256_storeu_pd (y + 4, _mm256_fnmadd_pd (_mm256_loadu_pd (m + 4), b, xb));
}
#else
static inline V2
load (const double *p)
{
  V2 v;
  memcpy (&v, p, sizeof v);
  return v;
}

static void
cut (const double *x, const double *taps, size_t lag, const double *m, double *y)
{
  V2 sum[4];
  for (int v = 0; v < 4; v++)
    sum[v] = load (x + 2 * v) * taps[0];
  for (size_t j = 1; j <= lag; j++)
    for (int v = 0; v < 4; v++)
      sum[v] += (load (x + 2 * v - j) + load (x + 2 * v + j)) * taps[j];
  for (int v = 0; v < 4; v++) {
    const V2 in = load (x + 2 * v), out = in - load (m + 2 * v) * (in - sum[v]);
    memcpy (y + 2 * v, &out, sizeof out);
  }
}
#endif

static inline V2
magnitude (V2 v)
{
  return (V2) ((V2i) v & ~(V2i) (V2) { -0.0, -0.0 });
}

static inline V2
higher (V2 a, V2 b)
{
#if defined(__x86_64__)
  return (V2) _mm_max_pd ((__m128d) a, (__m128d) b);
#else
  const V2i m = a > b;
  return (V2) (((V2i) a & m) | ((V2i) b & ~m));
#endif
}

static void
trigger (const double *x0, const double *x1, size_t n_groups, const double *s, MstGuardTrigger *state, double *top)
{
  V2 z1, z2, z3, z4;
  memcpy (&z1, state->z[0], sizeof z1);
  memcpy (&z2, state->z[1], sizeof z2);
  memcpy (&z3, state->z[2], sizeof z3);
  memcpy (&z4, state->z[3], sizeof z4);
  for (size_t k = 0; k < n_groups; k++) {
    V2 most = { 0.0, 0.0 }, loud = { 0.0, 0.0 };
    for (int i = 0; i < 8; i++) {
      const double *p0 = x0 + 8 * k + i, *p1 = x1 + 8 * k + i;
      const V2 in = { p0[0], p1[0] }, before = { p0[-1], p1[-1] }, older = { p0[-2], p1[-2] };
      const V2 x = (in - before) - (before - older);
      const V2 u = x * s[0] + z1;
      z1 = (x * s[1] + z2) - u * s[3];
      z2 = x * s[2] - u * s[4];
      const V2 v = u * s[5] + z3;
      z3 = (u * s[6] + z4) - v * s[8];
      z4 = u * s[7] - v * s[9];
      most = higher (magnitude (v), most);
      loud = higher (magnitude (in), loud);
    }
    memcpy (top + 4 * k, &most, sizeof most);
    memcpy (top + 4 * k + 2, &loud, sizeof loud);
  }
  memcpy (state->z[0], &z1, sizeof z1);
  memcpy (state->z[1], &z2, sizeof z2);
  memcpy (state->z[2], &z3, sizeof z3);
  memcpy (state->z[3], &z4, sizeof z4);
}

extern const MstGuardKernels MST_KERNEL (mst_guard_kernels);
const MstGuardKernels MST_KERNEL (mst_guard_kernels) = { cut, trigger };
