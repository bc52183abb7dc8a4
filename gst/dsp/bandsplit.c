/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bandsplit.h"

#include <stdlib.h>
#include <string.h>

#include "crossover-linear.h"

struct _MstBandSplit
{
  unsigned n_channels;
  MstCrossover *minimum;        /* at most one of the two */
  MstLinearCrossover *linear;
};

MstBandSplit *
mst_band_split_new (double rate_hz, unsigned n_channels, unsigned n_bands, MstBandSplitType type, const char **error)
{
  MstBandSplit *s = calloc (1, sizeof *s);
  if (s == NULL)
    return NULL;
  s->n_channels = n_channels;
  if (n_bands == 1)
    return s;
  if (type == MST_BAND_SPLIT_LINEAR)
    s->linear = mst_linear_crossover_new (rate_hz, n_channels, n_bands, error);
  else
    s->minimum = mst_crossover_new (rate_hz, n_channels, n_bands, type == MST_BAND_SPLIT_LR8 ? MST_CROSSOVER_LR8 : MST_CROSSOVER_LR4, error);
  if (s->linear != NULL || s->minimum != NULL)
    return s;
  free (s);
  return NULL;
}

void
mst_band_split_set (MstBandSplit *s, const double *upper_hz, size_t ramp_frames)
{
  if (s->minimum != NULL)
    mst_crossover_set (s->minimum, upper_hz, ramp_frames);
  else if (s->linear != NULL)
    mst_linear_crossover_set (s->linear, upper_hz);
}

void
mst_band_split_process (MstBandSplit *s, const double *const *in, double *const *bands, size_t n_frames)
{
  if (s->minimum != NULL)
    mst_crossover_process (s->minimum, in, bands, n_frames);
  else if (s->linear != NULL)
    mst_linear_crossover_process (s->linear, in, bands, n_frames);
  else
    for (unsigned ch = 0; ch < s->n_channels; ch++)
      memcpy (bands[ch], in[ch], n_frames * sizeof *in[ch]);
}

size_t
mst_band_split_latency (const MstBandSplit *s)
{
  return s->linear != NULL ? mst_linear_crossover_latency (s->linear) : 0;
}

void
mst_band_split_reset (MstBandSplit *s)
{
  if (s->minimum != NULL)
    mst_crossover_reset (s->minimum);
  if (s->linear != NULL)
    mst_linear_crossover_reset (s->linear);
}

void
mst_band_split_free (MstBandSplit *s)
{
  if (s == NULL)
    return;
  mst_crossover_free (s->minimum);
  mst_linear_crossover_free (s->linear);
  free (s);
}
