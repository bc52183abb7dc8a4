/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqfit.h"
#include "isa.h"

#include <math.h>

MST_KERNEL_DECLARE (MstEqFitKernels, mst_eq_fit_kernels);

const MstEqFitKernels *
mst_eq_fit_kernels (void)
{
  return MST_KERNEL_CHOOSE (mst_eq_fit_kernels);
}

static double
quadratic_power (const double *c, double phi0, double phi1)
{
  const double even = c[0] * phi0 - c[1] * phi1;
  return even * even + 4.0 * c[2] * c[2] * phi0 * phi1;
}

double
mst_eq_fit_power (const MstEqFit *fit, double f_hz, double rate_hz)
{
  const double h = sin (M_PI * f_hz / rate_hz), phi1 = h * h, phi0 = 1.0 - phi1;
  return quadratic_power (fit->n, phi0, phi1) / quadratic_power (fit->d, phi0, phi1)
      * (phi0 + fit->cz * fit->cz * phi1) / (phi0 + fit->cp * fit->cp * phi1);
}
