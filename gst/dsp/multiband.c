/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "multiband.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "envelope.h"
#include "isa.h"
#include "line.h"
#include "lookahead.h"
#include "loudnessmatch.h"
#include "mst-orc-compressor.h"

#define BLOCK MST_GAIN_BLOCK

MST_KERNEL_DECLARE (MstGainComputerKernels, mst_gain_computer_kernels);

/* Parameters of the bands that begin at @frame */
typedef struct
{
  uint64_t frame;
  size_t ramp_frames;
  MstMultibandParams params;
} Change;

struct _MstMultiband
{
  unsigned n_channels, n_bands;
  int is_mid_side;
  size_t at;                    /* frames of the block done */
  size_t latency, split_latency;
  MstBandSplit *split, *key_split;      /* key_split: NULL without a key */
  Change *changes;              /* waiting for the bands to come, oldest first, a ring; NULL if they come at once */
  size_t n_changes, first_change, capacity;
  uint64_t frame;               /* since reset */
  int has_key;                  /* some band is keyed, and there is a key */
  MstDetectors *detectors;
  MstLookahead *lookahead;      /* NULL for none */
  MstGain *gain;
  const MstGainComputerKernels *computer;
  MstLoudnessMatch *match;
  int wants_match, has_match;   /* asked for; running, perhaps on its way out */
  MstLine input_gain;
  float input_gain_of[BLOCK];
  double unscaled[BLOCK];
  double key_mid_side[2][BLOCK];
  /* By band * n_channels + channel */
  double **signal;
  double *key_signals, **key_signal;    /* the key's bands: silent without has_key; NULL if no band is keyed */
  float **power;
  double *signals;
  float *powers;
  double rate_hz;
  int is_rms[MST_MULTIBAND_MAX_BANDS];
};

static double
clamped (double x, double lowest, double highest)
{
  return fmin (fmax (x, lowest), highest);
}

/* 0 if memory is short */
static int
make_key (MstMultiband *m, double rate_hz, const MstMultibandSetup *setup, const char **error)
{
  const size_t n = (size_t) m->n_bands * m->n_channels;
  int any = 0;
  for (unsigned b = 0; b < m->n_bands; b++)
    any = any || setup->detector[b].is_keyed;
  if (!any)
    return 1;
  m->has_key = setup->has_key;
  m->key_signal = calloc (n, sizeof *m->key_signal);
  m->key_signals = calloc (n, BLOCK * sizeof *m->key_signals);
  if (m->has_key)
    m->key_split = mst_band_split_new (rate_hz, m->n_channels, m->n_bands, setup->crossover, error);
  for (size_t i = 0; i < n && m->key_signal && m->key_signals; i++)
    m->key_signal[i] = m->key_signals + i * BLOCK;
  return m->key_signal && m->key_signals && (m->key_split || !m->has_key);
}

MstMultiband *
mst_multiband_new (double rate_hz, unsigned n_channels, const MstMultibandSetup *setup, const char **error)
{
  const unsigned n_bands = setup->n_bands;
  const char *reason = NULL;
  const size_t n = (size_t) n_channels * n_bands;
  if (n_channels < 1 || n_channels > 64)
    reason = "number of channels out of range (1 to 64)";
  else if (n_bands < 1 || n_bands > MST_MULTIBAND_MAX_BANDS)
    reason = "number of bands out of range (1 to 8)";
  else if (setup->is_mid_side && n_channels != 2)
    reason = "mid-side needs two channels";
  MstMultiband *m = reason ? NULL : calloc (1, sizeof *m);
  if (m != NULL) {
    m->n_channels = n_channels;
    m->n_bands = n_bands;
    m->rate_hz = rate_hz;
    for (unsigned b = 0; b < n_bands; b++)
      m->is_rms[b] = setup->detector[b].is_rms;
    m->is_mid_side = setup->is_mid_side;
    m->latency = (size_t) floor (0.001 * clamped (setup->lookahead_ms, 0.0, MST_MULTIBAND_MAX_LOOKAHEAD_MS) * rate_hz + 0.5);
    if (m->latency > 0)
      m->lookahead = mst_lookahead_new ((unsigned) n, m->latency);
    const int has_lookahead = m->lookahead || m->latency == 0;
    m->split = mst_band_split_new (rate_hz, n_channels, n_bands, setup->crossover, &reason);
    m->split_latency = m->split ? mst_band_split_latency (m->split) : 0;
    m->latency += m->split_latency;
    if (m->split_latency > 0) {
      m->capacity = m->split_latency / 32 + 4;
      m->changes = calloc (m->capacity, sizeof *m->changes);
    }
    m->computer = MST_KERNEL_CHOOSE (mst_gain_computer_kernels);
    m->gain = mst_gain_new (rate_hz, n_bands, n_channels, &reason);
    m->signal = calloc (n, sizeof *m->signal);
    m->power = calloc (n, sizeof *m->power);
    m->match = mst_loudness_match_new (rate_hz, n_channels, BLOCK);
    m->signals = calloc (n, BLOCK * sizeof *m->signals);
    m->powers = calloc (n, BLOCK * sizeof *m->powers);
    int has_all = m->split && has_lookahead && (m->changes || m->split_latency == 0) && m->gain && m->signal && m->power
        && m->signals && m->powers && m->match;
    for (size_t i = 0; has_all && i < n; i++) {
      m->signal[i] = m->signals + i * BLOCK;
      m->power[i] = m->powers + i * BLOCK;
    }
    if (has_all && make_key (m, rate_hz, setup, &reason))
      m->detectors = mst_detectors_new (rate_hz, n_bands, n_channels, setup->detector, m->signal, m->key_signal, m->power, &reason);
    if (m->detectors != NULL) {
      mst_line_set (&m->input_gain, 1.0, 0);
      return m;
    }
    mst_multiband_free (m);
  }
  if (error != NULL)
    *error = reason ? reason : "out of memory";
  return NULL;
}

