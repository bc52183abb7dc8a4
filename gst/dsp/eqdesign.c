/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqdesign.h"

#include <math.h>

#define LEAST_DB 0.05

void
mst_eq_design (MstEqTable *table, const MstEqFitKernels *kernels, MstEqType type, unsigned slope, double f_hz, double gain_db,
    double q, double rate_hz, MstEqFit *fit)
{
  MstEqSection section[MST_EQ_MAX_SECTIONS];
  const unsigned n = mst_eq_n_sections (type, slope);
  if (mst_eq_table_has (type, slope)) {
    mst_eq_table_fit (table, kernels, type, slope, f_hz, rate_hz, fit);
    return;
  }
  const bool small = mst_eq_type_has_gain (type) && fabs (gain_db) < LEAST_DB;
  const double least = copysign (LEAST_DB, gain_db);
  mst_eq_prototype (type, small ? least : gain_db, q, slope, section);
  for (unsigned i = 0; i < n; i++) {
    kernels->fit (&section[i], f_hz, rate_hz, &fit[i]);
    if (!small)
      continue;
    const double share = gain_db / least, centre = sqrt (fit[i].cz * fit[i].cp), apart = pow (fit[i].cz / centre, share);
    for (int k = 0; k < 3; k++)
      fit[i].n[k] = fit[i].d[k] * pow (fit[i].n[k] / fit[i].d[k], share);
    fit[i].cz = centre * apart;
    fit[i].cp = centre / apart;
  }
}
