/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "truepeakbound.h"

#include "vec8f.h"

static void
measure (const float *x, float *highest, float *bend)
{
  MstV8 top = mst_v8_set (0.0f), most = mst_v8_set (0.0f);
  for (unsigned i = 0; i < MST_TRUEPEAK_HOP; i += 8) {
    const MstV8 a = mst_v8_load (x + i), b = mst_v8_load (x + i - 1), c = mst_v8_load (x + i - 2);
    top = mst_v8_max (top, mst_v8_abs (a));
    most = mst_v8_max (most, mst_v8_abs (mst_v8_sub (mst_v8_sub (a, b), mst_v8_sub (b, c))));
  }
  *highest = mst_v8_top (top);
  *bend = mst_v8_top (most);
}

static void
measure_groups (const float *x, size_t n_groups, float *highest, float *bend)
{
  for (size_t k = 0; k < n_groups; k++, x += 8) {
    const MstV8 a = mst_v8_load (x), b = mst_v8_load (x - 1), c = mst_v8_load (x - 2);
    highest[k] = mst_v8_top (mst_v8_abs (a));
    bend[k] = mst_v8_top (mst_v8_abs (mst_v8_sub (mst_v8_sub (a, b), mst_v8_sub (b, c))));
  }
}

extern const MstTruePeakBoundKernels MST_KERNEL (mst_truepeakbound_kernels);
const MstTruePeakBoundKernels MST_KERNEL (mst_truepeakbound_kernels) = { measure, measure_groups };
