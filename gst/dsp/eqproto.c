/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqproto.h"
#include "eqcurve.h"
#include "isa.h"

#include <math.h>

MST_KERNEL_DECLARE (MstEqCurveKernels, mst_eq_curve_kernels);

const MstEqCurveKernels *
mst_eq_curve_kernels (void)
{
  return MST_KERNEL_CHOOSE (mst_eq_curve_kernels);
}

bool
mst_eq_type_has_gain (MstEqType type)
{
  return type <= MST_EQ_TILT_SHELF;
}

bool
mst_eq_slope_valid (MstEqType type, unsigned slope)
{
  switch (type) {
    case MST_EQ_LOW_SHELF:
    case MST_EQ_HIGH_SHELF:
      return slope == 6 || slope == 12;
    case MST_EQ_HIGH_PASS:
    case MST_EQ_LOW_PASS:
      return slope == 6 || slope == 12 || slope == 18 || slope == 24 || slope == 36 || slope == 48
          || slope == 72 || slope == 96;
    default:
      return true;
  }
}

unsigned
mst_eq_n_sections (MstEqType type, unsigned slope)
{
  if (type != MST_EQ_HIGH_PASS && type != MST_EQ_LOW_PASS)
    return 1;
  return (slope / 6 + 1) / 2;
}

/* The Butterworth polynomial of order slope/6 by pairs of poles, an odd order's real pole last. */
static void
butterworth (unsigned slope, double q, bool high, MstEqSection *sections)
{
  const unsigned order = slope / 6, pairs = order / 2;
  for (unsigned k = 0; k < pairs; k++) {
    const double section_q = order == 2 ? q : 0.5 / sin (M_PI * (2 * k + 1) / (2.0 * order));
    sections[k] = (MstEqSection) {
      { high ? 0.0 : 1.0, 0.0, high ? 1.0 : 0.0 }, { 1.0, 1.0 / section_q, 1.0 } };
  }
  if (order & 1)
    sections[pairs] = (MstEqSection) { { high ? 0.0 : 1.0, high ? 1.0 : 0.0, 0.0 }, { 1.0, 1.0, 0.0 } };
}

void
mst_eq_prototype (MstEqType type, double gain_db, double q, unsigned slope, MstEqSection *sections)
{
  const double a = pow (10.0, gain_db / 40.0), width = sqrt (a) / q;
  switch (type) {
    case MST_EQ_BELL:
      *sections = (MstEqSection) { { 1.0, a / q, 1.0 }, { 1.0, 1.0 / (a * q), 1.0 } };
      break;
    case MST_EQ_LOW_SHELF:
      if (slope == 6)
        *sections = (MstEqSection) { { a, 1.0, 0.0 }, { 1.0 / a, 1.0, 0.0 } };
      else
        *sections = (MstEqSection) { { a * a, a * width, a }, { 1.0, width, a } };
      break;
    case MST_EQ_HIGH_SHELF:
      if (slope == 6)
        *sections = (MstEqSection) { { 1.0, a, 0.0 }, { 1.0, 1.0 / a, 0.0 } };
      else
        *sections = (MstEqSection) { { a, a * width, a * a }, { a, width, 1.0 } };
      break;
    case MST_EQ_TILT_SHELF:
      *sections = (MstEqSection) { { 1.0, a, 0.0 }, { a, 1.0, 0.0 } };
      break;
    case MST_EQ_HIGH_PASS:
    case MST_EQ_LOW_PASS:
      butterworth (slope, q, type == MST_EQ_HIGH_PASS, sections);
      break;
    case MST_EQ_BAND_PASS:
      *sections = (MstEqSection) { { 0.0, 1.0 / q, 0.0 }, { 1.0, 1.0 / q, 1.0 } };
      break;
    case MST_EQ_NOTCH:
      *sections = (MstEqSection) { { 1.0, 0.0, 1.0 }, { 1.0, 1.0 / q, 1.0 } };
      break;
    default:
      *sections = (MstEqSection) { { 1.0, -1.0 / q, 1.0 }, { 1.0, 1.0 / q, 1.0 } };
      break;
  }
}

static double
quadratic_power (const double *c, double x)
{
  const double even = c[0] - c[2] * x * x, odd = c[1] * x;
  return even * even + odd * odd;
}

double
mst_eq_section_power (const MstEqSection *section, double x)
{
  return quadratic_power (section->n, x) / quadratic_power (section->d, x);
}
