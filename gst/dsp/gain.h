/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gain computers of a compressor's bands: from the power of each channel of each band to the factor it is played with.
 *
 * Level, dB: 10 log10 power, at least -200; by link l: own + l (highest of the channels - own).
 * Static curve: gain-curve.h, a change of gain in dB.
 * Smoothing of that change, branching (Giannoulis, Massberg, Reiss: Digital Dynamic Range Compressor Design, JAES 60(6), 2012, eq. 16,
 * on the gain): each frame goes 1 - exp (-1/(t rate)) of the way; 63 % of a step in dB after t. t is the attack while the gain goes
 * where a rising level sends it (down; in the modes expand and gate up), else the release.
 * (What the detector takes is taken off the times: gain-times.h.)
 * Hold: the release begins when the curve has asked for it without a break for that long (moves of 0.5 dB do not count).
 * Auto-release: beside the gain of above runs a slow one, of ten times the release in both directions; the further of both acts, so that a
 * short peak is let go at once and a long passage slowly.
 * Factor: share + amount (10^((change + makeup)/20) - 1).
 * The memoryless parts are float (gaincomputer-kernels.c, and ORC where a parameter moves): level within 5e-5 dB, factor within 3e-7. The recurrence is double. */
#pragma once

#include <stddef.h>

#include "gain-curve.h"

typedef struct
{
  MstGainMode mode;
  double threshold_db, ratio, knee_db;  /* ratio >= 1, also infinity; knee >= 0 */
  double range_db;                      /* >= 0 */
  double attack_ms, release_ms, hold_ms;        /* > 0; hold >= 0 */
  double rise_ms, fall_ms;      /* >= 0: what the detector takes to rise and fall by, taken off the attack and the release */
  int is_auto_release;
  double makeup_db;
  double link;                          /* 0 ... 1 */
  double share, amount;                 /* linear */
} MstGainParams;

typedef struct
{
  double reduction_min_db, reduction_max_db;    /* positive: attenuation; without make-up */
  double reduction_sum_db, n_frames;            /* mean = sum / frames; over channels that are not linked, too */
  double input_level_db, output_level_db;       /* highest level before and after (with make-up); -200 at the lowest */
} MstGainStats;

typedef struct _MstGain MstGain;

MstGain *mst_gain_new (double rate_hz, unsigned n_bands, unsigned n_channels, const char **error);
/* All move on straight lines in @ramp_frames: dB as dB, ratio as slope, a new mode as a fade; times at once (the gain does not step) */
void mst_gain_set_params (MstGain *, unsigned band, const MstGainParams *, size_t ramp_frames);
/* @power: by band * n_channels + channel, lines of MST_GAIN_BLOCK. Returns the factors likewise (channels that are linked share a line), valid until the next call.
 * @n_frames: to the end of the block at most, blocks of MST_GAIN_BLOCK counted from the last reset */
const float *const *mst_gain_process (MstGain *, const float *const *power, size_t n_frames);
/* Whether there will be statistics; from now on. On at first */
void mst_gain_measure (MstGain *, int is_on);
/* Of @band since the last call; restarts */
MstGainStats mst_gain_take_stats (MstGain *, unsigned band);
MstGainStats mst_gain_stats_none (void);
/* What two intervals are together */
MstGainStats mst_gain_stats_join (MstGainStats a, MstGainStats b);
void mst_gain_reset (MstGain *);
void mst_gain_free (MstGain *);
