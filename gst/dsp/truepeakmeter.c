/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "truepeakmeter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "narrow.h"
#include "truepeak.h"
#include "truepeakbound.h"

#define TAPS 48
#define EDGE 0.90
#define HOP MST_TRUEPEAK_HOP
#define BATCH 8                 /* hops measured at once, at most */
#define SLOTS (10 * MST_TRUEPEAKMETER_RECENT_SECONDS)

/* Of each channel the floats of BATCH + 3 hops: one before the first that is still to be measured, and two more so that a
 * full batch has a whole hop behind it. Hop h of the array is frames HOP h … */
#define HOPS (BATCH + 3)
_Static_assert (HOP > MST_TRUEPEAK_BEFORE (TAPS) && HOP >= MST_TRUEPEAK_AFTER (TAPS), "a hop holds what the taps reach");

typedef struct
{
  float x[HOPS * HOP];
  float highest[HOPS], bend[HOPS];      /* by hop */
  float peak;                   /* since the reset */
  float slot_peak;              /* in the slot that runs */
} Channel;

struct _MstTruePeakMeter
{
  unsigned n_channels;
  MstTruePeak *detector;
  const MstTruePeakBoundKernels *kernels;
  MstTruePeakBound bound;
  bool paused;
  size_t fill;                  /* frames in the arrays; the first hop has been measured */
  size_t slot_hops, slot_hops_left;     /* about 100 ms */
  unsigned slot;
  float recent[SLOTS];          /* highest peak of any channel, by slot */
  float taken;                  /* highest since the last take () */
  uint64_t hops, worked;        /* measured so far; of these by the detector */
  Channel *channels;
};

MstTruePeakMeter *
mst_truepeakmeter_new (double rate_hz, unsigned n_channels, const char **error)
{
  if (!(rate_hz >= 8000.0 && rate_hz <= 384000.0) || n_channels < 1 || n_channels > 64) {
    *error = "true peak needs 8000 to 384000 Hz and 1 to 64 channels";
    return NULL;
  }
  MstTruePeakMeter *m = calloc (1, sizeof *m);
  if (m) {
    m->n_channels = n_channels;
    m->channels = calloc (n_channels, sizeof *m->channels);
    m->detector = mst_truepeak_new (TAPS, EDGE);
  }
  if (!m || !m->channels || !m->detector) {
    mst_truepeakmeter_free (m);
    *error = "out of memory";
    return NULL;
  }
  m->kernels = MST_KERNEL_CHOOSE (mst_truepeakbound_kernels);
  mst_truepeak_bound_design (&m->bound, TAPS, EDGE);
  m->slot_hops = (size_t) (rate_hz / 10.0 / HOP + 0.5);
  mst_truepeakmeter_reset (m);
  return m;
}

void
mst_truepeakmeter_free (MstTruePeakMeter *m)
{
  if (!m)
    return;
  mst_truepeak_free (m->detector);
  free (m->channels);
  free (m);
}

void
mst_truepeakmeter_reset (MstTruePeakMeter *m)
{
  memset (m->channels, 0, m->n_channels * sizeof *m->channels);
  memset (m->recent, 0, sizeof m->recent);
  m->fill = HOP;                /* silence before the first frame */
  m->slot = 0;
  m->slot_hops_left = m->slot_hops;
  m->hops = m->worked = 0;
  m->taken = 0.0f;
}

void
mst_truepeakmeter_set_paused (MstTruePeakMeter *m, bool paused)
{
  m->paused = paused;
}

/* Hops @from … @to - 1 of @c, all in one slot; their neighbours are there. */
static void
measure_channel (MstTruePeakMeter *m, Channel *c, size_t from, size_t to)
{
  float limit = c->slot_peak;   /* a reading below it changes nothing */
  for (size_t h = from; h < to; h++)
    limit = c->highest[h] > limit ? c->highest[h] : limit;
  for (size_t h = from; h < to;) {
    size_t end = h;
    for (; end < to; end++) {
      float highest = c->highest[end], bend = c->bend[end];
      for (size_t beside = end - 1; beside <= end + 1; beside += 2) {
        highest = c->highest[beside] > highest ? c->highest[beside] : highest;
        bend = c->bend[beside] > bend ? c->bend[beside] : bend;
      }
      if (m->bound.flat * highest + m->bound.bend * bend <= limit)
        break;
    }
    if (end > h) {
      const float top = mst_truepeak_detect (m->detector, c->x + h * HOP, (end - h) * HOP / MST_TRUEPEAK_GROUP, limit, NULL, NULL);
      limit = top > limit ? top : limit;
      m->worked += end - h;
    }
    h = end > h ? end : h + 1;
  }
  c->slot_peak = limit;
  c->peak = limit > c->peak ? limit : c->peak;
}

