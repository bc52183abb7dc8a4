/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "limiter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decibel.h"
#include "limiter-private.h"
#include "vec.h"

#define HIGHEST 1e6             /* what is higher, 120 dB over full scale, is taken for that: fourth powers of it fit float */
#define LEAST_LOOKAHEAD_FRAMES 64.0
#define VERIFY_MS 0.5
#define LEAST_VERIFY_FRAMES 24.0
#define ROOM 2048               /* frames that come in between two moves of the tracks */

static double
clamp (double x, double low, double high)
{
  return x > low ? (x < high ? x : high) : low;
}

static void
ramp_to (Ramp *ramp, double target, size_t frames)
{
  if (ramp->left == 0 && ramp->now == target)
    return;
  ramp->target = target;
  ramp->left = frames;
  if (frames == 0)
    ramp->now = target;
  else
    ramp->step = (target - ramp->now) / (double) frames;
}

static inline double
ramp_next (Ramp *ramp)
{
  if (ramp->left > 0)
    ramp->now = --ramp->left ? ramp->now + ramp->step : ramp->target;
  return ramp->now;
}

static size_t
groups_up (double frames)
{
  return (size_t) ceil (frames / GROUP) * GROUP;
}

void
mst_limiter_params_init (MstLimiterParams *params)
{
  *params = (MstLimiterParams) {
    .ceiling_db = -1.0,.release_ms = 1.0,.hold_ms = 20.0,.slow_part = 0.1,.link = 1.0,.linked = UINT64_MAX,.guard = MST_NYQUIST_GUARD_AUTO
  };
}

/* Carves the tracks out of one block; without memory only its size. */
static size_t
lay_out (MstLimiter *self, char *memory)
{
  const size_t frames = self->capacity, groups = frames / GROUP;
  size_t used = 0;

#define TRACK(field, n) do { if (memory) (field) = (void *) (memory + used); used += ((n) * sizeof *(field) + 63) / 64 * 64; } while (0)
  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    TRACK (self->x[ch], frames);
    if (self->clipper)
      TRACK (self->raw[ch], frames);
    else
      self->raw[ch] = self->x[ch];
    TRACK (self->clean[ch], frames);
    TRACK (self->z[ch], frames);
    TRACK (self->g[ch], frames);
    TRACK (self->c[ch], frames);
    TRACK (self->narrow[ch], frames);
    TRACK (self->peak[ch], frames);
    TRACK (self->top[ch], groups);
    TRACK (self->bend[ch], groups);
    TRACK (self->edge[ch], groups);
    TRACK (self->reading[ch], groups);
    TRACK (self->verified[ch], groups);
  }
  TRACK (self->ceiling, groups);
  TRACK (self->clip, groups);
  TRACK (self->guarded, groups);
  TRACK (self->moving, groups);
#undef TRACK
  return used;
}

