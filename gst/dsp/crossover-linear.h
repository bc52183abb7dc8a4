/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Splits a signal into 2 to 8 bands of Linkwitz-Riley magnitude and no phase: with L_i (f) = 1/(1 + (f/f_i)^4), analog frequencies, each
 * split of the tree of crossover.h multiplies by L or by 1 - L, which sum to 1. All bands are late by the same
 * mst_linear_crossover_latency (); the last is what the others leave of the delayed input, so that their sum is that delay to the bit.
 *
 * Symmetric kernels of 2 half - 1 taps, half = 13.8/(0.7071 2 pi 20 Hz) = 155 ms: at 20 Hz, the lowest frequency, the analog response has
 * fallen to 1e-6 there; the outer quarter is tapered. Slopes within 0.1 dB down to -60 dB. Late by half - 1 frames and a
 * block of about half/4: 0.2 s, the same for all frequencies. Kernels from frequency samples, applied by convolver.h.
 *
 * Frequencies as in crossover.h, at least 20 Hz. New ones are heard from a block that starts after they were set, counted
 * from reset, cross-faded over a block; the sum stays the delay all the time. */
#pragma once

#include <stddef.h>

typedef struct _MstLinearCrossover MstLinearCrossover;

MstLinearCrossover *mst_linear_crossover_new (double rate_hz, unsigned n_channels, unsigned n_bands, const char **error);
void mst_linear_crossover_set (MstLinearCrossover *, const double *upper_hz);
/* As mst_crossover_process () */
void mst_linear_crossover_process (MstLinearCrossover *, const double *const *in, double *const *bands, size_t n_frames);
size_t mst_linear_crossover_latency (const MstLinearCrossover *);
void mst_linear_crossover_reset (MstLinearCrossover *);
void mst_linear_crossover_free (MstLinearCrossover *);
