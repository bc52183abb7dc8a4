/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqglide.h"

#include <string.h>

#define PAST (2 * MST_EQ_GLIDE_SEGMENTS)

void
mst_eq_glide_jump (MstEqGlide *g, unsigned i, double value)
{
  const double h = (double) g->h, p = (double) g->piece_start;
  g->value[i] = g->target[i] = value;
  g->slope[i] = 0.0;
  g->now.sum[i] = value * p;
  g->now.moment[i] = value * p * (h - 0.5 * p);
  for (unsigned k = 0; k < PAST; k++) {
    g->past[k].sum[i] = value * h;
    g->past[k].moment[i] = value * 0.5 * h * h;
  }
}

void
mst_eq_glide_init (MstEqGlide *g, size_t h, const double *value)
{
  memset (g, 0, sizeof *g);
  g->h = h;
  g->still_segments = PAST + 1;
  for (unsigned i = 0; i < MST_EQ_GLIDE_DIM; i++)
    mst_eq_glide_jump (g, i, value[i]);
}

/* One piece of line up to frame @offset into the integrals */
static void
add_piece (MstEqGlide *g, size_t offset)
{
  const double m = (double) (offset - g->piece_start), d = (double) (g->h - g->piece_start);
  for (unsigned i = 0; i < MST_EQ_GLIDE_DIM; i++) {
    g->now.sum[i] += m * (g->value[i] + 0.5 * m * g->slope[i]);
    g->now.moment[i] += m * (g->value[i] * (d - 0.5 * m) + g->slope[i] * m * (0.5 * d - m / 3.0));
    g->value[i] += m * g->slope[i];
  }
  g->piece_start = offset;
}

/* Pieces end where a line ends, a new one begins, or the segment does, so the sums do not depend on who asks when. */
static void
advance (MstEqGlide *g, size_t offset)
{
  if (g->ramp_left > 0 && g->ramp_left <= offset - g->piece_start) {
    add_piece (g, g->piece_start + g->ramp_left);
    g->ramp_left = 0;
    memcpy (g->value, g->target, sizeof g->value);
    memset (g->slope, 0, sizeof g->slope);
  }
  if (offset > g->piece_start) {
    if (g->ramp_left > 0)
      g->ramp_left -= offset - g->piece_start;
    add_piece (g, offset);
  }
}

void
mst_eq_glide_go (MstEqGlide *g, const double *target, size_t ramp_frames, size_t offset)
{
  if (memcmp (g->target, target, sizeof g->target) == 0)
    return;
  advance (g, offset);
  memcpy (g->target, target, sizeof g->target);
  g->ramp_left = ramp_frames;
  g->still_segments = 0;
  for (unsigned i = 0; i < MST_EQ_GLIDE_DIM; i++) {
    if (ramp_frames == 0)
      g->value[i] = target[i];
    g->slope[i] = ramp_frames > 0 ? (target[i] - g->value[i]) / (double) ramp_frames : 0.0;
  }
}

void
mst_eq_glide_node (MstEqGlide *g, double *value, double *slope)
{
  const double h = (double) g->h, scale = 1.0 / (h * h * MST_EQ_GLIDE_SEGMENTS * MST_EQ_GLIDE_SEGMENTS);
  const bool moving = g->ramp_left > 0;
  advance (g, g->h);
  g->past[g->head] = g->now;
  g->head = (g->head + 1) % PAST;
  memset (&g->now, 0, sizeof g->now);
  g->piece_start = 0;
  if (moving)
    g->still_segments = 0;
  else if (g->still_segments <= PAST)
    g->still_segments++;
  if (mst_eq_glide_at_rest (g)) {
    memcpy (value, g->target, sizeof g->target);
    memset (slope, 0, sizeof g->target);
    return;
  }
  for (unsigned i = 0; i < MST_EQ_GLIDE_DIM; i++) {
    double v = 0.0, late = 0.0, early = 0.0;
    for (unsigned k = 0; k < PAST; k++) {
      const MstEqGlideSegment *s = &g->past[(g->head + k) % PAST];
      if (k < MST_EQ_GLIDE_SEGMENTS) {
        v += (h * (k + 1.0)) * s->sum[i] - s->moment[i];
        early += s->sum[i];
      } else {
        v += s->moment[i] + h * (PAST - 1.0 - k) * s->sum[i];
        late += s->sum[i];
      }
    }
    value[i] = v * scale;
    slope[i] = (late - early) * h * scale;
  }
}

bool
mst_eq_glide_at_rest (const MstEqGlide *g)
{
  return g->still_segments > PAST && g->ramp_left == 0;
}
