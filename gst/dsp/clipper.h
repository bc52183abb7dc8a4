/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Anti-aliased clipper in residual form: what passes is the input, late, to the bit; only what clipping
 * takes away goes through filters.
 *     u = x at 8 times the rate,   y[n - lag] = x[n - lag] + down (f (u) - u),   lag 64 frames
 *     hard:  f (u) = u up to T, T above
 *     soft:  f (u) = u up to T/2, then T/2 + s - s^2 / (2 T), s = |u| - T/2, up to 3T/2, then T: C1, no
 *         corner
 * f (u) - u is averaged between neighbouring points, (F (u) - F (v)) / (u - v) with F its integral
 * (first-order antiderivative anti-aliasing, whose half step is taken back in the decimator's phase). Both
 * filters: 64 taps a phase, Kaiser, cut at half the rate, 1 to 0.9 and -90 dB from 1.1 of Nyquist. The
 * residual is float: 1e-7 of it is rounding. A stretch that cannot reach the threshold by the bound of
 * truepeakbound.h is not filtered at all. J. D. Parker et al., Reducing the aliasing of nonlinear waveshaping using continuous-time convolution, DAFx 2016. */
#pragma once

#include <stddef.h>

typedef enum
{
  MST_CLIP_NONE,
  MST_CLIP_SOFT,
  MST_CLIP_HARD
} MstClipShape;

#define MST_CLIPPER_LAG 64
#define MST_CLIPPER_GROUP 8
#define MST_CLIPPER_UP 8
#define MST_CLIPPER_TAPS 64
#define MST_CLIPPER_BEFORE 80

typedef struct _MstClipper MstClipper;

MstClipper *mst_clipper_new (MstClipShape shape, unsigned n_channels);  /* shape soft or hard */
void mst_clipper_free (MstClipper *);
void mst_clipper_reset (MstClipper *);
/* @n_groups new groups of 8 frames from x[0] on; MST_CLIPPER_BEFORE frames before them are read. threshold[k]: T > 0, linear, of
 * the group at x[8 k - LAG / 2]. y[0] … get the groups from x[-LAG] on. */
void mst_clipper_process (MstClipper *, unsigned channel, const double *x, size_t n_groups, const double *threshold, double *y);
