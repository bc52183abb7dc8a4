/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For kernel files: a waveform at eight points a sample, for eight frames at once, by taps that mirror each other: with
 * s = x[n-j] + x[n+1+j] and d = x[n-j] - x[n+1+j],  E = sum e s,  O = sum o d,  y(n + p/8) = E + O,  y(n + 1 - p/8) = E - O.
 * @taps holds, for each pair j, even and odd part of phases 1, 2, 3 and then the middle one, as mst_interpolation_eighth () lays
 * them out. */
#pragma once

#include "vec8f.h"

/* y[p] gets the waveform at x[i] + p/8, p = 0 … 8. */
V8_FN void
mst_eighths (const float *x, const float *taps, int n_pairs, MstV8 y[9])
{
  MstV8 e[3], o[3], middle = mst_v8_set (0.0f);

  for (int p = 0; p < 3; p++)
    e[p] = o[p] = middle;
  for (int j = n_pairs - 1; j >= 0; j--) {      /* small ones first: less rounding */
    const float *c = taps + 7 * j;
    const MstV8 a = mst_v8_load_once (x - j), b = mst_v8_load_once (x + 1 + j);
    const MstV8 s = mst_v8_add (a, b), d = mst_v8_sub (a, b);
    for (int p = 0; p < 3; p++) {
      e[p] = mst_v8_fma (mst_v8_set (c[2 * p]), s, e[p]);
      o[p] = mst_v8_fma (mst_v8_set (c[2 * p + 1]), d, o[p]);
    }
    middle = mst_v8_fma (mst_v8_set (c[6]), s, middle);
  }
  y[0] = mst_v8_load (x);
  for (int p = 0; p < 3; p++) {
    y[1 + p] = mst_v8_add (e[p], o[p]);
    y[7 - p] = mst_v8_sub (e[p], o[p]);
  }
  y[4] = middle;
  y[8] = mst_v8_load (x + 1);
}

/* y(7/8) of the frame before x[0], by its 2 n_pairs taps in order. */
V8_FN float
mst_eighth_before (const float *x, const float *row, int n_pairs)
{
  MstV8 sum = mst_v8_set (0.0f);
  for (int i = 0; i < 2 * n_pairs; i += 8)
    sum = mst_v8_fma (mst_v8_load (row + i), mst_v8_load (x - n_pairs + i), sum);
  return mst_v8_sum (sum);
}
