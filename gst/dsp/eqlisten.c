/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqlisten.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 256
#define FADE_S 0.02
enum { LL, LR, RL, RR, WET, N_GAINS };  /* the part of left in left, of right in left, …; of listening in the output */

struct _MstEqListen
{
  unsigned n_channels;
  MstEq *filter;
  double *planes;               /* BLOCK frames a channel */
  double gain[N_GAINS], step[N_GAINS], goal[N_GAINS];
  size_t fade_frames, left;     /* left: of a fade */
  bool wanted;
};

MstEqListen *
mst_eq_listen_new (double rate_hz, unsigned n_channels, const char **error)
{
  MstEqListen *l = calloc (1, sizeof *l);
  if (!l) {
    *error = "out of memory";
    return NULL;
  }
  l->n_channels = n_channels;
  l->fade_frames = (size_t) lrint (FADE_S * rate_hz);
  l->planes = calloc (n_channels, BLOCK * sizeof *l->planes);
  l->filter = mst_eq_new_plain (rate_hz, n_channels, error);
  l->gain[LL] = l->gain[RR] = l->goal[LL] = l->goal[RR] = 1.0;
  if (!l->planes || !l->filter) {
    *error = "out of memory";
    mst_eq_listen_free (l);
    return NULL;
  }
  return l;
}

void
mst_eq_listen_free (MstEqListen *l)
{
  if (!l)
    return;
  mst_eq_free (l->filter);
  free (l->planes);
  free (l);
}

/* The band's region as a band of its own, on all channels */
static MstEqBand
region (const MstEqBand *band)
{
  MstEqBand r = *band;
  r.channels = MST_EQ_ALL;
  r.range_db = r.gain_db = 0.0;
  r.slope = 12;
  r.enabled = band->type != MST_EQ_TILT_SHELF && band->type != MST_EQ_ALL_PASS;
  if (band->type == MST_EQ_LOW_SHELF || band->type == MST_EQ_HIGH_PASS)
    r.type = MST_EQ_LOW_PASS;
  else if (band->type == MST_EQ_HIGH_SHELF || band->type == MST_EQ_LOW_PASS)
    r.type = MST_EQ_HIGH_PASS;
  else
    r.type = MST_EQ_BAND_PASS;
  if (r.type != MST_EQ_BAND_PASS)
    r.q = M_SQRT1_2;
  return r;
}

static void
fade_to (MstEqListen *l, const double *goal)
{
  if (memcmp (goal, l->goal, sizeof l->goal) == 0)
    return;
  memcpy (l->goal, goal, sizeof l->goal);
  l->left = l->fade_frames;
  for (int i = 0; i < N_GAINS; i++)
    l->step[i] = (goal[i] - l->gain[i]) / (double) l->fade_frames;
}

void
mst_eq_listen_set (MstEqListen *l, const MstEqBand *band, size_t ramp_frames)
{
  static const double matrices[][4] = {
    [MST_EQ_ALL] = { 1, 0, 0, 1 }, [MST_EQ_LEFT] = { 1, 0, 0, 0 }, [MST_EQ_RIGHT] = { 0, 0, 0, 1 },
    [MST_EQ_MID] = { 0.5, 0.5, 0.5, 0.5 }, [MST_EQ_SIDE] = { 0.5, -0.5, -0.5, 0.5 } };
  const bool was_active = mst_eq_listen_active (l);
  double goal[N_GAINS];
  memcpy (goal, l->goal, sizeof goal);
  goal[WET] = band != NULL;
  if (band) {
    MstEqParams p;
    mst_eq_params_init (&p);
    p.n_bands = 1;
    p.bands[0] = region (band);
    if (!was_active) {          /* nobody heard it: at once, from silence */
      mst_eq_reset (l->filter);
      ramp_frames = 0;
    }
    mst_eq_set_params (l->filter, &p, ramp_frames);
    memcpy (goal, matrices[l->n_channels == 2 ? band->channels : MST_EQ_ALL], sizeof matrices[0]);
    if (!was_active)
      memcpy (l->gain, goal, sizeof matrices[0]);
  }
  fade_to (l, goal);
}

bool
mst_eq_listen_active (const MstEqListen *l)
{
  return l->left > 0 || l->goal[WET] > 0.0;
}

void
mst_eq_listen_hear (MstEqListen *l, double *const *io, size_t first, size_t n)
{
  double *planes[64];
  for (unsigned c = 0; c < l->n_channels; c++) {
    planes[c] = l->planes + c * BLOCK;
    memcpy (planes[c], io[c] + first, n * sizeof *planes[c]);
  }
  mst_eq_process (l->filter, planes, n);
}

void
mst_eq_listen_mix (MstEqListen *l, double *const *io, size_t first, size_t n)
{
  double *const heard = l->planes, *const right = heard + BLOCK;
  for (size_t t = 0; t < n; t++) {
    if (l->n_channels == 2) {
      const double a = heard[t], b = right[t];
      heard[t] = l->gain[LL] * a + l->gain[LR] * b;
      right[t] = l->gain[RL] * a + l->gain[RR] * b;
    }
    for (unsigned c = 0; c < l->n_channels; c++)
      io[c][first + t] += l->gain[WET] * (heard[c * BLOCK + t] - io[c][first + t]);
    if (l->left > 0) {
      l->left--;
      for (int i = 0; i < N_GAINS; i++)
        l->gain[i] = l->left > 0 ? l->gain[i] + l->step[i] : l->goal[i];
    }
  }
}

void
mst_eq_listen_reset (MstEqListen *l)
{
  mst_eq_reset (l->filter);
  memcpy (l->gain, l->goal, sizeof l->gain);
  l->left = 0;
}
