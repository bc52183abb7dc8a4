/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loudness.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "kpair.h"

#define MOMENTARY_PARTS 40
#define SHORT_TERM_PARTS 300
#define BLOCK_PARTS 10          /* from one gating block to the next */
#define CORRELATION_PARTS 30
#define ENERGY_MAX 1e30         /* nothing a stream holds reaches it; keeps sums finite */

typedef struct
{
  double ll, rr, lr;
} Products;

struct _MstLoudness
{
  double rate_hz;
  unsigned n_channels, n_pairs;
  MstKWeight filter;
  const MstKPairKernels *kernels;
  MstLoudnessParams params;

  /* the part of 10 ms that is running */
  uint64_t part;                /* its number, from the reset */
  size_t part_frames_left;
  bool part_counts;             /* measured and not paused so far */
  MstPairState *state;          /* by pair of channels */
  MstPairSums *sums;            /* by pair, this part so far */

  /* the last 3 s; part k at k % SHORT_TERM_PARTS */
  double energy[SHORT_TERM_PARTS];      /* weighted sum of squares */
  double energy10[SHORT_TERM_PARTS];    /* of that part and the nine before */
  Products products[SHORT_TERM_PARTS];
  uint64_t run;                 /* parts in a row that count */

  double momentary, short_term; /* energies (mean squares) now */
  double max_momentary, max_short_term;
  MstHistogram *blocks, *short_terms;
  double integrated, gate;      /* energies, from blocks */
  double range[2];              /* energies of the 10th and 95th percentile, from short_terms */
  Products overall;
  double *peaks;                /* highest square, by channel; of pairs, so one more where their number is odd */
};

void
mst_loudness_params_default (MstLoudnessParams *p)
{
  *p = (MstLoudnessParams) { .loudness = true, .sample_peak = true };
  for (unsigned c = 0; c < MST_LOUDNESS_MAX_CHANNELS; c++)
    p->weights[c] = 1.0;
}

MstLoudness *
mst_loudness_new (double rate_hz, unsigned n_channels, const char **error)
{
  if (!(rate_hz >= 8000.0 && rate_hz <= 384000.0)) {
    *error = "the rate must be 8000 to 384000 Hz";
    return NULL;
  }
  if (n_channels < 1 || n_channels > MST_LOUDNESS_MAX_CHANNELS) {
    *error = "1 to 64 channels can be measured";
    return NULL;
  }
  MstLoudness *m = calloc (1, sizeof *m);
  if (m) {
    m->n_channels = n_channels;
    m->n_pairs = (n_channels + 1) / 2;
    m->state = calloc (m->n_pairs, sizeof *m->state);
    m->sums = calloc (m->n_pairs, sizeof *m->sums);
    m->peaks = calloc (2 * m->n_pairs, sizeof *m->peaks);
    m->blocks = mst_histogram_new ();
    m->short_terms = mst_histogram_new ();
  }
  if (!m || !m->state || !m->sums || !m->peaks || !m->blocks || !m->short_terms) {
    mst_loudness_free (m);
    *error = "out of memory";
    return NULL;
  }
  m->rate_hz = rate_hz;
  m->kernels = MST_KERNEL_CHOOSE (mst_kpair_kernels);
  mst_kweight_design (&m->filter, rate_hz);
  mst_loudness_params_default (&m->params);
  mst_loudness_reset (m);
  return m;
}

void
mst_loudness_free (MstLoudness *m)
{
  if (!m)
    return;
  free (m->state);
  free (m->sums);
  free (m->peaks);
  mst_histogram_free (m->blocks);
  mst_histogram_free (m->short_terms);
  free (m);
}

/* First frame of part @k */
static uint64_t
part_start (const MstLoudness *m, uint64_t k)
{
  return (uint64_t) (int64_t) ((double) k * m->rate_hz / MST_LOUDNESS_PARTS_PER_SECOND);    /* the signed conversion is one instruction */
}

