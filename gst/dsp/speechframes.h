/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a speech detector hears of a signal, 50 times a second (frame j ends at sample floor ((j + 1) rate / 50)), from the power
 * spectrum of the last 32 ms between 100 and 3800 Hz, which is there at every rate:
 *   c[0] … c[6]   cepstra: cosine transform of the log powers (natural, of full scale squared, floor 1e-10) of 18 triangular bands
 *                 equally spaced in mel; c[0] is their mean, c[k] = 2/18 sum_b log E_b cos (pi k (b + 1/2) / 18)
 *   persistence   of partials: correlation of log |X|^2, less its mean over the 190 Hz around, with that of 40 and 100 ms before, 150 to
 *                 3600 Hz; 1 for a held chord, about 0 for noise; speech lies between and loses more in 100 ms
 * At rates from 22.05 kHz up the signal is thinned to 11.025 to 22.05 kHz behind a Butterworth low-pass of order 8 at 4.6 kHz (0.2 dB
 * down at 3.8 kHz). The values do not depend on how the samples are cut.
 * Davis, Mermelstein: Comparison of Parametric Representations for Monosyllabic Word Recognition, IEEE Trans. ASSP 28(4), 1980. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MST_SPEECH_FRAMES_PER_SECOND 50
#define MST_SPEECH_CEPSTRA 7

typedef struct
{
  float cepstrum[MST_SPEECH_CEPSTRA];
  float persistence[2];
} MstSpeechFrame;

typedef struct _MstSpeechFrames MstSpeechFrames;

/* 8000 to 384000 Hz; NULL without memory. */
MstSpeechFrames *mst_speech_frames_new (double rate_hz);
/* Samples until the next frame is complete, at least 1. */
size_t mst_speech_frames_due (const MstSpeechFrames *);
/* At most as many as are due; TRUE and @frame where that completes one. */
bool mst_speech_frames_process (MstSpeechFrames *, const double *x, size_t n, MstSpeechFrame *frame);
void mst_speech_frames_reset (MstSpeechFrames *);
void mst_speech_frames_free (MstSpeechFrames *);
