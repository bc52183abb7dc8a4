/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eq.h"
#include "eqband.h"
#include "eqgain.h"
#include "eqlisten.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 256               /* frames of scratch */
#define CLEAN 4096              /* states are cleaned at its absolute multiples */
#define TINY 1e-30

/* Stages at rest wait here until something else has to come after them. */
typedef struct
{
  const MstEqStage *stages[MST_EQ_MAX_BANDS * MST_EQ_MAX_SECTIONS];
  MstEqState *states[MST_EQ_MAX_BANDS * MST_EQ_MAX_SECTIONS];
  unsigned n;
} Queue;

struct _MstEq
{
  MstEqParams params;
  double rate_hz, gain_db;      /* gain_db: output and auto gain */
  unsigned n_channels, n_pairs, n_runners;      /* runners that were ever in use */
  MstEqTable *table;
  MstEqRunner runners[MST_EQ_MAX_BANDS];
  MstEqGain gain;
  bool started;                 /* a frame was processed since reset */
  bool busy;                    /* anything moves, fades or waits for a node */
  size_t h;                     /* frames of a segment */
  size_t at;                    /* frame in the block of MST_EQ_BLOCK_SEGMENTS */
  size_t noded;                 /* segments of it that the glides have seen the end of */
  unsigned stride;              /* parts of a segment from design to design in this block */
  size_t step;                  /* frames that are processed at once: a stride, or a segment at most with a dynamic band */
  size_t in_block;              /* frame in the block of CLEAN */
  size_t n_fade;
  double *fade;                 /* raised cosine of n_fade frames, from 0 up */
  double silent[BLOCK], mid[2][BLOCK], dry[2][BLOCK];
  bool has_rest;                /* rest[] is the whole of pair 0 of now: nothing moves */
  Queue rest[MST_EQ_N_DOMAINS];
  const MstEqCascadeKernels *kernels;
  MstEqListen *listen;          /* NULL in the filter of one */
};

MstEq *
mst_eq_new_plain (double rate_hz, unsigned n_channels, const char **error)
{
  if (!(rate_hz >= 8000.0 && rate_hz <= 384000.0) || n_channels < 1 || n_channels > 64) {
    *error = "the equaliser works at 8 to 384 kHz on 1 to 64 channels";
    return NULL;
  }
  MstEq *eq = calloc (1, sizeof *eq);
  if (!eq) {
    *error = "out of memory";
    return NULL;
  }
  for (eq->h = 8; (double) eq->h < rate_hz * 0.19e-3; eq->h *= 2);
  eq->rate_hz = rate_hz;
  eq->n_channels = n_channels;
  eq->n_pairs = (n_channels + 1) / 2;
  eq->kernels = mst_eq_cascade_kernels ();
  eq->n_fade = eq->h * MST_EQ_BLOCK_SEGMENTS * MST_EQ_FADE_BLOCKS;
  eq->fade = malloc (sizeof *eq->fade * eq->n_fade);
  eq->table = mst_eq_table_new ();
  MstEnvelope *model = mst_envelope_new (rate_hz, MST_EQ_LANES, NULL);
  bool ok = eq->fade && eq->table && model;
  for (unsigned i = 0; ok && i < MST_EQ_MAX_BANDS; i++)
    ok = mst_eq_runner_init (&eq->runners[i], eq->table, model, rate_hz, eq->n_pairs, eq->h);
  mst_envelope_free (model);
  if (!ok) {
    mst_eq_free (eq);
    *error = "out of memory";
    return NULL;
  }
  for (size_t i = 0; i < eq->n_fade; i++)
    eq->fade[i] = 0.5 - 0.5 * cos (M_PI * ((double) i + 0.5) / (double) eq->n_fade);
  mst_eq_params_init (&eq->params);
  mst_eq_reset (eq);
  return eq;
}

MstEq *
mst_eq_new (double rate_hz, unsigned n_channels, const char **error)
{
  MstEq *eq = mst_eq_new_plain (rate_hz, n_channels, error);
  if (eq && !(eq->listen = mst_eq_listen_new (rate_hz, n_channels, error))) {
    mst_eq_free (eq);
    eq = NULL;
  }
  return eq;
}

void
mst_eq_free (MstEq *eq)
{
  if (!eq)
    return;
  for (unsigned i = 0; i < MST_EQ_MAX_BANDS; i++)
    mst_eq_runner_clear (&eq->runners[i]);
  mst_eq_listen_free (eq->listen);
  mst_eq_table_free (eq->table);
  free (eq->fade);
  free (eq);
}

