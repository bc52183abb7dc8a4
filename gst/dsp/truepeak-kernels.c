/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inner loop of truepeak.h. The taps of phase 3/4 mirror those of 1/4 and those of 2/4 mirror themselves, so with s = x[n-j] + x[n+1+j]
 * and d = x[n-j] - x[n+1+j]:  E = sum e s,  O = sum o d,  y(1/4) = E + O,  y(3/4) = E - O,  y(2/4) = sum m s; phases 0 and 1 as 1/4 and 3/4. */
#include "truepeak-kernels.h"

#include "vec.h"
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

/* y[p][v]: phase p/4 of the v-th group. */
static inline __attribute__ ((always_inline)) void
phases (const MstTruePeakTaps *t, const float *x, int n_folded, int n_vec, MstV8 y[5][2])
{
  MstV8 e[2][2], o[2][2], m[2];

  for (int v = 0; v < n_vec; v++) {
    m[v] = mst_v8_set (0.0f);
    for (int f = 0; f < n_folded; f++)
      e[f][v] = o[f][v] = m[v];
  }
  for (int j = 0; j < t->n_pairs; j++) {        /* one coefficient at a time: what is summed up and it fill the registers */
    const float *c = t->folded + (2 * n_folded + 1) * j;
    MstV8 s[2], d[2];
    for (int v = 0; v < n_vec; v++) {
      const MstV8 a = mst_v8_load_once (x + 8 * v - j), b = mst_v8_load_once (x + 8 * v + 1 + j);
      s[v] = mst_v8_add (a, b);
      d[v] = mst_v8_sub (a, b);
    }
    for (int f = 0; f < n_folded; f++) {
      const MstV8 even = mst_v8_set (c[2 * f]);
      for (int v = 0; v < n_vec; v++)
        e[f][v] = mst_v8_fma (even, s[v], e[f][v]);
      const MstV8 odd = mst_v8_set (c[2 * f + 1]);
      for (int v = 0; v < n_vec; v++)
        o[f][v] = mst_v8_fma (odd, d[v], o[f][v]);
    }
    const MstV8 middle = mst_v8_set (c[2 * n_folded]);
    for (int v = 0; v < n_vec; v++)
      m[v] = mst_v8_fma (middle, s[v], m[v]);
  }
  for (int v = 0; v < n_vec; v++) {
    y[0][v] = mst_v8_load (x + 8 * v);
    y[4][v] = mst_v8_load (x + 8 * v + 1);
    for (int f = 0; f < n_folded; f++) {
      y[2 - n_folded + f][v] = mst_v8_add (e[f][v], o[f][v]);
      y[2 + n_folded - f][v] = mst_v8_sub (e[f][v], o[f][v]);
    }
    y[2][v] = m[v];
  }
}

/* y(3/4) of the frame x[0], added up as phases () does. */
static inline __attribute__ ((always_inline)) float
three_quarters (const MstTruePeakTaps *t, const float *x, int n_folded)
{
  float even = 0.0f, odd = 0.0f;
  for (int j = 0; j < t->n_pairs; j++) {
    const float *c = t->folded + (2 * n_folded + 1) * j + 2 * n_folded - 2;
    even = mst_v8_fma_one (c[0], x[-j] + x[1 + j], even);
    odd = mst_v8_fma_one (c[1], x[-j] - x[1 + j], odd);
  }
  return even - odd;
}

/* The higher of what fit () says of b and of c, between a and d: only the larger of two neighbours can be a local maximum. */
static inline __attribute__ ((always_inline)) MstV8
fit_two (MstV8 a, MstV8 b, MstV8 c, MstV8 d)
{
  const MstV8 mb = mst_v8_abs (b), mc = mst_v8_abs (c);
  return fit (mst_v8_pick_ge (mb, mc, a, b), mst_v8_pick_ge (mb, mc, b, c), mst_v8_pick_ge (mb, mc, c, d));
}

static inline __attribute__ ((always_inline)) float
detect_folded (const MstTruePeakTaps *t, const float *x, int n_folded, size_t n_groups, float fit_above, float *p, float *of_group)
{
  MstV8 y[5][2], before = mst_v8_set (three_quarters (t, x - 1, n_folded));
  float highest = 0.0f;

  while (n_groups > 0) {
    const int n_vec = n_groups > 1 ? 2 : 1;
    if (n_vec == 2)
      phases (t, x, n_folded, 2, y);
    else
      phases (t, x, n_folded, 1, y);
    for (int v = 0; v < n_vec; v++, x += 8, n_groups--) {
      MstV8 top = mst_v8_max (mst_v8_max (mst_v8_abs (y[0][v]), mst_v8_abs (y[1][v])), mst_v8_max (mst_v8_abs (y[2][v]), mst_v8_abs (y[3][v])));
      float most = mst_v8_top (top);
      if (most * MST_TRUEPEAK_FIT_MAX >= fit_above) {
        top = mst_v8_max (fit_two (mst_v8_shift_from (y[3][v], before), y[0][v], y[1][v], y[2][v]), fit_two (y[1][v], y[2][v], y[3][v], y[4][v]));
        most = mst_v8_top (top);
      }
      before = y[3][v];
      if (p) {
        mst_v8_store (p, top);
        p += 8;
      }
      if (of_group)
        *of_group++ = most;
      highest = most > highest ? most : highest;
    }
  }
  return highest;
}

static float
detect (const MstTruePeakTaps *t, const float *x, size_t n_groups, float fit_above, float *p, float *of_group)
{
  return t->n_folded == 1 ? detect_folded (t, x, 1, n_groups, fit_above, p, of_group) : detect_folded (t, x, 2, n_groups, fit_above, p, of_group);
}

static void
four (const double *x, const double *taps, unsigned n, double *y)
{
#ifdef __AVX2__
  MstV4d a = mst_load_v4d (taps) * x[0], b = { 0.0 };
  for (unsigned k = 1; k < n; k += 2) {
    const MstV4d x0 = { x[k], x[k], x[k], x[k] }, x1 = { x[k + 1], x[k + 1], x[k + 1], x[k + 1] };
    a = mst_fma_v4d (mst_load_v4d (taps + 4 * k), x0, a);
    b = mst_fma_v4d (mst_load_v4d (taps + 4 * k + 4), x1, b);
  }
  mst_store_v4d (y, a + b);
#else
  MstV2d a = { 0.0 }, b = { 0.0 };
  for (unsigned k = 0; k < n; k++) {
    const MstV2d x0 = { x[k], x[k] };
    a = mst_fma_v2d (mst_load_v2d (taps + 4 * k), x0, a);
    b = mst_fma_v2d (mst_load_v2d (taps + 4 * k + 2), x0, b);
  }
  mst_store_v2d (y, a);
  mst_store_v2d (y + 2, b);
#endif
}

extern const MstTruePeakKernels MST_KERNEL (mst_truepeak_kernels);
const MstTruePeakKernels MST_KERNEL (mst_truepeak_kernels) = { detect, four };
