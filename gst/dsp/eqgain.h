/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The output gain of the equaliser: dB that glide as eqglide.h says, seen MST_EQ_PATH_DELAY segments later as the bands are, linear
 * gains at nodes joined by cubics. At rest one factor; 0 dB is the identity to the bit. */
#pragma once

#include "eqband.h"

typedef struct
{
  MstEqGlide glide;             /* in component 0, dB */
  double path[MST_EQ_PATH_LENGTH];      /* linear; ring */
  unsigned head;                /* the newest */
  unsigned rest_nodes;          /* since the glide rests, up to MST_EQ_PATH_LENGTH */
  double gain;                  /* linear, at rest */
  unsigned stride;              /* segments from node to node */
  bool moving;                  /* move in use, over a stride */
  MstEqMove move;
} MstEqGain;

/* At rest at @db. */
void mst_eq_gain_reset (MstEqGain *gain, size_t h, double db);
/* @offset: frame in the present segment */
void mst_eq_gain_set (MstEqGain *gain, double db, size_t ramp_frames, size_t offset);
bool mst_eq_gain_busy (const MstEqGain *gain);
/* A segment is over. */
void mst_eq_gain_node (MstEqGain *gain);
/* A block begins, whose nodes are @stride segments apart. */
void mst_eq_gain_block (MstEqGain *gain, unsigned stride);
/* A segment begins, @at frames into the block. */
void mst_eq_gain_segment (MstEqGain *gain, size_t at);
/* In place, from frame @at of the block; never beyond the end of a stride while busy */
void mst_eq_gain_run (const MstEqGain *gain, const MstEqCascadeKernels *kernels, size_t at, double *left, double *right, size_t n_frames);
