/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gain-kernels.h"
#include "gain-times.h"
#include "isa.h"
#include "line.h"
#include "mst-orc-compressor.h"
#include "warm.h"

#define LOWEST_DB -200.0
#define OCTAVES_PER_DB 0.16609640f      /* log2 (10) / 20 */
#define ROUND 12582912.0f               /* 1.5 * 2^23: adding it rounds to an integer */
#define TOGETHER_DB 1e-7                /* channels whose gains differ by less may share one */

MST_KERNEL_DECLARE (MstGainKernels, mst_gain_kernels);
MST_KERNEL_DECLARE (MstGainComputerKernels, mst_gain_computer_kernels);

enum { MAKEUP, LINK, SHARE, AMOUNT, N_LINES };

typedef MstGainBlock Block;

typedef struct
{
  MstLine line[N_LINES];
  Block value[N_LINES];
  MstGainCurve curve;
  MstGainTimes times;
  int rests;                    /* no line moves, and all values hold their targets */
  int is_linked;                /* channel 0 stands for all */
  MstGainExtremes extremes;
  double n_frames;              /* times channels not linked, since stats were taken */
} Band;

struct _MstGain
{
  double rate_hz;
  unsigned n_bands, n_channels;
  size_t at;                    /* frames of the block done */
  int measures;                 /* for statistics */
  const MstGainKernels *kernels;
  const MstGainComputerKernels *computer;
  Band *band;
  /* By band * n_channels + channel */
  MstGainLane *lane;            /* smoothed change, dB; its sum since stats were taken */
  Block *level, *change, *factor;
  const float **factor_of;
  MstGainVoice *used;           /* those that are computed */
  Block highest[2], loudest_level, own_level;
};

static void
restart_stats (MstGain *g, unsigned b)
{
  g->band[b].extremes = (MstGainExtremes) { INFINITY, -INFINITY, (float) LOWEST_DB, (float) LOWEST_DB };
  g->band[b].n_frames = 0.0;
  for (unsigned ch = 0; ch < g->n_channels; ch++)
    g->lane[b * g->n_channels + ch].sum = 0.0;
}

MstGain *
mst_gain_new (double rate_hz, unsigned n_bands, unsigned n_channels, const char **error)
{
  const size_t n = (size_t) n_bands * n_channels;
  const char *reason = NULL;
  mst_warm_compressor ();
  if (!(rate_hz >= 1000.0 && rate_hz <= 1e6))
    reason = "sample rate out of range (1000 to 1000000 Hz)";
  else if (n < 1 || n > 512)
    reason = "number of bands times channels out of range (1 to 512)";
  MstGain *g = reason ? NULL : calloc (1, sizeof *g);
  if (g != NULL) {
    g->rate_hz = rate_hz;
    g->n_bands = n_bands;
    g->n_channels = n_channels;
    g->measures = 1;
    g->kernels = MST_KERNEL_CHOOSE (mst_gain_kernels);
    g->computer = MST_KERNEL_CHOOSE (mst_gain_computer_kernels);
    g->band = calloc (n_bands, sizeof *g->band);
    g->lane = calloc (n, sizeof *g->lane);
    g->level = calloc (n, sizeof *g->level);
    g->change = calloc (n, sizeof *g->change);
    g->factor = calloc (n, sizeof *g->factor);
    g->factor_of = calloc (n, sizeof *g->factor_of);
    g->used = calloc (n, sizeof *g->used);
    if (g->band && g->lane && g->level && g->change && g->factor && g->factor_of && g->used) {
      static const MstGainParams idle = { .ratio = 1.0, .attack_ms = 10.0, .release_ms = 100.0, .link = 1.0, .share = 1.0 };
      for (unsigned b = 0; b < n_bands; b++)
        mst_gain_set_params (g, b, &idle, 0);
      mst_gain_reset (g);
      return g;
    }
    mst_gain_free (g);
  }
  if (error != NULL)
    *error = reason ? reason : "out of memory";
  return NULL;
}