/* Mean square over the @parts up to part @k from their weighted @sum; where the stream is younger, after silence. */
static double
mean_square (const MstLoudness *m, double sum, uint64_t k, unsigned parts)
{
  const double frames = k + 1 >= parts ? (double) (part_start (m, k + 1) - part_start (m, k + 1 - parts))
      : m->rate_hz * parts / MST_LOUDNESS_PARTS_PER_SECOND;
  return fmin (sum / frames * m->filter.power_gain, ENERGY_MAX);
}

static void
begin_part (MstLoudness *m)
{
  m->part_frames_left = (size_t) (part_start (m, m->part + 1) - part_start (m, m->part));
  m->part_counts = m->params.loudness && !m->params.paused;
  memset (m->sums, 0, m->n_pairs * sizeof *m->sums);
}

void
mst_loudness_interrupt (MstLoudness *m)
{
  memset (m->state, 0, m->n_pairs * sizeof *m->state);
  memset (m->energy, 0, sizeof m->energy);
  memset (m->energy10, 0, sizeof m->energy10);
  memset (m->products, 0, sizeof m->products);
  m->part = m->run = 0;
  m->momentary = m->short_term = 0.0;
  begin_part (m);
}

void
mst_loudness_reset (MstLoudness *m)
{
  mst_loudness_interrupt (m);
  memset (m->peaks, 0, 2 * m->n_pairs * sizeof *m->peaks);
  m->overall = (Products) { 0 };
  m->max_momentary = m->max_short_term = 0.0;
  m->integrated = m->gate = m->range[0] = m->range[1] = 0.0;
  mst_histogram_reset (m->blocks);
  mst_histogram_reset (m->short_terms);
}

void
mst_loudness_set_params (MstLoudness *m, const MstLoudnessParams *params)
{
  m->params = *params;
  m->part_counts &= params->loudness && !params->paused;
}

static void
add_blocks (MstLoudness *m)
{
  if (m->run >= MOMENTARY_PARTS) {
    mst_histogram_add (m->blocks, m->momentary);
    m->gate = 0.1 * mst_histogram_mean (m->blocks);     /* -10 LU */
    m->integrated = mst_histogram_mean_above (m->blocks, m->gate);
  }
  if (m->run >= SHORT_TERM_PARTS) {
    mst_histogram_add (m->short_terms, m->short_term);
    mst_histogram_percentiles (m->short_terms, 0.01 * mst_histogram_mean (m->short_terms), 0.10, 0.95, m->range);
  }
}

/* The slot of the part @parts earlier, at most SHORT_TERM_PARTS. */
static inline size_t
before (size_t slot, size_t parts)
{
  return slot >= parts ? slot - parts : slot + SHORT_TERM_PARTS - parts;
}

static void
end_part (MstLoudness *m)
{
  const size_t slot = m->part % SHORT_TERM_PARTS;
  double energy = 0.0, momentary = 0.0, short_term = 0.0;

  for (unsigned p = 0; p < m->n_pairs; p++) {
    mst_pair_settle (&m->state[p]);
    for (unsigned i = 0; i < 2 && 2 * p + i < m->n_channels; i++)
      energy += m->params.weights[2 * p + i] * mst_pair_total (m->sums[p].weighted[i]);
  }
  m->energy[slot] = energy;
  m->energy10[slot] = 0.0;
  for (size_t k = 0; k < BLOCK_PARTS; k++)
    m->energy10[slot] += m->energy[before (slot, k)];
  size_t i = 0;
  for (; i < MOMENTARY_PARTS; i += BLOCK_PARTS)
    momentary += m->energy10[before (slot, i)];
  short_term = momentary;
  for (; i < SHORT_TERM_PARTS && slot >= i; i += BLOCK_PARTS)
    short_term += m->energy10[slot - i];
  for (; i < SHORT_TERM_PARTS; i += BLOCK_PARTS)
    short_term += m->energy10[slot + SHORT_TERM_PARTS - i];
  m->momentary = mean_square (m, momentary, m->part, MOMENTARY_PARTS);
  m->short_term = mean_square (m, short_term, m->part, SHORT_TERM_PARTS);

  const MstPairSums *front = &m->sums[0];
  const Products products = { mst_pair_total (front->plain[0]), mst_pair_total (front->plain[1]), mst_pair_total (front->cross) };
  m->products[slot] = products;
  m->run = m->part_counts ? m->run + 1 : 0;
  if (m->part_counts) {
    m->overall.ll += products.ll;
    m->overall.rr += products.rr;
    m->overall.lr += products.lr;
    const bool from_start = m->run == m->part + 1;      /* what is missing is silence, not a pause */
    if (m->run >= MOMENTARY_PARTS || from_start)
      m->max_momentary = fmax (m->max_momentary, m->momentary);
    if (m->run >= SHORT_TERM_PARTS || from_start)
      m->max_short_term = fmax (m->max_short_term, m->short_term);
    if ((m->part + 1) % BLOCK_PARTS == 0)
      add_blocks (m);
  }
  m->part++;
  begin_part (m);
}

