/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqcurve.h"
#include "isa.h"

static void
multiply (double *power, size_t n, const MstEqSection *section, double step)
{
  const double n0 = section->n[0], n1 = section->n[1] * section->n[1], n2 = section->n[2];
  const double d0 = section->d[0], d1 = section->d[1] * section->d[1], d2 = section->d[2];
  for (size_t i = 0; i < n; i++) {
    const double x = (double) (int) i * step, x2 = x * x, a = n0 - n2 * x2, b = d0 - d2 * x2;
    power[i] *= (a * a + n1 * x2) / (b * b + d1 * x2);
  }
}

extern const MstEqCurveKernels MST_KERNEL (mst_eq_curve_kernels);
const MstEqCurveKernels MST_KERNEL (mst_eq_curve_kernels) = { multiply };
