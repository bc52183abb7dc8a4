/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sections of Butterworth high- and low-passes, quickly. Such a section is a function of w0 = 2 pi f/rate alone, so fits (eqfit.h) are made
 * at nodes t = 2^(k/16), w0 = t/(1 + t/3.1), which are the denser the nearer to the top, each when it is first asked for;
 * between nodes the logarithms of the unknowns are cubics through four of them. For w0 up to 0.9 pi, above that the fit itself.
 * Magnitude within 0.0002 dB of the fit's at 99 of 100 frequencies, 0.012 dB at worst, near the top. About 0.15 us a section. */
#pragma once

#include "eq.h"
#include "eqfit.h"

typedef struct _MstEqTable MstEqTable;

MstEqTable *mst_eq_table_new (void);    /* NULL: out of memory */
void mst_eq_table_free (MstEqTable *table);
/* Whether @type at @slope is in it: high- and low-passes but those of 12 dB per octave, whose q is the user's. */
bool mst_eq_table_has (MstEqType type, unsigned slope);
/* @fit: all mst_eq_n_sections (type, slope) of them. The result is a function of the arguments. */
void mst_eq_table_fit (MstEqTable *table, const MstEqFitKernels *kernels, MstEqType type, unsigned slope, double f_hz, double rate_hz,
    MstEqFit *fit);
