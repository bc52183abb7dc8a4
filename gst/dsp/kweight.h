/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* K-weighting of ITU-R BS.1770-5, annex 1, as coefficients: a shelf (the head) and a second-order high-pass
 * (RLB). At 48 kHz they are the Recommendation's tables. At every other rate from 8 to 384 kHz the magnitude is
 * that of the 48 kHz filters at the same frequency in Hz, within 0.005 dB from 5 Hz to the smaller of 20 kHz and
 * 0.45 of the rate; the phase is minimum. The common way, the bilinear transform of one analog shelf at every
 * rate, is off by +0.02 dB at 32 kHz and -0.03 dB at 192 kHz. */
#pragma once

#include "blockfilter.h"

#define MST_KWEIGHT_SECTIONS 3

/* One section: y = x + z1; z1' = c1 x + z2 - a1 z1; z2' = c2 x - a2 z1. Numerators are divided by b0 and all
 * the b0 are in MstKWeight.power_gain: half the multiplications on the path that waits. */
typedef struct
{
  double c1, c2;                /* b1/b0 - a1, b2/b0 - a2 */
  double a1, a2;
} MstKSection;

typedef struct
{
  MstKSection section[MST_KWEIGHT_SECTIONS];
  unsigned n_sections;          /* 2; 3 below 12 kHz, where the shelf needs another pole to bend as it does at 48 kHz */
  double power_gain;            /* (product of the b0)^2: for squares of the output */
  MstBlockFilter block;         /* the sections in a row; states z1, z2 of each */
} MstKWeight;

/* @rate_hz: 8000 to 384000. */
void mst_kweight_design (MstKWeight *k, double rate_hz);
/* |H(f)| of the Recommendation's own 48 kHz filters, linear; @freq_hz 0 to 24000. */
double mst_kweight_reference (double freq_hz);
