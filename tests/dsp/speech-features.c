/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* speech-features RATE < mono float32 > rows of MST_SPEECH_FEATURES float32, one a block of 100 ms; with "probability" behind RATE one
 * number a row. For fit_speech.py and the tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "speech.h"

static int wants_probability;

static void
put (const MstSpeech *s, unsigned age)
{
  double features[MST_SPEECH_FEATURES];
  float row[MST_SPEECH_FEATURES];
  const unsigned n = wants_probability ? 1 : MST_SPEECH_FEATURES;

  if (wants_probability)
    features[0] = mst_speech_probability (s, age);
  else
    mst_speech_features (s, age, features);
  for (unsigned i = 0; i < n; i++)
    row[i] = (float) features[i];
  fwrite (row, sizeof *row, n, stdout);
}

int
main (int argc, char **argv)
{
  MstSpeech *s = mst_speech_new (argc > 1 ? atof (argv[1]) : 48000.0);
  double *x = malloc (384000 * sizeof *x);
  unsigned n_blocks = 0, n_put = 0;
  size_t n = 0;
  float v;

  wants_probability = argc > 2 && strcmp (argv[2], "probability") == 0;
  const unsigned behind = MST_SPEECH_LOOK_AHEAD;
  while (s && x && fread (&v, sizeof v, 1, stdin) == 1) {
    x[n++] = (double) v;
    if (n < mst_speech_due (s))
      continue;
    if (mst_speech_process (s, x, n) && ++n_blocks > behind) {
      put (s, behind);
      n_put++;
    }
    n = 0;
  }
  for (; s && n_put < n_blocks; n_put++)
    put (s, n_blocks - 1 - n_put);
  mst_speech_free (s);
  free (x);
  return 0;
}
