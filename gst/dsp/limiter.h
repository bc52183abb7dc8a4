/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* True-peak limiter: the waveform between the samples stays under the ceiling, the gain moves smoothly,
 * and nothing moves when nothing is over.
 *     in * drive -> clip (clipper.h), if asked for -> guard (nyquistguard.h) -> x'
 *     p = true peak of x' (truepeak.h),  r = min (1, (ceiling - 0.008 dB) / p), linked over channels
 *     g = boxes (release (min of r over look-ahead; what is held of it)),  z = x' g       (gainpath.h)
 *     p2 = true peak of z read finer where p g > 0.93 ceiling (0.8 from 80 kHz on; peakverify.h),  c = boxes (min of (ceiling
 *         - 0.002 dB) / p2),  out = z c
 * The second reading catches what the first cannot see and what multiplying by a moving gain adds; it
 * stays below 0.1 dB. Near the stream's first and last frame it aims up to 0.3 dB lower while the guard
 * works, since a hard cut has energy at Nyquist. Link k: a channel gets its own gain to the power 1 - k
 * times the lowest gain of all to the power k. hold + look-ahead >= half a period means a constant gain
 * for a tone that lasts.
 *
 * Frames are worked on in groups of 8 counted from reset: the cut into process () calls is invisible.
 * Latency in frames, guard off or on:
 *     guard 48 (64 up to 44.1 kHz) + 24 + look-ahead + 48 + verify (0.5 ms, at least 24) + 7;  8.1 ms at
 *         48 kHz, 8.9 ms at 44.1 kHz by default.
 * Idle (nothing above the ceiling, guard idle) the output is the input to the bit, late. Design and
 * measurements: docs/truepeaklimiter.md. Sliding minimum into FIR: G. Luff, Designing a
 * straightforward limiter, 2022. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "clipper.h"
#include "nyquistguard.h"

#define MST_LIMITER_MAX_CHANNELS 64
#define MST_LIMITER_MAX_HOLD_MS 20.0

typedef struct
{
  double ceiling_db;            /* -30 … 0 dBTP */
  double drive_db;              /* 0 … 36, before everything */
  double release_ms;            /* 1 … 2000: time constant of the quick part of the release */
  double hold_ms;               /* 0 … 20: what the programme requires evenly is held down this long after the look-ahead (limiterhold.h) */
  double slow_part;             /* 0 … 1: part of a lasting reduction that only comes back with 300 ms */
  double link;                  /* 0 … 1 */
  uint64_t linked;              /* channels that take part in the link, bit 0 = first; the others go alone */
  MstNyquistGuardMode guard;
  double clip_threshold_db;     /* -12 … 12 above the ceiling: where the clipper clips */
} MstLimiterParams;

typedef struct
{
  double gain_reduction_min_db, gain_reduction_mean_db, gain_reduction_max_db;  /* attenuation, >= 0 */
  double true_peak_in, true_peak_out;   /* linear; before the drive's limiter (drive included) and after */
} MstLimiterChannelStats;

typedef struct
{
  uint64_t frames;              /* that left, in groups of 8 */
  uint64_t limited_frames;      /* with more than 0.1 dB off in some channel */
  uint64_t limited_events;      /* times that began */
  uint64_t guard_frames;        /* with the guard at work in some channel */
} MstLimiterStats;

typedef struct _MstLimiter MstLimiter;

/* Defaults: ceiling -1 dBTP, no drive, release 1 ms, hold 20 ms, slow part 0.1, linked, guard auto. */
void mst_limiter_params_init (MstLimiterParams *);
/* Look-ahead 1 … 20 ms (at least 64 frames are used). A clipper adds MST_CLIPPER_LAG frames of latency. */
MstLimiter *mst_limiter_new (double rate_hz, unsigned n_channels, double lookahead_ms, MstClipShape clip, const char **error);
/* Ceiling, drive and clip threshold move in a straight line of linear gain, frame by frame, and travel
 * with the audio (of 8 frames the lowest ceiling counts); the rest at once: release and look-ahead smooth
 * it. Values out of range are taken to the nearest one in it. */
void mst_limiter_set_params (MstLimiter *, const MstLimiterParams *, size_t ramp_frames);
void mst_limiter_process (MstLimiter *, double *const *io, size_t n_frames);
size_t mst_limiter_latency (const MstLimiter *);
/* No more frames come, what follows are zeros to drain: the last frame is a hard cut that must hold the
 * ceiling too. Before reset () only. */
void mst_limiter_end (MstLimiter *);
void mst_limiter_reset (MstLimiter *);
void mst_limiter_free (MstLimiter *);

/* Since the last clear, of what has left. */
void mst_limiter_get_stats (const MstLimiter *, MstLimiterStats *);
void mst_limiter_get_channel_stats (const MstLimiter *, unsigned channel, MstLimiterChannelStats *);
void mst_limiter_clear_stats (MstLimiter *);
/* Of the newest group that left: lowest gain of any channel, linear; whether the guard worked. */
double mst_limiter_gain (const MstLimiter *);
int mst_limiter_guard_active (const MstLimiter *);
