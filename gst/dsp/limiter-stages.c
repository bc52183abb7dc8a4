/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "limiter-private.h"
#include "mst-orc-convert.h"
#include "mst-orc-limiter.h"

#define FIRST_MARGIN 0.99907939 /* -0.008 dB */
#define VERIFY_MARGIN 0.99976977        /* -0.002 dB */
#define NEPER_PER_DB 0.11512925
#define VERIFY_GATE 0.93        /* of the ceiling; 0.97 already misses some, 0.90 finds nothing more */
#define LEAST_GAIN 0x1p-30
#define N_CELLS (BLOCK / CELL)

/* x' and what the detector needs of it. Outside the stream there is nothing: the filter's own ring must not be judged, it is never sent. */
static void
run_guard (MstLimiter *self, size_t n)
{
  const size_t at = self->head - self->guard_lag;

  mst_nyquistguard_process (self->guard, self->x, self->clean, self->head, n / GROUP, self->ceiling + self->head / GROUP,
      self->guarded + at / GROUP);
  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    double *x = self->clean[ch];
    if (self->first + (int64_t) at < 0 || self->first + (int64_t) (at + n) > self->end)
      for (size_t i = at; i < at + n; i++)
        if (self->first + (int64_t) i < 0 || self->first + (int64_t) i >= self->end)
          x[i] = 0.0;
    mst_orc_narrow (self->narrow[ch] + at, x + at, (int) n);
    for (size_t k = at / GROUP; k < (at + n) / GROUP; k++) {
      const float *f = self->narrow[ch] + GROUP * k;
      float top = 0.0f;
      for (int i = 0; i < GROUP; i++)
        top = fabsf (f[i]) > top ? fabsf (f[i]) : top;
      self->top[ch][k] = top;
    }
  }
}

/* p, where it may come near the ceiling or be the highest of the interval. */
static void
run_detector (MstLimiter *self, size_t at, size_t n)
{
  const size_t reach = self->detect_lag / GROUP, last = (at + n) / GROUP;

  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    const float record = (float) fmin (self->sums[ch].in, self->sums[ch].out);
    size_t k = at / GROUP, run;
    while (k < last) {
      float fit_above = record;
      for (run = k; run < last; run++) {
        const float limit = fminf ((float) (VERIFY_GATE * self->ceiling[run]), record);
        float top = 0.0f;
        for (size_t i = run - reach; i <= run + reach; i++)
          top = self->top[ch][i] > top ? self->top[ch][i] : top;
        if (top * self->detector_bound <= limit)
          break;
        fit_above = fminf (fit_above, limit);
      }
      if (run > k) {
        float *p = self->peak[ch] + GROUP * k;
        mst_truepeak_detect (self->detector, self->narrow[ch] + GROUP * k, run - k, fit_above, p);
        for (; k < run; k++, p += GROUP) {
          float top = p[0];
          for (int i = 1; i < GROUP; i++)
            top = p[i] > top ? p[i] : top;
          self->reading[ch][k] = top;
        }
      }
      if (k < last)
        self->reading[ch][k++] = 0.0f;
    }
  }
}

/* Each channel's allowed gains become those of its path. */
static void
link_channels (const MstLimiter *self, double (*cells)[N_CELLS], size_t n_cells)
{
  const double k = self->params.link;

  for (size_t i = 0; i < n_cells; i++) {
    double least = 1.0;
    for (unsigned ch = 0; ch < self->n_channels; ch++)
      if (self->params.linked >> ch & 1)
        least = fmin (least, cells[ch][i]);
    if (self->shared)
      cells[0][i] = least;
    else if (least < 1.0 && k > 0.0)
      for (unsigned ch = 0; ch < self->n_channels; ch++)
        if (self->params.linked >> ch & 1)
          cells[ch][i] = k >= 1.0 ? least : fmin (cells[ch][i], pow (cells[ch][i], 1.0 - k) * pow (least, k));
  }
}

static unsigned
n_paths (const MstLimiter *self)
{
  return self->shared ? 1 : self->n_channels;
}

/* r and g: frames @at … of p give gains for frames at - (span - 1) … */
static void
run_gain (MstLimiter *self, size_t at, size_t n)
{
  double cells[MST_LIMITER_MAX_CHANNELS][N_CELLS];

  for (unsigned ch = 0; ch < self->n_channels; ch++)
    for (size_t i = 0; i < n / CELL; i++) {
      const size_t k = (at + CELL * i) / GROUP;
      const double allowed = FIRST_MARGIN * self->ceiling[k];
      cells[ch][i] = 1.0;
      if (self->reading[ch][k] > allowed) {
        const float *p = self->peak[ch] + at + CELL * i;
        const double top = fmax (fmax (p[0], p[1]), fmax (p[2], p[3]));
        if (top > allowed)
          cells[ch][i] = fmax (allowed / top, LEAST_GAIN);
      }
    }
  link_channels (self, cells, n / CELL);
  for (unsigned path = 0; path < n_paths (self); path++)
    mst_gainpath_process (self->gain[path], &self->release, self->window, cells[path], n / CELL, self->g[path] + at - (self->span - 1));
}