MstLimiter *
mst_limiter_new (double rate_hz, unsigned n_channels, double lookahead_ms, MstClipShape clip, const char **error)
{
  const char *ignored;
  const char **why = error ? error : &ignored;
  MstLimiter *self;
  int failed;

  *why = !(rate_hz >= 1000.0 && rate_hz <= 1e6) ? "the rate must lie between 1000 and 1000000 Hz" :
      n_channels < 1 || n_channels > MST_LIMITER_MAX_CHANNELS ? "1 to 64 channels can be limited" :
      !(lookahead_ms >= 1.0 && lookahead_ms <= 20.0) ? "the look-ahead must lie between 1 and 20 ms" : NULL;
  if (*why)
    return NULL;
  *why = "out of memory";
  if (!(self = calloc (1, sizeof *self)))
    return NULL;
  self->rate_hz = rate_hz;
  self->n_channels = n_channels;
  /* Above 80 kHz the top of the band is empty of music; shorter taps see the rest as well */
  self->detect_lag = rate_hz < 80000.0 ? 24 : 16;
  const double detect_edge = rate_hz < 80000.0 ? 0.90 : 0.85;
  self->verify_gate = rate_hz < 80000.0 ? 0.93 : 0.80;  /* of all signals at 48 kHz 0.97 misses some, 0.90 finds nothing more */
  self->detector = mst_truepeak_new (2 * (unsigned) self->detect_lag, detect_edge);
  self->verify = mst_peakverify_new (rate_hz);
  self->guard = mst_nyquistguard_new (rate_hz, n_channels);
  self->span = groups_up (fmax (lookahead_ms * 1e-3 * rate_hz, LEAST_LOOKAHEAD_FRAMES)) + 1;
  self->verify_span = groups_up (fmax (VERIFY_MS * 1e-3 * rate_hz, LEAST_VERIFY_FRAMES)) + 1;
  self->verify_window = MST_GAINPATH_CELLS (self->verify_span, GROUP);
  failed = !self->detector || !self->verify || !self->guard;
  if (clip != MST_CLIP_NONE) {
    self->clip_lag = MST_CLIPPER_LAG;
    self->clipper = mst_clipper_new (clip, n_channels);
    failed |= !self->clipper;
  }
  const size_t max_window = MST_GAINPATH_CELLS (self->span, CELL) + (size_t) (MST_LIMITER_MAX_HOLD_MS * 1e-3 * rate_hz / CELL) + 1;
  for (unsigned ch = 0; ch < n_channels; ch++) {
    self->gain[ch] = mst_gainpath_new (self->span, CELL, max_window);
    self->correction[ch] = mst_gainpath_new (self->verify_span, GROUP, self->verify_window);
    failed |= !self->gain[ch] || !self->correction[ch];
  }
  if (!failed) {
    mst_truepeak_bound_design (&self->bound, 2 * (unsigned) self->detect_lag, detect_edge);
    self->measure = MST_KERNEL_CHOOSE (mst_truepeakbound_kernels);
    self->guard_lag = mst_nyquistguard_lag (self->guard);
    self->core_latency = self->clip_lag + self->guard_lag + self->detect_lag + self->span - 1 + MST_PEAKVERIFY_AFTER + self->verify_span - 1;
    self->keep = self->core_latency + 4 * MST_NYQUIST_GUARD_MAX_LAG + 2 * MST_CLIPPER_LAG;
    self->capacity = self->keep + ROOM + BLOCK + GROUP;
    self->memory = aligned_alloc (64, lay_out (self, NULL));
  }
  if (!self->memory) {
    mst_limiter_free (self);
    return NULL;
  }
  lay_out (self, self->memory);
  MstLimiterParams params;
  mst_limiter_params_init (&params);
  mst_limiter_set_params (self, &params, 0);
  mst_limiter_reset (self);
  *why = NULL;
  return self;
}

void
mst_limiter_free (MstLimiter *self)
{
  if (!self)
    return;
  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    mst_gainpath_free (self->gain[ch]);
    mst_gainpath_free (self->correction[ch]);
  }
  mst_truepeak_free (self->detector);
  mst_peakverify_free (self->verify);
  mst_nyquistguard_free (self->guard);
  mst_clipper_free (self->clipper);
  free (self->memory);
  free (self);
}

static int
can_share (const MstLimiter *self)
{
  const uint64_t all = self->n_channels < 64 ? ((uint64_t) 1 << self->n_channels) - 1 : UINT64_MAX;
  return self->n_channels == 1 || (self->params.link >= 1.0 && (self->params.linked & all) == all);
}

/* From one gain for all channels to one each: every path begins as the common one is. */
static void
split_paths (MstLimiter *self)
{
  for (unsigned ch = 1; ch < self->n_channels; ch++) {
    mst_gainpath_copy (self->gain[ch], self->gain[0]);
    mst_gainpath_copy (self->correction[ch], self->correction[0]);
    memcpy (self->g[ch], self->g[0], self->capacity * sizeof (double));
    self->of_path[ch] = self->of_path[0];
  }
  self->shared = 0;
}

/* What was before the first frame is under its ceiling: the waveform between the two is. */
static void
ceiling_before_stream (MstLimiter *self)
{
  for (size_t k = 0; k < self->capacity / GROUP; k++) {
    self->ceiling[k] = self->ceiling_ramp.now;
    self->clip[k] = self->clip_ramp.now * self->ceiling[k];
  }
}

