/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One band of the equaliser (or its output gain) while it runs: its filters of now and, during a cross-fade, those of before. */
#pragma once

#include "eq.h"
#include "eqcascade.h"
#include "eqdesign.h"
#include "eqdynamics.h"
#include "eqglide.h"

/* Time goes in segments of the glide; blocks of 8 of them are where designs are rationed, filters switched, fades cut. */
#define MST_EQ_BLOCK_SEGMENTS 8
#define MST_EQ_FADE_BLOCKS 8
/* Designs are a stride apart, counted in parts of a segment; the path between segments' ends is the cubic of values and slopes there. */
#define MST_EQ_PARTS 4
/* The path is seen that many segments later, so that designs three strides ahead are known, two of the longest. */
#define MST_EQ_PATH_DELAY (2 * MST_EQ_BLOCK_SEGMENTS)
#define MST_EQ_PATH_LENGTH 32   /* of the ring: delay and two strides back, or one of the longest */
#define MST_EQ_LONG_STRIDE (5 * MST_EQ_PARTS)   /* from here on third order */

typedef enum
{
  MST_EQ_DOMAIN_DIRECT,         /* left, right or any channels */
  MST_EQ_DOMAIN_MID_SIDE,
  MST_EQ_N_DOMAINS
} MstEqDomain;

/* Designs of a dynamic band at one frequency and q, by gain, made when they are first asked for; between them the logarithms
 * of the unknowns are interpolated (0.02 dB). */
#define MST_EQ_GRID_DB 1.5
#define MST_EQ_GRID_SIZE 90     /* from -67.5 dB */
typedef struct
{
  double f, q;                  /* logarithms, of all entries */
  bool known[MST_EQ_GRID_SIZE];
  MstEqFit fit[MST_EQ_GRID_SIZE];
} MstEqGrid;

typedef struct
{
  bool on, dynamic;
  MstEqType type;
  unsigned slope, n_sections, lanes;
  MstEqDomain domain;
  MstEqStage stage[MST_EQ_MAX_SECTIONS];        /* at rest */
  MstEqMove move[MST_EQ_MAX_SECTIONS];  /* over the present stride, while the band moves */
  MstEqCoefs node[MST_EQ_MOVE_NODES][MST_EQ_MAX_SECTIONS];      /* designs around the stride, which is from [2] to [3] */
  MstEqState *state;            /* [pair][section] */
  MstEqGlide glide;             /* ln f, ln q, dB */
  double path[MST_EQ_PATH_LENGTH][MST_EQ_GLIDE_DIM];    /* of the last nodes; ring */
  double slope_at[MST_EQ_PATH_LENGTH][MST_EQ_GLIDE_DIM];        /* per segment */
  unsigned path_head;           /* the newest */
  unsigned at_rest_nodes;       /* since the glide rests, up to MST_EQ_PATH_LENGTH */
  bool moving;                  /* move[] in use, over a stride */
  unsigned stride;              /* parts that node[] is apart; 0: node[] is of another time */
} MstEqFilters;

typedef struct
{
  double rate_hz;
  unsigned n_pairs;
  const MstEqFitKernels *fit;
  MstEqTable *table;            /* of all bands */
  MstEqBand set;                /* what the user wants */
  MstEqDynamics dynamics;       /* of a dynamic band, whose move[] is over a segment */
  MstEqGrid grid;
  MstEqFilters filters[2];
  unsigned now;                 /* which of them */
  bool leaps;                   /* what is set is too far from where they go to glide there (eqleap.h) */
  bool fading;                  /* from the other one */
  unsigned fade_block;          /* of MST_EQ_FADE_BLOCKS */
} MstEqRunner;

bool mst_eq_runner_init (MstEqRunner *runner, MstEqTable *table, const MstEnvelope *model, double rate_hz, unsigned n_pairs, size_t h);
void mst_eq_runner_clear (MstEqRunner *runner);
/* @offset: frame in the present segment; @crowd: see eqleap.h */
void mst_eq_runner_set (MstEqRunner *runner, const MstEqBand *band, size_t ramp_frames, size_t offset, unsigned crowd);
/* At once, filters empty: before the first frame. */
void mst_eq_runner_restart (MstEqRunner *runner);
/* A segment is over: the glide goes on. */
void mst_eq_runner_node (MstEqRunner *runner);
/* A block begins: fades, switches, rest. */
void mst_eq_runner_block (MstEqRunner *runner);
/* A stride of @stride parts begins, @parts after the last node: the filters' move over it. */
void mst_eq_runner_stride (MstEqRunner *runner, unsigned stride, unsigned parts);
/* A segment begins: the move of a dynamic band over it. */
void mst_eq_runner_segment (MstEqRunner *runner);
/* What the designs of a band cost, in fits */
unsigned mst_eq_band_work (MstEqType type, unsigned slope);
/* Its share of the work in motion */
unsigned mst_eq_runner_work (const MstEqRunner *runner);
/* Anything is in motion, or about to be. */
bool mst_eq_runner_busy (const MstEqRunner *runner);