void
mst_gain_set_params (MstGain *g, unsigned band, const MstGainParams *p, size_t ramp_frames)
{
  Band *b = &g->band[band];
  const double target[N_LINES] = {
    [MAKEUP] = p->makeup_db,[LINK] = p->link,[SHARE] = p->share,[AMOUNT] = p->amount
  };
  for (unsigned i = 0; i < N_LINES; i++)
    mst_line_set (&b->line[i], target[i], ramp_frames);
  mst_gain_curve_set (&b->curve, p->mode, p->threshold_db, p->ratio, p->knee_db, p->range_db, ramp_frames);
  if (b->is_linked && p->link < 1.0) {
    for (unsigned ch = 1; ch < g->n_channels; ch++)
      g->lane[band * g->n_channels + ch] = g->lane[band * g->n_channels];
    for (unsigned ch = 1; ch < g->n_channels; ch++)
      g->lane[band * g->n_channels + ch].sum = 0.0;
    b->is_linked = 0;
  }
  mst_gain_times_set (&b->times, p, g->rate_hz);
  b->rests = 0;
}

/* Channels that are linked in full come to have the same gain, and then share one. Looked at where blocks begin, so at
 * the same frames whatever the calls; they part in set_params. */
static void
join_channels (const MstGain *g, Band *b, const MstGainLane *lane)
{
  if (b->is_linked || b->line[LINK].left > 0 || b->line[LINK].target < 1.0)
    return;
  b->is_linked = 1;
  for (unsigned ch = 1; ch < g->n_channels; ch++)
    b->is_linked = b->is_linked && fabs (lane[ch].now - lane[0].now) < TOGETHER_DB
        && fabs (lane[ch].slow - lane[0].slow) < TOGETHER_DB;
}

static void
fill_lines (Band *b, size_t n)
{
  if (b->rests)
    return;
  mst_gain_curve_advance (&b->curve, n);
  b->rests = b->curve.rests;
  for (unsigned i = 0; i < N_LINES; i++) {
    mst_line_fill (&b->line[i], b->value[i], n, MST_GAIN_BLOCK);
    b->rests = b->rests && b->line[i].is_flat;
  }
}

static void
louder (float *restrict loudest, const float *restrict a, const float *restrict b, size_t n)
{
  for (size_t i = 0; i < n; i++)
    loudest[i] = a[i] > b[i] ? a[i] : b[i];
}

/* Levels and static changes of the band whose first signal is @first. Returns the number of gains it has. */
static unsigned
compute (MstGain *g, Band *b, unsigned first, const float *const *power, int n)
{
  const unsigned n_gains = b->is_linked ? 1 : g->n_channels;
  const float *loudest = power[first];
  for (unsigned ch = 1; ch < g->n_channels; ch++) {
    louder (g->highest[ch % 2], loudest, power[first + ch], (size_t) n);
    loudest = g->highest[ch % 2];
  }
  if (b->is_linked) {
    g->computer->level (g->level[first], loudest, (size_t) n);
  } else {
    g->computer->level (g->loudest_level, loudest, (size_t) n);
    for (unsigned i = first; i < first + n_gains; i++) {
      g->computer->level (g->own_level, power[i], (size_t) n);
      mst_orc_compressor_mix (g->level[i], g->own_level, g->loudest_level, b->value[LINK], n);
    }
  }
  for (unsigned i = first; i < first + n_gains; i++)
    mst_gain_curve_apply (&b->curve, g->computer, g->level[i], g->change[i], (size_t) n);
  return n_gains;
}