void
mst_limiter_set_params (MstLimiter *self, const MstLimiterParams *wanted, size_t ramp_frames)
{
  MstLimiterParams *p = &self->params;

  *p = *wanted;
  p->ceiling_db = clamp (p->ceiling_db, -30.0, 0.0);
  p->drive_db = clamp (p->drive_db, 0.0, 36.0);
  p->release_ms = clamp (p->release_ms, 1.0, 2000.0);
  p->hold_ms = clamp (p->hold_ms, 0.0, MST_LIMITER_MAX_HOLD_MS);
  p->slow_part = clamp (p->slow_part, 0.0, 1.0);
  p->link = clamp (p->link, 0.0, 1.0);
  p->clip_threshold_db = clamp (p->clip_threshold_db, -12.0, 12.0);
  ramp_to (&self->ceiling_ramp, mst_decibel_to_gain (p->ceiling_db), ramp_frames);
  ramp_to (&self->drive_ramp, mst_decibel_to_gain (p->drive_db), ramp_frames);
  ramp_to (&self->clip_ramp, mst_decibel_to_gain (p->clip_threshold_db), ramp_frames);
  mst_limiterrelease_set (&self->release, self->rate_hz, CELL, p->release_ms, p->slow_part);
  self->window = MST_GAINPATH_CELLS (self->span, CELL) + (size_t) (p->hold_ms * 1e-3 * self->rate_hz / CELL);
  mst_nyquistguard_set_mode (self->guard, p->guard);
  if (self->first + (int64_t) (self->head + self->fill) == 0)
    ceiling_before_stream (self);
  if (self->shared && !can_share (self))
    split_paths (self);
}

size_t
mst_limiter_latency (const MstLimiter *self)
{
  return self->core_latency + GROUP - 1;
}

void
mst_limiter_end (MstLimiter *self)
{
  self->end = self->first + (int64_t) (self->head + self->fill);
}

void
mst_limiter_reset (MstLimiter *self)
{
  memset (self->memory, 0, lay_out (self, self->memory));
  ramp_to (&self->ceiling_ramp, self->ceiling_ramp.target, 0);
  ramp_to (&self->drive_ramp, self->drive_ramp.target, 0);
  ramp_to (&self->clip_ramp, self->clip_ramp.target, 0);
  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    mst_gainpath_reset (self->gain[ch]);
    mst_gainpath_reset (self->correction[ch]);
    for (size_t i = 0; i < self->capacity; i++)
      self->g[ch][i] = 1.0;
  }
  ceiling_before_stream (self);
  mst_nyquistguard_reset (self->guard);
  if (self->clipper)
    mst_clipper_reset (self->clipper);
  self->shared = can_share (self);
  self->head = self->keep;
  self->fill = 0;
  self->first = -(int64_t) self->keep;
  self->end = INT64_MAX / 2;        /* far, and distances to it do not overflow */
  self->newest_gain = 1.0;
  self->newest_guarded = self->newest_limited = 0;
  mst_limiter_clear_stats (self);
}

/* The newest frames to the front of every track: of each those that somebody still reads, a group to spare. */
static void
make_room (MstLimiter *self)
{
  const size_t shift = self->head - self->keep, groups = (self->keep + self->fill) / GROUP + 1;
  const size_t front = self->head - self->clip_lag, guarded = front - self->guard_lag, detected = guarded - self->detect_lag;
  const size_t gained = detected - (self->span - 1), verified = gained - MST_PEAKVERIFY_AFTER;
  const size_t out = verified - (self->verify_span - 1);

#define MOVE(track, from, to) memmove ((track) + (from) - shift, (track) + (from), ((to) - (from)) * sizeof *(track))
#define MOVE_GROUPS(track) memmove ((track), (track) + shift / GROUP, groups * sizeof *(track))
  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    MOVE (self->x[ch], out - 2 * GROUP, out);
    MOVE (self->x[ch], front - 2 * self->guard_lag - GROUP, self->clipper ? front : self->head + self->fill);
    if (self->clipper)
      MOVE (self->raw[ch], self->head - MST_CLIPPER_BEFORE, self->head + self->fill);
    MOVE (self->clean[ch], gained - GROUP, guarded);
    MOVE (self->narrow[ch], detected - self->detect_lag - GROUP, front);
    MOVE (self->z[ch], MIN (out, verified - MST_PEAKVERIFY_BEFORE) - GROUP, gained);
    if (ch == 0 || !self->shared)
      MOVE (self->g[ch], MIN (out, verified - MST_PEAKVERIFY_BEFORE) - GROUP, gained);
    MOVE_GROUPS (self->top[ch]);
    MOVE_GROUPS (self->bend[ch]);
    MOVE_GROUPS (self->edge[ch]);
    MOVE_GROUPS (self->reading[ch]);
    MOVE_GROUPS (self->verified[ch]);
  }
  MOVE_GROUPS (self->ceiling);
  MOVE_GROUPS (self->clip);
  MOVE_GROUPS (self->guarded);
  MOVE_GROUPS (self->moving);
