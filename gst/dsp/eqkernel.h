/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The equaliser's curve as a symmetric kernel, that is, with linear phase: the analog magnitude (eqproto.h) of the bands of one path,
 * sampled from 0 Hz to half the rate, transformed back, cut to 2 half - 1 taps around tap half - 1, the outer quarter of each half
 * tapered by a raised cosine. Nothing bends near half the rate. The tail left out decays as exp (-t s), s the smallest real part
 * of a pole or zero, w0/(2 A q) of a bell: long for sharp bands at low frequencies. The error is measured on every design.
 *
 * Bands that no kernel can follow stay outside (mst_eq_kernel_takes ()): a notch has a zero on the axis, where the magnitude
 * has a corner and the tail falls as 1/n^2; so do high-passes of odd order, at 0 Hz, which matters below 100 Hz; dynamic bands move too
 * often; an all-pass is nothing but phase. */
#pragma once

#include "eq.h"

typedef struct _MstEqKernel MstEqKernel;

/* Whether @band, if enabled, belongs into the kernel. */
bool mst_eq_kernel_takes (const MstEqBand *band);

/* Which of the paths differ: bit 0 left and right, bit 1 mid and side. */
unsigned mst_eq_kernel_split (const MstEqParams *params);

/* Half lengths to choose from: the last is that of 65536 taps at 48 kHz (0.68 s at any rate), each the half of the next. */
#define MST_EQ_KERNEL_SIZES 6
size_t mst_eq_kernel_half (double rate_hz, unsigned size);
/* The smallest size whose error is at most MST_EQ_KERNEL_ERROR_DB, or the largest. Slow: designs several. */
#define MST_EQ_KERNEL_ERROR_DB 0.008
unsigned mst_eq_kernel_size_for (double rate_hz, const MstEqParams *params);

/* NULL if memory is short. */
MstEqKernel *mst_eq_kernel_new (double rate_hz, unsigned size);
#define MST_EQ_KERNEL_PATHS 4
/* @path: bit 0: with the bands on right, not left; bit 1: side, not mid. Writes 2 half - 1 taps. Returns the largest error in dB from
 * 10 Hz to min (20 kHz, 0.45 rate) where the curve is above -60 dB. */
double mst_eq_kernel_design (MstEqKernel *kernel, const MstEqParams *params, unsigned path, double *taps);
void mst_eq_kernel_free (MstEqKernel *kernel);
