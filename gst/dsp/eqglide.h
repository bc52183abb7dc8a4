/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a set of parameters moves. Targets lie on straight lines from where they are to where they were told to go, over the
 * given number of frames (0: a jump). Their smoothed value is the mean with a triangular weight over the last 2 L frames,
 *     p(t) = integral of target(t - x) (1 - |x/L - 1|)/L dx, 0 <= x <= 2 L,
 * which is C1 for any targets (C2 for lines that join), never overshoots, and ends after 2 L frames. It is known at nodes,
 * every h frames counted from frame 0 of the stream, L = MST_EQ_GLIDE_SEGMENTS h, exactly (the lines are integrated, not sampled). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MST_EQ_GLIDE_DIM 3
#define MST_EQ_GLIDE_SEGMENTS 32

typedef struct
{
  double sum[MST_EQ_GLIDE_DIM];         /* integral of the target over the segment */
  double moment[MST_EQ_GLIDE_DIM];      /* the same, weighted with the distance from the segment's end */
} MstEqGlideSegment;

typedef struct
{
  size_t h;                     /* frames of a segment */
  double value[MST_EQ_GLIDE_DIM];       /* the target's line at frame piece_start of this segment */
  double slope[MST_EQ_GLIDE_DIM];       /* per frame */
  double target[MST_EQ_GLIDE_DIM];      /* where the line ends */
  size_t ramp_left;             /* frames from piece_start to there */
  size_t piece_start;
  MstEqGlideSegment now, past[2 * MST_EQ_GLIDE_SEGMENTS];       /* past: ring, the oldest at head */
  unsigned head;
  unsigned still_segments;      /* complete ones since the target last moved */
} MstEqGlide;

void mst_eq_glide_init (MstEqGlide *glide, size_t h, const double *value);
/* @offset: frame in the present segment. Nothing happens if the target is the one in force. */
void mst_eq_glide_go (MstEqGlide *glide, const double *target, size_t ramp_frames, size_t offset);
/* Component @i is @value at once and for all the past. */
void mst_eq_glide_jump (MstEqGlide *glide, unsigned i, double value);
/* The segment is over: writes the smoothed value at its end and its slope there, per segment. */
void mst_eq_glide_node (MstEqGlide *glide, double *value, double *slope);
/* The last node's value was the target itself and no line is under way. */
bool mst_eq_glide_at_rest (const MstEqGlide *glide);
