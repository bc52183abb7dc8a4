/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What makes a band of the equaliser dynamic: the level in its region, and the change of gain it asks for.
 *
 * Region: of a bell the band-pass of its frequency and q, 0 dB at the centre; of a low (high) shelf the Butterworth low-pass
 * (high-pass) of 12 dB/octave at its frequency; what the channels of the band get, the highest of them counts. The level is the
 * envelope without ripple (envelope.h): a sine of amplitude a reads 20 log10 a.
 * Law: the distance of the level beyond the threshold (above or below it) times (1 - 1/ratio), at most |range|, with the sign of
 * range. The dB approach it by 1 - exp (-t/attack) while it grows, release while it shrinks: 63 % of a step after that time.
 * Levels are taken over groups of 4 frames; the answer comes with the end of a segment and is reached with the end of the next,
 * which the attack and release allow for. */
#pragma once

#include "envelope.h"
#include "eq.h"
#include "eqcascade.h"

typedef struct
{
  double s1[MST_EQ_LANES], s2[MST_EQ_LANES];    /* state-variable filter */
} MstEqRegionState;

typedef struct
{
  double rate_hz;
  size_t h;                     /* frames of a segment */
  unsigned n_pairs;
  double a1, a2, a3, k, f_hz, q;        /* the region's filter */
  MstEqType type;
  MstEqRegionState *state;      /* by pair */
  MstEnvelope **envelope;       /* by pair */
  float *power;                 /* highest of all lanes, of the frames of this segment */
  double change_db;             /* smoothed */
} MstEqDynamics;

/* @model: an envelope of MST_EQ_LANES signals at that rate, which each pair gets one like */
bool mst_eq_dynamics_init (MstEqDynamics *dynamics, const MstEnvelope *model, double rate_hz, unsigned n_pairs, size_t h);
void mst_eq_dynamics_clear (MstEqDynamics *dynamics);
void mst_eq_dynamics_reset (MstEqDynamics *dynamics);
/* The region is that of @type at @f_hz and @q. */
void mst_eq_dynamics_tune (MstEqDynamics *dynamics, MstEqType type, double f_hz, double q);
/* Hears frames @at to @at + @n_frames of the segment, on @lanes (bits) of @pair. @n_frames <= 256 */
void mst_eq_dynamics_hear (MstEqDynamics *dynamics, unsigned pair, unsigned lanes, size_t at,
    const double *left, const double *right, size_t n_frames);
/* The segment is over: dB to add to the band's gain. Exactly 0 where nothing is asked for. */
double mst_eq_dynamics_segment (MstEqDynamics *dynamics, const MstEqBand *band);
