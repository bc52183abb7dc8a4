/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqband.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double
mst_eq_effective_frequency (const MstEqBand *band, double rate_hz)
{
  switch (band->type) {
    case MST_EQ_HIGH_PASS:
    case MST_EQ_BAND_PASS:
    case MST_EQ_NOTCH:
    case MST_EQ_ALL_PASS:
      return fmin (band->frequency_hz, 0.45 * rate_hz);
    default:
      return band->frequency_hz;
  }
}

static bool
is_dynamic (const MstEqBand *band)
{
  return band->range_db != 0.0 && band->type <= MST_EQ_HIGH_SHELF;
}

/* What glides. A parameter the type does not use stays where it cannot move. */
static void
glide_target (const MstEqRunner *r, double *target)
{
  const MstEqBand *b = &r->set;
  const bool pass = b->type == MST_EQ_HIGH_PASS || b->type == MST_EQ_LOW_PASS;
  const bool shelf = b->type == MST_EQ_LOW_SHELF || b->type == MST_EQ_HIGH_SHELF;
  const bool uses_q = b->type != MST_EQ_TILT_SHELF && (b->slope == 12 || !(pass || shelf));
  target[0] = log (mst_eq_effective_frequency (b, r->rate_hz));
  target[1] = uses_q ? log (b->q) : 0.0;
  target[2] = mst_eq_type_has_gain (b->type) ? b->gain_db : 0.0;
}

static void
design (const MstEqRunner *r, const MstEqFilters *f, const double *at, MstEqCoefs *coefs)
{
  MstEqFit fit[MST_EQ_MAX_SECTIONS];
  mst_eq_design (r->table, r->fit, f->type, f->slope, exp (at[0]), at[2], exp (at[1]), r->rate_hz, fit);
  for (unsigned i = 0; i < f->n_sections; i++)
    mst_eq_coefs_from_fit (&fit[i], &coefs[i]);
}

/* The path @back parts before the last node */
static void
path_at (const MstEqRunner *r, unsigned back, double *value)
{
  const unsigned to = (r->path_head + MST_EQ_PATH_LENGTH - back / MST_EQ_PARTS) % MST_EQ_PATH_LENGTH;
  const unsigned from = (to + MST_EQ_PATH_LENGTH - 1) % MST_EQ_PATH_LENGTH, rest = back % MST_EQ_PARTS;
  const double x = 1.0 - (double) rest / MST_EQ_PARTS, y = 1.0 - x;
  if (rest == 0) {
    memcpy (value, r->path[to], sizeof r->path[to]);
    return;
  }
  for (unsigned i = 0; i < MST_EQ_GLIDE_DIM; i++) {
    const double a = r->path[from][i], b = r->path[to][i];
    value[i] = a == b ? a : a * y * y * (1.0 + 2.0 * x) + r->slope[from][i] * x * y * y
        + b * x * x * (1.0 + 2.0 * y) - r->slope[to][i] * x * x * y;
  }
}

/* At @at, filters empty. */
static void
settle (MstEqRunner *r, MstEqFilters *f, const double *at)
{
  design (r, f, at, f->node[2]);
  r->stride = 0;
  memcpy (f->node[3], f->node[2], sizeof f->node[2]);
  for (unsigned i = 0; i < f->n_sections; i++)
    mst_eq_stage_set (&f->stage[i], &f->node[2][i], f->lanes);
  if (f->dynamic) {
    const MstEqCoefs *const node[MST_EQ_MOVE_NODES] = { NULL, f->node[2], f->node[2], f->node[2], f->node[2], NULL };
    mst_eq_move_set (&f->move[0], node, f->lanes);
    mst_eq_dynamics_reset (&r->dynamics);
    mst_eq_dynamics_tune (&r->dynamics, f->type, exp (at[0]), exp (at[1]));
  }
  memset (f->state, 0, sizeof *f->state * MST_EQ_MAX_SECTIONS * r->n_pairs);
}

