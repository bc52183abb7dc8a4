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

extern const MstTruePeakBoundKernels MST_KERNEL (mst_truepeakbound_kernels);
const MstTruePeakBoundKernels MST_KERNEL (mst_truepeakbound_kernels) = { measure };
