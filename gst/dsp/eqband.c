/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqband.h"
#include "eqleap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
path_at (const MstEqFilters *f, unsigned back, double *value)
{
  const unsigned to = (f->path_head + MST_EQ_PATH_LENGTH - back / MST_EQ_PARTS) % MST_EQ_PATH_LENGTH;
  const unsigned from = (to + MST_EQ_PATH_LENGTH - 1) % MST_EQ_PATH_LENGTH, rest = back % MST_EQ_PARTS;
  const double x = 1.0 - (double) rest / MST_EQ_PARTS, y = 1.0 - x;
  if (rest == 0) {
    memcpy (value, f->path[to], sizeof f->path[to]);
    return;
  }
  for (unsigned i = 0; i < MST_EQ_GLIDE_DIM; i++) {
    const double a = f->path[from][i], b = f->path[to][i];
    value[i] = a == b ? a : a * y * y * (1.0 + 2.0 * x) + f->slope_at[from][i] * x * y * y
        + b * x * x * (1.0 + 2.0 * y) - f->slope_at[to][i] * x * x * y;
  }
}

/* Where the filters are */
static const double *
path_now (const MstEqFilters *f)
{
  return f->path[(f->path_head + MST_EQ_PATH_LENGTH - MST_EQ_PATH_DELAY) % MST_EQ_PATH_LENGTH];
}

static bool
glides (const MstEqFilters *f)
{
  return f->at_rest_nodes < MST_EQ_PATH_LENGTH;
}

/* At @at, filters empty. */
static void
settle (MstEqRunner *r, MstEqFilters *f, const double *at)
{
  design (r, f, at, f->node[2]);
  f->stride = 0;
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
rest (MstEqFilters *f, const double *value)
{
  mst_eq_glide_init (&f->glide, f->glide.h, value);
  for (unsigned k = 0; k < MST_EQ_PATH_LENGTH; k++)
    memcpy (f->path[k], value, sizeof f->path[k]);
  memset (f->slope_at, 0, sizeof f->slope_at);
  f->at_rest_nodes = MST_EQ_PATH_LENGTH;
  f->moving = false;
}

/* The band is there and does something, now or at the end of its glide. */
static bool
wants_filters (const MstEqRunner *r)
{
  return r->set.enabled && (is_dynamic (&r->set) || !mst_eq_type_has_gain (r->set.type) || r->set.gain_db != 0.0);
}

/* Something else than a glide leads from the filters to what is set. */
static bool
wants_fade (const MstEqRunner *r)
{
  const MstEqFilters *f = &r->filters[r->now];
  if (r->leaps)
    return true;
  return f->on ? !r->set.enabled || !same_shape (f, &r->set) || (!f->moving && !wants_filters (r)) : wants_filters (r) && !glides (f);
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
    r->filters[i].glide.h = h;
  }
  if (!mst_eq_dynamics_init (&r->dynamics, model, rate_hz, n_pairs, h))
    return false;
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
  rest (f, target);
  r->fading = r->leaps = false;
  shape (f, &r->set);
  f->on = wants_filters (r);
  if (f->on)
    settle (r, f, target);
}

void
mst_eq_runner_set (MstEqRunner *r, const MstEqBand *band, size_t ramp_frames, size_t offset, unsigned crowd)
{
  double target[MST_EQ_GLIDE_DIM];
  MstEqFilters *f = &r->filters[r->now];
  const bool was_enabled = r->set.enabled;
  r->set = *band;
  r->leaps = false;
  glide_target (r, target);
  if (f->on && (!band->enabled || !same_shape (f, band)))
    return;                     /* a switch at the next block, to the parameters of then */
  if (!f->on) {
    if (!was_enabled || !band->enabled || !mst_eq_type_has_gain (band->type) || is_dynamic (band))
      return;
    if (!glides (f) || !same_shape (f, band)) {
      /* It was at 0 dB: frequency and q have nobody to hear them, the gain starts from there */
      const bool resting = !glides (f);
      shape (f, band);
      for (unsigned i = 0; i < (resting ? 3u : 2u); i++) {
        mst_eq_glide_jump (&f->glide, i, i < 2 ? target[i] : 0.0);
        for (unsigned k = 0; k < MST_EQ_PATH_LENGTH; k++) {
          f->path[k][i] = i < 2 ? target[i] : 0.0;
          f->slope_at[k][i] = 0.0;
        }
      }
    }
  }
  r->leaps = !f->dynamic && mst_eq_leaps (f->type, f->slope, f->glide.target, target, ramp_frames, crowd);
  if (r->leaps)                 /* a fade from the next block on; until its end the filters go on to where they were told */
    return;
  mst_eq_glide_go (&f->glide, target, ramp_frames, offset);
  if (!mst_eq_glide_at_rest (&f->glide))
    f->at_rest_nodes = 0;
}

/* Freezes the filters where the path is. */
static void
stop (MstEqRunner *r, MstEqFilters *f)
{
  MstEqCoefs at[MST_EQ_MAX_SECTIONS];
  f->moving = false;
  if (f->dynamic) {             /* its move ends there, and starts from there next */
    mst_eq_stage_set (&f->stage[0], &f->node[3][0], f->lanes);
    return;
  }
  design (r, f, path_now (f), at);
  for (unsigned i = 0; i < f->n_sections; i++)
    mst_eq_stage_set (&f->stage[i], &at[i], f->lanes);
}

