/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqlinear.h"
#include "convolver.h"
#include "eqlisten.h"
#include "ring.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 256               /* most frames at once: eqlisten.h */
#define FADE_SECONDS 0.020      /* a block at least */
#define QUARTERS MST_EQ_KERNEL_PATHS

typedef struct
{
  uint64_t frame;               /* when it was set */
  size_t ramp_frames;
  MstEqParams params;
} Change;

struct _MstEqLinear
{
  double rate_hz;
  unsigned n_channels, size;
  size_t half, block;
  uint64_t frame;               /* frames heard since reset */
  Change *changes;              /* ring: those the bands behind have still to come to, and the one before */
  size_t capacity;
  uint64_t n_changes, at_kernel, at_series;     /* ever set; taken by the kernels; by the bands behind */
  MstConvolver *convolver;
  MstEq *series;
  MstEqListen *listen;
  MstRing *input;               /* for listen */
  double *delayed;              /* [channel][CHUNK] */
  MstEqKernel *kernel;
  double *path[MST_EQ_KERNEL_PATHS], *taps;
  MstEqParams shape;            /* what the kernels are designed for: bands outside are not enabled */
  bool is_designing;            /* in the quarters of this block */
  double error_db;
};

/* Bands of the kernels, or those behind */
static void
part (const MstEqParams *all, bool kernel, double rate_hz, MstEqParams *some)
{
  *some = *all;
  for (unsigned i = 0; i < all->n_bands; i++) {
    MstEqBand *b = &some->bands[i];
    b->listen = false;
    if (mst_eq_kernel_takes (b) == kernel)
      continue;
    if (kernel)
      mst_eq_band_init (b);
    b->enabled = false;
  }
  for (unsigned i = all->n_bands; i < MST_EQ_MAX_BANDS; i++)
    mst_eq_band_init (&some->bands[i]);
  some->output_gain_db = kernel ? 0.0 : all->output_gain_db + (all->auto_gain ? mst_eq_auto_gain_db (all, rate_hz) : 0.0);
  some->auto_gain = false;
}

MstEqLinear *
mst_eq_linear_new (double rate_hz, unsigned n_channels, unsigned size, const char **error)
{
  MstConvolverRoute routes[64] = { { 0, 0, 0 }, { 0, 1, 1 }, { 1, 0, 2 }, { 1, 1, 3 } };        /* by path, of two channels */
  MstEqLinear *eq = calloc (1, sizeof *eq);
  if (!eq || !(eq->series = mst_eq_new_plain (rate_hz, n_channels, error))) {
    free (eq);
    return NULL;
  }
  for (unsigned i = 0; n_channels != 2 && i < n_channels; i++)
    routes[i] = (MstConvolverRoute) { i, i, 0 };
  eq->rate_hz = rate_hz;
  eq->n_channels = n_channels;
  eq->size = size;
  eq->half = mst_eq_kernel_half (rate_hz, size);
  for (eq->block = 32; (double) eq->block < FADE_SECONDS * rate_hz; eq->block *= 2);
  const size_t n_taps = 2 * eq->half - 1, best = mst_convolver_best_block (n_taps);
  eq->block = best > eq->block ? best : eq->block;
  const MstConvolverSetup setup = { n_channels, n_channels, n_channels == 2 ? 4 : 1, n_channels == 2 ? 4 : n_channels, routes, n_taps,
    eq->block, eq->block };
  eq->convolver = mst_convolver_new (&setup, error);
  eq->listen = mst_eq_listen_new (rate_hz, n_channels, error);
  eq->kernel = mst_eq_kernel_new (rate_hz, size);
  const size_t latency = eq->half - 1 + eq->block;
  eq->input = mst_ring_new (n_channels, latency + CHUNK);
  eq->delayed = malloc (sizeof *eq->delayed * n_channels * CHUNK);
  eq->capacity = latency / 32 + 4;
  eq->changes = malloc (sizeof *eq->changes * eq->capacity);
  eq->taps = malloc (sizeof *eq->taps * (MST_EQ_KERNEL_PATHS + 1) * (2 * eq->half));
  if (!eq->convolver || !eq->listen || !eq->kernel || !eq->input || !eq->delayed || !eq->changes || !eq->taps) {
    mst_eq_linear_free (eq);
    *error = "out of memory";
    return NULL;
  }
  for (unsigned p = 0; p < MST_EQ_KERNEL_PATHS; p++)
    eq->path[p] = eq->taps + (p + 1) * 2 * eq->half;
  MstEqParams flat;
  mst_eq_params_init (&flat);
  mst_eq_linear_set_params (eq, &flat, 0);
  return eq;
}

