/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* With u and v neighbouring points, m = |u| - knee within 0 … width and c = |u| - knee - width from 0 on (n and d those of v), what is
 * taken is -m^2/2 - c and its integral even, so the mean between them is
 *     (F (u) - F (v)) / (u - v) = -(m^2 + m n + n^2)/6 (m - n)/(u - v) - (width + c + d)/2 (c - d)/(u - v)
 * where both quotients lie within ±1: nothing is lost to cancellation. Points too close are taken apart about their middle. */
#include "clipper-kernels.h"

#include "eighths.h"

#define CLOSE 0x1p-17f          /* of the threshold, */
#define CLOSE_FAR 0x1p-20f      /* and of the points: some steps of float, where they are far over it */

static inline __attribute__ ((always_inline)) MstV8
mean_taken (MstV8 u, MstV8 v, float knee, float width)
{
  const MstV8 zero = mst_v8_set (0.0f), middle = mst_v8_mul (mst_v8_set (0.5f), mst_v8_add (u, v));
  const MstV8 step = mst_v8_sub (u, v), half = mst_v8_mul (mst_v8_set (0.5f), step);
  const MstV8 close = mst_v8_max (mst_v8_set (CLOSE), mst_v8_mul (mst_v8_abs (middle), mst_v8_set (CLOSE_FAR)));
  /* As far from their middle as they are, or as close is */
  const MstV8 apart = mst_v8_add (half, mst_v8_if_ge (close, mst_v8_abs (step), close));
  const MstV8 is_close = mst_v8_if_ge (close, mst_v8_abs (step), mst_v8_set (1.0f));
  const MstV8 a = mst_v8_fma (is_close, mst_v8_sub (mst_v8_add (middle, apart), u), u);
  const MstV8 b = mst_v8_fma (is_close, mst_v8_sub (mst_v8_sub (middle, apart), v), v);
  const MstV8 over_a = mst_v8_max (mst_v8_sub (mst_v8_abs (a), mst_v8_set (knee)), zero);
  const MstV8 over_b = mst_v8_max (mst_v8_sub (mst_v8_abs (b), mst_v8_set (knee)), zero);
  const MstV8 m = mst_v8_min (over_a, mst_v8_set (width)), n = mst_v8_min (over_b, mst_v8_set (width));
  const MstV8 c = mst_v8_sub (over_a, m), d = mst_v8_sub (over_b, n);
  const MstV8 inverse = mst_v8_div (mst_v8_set (1.0f), mst_v8_sub (a, b));
  const MstV8 squares = mst_v8_fma (n, n, mst_v8_mul (m, mst_v8_add (m, n)));
  const MstV8 curved = mst_v8_mul (mst_v8_mul (squares, mst_v8_set (1.0f / 6.0f)), mst_v8_sub (m, n));
  const MstV8 flat = mst_v8_mul (mst_v8_mul (mst_v8_add (mst_v8_set (width), mst_v8_add (c, d)), mst_v8_set (0.5f)),
      mst_v8_mul (mst_v8_sub (c, d), inverse));
  return mst_v8_sub (zero, mst_v8_fma (curved, inverse, flat));
}

static inline __attribute__ ((always_inline)) unsigned
residual_of (const float *x, const float *up, const float *row, float scale, float knee, float width, MstClipperResidual r)
{
  const MstV8 by = mst_v8_set (scale), back = mst_v8_set (1.0f / scale);
  MstV8 y[9], before, highest, most = mst_v8_set (0.0f);
  float any[8];
  unsigned frames = 0;

  mst_eighths (x, up, MST_CLIPPER_PAIRS, y);
  y[8] = mst_v8_shift_in (y[7], mst_eighth_before (x, row, MST_CLIPPER_PAIRS));
  highest = mst_v8_abs (y[8]);
  for (int p = 0; p < 8; p++)
    highest = mst_v8_max (highest, mst_v8_abs (y[p]));
  if (mst_v8_top (highest) * scale <= knee * (1.0f - 4.0f * CLOSE))
    return 0;
  before = mst_v8_mul (y[8], by);
  for (int p = 0; p < 8; p++) {
    const MstV8 now = mst_v8_mul (y[p], by), taken = mst_v8_mul (mean_taken (now, before, knee, width), back);
    most = mst_v8_max (most, mst_v8_abs (taken));
    mst_v8_store (r[p], taken);
    before = now;
  }
  mst_v8_store (any, most);
  for (int i = 0; i < 8; i++)
    frames |= (unsigned) (any[i] > 0.0f) << i;
  return frames;
}

static unsigned
residual (const float *x, const float *up, const float *row, float scale, float knee, float width, MstClipperResidual r)
{
  return width > 0.0f ? residual_of (x, up, row, scale, knee, 1.0f, r) : residual_of (x, up, row, scale, knee, 0.0f, r);
}

static void
spread (const MstClipperResidual r, unsigned frames, const float (*down)[MST_CLIPPER_UP][MST_CLIPPER_REACH], float *acc)
{
  enum { N = MST_CLIPPER_REACH / 8 };
  MstV8 sum[N];

#pragma GCC unroll 9
  for (int k = 0; k < N; k++)
    sum[k] = mst_v8_load_once (acc + 8 * k);
  for (int i = 0; i < 8; i++) {
    if (!(frames >> i & 1))
      continue;
    for (int p = 0; p < 8; p++) {
      const MstV8 of_p = mst_v8_set (r[p][i]);
      for (int k = 0; k < N; k++)
        sum[k] = mst_v8_fma (mst_v8_load (down[i][p] + 8 * k), of_p, sum[k]);
    }
  }
#pragma GCC unroll 9
  for (int k = 0; k < N; k++)
    mst_v8_store (acc + 8 * k, sum[k]);
}

extern const MstClipperKernels MST_KERNEL (mst_clipper_kernels);
const MstClipperKernels MST_KERNEL (mst_clipper_kernels) = { residual, spread };