size_t
mst_eq_latency (const MstEq *eq)
{
  return 0;
}

static bool
has_dynamic (const MstEq *eq)
{
  for (unsigned i = 0; i < eq->n_runners; i++) {
    const MstEqFilters *f = &eq->runners[i].filters[eq->runners[i].now];
    if (f->on && f->dynamic)
      return true;
  }
  return false;
}

void
mst_eq_reset (MstEq *eq)
{
  for (unsigned i = 0; i < eq->n_runners; i++)
    mst_eq_runner_restart (&eq->runners[i]);
  mst_eq_gain_reset (&eq->gain, eq->h, eq->gain_db);
  eq->at = eq->in_block = eq->noded = 0;
  eq->stride = MST_EQ_BLOCK_SEGMENTS * MST_EQ_PARTS;
  eq->step = eq->h;
  eq->started = eq->has_rest = false;
  eq->busy = has_dynamic (eq);
  if (eq->listen)
    mst_eq_listen_reset (eq->listen);
  eq->rest[MST_EQ_DOMAIN_MID_SIDE].n = 0;
}

/* The glides see every segment that has ended. */
static void
catch_up (MstEq *eq)
{
  for (; eq->noded < eq->at / eq->h; eq->noded++) {
    for (unsigned i = 0; i < eq->n_runners; i++)
      mst_eq_runner_node (&eq->runners[i]);
    mst_eq_gain_node (&eq->gain);
  }
}

void
mst_eq_set_params (MstEq *eq, const MstEqParams *params, size_t ramp_frames)
{
  eq->gain_db = params->output_gain_db + (params->auto_gain ? mst_eq_auto_gain_db (params, eq->rate_hz) : 0.0);
  MstEqBand off;
  mst_eq_band_init (&off);
  off.enabled = false;
  eq->params = *params;
  if (eq->busy)
    catch_up (eq);
  else
    eq->noded = eq->at / eq->h;
  if (params->n_bands > eq->n_runners)
    eq->n_runners = params->n_bands;
  unsigned crowd = 0;
  for (unsigned i = 0; i < eq->n_runners; i++) {
    const MstEqBand *band = i < params->n_bands ? &params->bands[i] : &off;
    const bool changes = memcmp (&eq->runners[i].set, band, sizeof *band) != 0;
    crowd += changes ? mst_eq_band_work (band->type, band->slope) : mst_eq_runner_work (&eq->runners[i]);
  }
  for (unsigned i = 0; i < eq->n_runners; i++) {
    MstEqRunner *r = &eq->runners[i];
    const MstEqBand *band = i < params->n_bands ? &params->bands[i] : &off;
    if (memcmp (&r->set, band, sizeof *band) != 0)
      mst_eq_runner_set (r, band, ramp_frames, eq->at % eq->h, crowd);
    eq->busy |= mst_eq_runner_busy (r);
  }
  eq->has_rest = false;
  mst_eq_gain_set (&eq->gain, eq->gain_db, ramp_frames, eq->at % eq->h);
  eq->busy |= mst_eq_gain_busy (&eq->gain);
  if (eq->listen) {
    const MstEqBand *heard = NULL;
    for (unsigned i = 0; i < params->n_bands && !heard; i++)
      if (params->bands[i].listen)
        heard = &params->bands[i];
    mst_eq_listen_set (eq->listen, heard, ramp_frames);
  }
  if (ramp_frames == 0 && !eq->started)
    mst_eq_reset (eq);
}

/* The more sections move, the rarer their designs: an equal share of a core, whatever the clock says. */
static unsigned
choose_stride (const MstEq *eq)
{
  unsigned work = 0, stride = 1;
  for (unsigned i = 0; i < eq->n_runners; i++)
    work += mst_eq_runner_work (&eq->runners[i]);
  while (stride < work * 2 / 3 && stride < MST_EQ_BLOCK_SEGMENTS * MST_EQ_PARTS)
    stride *= 2;
  return stride;
}