static void
set_bands (MstMultiband *m, const MstMultibandParams *p, size_t ramp_frames)
{
  const double mix = clamped (p->mix, 0.0, 1.0);
  const double output = pow (10.0, 0.05 * clamped (p->output_gain_db, -120.0, 120.0));
  int any_soloed = 0;

  for (unsigned i = 0; i < m->n_bands; i++)
    any_soloed = any_soloed || p->band[i].is_soloed;
  for (unsigned i = 0; i < m->n_bands; i++) {
    const MstMultibandBand *b = &p->band[i];
    const double release_ms = clamped (b->release_ms, 1e-3, 1e6);
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
      .release_ms = release_ms,
      .rise_ms = m->is_rms[i] ? 0.0 : mst_envelope_rise_ms (m->rate_hz),
      .fall_ms = m->is_rms[i] ? 0.0 : mst_envelope_fall_ms (m->rate_hz, release_ms),
      .makeup_db = clamped (b->makeup_db, -120.0, 120.0),
      .link = clamped (b->link, 0.0, 1.0),
      .share = share,
      .amount = b->is_bypassed ? 0.0 : share * mix * clamped (b->mix, 0.0, 1.0)
    };
    mst_gain_set_params (m->gain, i, &g, ramp_frames);
    mst_detectors_release (m->detectors, i, release_ms);
  }
  mst_loudness_match_set (m->match, p->is_auto_makeup, output);
}

/* Changes that are due. Returns how many frames it is to the next, at most @n */
static size_t
take_changes (MstMultiband *m, size_t n)
{
  for (; m->n_changes > 0; m->n_changes--) {
    const Change *c = &m->changes[m->first_change];
    if (c->frame > m->frame)
      return c->frame - m->frame < n ? (size_t) (c->frame - m->frame) : n;
    set_bands (m, &c->params, c->ramp_frames);
    m->first_change = (m->first_change + 1) % m->capacity;
  }
  return n;
}

static void
set_bands_later (MstMultiband *m, const MstMultibandParams *p, size_t ramp_frames)
{
  const uint64_t due = m->frame + m->split_latency;
  Change *last = m->n_changes > 0 ? &m->changes[(m->first_change + m->n_changes - 1) % m->capacity] : NULL;
  if (last == NULL || (last->frame < due && m->n_changes < m->capacity)) {
    last = &m->changes[(m->first_change + m->n_changes++) % m->capacity];
    last->frame = due;
  }
  last->ramp_frames = ramp_frames;
  last->params = *p;
}

void
mst_multiband_set_params (MstMultiband *m, const MstMultibandParams *p, size_t ramp_frames)
{
  double upper_hz[MST_MULTIBAND_MAX_BANDS];
  for (unsigned i = 0; i < m->n_bands; i++)
    upper_hz[i] = p->band[i].upper_hz;
  mst_band_split_set (m->split, upper_hz, ramp_frames);
  if (m->key_split != NULL)
    mst_band_split_set (m->key_split, upper_hz, ramp_frames);
  if (m->split_latency > 0 && (m->frame > 0 || ramp_frames > 0)) {
    set_bands_later (m, p, ramp_frames);
  } else {
    m->n_changes = 0;
    set_bands (m, p, ramp_frames);
  }
  mst_detectors_high_pass (m->detectors, p->key_high_pass_hz);
  mst_gain_measure (m->gain, !p->is_unmeasured);
  m->wants_match = p->is_auto_makeup;
  mst_line_set (&m->input_gain, pow (10.0, 0.05 * clamped (p->input_gain_db, -120.0, 120.0)), ramp_frames);
}

static void
scale_input (MstMultiband *m, double *x, size_t n)
{
  memcpy (m->unscaled, x, n * sizeof *x);
  mst_orc_compressor_scale (x, m->unscaled, m->input_gain_of, (int) n);
}

