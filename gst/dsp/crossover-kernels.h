/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One stage of the crossover tree over a pair of channels, for one or two nodes side by side. Private to crossover.c.
 * A lane is a channel of a node: lanes 0, 1 are channels 0, 1 of the first node, lanes 2, 3 of the second. */
#pragma once

#include <stddef.h>

#define MST_CROSSOVER_COMPS 3   /* most all-passes before a split: 8 bands, first level */

/* What all pairs of channels share. Stages 0 ... n_comps-1 are all-passes, stage n_comps is the split. */
typedef struct
{
  unsigned n_nodes;             /* 1 or 2 */
  int is_lr8;
  unsigned n_comps;
  double low_share[4];          /* by lane: what undoes the factor 2 of each low-pass, or 0 where the node only passes the all-pass on, as its high */
  double f[MST_CROSSOVER_COMPS + 1][2][4][4];   /* the filters of g, as the kernel has designed them */
  double g[MST_CROSSOVER_COMPS + 1][4];         /* tan (pi f / rate); 0 is a wire */
  double g_step[MST_CROSSOVER_COMPS + 1][4];    /* while moving: g is g - g_step left, left counting down to 0 */
  double left[MST_CROSSOVER_COMPS + 1][4];
} MstCrossoverStage;

/* What a pair remembers: two integrators of each filter (trapezoidal, as the analog ones) */
typedef struct
{
  double comp[MST_CROSSOVER_COMPS][2][2][4];    /* LR8: an all-pass is two filters */
  double split[5][2][4];        /* LR4: 2 filters, LR8: 5 */
} MstCrossoverState;

typedef struct
{
  /* Designs the filters anew. While they move that is done a frame. */
  void (*design) (MstCrossoverStage *);
  /* @in, @low, @high: planar, by lane. @low and @high may not be @in; lanes of one node may be one (the same) plane. */
  void (*stage) (const MstCrossoverStage *, MstCrossoverState *, const double *const in[4], double *const low[4],
      double *const high[4], size_t n_frames, int moving);
} MstCrossoverKernels;
