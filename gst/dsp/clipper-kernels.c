/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clipper-kernels.h"

#include <string.h>

#include "clipper.h"

#if defined(__AVX2__) && defined(__FMA__)
#define MULTIPLY_ADD(a, b, c) __builtin_fma (a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

static void
filter (const double *restrict x, const double *restrict taps, double *restrict sum)
{
  double even[8] = { 0.0 }, odd[8] = { 0.0 };

  for (int k = 0; k < MST_CLIPPER_TAPS; k += 2)
    for (int i = 0; i < 8; i++) {
      even[i] = MULTIPLY_ADD (taps[k], x[i + k], even[i]);
      odd[i] = MULTIPLY_ADD (taps[k + 1], x[i + k + 1], odd[i]);
    }
  for (int i = 0; i < 8; i++)
    sum[i] = even[i] + odd[i];
}

extern const MstClipperKernels MST_KERNEL (mst_clipper_kernels);
const MstClipperKernels MST_KERNEL (mst_clipper_kernels) = { filter };