const float *const *
mst_gain_process (MstGain *g, const float *const *power, size_t n_frames)
{
  const int n = (int) n_frames;
  MstGainVoice *const used = g->used;
  unsigned n_used = 0;

  for (unsigned i = 0; i < g->n_bands; i++) {
    Band *b = &g->band[i];
    const unsigned first = i * g->n_channels;
    if (g->at == 0)
      join_channels (g, b, g->lane + first);
    fill_lines (b, n_frames);
    const unsigned n_gains = compute (g, b, first, power, n);
    for (unsigned k = 0; k < n_gains; k++)
      used[n_used++] = (MstGainVoice) { &b->times, g->lane + first + k, g->change[first + k] };
  }
  mst_gain_smooth (g->kernels, used, n_used, n_frames);
  for (unsigned i = 0; i < n_used; i++) {
    const unsigned at = (unsigned) (used[i].lane - g->lane);
    Band *b = &g->band[at / g->n_channels];
    if (g->measures) {
      g->kernels->extremes (g->level[at], g->change[at], b->value[MAKEUP], n_frames, &b->extremes);
      b->n_frames += (double) n_frames;
    }
    if (b->rests || (b->line[MAKEUP].is_flat && b->line[SHARE].is_flat && b->line[AMOUNT].is_flat))
      g->computer->factor (g->factor[at], g->change[at], b->value[MAKEUP][0], b->value[SHARE][0], b->value[AMOUNT][0], n_frames);
    else
      mst_orc_compressor_factor (g->factor[at], g->change[at], b->value[MAKEUP], b->value[SHARE], b->value[AMOUNT],
          OCTAVES_PER_DB, ROUND, n);
    g->factor_of[at] = g->factor[at];
    if (b->is_linked)
      for (unsigned ch = 1; ch < g->n_channels; ch++)
        g->factor_of[at + ch] = g->factor[at];
  }
  g->at = (g->at + n_frames) % MST_GAIN_BLOCK;
  return g->factor_of;
}

void
mst_gain_measure (MstGain *g, int is_on)
{
  for (unsigned b = 0; b < g->n_bands && is_on && !g->measures; b++)
    restart_stats (g, b);
  g->measures = is_on;
}

MstGainStats
mst_gain_stats_none (void)
{
  return (MstGainStats) { INFINITY, -INFINITY, 0.0, 0.0, LOWEST_DB, LOWEST_DB };
}

MstGainStats
mst_gain_stats_join (MstGainStats a, MstGainStats b)
{
  return (MstGainStats) {
    fmin (a.reduction_min_db, b.reduction_min_db), fmax (a.reduction_max_db, b.reduction_max_db),
    a.reduction_sum_db + b.reduction_sum_db, a.n_frames + b.n_frames,
    fmax (a.input_level_db, b.input_level_db), fmax (a.output_level_db, b.output_level_db)
  };
}

MstGainStats
mst_gain_take_stats (MstGain *g, unsigned band)
{
  const Band *b = &g->band[band];
  double sum = 0.0;
  for (unsigned ch = 0; ch < g->n_channels; ch++)
    sum += g->lane[band * g->n_channels + ch].sum;
  const MstGainStats s = {
    -b->extremes.highest, -b->extremes.lowest, -sum, b->n_frames, b->extremes.level, b->extremes.level_after
  };
  restart_stats (g, band);
  return s;
}

void
mst_gain_reset (MstGain *g)
{
  g->at = 0;
  memset (g->lane, 0, (size_t) g->n_bands * g->n_channels * sizeof *g->lane);
  for (unsigned b = 0; b < g->n_bands; b++) {
    for (unsigned i = 0; i < N_LINES; i++)
      mst_line_land (&g->band[b].line[i]);
    mst_gain_curve_land (&g->band[b].curve);
    g->band[b].rests = 0;
    g->band[b].is_linked = g->band[b].line[LINK].target == 1.0;
    restart_stats (g, b);
  }
}

void
mst_gain_free (MstGain *g)
{
  if (g == NULL)
    return;
  free (g->band);
  free (g->lane);
  free (g->level);
  free (g->change);
  free (g->factor);
  free (g->factor_of);
  free (g->used);
  free (g);
}
