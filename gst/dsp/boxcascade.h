/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Three moving averages in a row: a smoothing FIR of `span` taps >= 0 with sum 1, sides falling as 1/f^3,
 * so its output never exceeds the highest of the last `span` inputs and never undercuts the lowest. Box
 * lengths n1 + n2 + n3 - 2 = span, as equal as they can be. Inputs 0 … 1 are taken down to a multiple of
 * 2^-bits (36 or what keeps the sums below 2^62) and summed as integers: no drift, and after `span` inputs
 * of 1 the output is 1.0 exactly. Causal: output n covers inputs n - span + 1 … n. Before the first input
 * all were 1. */
#pragma once

#include <stddef.h>

typedef struct _MstBoxCascade MstBoxCascade;

MstBoxCascade *mst_boxcascade_new (size_t span);        /* span 1 … 100 000; NULL without memory */
void mst_boxcascade_free (MstBoxCascade *);
void mst_boxcascade_reset (MstBoxCascade *);
void mst_boxcascade_copy (MstBoxCascade *to, const MstBoxCascade *from);        /* of the same span */
/* Whether every input it still knows is 1. */
int mst_boxcascade_is_resting (const MstBoxCascade *);
/* Each of @n_cells inputs lasts @cell_frames frames; out[] gets n_cells * cell_frames. Returns nonzero if
 * any output is below 1. */
int mst_boxcascade_process (MstBoxCascade *, const double *cells, size_t n_cells, size_t cell_frames, double *out);