#undef MOVE
#undef MOVE_GROUPS
  self->head -= shift;
  self->first += (int64_t) shift;
}

static inline double
held (double x)
{
  x = x < HIGHEST ? x : HIGHEST;
  return x > -HIGHEST ? x : -HIGHEST;
}

static void
drive_by (double *restrict to, const double *restrict from, double drive, size_t n)
{
  const MstV2d by = { drive, drive }, high = { HIGHEST, HIGHEST }, low = { -HIGHEST, -HIGHEST };
  size_t i = 0;

  for (; i + 2 <= n; i += 2) {
    const MstV2d x = mst_min_v2d (mst_load_v2d (from + i) * by, high);
    mst_store_v2d (to + i, mst_max_v2d (x, low));
  }
  for (; i < n; i++)
    to[i] = held (from[i] * drive);
}

static void
drive_along (double *restrict to, const double *restrict from, const double *restrict drive, size_t n)
{
  for (size_t i = 0; i < n; i++)
    to[i] = held (from[i] * drive[i]);
}

/* @n frames into the tracks, with the drive and ceiling of each. */
static void
take (MstLimiter *self, double *const *in, size_t done, size_t n)
{
  const size_t at = self->head + self->fill;

  if (self->drive_ramp.left > 0 || self->ceiling_ramp.left > 0 || self->clip_ramp.left > 0) {
    double drive[BLOCK];
    for (size_t i = 0; i < n; i++) {
      const double ceiling = ramp_next (&self->ceiling_ramp);
      double *of_group = &self->ceiling[(at + i) / GROUP];
      *of_group = (at + i) % GROUP == 0 || ceiling < *of_group ? ceiling : *of_group;
      self->clip[(at + i) / GROUP] = *of_group * ramp_next (&self->clip_ramp);
      drive[i] = ramp_next (&self->drive_ramp);
    }
    for (unsigned ch = 0; ch < self->n_channels; ch++)
      drive_along (self->raw[ch] + at, in[ch] + done, drive, n);
    return;
  }
  const double ceiling = self->ceiling_ramp.now, drive = self->drive_ramp.now;
  for (size_t k = at / GROUP; k <= (at + n - 1) / GROUP; k++)
    if (GROUP * k >= at || ceiling < self->ceiling[k]) {
      self->ceiling[k] = ceiling;
      self->clip[k] = ceiling * self->clip_ramp.now;
    }
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    drive_by (self->raw[ch] + at, in[ch] + done, drive, n);
}

void
mst_limiter_process (MstLimiter *self, double *const *io, size_t n_frames)
{
  for (size_t done = 0, n; done < n_frames; done += n) {
    n = n_frames - done < BLOCK - GROUP ? n_frames - done : BLOCK - GROUP;
    if (self->head + self->fill + BLOCK > self->capacity)
      make_room (self);
    const size_t out = self->head + self->fill - mst_limiter_latency (self);
    take (self, io, done, n);
    self->fill += n;
    const size_t ready = self->fill / GROUP * GROUP;
    if (ready > 0)
      mst_limiter_run_stages (self, ready);
    self->head += ready;
    self->fill -= ready;
    for (unsigned ch = 0; ch < self->n_channels; ch++)
      memcpy (io[ch] + done, self->x[ch] + out, n * sizeof (double));
  }
}
