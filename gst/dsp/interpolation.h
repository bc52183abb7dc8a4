/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taps that read a sampled waveform between its samples. h[i], i = 0 … n_taps-1 (even), multiplies x[n -
 * (n_taps/2 - 1) + i] and the sum is the waveform at n + fraction, 0 <= fraction < 1. */
#pragma once

/* Least squares over 0 … @edge (fraction of Nyquist, below 1): the taps that minimise the mean of |H(f) -
 * e^(j pi f fraction)|^2 there: R h = q, R_jk = e sinc (e (j - k)), q_k = e sinc (e (k - fraction)),
 * with the sum of h held at 1 (h + lambda R^-1 1): a slow wave is read alike at every fraction.
 * Largest error in the band: 48 taps, e 0.90: -63 dB; 64 taps, e 0.95: -42 dB; 32 taps, e 0.85: -63 dB.
 * @fraction 0 gives the sample itself. At most 128 taps. Not in a process call. T. I. Laakso et al.,
 * Splitting the Unit Delay, IEEE SP Magazine 13(1), 1996, eq. 17-22. */
void mst_interpolation_least_squares (unsigned n_taps, double edge, double fraction, double *h);

/* The waveform behind a low-pass that is 1 up to @edge and falls as a raised cosine to 0 at Nyquist (what
 * a converter with a soft filter reads): w sinc (w t) cos (pi b w t) / (1 - (2 b w t)^2), w = (edge + 1) /
 * 2, b = (1 - edge) / (1 + edge), cut to n_taps and normalised to 1 at 0 Hz. */
void mst_interpolation_soft (unsigned n_taps, double edge, double fraction, double *h);

/* As eighths.h takes them: 2 n_pairs taps of phase @p of eight, 1 … 4 or 7, at its place in folded[7 n_pairs] or, phase 7, in
 * row[2 n_pairs]. */
void mst_interpolation_eighth (const double *h, int n_pairs, int p, float *folded, float *row);