/* The key's bands, from @key, which stays as it is */
static void
split_key (MstMultiband *m, double *const *key, size_t n)
{
  const double *from[64];
  for (unsigned ch = 0; ch < m->n_channels; ch++)
    from[ch] = m->is_mid_side ? m->key_mid_side[ch] : key[ch];
  if (m->is_mid_side)
    mst_orc_compressor_mid_side (m->key_mid_side[0], m->key_mid_side[1], key[0], key[1], 0.5, (int) n);
  mst_band_split_process (m->key_split, from, m->key_signal, n);
}

/* Where blocks begin, so at the same frames whatever the calls */
static void
switch_match (MstMultiband *m)
{
  if (m->wants_match && !m->has_match)
    mst_loudness_match_reset (m->match);
  m->has_match = m->wants_match || (m->has_match && mst_loudness_match_gain_db (m->match) != 0.0);
}

/* A block: @io scaled, its bands in m->signal, summed up again into @io */
static void
process_block (MstMultiband *m, double *const *io, size_t n)
{
  if (m->at == 0)
    switch_match (m);
  if (m->has_match)
    mst_loudness_match_hear (m->match, (const double *const *) io, n);
  mst_line_fill (&m->input_gain, m->input_gain_of, n, BLOCK);
  for (unsigned ch = 0; ch < m->n_channels; ch++)
    if (!m->input_gain.is_flat || m->input_gain.now != 1.0)
      scale_input (m, io[ch], n);
  if (m->is_mid_side) {
    mst_orc_compressor_mid_side (m->signal[0], m->signal[1], io[0], io[1], 0.5, (int) n);
    for (unsigned ch = 0; ch < 2; ch++)
      memcpy (io[ch], m->signal[ch], n * sizeof *io[ch]);
  }
  mst_band_split_process (m->split, (const double *const *) io, m->signal, n);
  if (m->has_key)
    split_key (m, io + m->n_channels, n);
  mst_detectors_process (m->detectors, n);
  if (m->lookahead != NULL)
    mst_lookahead_process (m->lookahead, m->signal, m->power, n);
  const float *const *factor = mst_gain_process (m->gain, (const float *const *) m->power, n);
  for (unsigned ch = 0; ch < m->n_channels; ch++)
    m->computer->sum (io[ch], m->signal + ch, factor + ch, m->n_bands, m->n_channels, n);
  if (m->is_mid_side) {
    mst_orc_compressor_left_right (m->signal[0], m->signal[1], io[0], io[1], (int) n);
    for (unsigned ch = 0; ch < 2; ch++)
      memcpy (io[ch], m->signal[ch], n * sizeof *io[ch]);
  }
  if (m->has_match)
    mst_loudness_match_apply (m->match, io, n);
}

void
mst_multiband_process (MstMultiband *m, double *const *io, size_t n_frames)
{
  double *at[128];
  const unsigned n_planes = m->has_key ? 2 * m->n_channels : m->n_channels;
  for (size_t done = 0, n; done < n_frames; done += n) {
    n = take_changes (m, BLOCK - m->at < n_frames - done ? BLOCK - m->at : n_frames - done);
    for (unsigned ch = 0; ch < n_planes; ch++)
      at[ch] = io[ch] + done;
    process_block (m, at, n);
    m->at = (m->at + n) % BLOCK;
    m->frame += n;
  }
}

size_t
mst_multiband_latency (const MstMultiband *m)
{
  return m->latency;
}

unsigned
mst_multiband_n_bands (const MstMultiband *m)
{
  return m->n_bands;
}

double
mst_multiband_auto_makeup_db (const MstMultiband *m)
{
  return m->has_match ? mst_loudness_match_gain_db (m->match) : 0.0;
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
  m->frame = 0;
  mst_band_split_reset (m->split);
  if (m->key_split)
    mst_band_split_reset (m->key_split);
  if (m->n_changes > 0)
    set_bands (m, &m->changes[(m->first_change + m->n_changes - 1) % m->capacity].params, 0);
  m->n_changes = 0;
  mst_detectors_reset (m->detectors);
  if (m->lookahead)
    mst_lookahead_reset (m->lookahead);
  mst_gain_reset (m->gain);
  mst_loudness_match_reset (m->match);
  m->has_match = 0;
  mst_line_land (&m->input_gain);
}

void
mst_multiband_free (MstMultiband *m)
{
  if (m == NULL)
    return;
  mst_band_split_free (m->split);
  mst_band_split_free (m->key_split);
  free (m->changes);
  free (m->key_signal);
  free (m->key_signals);
  mst_detectors_free (m->detectors);
  mst_lookahead_free (m->lookahead);
  mst_gain_free (m->gain);
  mst_loudness_match_free (m->match);
  free (m->signal);
  free (m->power);
  free (m->signals);
  free (m->powers);
  free (m);
}