void
mst_eq_linear_free (MstEqLinear *eq)
{
  if (!eq)
    return;
  mst_convolver_free (eq->convolver);
  mst_eq_free (eq->series);
  mst_eq_listen_free (eq->listen);
  mst_ring_free (eq->input);
  mst_eq_kernel_free (eq->kernel);
  free (eq->delayed);
  free (eq->changes);
  free (eq->taps);
  free (eq);
}

size_t
mst_eq_linear_latency (const MstEqLinear *eq)
{
  return eq->half - 1 + eq->block;
}

double
mst_eq_linear_error_db (const MstEqLinear *eq)
{
  return eq->error_db;
}

bool
mst_eq_linear_suffices (MstEqLinear *eq, const MstEqParams *params)
{
  MstEqParams shape;
  double worst = 0.0;
  part (params, true, eq->rate_hz, &shape);
  const unsigned split = mst_eq_kernel_split (&shape);
  if (eq->size == MST_EQ_KERNEL_SIZES - 1 || memcmp (&shape, &eq->shape, sizeof shape) == 0)
    return true;
  for (unsigned p = 0; p < MST_EQ_KERNEL_PATHS; p++)
    if ((p & ~split) == 0)
      worst = fmax (worst, mst_eq_kernel_design (eq->kernel, &shape, p, eq->taps));
  return worst <= MST_EQ_KERNEL_ERROR_DB;
}

/* One path of the four; the last one hands over what left and right give to left and right. */
static void
design (MstEqLinear *eq, unsigned quarter)
{
  const unsigned split = mst_eq_kernel_split (&eq->shape);
  const size_t n_taps = 2 * eq->half - 1;
  if (quarter == 0)
    eq->error_db = 0.0;
  if ((quarter & ~split) == 0)
    eq->error_db = fmax (eq->error_db, mst_eq_kernel_design (eq->kernel, &eq->shape, quarter, eq->path[quarter]));
  if (quarter < QUARTERS - 1)
    return;
  eq->is_designing = false;
  if (eq->n_channels != 2) {
    mst_convolver_set_kernel (eq->convolver, 0, eq->path[0], n_taps);
    return;
  }
  for (unsigned k = 0; k < 4; k++) {    /* bit 1: from right, bit 0: to right */
    const double *mid = eq->path[k >> 1 & split], *side = eq->path[(k >> 1 | 2) & split];
    const double sign = k == 0 || k == 3 ? 0.5 : -0.5;
    for (size_t t = 0; t < n_taps; t++)
      eq->taps[t] = 0.5 * mid[t] + sign * side[t];
    mst_convolver_set_kernel (eq->convolver, k, eq->taps, n_taps);
  }
}

static Change *
change (const MstEqLinear *eq, uint64_t i)
{
  return &eq->changes[i % eq->capacity];
}

/* The bands behind and listen */
static void
hand_over (MstEqLinear *eq, const Change *c)
{
  const MstEqBand *heard = NULL;
  MstEqParams rest;
  part (&c->params, false, eq->rate_hz, &rest);
  mst_eq_set_params (eq->series, &rest, c->ramp_frames);
  for (unsigned i = 0; i < c->params.n_bands && !heard; i++)
    if (c->params.bands[i].listen)
      heard = &c->params.bands[i];
  mst_eq_listen_set (eq->listen, heard, c->ramp_frames);
}

