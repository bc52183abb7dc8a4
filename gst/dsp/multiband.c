/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "multiband.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crossover.h"
#include "envelope.h"
#include "line.h"
#include "mst-orc-compressor.h"

#define BLOCK MST_GAIN_BLOCK

struct _MstMultiband
{
  unsigned n_channels, n_bands;
  size_t at;                    /* frames of the block done */
  MstCrossover *crossover;      /* NULL for one band */
  MstEnvelope *envelope;
  MstGain *gain;
  MstLine input_gain;
  float input_gain_of[BLOCK];
  double partial[2][BLOCK];     /* sums of some of the bands */
  /* By band * n_channels + channel */
  double **signal;
  float **power;
  double *signals;
  float *powers;
};

MstMultiband *
mst_multiband_new (double rate_hz, unsigned n_channels, unsigned n_bands, const char **error)
{
  const char *reason = NULL;
  const size_t n = (size_t) n_channels * n_bands;
  if (n_channels < 1 || n_channels > 64)
    reason = "number of channels out of range (1 to 64)";
  else if (n_bands < 1 || n_bands > MST_MULTIBAND_MAX_BANDS)
    reason = "number of bands out of range (1 to 8)";
  MstMultiband *m = reason ? NULL : calloc (1, sizeof *m);
  if (m != NULL) {
    m->n_channels = n_channels;
    m->n_bands = n_bands;
    if (n_bands > 1)
      m->crossover = mst_crossover_new (rate_hz, n_channels, n_bands, &reason);
    m->envelope = mst_envelope_new (rate_hz, (unsigned) n, &reason);
    m->gain = mst_gain_new (rate_hz, n_bands, n_channels, &reason);
    m->signal = calloc (n, sizeof *m->signal);
    m->power = calloc (n, sizeof *m->power);
    m->signals = calloc (n, BLOCK * sizeof *m->signals);
    m->powers = calloc (n, BLOCK * sizeof *m->powers);
    if ((m->crossover || n_bands == 1) && m->envelope && m->gain && m->signal && m->power && m->signals && m->powers) {
      for (size_t i = 0; i < n; i++) {
        m->signal[i] = m->signals + i * BLOCK;
        m->power[i] = m->powers + i * BLOCK;
      }
      mst_line_set (&m->input_gain, 1.0, 0);
      return m;
    }
    mst_multiband_free (m);
  }
  if (error != NULL)
    *error = reason ? reason : "out of memory";
  return NULL;
}

static double
clamped (double x, double lowest, double highest)
{
  return fmin (fmax (x, lowest), highest);
}

void
mst_multiband_set_params (MstMultiband *m, const MstMultibandParams *p, size_t ramp_frames)
{
  const double mix = clamped (p->mix, 0.0, 1.0);
  const double output = pow (10.0, 0.05 * clamped (p->output_gain_db, -120.0, 120.0));
  double upper_hz[MST_MULTIBAND_MAX_BANDS];
  int any_soloed = 0;

  for (unsigned i = 0; i < m->n_bands; i++) {
    upper_hz[i] = p->band[i].upper_hz;
    any_soloed = any_soloed || p->band[i].is_soloed;
  }
  if (m->crossover != NULL)
    mst_crossover_set (m->crossover, upper_hz, ramp_frames);
  for (unsigned i = 0; i < m->n_bands; i++) {
    const MstMultibandBand *b = &p->band[i];
    const double share = b->is_muted || (any_soloed && !b->is_soloed) ? 0.0 : output;
    const MstGainParams g = {
      .mode = b->mode,
      .range_db = clamped (b->range_db, 0.0, 1000.0),
      .hold_ms = clamped (b->hold_ms, 0.0, 1e6),
      .is_auto_release = b->is_auto_release,
      .threshold_db = clamped (b->threshold_db, -200.0, 200.0),
      .ratio = fmax (b->ratio, 1.0),
      .knee_db = clamped (b->knee_db, 0.0, 100.0),
      .attack_ms = clamped (b->attack_ms, 1e-3, 1e6),
      .release_ms = clamped (b->release_ms, 1e-3, 1e6),
      .makeup_db = clamped (b->makeup_db, -120.0, 120.0),
      .link = clamped (b->link, 0.0, 1.0),
      .share = share,
      .amount = b->is_bypassed ? 0.0 : share * mix * clamped (b->mix, 0.0, 1.0)
    };
    mst_gain_set_params (m->gain, i, &g, ramp_frames);
  }
  mst_line_set (&m->input_gain, pow (10.0, 0.05 * clamped (p->input_gain_db, -120.0, 120.0)), ramp_frames);
}

