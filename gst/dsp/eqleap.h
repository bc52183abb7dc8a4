/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a band goes from one set of parameters to another by a cross-fade of two filters, not by a glide. A resonance that glides
 * past a tone is heard, although neither curve has it there; and poles that travel far in 20 ms carry what they stored to places
 * where it is louder. A cross-fade, |(1 - w) H0 + w H1|, is never louder than the louder of both. So a change leaps if
 *     |ln f1/f0| > 0.35/Q,  |ln q1/q0| > 1.4  or  |g1 - g0| > 12 dB,
 * with Q that of the sharpest pole or zero at either end, at least 0.5: of a bell q A, A = 10^(|g|/40), of a Butterworth cut of
 * order N 1/(2 sin (pi/2N)), of first order 0.5, of all others q. A bell that glides by 0.35/Q rises at most 0.5 dB over both ends.
 * Lines of 64 frames or less are drawn by automation and lead past what they were meant to pass: up to a quarter of an octave
 * they glide whatever the Q. All other changes leap, however small, where more than 12 sections would glide together: their designs would
 * be so far apart that the path between is not exact, and a fade costs less. */
#pragma once

#include "eqproto.h"

#include <stddef.h>

#define MST_EQ_CROWD 12         /* sections */

/* @from, @to: ln f, ln q, dB; @crowd: sections that glide or are to */
bool mst_eq_leaps (MstEqType type, unsigned slope, const double *from, const double *to, size_t ramp_frames, unsigned crowd);
