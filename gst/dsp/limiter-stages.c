/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "limiter-private.h"
#include "narrow.h"
#include "vec.h"

#define FIRST_MARGIN 0.99907939 /* -0.008 dB */
/* Kept by what has content next to Nyquist: the second reading puts 0.03 dB on top of that */
#define EDGE_RESERVE (0.034 * NEPER_PER_DB)
#define SAME 1e-6               /* gains are, of their value */
#define N_CELLS (BLOCK / CELL)
#define N_GROUPS (BLOCK / GROUP)

void
mst_limiter_highest (const float *track, size_t window, size_t n, float *highest)
{
  size_t k = 0;
  for (; k + 4 <= n; k += 4) {
    MstV4f most = mst_load_v4f (track + k);
    for (size_t i = 1; i < window; i++)
      most = mst_max_v4f (mst_load_v4f (track + k + i), most);
    mst_store_v4f (highest + k, most);
  }
  for (; k < n; k++) {
    highest[k] = track[k];
    for (size_t i = 1; i < window; i++)
      highest[k] = MAX (track[k + i], highest[k]);
  }
}

static void
run_clipper (MstLimiter *self, size_t n)
{
  const double *threshold = self->clip + (self->head - MST_CLIPPER_LAG / 2) / GROUP;

  for (unsigned ch = 0; ch < self->n_channels; ch++)
    mst_clipper_process (self->clipper, ch, self->raw[ch] + self->head, n / GROUP, threshold, self->x[ch] + self->head - MST_CLIPPER_LAG);
}

/* What is known of the frames of x at @at, again from x', n of them. */
static void
measure_again (MstLimiter *self, size_t at, size_t n)
{
  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    mst_narrow (self->narrow[ch] + at, self->clean[ch] + at, n);
    self->measure->measure_groups (self->narrow[ch] + at, n / GROUP, self->top[ch] + at / GROUP, self->bend[ch] + at / GROUP);
  }
}

/* x' and what the detector needs of it. Outside the stream there is nothing: the filter's own ring must not be judged, it is never sent. */
static void
run_guard (MstLimiter *self, size_t front, size_t n)
{
  const size_t at = front - self->guard_lag;
  const int64_t frame = self->first + (int64_t) at;

  for (unsigned ch = 0; ch < self->n_channels; ch++)
    mst_narrow (self->narrow[ch] + front, self->x[ch] + front, n);
  mst_nyquistguard_process (self->guard, self->x, self->narrow, self->clean, front, n / GROUP, self->ceiling + front / GROUP,
      self->guarded + at / GROUP, self->top, self->bend, self->edge);
  if (frame < 0 || frame + (int64_t) n > self->end) {
    for (unsigned ch = 0; ch < self->n_channels; ch++)
      for (size_t i = 0; i < n; i++)
        if (frame + (int64_t) i < 0 || frame + (int64_t) i >= self->end)
          self->clean[ch][at + i] = 0.0;
    measure_again (self, at, n);
    return;
  }
  for (size_t k = at / GROUP, to; k < (at + n) / GROUP; k = to + 1) {
    for (to = k; to < (at + n) / GROUP && (self->guarded[to] || self->guarded[to - 1]); to++);  /* second differences reach back */
    if (to > k)
      measure_again (self, GROUP * k, GROUP * (to - k));
  }
}

/* How high p can be in each group at most, from @at on: the highest sample and second difference that its taps reach, by truepeakbound.h. */
static void
bound_groups (const MstLimiter *self, unsigned ch, size_t at, size_t n_groups, float *bound)
{
  const size_t reach = self->detect_lag / GROUP;
  float steepest[N_GROUPS];

  mst_limiter_highest (self->top[ch] + at / GROUP - reach, 2 * reach + 1, n_groups, bound);
  mst_limiter_highest (self->bend[ch] + at / GROUP - reach, 2 * reach + 1, n_groups, steepest);
  for (size_t k = 0; k < n_groups; k++)
    bound[k] = self->bound.flat * bound[k] + self->bound.bend * steepest[k];
}

/* p, where it may come near the ceiling or be the highest of the interval. */
static void
run_detector (MstLimiter *self, size_t at, size_t n)
{
  float bound[N_GROUPS];

  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    const float record = (float) MIN (self->sums[ch].in, self->sums[ch].out);
    const double *ceiling = self->ceiling + at / GROUP;
    float *reading = self->reading[ch] + at / GROUP, *p = self->peak[ch] + at;
    size_t k = 0, run;
    bound_groups (self, ch, at, n / GROUP, bound);
    while (k < n / GROUP) {
      float fit_above = record;
      for (run = k; run < n / GROUP; run++) {
        const float near = (float) (TOP_GATE * self->verify_gate * ceiling[run]), limit = MIN (near, record);
        if (bound[run] <= limit)
          break;
        fit_above = MIN (limit, fit_above);
      }
      if (run > k) {
        mst_truepeak_detect (self->detector, self->narrow[ch] + at + GROUP * k, run - k, fit_above, p + GROUP * k, reading + k);
        k = run;
      }
      if (k < n / GROUP)
        reading[k++] = 0.0f;
    }
  }
}

