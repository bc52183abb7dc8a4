/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inner loop of truepeak.h. The taps of phase 3/4 mirror those of 1/4 and those of 2/4 mirror themselves, so with s = x[n-j] + x[n+1+j]
 * and d = x[n-j] - x[n+1+j]:  E = sum e s,  O = sum o d,  y(1/4) = E + O,  y(3/4) = E - O,  y(2/4) = sum m s. */
#include "truepeak-kernels.h"

#include "vec8f.h"

#define FIT_Q_MAX 0.17157288f   /* tan^2 (pi/8) */

/* Highest |y| about the middle of three: the sinusoid through them where it is a local maximum of |y|, else itself. */
static inline __attribute__ ((always_inline)) MstV8
fit (MstV8 a, MstV8 b, MstV8 d)
{
  const MstV8 sign = mst_v8_sign (b), mb = mst_v8_abs (b);
  const MstV8 sa = mst_v8_xor (a, sign), sd = mst_v8_xor (d, sign);
  const MstV8 sum = mst_v8_add (sa, sd), dif = mst_v8_sub (sa, sd), two = mst_v8_add (mb, mb);
  const MstV8 den = mst_v8_fma (mst_v8_sub (two, sum), mst_v8_add (two, sum), mst_v8_set (1e-30f));
  MstV8 q = mst_v8_min (mst_v8_div (mst_v8_mul (dif, dif), den), mst_v8_set (FIT_Q_MAX));
  q = mst_v8_if_ge (mb, mst_v8_max (mst_v8_abs (a), mst_v8_abs (d)), q);
  /* sqrt (1 + q) - 1 = q (1/2 - q (1/8 - q/16)) */
  const MstV8 t = mst_v8_sub (mst_v8_set (0.125f), mst_v8_mul (mst_v8_set (0.0625f), q));
  const MstV8 r = mst_v8_mul (q, mst_v8_sub (mst_v8_set (0.5f), mst_v8_mul (q, t)));
  return mst_v8_fma (mb, r, mb);
}

static inline __attribute__ ((always_inline)) void
phases (const float *x, const float *taps, unsigned n_pairs, int n_vec, MstV8 *y1, MstV8 *y2, MstV8 *y3)
{
  MstV8 e[2], o[2], m[2];
  for (int v = 0; v < n_vec; v++)
    e[v] = o[v] = m[v] = mst_v8_set (0.0f);
  for (unsigned j = 0; j < n_pairs; j++) {
    const MstV8 ce = mst_v8_set (taps[3 * j]), co = mst_v8_set (taps[3 * j + 1]), cm = mst_v8_set (taps[3 * j + 2]);
    for (int v = 0; v < n_vec; v++) {
      const MstV8 a = mst_v8_load (x + 8 * v - j), b = mst_v8_load (x + 8 * v + 1 + j);
      const MstV8 s = mst_v8_add (a, b), d = mst_v8_sub (a, b);
      e[v] = mst_v8_fma (ce, s, e[v]);
      o[v] = mst_v8_fma (co, d, o[v]);
      m[v] = mst_v8_fma (cm, s, m[v]);
    }
  }
  for (int v = 0; v < n_vec; v++) {
    y1[v] = mst_v8_add (e[v], o[v]);
    y2[v] = m[v];
    y3[v] = mst_v8_sub (e[v], o[v]);
  }
}

/* One group's readings into p; @y3 of the frame before in *before, of the group's last one back. */
static inline __attribute__ ((always_inline)) float
group (const float *x, MstV8 y1, MstV8 y2, MstV8 y3, float *before, float fit_above, float *p)
{
  float shifted[9];
  const MstV8 y0 = mst_v8_load (x), y4 = mst_v8_load (x + 1);
  MstV8 top = mst_v8_max (mst_v8_max (mst_v8_abs (y0), mst_v8_abs (y1)), mst_v8_max (mst_v8_abs (y2), mst_v8_abs (y3)));
  float most = mst_v8_top (top);

  shifted[0] = *before;
  mst_v8_store (shifted + 1, y3);
  *before = shifted[8];
  if (most * MST_TRUEPEAK_FIT_MAX >= fit_above) {
    const MstV8 yb = mst_v8_load (shifted);
    top = mst_v8_max (mst_v8_max (fit (yb, y0, y1), fit (y0, y1, y2)), mst_v8_max (fit (y1, y2, y3), fit (y2, y3, y4)));
    most = mst_v8_top (top);
  }
  if (p)
    mst_v8_store (p, top);
  return most;
}

static float
detect (const float *x, const float *taps, unsigned n_pairs, size_t n_groups, float fit_above, float *p)
{
  MstV8 y1[2], y2[2], y3[2];
  float most = 0.0f, before, last[8];

  if (n_groups == 0)
    return 0.0f;
  /* y(3/4) of frame -1: the last lane of the group that ends there would read too far back, so a group that begins there */
  phases (x - 1, taps, n_pairs, 1, y1, y2, y3);
  mst_v8_store (last, y3[0]);
  before = last[0];
  while (n_groups > 0) {
    const int n_vec = n_groups > 1 ? 2 : 1;
    if (n_vec == 2)
      phases (x, taps, n_pairs, 2, y1, y2, y3);
    else
      phases (x, taps, n_pairs, 1, y1, y2, y3);
    for (int v = 0; v < n_vec; v++, x += 8, n_groups--) {
      const float top = group (x, y1[v], y2[v], y3[v], &before, fit_above, p);
      most = top > most ? top : most;
      p = p ? p + 8 : NULL;
    }
  }
  return most;
}

extern const MstTruePeakKernels MST_KERNEL (mst_truepeak_kernels);
const MstTruePeakKernels MST_KERNEL (mst_truepeak_kernels) = { detect };
