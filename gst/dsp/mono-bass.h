/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bass to mono: what has to be added to mid and side. See mono-bass.c. */
#pragma once

#include "blockfilter.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct
{
  double rate_hz;
  double g, g_target, g_factor; /* tan (pi f / rate): now, goal, factor a frame on the way */
  size_t g_left;                /* frames until the goal */
  double mix[2], mix_start[2], mix_target[2];   /* mid, side: share of the filtered signal, 0 to 1 */
  size_t mix_frames, mix_done;  /* length of the cross-fade and how far it is */
  double a1, a2, a3;            /* coefficients at g */
  double state[2][MST_BLOCK_FILTER_STATES];     /* mid: all-pass; side: first and second high-pass; at the first open frame */
  double grid;                  /* side difference is a multiple of it; 0 = free */
  int look;                     /* frames until the states are looked at */
  MstBlockFilter block[2];      /* of mid and side at g */
  bool is_designed;             /* they are */
  double open[2][MST_BLOCK_FILTER_FRAMES];      /* mid and side of the group that is begun, then zeros */
  unsigned n_open;
} MstMonoBass;

void mst_mono_bass_init (MstMonoBass *, double rate_hz);
/* @frequency_hz 0 = off. @matched: the mid through the all-pass. @ramp_frames 0 = at once. */
void mst_mono_bass_set (MstMonoBass *, double frequency_hz, bool matched, double grid, size_t ramp_frames);
/* True while it does anything; else process () need not be called. */
bool mst_mono_bass_is_active (const MstMonoBass *);
/* In: mid, side. Out: what to add to mid and side. */
void mst_mono_bass_process (MstMonoBass *, double *mid, double *side, size_t n_frames);
void mst_mono_bass_reset (MstMonoBass *);
