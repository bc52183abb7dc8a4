/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dialogue.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "histogram.h"
#include "speech.h"

#define CHUNK 256
#define SPEECH 0.5              /* probability from which a block is speech */

typedef struct
{
  double energy;
  bool counts;
} Block;

typedef struct
{
  double energy;                /* of the blocks with speech */
  uint64_t n_speech, n_blocks;
} Sums;

struct _MstDialogue
{
  unsigned n_channels;
  double *hear;
  MstSpeech *speech;
  Block block[MST_SPEECH_LOOK_AHEAD + 1];       /* block k at k % (LOOK_AHEAD + 1) */
  uint64_t n_blocks;            /* since the last interruption */
  Sums sums;
};

MstDialogue *
mst_dialogue_new (double rate_hz, unsigned n_channels, const double *hear, const char **error)
{
  if (!(rate_hz >= 8000.0 && rate_hz <= 384000.0) || n_channels < 1 || n_channels > 64) {
    *error = "dialogue needs 8000 to 384000 Hz and 1 to 64 channels";
    return NULL;
  }
  MstDialogue *d = calloc (1, sizeof *d);
  if (d) {
    d->n_channels = n_channels;
    d->hear = malloc (n_channels * sizeof *d->hear);
    d->speech = mst_speech_new (rate_hz);
  }
  if (!d || !d->hear || !d->speech) {
    mst_dialogue_free (d);
    *error = "out of memory";
    return NULL;
  }
  for (unsigned c = 0; c < n_channels; c++)
    d->hear[c] = hear[c];
  return d;
}

void
mst_dialogue_free (MstDialogue *d)
{
  if (!d)
    return;
  mst_speech_free (d->speech);
  free (d->hear);
  free (d);
}

size_t
mst_dialogue_due (const MstDialogue *d)
{
  return mst_speech_due (d->speech);
}

bool
mst_dialogue_process (MstDialogue *d, const double *const *in, size_t n_frames)
{
  bool is_complete = false;

  for (size_t done = 0; done < n_frames;) {
    const size_t n = n_frames - done < CHUNK ? n_frames - done : CHUNK;
    double heard[CHUNK] = { 0 };
    for (unsigned c = 0; c < d->n_channels; c++)
      for (size_t i = 0; i < n && d->hear[c] != 0.0; i++)
        heard[i] += d->hear[c] * in[c][done + i];
    is_complete = mst_speech_process (d->speech, heard, n);
    done += n;
  }
  return is_complete;
}

/* Decides the block @age blocks ago. */
static void
decide (const MstDialogue *d, unsigned age, Sums *sums)
{
  const Block *block = &d->block[(d->n_blocks - 1 - age) % (MST_SPEECH_LOOK_AHEAD + 1)];

  if (!block->counts)
    return;
  sums->n_blocks++;
  if (mst_speech_probability (d->speech, age) < SPEECH)
    return;
  sums->n_speech++;
  sums->energy += block->energy;
}

void
mst_dialogue_block (MstDialogue *d, double energy, bool counts)
{
  d->block[d->n_blocks++ % (MST_SPEECH_LOOK_AHEAD + 1)] = (Block) { energy, counts };
  if (d->n_blocks > MST_SPEECH_LOOK_AHEAD)
    decide (d, MST_SPEECH_LOOK_AHEAD, &d->sums);
}

static Sums
decide_all (const MstDialogue *d)
{
  Sums sums = d->sums;
  for (unsigned age = MST_SPEECH_LOOK_AHEAD; age-- > 0;)
    if (age < d->n_blocks)
      decide (d, age, &sums);
  return sums;
}

void
mst_dialogue_read (const MstDialogue *d, bool final, MstDialogueReading *r)
{
  const Sums sums = final ? decide_all (d) : d->sums;

  r->dialogue_lufs = sums.n_speech > 0 ? mst_lufs_from_energy (sums.energy / (double) sums.n_speech) : -INFINITY;
  r->share = sums.n_blocks > 0 ? (double) sums.n_speech / (double) sums.n_blocks : 0.0;
}

void
mst_dialogue_interrupt (MstDialogue *d)
{
  d->sums = decide_all (d);
  d->n_blocks = 0;
  mst_speech_reset (d->speech);
}

void
mst_dialogue_reset (MstDialogue *d)
{
  d->sums = (Sums) { 0 };
  d->n_blocks = 0;
  mst_speech_reset (d->speech);
}
