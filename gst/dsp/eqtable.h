/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sections of Butterworth high- and low-passes, quickly. Such a section is a function of w0 = 2 pi f/rate alone, so fits (eqfit.h) are made
 * at nodes, 16 an octave and more near the top, each when it is first asked for. Between nodes the logarithms of the unknowns are
 * cubics with the slopes of their neighbours, so that a gliding frequency meets no corner. For w0 up to 2.77 (high-pass) and
 * 2.9 (low-pass), above that the fit itself. About 0.15 us a section. */
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