/* A stride begins, and perhaps a segment and a block. */
static void
boundary (MstEq *eq)
{
  catch_up (eq);
  if (eq->at == eq->h * MST_EQ_BLOCK_SEGMENTS) {
    eq->at = eq->noded = 0;
    eq->busy = eq->has_rest = false;
    for (unsigned i = 0; i < eq->n_runners; i++) {
      mst_eq_runner_block (&eq->runners[i]);
      eq->busy |= mst_eq_runner_busy (&eq->runners[i]);
    }
    eq->stride = choose_stride (eq);
    mst_eq_gain_block (&eq->gain, eq->stride > MST_EQ_PARTS ? eq->stride / MST_EQ_PARTS : 1);
    eq->busy |= mst_eq_gain_busy (&eq->gain);
    eq->step = eq->stride * eq->h / MST_EQ_PARTS;
    if (eq->step > eq->h && has_dynamic (eq))
      eq->step = eq->h;
  }
  const size_t part = eq->h / MST_EQ_PARTS;
  if (eq->at % eq->h == 0) {
    for (unsigned i = 0; i < eq->n_runners; i++)
      mst_eq_runner_segment (&eq->runners[i]);
    mst_eq_gain_segment (&eq->gain, eq->at);
  }
  if (eq->at % (eq->stride * part) == 0)
    for (unsigned i = 0; i < eq->n_runners; i++)
      mst_eq_runner_stride (&eq->runners[i], eq->stride, (unsigned) (eq->at % eq->h / part));
}

static void
clean (double *z)
{
  for (unsigned i = 0; i < MST_EQ_LANES; i++)
    if (fabs (z[i]) < TINY)
      z[i] = 0.0;
}

static void
clean_states (MstEq *eq)
{
  for (unsigned i = 0; i < eq->n_runners; i++)
    for (unsigned which = 0; which < 2; which++) {
      MstEqFilters *f = &eq->runners[i].filters[which];
      for (unsigned k = 0; f->on && k < f->n_sections * eq->n_pairs; k++) {
        MstEqState *z = &f->state[k];
        clean (z->z1);
        clean (z->z2);
        clean (z->s);
      }
    }
}

static void
run_queue (const MstEq *eq, Queue *q, double *left, double *right, size_t n)
{
  if (q->n > 0)
    eq->kernels->run (q->stages, q->states, q->n, left, right, n);
  q->n = 0;
}

static void
run_filters (const MstEq *eq, Queue *q, MstEqFilters *f, bool moving, unsigned pair, double *left, double *right, size_t n)
{
  MstEqState *state = f->state + (size_t) pair * f->n_sections;
  const size_t stride = f->dynamic ? eq->h : eq->stride * eq->h / MST_EQ_PARTS;
  if (moving)
    run_queue (eq, q, left, right, n);
  for (unsigned i = 0; i < f->n_sections; i++) {
    if (moving) {
      eq->kernels->run_moving (&f->move[i], &state[i], eq->at % stride, 1.0 / (double) stride, left, right, n);
    } else {
      q->stages[q->n] = &f->stage[i];
      q->states[q->n++] = &state[i];
    }
  }
}

static void
hear (const MstEq *eq, MstEqRunner *r, unsigned pair, const double *left, const double *right, size_t n)
{
  const MstEqFilters *f = &r->filters[r->now];
  if (f->dynamic)
    mst_eq_dynamics_hear (&r->dynamics, pair, f->lanes, eq->at % eq->h, left, right, n);
}

/* The new filters, empty at first, get what is faded in; the old ones' output is faded out. */
static void
run_fade (MstEq *eq, Queue *q, MstEqRunner *r, MstEqDomain domain, unsigned pair, double *left, double *right, size_t n)
{
  MstEqFilters *after = &r->filters[r->now], *before = &r->filters[r->now ^ 1];
  const double *fade = eq->fade + r->fade_block * eq->h * MST_EQ_BLOCK_SEGMENTS + eq->at;
  const bool here = after->on && after->domain == domain;
  run_queue (eq, q, left, right, n);
  if (here)
    hear (eq, r, pair, left, right, n);
  memcpy (eq->dry[0], left, n * sizeof *left);
  memcpy (eq->dry[1], right, n * sizeof *right);
  for (size_t t = 0; t < n; t++) {
    left[t] *= fade[t];
    right[t] *= fade[t];
  }
  if (before->on && before->domain == domain)
    run_filters (eq, q, before, before->moving, pair, eq->dry[0], eq->dry[1], n);
  run_queue (eq, q, eq->dry[0], eq->dry[1], n);
  if (here)
    run_filters (eq, q, after, after->moving || after->dynamic, pair, left, right, n);
  run_queue (eq, q, left, right, n);
  for (size_t t = 0; t < n; t++) {
    left[t] += (1.0 - fade[t]) * eq->dry[0][t];
    right[t] += (1.0 - fade[t]) * eq->dry[1][t];
  }
}

