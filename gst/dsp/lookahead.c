/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lookahead.h"

#include <stdlib.h>
#include <string.h>

struct _MstLookahead
{
  unsigned n_signals;
  size_t delay, window;         /* window = delay + 1 */
  size_t audio_at, power_at;    /* the oldest frame of the delay; frames of the block done */
  double *audio;                /* by signal: the last delay frames */
  float *power;                 /* by signal: of this block what has come, then, of the last one, the highest from each frame on */
  float *highest;               /* by signal: of this block so far */
};

MstLookahead *
mst_lookahead_new (unsigned n_signals, size_t delay)
{
  MstLookahead *l = calloc (1, sizeof *l);
  if (l == NULL)
    return NULL;
  l->n_signals = n_signals;
  l->delay = delay;
  l->window = delay + 1;
  l->audio = calloc (n_signals * delay, sizeof *l->audio);
  l->power = calloc (n_signals * l->window, sizeof *l->power);
  l->highest = calloc (n_signals, sizeof *l->highest);
  if (l->audio == NULL || l->power == NULL || l->highest == NULL) {
    mst_lookahead_free (l);
    return NULL;
  }
  return l;
}

static void
delay (double *ring, size_t length, size_t at, double *x, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const double late = ring[at];
    ring[at] = x[i];
    x[i] = late;
    if (++at == length)
      at = 0;
  }
}

static float
larger (float a, float b)
{
  return a > b ? a : b;
}

/* @at: frames of the block done. Frame k of @block holds, until this block comes to it, the highest of the last block's frames from k on */
static void
slide (float *block, float *highest, size_t window, size_t at, float *p, size_t n)
{
  float high = *highest;
  for (size_t i = 0; i < n; i++) {
    const float in = p[i];
    high = at == 0 ? in : larger (high, in);
    p[i] = at + 1 < window ? larger (high, block[at + 1]) : high;
    block[at] = in;
    if (++at == window) {
      for (size_t k = window - 1; k > 0; k--)
        block[k - 1] = larger (block[k - 1], block[k]);
      at = 0;
    }
  }
  *highest = high;
}

void
mst_lookahead_process (MstLookahead *l, double *const *audio, float *const *power, size_t n_frames)
{
  for (unsigned i = 0; i < l->n_signals; i++) {
    delay (l->audio + i * l->delay, l->delay, l->audio_at, audio[i], n_frames);
    slide (l->power + i * l->window, &l->highest[i], l->window, l->power_at, power[i], n_frames);
  }
  l->audio_at = (l->audio_at + n_frames) % l->delay;
  l->power_at = (l->power_at + n_frames) % l->window;
}

void
mst_lookahead_reset (MstLookahead *l)
{
  l->audio_at = l->power_at = 0;
  memset (l->audio, 0, l->n_signals * l->delay * sizeof *l->audio);
  memset (l->power, 0, l->n_signals * l->window * sizeof *l->power);
  memset (l->highest, 0, l->n_signals * sizeof *l->highest);
}

void
mst_lookahead_free (MstLookahead *l)
{
  if (l == NULL)
    return;
  free (l->audio);
  free (l->power);
  free (l->highest);
  free (l);
}
