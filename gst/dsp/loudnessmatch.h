/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Make-up gain that is measured: what a processor puts out is brought to the loudness of what went in.
 *
 * Both are K-weighted (ITU-R BS.1770-5, all channels weighted 1) and their mean squares taken over steps of about 100 ms. Steps below
 * -70 LUFS, or more than 10 LU below the average of their side so far, do not count (the gates of integrated loudness). The average is that of all steps so
 * far, up to 3 min, then it forgets with that time constant. The gain is 10 log10 (average in / average out), and on top four times what the output
 * with its gain is still short of the input on that average (2 dB at most), moved by at most
 * 0.2 dB a step (1 dB in the first ten that count), on a straight line in dB within one. Steps count from the last reset. */
#pragma once

#include <stddef.h>

typedef struct _MstLoudnessMatch MstLoudnessMatch;

/* Calls to hear and apply never cross a multiple of @block frames. NULL without memory */
MstLoudnessMatch *mst_loudness_match_new (double rate_hz, unsigned n_channels, size_t block);
/* @known_gain: factor that lies between input and output on purpose and is to stay */
void mst_loudness_match_set (MstLoudnessMatch *, int is_on, double known_gain);
/* The input of @n_frames, and their output, which is multiplied by the gain */
void mst_loudness_match_hear (MstLoudnessMatch *, const double *const *in, size_t n_frames);
void mst_loudness_match_apply (MstLoudnessMatch *, double *const *out, size_t n_frames);
/* The gain of now, dB */
double mst_loudness_match_gain_db (const MstLoudnessMatch *);
void mst_loudness_match_reset (MstLoudnessMatch *);
void mst_loudness_match_free (MstLoudnessMatch *);
