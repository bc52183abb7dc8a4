/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peakverify-kernels.h"

#include "eighths.h"

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

/* The higher of b and c: only the larger of two neighbours can be a local maximum. */
static inline __attribute__ ((always_inline)) MstV8
fit_two (MstV8 a, MstV8 b, MstV8 c, MstV8 d)
{
  const MstV8 mb = mst_v8_abs (b), mc = mst_v8_abs (c);
  return fit (mst_v8_pick_ge (mb, mc, a, b), mst_v8_pick_ge (mb, mc, b, c), mst_v8_pick_ge (mb, mc, c, d));
}

static float
sharp (const float *x, const float *taps, const float *row)
{
  MstV8 y[9], top;

  mst_eighths (x, taps, MST_PEAKVERIFY_PAIRS, y);
  top = fit_two (mst_v8_shift_in (y[7], mst_eighth_before (x, row, MST_PEAKVERIFY_PAIRS)), y[0], y[1], y[2]);
  for (int p = 2; p < 8; p += 2)
    top = mst_v8_max (top, fit_two (y[p - 1], y[p], y[p + 1], y[p + 2]));
  return mst_v8_top (top);
}

static float
power (const float *x, const float *even, const float *odd)
{
  MstV8 e = mst_v8_set (0.0f), o = e;

  for (int i = 0; i < MST_PEAKVERIFY_TOP_TAPS; i += 8) {
    e = mst_v8_fma (mst_v8_load (even + i), mst_v8_load (x + i), e);
    o = mst_v8_fma (mst_v8_load (odd + i), mst_v8_load (x + i), o);
  }
  const float re = mst_v8_sum (e), im = mst_v8_sum (o);
  return re * re + im * im;
}

extern const MstPeakVerifyKernels MST_KERNEL (mst_peakverify_kernels);
const MstPeakVerifyKernels MST_KERNEL (mst_peakverify_kernels) = { sharp, power };