void
mst_limiter_link (const MstLimiter *self, double *cell)
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

/* r of the cell of p at @at. The float's rounding would be heard as gain noise where a peak rules the window: as far as it can tell the same as what
 * rules it already is the same, and lower ones are read again. */
static double
allow_cell (const MstLimiter *self, unsigned ch, size_t at, double allowed, double required)
{
  const float *p = self->peak[ch] + at;
  size_t highest = 0;

  for (size_t i = 1; i < CELL; i++)
    highest = p[i] > p[highest] ? i : highest;
  double r = allowed / p[highest];
  if (r >= 1.0 || r > required * (1.0 + SAME))
    return MIN (r, 1.0);
  if (r >= required * (1.0 - SAME))
    return required;
  r = allowed / mst_truepeak_refine (self->detector, self->clean[ch] + at + highest);
  return r < 1.0 ? MAX (r, LEAST_GAIN) : 1.0;
}

/* What each group of a channel, from @k on, may have at most. */
static void
allow_groups (const MstLimiter *self, unsigned ch, size_t k, size_t n_groups, double *allowed)
{
  float near_edge[N_GROUPS];

  mst_limiter_highest (self->edge[ch] + k - EDGE_BEFORE, EDGE_BEFORE + EDGE_KNOWN + 1, n_groups, near_edge);
  for (size_t i = 0; i < n_groups; i++) {
    const double top = mst_limiter_is_top_of_band (self, ch, k + i) ? RESERVE : 0.0;
    const double edge = near_edge[i] > MST_NYQUIST_GUARD_EDGE * self->reading[ch][k + i] ? EDGE_RESERVE : 0.0;
    allowed[i] = (FIRST_MARGIN - top - edge) * self->ceiling[k + i];
  }
}

/* Whether the groups from @k on leave every gain at 1 that is there. */
static int
is_idle (const MstLimiter *self, size_t k, size_t n_groups)
{
  static const double least_margin = FIRST_MARGIN - RESERVE - EDGE_RESERVE;

  for (unsigned path = 0; path < mst_limiter_n_paths (self); path++)
    if (!mst_gainpath_is_resting (self->gain[path]))
      return 0;
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    for (size_t i = k; i < k + n_groups; i++)
      if (self->reading[ch][i] > least_margin * self->ceiling[i])
        return 0;
  return 1;
}

/* r and g: frames @at … of p give gains for frames at - (span - 1) … */
static void
run_gain (MstLimiter *self, size_t at, size_t n)
{
  const unsigned paths = mst_limiter_n_paths (self);
  const size_t to = at - (self->span - 1);
  double targets[MST_LIMITER_MAX_CHANNELS][N_CELLS], allowed[MST_LIMITER_MAX_CHANNELS][N_GROUPS], cell[MST_LIMITER_MAX_CHANNELS];
  int below = 0;

  if (is_idle (self, at / GROUP, n / GROUP)) {
    for (unsigned path = 0; path < paths; path++)
      for (size_t i = to; i < to + n; i++)
        self->g[path][i] = 1.0;
    memset (self->moving + to / GROUP, 0, n / GROUP);
    return;
  }
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    allow_groups (self, ch, at / GROUP, n / GROUP, allowed[ch]);
  for (size_t i = 0; i < n / CELL; i++) {
    const size_t k = i / (GROUP / CELL);
    for (unsigned ch = 0; ch < self->n_channels; ch++) {
      cell[ch] = 1.0;
      if (self->reading[ch][at / GROUP + k] > allowed[ch][k])
        cell[ch] = allow_cell (self, ch, at + CELL * i, allowed[ch][k], mst_gainpath_required (self->gain[ch < paths ? ch : 0]));
    }
    mst_limiter_link (self, cell);
    for (unsigned path = 0; path < paths; path++)
      targets[path][i] = mst_gainpath_push (self->gain[path], &self->release, self->window, cell[path]);
  }
  for (unsigned path = 0; path < paths; path++)
    below |= mst_gainpath_smooth (self->gain[path], targets[path], n / CELL, self->g[path] + to);
  memset (self->moving + to / GROUP, below, n / GROUP);
}

static void
apply (double *restrict out, const double *restrict in, const double *restrict gain, size_t n, int is_moving)
{
  if (is_moving)
    for (size_t i = 0; i < n; i++)
      out[i] = in[i] * gain[i];
  else
    memcpy (out, in, n * sizeof *out);
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
    apply (self->z[ch] + gained, self->clean[ch] + gained, self->g[self->shared ? 0 : ch] + gained, n, self->moving[gained / GROUP]);
  const int is_corrected = mst_limiter_verify (self, verified, n);
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    apply (self->x[ch] + out, self->z[ch] + out, self->c[self->shared ? 0 : ch] + out, n, is_corrected);
  mst_limiter_count (self, out, n, is_corrected);
}
