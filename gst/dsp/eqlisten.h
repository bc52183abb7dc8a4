/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one band of the equaliser acts on, to be heard alone: bell, band-pass and notch by the band-pass of their frequency and q;
 * low shelf and high-pass by the Butterworth low-pass of 12 dB/octave at their frequency, high shelf and low-pass by the high-pass;
 * tilt and all-pass by everything. Of left, right, mid or side only that. Taken from the equaliser's input.
 * Listening begins and ends, and goes from channel to channel, on straight lines of 20 ms; the filter moves as eq.h says. */
#pragma once

#include "eq.h"

typedef struct _MstEqListen MstEqListen;

MstEqListen *mst_eq_listen_new (double rate_hz, unsigned n_channels, const char **error);
/* @band NULL: nothing to hear. */
void mst_eq_listen_set (MstEqListen *listen, const MstEqBand *band, size_t ramp_frames);
/* Whether hear () and mix () have anything to do. */
bool mst_eq_listen_active (const MstEqListen *listen);
/* The input, before the equaliser overwrites it; then what came of it. @n_frames <= 256, the same in both. */
void mst_eq_listen_hear (MstEqListen *listen, double *const *io, size_t first, size_t n_frames);
void mst_eq_listen_mix (MstEqListen *listen, double *const *io, size_t first, size_t n_frames);
void mst_eq_listen_reset (MstEqListen *listen);
void mst_eq_listen_free (MstEqListen *listen);
