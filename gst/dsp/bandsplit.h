/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One to eight bands by any of the crossovers: minimum phase (crossover.h), linear phase (crossover-linear.h), or, of one band, none. */
#pragma once

#include <stddef.h>

#include "crossover.h"

typedef enum
{
  MST_BAND_SPLIT_LR4,
  MST_BAND_SPLIT_LR8,
  MST_BAND_SPLIT_LINEAR
} MstBandSplitType;

typedef struct _MstBandSplit MstBandSplit;

MstBandSplit *mst_band_split_new (double rate_hz, unsigned n_channels, unsigned n_bands, MstBandSplitType, const char **error);
/* @upper_hz: n_bands - 1. Linear phase: without a ramp, see there */
void mst_band_split_set (MstBandSplit *, const double *upper_hz, size_t ramp_frames);
/* @bands: by band * n_channels + channel, not overlapping @in */
void mst_band_split_process (MstBandSplit *, const double *const *in, double *const *bands, size_t n_frames);
size_t mst_band_split_latency (const MstBandSplit *);
void mst_band_split_reset (MstBandSplit *);
void mst_band_split_free (MstBandSplit *);
