/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A second reading of a waveform's true peak, finer and dearer than truepeak.h, for the few places where
 * it matters.
 *     Sharp (what a long filter reads): 64 taps, least squares up to 0.95 of Nyquist, at eight points a sample, and the parabola
 *         through three points at each local maximum b of |y|, P = b + 0.133 (a-d)^2 / (2b-a-d) (0.133 for 1/8: high by up to
 *         0.02 dB at Nyquist, never low).
 *     Where something lies next to Nyquist a filter that is soft there may read more than a sharp one. Then both: 56 taps, least
 *         squares up to 0.95, and 72 taps, 1 up to 0.907 of Nyquist and a raised cosine to 0 there; each at four points a sample
 *         with the sinusoid of truepeak.h, and 0.03 dB on top, which is more than that misses of dense noise.
 *     At 48 kHz (above 44.1, up to 52) the soft one has 48 taps and rolls off from 20 kHz, where converters do; it is then also asked where
 *         more than 0.001 of the peak lies above that. Where a tone in the top of the band begins or ends all at once, the other one
 *         reads up to 0.5 dB more.
 * Float; relative error of rounding < 2e-6. The whole has no state; any finite input up to 1e30. */
#pragma once

#include <stddef.h>

#define MST_PEAKVERIFY_GROUP 8
#define MST_PEAKVERIFY_BEFORE 48
#define MST_PEAKVERIFY_AFTER 48
#define MST_PEAKVERIFY_GROUPS 32

typedef struct _MstPeakVerify MstPeakVerify;

MstPeakVerify *mst_peakverify_new (double rate_hz);
void mst_peakverify_free (MstPeakVerify *);
typedef enum
{
  MST_PEAKVERIFY_SHARP = 1,
  MST_PEAKVERIFY_BOTH,
  MST_PEAKVERIFY_ALL,           /* both, and at 48 kHz that from 0.907 of Nyquist too */
  MST_PEAKVERIFY_SOFT,          /* the other one is known to be lower */
  MST_PEAKVERIFY_SOFTS          /* of all, all but the sharp one */
} MstPeakVerifyBy;

/* p[k]: the highest |y| of group k, x[8 k] up to x[8 k + 8] exclusive, read as by[k] says; x[-BEFORE] … x[8 n_groups - 1 + AFTER] are read. At
 * most MST_PEAKVERIFY_GROUPS at once. */
void mst_peakverify_read (const MstPeakVerify *, const double *x, size_t n_groups, const unsigned char *by, float *p);
/* Whether more than 0.001 of @peak lies above 20 kHz in the group x[0] …, at rates where that matters to what is read. */
int mst_peakverify_has_top (const MstPeakVerify *, const double *x, double peak);
