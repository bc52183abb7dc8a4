/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "detectors.h"

#include <math.h>
#include <stdlib.h>

#include "envelope.h"
#include "gain-curve.h"
#include "keyfilter.h"
#include "meansquare.h"

struct _MstDetectors
{
  unsigned n_channels, n_peak;  /* signals of the envelope: the first */
  unsigned *sorted_at;          /* of each signal */
  MstEnvelope *envelope;        /* NULL if no band needs it */
  MstMeanSquare *mean_square;   /* NULL if no band needs it */
  MstKeyFilter *filter;
  int is_filtering;
  /* By detector: first those of the envelope, then those of the mean square */
  const double **heard;
  float **level;
  double *lines, **filtered;    /* what is heard through the filter */
};

static size_t
window_frames (const MstDetectorSetup *d, double rate_hz)
{
  return (size_t) floor (0.001 * fmin (fmax (d->rms_window_ms, 1.0), 1000.0) * rate_hz + 0.5);
}

MstDetectors *
mst_detectors_new (double rate_hz, unsigned n_bands, unsigned n_channels, const MstDetectorSetup *setup, double *const *signal,
    double *const *key, float *const *power, const char **error)
{
  const unsigned n = n_bands * n_channels;
  unsigned n_sorted = 0, n_windows = 0;
  size_t *window = calloc (n, sizeof *window);
  MstDetectors *d = calloc (1, sizeof *d);
  if (d != NULL) {
    d->n_channels = n_channels;
    d->sorted_at = calloc (n, sizeof *d->sorted_at);
    d->heard = calloc (n, sizeof *d->heard);
    d->level = calloc (n, sizeof *d->level);
    d->filtered = calloc (n, sizeof *d->filtered);
    d->lines = calloc (n, MST_GAIN_BLOCK * sizeof *d->lines);
    d->filter = mst_key_filter_new (rate_hz, n);
  }
  if (d == NULL || !window || !d->sorted_at || !d->heard || !d->level || !d->filtered || !d->lines || !d->filter) {
    free (window);
    mst_detectors_free (d);
    return NULL;
  }
  for (int is_rms = 0; is_rms < 2; is_rms++) {
    for (unsigned i = 0; i < n; i++) {
      const MstDetectorSetup *s = &setup[i / n_channels];
      if (!s->is_rms != !is_rms)
        continue;
      d->filtered[i] = d->lines + i * MST_GAIN_BLOCK;
      d->sorted_at[i] = n_sorted;
      d->heard[n_sorted] = s->is_keyed ? key[i] : signal[i];
      d->level[n_sorted++] = power[i];
      if (is_rms)
        window[n_windows++] = window_frames (s, rate_hz);
    }
    if (!is_rms)
      d->n_peak = n_sorted;
  }
  if (d->n_peak > 0)
    d->envelope = mst_envelope_new (rate_hz, d->n_peak, error);
  if (n_windows > 0)
    d->mean_square = mst_mean_square_new (n_windows, window);
  free (window);
  if ((d->n_peak == 0 || d->envelope != NULL) && (n_windows == 0 || d->mean_square != NULL))
    return d;
  mst_detectors_free (d);
  return NULL;
}

void
mst_detectors_release (MstDetectors *d, unsigned band, double release_ms)
{
  for (unsigned i = band * d->n_channels; i < (band + 1) * d->n_channels; i++)
    if (d->sorted_at[i] < d->n_peak)
      mst_envelope_set_release (d->envelope, d->sorted_at[i], release_ms);
}

void
mst_detectors_high_pass (MstDetectors *d, double hz)
{
  d->is_filtering = hz > 0.0;
  if (d->is_filtering)
    mst_key_filter_set (d->filter, hz);
}

void
mst_detectors_process (MstDetectors *d, size_t n_frames)
{
  const double *const *heard = d->heard;
  if (d->is_filtering) {
    mst_key_filter_process (d->filter, d->heard, d->filtered, n_frames);
    heard = (const double *const *) d->filtered;
  }
  if (d->envelope != NULL)
    mst_envelope_process (d->envelope, heard, d->level, n_frames);
  if (d->mean_square != NULL)
    mst_mean_square_process (d->mean_square, heard + d->n_peak, d->level + d->n_peak, n_frames);
}

void
mst_detectors_reset (MstDetectors *d)
{
  if (d->envelope != NULL)
    mst_envelope_reset (d->envelope);
  if (d->mean_square != NULL)
    mst_mean_square_reset (d->mean_square);
  mst_key_filter_reset (d->filter);
}

void
mst_detectors_free (MstDetectors *d)
{
  if (d == NULL)
    return;
  mst_envelope_free (d->envelope);
  mst_mean_square_free (d->mean_square);
  mst_key_filter_free (d->filter);
  free (d->sorted_at);
  free (d->heard);
  free (d->level);
  free (d->filtered);
  free (d->lines);
  free (d);
}
