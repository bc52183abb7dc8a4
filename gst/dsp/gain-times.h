/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attack, release, hold and auto-release of gain.h, which has their formulas. Private.
 *
 * Times are true to 63 % of the step in dB with the peak detector's own rise and fall (envelope.h), which are taken off the attack and the release: what is
 * smoothed with is r = d/2 + sqrt (d^2/4 + (0.1 fall)^2), d = release - fall, so nearly d, and never nothing. Of the fall, a gate has
 * seen enough at 0.65, when the level is half way down; for the others a hold begins when the level begins to fall, and 0.2 are left when it ends.
 * How long the fall takes depends on the phase in which a tone is cut off and on how far it falls. So releases of up to 3 ms hold by themselves until it is over,
 * for release - 0.05 ms, at most 0.35 ms, which is taken off, too; and the last 0.05 dB of theirs, or as much ripple of the detector, are let go in 1 ms
 * at the shortest, so that a steady tone is not modulated. */
#pragma once

#include "gain-kernels.h"
#include "gain.h"

typedef struct
{
  double attack, release;       /* share of the way a frame */
  double calm_release;          /* see MstGainLane */
  double slow_release;          /* of auto-release; 0: off */
  double hold_frames, side;     /* see MstGainLane */
} MstGainTimes;

/* A gain in @line, dB, and its state */
typedef struct
{
  const MstGainTimes *times;
  MstGainLane *lane;
  float *line;                  /* MST_GAIN_BLOCK */
} MstGainVoice;

void mst_gain_times_set (MstGainTimes *, const MstGainParams *, double rate_hz);
/* Smooths the lines in place */
void mst_gain_smooth (const MstGainKernels *, const MstGainVoice *, unsigned n_voices, size_t n_frames);