static void
shape (MstEqFilters *f, const MstEqBand *band)
{
  f->type = band->type;
  f->slope = band->slope;
  f->n_sections = mst_eq_n_sections (band->type, band->slope);
  f->dynamic = is_dynamic (band);
  f->domain = band->channels >= MST_EQ_MID ? MST_EQ_DOMAIN_MID_SIDE : MST_EQ_DOMAIN_DIRECT;
  f->lanes = band->channels == MST_EQ_ALL ? 3 : band->channels == MST_EQ_LEFT || band->channels == MST_EQ_MID ? 1 : 2;
}

static bool
same_shape (const MstEqFilters *f, const MstEqBand *band)
{
  MstEqFilters other;
  shape (&other, band);
  return f->type == other.type && f->n_sections == other.n_sections && f->slope == other.slope
      && f->domain == other.domain && f->lanes == other.lanes && f->dynamic == other.dynamic;
}

/* The glide begins at rest at @value. */
static void
rest (MstEqRunner *r, const double *value)
{
  mst_eq_glide_init (&r->glide, r->glide.h, value);
  for (unsigned k = 0; k < MST_EQ_PATH_LENGTH; k++)
    memcpy (r->path[k], value, sizeof r->path[k]);
  memset (r->slope, 0, sizeof r->slope);
  r->at_rest_nodes = MST_EQ_PATH_LENGTH;
  r->moving = false;
}

/* The band is there and does something, now or at the end of its glide. */
static bool
wants_filters (const MstEqRunner *r)
{
  return r->set.enabled && (is_dynamic (&r->set) || !mst_eq_type_has_gain (r->set.type) || r->set.gain_db != 0.0);
}

bool
mst_eq_runner_init (MstEqRunner *r, MstEqTable *table, const MstEnvelope *model, double rate_hz, unsigned n_pairs, size_t h)
{
  r->table = table;
  r->rate_hz = rate_hz;
  r->n_pairs = n_pairs;
  r->fit = mst_eq_fit_kernels ();
  mst_eq_band_init (&r->set);
  for (unsigned i = 0; i < 2; i++) {
    r->filters[i].state = aligned_alloc (64, sizeof *r->filters[i].state * MST_EQ_MAX_SECTIONS * ((n_pairs + 3) & ~3u));
    if (!r->filters[i].state)
      return false;
  }
  if (!mst_eq_dynamics_init (&r->dynamics, model, rate_hz, n_pairs, h))
    return false;
  r->glide.h = h;
  mst_eq_runner_restart (r);
  return true;
}

void
mst_eq_runner_clear (MstEqRunner *r)
{
  mst_eq_dynamics_clear (&r->dynamics);
  free (r->filters[0].state);
  free (r->filters[1].state);
}

void
mst_eq_runner_restart (MstEqRunner *r)
{
  double target[MST_EQ_GLIDE_DIM];
  MstEqFilters *f = &r->filters[r->now];
  glide_target (r, target);
  rest (r, target);
  r->fading = false;
  shape (f, &r->set);
  f->on = wants_filters (r);
  if (f->on)
    settle (r, f, target);
}

void
mst_eq_runner_set (MstEqRunner *r, const MstEqBand *band, size_t ramp_frames, size_t offset)
{
  double target[MST_EQ_GLIDE_DIM];
  MstEqFilters *f = &r->filters[r->now];
  const bool was_enabled = r->set.enabled;
  r->set = *band;
  glide_target (r, target);
  if (f->on && (!band->enabled || !same_shape (f, band)))
    return;                     /* a switch at the next node, to the parameters of then */
  if (!f->on) {
    if (!was_enabled || !band->enabled || !mst_eq_type_has_gain (band->type) || is_dynamic (band))
      return;
    if (mst_eq_glide_at_rest (&r->glide) || !same_shape (f, band)) {
      /* It was at 0 dB: frequency and q have nobody to hear them, the gain starts from there */
      shape (f, band);
      const bool resting = mst_eq_glide_at_rest (&r->glide);
      for (unsigned i = 0; i < (resting ? 3u : 2u); i++) {
        mst_eq_glide_jump (&r->glide, i, i < 2 ? target[i] : 0.0);
        for (unsigned k = 0; k < MST_EQ_PATH_LENGTH; k++) {
          r->path[k][i] = i < 2 ? target[i] : 0.0;
          r->slope[k][i] = 0.0;
        }
      }
    }
  }
  mst_eq_glide_go (&r->glide, target, ramp_frames, offset);
  if (!mst_eq_glide_at_rest (&r->glide))
    r->at_rest_nodes = 0;
}