void
mst_eq_linear_reset (MstEqLinear *eq)
{
  Change *c = change (eq, 0);
  if (eq->n_changes > 1)
    *c = *change (eq, eq->n_changes - 1);
  c->frame = 0;
  c->ramp_frames = 0;
  eq->n_changes = eq->at_kernel = eq->at_series = 1;
  eq->frame = 0;
  mst_convolver_reset (eq->convolver);
  mst_eq_reset (eq->series);
  mst_eq_listen_reset (eq->listen);
  hand_over (eq, c);
  part (&c->params, true, eq->rate_hz, &eq->shape);
  for (unsigned q = 0; q < QUARTERS; q++)
    design (eq, q);
}

void
mst_eq_linear_set_params (MstEqLinear *eq, const MstEqParams *params, size_t ramp_frames)
{
  const bool begins = eq->frame == 0 && ramp_frames == 0;
  const bool replaces = eq->n_changes - eq->at_series == eq->capacity - 1
      || (eq->n_changes > eq->at_series && change (eq, eq->n_changes - 1)->frame == eq->frame);
  if (begins)
    eq->n_changes = 0;
  else if (replaces)
    eq->n_changes--;
  if (eq->at_kernel > eq->n_changes)
    eq->at_kernel = eq->n_changes;      /* what replaces the change that they took is new to them */
  Change *c = change (eq, eq->n_changes++);
  c->frame = eq->frame;
  c->ramp_frames = ramp_frames;
  c->params = *params;
  if (begins)
    mst_eq_linear_reset (eq);
}

/* A block begins: is there a curve to be heard from the next one on? */
static void
begin_block (MstEqLinear *eq)
{
  const uint64_t next = eq->frame + eq->block, centre = eq->half - 1;
  const uint64_t limit = next < centre ? 0 : next - centre < eq->frame ? next - centre : eq->frame;
  bool newer = false;
  for (; eq->at_kernel < eq->n_changes && change (eq, eq->at_kernel)->frame <= limit; eq->at_kernel++)
    newer = true;
  if (!newer)
    return;
  MstEqParams shape;
  part (&change (eq, eq->at_kernel - 1)->params, true, eq->rate_hz, &shape);
  if (memcmp (&shape, &eq->shape, sizeof shape) == 0)
    return;
  eq->shape = shape;
  eq->is_designing = true;
}

void
mst_eq_linear_process (MstEqLinear *eq, double *const *io, size_t n_frames)
{
  const size_t quarter = eq->block / QUARTERS, latency = mst_eq_linear_latency (eq);
  for (size_t done = 0; done < n_frames;) {
    size_t n = n_frames - done, to_quarter = quarter - (size_t) (eq->frame % quarter);
    double *planes[64], *delayed[64];
    n = n < CHUNK ? n : CHUNK;
    n = n < to_quarter ? n : to_quarter;
    if (eq->frame < latency && latency - eq->frame < n)
      n = (size_t) (latency - eq->frame);
    if (eq->frame % eq->block == 0)
      begin_block (eq);
    if (eq->is_designing && to_quarter == quarter)
      design (eq, (unsigned) (eq->frame % eq->block / quarter));
    for (; eq->at_series < eq->n_changes; eq->at_series++) {
      const Change *c = change (eq, eq->at_series);
      if (c->frame + latency > eq->frame) {
        n = c->frame + latency - eq->frame < n ? (size_t) (c->frame + latency - eq->frame) : n;
        break;
      }
      hand_over (eq, c);
    }
    for (unsigned c = 0; c < eq->n_channels; c++) {
      planes[c] = io[c] + done;
      delayed[c] = eq->delayed + c * CHUNK;
    }
    mst_ring_write (eq->input, eq->frame, planes, 0, n);
    mst_convolver_process (eq->convolver, planes, planes, n);
    mst_eq_process (eq->series, planes, n);
    if (mst_eq_listen_active (eq->listen)) {
      if (eq->frame >= latency)
        mst_ring_read (eq->input, eq->frame - latency, delayed, 0, n);
      else
        memset (eq->delayed, 0, sizeof *eq->delayed * eq->n_channels * CHUNK);
      mst_eq_listen_hear (eq->listen, delayed, 0, n);
      mst_eq_listen_mix (eq->listen, planes, 0, n);
    }
    eq->frame += n;
    done += n;
  }
}
