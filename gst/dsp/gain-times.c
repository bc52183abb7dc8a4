/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gain-times.h"

#include <math.h>
#include <string.h>

#define SLOWER 10.0             /* slow over fast release of auto-release */
#define GATE_FALL 0.65
#define FALL_AFTER_HOLD 0.2
#define BEND 0.05
/* The hold of short releases, and what of the fall comes before it and remains after it; fitted on steps of 6 to 80 dB at 32 to 384 kHz */
#define SHORT_MS 3.0
#define WITHOUT_HOLD_MS 0.05
#define MOST_HOLD_MS 0.35
#define BESIDE_HOLD_MS 0.021
#define BESIDE_HOLD_FRAMES 0.3
#define CALM_MS 1.0             /* releases of a peak detector's ripple, and of the last 0.05 dB, are no shorter */

/* Share of the way that a frame goes */
static double
share_of (double time_ms, double rate_hz)
{
  return -expm1 (-1000.0 / (time_ms * rate_hz));
}

/* Frames that a short release waits for the detector to have fallen; 0: it does not */
static double
own_hold (const MstGainParams *p, double rate_hz)
{
  if (p->fall_ms <= 0.0 || p->release_ms > SHORT_MS)
    return 0.0;
  return floor (0.001 * fmin (fmax (p->release_ms - WITHOUT_HOLD_MS, 0.0), MOST_HOLD_MS) * rate_hz);
}

static double
fall_of (const MstGainParams *p)
{
  return p->mode == MST_GAIN_GATE ? GATE_FALL * p->fall_ms : fmax (p->fall_ms - p->hold_ms, FALL_AFTER_HOLD * p->fall_ms);
}

static double
without (double time_ms, double taken_ms)
{
  const double rest = 0.5 * (time_ms - taken_ms), bend = BEND * taken_ms;
  return rest + sqrt (rest * rest + bend * bend);
}

void
mst_gain_times_set (MstGainTimes *t, const MstGainParams *p, double rate_hz)
{
  const double hold = floor (0.001 * p->hold_ms * rate_hz + 0.5), own = own_hold (p, rate_hz);
  const double fall_ms = hold >= own ? fall_of (p) : BESIDE_HOLD_MS + (own + BESIDE_HOLD_FRAMES) * 1000.0 / rate_hz;
  t->attack = share_of (without (p->attack_ms, p->rise_ms), rate_hz);
  t->release = share_of (without (p->release_ms, fall_ms), rate_hz);
  t->calm_release = p->fall_ms > 0.0 ? fmin (t->release, share_of (CALM_MS, rate_hz)) : t->release;
  t->slow_release = p->is_auto_release ? share_of (without (SLOWER * p->release_ms, fall_ms), rate_hz) : 0.0;
  t->hold_frames = fmax (hold, own);
  t->side = mst_gain_mode_is_downward_with_level (p->mode) ? 1.0 : -1.0;
}

/* The recurrence of up to four gains without memory */
static void
smooth (const MstGainKernels *kernels, const MstGainVoice *const *voice, unsigned n_voices, size_t n_frames)
{
  MstGainLanes lanes = { 0 };
  float *line[MST_GAIN_LANES];
  float spare[MST_GAIN_LANES][MST_GAIN_BLOCK];
  for (unsigned k = 0; k < MST_GAIN_LANES; k++) {
    if (k >= n_voices) {
      line[k] = memset (spare[k], 0, sizeof spare[k]);
      continue;
    }
    const MstGainTimes *t = voice[k]->times;
    line[k] = voice[k]->line;
    lanes.now[k] = voice[k]->lane->now;
    lanes.sum[k] = voice[k]->lane->sum;
    lanes.attack[k] = t->side > 0.0 ? t->attack : t->release;
    lanes.release[k] = t->side > 0.0 ? t->release : t->attack;
  }
  kernels->smooth (&lanes, line, n_frames);
  for (unsigned k = 0; k < n_voices; k++) {
    MstGainLane *l = voice[k]->lane;
    l->now = l->fast = l->slow = lanes.now[k];
    l->sum = lanes.sum[k];
  }
}

static void
smooth_one (const MstGainKernels *kernels, const MstGainVoice *v, size_t n_frames)
{
  const MstGainTimes *t = v->times;
  MstGainLane *l = v->lane;
  l->attack = t->attack;
  l->release = t->release;
  l->calm_release = t->calm_release;
  l->slow_release = t->slow_release;
  l->hold_frames = t->hold_frames;
  l->side = t->side;
  kernels->smooth_one (l, v->line, n_frames);
}

void
mst_gain_smooth (const MstGainKernels *kernels, const MstGainVoice *voice, unsigned n_voices, size_t n_frames)
{
  const MstGainVoice *group[MST_GAIN_LANES];
  unsigned n_group = 0;
  for (unsigned i = 0; i < n_voices; i++) {
    const MstGainTimes *t = voice[i].times;
    if (t->hold_frames > 0.0 || t->slow_release > 0.0 || t->calm_release < t->release)
      smooth_one (kernels, &voice[i], n_frames);
    else
      group[n_group++] = &voice[i];
    if (n_group == MST_GAIN_LANES || (n_group > 1 && i + 1 == n_voices)) {
      smooth (kernels, group, n_group, n_frames);
      n_group = 0;
    }
  }
  if (n_group == 1)
    smooth_one (kernels, group[0], n_frames);
}
