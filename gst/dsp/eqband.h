/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One band of the equaliser (or its output gain) while it runs: its filters of now and, during a cross-fade, those of before. */
#pragma once

#include "eq.h"
#include "eqcascade.h"
#include "eqglide.h"

#define MST_EQ_FADE_SEGMENTS 16

typedef enum
{
  MST_EQ_DOMAIN_DIRECT,         /* left, right or any channels */
  MST_EQ_DOMAIN_MID_SIDE,
  MST_EQ_N_DOMAINS
} MstEqDomain;

typedef struct
{
  bool on;
  MstEqType type;
  unsigned slope, n_sections, lanes;
  MstEqDomain domain;
  MstEqStage stage[MST_EQ_MAX_SECTIONS];        /* at rest */
  MstEqMove move[MST_EQ_MAX_SECTIONS];  /* over the present segment, while the band moves */
  MstEqCoefs node[4][MST_EQ_MAX_SECTIONS];      /* designs before, at the start, at the end, after this segment */
  MstEqState *state;            /* [pair][section] */
} MstEqFilters;

typedef struct
{
  double rate_hz;
  unsigned n_pairs;
  const MstEqFitKernels *fit;
  MstEqBand set;                /* what the user wants */
  MstEqGlide glide;             /* ln f, ln q, dB of the filters of now */
  unsigned at_rest_nodes;       /* since the glide rests, up to 3 */
  bool moving;                  /* move[] in use in this segment */
  MstEqFilters filters[2];
  unsigned now;                 /* which of them */
  bool fading;                  /* from the other one */
  unsigned fade_segment;        /* of MST_EQ_FADE_SEGMENTS */
} MstEqRunner;

bool mst_eq_runner_init (MstEqRunner *runner, double rate_hz, unsigned n_pairs, size_t h);
void mst_eq_runner_clear (MstEqRunner *runner);
/* @offset: frame in the present segment. */
void mst_eq_runner_set (MstEqRunner *runner, const MstEqBand *band, size_t ramp_frames, size_t offset);
/* At once, filters empty: before the first frame. */
void mst_eq_runner_restart (MstEqRunner *runner);
/* A segment of the glide is over and the next begins. TRUE: anything is in motion, or about to be. */
void mst_eq_runner_node (MstEqRunner *runner);
bool mst_eq_runner_busy (const MstEqRunner *runner);
