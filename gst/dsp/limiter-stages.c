/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "limiter-private.h"
#include "mst-orc-convert.h"
#include "mst-orc-limiter.h"

#define FIRST_MARGIN 0.99907939 /* -0.008 dB */
#define VERIFY_MARGIN 0.99976977        /* -0.002 dB */
#define NEPER_PER_DB 0.11512925
#define RESERVE (0.016 * NEPER_PER_DB)  /* kept by tones in the top of the band, see is_top_of_band () */
#define VERIFY_GATE 0.93        /* of the ceiling; 0.97 already misses some, 0.90 finds nothing more */
#define LEAST_GAIN 0x1p-30
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define N_CELLS (BLOCK / CELL)

static void
run_clipper (MstLimiter *self, size_t n)
{
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    for (size_t at = self->head; at < self->head + n; at += GROUP)
      mst_clipper_group (self->clipper, ch, self->raw[ch] + at, self->clip[(at - MST_CLIPPER_LAG / 2) / GROUP],
          self->x[ch] + at - MST_CLIPPER_LAG);
}

/* x' and what the detector needs of it. Outside the stream there is nothing: the filter's own ring must not be judged, it is never sent. */
static void
run_guard (MstLimiter *self, size_t front, size_t n)
{
  const size_t at = front - self->guard_lag;

  mst_nyquistguard_process (self->guard, self->x, self->clean, front, n / GROUP, self->ceiling + front / GROUP,
      self->guarded + at / GROUP, self->edge);
  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    double *x = self->clean[ch];
    if (self->first + (int64_t) at < 0 || self->first + (int64_t) (at + n) > self->end)
      for (size_t i = at; i < at + n; i++)
        if (self->first + (int64_t) i < 0 || self->first + (int64_t) i >= self->end)
          x[i] = 0.0;
    mst_orc_narrow (self->narrow[ch] + at, x + at, (int) n);
    self->measure->measure_groups (self->narrow[ch] + at, n / GROUP, self->top[ch] + at / GROUP, self->bend[ch] + at / GROUP);
  }
}

/* How high p can be in each group at most, from @at on: the highest sample and second difference that its taps reach, by truepeakbound.h. */
static void
bound_groups (const MstLimiter *self, unsigned ch, size_t at, size_t n_groups, float *bound)
{
  const size_t reach = self->detect_lag / GROUP, n = 2 * reach + 1;
  const float *top = self->top[ch] + at / GROUP - reach, *bend = self->bend[ch] + at / GROUP - reach;

  for (size_t k = 0; k < n_groups; k++) {
    float highest = top[k], steepest = bend[k];
    for (size_t i = 1; i < n; i++) {
      highest = MAX (top[k + i], highest);
      steepest = MAX (bend[k + i], steepest);
    }
    bound[k] = self->bound.flat * highest + self->bound.bend * steepest;
  }
}

/* p, where it may come near the ceiling or be the highest of the interval. */
static void
run_detector (MstLimiter *self, size_t at, size_t n)
{
  float bound[BLOCK / GROUP];

  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    const float record = (float) MIN (self->sums[ch].in, self->sums[ch].out);
    const double *ceiling = self->ceiling + at / GROUP;
    float *reading = self->reading[ch] + at / GROUP, *p = self->peak[ch] + at;
    size_t k = 0, run;
    bound_groups (self, ch, at, n / GROUP, bound);
    while (k < n / GROUP) {
      float fit_above = record;
      for (run = k; run < n / GROUP; run++) {
        const float near = (float) (VERIFY_GATE * ceiling[run]), limit = MIN (near, record);
        if (bound[run] <= limit)
          break;
        fit_above = MIN (limit, fit_above);
      }
      if (run > k) {
        mst_truepeak_detect (self->detector, self->narrow[ch] + at + GROUP * k, run - k, fit_above, p + GROUP * k);
        for (; k < run; k++) {
          float top = p[GROUP * k];
          for (size_t i = 1; i < GROUP; i++)
            top = MAX (p[GROUP * k + i], top);
          reading[k] = top;
        }
      }
      if (k < n / GROUP)
        reading[k++] = 0.0f;
    }
  }
}