/* The filters of now become those of before, which go on gliding; dynamic ones stay as they are. Between the direct and the mid/side
 * domain by way of nothing, since filters of both would follow one another, not take turns. */
static void
start_fade (MstEqRunner *r)
{
  MstEqFilters *before = &r->filters[r->now];
  double target[MST_EQ_GLIDE_DIM];
  if (before->dynamic) {
    stop (r, before);
    before->at_rest_nodes = MST_EQ_PATH_LENGTH;
  }
  r->now ^= 1;
  MstEqFilters *f = &r->filters[r->now];
  glide_target (r, target);
  rest (f, target);
  r->fading = true;
  r->leaps = false;
  r->fade_block = 0;
  shape (f, &r->set);
  f->on = wants_filters (r) && !(before->on && before->domain != f->domain);
  if (f->on)
    settle (r, f, target);
}

void
mst_eq_runner_node (MstEqRunner *r)
{
  for (unsigned i = 0; i < 2; i++) {
    MstEqFilters *f = &r->filters[i];
    if (!glides (f))
      continue;
    f->path_head = (f->path_head + 1) % MST_EQ_PATH_LENGTH;
    mst_eq_glide_node (&f->glide, f->path[f->path_head], f->slope_at[f->path_head]);
    f->at_rest_nodes = mst_eq_glide_at_rest (&f->glide) ? f->at_rest_nodes + 1 : 0;
  }
}

void
mst_eq_runner_block (MstEqRunner *r)
{
  MstEqFilters *f = &r->filters[r->now], *before = &r->filters[r->now ^ 1];
  if (r->fading && ++r->fade_block == MST_EQ_FADE_BLOCKS) {
    r->fading = before->on = before->moving = false;
    before->at_rest_nodes = MST_EQ_PATH_LENGTH;
  }
  if (glides (f) && !f->on) {   /* leaves 0 dB: the identity with the filter's own poles, empty */
    const double *now = path_now (f), flat[MST_EQ_GLIDE_DIM] = { now[0], now[1], 0.0 };
    f->on = true;
    settle (r, f, flat);
  }
  for (unsigned i = 0; i < 2; i++) {
    MstEqFilters *each = &r->filters[i];
    if (glides (each) && !each->moving) {
      each->moving = true;
      each->stride = 0;
    } else if (!glides (each) && each->moving) {
      stop (r, each);
    }
  }
  if (!r->fading && wants_fade (r))
    start_fade (r);
}

static void
stride_of (MstEqRunner *r, MstEqFilters *f, unsigned stride, unsigned parts)
{
  const bool next = f->stride == stride, wide = stride < MST_EQ_LONG_STRIDE;
  const unsigned first = wide ? 0 : 1, last = MST_EQ_MOVE_NODES - 1 - first;
  double at[MST_EQ_GLIDE_DIM], before[MST_EQ_GLIDE_DIM];
  if (next)
    memmove (f->node[first], f->node[first + 1], (last - first) * sizeof f->node[0]);
  for (unsigned k = next ? last : first; k <= last; k++) {
    const unsigned back = MST_EQ_PATH_DELAY * MST_EQ_PARTS + 2 * stride - k * stride - parts;
    path_at (f, back, at);
    if (k > first) {
      path_at (f, back + stride, before);
      if (memcmp (at, before, sizeof at) == 0) {
        memcpy (f->node[k], f->node[k - 1], sizeof f->node[k]);
        continue;
      }
    }
    design (r, f, at, f->node[k]);
  }
  f->stride = stride;
  for (unsigned i = 0; i < f->n_sections; i++) {
    const MstEqCoefs *const node[MST_EQ_MOVE_NODES] = { wide ? &f->node[0][i] : NULL, &f->node[1][i], &f->node[2][i], &f->node[3][i],
      &f->node[4][i], wide ? &f->node[5][i] : NULL };
    mst_eq_move_set (&f->move[i], node, f->lanes);
  }
}

void
mst_eq_runner_stride (MstEqRunner *r, unsigned stride, unsigned parts)
{
  for (unsigned i = 0; i < 2; i++)
    if (r->filters[i].moving && !r->filters[i].dynamic)
      stride_of (r, &r->filters[i], stride, parts);
}

unsigned
mst_eq_band_work (MstEqType type, unsigned slope)
{
  return mst_eq_table_has (type, slope) ? 1 : mst_eq_n_sections (type, slope);
}

unsigned
mst_eq_runner_work (const MstEqRunner *r)
{
  unsigned work = 0;
  for (unsigned i = 0; i < 2; i++) {
    const MstEqFilters *f = &r->filters[i];
    work += f->moving ? mst_eq_band_work (f->type, f->slope) : 0;
  }
  return work;
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
  const double *now = path_now (f);
  const double change = mst_eq_dynamics_segment (&r->dynamics, &r->set);
  const double at[MST_EQ_GLIDE_DIM] = { now[0], now[1], now[2] + change };
  f->node[2][0] = f->node[3][0];
  if (f->moving || change == 0.0)
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
  return r->fading || f->moving || glides (f) || (f->on && f->dynamic) || r->leaps || f->on != wants_filters (r)
      || (f->on && !same_shape (f, &r->set));
}
