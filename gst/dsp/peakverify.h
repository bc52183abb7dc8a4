/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A second reading of a waveform's true peak, finer and dearer than truepeak.h, for the few places where
 * it matters: eight points a sample, by two kinds of taps, and the parabola through three points at each
 * local maximum b of |y|, P = b + 0.133 (a-d)^2 / (2b-a-d) (0.133 for 1/8: high by up to 0.02 dB at
 * Nyquist, never low):
 *     64 taps, least squares up to 0.95 of Nyquist (what a long filter reads), and
 *     96 taps, 1 up to 0.907 of Nyquist and a raised cosine to 0 there (what a soft one reads).
 * Float; relative error of rounding < 2e-6. The whole has no state; any finite input up to 1e30. */
#pragma once

#define MST_PEAKVERIFY_GROUP 8
#define MST_PEAKVERIFY_BEFORE 48
#define MST_PEAKVERIFY_AFTER 48

typedef struct _MstPeakVerify MstPeakVerify;

MstPeakVerify *mst_peakverify_new (void);
void mst_peakverify_free (MstPeakVerify *);
/* The highest |y| from x[0] up to x[8] exclusive, by both readings or (the soft one is the same where
 * nothing lies above 0.907 of Nyquist) the sharp one alone; x[-BEFORE] … x[7 + AFTER] are read. */
float mst_peakverify_group (const MstPeakVerify *, const double *x, int soft_too);
