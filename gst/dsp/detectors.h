/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The levels that a compressor's bands go by: of each channel of each band, or of the same band of a key, the power by envelope.h (peak) or
 * meansquare.h (rms), heard through a high-pass (keyfilter.h) if that is on. Signals are sorted by detector once, so that each runs over its own. */
#pragma once

#include <stddef.h>

typedef struct
{
  int is_rms;                   /* mean square of rms_window_ms, else the peak detector */
  double rms_window_ms;         /* 1 ... 1000 */
  int is_keyed;                 /* hears the key; without one, silence */
} MstDetectorSetup;

typedef struct _MstDetectors MstDetectors;

/* @signal, @key, @power: lines of MST_GAIN_BLOCK by band * n_channels + channel, read and written by each process (); @key may be NULL if no
 * band is keyed */
MstDetectors *mst_detectors_new (double rate_hz, unsigned n_bands, unsigned n_channels, const MstDetectorSetup *, double *const *signal,
    double *const *key, float *const *power, const char **error);
/* Of the gain that @band governs: the peak detector is quicker to fall where it is short */
void mst_detectors_release (MstDetectors *, unsigned band, double release_ms);
/* 12 dB per octave less below @hz; 0: off */
void mst_detectors_high_pass (MstDetectors *, double hz);
void mst_detectors_process (MstDetectors *, size_t n_frames);
void mst_detectors_reset (MstDetectors *);
void mst_detectors_free (MstDetectors *);