static void
scale_input (MstMultiband *m, double *x, size_t n)
{
  memcpy (m->partial[0], x, n * sizeof *x);
  mst_orc_compressor_sum1 (x, m->partial[0], m->input_gain_of, (int) n);
}

/* out = sum over bands of factor * signal, of channel @ch; two bands a pass */
static void
sum_bands (MstMultiband *m, double *out, unsigned ch, double *const *signal, const float *const *factor, int n)
{
  const double *so_far = NULL;
  for (unsigned b = 0; b < m->n_bands; b += 2) {
    const unsigned i = b * m->n_channels + ch, j = i + m->n_channels;
    double *to = b + 2 < m->n_bands ? m->partial[b / 2 % 2] : out;
    if (b + 1 == m->n_bands && so_far == NULL)
      mst_orc_compressor_sum1 (to, signal[i], factor[i], n);
    else if (b + 1 == m->n_bands)
      mst_orc_compressor_add1 (to, so_far, signal[i], factor[i], n);
    else if (so_far == NULL)
      mst_orc_compressor_sum2 (to, signal[i], factor[i], signal[j], factor[j], n);
    else
      mst_orc_compressor_add2 (to, so_far, signal[i], factor[i], signal[j], factor[j], n);
    so_far = to;
  }
}

void
mst_multiband_process (MstMultiband *m, double *const *io, size_t n_frames)
{
  double *at[64];
  for (size_t done = 0, n; done < n_frames; done += n) {
    n = BLOCK - m->at < n_frames - done ? BLOCK - m->at : n_frames - done;
    mst_line_fill (&m->input_gain, m->input_gain_of, n, BLOCK);
    for (unsigned ch = 0; ch < m->n_channels; ch++) {
      at[ch] = io[ch] + done;
      if (m->input_gain.left > 0 || m->input_gain.now != 1.0 || !m->input_gain.is_flat)
        scale_input (m, at[ch], n);
    }
    double *const *signal = m->crossover ? m->signal : at;
    if (m->crossover)
      mst_crossover_process (m->crossover, (const double *const *) at, m->signal, n);
    mst_envelope_process (m->envelope, (const double *const *) signal, m->power, n);
    const float *const *factor = mst_gain_process (m->gain, (const float *const *) m->power, n);
    for (unsigned ch = 0; ch < m->n_channels; ch++)
      sum_bands (m, at[ch], ch, signal, factor, (int) n);
    m->at = (m->at + n) % BLOCK;
  }
}

size_t
mst_multiband_latency (const MstMultiband *m)
{
  (void) m;
  return 0;
}

unsigned
mst_multiband_n_bands (const MstMultiband *m)
{
  return m->n_bands;
}

MstGainStats
mst_multiband_take_stats (MstMultiband *m, unsigned band)
{
  return mst_gain_take_stats (m->gain, band);
}

void
mst_multiband_reset (MstMultiband *m)
{
  m->at = 0;
  if (m->crossover)
    mst_crossover_reset (m->crossover);
  mst_envelope_reset (m->envelope);
  mst_gain_reset (m->gain);
  mst_line_land (&m->input_gain);
}

void
mst_multiband_free (MstMultiband *m)
{
  if (m == NULL)
    return;
  mst_crossover_free (m->crossover);
  mst_envelope_free (m->envelope);
  mst_gain_free (m->gain);
  free (m->signal);
  free (m->power);
  free (m->signals);
  free (m->powers);
  free (m);
}