void
mst_loudness_process (MstLoudness *m, const double *const *in, size_t n_frames)
{
  const bool keep_peaks = m->params.sample_peak && !m->params.paused;

  for (size_t done = 0; done < n_frames;) {
    const size_t n = n_frames - done < m->part_frames_left ? n_frames - done : m->part_frames_left;
    if (m->params.loudness || m->params.sample_peak)
      for (unsigned p = 0; p < m->n_pairs; p++) {
        const double *a = in[2 * p], *b = 2 * p + 1 < m->n_channels ? in[2 * p + 1] : a;
        MstPairSums *sums = &m->sums[p];
        memset (sums->top, 0, sizeof sums->top);
        m->kernels->process (&m->filter, &m->state[p], sums, a + done, b + done, n);
        for (unsigned i = 0; keep_peaks && i < 8; i++)
          if (sums->top[i / 4][i % 4] > m->peaks[2 * p + i / 4])
            m->peaks[2 * p + i / 4] = sums->top[i / 4][i % 4];
      }
    done += n;
    m->part_frames_left -= n;
    if (m->part_frames_left == 0)
      end_part (m);
  }
}

bool
mst_loudness_tenth (const MstLoudness *m, double *energy)
{
  *energy = m->part > 0 ? mean_square (m, m->energy10[(m->part - 1) % SHORT_TERM_PARTS], m->part - 1, BLOCK_PARTS) : 0.0;
  return m->run >= BLOCK_PARTS;
}

double
mst_loudness_sample_peak (const MstLoudness *m, unsigned channel)
{
  return sqrt (m->peaks[channel]);
}

static double
correlation (Products p)
{
  const double scale = sqrt (p.ll) * sqrt (p.rr);
  return scale > 0.0 ? fmax (-1.0, fmin (1.0, p.lr / scale)) : 0.0;
}

void
mst_loudness_read (const MstLoudness *m, MstLoudnessReading *r)
{
  Products recent = { 0 };

  for (uint64_t i = 1; i <= CORRELATION_PARTS && i <= m->part; i++) {
    const Products *p = &m->products[(m->part - i) % SHORT_TERM_PARTS];
    recent.ll += p->ll;
    recent.rr += p->rr;
    recent.lr += p->lr;
  }
  r->momentary = mst_lufs_from_energy (m->momentary);
  r->short_term = mst_lufs_from_energy (m->short_term);
  r->integrated = mst_lufs_from_energy (m->integrated);
  r->relative_threshold = fmax (mst_lufs_from_energy (m->gate), -70.0);
  r->range_low = mst_lufs_from_energy (m->range[0]);
  r->range_high = mst_lufs_from_energy (m->range[1]);
  r->range = m->range[0] > 0.0 ? r->range_high - r->range_low : 0.0;
  r->max_momentary = mst_lufs_from_energy (m->max_momentary);
  r->max_short_term = mst_lufs_from_energy (m->max_short_term);
  r->sample_peak = 0.0;
  for (unsigned c = 0; c < m->n_channels; c++)
    r->sample_peak = fmax (r->sample_peak, mst_loudness_sample_peak (m, c));
  r->correlation = correlation (recent);
  r->correlation_overall = correlation (m->overall);
}
