/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The level of a signal without the ripple of its waveform: power = max (x^2, min (i^2 + q^2, most (c^2 + d^2))), where i and q are the signal
 * through two all-pass cascades 90 degrees apart. A steady sine of amplitude a reads a^2 all the time, so what follows needs no smoothing
 * against distortion, and no latency is added; x^2 catches an onset before the all-passes have passed it on.
 *
 * c and d are i and q after the first two sections, which alone are a pair within 18 to 46 degrees of 90: what they read of a steady tone varies, but they
 * forget it in half of the time. most = 1/(1 - sin 46), or what it is, makes them the most that a steady tone can have, so that its level
 * stays what it is and a fall is seen sooner; only of signals with a short release (set_release), since the beats of some mixtures of tones
 * get deeper: of 60 Hz and 7 kHz as loud the gain follows them by 6 dB more.
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
/* Falls of @signal are seen quickly where @release_ms is short, up to 2 ms, less and less above; INFINITY, as at first: never */
void mst_envelope_set_release (MstEnvelope *, unsigned signal, double release_ms);
/* What a rise and a fall of 3 to 20 dB of a tone of 10 kHz take to be seen, ms */
double mst_envelope_rise_ms (double rate_hz);
double mst_envelope_fall_ms (double rate_hz, double release_ms);
void mst_envelope_reset (MstEnvelope *);
void mst_envelope_free (MstEnvelope *);
