/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A digital section whose magnitude follows an analog one up to the top of the band: a biquad and a first-order corrector.
 *
 * With S = j tan(w/2) a quadratic c0 + c1/z + c2/z^2 is, up to (1 + S)^2, the same as u + 2 w S + v S^2 with
 *     u = c0 + c1 + c2,   v = c0 - c1 + c2,   w = c0 - c2,
 * and u, v, w > 0 says that both roots are inside the unit circle (Jury). The section is
 *     H = (un + 2 wn S + vn S^2) / (ud + 2 wd S + vd S^2) * (1 + cz S) / (1 + cp S).
 * Unknowns are the logarithms of the free u, v, w and of cz, cp, so that every result is stable and of minimum phase.
 * They are fitted to ln|H|^2 at 48 frequencies by Levenberg-Marquardt, then once more, sharp ones twice, with weights that level the error. Ridges
 * towards the start, part of the cost, decide what the curve leaves open, so that the result moves smoothly with the arguments.
 * The corrector's zero of a low-pass or band-pass is given, lest three real zeros change places as the frequency moves.
 * A corrector that does less than 0.004 dB is left out, without a corner. First-order sections have none.
 * The gain at 0 Hz (or the slope towards it) and the zeros of a notch are exact. The result is a function of the
 * arguments alone. An all pass is the bilinear one with -180 degrees at f0 and the analog phase slope at 0 Hz, |H| = 1.
 * Squared-magnitude basis: M. Vicanek, Matched second order digital filters, 2016; start by the matched z transform. */
#pragma once

#include "eqproto.h"

typedef struct
{
  double n[3], d[3];            /* u, v, w */
  double cz, cp;                /* equal: no corrector */
} MstEqFit;

typedef struct
{
  /* @f0_hz > 0, also above half the rate */
  void (*fit) (const MstEqSection *section, double f0_hz, double rate_hz, MstEqFit *out);
} MstEqFitKernels;

const MstEqFitKernels *mst_eq_fit_kernels (void);
/* 20 log10 |H| of the fitted section at @f_hz: the design's own word, not a measurement */
double mst_eq_fit_power (const MstEqFit *fit, double f_hz, double rate_hz);
