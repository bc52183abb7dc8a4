/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* True peak of a sampled waveform: read at four points a sample, then the top of the sinusoid through
 * three points.
 *     y(n + p/4), p = 0 … 3: least-squares taps (interpolation.h); p = 0 is the sample itself
 *     at a local maximum b of |y| between a and d (signs as b):  q = (a-d)^2 / ((2b-a-d)(2b+a+d)),  P = b
 *         sqrt (1 + q)
 * P is exact for any sinusoid the taps can see; without it four points under-read by 0.69 dB at Nyquist,
 * 0.17 dB at half of it. 48 taps and edge 0.90: sines within 0.01 dB up to 0.45 of the rate. P <= b / cos
 * (pi/8), so P never over-reads by more than 0.69 dB. The square root is its series to q^3: low by <
 * 0.0004 dB. Float; relative error of rounding < 1e-6. Any finite input; above 1e18 q is taken as its
 * upper limit. Whoever measures holds MST_TRUEPEAK_BEFORE and _AFTER frames beside the block. */
#pragma once

#include <stddef.h>

#define MST_TRUEPEAK_GROUP 8    /* frames done together */
#define MST_TRUEPEAK_MAX_TAPS 96
/* Frames read before the first and after the last one of a call, for @n_taps taps. */
#define MST_TRUEPEAK_BEFORE(n_taps) ((n_taps) / 2)
#define MST_TRUEPEAK_AFTER(n_taps) ((n_taps) / 2)

typedef struct _MstTruePeak MstTruePeak;

/* @n_taps a multiple of 8, 16 … 96; @edge: fraction of Nyquist up to which the taps are fitted. 48, 0.90 is the
 * reference; 32, 0.85 will do where the programme leaves the top of the band empty (rates from 88.2 kHz).
 * NULL on nonsense. */
MstTruePeak *mst_truepeak_new (unsigned n_taps, double edge);
/* The same by one of the filters of interpolation.h. */
typedef enum
{
  MST_TRUEPEAK_SHARP,           /* least squares up to @edge */
  MST_TRUEPEAK_SOFT             /* raised cosine from @edge on */
} MstTruePeakFilter;
MstTruePeak *mst_truepeak_new_by (MstTruePeakFilter filter, unsigned n_taps, double edge);
void mst_truepeak_free (MstTruePeak *);

/* Frames 0 … 8 * n_groups - 1 of @x; x[-BEFORE] … x[8 * n_groups + AFTER - 1] are read. p[n] (may be NULL)
 * is the highest |y| from n up to, not including, n + 1, of_group[k] (may be NULL) that of a group, and the return that of all. Groups whose
 * four points stay below @fit_above / 1.0824 are not fitted: their p is up to 0.69 dB low, but certain to
 * lie below @fit_above. 0 fits all. */
float mst_truepeak_detect (const MstTruePeak *, const float *x, size_t n_groups, float fit_above, float *p, float *of_group);

/* The same for one frame in double: the highest |y| from x[0] up to x[1], x[-BEFORE] … x[AFTER] read. Some
 * 200 multiplications, four at once; for the few places where the float's 1e-7 is heard as gain noise (-143 dB on a
 * tone). */
double mst_truepeak_refine (const MstTruePeak *, const double *x);

/* A bound that costs less: no reading, fitted or not, in a stretch whose highest sample (BEFORE and AFTER
 * included) is m exceeds m times this. */
float mst_truepeak_bound (const MstTruePeak *);
