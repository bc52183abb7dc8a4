/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What limiter.c (parameters, frames in and out), limiter-stages.c (the work) and limiter-stats.c (the
 * figures) share. Every signal is a track: an array indexed by the same frame number for all, frame `head`
 * being the next group to come in. A stage works `its lag` frames behind head. When the tracks are full
 * their newest `keep` frames move to the front. */
#pragma once

#include "gainpath.h"
#include "limiter.h"
#include "peakverify.h"
#include "truepeak.h"
#include "truepeakbound.h"

#define GROUP 8                 /* frames worked on together */
#define CELL 4                  /* frames that share a required gain */
#define BLOCK 256               /* frames in a pass, at most */
#define NEPER_PER_DB 0.11512925
#define RESERVE (0.016 * NEPER_PER_DB)  /* of the ceiling, kept by what mst_limiter_is_top_of_band () says */
#define LEAST_GAIN 0x1p-30
#define TOP_GATE 0.85           /* of verify_gate: what groups around a tone in the top of the band must show; lower readings decide nothing */
#define EDGE_BEFORE 6           /* groups around one that its readings reach: all, and those known when its gain is decided */
#define EDGE_AFTER 12
#define EDGE_KNOWN 7
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

typedef struct
{
  double now, step, target;
  size_t left;                  /* frames to the target */
} Ramp;

typedef struct
{
  double product, log_sum;      /* of a group's mean gain; the logarithm is taken when the product gets small */
  double gain_min, gain_max;
} PathSums;

typedef struct
{
  double in, out;               /* true peaks */
} ChannelSums;

struct _MstLimiter
{
  double rate_hz;
  unsigned n_channels;
  MstLimiterParams params;
  Ramp ceiling_ramp, drive_ramp, clip_ramp;     /* linear */

  size_t clip_lag, guard_lag, detect_lag, span, verify_span;      /* frames */
  size_t core_latency;          /* without the group that is filling */
  size_t window, verify_window; /* cells */
  double verify_gate;           /* of the ceiling: what the first reading must show for a second one */

  MstClipper *clipper;          /* or NULL */
  MstNyquistGuard *guard;
  MstTruePeak *detector;
  MstTruePeakBound bound;
  const MstTruePeakBoundKernels *measure;
  MstPeakVerify *verify;
  MstLimiterRelease release;
  MstGainPath *gain[MST_LIMITER_MAX_CHANNELS], *correction[MST_LIMITER_MAX_CHANNELS];
  int shared;                   /* path 0 serves all channels; once false, until reset */

  size_t keep, capacity;        /* frames of a track */
  size_t head, fill;            /* next group; frames of it that are there */
  int64_t first;                /* frame number, from reset, of track index 0 */
  int64_t end;                  /* frame number after the last one of the stream */
  double *raw[MST_LIMITER_MAX_CHANNELS];        /* in * drive; the same as x without a clipper */
  double *x[MST_LIMITER_MAX_CHANNELS];  /* clipped; further back than anybody reads: out */
  double *clean[MST_LIMITER_MAX_CHANNELS];      /* x' */
  double *z[MST_LIMITER_MAX_CHANNELS];
  double *g[MST_LIMITER_MAX_CHANNELS], *c[MST_LIMITER_MAX_CHANNELS];    /* by path */
  float *narrow[MST_LIMITER_MAX_CHANNELS];      /* x' for the detector; x where x' is still to come */
  float *peak[MST_LIMITER_MAX_CHANNELS];        /* p; valid where reading > 0, in the pass that wrote it */
  /* One value a group */
  float *top[MST_LIMITER_MAX_CHANNELS]; /* highest sample of x' */
  float *bend[MST_LIMITER_MAX_CHANNELS];        /* highest second difference of x' */
  float *edge[MST_LIMITER_MAX_CHANNELS];        /* highest of what lies next to Nyquist, before the guard */
  float *reading[MST_LIMITER_MAX_CHANNELS];     /* highest p; 0 where certainly too low to matter */
  float *verified[MST_LIMITER_MAX_CHANNELS];    /* highest p2; 0 where not read */
  double *ceiling, *clip;       /* lowest of the group, linear; where it is clipped */
  unsigned char *guarded;       /* the guard worked on it */
  unsigned char *moving;        /* g may be below 1 in it */
  void *memory;

  MstLimiterStats stats;
  ChannelSums sums[MST_LIMITER_MAX_CHANNELS];
  PathSums of_path[MST_LIMITER_MAX_CHANNELS];
  double newest_gain;           /* lowest of the newest group that left */
  int newest_guarded, newest_limited;
};

/* limiter-stages.c */
/* Frames head … head + n - 1 (whole groups) are there: run every stage behind them. */
void mst_limiter_run_stages (MstLimiter *, size_t n);
/* highest[k]: that of track[k] … track[k + window - 1]. */
void mst_limiter_highest (const float *track, size_t window, size_t n, float *highest);
/* What each channel may have at most, @cell, becomes what each path may have. */
void mst_limiter_link (const MstLimiter *, double *cell);
static inline unsigned
mst_limiter_n_paths (const MstLimiter *self)
{
  return self->shared ? 1 : self->n_channels;
}

/* limiter-verify.c */
/* p2 and c: groups of z from @at on give corrections for frames at - (verify_span - 1) …; zero if all of them are 1, and c then
 * may be left as it was. */
int mst_limiter_verify (MstLimiter *, size_t at, size_t n);
/* Whether group @k has much above a third of Nyquist: the second difference of a tone is 4 sin^2 (pi f / 2) of its peak. Where the stream ends is not
 * known yet more than some 300 frames before; a hard cut there moves the waveform of a tone in the top of the band by up to 0.02 dB. And where
 * several of them make a peak (squares) the sinusoid through three of four points a sample misses as much of it. So they keep that. */
int mst_limiter_is_top_of_band (const MstLimiter *, unsigned ch, size_t k);

/* limiter-stats.c */
/* Frames @at … at + n - 1 leave; @is_corrected: some c is below 1. */
void mst_limiter_count (MstLimiter *, size_t at, size_t n, int is_corrected);
