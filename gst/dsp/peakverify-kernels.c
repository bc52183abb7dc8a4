/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peakverify-kernels.h"

#include "vec8f.h"

#define PARABOLA 0.133f
#define PARABOLA_MAX 0.02f      /* of b; 1 / cos (pi/16) - 1 */

static inline __attribute__ ((always_inline)) MstV8
fit (MstV8 a, MstV8 b, MstV8 d)
{
  const MstV8 sign = mst_v8_sign (b), mb = mst_v8_abs (b);
  const MstV8 sa = mst_v8_xor (a, sign), sd = mst_v8_xor (d, sign), dif = mst_v8_sub (sa, sd);
  const MstV8 den = mst_v8_add (mst_v8_sub (mst_v8_add (mb, mb), mst_v8_add (sa, sd)), mst_v8_set (1e-30f));
  MstV8 more = mst_v8_div (mst_v8_mul (mst_v8_mul (mst_v8_set (PARABOLA), dif), dif), den);
  more = mst_v8_min (more, mst_v8_mul (mst_v8_set (PARABOLA_MAX), mb));
  return mst_v8_add (mb, mst_v8_if_ge (mb, mst_v8_max (mst_v8_abs (a), mst_v8_abs (d)), more));
}

/* @n_folded phases in even and odd parts (p and 8 - p from one pass), then the middle one. With 4, phase 0 is one of them. */
static inline __attribute__ ((always_inline)) float
read_group (const float *x, const float *taps, int n_pairs, int n_folded)
{
  const int n_taps = 2 * n_folded + 1;
  MstV8 e[4], o[4], middle = mst_v8_set (0.0f), y[9], top;
  float shifted[9], before_e = 0.0f, before_o = 0.0f;

  for (int f = 0; f < n_folded; f++)
    e[f] = o[f] = mst_v8_set (0.0f);
  for (int j = 0; j < n_pairs; j++) {
    const float *c = taps + n_taps * j;
    const MstV8 a = mst_v8_load (x - j), b = mst_v8_load (x + 1 + j);
    const MstV8 s = mst_v8_add (a, b), d = mst_v8_sub (a, b);
    for (int f = 0; f < n_folded; f++) {
      e[f] = mst_v8_fma (mst_v8_set (c[2 * f]), s, e[f]);
      o[f] = mst_v8_fma (mst_v8_set (c[2 * f + 1]), d, o[f]);
    }
    middle = mst_v8_fma (mst_v8_set (c[2 * n_folded]), s, middle);
  }
  for (int f = 0; f < n_folded; f++) {
    y[4 - n_folded + f] = mst_v8_add (e[f], o[f]);
    y[4 + n_folded - f] = mst_v8_sub (e[f], o[f]);
  }
  y[4] = middle;
  if (n_folded == 3) {
    y[0] = mst_v8_load (x);
    y[8] = mst_v8_load (x + 1);
  }
  /* Phase 7/8 of the frame before: the neighbour of phase 0 */
  for (int j = 0; j < n_pairs; j++) {
    const float *c = taps + n_taps * j + 2 * (n_folded - 3);
    before_e += c[0] * (x[-1 - j] + x[j]);
    before_o += c[1] * (x[-1 - j] - x[j]);
  }
  shifted[0] = before_e - before_o;
  mst_v8_store (shifted + 1, y[7]);
  top = fit (mst_v8_load (shifted), y[0], y[1]);
  for (int p = 1; p < 8; p++)
    top = mst_v8_max (top, fit (y[p - 1], y[p], y[p + 1]));
  return mst_v8_top (top);
}

static float
sharp (const float *x, const float *taps)
{
  return read_group (x, taps, MST_PEAKVERIFY_SHARP_PAIRS, 3);
}

static float
soft (const float *x, const float *taps)
{
  return read_group (x, taps, MST_PEAKVERIFY_SOFT_PAIRS, 4);
}

extern const MstPeakVerifyKernels MST_KERNEL (mst_peakverify_kernels);
const MstPeakVerifyKernels MST_KERNEL (mst_peakverify_kernels) = { sharp, soft };
