/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Splits a signal into 1 to 8 bands of Linkwitz-Riley slopes of fourth or eighth order (24 or 48 dB/octave, -6 dB at the crossover)
 * whose sum is an all-pass: flat to 1e-9 dB however many bands, whatever the frequencies.
 *
 * Each split gives the squared Butterworth low-pass and (all-pass - low); low + high is the all-pass (s2 - k s + 1)/(s2 + k s + 1),
 * k = sqrt 2, or the two of fourth-order Butterworth for LR8 (Linkwitz, Riley: Active crossover networks for noncoincident drivers, JAES 24(1), 1976). In a tree each branch goes
 * through the all-passes of the splits it does not see, so that all bands have the same phase (D'Appolito: Active realization
 * of multiway all-pass crossover systems, JAES 35(4), 1987). Bilinear: f stands at the warped tan (pi f / rate). No latency.
 *
 * Frequencies: crossover i is at min (max (f_0 ... f_i), 0.45 rate), at least 1 Hz: one below its left neighbour is raised to it. */
#pragma once

#include <stddef.h>

#define MST_CROSSOVER_MAX_BANDS 8

typedef enum { MST_CROSSOVER_LR4, MST_CROSSOVER_LR8 } MstCrossoverType;

typedef struct _MstCrossover MstCrossover;

MstCrossover *mst_crossover_new (double rate_hz, unsigned n_channels, unsigned n_bands, MstCrossoverType, const char **error);
/* @upper_hz: the n_bands - 1 crossovers. Each moves along log f in @ramp_frames (0: at once); one that stays keeps the ramp it is on. */
void mst_crossover_set (MstCrossover *, const double *upper_hz, size_t ramp_frames);
/* @in: planar, by channel. @bands: planar, by band * n_channels + channel, not overlapping @in. Any @n_frames. */
void mst_crossover_process (MstCrossover *, const double *const *in, double *const *bands, size_t n_frames);
/* As new; the frequencies jump to their targets */
void mst_crossover_reset (MstCrossover *);
void mst_crossover_free (MstCrossover *);
