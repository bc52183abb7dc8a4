/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The equaliser with linear phase: the bands that a kernel can follow (eqkernel.h) as one convolution (convolver.h), of left and right
 * to left and right, so that bands on left, right, mid and side are kernels too; behind it the other bands and the output gain
 * with minimum phase (eq.h); `listen` from the input as in eq.h. The group delay of the kernels is half - 1 frames exactly;
 * late by that and a block of 20 ms to an eighth of the kernel, whichever is longer.
 *
 * Motion: what was set at frame t is heard from output frame t on, the bands behind as eq.h says; kernels at block boundaries, cross-faded
 * over a block, the curve being that of the last change before. Kernels are designed in the quarters of the block before, of
 * frames counted from reset. Of more than one change in 32 frames, over a whole latency, the last ones count. */
#pragma once

#include "eq.h"
#include "eqkernel.h"

typedef struct _MstEqLinear MstEqLinear;

/* @size: of the kernel, below MST_EQ_KERNEL_SIZES. At rest with no bands. */
MstEqLinear *mst_eq_linear_new (double rate_hz, unsigned n_channels, unsigned size, const char **error);
void mst_eq_linear_set_params (MstEqLinear *eq, const MstEqParams *params, size_t ramp_frames);
void mst_eq_linear_process (MstEqLinear *eq, double *const *io, size_t n_frames);
size_t mst_eq_linear_latency (const MstEqLinear *eq);
void mst_eq_linear_reset (MstEqLinear *eq);
void mst_eq_linear_free (MstEqLinear *eq);

/* Largest error of the kernels heard or about to be (eqkernel.h), dB. */
double mst_eq_linear_error_db (const MstEqLinear *eq);
/* Whether kernels of this size would be exact for @params, within MST_EQ_KERNEL_ERROR_DB, or longer ones do not exist. */
bool mst_eq_linear_suffices (MstEqLinear *eq, const MstEqParams *params);
