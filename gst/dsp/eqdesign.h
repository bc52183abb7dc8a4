/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sections of a band at a frequency, gain and q, at rest and in motion: those of eqfit.h, or between those of eqtable.h where
 * the type has a table. Towards 0 dB the fit loses its hold on the poles, which must not turn about while a gain glides
 * through: below 0.05 dB they are those of 0.05 dB, and the zeros meet them at 0. */
#pragma once

#include "eqtable.h"

/* Writes mst_eq_n_sections () of @fit; @f_hz in the range of mst_eq_effective_frequency () */
void mst_eq_design (MstEqTable *table, const MstEqFitKernels *kernels, MstEqType type, unsigned slope, double f_hz, double gain_db,
    double q, double rate_hz, MstEqFit *fit);