/* The filters of now become those of before. Between the direct and the mid/side domain by way of nothing, since filters
 * of both would follow one another, not take turns. */
static void
start_fade (MstEqRunner *r)
{
  const MstEqFilters *before = &r->filters[r->now];
  double target[MST_EQ_GLIDE_DIM];
  r->now ^= 1;
  MstEqFilters *f = &r->filters[r->now];
  glide_target (r, target);
  rest (r, target);
  r->fading = true;
  r->fade_block = 0;
  shape (f, &r->set);
  f->on = wants_filters (r) && !(before->on && before->domain != f->domain);
  if (f->on)
    settle (r, f, target);
}

void
mst_eq_runner_node (MstEqRunner *r)
{
  if (r->at_rest_nodes == MST_EQ_PATH_LENGTH)
    return;
  r->path_head = (r->path_head + 1) % MST_EQ_PATH_LENGTH;
  mst_eq_glide_node (&r->glide, r->path[r->path_head], r->slope[r->path_head]);
  r->at_rest_nodes = mst_eq_glide_at_rest (&r->glide) ? r->at_rest_nodes + 1 : 0;
}

/* Freezes the filters where the path is. */
static void
stop (MstEqRunner *r)
{
  MstEqFilters *f = &r->filters[r->now];
  MstEqCoefs at[MST_EQ_MAX_SECTIONS];
  r->moving = false;
  if (f->dynamic) {             /* its move ends there, and starts from there next */
    mst_eq_stage_set (&f->stage[0], &f->node[3][0], f->lanes);
    return;
  }
  design (r, f, r->path[(r->path_head + MST_EQ_PATH_LENGTH - MST_EQ_PATH_DELAY) % MST_EQ_PATH_LENGTH], at);
  for (unsigned i = 0; i < f->n_sections; i++)
    mst_eq_stage_set (&f->stage[i], &at[i], f->lanes);
}

void
mst_eq_runner_block (MstEqRunner *r)
{
  MstEqFilters *f = &r->filters[r->now];
  const bool glides = r->at_rest_nodes < MST_EQ_PATH_LENGTH;
  if (r->fading && ++r->fade_block == MST_EQ_FADE_BLOCKS) {
    r->fading = false;
    r->filters[r->now ^ 1].on = false;
  }
  if (glides && !f->on) {       /* leaves 0 dB: the identity with the filter's own poles, empty */
    const double *now = r->path[(r->path_head + MST_EQ_PATH_LENGTH - MST_EQ_PATH_DELAY) % MST_EQ_PATH_LENGTH];
    const double flat[MST_EQ_GLIDE_DIM] = { now[0], now[1], 0.0 };
    f->on = true;
    settle (r, f, flat);
  }
  if (glides && !r->moving) {
    r->moving = true;
    r->stride = 0;
  } else if (!glides && r->moving) {
    stop (r);
  }
  if (r->fading)
    return;
  if (f->on ? !r->set.enabled || !same_shape (f, &r->set) || (!r->moving && !wants_filters (r)) :
      wants_filters (r) && !glides) {
    if (r->moving || f->dynamic)        /* the old filters stay where they are */
      stop (r);
    start_fade (r);
  }
}

