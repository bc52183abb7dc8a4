/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqgain.h"

#include "decibel.h"

void
mst_eq_gain_reset (MstEqGain *g, size_t h, double db)
{
  const double value[MST_EQ_GLIDE_DIM] = { db };
  mst_eq_glide_init (&g->glide, h, value);
  g->gain = mst_decibel_to_gain (db);
  for (unsigned k = 0; k < MST_EQ_PATH_LENGTH; k++)
    g->path[k] = g->gain;
  g->rest_nodes = MST_EQ_PATH_LENGTH;
  g->stride = MST_EQ_BLOCK_SEGMENTS;
  g->moving = false;
}

void
mst_eq_gain_set (MstEqGain *g, double db, size_t ramp_frames, size_t offset)
{
  const double value[MST_EQ_GLIDE_DIM] = { db };
  mst_eq_glide_go (&g->glide, value, ramp_frames, offset);
  if (!mst_eq_glide_at_rest (&g->glide))
    g->rest_nodes = 0;
}

bool
mst_eq_gain_busy (const MstEqGain *g)
{
  return g->moving || g->rest_nodes < MST_EQ_PATH_LENGTH;
}

void
mst_eq_gain_node (MstEqGain *g)
{
  double value[MST_EQ_GLIDE_DIM], slope[MST_EQ_GLIDE_DIM];
  if (g->rest_nodes == MST_EQ_PATH_LENGTH)
    return;
  mst_eq_glide_node (&g->glide, value, slope);
  g->head = (g->head + 1) % MST_EQ_PATH_LENGTH;
  g->path[g->head] = mst_decibel_to_gain (value[0]);
  g->rest_nodes = mst_eq_glide_at_rest (&g->glide) ? g->rest_nodes + 1 : 0;
}

void
mst_eq_gain_block (MstEqGain *g, unsigned stride)
{
  g->moving = g->rest_nodes < MST_EQ_PATH_LENGTH;
  g->gain = g->path[g->head];
  g->stride = stride;
}

void
mst_eq_gain_segment (MstEqGain *g, size_t at)
{
  MstEqCoefs c[4] = { 0 };
  const MstEqCoefs *const node[MST_EQ_MOVE_NODES] = { NULL, &c[0], &c[1], &c[2], &c[3], NULL };
  if (!g->moving || at % (g->stride * g->glide.h) != 0)
    return;
  for (unsigned k = 0; k < 4; k++) {
    const unsigned back = MST_EQ_PATH_DELAY + g->stride - k * g->stride;
    c[k].c[MST_EQ_B0] = g->path[(g->head + MST_EQ_PATH_LENGTH - back) % MST_EQ_PATH_LENGTH];
  }
  mst_eq_move_set (&g->move, node, 3);
}

void
mst_eq_gain_run (const MstEqGain *g, const MstEqCascadeKernels *kernels, size_t at, double *left, double *right, size_t n_frames)
{
  if (g->moving) {
    MstEqState none = { .z1 = { 0.0 } };
    const size_t stride = g->stride * g->glide.h;
    kernels->run_moving (&g->move, &none, at % stride, 1.0 / (double) stride, left, right, n_frames);
  } else if (g->gain != 1.0) {
    for (size_t t = 0; t < n_frames; t++) {
      left[t] *= g->gain;
      right[t] *= g->gain;
    }
  }
}
