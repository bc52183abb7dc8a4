/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Long finite impulse responses: each output is a sum of inputs convolved with kernels,
 *     out[o][n] = sum over routes (i, o, k) of sum over t of kernel[k][t] in[i][n - block - t],
 * by blocks of @block frames counted from reset: the transform of an input is shared by all its routes, that of an output by
 * all that go into it (fft.h). Late by one block. Products with the past are spread over the block.
 *
 * A new kernel is heard from the first block that starts at or after the frame where it was set, cross-faded by a raised cosine
 * of fade_frames; set again while a fade is under way it waits for the end of that fade, and the last one set counts. Both
 * kernels hear the same past, so between two kernels every moment of a fade is a weighted mean of the two outputs.
 * Kernels of zeros cost nothing; those of one tap are a gain and a delay, exact to the bit, which cost almost nothing: inputs that
 * meet only such are not transformed.
 * An input that was zero for longer than a kernel gives exact zeros. Rounding noise: some 1e-16 of the loudest in a block.
 * T. Stockham, High-speed convolution and correlation, 1966; parts: B. Kulp, Digital equalization using Fourier transform
 * techniques, 1988; W. Gardner, Efficient convolution without input-output delay, 1995, section 2. */
#pragma once

#include <stddef.h>

typedef struct _MstConvolver MstConvolver;

typedef struct
{
  unsigned input, output, kernel;
} MstConvolverRoute;

typedef struct
{
  unsigned n_inputs, n_outputs, n_kernels, n_routes;
  const MstConvolverRoute *routes;      /* copied */
  size_t max_taps;              /* of every kernel */
  size_t block;                 /* a power of two, 16 or more */
  size_t fade_frames;           /* 1 or more */
} MstConvolverSetup;

/* A block that costs little for kernels of @max_taps. */
size_t mst_convolver_best_block (size_t max_taps);

/* All kernels are zero. @error may be NULL. */
MstConvolver *mst_convolver_new (const MstConvolverSetup *setup, const char **error);
/* @taps are copied; @n_taps <= max_taps. Before the first frame since reset: at once. Takes n_taps/block transforms. */
void mst_convolver_set_kernel (MstConvolver *convolver, unsigned kernel, const double *taps, size_t n_taps);
/* Outputs may be inputs: all of these are read first. */
void mst_convolver_process (MstConvolver *convolver, double *const *in, double *const *out, size_t n_frames);
size_t mst_convolver_latency (const MstConvolver *convolver);   /* block */
/* Silence before; kernels that were waiting or faded in are there at once. */
void mst_convolver_reset (MstConvolver *convolver);
void mst_convolver_free (MstConvolver *convolver);
