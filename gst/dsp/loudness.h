/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loudness of a stream by ITU-R BS.1770-5 and EBU Tech 3341/3342: momentary (400 ms), short-term (3 s), integrated
 * (gated), loudness range, their maxima, sample peaks, correlation. It reads and never writes.
 *
 * K-weighted energies are summed in parts of 10 ms (frame floor (k rate / 100), counted from the reset), so momentary
 * and short-term loudness and their maxima lie on a grid of 10 ms; before 400 ms or 3 s the missing part is silence.
 *   loudness = -0.691 + 10 log10 (sum over channels of weight * mean square)  LUFS; -inf below -301
 *   integrated: blocks of 400 ms every 100 ms, gated at -70 LUFS and at 10 LU below the mean of those that are left
 *   range: short-term loudness every 100 ms, gated at -70 LUFS and at 20 LU below their mean; 95th - 10th percentile
 * Blocks are kept in histograms (histogram.h): memory is constant, the range is within 0.005 LU, the rest exact to
 * the filter (kweight.h: 0.005 dB at any rate, exact at 48 kHz).
 * Peaks are max |x|, 1.0 = full scale. Correlation is sum lr / sqrt (sum ll sum rr) of the first two channels over the
 * last 300 ms, 0 where one of them is silent. No latency. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MST_LOUDNESS_MAX_CHANNELS 64
#define MST_LOUDNESS_PARTS_PER_SECOND 100

typedef struct
{
  bool loudness;                /* K-weighting and all that follows from it */
  bool sample_peak;
  bool paused;                  /* integrated, range, maxima and peaks stand still; momentary and short-term go on */
  double weights[MST_LOUDNESS_MAX_CHANNELS];    /* BS.1770's G, power: 1.0, 1.41, 0 for an LFE, 2.0 for dual mono */
} MstLoudnessParams;

typedef struct
{
  double momentary, short_term, integrated;     /* LUFS */
  double relative_threshold;    /* LUFS: the gate of the integrated loudness; -70 without blocks */
  double range, range_low, range_high;  /* LU, LUFS, LUFS; 0, -inf, -inf without blocks */
  double max_momentary, max_short_term; /* LUFS */
  double sample_peak;           /* highest of all channels, linear */
  double correlation;           /* last 300 ms */
  double correlation_overall;   /* since the reset */
} MstLoudnessReading;

typedef struct _MstLoudness MstLoudness;

/* Everything on, all weights 1. */
void mst_loudness_params_default (MstLoudnessParams *);

/* 8000 to 384000 Hz, 1 to 64 channels; else NULL and the reason. */
MstLoudness *mst_loudness_new (double rate_hz, unsigned n_channels, const char **error);
/* Weights apply from the next part of 10 ms. */
void mst_loudness_set_params (MstLoudness *, const MstLoudnessParams *);
void mst_loudness_process (MstLoudness *, const double *const *in, size_t n_frames);
/* The signal goes on elsewhere (a gap): filters and windows as new, sums, maxima and peaks stay. */
void mst_loudness_interrupt (MstLoudness *);
void mst_loudness_reset (MstLoudness *);
void mst_loudness_free (MstLoudness *);

/* Of what has been processed, between calls. */
void mst_loudness_read (const MstLoudness *, MstLoudnessReading *);
/* Weighted mean square of the ten parts that ended last, 1.0 = -0.691 LUFS. FALSE where one of them did not count (pause). */
bool mst_loudness_tenth (const MstLoudness *, double *energy);
double mst_loudness_sample_peak (const MstLoudness *, unsigned channel);
