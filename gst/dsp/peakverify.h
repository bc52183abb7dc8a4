/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A second reading of a waveform's true peak, finer and dearer than truepeak.h, for the few places where
 * it matters.
 *     Sharp (what a long filter reads): 64 taps, least squares up to 0.95 of Nyquist, at eight points a sample, and the parabola
 *         through three points at each local maximum b of |y|, P = b + 0.133 (a-d)^2 / (2b-a-d) (0.133 for 1/8: high by up to
 *         0.02 dB at Nyquist, never low).
 *     Where something lies next to Nyquist a filter that is soft there may read more than a sharp one. Then both: 56 taps, least
 *         squares up to 0.95, and 72 taps, 1 up to 0.907 of Nyquist and a raised cosine to 0 there; each at four points a sample
 *         with the sinusoid of truepeak.h, and 0.03 dB on top, which is more than that misses of dense noise.
 * Float; relative error of rounding < 2e-6. The whole has no state; any finite input up to 1e30. */
#pragma once

#include <stddef.h>

#define MST_PEAKVERIFY_GROUP 8
#define MST_PEAKVERIFY_BEFORE 48
#define MST_PEAKVERIFY_AFTER 48
#define MST_PEAKVERIFY_GROUPS 32

typedef struct _MstPeakVerify MstPeakVerify;

MstPeakVerify *mst_peakverify_new (void);
void mst_peakverify_free (MstPeakVerify *);
/* p[k]: the highest |y| of group k, x[8 k] up to x[8 k + 8] exclusive, by the sharp filter, or by both where both[k];
 * x[-BEFORE] … x[8 n_groups - 1 + AFTER] are read. At most MST_PEAKVERIFY_GROUPS at once. */
void mst_peakverify_read (const MstPeakVerify *, const double *x, size_t n_groups, const unsigned char *both, float *p);
