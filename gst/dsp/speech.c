/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "speech.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "speechframes.h"
#include "speechnet.h"

#define FRAMES_A_BLOCK (MST_SPEECH_FRAMES_PER_SECOND / MST_SPEECH_BLOCKS_PER_SECOND)
#define N_LAGS 4
#define WIDEST 10               /* blocks to each side */
#define KEPT 128                /* frames; at least (2 WIDEST + 1) blocks and the longest lag */
#define QUIET 1.0               /* below the mean of the log level: -4.3 dB */

static const unsigned sides[] = { 2, 4, WIDEST };       /* blocks */
static const unsigned lags[N_LAGS] = { 1, 3, 6, 12 };   /* frames */

struct _MstSpeech
{
  MstSpeechFrames *frames;
  MstSpeechFrame frame[KEPT];   /* frame j at j % KEPT */
  uint64_t n_frames;            /* complete, since the reset */
};

MstSpeech *
mst_speech_new (double rate_hz)
{
  MstSpeech *s = calloc (1, sizeof *s);
  if (s && !(s->frames = mst_speech_frames_new (rate_hz))) {
    free (s);
    return NULL;
  }
  return s;
}

void
mst_speech_free (MstSpeech *s)
{
  if (!s)
    return;
  mst_speech_frames_free (s->frames);
  free (s);
}

void
mst_speech_reset (MstSpeech *s)
{
  mst_speech_frames_reset (s->frames);
  s->n_frames = 0;
}

size_t
mst_speech_due (const MstSpeech *s)
{
  return mst_speech_frames_due (s->frames);
}

bool
mst_speech_process (MstSpeech *s, const double *x, size_t n)
{
  if (!mst_speech_frames_process (s->frames, x, n, &s->frame[s->n_frames % KEPT]))
    return false;
  return ++s->n_frames % FRAMES_A_BLOCK == 0;
}

static inline const MstSpeechFrame *
frame_at (const MstSpeech *s, uint64_t j)
{
  return &s->frame[j % KEPT];
}

/* Frames @from to @to - 1. Returns the next free place in @out. */
static double *
take_window (const MstSpeech *s, uint64_t from, uint64_t to, unsigned n_lags, bool with_means, double *out)
{
  const double n = (double) (to - from);
  double mean[MST_SPEECH_CEPSTRA] = { 0 }, variance[MST_SPEECH_CEPSTRA] = { 0 }, shape = 0.0, quiet = 0.0, persistence[2] = { 0 };

  for (uint64_t j = from; j < to; j++) {
    const MstSpeechFrame *f = frame_at (s, j);
    for (unsigned c = 0; c < MST_SPEECH_CEPSTRA; c++)
      mean[c] += (double) f->cepstrum[c] / n;
    for (unsigned i = 0; i < 2; i++)
      persistence[i] += (double) f->persistence[i] / n;
  }
  for (uint64_t j = from; j < to; j++) {
    for (unsigned c = 0; c < MST_SPEECH_CEPSTRA; c++) {
      const double off = (double) frame_at (s, j)->cepstrum[c] - mean[c];
      variance[c] += off * off / n;
    }
    quiet += (double) frame_at (s, j)->cepstrum[0] < mean[0] - QUIET ? 1.0 / n : 0.0;
  }
  for (unsigned c = 0; c < MST_SPEECH_CEPSTRA; c++) {
    variance[c] = fmax (variance[c], 1e-6);
    shape += c > 0 ? variance[c] : 0.0;
  }
  *out++ = 0.5 * log (variance[0]);
  *out++ = quiet;
  for (unsigned c = 1; c <= 4; c++) {
    *out++ = 0.5 * log (variance[c]);
    if (with_means && c <= 2)
      *out++ = mean[c];
  }
  for (unsigned i = 0; i < n_lags; i++) {
    double level = 0.0, others = 0.0;
    for (uint64_t j = from > lags[i] ? from : lags[i]; j < to; j++) {
      const float *now = frame_at (s, j)->cepstrum, *then = frame_at (s, j - lags[i])->cepstrum;
      for (unsigned c = 0; c < MST_SPEECH_CEPSTRA; c++) {
        const double step = (double) now[c] - (double) then[c];
        *(c == 0 ? &level : &others) += step * step / n;
      }
    }
    *out++ = 0.5 * log ((level + 1e-4) / (2.0 * variance[0] + 1e-4));
    *out++ = 0.5 * log ((others + 1e-4) / (2.0 * shape + 1e-4));
  }
  *out++ = persistence[0];
  *out++ = persistence[1];
  return out;
}

void
mst_speech_features (const MstSpeech *s, unsigned age, double features[MST_SPEECH_FEATURES])
{
  const uint64_t n_blocks = s->n_frames / FRAMES_A_BLOCK, block = n_blocks - 1 - age;

  for (unsigned w = 0; w < 3; w++) {
    const uint64_t from = block > sides[w] ? block - sides[w] : 0;
    const uint64_t to = block + sides[w] + 1 < n_blocks ? block + sides[w] + 1 : n_blocks;
    features = take_window (s, from * FRAMES_A_BLOCK, to * FRAMES_A_BLOCK, w == 0 ? N_LAGS - 1 : N_LAGS, w == 2, features);
  }
}

double
mst_speech_probability (const MstSpeech *s, unsigned age)
{
  double features[MST_SPEECH_FEATURES], sum = mst_speech_net_bias;

  mst_speech_features (s, age, features);
  for (unsigned i = 0; i < MST_SPEECH_FEATURES; i++)
    features[i] = fmax (-4.0, fmin (4.0, (features[i] - (double) mst_speech_net_mean[i]) * (double) mst_speech_net_scale[i]));
  for (unsigned h = 0; h < MST_SPEECH_NET_HIDDEN; h++) {
    double unit = (double) mst_speech_net_hidden_bias[h];
    for (unsigned i = 0; i < MST_SPEECH_FEATURES; i++)
      unit += (double) mst_speech_net_hidden[h * MST_SPEECH_FEATURES + i] * features[i];
    sum += (double) mst_speech_net_out[h] * tanh (unit);
  }
  return 1.0 / (1.0 + exp (-sum));
}