void
mst_eq_runner_stride (MstEqRunner *r, unsigned stride, unsigned parts)
{
  MstEqFilters *f = &r->filters[r->now];
  if (!r->moving || f->dynamic)
    return;
  const bool next = r->stride == stride, wide = stride < MST_EQ_LONG_STRIDE;
  const unsigned first = wide ? 0 : 1, last = MST_EQ_MOVE_NODES - 1 - first;
  double at[MST_EQ_GLIDE_DIM], before[MST_EQ_GLIDE_DIM];
  if (next)
    memmove (f->node[first], f->node[first + 1], (last - first) * sizeof f->node[0]);
  for (unsigned k = next ? last : first; k <= last; k++) {
    const unsigned back = MST_EQ_PATH_DELAY * MST_EQ_PARTS + 2 * stride - k * stride - parts;
    path_at (r, back, at);
    if (k > first) {
      path_at (r, back + stride, before);
      if (memcmp (at, before, sizeof at) == 0) {
        memcpy (f->node[k], f->node[k - 1], sizeof f->node[k]);
        continue;
      }
    }
    design (r, f, at, f->node[k]);
  }
  r->stride = stride;
  for (unsigned i = 0; i < f->n_sections; i++) {
    const MstEqCoefs *const node[MST_EQ_MOVE_NODES] = { wide ? &f->node[0][i] : NULL, &f->node[1][i], &f->node[2][i], &f->node[3][i],
      &f->node[4][i], wide ? &f->node[5][i] : NULL };
    mst_eq_move_set (&f->move[i], node, f->lanes);
  }
}

unsigned
mst_eq_runner_work (const MstEqRunner *r)
{
  const MstEqFilters *f = &r->filters[r->now];
  return !r->moving ? 0 : mst_eq_table_has (f->type, f->slope) ? 1 : f->n_sections;
}

/* The design at ln f, ln q and dB, from the grid */
static void
design_on_grid (MstEqRunner *r, const MstEqFilters *f, const double *at, MstEqCoefs *coefs)
{
  MstEqGrid *g = &r->grid;
  const double x = at[2] / MST_EQ_GRID_DB + MST_EQ_GRID_SIZE / 2;
  const unsigned low = (unsigned) fmin (fmax (floor (x), 0.0), MST_EQ_GRID_SIZE - 2);
  const double share = x - low;
  if (g->f != at[0] || g->q != at[1])
    memset (g->known, 0, sizeof g->known);
  g->f = at[0];
  g->q = at[1];
  for (unsigned k = low; k < low + 2; k++) {
    if (!g->known[k])
      mst_eq_design (r->table, r->fit, f->type, f->slope, exp (at[0]), ((double) k - MST_EQ_GRID_SIZE / 2) * MST_EQ_GRID_DB, exp (at[1]),
          r->rate_hz, &g->fit[k]);
    g->known[k] = true;
  }
  MstEqFit fit;
  const double *a = (const double *) &g->fit[low], *b = (const double *) &g->fit[low + 1];
  for (unsigned i = 0; i < sizeof fit / sizeof (double); i++)
    ((double *) &fit)[i] = a[i] * pow (b[i] / a[i], share);
  mst_eq_coefs_from_fit (&fit, coefs);
}

void
mst_eq_runner_segment (MstEqRunner *r)
{
  MstEqFilters *f = &r->filters[r->now];
  if (!f->on || !f->dynamic)
    return;
  const double *now = r->path[(r->path_head + MST_EQ_PATH_LENGTH - MST_EQ_PATH_DELAY) % MST_EQ_PATH_LENGTH];
  const double change = mst_eq_dynamics_segment (&r->dynamics, &r->set);
  const double at[MST_EQ_GLIDE_DIM] = { now[0], now[1], now[2] + change };
  f->node[2][0] = f->node[3][0];
  if (r->moving || change == 0.0)
    design (r, f, at, f->node[3]);
  else
    design_on_grid (r, f, at, f->node[3]);
  mst_eq_dynamics_tune (&r->dynamics, f->type, exp (at[0]), exp (at[1]));
  const MstEqCoefs *const node[MST_EQ_MOVE_NODES] = { NULL, f->node[2], f->node[2], f->node[3], f->node[3], NULL };
  mst_eq_move_set (&f->move[0], node, f->lanes);
}

bool
mst_eq_runner_busy (const MstEqRunner *r)
{
  const MstEqFilters *f = &r->filters[r->now];
  return r->fading || r->moving || (f->on && f->dynamic) || r->at_rest_nodes < MST_EQ_PATH_LENGTH || f->on != wants_filters (r)
      || (f->on && !same_shape (f, &r->set));
}
