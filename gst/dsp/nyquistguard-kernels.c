/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nyquistguard-kernels.h"

#include <string.h>

#include "vec.h"
#include "vec8f.h"

typedef double V2 __attribute__ ((vector_size (16)));

#if defined(__AVX2__) && defined(__FMA__)
/* Two vectors of four frames; what the second reads on the left, and the first on the right, the other one reads four taps further on. */
static void
cut (const double *x, const double *taps, size_t lag, const double *m, double *y)
{
  const __m256d xa = _mm256_loadu_pd (x), xb = _mm256_loadu_pd (x + 4), middle = _mm256_set1_pd (taps[0]);
  __m256d a[2] = { _mm256_mul_pd (middle, xa), _mm256_setzero_pd () }, b[2] = { _mm256_mul_pd (middle, xb), _mm256_setzero_pd () };
  __m256d left[4], right[4];

  for (int i = 0; i < 4; i++) {
    left[i] = _mm256_loadu_pd (x + 3 - i);
    right[i] = _mm256_loadu_pd (x + 1 + i);
  }
  for (size_t j = 1; j <= lag; j += 4)  /* lag is a multiple of 8 */
    for (int i = 0; i < 4; i++) {
      const __m256d c = _mm256_set1_pd (taps[j + (size_t) i]);
      const __m256d l = _mm256_loadu_pd (x - j - i), r = _mm256_loadu_pd (x + 4 + j + i);
      a[i % 2] = _mm256_fmadd_pd (c, _mm256_add_pd (l, right[i]), a[i % 2]);
      b[i % 2] = _mm256_fmadd_pd (c, _mm256_add_pd (left[i], r), b[i % 2]);
      left[i] = l;
      right[i] = r;
    }
  const __m256d cut_a = _mm256_sub_pd (xa, _mm256_add_pd (a[0], a[1])), cut_b = _mm256_sub_pd (xb, _mm256_add_pd (b[0], b[1]));
  _mm256_storeu_pd (y, _mm256_fnmadd_pd (_mm256_loadu_pd (m), cut_a, xa));
  _mm256_storeu_pd (y + 4, _mm256_fnmadd_pd (_mm256_loadu_pd (m + 4), cut_b, xb));
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