static void
apply (double *out, const double *in, const double *gain, size_t n)
{
  mst_orc_limiter_gain (out, in, gain, (int) n);
}

/* What the second reading aims at, of the ceiling. The stream's own first and last frame are hard cuts, which bring back what the guard took out
 * there: a tone next to Nyquist is then read too low, by up to 0.19 dB beside the cut and some 7 dB over the distance in frames further in. */
static double
aim (const MstLimiter *self, size_t k)
{
  const int64_t frame = self->first + (int64_t) (GROUP * k), left = self->end - frame - GROUP;
  const int64_t known = (int64_t) (self->detect_lag + self->span - 1 + MST_PEAKVERIFY_AFTER) - GROUP;    /* the guard is that far ahead */
  double distance = 1e9;

  if (self->guarded[k])
    distance = (double) frame;
  if (left < known && self->guarded[left > 0 ? k + (size_t) left / GROUP + 1 : k])
    distance = fmin (distance, (double) left);
  return VERIFY_MARGIN - NEPER_PER_DB * (distance > 60.0 ? 14.0 / distance : 0.23);
}

/* Where the stream ends is not known yet more than some 300 frames before: tones in the top of the band keep 0.016 dB for the cut to come. */
static double
reserve (const double *z, double p)
{
  double bend = 0.0;

  for (int i = 0; i < GROUP; i++)
    bend = fmax (bend, fabs (z[i - 1] - 2.0 * z[i] + z[i + 1]));
  return bend > 4.0 * 0.85 * p ? 0.016 * NEPER_PER_DB : 0.0;    /* 4 sin^2 (pi f / 2) of the amplitude for a tone at f of Nyquist */
}

/* How far the frames of group @k may be turned up to stay below the ceiling, read from z. */
static double
verify_group (MstLimiter *self, unsigned ch, size_t k)
{
  const double *g = self->g[self->shared ? 0 : ch] + GROUP * k;
  double most = 0.0;

  self->verified[ch][k] = 0.0f;
  if (self->reading[ch][k] <= VERIFY_GATE * self->ceiling[k])
    return 1.0;
  for (int i = 0; i <= GROUP; i++)
    most = g[i] > most ? g[i] : most;
  if (self->reading[ch][k] * most <= VERIFY_GATE * self->ceiling[k])
    return 1.0;
  const double p = mst_peakverify_group (self->verify, self->z[ch] + GROUP * k);
  const double allowed = (aim (self, k) - reserve (self->z[ch] + GROUP * k, p)) * self->ceiling[k];
  self->verified[ch][k] = (float) p;
  return p > allowed ? fmax (allowed / p, LEAST_GAIN) : 1.0;
}

/* p2 and c: groups of z from @at on give corrections for frames at - (verify_span - 1) … */
static void
run_verify (MstLimiter *self, size_t at, size_t n)
{
  double cells[MST_LIMITER_MAX_CHANNELS][N_CELLS];

  for (unsigned ch = 0; ch < self->n_channels; ch++)
    for (size_t i = 0; i < n / GROUP; i++)
      cells[ch][i] = verify_group (self, ch, at / GROUP + i);
  link_channels (self, cells, n / GROUP);
  for (unsigned path = 0; path < n_paths (self); path++)
    mst_gainpath_process (self->correction[path], NULL, self->verify_window, cells[path], n / GROUP,
        self->c[path] + at - (self->verify_span - 1));
}

void
mst_limiter_run_stages (MstLimiter *self, size_t n)
{
  const size_t detected = self->head - self->guard_lag - self->detect_lag;
  const size_t gained = detected - (self->span - 1);
  const size_t verified = gained - MST_PEAKVERIFY_AFTER;
  const size_t out = verified - (self->verify_span - 1);

  run_guard (self, n);
  run_detector (self, detected, n);
  run_gain (self, detected, n);
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    apply (self->z[ch] + gained, self->clean[ch] + gained, self->g[self->shared ? 0 : ch] + gained, n);
  run_verify (self, verified, n);
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    apply (self->x[ch] + out, self->z[ch] + out, self->c[self->shared ? 0 : ch] + out, n);
  mst_limiter_count (self, out, n);
}