/* What each channel may have at most, @cell, becomes what each path may have. */
static void
link_channels (const MstLimiter *self, double *cell)
{
  const double k = self->params.link;
  double least = 1.0;

  for (unsigned ch = 0; ch < self->n_channels; ch++)
    if (self->params.linked >> ch & 1)
      least = MIN (cell[ch], least);
  if (self->shared)
    cell[0] = least;
  else if (least < 1.0 && k > 0.0)
    for (unsigned ch = 0; ch < self->n_channels; ch++)
      if (self->params.linked >> ch & 1) {
        const double both = k >= 1.0 ? least : pow (cell[ch], 1.0 - k) * pow (least, k);
        cell[ch] = MIN (both, cell[ch]);
      }
}

/* Whether group @k is made of tones above 0.75 of Nyquist: its second difference is 4 sin^2 (pi f / 2) of its peak. Where the
 * stream ends is not known yet more than some 300 frames before; a hard cut there moves the waveform of such a tone by up to
 * 0.02 dB, so they keep that much. */
static int
is_top_of_band (const MstLimiter *self, unsigned ch, size_t k)
{
  return self->bend[ch][k] > 4.0f * 0.85f * self->reading[ch][k];
}

static unsigned
n_paths (const MstLimiter *self)
{
  return self->shared ? 1 : self->n_channels;
}

/* r of the cell of p at @at. The float's rounding would be heard as gain noise where a peak rules the window: those are read again. */
static double
allow_cell (const MstLimiter *self, unsigned ch, size_t at, double allowed, double required)
{
  const float *p = self->peak[ch] + at;
  size_t highest = 0;

  for (size_t i = 1; i < CELL; i++)
    highest = p[i] > p[highest] ? i : highest;
  double r = allowed / p[highest];
  if (r < 1.0 && r < required * (1.0 + 2e-6))
    r = allowed / mst_truepeak_refine (self->detector, self->clean[ch] + at + highest);
  return r < 1.0 ? MAX (r, LEAST_GAIN) : 1.0;
}

