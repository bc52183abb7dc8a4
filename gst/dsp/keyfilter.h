/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* High-pass of what a detector hears: second-order Butterworth, 12 dB/octave, -3 dB at its frequency; trapezoidal state-variable filter
 * (Simper 2013). Only levels are made of its output, so a new frequency takes effect at once. */
#pragma once

#include <stddef.h>

typedef struct _MstKeyFilter MstKeyFilter;

MstKeyFilter *mst_key_filter_new (double rate_hz, unsigned n_signals);  /* NULL without memory */
/* Up to 0.45 of the rate */
void mst_key_filter_set (MstKeyFilter *, double hz);
/* @in, @out: by signal */
void mst_key_filter_process (MstKeyFilter *, const double *const *in, double *const *out, size_t n_frames);
void mst_key_filter_reset (MstKeyFilter *);
void mst_key_filter_free (MstKeyFilter *);
