/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The analog curves of the equaliser: every band as a cascade of sections
 *     H(s) = (n0 + n1 s + n2 s^2) / (d0 + d1 s + d2 s^2),    s = j f / f0,
 * and their magnitude. With A = 10^(gain/40):
 *   bell        (s^2 + s A/Q + 1) / (s^2 + s/(A Q) + 1)
 *   low shelf   A (s^2 + s sqrt(A)/Q + A) / (A s^2 + s sqrt(A)/Q + 1);   6 dB/octave: (s + A) / (s + 1/A)
 *   high shelf  A (A s^2 + s sqrt(A)/Q + 1) / (s^2 + s sqrt(A)/Q + A);   6 dB/octave: (A s + 1) / (s/A + 1)
 *   tilt shelf  (A s + 1) / (s + A): -gain/2 far below f0, 0 dB at f0, +gain/2 far above
 *   low pass    Butterworth, 1 / B(s);  high pass  s^N / B(s);  N = slope/6; at 12 dB/octave Q is the user's
 *   band pass   (s/Q) / (s^2 + s/Q + 1);  notch  (s^2 + 1) / (...);  all pass  (s^2 - s/Q + 1) / (...)
 * R. Bristow-Johnson, Cookbook formulae for audio EQ biquad filter coefficients (the analog prototypes);
 * S. Butterworth, On the theory of filter amplifiers, 1930. */
#pragma once

#include <stdbool.h>

typedef enum
{
  MST_EQ_BELL,
  MST_EQ_LOW_SHELF,
  MST_EQ_HIGH_SHELF,
  MST_EQ_TILT_SHELF,
  MST_EQ_HIGH_PASS,
  MST_EQ_LOW_PASS,
  MST_EQ_BAND_PASS,
  MST_EQ_NOTCH,
  MST_EQ_ALL_PASS,
  MST_EQ_N_TYPES
} MstEqType;

#define MST_EQ_MAX_SECTIONS 8   /* of one band: 96 dB/octave */

typedef struct
{
  double n[3], d[3];            /* powers 0, 1, 2 of s */
} MstEqSection;

/* Bell, shelf or tilt: the types that are the identity at 0 dB. */
bool mst_eq_type_has_gain (MstEqType type);
/* Whether @slope (dB/octave) exists for @type; true for the types without one. */
bool mst_eq_slope_valid (MstEqType type, unsigned slope);
/* Sections of a band: 1, or (slope/6 + 1)/2 for high and low pass. */
unsigned mst_eq_n_sections (MstEqType type, unsigned slope);
/* Writes mst_eq_n_sections () sections. @q > 0; @gain_db any. */
void mst_eq_prototype (MstEqType type, double gain_db, double q, unsigned slope, MstEqSection *sections);
/* |H|^2 at @x = f / f0 > 0. */
double mst_eq_section_power (const MstEqSection *section, double x);
