/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Twice the mean square of a signal over a rectangular window of the last @window frames, so that a sine of amplitude a reads a^2:
 * exactly where the window holds whole half-periods, within 0.02 dB where it holds 20 periods or more.
 * Late by half the window. The running sum is summed anew each time the window has passed once: no drift. */
#pragma once

#include <stddef.h>

typedef struct _MstMeanSquare MstMeanSquare;

/* @window: frames, at least 1, by signal */
MstMeanSquare *mst_mean_square_new (unsigned n_signals, const size_t *window);   /* NULL without memory */
/* @x, @power: by signal */
void mst_mean_square_process (MstMeanSquare *, const double *const *x, float *const *power, size_t n_frames);
void mst_mean_square_reset (MstMeanSquare *);
void mst_mean_square_free (MstMeanSquare *);