static void
run_domain (MstEq *eq, MstEqDomain domain, unsigned pair, double *left, double *right, size_t n)
{
  Queue *queue = &eq->rest[domain];
  const bool keep = !eq->busy && pair == 0;
  if (eq->has_rest && keep) {
    if (queue->n > 0)
      eq->kernels->run (queue->stages, queue->states, queue->n, left, right, n);
    return;
  }
  queue->n = 0;
  for (unsigned i = 0; i < eq->n_runners; i++) {
    MstEqRunner *r = &eq->runners[i];
    MstEqFilters *f = &r->filters[r->now];
    const bool here = f->on && f->domain == domain;
    const MstEqFilters *before = &r->filters[r->now ^ 1];
    if (r->fading && (here || (before->on && before->domain == domain)))
      run_fade (eq, queue, r, domain, pair, left, right, n);
    else if (here) {
      if (f->dynamic) {
        run_queue (eq, queue, left, right, n);
        hear (eq, r, pair, left, right, n);
      }
      run_filters (eq, queue, f, f->moving || f->dynamic, pair, left, right, n);
    }
  }
  const unsigned n_rest = queue->n;
  run_queue (eq, queue, left, right, n);
  queue->n = keep ? n_rest : 0;
}

static bool
uses_mid_side (const MstEq *eq)
{
  for (unsigned i = 0; i < eq->n_runners; i++)
    for (unsigned which = 0; which < 2; which++) {
      const MstEqFilters *f = &eq->runners[i].filters[which];
      if (f->on && f->domain == MST_EQ_DOMAIN_MID_SIDE)
        return true;
    }
  return false;
}

static void
process_pair (MstEq *eq, unsigned pair, double *left, double *right, size_t n)
{
  run_domain (eq, MST_EQ_DOMAIN_DIRECT, pair, left, right, n);
  if (eq->has_rest ? eq->rest[MST_EQ_DOMAIN_MID_SIDE].n > 0 : eq->n_channels == 2 && uses_mid_side (eq)) {
    double *mid = eq->mid[0], *side = eq->mid[1];
    for (size_t t = 0; t < n; t++) {
      mid[t] = 0.5 * (left[t] + right[t]);
      side[t] = 0.5 * (left[t] - right[t]);
    }
    run_domain (eq, MST_EQ_DOMAIN_MID_SIDE, pair, mid, side, n);
    for (size_t t = 0; t < n; t++) {
      left[t] = mid[t] + side[t];
      right[t] = mid[t] - side[t];
    }
  }
  mst_eq_gain_run (&eq->gain, eq->kernels, eq->at, left, right, n);
}

void
mst_eq_process (MstEq *eq, double *const *io, size_t n_frames)
{
  const size_t block = eq->h * MST_EQ_BLOCK_SEGMENTS;
  eq->started |= n_frames > 0;
  for (size_t done = 0; done < n_frames;) {
    size_t n = n_frames - done;
    n = n < BLOCK ? n : BLOCK;
    n = n < CLEAN - eq->in_block ? n : CLEAN - eq->in_block;
    if (eq->busy) {
      const size_t left = eq->step - eq->at % eq->step;
      n = n < left ? n : left;
    }
    const bool listens = eq->listen && mst_eq_listen_active (eq->listen);
    if (listens)
      mst_eq_listen_hear (eq->listen, io, done, n);
    for (unsigned pair = 0; pair < eq->n_pairs; pair++) {
      const unsigned c = 2 * pair;
      if (c + 1 == eq->n_channels)
        memset (eq->silent, 0, sizeof eq->silent);
      process_pair (eq, pair, io[c] + done, c + 1 < eq->n_channels ? io[c + 1] + done : eq->silent, n);
    }
    if (listens)
      mst_eq_listen_mix (eq->listen, io, done, n);
    eq->has_rest = !eq->busy && eq->n_pairs == 1;
    done += n;
    eq->at += n;
    if (eq->busy && eq->at % eq->step == 0)
      boundary (eq);
    else if (!eq->busy)
      eq->at %= block;
    eq->in_block = (eq->in_block + n) % CLEAN;
    if (eq->in_block == 0)
      clean_states (eq);
  }
}
