/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parametric equaliser: up to 32 bands of minimum phase, each with the magnitude of its analog prototype (eqproto.h) up to
 * min (20 kHz, 0.45 rate) within 0.1 dB, mostly 0.02 dB (eqfit.h). No latency.
 *
 * Order: bands on all, left and right, then those on mid and side (M = (L + R)/2, S = (L - R)/2), each by number, then the
 * output gain. Bell, shelf and tilt at 0 dB are the identity to the bit and cost nothing.
 *
 * Motion: frequency and q in octaves, gains in dB glide as eqglide.h says, seen from 16 segments of 0.19 to 0.38 ms later: a
 * change with a ramp of 20 ms is complete in less than 50 ms. Between nodes the coefficients of the exact designs at the
 * nodes are joined by cubics; nodes are 1/4, 1/2, 1, 2, 4 or 8 segments apart as up to 2, 4, 7, 13, 25 or more sections move.
 * Type, slope, channels and enabled, a band that comes to rest at 0 dB, and a change too far to glide (eqleap.h) are cross-faded by a
 * raised cosine w of 64 segments (12 to 24 ms) from the next block of 8 segments: the output is that of the new filters, empty at
 * first, on w x, and 1 - w times that of the old ones, which glide on to where they were told. Fading the new ones' input lets
 * them swing in without a start. What is asked for during a fade and cannot be had by a glide of the new filters follows it.
 * States below 1e-30 become 0 at block ends counted from reset: silence ends in exact zeros. */
#pragma once

#include "eqproto.h"

#include <stddef.h>

#define MST_EQ_MAX_BANDS 32

typedef enum
{
  MST_EQ_ALL,
  MST_EQ_LEFT,
  MST_EQ_RIGHT,
  MST_EQ_MID,
  MST_EQ_SIDE
} MstEqChannels;

typedef struct
{
  MstEqType type;
  double frequency_hz;          /* 10 to 40000; high-pass, band-pass, notch, all-pass: at most 0.45 of the rate counts */
  double gain_db;               /* -36 to 36 */
  double q;                     /* 0.025 to 200 */
  unsigned slope;               /* dB per octave; see mst_eq_slope_valid () */
  MstEqChannels channels;       /* other than MST_EQ_ALL: two channels only */
  bool enabled;
  /* A bell or shelf whose range is not 0 is dynamic (eqdynamics.h) */
  double range_db;              /* -30 to 30: the most that the level moves the gain */
  double threshold_db;          /* -80 to 0; a full-scale sine in the band's region is 0 */
  double ratio;                 /* 1 to infinity */
  double attack_ms, release_ms; /* 1 to 500, 5 to 5000 */
  bool below;                   /* acts below the threshold, not above */
  bool listen;                  /* hear only what the first such band acts on (eqlisten.h), also if it is not enabled */
} MstEqBand;

typedef struct
{
  unsigned n_bands;
  MstEqBand bands[MST_EQ_MAX_BANDS];
  double output_gain_db;        /* -36 to 36 */
  bool auto_gain;               /* mst_eq_auto_gain_db () besides */
} MstEqParams;

typedef struct _MstEq MstEq;

/* No bands, 0 dB. */
void mst_eq_params_init (MstEqParams *params);
/* A bell at 1 kHz, 0 dB, q sqrt(1/2), not dynamic. */
void mst_eq_band_init (MstEqBand *band);
/* NULL, or what is wrong with @params for @n_channels; *band is the first band concerned (n_bands: none). */
const char *mst_eq_params_check (const MstEqParams *params, unsigned n_channels, unsigned *band);
/* The frequency that counts: limited to 0.45 of the rate for high-pass, band-pass, notch and all-pass. */
double mst_eq_effective_frequency (const MstEqBand *band, double rate_hz);
/* 20 log10 of the curve of all enabled bands on @channels at @f_hz: analog, with the frequencies limited as at @rate_hz.
 * MST_EQ_ALL: bands on all channels only; MST_EQ_LEFT: those and the bands on left; ... With the output gain. */
double mst_eq_magnitude_db (const MstEqParams *params, MstEqChannels channels, double f_hz, double rate_hz);

/* dB that give K-weighted pink noise, alike and independent in all channels, the power it had before the bands (dynamic ones at
 * rest): static, from the curves at 1/12 octave from 20 Hz to min (20 kHz, 0.45 rate). K-weighting: ITU-R BS.1770. */
double mst_eq_auto_gain_db (const MstEqParams *params, double rate_hz);

/* 8 to 384 kHz, 1 to 64 channels. At rest with no bands. */
MstEq *mst_eq_new (double rate_hz, unsigned n_channels, const char **error);
/* The same, deaf to listen. */
MstEq *mst_eq_new_plain (double rate_hz, unsigned n_channels, const char **error);
/* @params passed mst_eq_params_check (). Reached after @ramp_frames and the glide; 0 before anything was processed: at once. */
void mst_eq_set_params (MstEq *eq, const MstEqParams *params, size_t ramp_frames);
void mst_eq_process (MstEq *eq, double *const *io, size_t n_frames);
size_t mst_eq_latency (const MstEq *eq);        /* 0 */
void mst_eq_reset (MstEq *eq);
void mst_eq_free (MstEq *eq);
