/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Multi-band compressor: bandsplit.h splits the signal, detectors.h reads each band, gain.h turns that into a factor by
 * band and frame, and the bands' weighted sum is the output. Late by the look-ahead and what the crossover is late by.
 *
 * output = output-gain * sum over bands of w_b band_b,  w_b = 1 + mix mix_b (g_b - 1), g_b the compressor's gain with make-up;
 * w_b = 1 where a band is bypassed, 0 where it is muted or another is soloed. As idle bands sum to the input's all-pass, the dry part
 * of a mix is in phase with the wet by construction, and with one band it is the input itself.
 * Key: a band's detector hears the band itself, or the same band of another signal, split alike. Mid-side turns the key, too.
 * Mid-side: all of it happens to m = (l + r)/2 and s = (l - r)/2, of which l = m + s and r = m - s become. */
#pragma once

#include <stddef.h>

#include "bandsplit.h"
#include "detectors.h"
#include "gain.h"

#define MST_MULTIBAND_MAX_BANDS MST_CROSSOVER_MAX_BANDS
#define MST_MULTIBAND_MAX_LOOKAHEAD_MS 20.0

typedef struct
{
  double upper_hz;              /* of the last band: not used */
  double threshold_db;
  MstGainMode mode;
  double ratio;                 /* 1 ... infinity */
  double knee_db;
  double range_db;              /* most change of gain, either way */
  double attack_ms, release_ms; /* 63 % of a step in dB */
  double hold_ms;
  double makeup_db;
  double link;                  /* 0 ... 1: own level to highest of the channels, in dB */
  double mix;                   /* 0 ... 1 */
  int is_auto_release, is_muted, is_soloed, is_bypassed;
} MstMultibandBand;

/* What a processor is made for */
typedef struct
{
  unsigned n_bands;             /* 1 ... MST_MULTIBAND_MAX_BANDS */
  MstBandSplitType crossover;
  int is_mid_side;              /* needs two channels */
  double lookahead_ms;          /* 0 ... MST_MULTIBAND_MAX_LOOKAHEAD_MS */
  int has_key;                  /* process () gets n_channels planes of key behind those of the signal, to be read only */
  MstDetectorSetup detector[MST_MULTIBAND_MAX_BANDS];
} MstMultibandSetup;

typedef struct
{
  MstMultibandBand band[MST_MULTIBAND_MAX_BANDS];
  double mix;                   /* 0 ... 1 */
  double input_gain_db, output_gain_db;
  double key_high_pass_hz;      /* the detectors hear 12 dB/octave less below this; 0: off */
  int is_unmeasured;            /* no statistics are wanted */
  int is_auto_makeup;           /* brings the output to the loudness of the input (loudnessmatch.h), then output-gain */
} MstMultibandParams;

typedef struct _MstMultiband MstMultiband;

MstMultiband *mst_multiband_new (double rate_hz, unsigned n_channels, const MstMultibandSetup *, const char **error);
/* Values out of range are brought into it. Gains, mixes and switches move linearly in @ramp_frames, threshold, knee and make-up
 * in dB, frequencies in octaves (see gain.h, crossover.h). With linear phase they begin where the bands of the frame that comes next do,
 * but for more than one change in 32 frames, of which the last counts. */
void mst_multiband_set_params (MstMultiband *, const MstMultibandParams *, size_t ramp_frames);
void mst_multiband_process (MstMultiband *, double *const *io, size_t n_frames);
size_t mst_multiband_latency (const MstMultiband *);
unsigned mst_multiband_n_bands (const MstMultiband *);
/* What band @band did since the last call */
MstGainStats mst_multiband_take_stats (MstMultiband *, unsigned band);
/* What is_auto_makeup adds now, dB */
double mst_multiband_auto_makeup_db (const MstMultiband *);
void mst_multiband_reset (MstMultiband *);
void mst_multiband_free (MstMultiband *);
