/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nyquistguard-kernels.h"

#include <string.h>

#include "vec.h"
#include "vec8f.h"

typedef double V2 __attribute__ ((vector_size (16)));

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

static void
trigger (const float *x, size_t n_groups, const MstGuardTrigger *f, float *state, float *top, float *bend, float *edge)
{
  MstV4f s = mst_load_v4f (state);

  for (size_t k = 0; k < n_groups; k++, x += 8) {
    const MstV8 a = mst_v8_load (x), b = mst_v8_load (x - 1), c = mst_v8_load (x - 2);
    const MstV8 d = mst_v8_sub (mst_v8_sub (a, b), mst_v8_sub (b, c));
    float in[8], before[MST_GUARD_STATES];
    mst_v8_store (in, d);
    mst_store_v4f (before, s);
    MstV8 y0 = mst_v8_set (0.0f), y1 = y0;
    MstV4f s0 = { 0.0f }, s1 = s0;
    for (int j = 0; j < 8; j += 2) {
      y0 = mst_v8_fma (mst_v8_load (f->of_input[j]), mst_v8_set (in[j]), y0);
      y1 = mst_v8_fma (mst_v8_load (f->of_input[j + 1]), mst_v8_set (in[j + 1]), y1);
      s0 += mst_load_v4f (f->next_of_input[j]) * in[j];
      s1 += mst_load_v4f (f->next_of_input[j + 1]) * in[j + 1];
    }
    s = s0 + s1;
    for (int i = 0; i < MST_GUARD_STATES; i++) {
      y0 = mst_v8_fma (mst_v8_load (f->of_state[i]), mst_v8_set (before[i]), y0);
      s += mst_load_v4f (f->next_of_state[i]) * before[i];
    }
    top[k] = mst_v8_top (mst_v8_abs (a));
    bend[k] = mst_v8_top (mst_v8_abs (d));
    edge[k] = mst_v8_top (mst_v8_abs (mst_v8_add (y0, y1)));
  }
  mst_store_v4f (state, s);
}

extern const MstGuardKernels MST_KERNEL (mst_guard_kernels);
const MstGuardKernels MST_KERNEL (mst_guard_kernels) = { cut, trigger };