static void
end_slot (MstTruePeakMeter *m)
{
  m->slot = (m->slot + 1) % SLOTS;
  m->recent[m->slot] = 0.0f;
  m->slot_hops_left = m->slot_hops;
  for (unsigned c = 0; c < m->n_channels; c++)
    m->channels[c].slot_peak = 0.0f;
}

/* Measures every hop that has a whole one behind it, and keeps the last measured one and what follows. */
static void
measure (MstTruePeakMeter *m)
{
  const size_t whole = m->fill / HOP;
  if (whole < 3)
    return;
  for (size_t h = 1; h + 1 < whole;) {
    const size_t left = whole - 1 - h, n = left < m->slot_hops_left ? left : m->slot_hops_left;
    if (!m->paused)
      for (unsigned c = 0; c < m->n_channels; c++) {
        Channel *channel = &m->channels[c];
        measure_channel (m, channel, h, h + n);
        if (channel->slot_peak > m->recent[m->slot])
          m->recent[m->slot] = channel->slot_peak;
        if (channel->slot_peak > m->taken)
          m->taken = channel->slot_peak;
      }
    m->hops += n;
    h += n;
    m->slot_hops_left -= n;
    if (m->slot_hops_left == 0)
      end_slot (m);
  }
  const size_t drop = whole - 2;
  for (unsigned c = 0; c < m->n_channels; c++) {
    Channel *channel = &m->channels[c];
    memmove (channel->x, channel->x + drop * HOP, (m->fill - drop * HOP) * sizeof (float));
    memmove (channel->highest, channel->highest + drop, 2 * sizeof (float));
    memmove (channel->bend, channel->bend + drop, 2 * sizeof (float));
  }
  m->fill -= drop * HOP;
}

/* @in NULL: silence */
static void
feed (MstTruePeakMeter *m, const double *const *in, size_t n_frames)
{
  for (size_t done = 0; done < n_frames;) {
    const size_t room = HOPS * HOP - m->fill, n = n_frames - done < room ? n_frames - done : room;
    const size_t first = m->fill / HOP, end = (m->fill + n) / HOP;
    for (unsigned c = 0; c < m->n_channels; c++) {
      Channel *channel = &m->channels[c];
      if (in)
        mst_narrow (channel->x + m->fill, in[c] + done, n);
      else
        memset (channel->x + m->fill, 0, n * sizeof (float));
      for (size_t h = first; h < end; h++)
        m->kernels->measure (channel->x + h * HOP, &channel->highest[h], &channel->bend[h]);
    }
    m->fill += n;
    done += n;
    measure (m);
  }
}

void
mst_truepeakmeter_process (MstTruePeakMeter *m, const double *const *in, size_t n_frames)
{
  feed (m, in, n_frames);
}

void
mst_truepeakmeter_finish (MstTruePeakMeter *m)
{
  feed (m, NULL, 3 * HOP - m->fill % HOP);
}

double
mst_truepeakmeter_peak (const MstTruePeakMeter *m, unsigned channel)
{
  return m->channels[channel].peak;
}

double
mst_truepeakmeter_recent (const MstTruePeakMeter *m)
{
  float recent = 0.0f;
  for (unsigned i = 0; i < SLOTS; i++)
    recent = m->recent[i] > recent ? m->recent[i] : recent;
  return recent;
}

double
mst_truepeakmeter_take (MstTruePeakMeter *m)
{
  const float taken = m->taken;
  m->taken = 0.0f;
  return taken;
}

double
mst_truepeakmeter_work (const MstTruePeakMeter *m)
{
  return m->hops ? (double) m->worked / ((double) m->hops * m->n_channels) : 0.0;
}
