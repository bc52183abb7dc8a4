/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The level of a signal without the ripple of its waveform: power = max (x^2, i^2 + q^2), where i and q are the signal through
 * two all-pass cascades 90 degrees apart. A steady sine of amplitude a reads a^2 all the time, so what follows needs no smoothing
 * against distortion, and no latency is added; x^2 catches an onset before the all-passes have passed it on.
 *
 * i and q are taken at every second frame (even since the last reset), x^2 at every one.
 *
 * Range: 90 degrees within 0.12 from 20 Hz to rate/2 - 20 Hz, so the power of a steady sine wobbles by at most 0.2 %
 * (0.009 dB) at twice its frequency. Computed in float: rounding noise below -100 dB re the signal. The all-passes take
 * time at low frequencies: a 100 Hz burst is seen by x^2 at its first crest, and let go 5 ms late.
 *
 * Half-band elliptic branch filters, poles turned by 90 degrees (Valenzuela, Constantinides: Digital signal processing schemes for
 * efficient interpolation and decimation, IEE Proc. G 130(6), 1983). */
#pragma once

#include <stddef.h>

typedef struct _MstEnvelope MstEnvelope;

/* @n_signals: 1 to 512 */
MstEnvelope *mst_envelope_new (double rate_hz, unsigned n_signals, const char **error);
/* One more of the same rate and number of signals, silent, without designing the filter again; NULL if memory is short */
MstEnvelope *mst_envelope_new_like (const MstEnvelope *);
/* @x, @power: by signal */
void mst_envelope_process (MstEnvelope *, const double *const *x, float *const *power, size_t n_frames);
/* What a fall of 10 to 20 dB of a tone of 10 kHz takes to be seen, ms */
double mst_envelope_fall_ms (double rate_hz);
void mst_envelope_reset (MstEnvelope *);
void mst_envelope_free (MstEnvelope *);
