/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How likely there is speech in a mono signal, for each block of 100 ms (block k ends at sample floor ((k + 1) rate / 10)).
 *
 * Features are statistics of speechframes.h's values over 0.5, 0.9 and 2.1 s around the block: how much the level and the shape of the
 * spectrum move, at which speed (mean squares of differences over 20, 60, 120 and 240 ms relative to the variance: syllables come four a
 * second), how often it is quiet between, how long partials last. None depends on the level. A net with one layer of hidden units,
 * fitted by tests/dsp/fit_speech.py to speech, music, effects and mixtures of them, makes a probability of them.
 * So a block is known 1 s behind its end. At the ends of the stream the windows are shorter.
 * It is an estimate; docs/r128meter.md has its errors. The cut does not change it.
 *
 * Scheirer, Slaney: Construction and Evaluation of a Robust Multifeature Speech/Music Discriminator, ICASSP 1997 (4 Hz modulation,
 * low-energy frames); Saunders: Real-time Discrimination of Broadcast Speech/Music, ICASSP 1996. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MST_SPEECH_BLOCKS_PER_SECOND 10
#define MST_SPEECH_FEATURES 48
#define MST_SPEECH_LOOK_AHEAD 10        /* blocks */

typedef struct _MstSpeech MstSpeech;

/* 8000 to 384000 Hz; NULL without memory. */
MstSpeech *mst_speech_new (double rate_hz);
/* Samples until the next block is complete, at least 1. */
size_t mst_speech_due (const MstSpeech *);
/* At most as many as are due; TRUE where that completes a block. */
bool mst_speech_process (MstSpeech *, const double *x, size_t n);
/* Of the block @age blocks before the last complete one, by what has come so far: final from MST_SPEECH_LOOK_AHEAD on, or where the
 * stream ends here. @age: less than the number of complete blocks, at most MST_SPEECH_LOOK_AHEAD. 0 to 1. */
double mst_speech_probability (const MstSpeech *, unsigned age);
/* What the net is given of that block, for fitting it. */
void mst_speech_features (const MstSpeech *, unsigned age, double features[MST_SPEECH_FEATURES]);
void mst_speech_reset (MstSpeech *);
void mst_speech_free (MstSpeech *);
