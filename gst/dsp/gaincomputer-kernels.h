/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels of gain.c, gain-curve.c and multiband.c without memory. Private.
 * Lines of MST_GAIN_BLOCK floats: whole vectors are read and written, up to 7 frames beyond @n_frames. */
#pragma once

#include <stddef.h>

/* A static curve at rest (gain-curve.h): bend is 1/(4 half_knee) or 0; side 1 acts above the threshold, -1 below */
typedef struct
{
  float threshold, half_knee, bend, slope, side, range;
} MstGainShape;

typedef struct
{
  /* 10 log10 max (power, 1e-20); |error| < 5e-5 dB */
  void (*level) (float *level, const float *power, size_t n_frames);
  /* The operations, and so the bits, of mst_orc_compressor_curve */
  void (*curve) (float *change, const float *level, const MstGainShape *, size_t n_frames);
  /* share + amount (10^((change + makeup)/20) - 1); the bits of mst_orc_compressor_factor */
  void (*factor) (float *factor, const float *change, float makeup, float share, float amount, size_t n_frames);
  /* out = sum over bands of factor[band stride] signal[band stride]; exactly @n_frames are written; @out none of the signals */
  void (*sum) (double *out, double *const *signal, const float *const *factor, unsigned n_bands, unsigned stride, size_t n_frames);
} MstGainComputerKernels;