/* r and g: frames @at … of p give gains for frames at - (span - 1) … */
static void
run_gain (MstLimiter *self, size_t at, size_t n)
{
  const unsigned paths = n_paths (self);
  double targets[MST_LIMITER_MAX_CHANNELS][N_CELLS], cell[MST_LIMITER_MAX_CHANNELS];
  int below = 0;

  for (size_t i = 0; i < n / CELL; i++) {
    const size_t k = (at + CELL * i) / GROUP;
    for (unsigned ch = 0; ch < self->n_channels; ch++) {
      const double margin = is_top_of_band (self, ch, k) ? FIRST_MARGIN - RESERVE : FIRST_MARGIN;
      const double allowed = margin * self->ceiling[k];
      cell[ch] = 1.0;
      if (self->reading[ch][k] > allowed)
        cell[ch] = allow_cell (self, ch, at + CELL * i, allowed, mst_gainpath_required (self->gain[ch < paths ? ch : 0]));
    }
    link_channels (self, cell);
    for (unsigned path = 0; path < paths; path++)
      targets[path][i] = mst_gainpath_push (self->gain[path], &self->release, self->window, cell[path]);
  }
  for (unsigned path = 0; path < paths; path++)
    below |= mst_gainpath_smooth (self->gain[path], targets[path], n / CELL, self->g[path] + at - (self->span - 1));
  memset (self->moving + (at - (self->span - 1)) / GROUP, below, n / GROUP);
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

/* The highest of what lies next to Nyquist within reach of group @k's readings; the high-pass rings on for 100 frames. */
static double
content_at_edge (const MstLimiter *self, unsigned ch, size_t k)
{
  float most = 0.0f;

  for (size_t i = k - MST_PEAKVERIFY_BEFORE / GROUP; i <= k + 12; i++)
    most = MAX (self->edge[ch][i], most);
  return most;
}

/* Whether the gain stands still within reach of group @k's readings. */
static int
is_still (const double *g)
{
  for (int i = -MST_PEAKVERIFY_BEFORE; i < MST_PEAKVERIFY_AFTER; i += GROUP)
    if (fabs (g[i] - g[0]) > 1e-6 * g[0])
      return 0;
  return 1;
}

/* How far the frames of group @k may be turned up to stay below the ceiling, read from z. */
static double
verify_group (MstLimiter *self, unsigned ch, size_t k)
{
  const double *g = self->g[self->shared ? 0 : ch] + GROUP * k;
  const double gate = VERIFY_GATE * self->ceiling[k], aimed = aim (self, k);
  double most = 0.0;

  self->verified[ch][k] = 0.0f;
  if (self->reading[ch][k] <= gate)
    return 1.0;
  for (int i = 0; i <= GROUP; i++)
    most = MAX (g[i], most);
  if (self->reading[ch][k] * most <= gate)
    return 1.0;
  /* Without anything next to Nyquist the soft filter reads what the sharp one reads, and under a gain that stands still z has
   * the peaks of x', which the detector saw */
  const int is_edgy = content_at_edge (self, ch, k) * most > MST_NYQUIST_GUARD_EDGE * self->ceiling[k];
  if (!is_edgy && aimed > VERIFY_MARGIN - 0.001 * NEPER_PER_DB && is_still (g))
    return 1.0;
  const double p = mst_peakverify_group (self->verify, self->z[ch] + GROUP * k, is_edgy);
  const double allowed = (aimed - (is_top_of_band (self, ch, k) ? RESERVE : 0.0)) * self->ceiling[k];
  self->verified[ch][k] = (float) p;
  return p > allowed ? MAX (allowed / p, LEAST_GAIN) : 1.0;
}

/* p2 and c: groups of z from @at on give corrections for frames at - (verify_span - 1) … */
static int
run_verify (MstLimiter *self, size_t at, size_t n)
{
  const unsigned paths = n_paths (self);
  double targets[MST_LIMITER_MAX_CHANNELS][N_CELLS], cell[MST_LIMITER_MAX_CHANNELS];
  int below = 0;

  for (size_t i = 0; i < n / GROUP; i++) {
    for (unsigned ch = 0; ch < self->n_channels; ch++)
      cell[ch] = verify_group (self, ch, at / GROUP + i);
    link_channels (self, cell);
    for (unsigned path = 0; path < paths; path++)
      targets[path][i] = mst_gainpath_push (self->correction[path], NULL, self->verify_window, cell[path]);
  }
  for (unsigned path = 0; path < paths; path++)
    below |= mst_gainpath_smooth (self->correction[path], targets[path], n / GROUP, self->c[path] + at - (self->verify_span - 1));
  return below;
}

void
mst_limiter_run_stages (MstLimiter *self, size_t n)
{
  const size_t front = self->head - self->clip_lag;
  const size_t detected = front - self->guard_lag - self->detect_lag;
  const size_t gained = detected - (self->span - 1);
  const size_t verified = gained - MST_PEAKVERIFY_AFTER;
  const size_t out = verified - (self->verify_span - 1);

  if (self->clipper)
    run_clipper (self, n);
  run_guard (self, front, n);
  run_detector (self, detected, n);
  run_gain (self, detected, n);
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    apply (self->z[ch] + gained, self->clean[ch] + gained, self->g[self->shared ? 0 : ch] + gained, n);
  const int is_corrected = run_verify (self, verified, n);
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    apply (self->x[ch] + out, self->z[ch] + out, self->c[self->shared ? 0 : ch] + out, n);
  mst_limiter_count (self, out, n, is_corrected);
}
