/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqdynamics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 256
#define GROUP 4                 /* frames that share a level */
#define SETTLED_DB 1e-4         /* a change as small as that is none */

bool
mst_eq_dynamics_init (MstEqDynamics *d, const MstEnvelope *model, double rate_hz, unsigned n_pairs, size_t h)
{
  d->rate_hz = rate_hz;
  d->h = h;
  d->n_pairs = n_pairs;
  d->state = calloc (n_pairs, sizeof *d->state);
  d->power = calloc (h, sizeof *d->power);
  d->envelope = calloc (n_pairs, sizeof *d->envelope);
  bool ok = d->state && d->power && d->envelope;
  for (unsigned i = 0; ok && i < n_pairs; i++)
    ok = (d->envelope[i] = mst_envelope_new_like (model)) != NULL;
  return ok;
}

void
mst_eq_dynamics_clear (MstEqDynamics *d)
{
  for (unsigned i = 0; d->envelope && i < d->n_pairs; i++)
    mst_envelope_free (d->envelope[i]);
  free (d->envelope);
  free (d->power);
  free (d->state);
}

void
mst_eq_dynamics_reset (MstEqDynamics *d)
{
  memset (d->state, 0, d->n_pairs * sizeof *d->state);
  memset (d->power, 0, d->h * sizeof *d->power);
  for (unsigned i = 0; i < d->n_pairs; i++)
    mst_envelope_reset (d->envelope[i]);
  d->change_db = 0.0;
}

void
mst_eq_dynamics_tune (MstEqDynamics *d, MstEqType type, double f_hz, double q)
{
  if (type == d->type && f_hz == d->f_hz && q == d->q)
    return;
  d->type = type;
  d->f_hz = f_hz;
  d->q = q;
  /* A. Simper, Linear trapezoidal state variable filter (SVF) in state increment form, 2013 */
  const double g = tan (M_PI * fmin (f_hz, 0.45 * d->rate_hz) / d->rate_hz);
  d->k = type == MST_EQ_BELL ? 1.0 / q : M_SQRT2;
  d->a1 = 1.0 / (1.0 + g * (g + d->k));
  d->a2 = g * d->a1;
  d->a3 = g * d->a2;
}

void
mst_eq_dynamics_hear (MstEqDynamics *d, unsigned pair, unsigned lanes, size_t at,
    const double *left, const double *right, size_t n_frames)
{
  double region[MST_EQ_LANES][BLOCK];
  float level[MST_EQ_LANES][BLOCK];
  for (unsigned lane = 0; lane < MST_EQ_LANES; lane++) {
    const double *x = lane ? right : left;
    double s1 = d->state[pair].s1[lane], s2 = d->state[pair].s2[lane];
    for (size_t t = 0; t < n_frames; t++) {
      const double in = lanes >> lane & 1 ? x[t] : 0.0, v3 = in - s2;
      const double band = d->a1 * s1 + d->a2 * v3, low = s2 + d->a2 * s1 + d->a3 * v3;
      s1 = 2.0 * band - s1;
      s2 = 2.0 * low - s2;
      region[lane][t] = d->type == MST_EQ_BELL ? d->k * band : d->type == MST_EQ_LOW_SHELF ? low : in - d->k * band - low;
    }
    d->state[pair].s1[lane] = s1;
    d->state[pair].s2[lane] = s2;
  }
  const double *const planes[MST_EQ_LANES] = { region[0], region[1] };
  float *const power[MST_EQ_LANES] = { level[0], level[1] };
  mst_envelope_process (d->envelope[pair], planes, power, n_frames);
  for (size_t t = 0; t < n_frames; t++) {
    const float both = fmaxf (level[0][t], level[1][t]);
    d->power[at + t] = fmaxf (pair > 0 ? d->power[at + t] : 0.0f, both);
  }
}

double
mst_eq_dynamics_segment (MstEqDynamics *d, const MstEqBand *b)
{
  /* The change is late by half a group and a segment: the times are as much shorter */
  const double late = (double) d->h + 0.5 * GROUP;
  const double attack = fmax (b->attack_ms * 1e-3 * d->rate_hz - late, GROUP);
  const double release = fmax (b->release_ms * 1e-3 * d->rate_hz - late, GROUP);
  const double slope = copysign (1.0 - 1.0 / b->ratio, b->range_db);
  const double attack_share = -expm1 (-GROUP / attack), release_share = -expm1 (-GROUP / release);
  double y = d->change_db;
  for (size_t t = 0; t < d->h; t += GROUP) {
    float power = 1e-20f;
    for (size_t i = t; i < t + GROUP; i++)
      power = fmaxf (power, d->power[i]);
    const double level = 10.0 * log10 ((double) power);
    const double distance = b->below ? b->threshold_db - level : level - b->threshold_db;
    const double want = fmax (fmin (fmax (distance, 0.0) * slope, fabs (b->range_db)), -fabs (b->range_db));
    y += (fabs (want) > fabs (y) ? attack_share : release_share) * (want - y);
    if (want == 0.0 && fabs (y) < SETTLED_DB)
      y = 0.0;
  }
  d->change_db = y;
  for (unsigned i = 0; i < d->n_pairs; i++)
    for (unsigned lane = 0; lane < MST_EQ_LANES; lane++)
      if (fabs (d->state[i].s1[lane]) + fabs (d->state[i].s2[lane]) < 1e-30)
        d->state[i].s1[lane] = d->state[i].s2[lane] = 0.0;
  return y;
}
