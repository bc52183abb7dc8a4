/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "alarm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CHANNELS 64
#define FULL_SCALE 0.99996
#define ALIKE 1e-4              /* -80 dBFS */
#define HOLD_SECONDS 1.0        /* of clipping and overs, from one to the next */
#define ROOM 256

/* One condition of one channel, or of the whole. */
typedef struct
{
  bool is_bad, is_raised;
  uint64_t since, until;        /* frames: when it began to hold; when it last held */
  double value;
} Watch;

struct _MstAlarms
{
  double rate_hz;
  unsigned n_channels;
  MstAlarmParams params;
  bool is_on;
  uint64_t part, part_start;    /* number and first frame of the 10 ms that run */
  size_t part_left;
  unsigned parts_to_reading;
  double top[MAX_CHANNELS];     /* highest |x| in the part */
  double apart;                 /* highest |l - r| in the part */
  unsigned run[MAX_CHANNELS];   /* samples at full scale in a row, up to now */
  unsigned longest[MAX_CHANNELS];       /* of the part */
  Watch whole[MST_N_ALARMS], channel[MAX_CHANNELS], clipped[MAX_CHANNELS];
  MstAlarmEvent events[ROOM];
  unsigned first, n_events;
};

static double
db (double linear)
{
  return linear > 0.0 ? 20.0 * log10 (linear) : -INFINITY;
}

static uint64_t
part_begin (const MstAlarms *a, uint64_t part)
{
  return (uint64_t) floor ((double) part * a->rate_hz / 100.0);
}

MstAlarms *
mst_alarms_new (double rate_hz, unsigned n_channels, const char **error)
{
  if (!(rate_hz >= 8000.0 && rate_hz <= 384000.0) || n_channels < 1 || n_channels > MAX_CHANNELS) {
    *error = "alarms need 8000 to 384000 Hz and 1 to 64 channels";
    return NULL;
  }
  MstAlarms *a = calloc (1, sizeof *a);
  if (!a) {
    *error = "out of memory";
    return NULL;
  }
  a->rate_hz = rate_hz;
  a->n_channels = n_channels;
  mst_alarms_reset (a);
  return a;
}

void
mst_alarms_free (MstAlarms *a)
{
  free (a);
}

static void
begin_part (MstAlarms *a)
{
  a->part_start = part_begin (a, a->part);
  a->part_left = (size_t) (part_begin (a, a->part + 1) - a->part_start);
  memset (a->top, 0, sizeof a->top);
  memset (a->longest, 0, sizeof a->longest);
  a->apart = 0.0;
}

static void
forget (MstAlarms *a)
{
  memset (a->whole, 0, sizeof a->whole);
  memset (a->channel, 0, sizeof a->channel);
  memset (a->clipped, 0, sizeof a->clipped);
}

static void
start_over (MstAlarms *a)
{
  forget (a);
  memset (a->run, 0, sizeof a->run);
  a->part = 0;
  a->parts_to_reading = MST_ALARM_READING_PARTS;
  begin_part (a);
}

void
mst_alarms_reset (MstAlarms *a)
{
  a->first = a->n_events = 0;
  start_over (a);
}

void
mst_alarms_set_params (MstAlarms *a, const MstAlarmParams *params)
{
  bool same = true;
  for (unsigned k = 0; k < MST_N_ALARMS; k++) {
    const MstAlarmRule *old = &a->params.rule[k], *new = &params->rule[k];
    same &= old->is_on == new->is_on && old->limit == new->limit && old->limit_high == new->limit_high && old->seconds == new->seconds;
  }
  if (same)
    return;
  a->params = *params;
  a->is_on = false;
  for (unsigned k = 0; k < MST_N_ALARMS; k++)
    a->is_on |= params->rule[k].is_on;
  forget (a);
}

bool
mst_alarms_is_on (const MstAlarms *a)
{
  return a->is_on;
}

size_t
mst_alarms_frames_to_reading (const MstAlarms *a)
{
  if (a->parts_to_reading == 0)
    return 0;
  return (size_t) (part_begin (a, a->part + a->parts_to_reading) - (part_begin (a, a->part + 1) - a->part_left));
}

static void
say (MstAlarms *a, MstAlarmKind kind, int channel, const Watch *w, bool is_end)
{
  if (a->n_events == ROOM)
    return;
  a->events[(a->first + a->n_events++) % ROOM] = (MstAlarmEvent) { kind, channel, is_end, w->since, is_end ? w->until : 0, w->value };
}

bool
mst_alarms_next (MstAlarms *a, MstAlarmEvent *event)
{
  if (a->n_events == 0)
    return false;
  *event = a->events[a->first];
  a->first = (a->first + 1) % ROOM;
  a->n_events--;
  return true;
}

/* Whether @value is worse than @than by the rule of @kind. */
static bool
is_worse (const MstAlarms *a, MstAlarmKind kind, double value, double than)
{
  const MstAlarmRule *rule = &a->params.rule[kind];
  if (kind == MST_ALARM_PHASE)
    return value < than;
  if (kind == MST_ALARM_LOUDNESS)
    return fmax (rule->limit - value, value - rule->limit_high) > fmax (rule->limit - than, than - rule->limit_high);
  return value > than;
}

/* Frames @begin … @end - 1 are bad or not. */
static void
watch (MstAlarms *a, MstAlarmKind kind, int channel, Watch *w, bool is_bad, double value, uint64_t begin, uint64_t end)
{
  const MstAlarmRule *rule = &a->params.rule[kind];
  const double hold = kind == MST_ALARM_CLIPPED || kind == MST_ALARM_TRUE_PEAK ? HOLD_SECONDS : 0.0;

  if (is_bad) {
    if (!w->is_bad)
      *w = (Watch) { .is_bad = true, .since = begin, .value = value };
    else if (is_worse (a, kind, value, w->value))
      w->value = value;
    w->until = end;
    if (!w->is_raised && (double) (end - w->since) >= rule->seconds * a->rate_hz) {
      w->is_raised = true;
      say (a, kind, channel, w, false);
    }
  } else if (w->is_bad && (double) (end - w->until) >= hold * a->rate_hz) {
    if (w->is_raised)
      say (a, kind, channel, w, true);
    *w = (Watch) { 0 };
  }
}

static void
end_part (MstAlarms *a)
{
  const MstAlarmRule *rule = a->params.rule;
  const uint64_t begin = a->part_start, end = part_begin (a, a->part + 1);
  double loudest = 0.0;
  for (unsigned c = 0; c < a->n_channels; c++)
    loudest = fmax (loudest, a->top[c]);

  if (rule[MST_ALARM_SILENCE].is_on)
    watch (a, MST_ALARM_SILENCE, -1, &a->whole[MST_ALARM_SILENCE], db (loudest) < rule[MST_ALARM_SILENCE].limit, db (loudest), begin, end);
  if (rule[MST_ALARM_CHANNEL].is_on && db (loudest) >= rule[MST_ALARM_CHANNEL].limit)
    for (unsigned c = 0; c < a->n_channels; c++)
      watch (a, MST_ALARM_CHANNEL, (int) c, &a->channel[c], db (a->top[c]) < rule[MST_ALARM_CHANNEL].limit, db (a->top[c]), begin, end);
  if (rule[MST_ALARM_DUAL_MONO].is_on && a->n_channels > 1 && loudest >= ALIKE)
    watch (a, MST_ALARM_DUAL_MONO, -1, &a->whole[MST_ALARM_DUAL_MONO], a->apart < ALIKE, 0.0, begin, end);
  if (rule[MST_ALARM_CLIPPED].is_on)
    for (unsigned c = 0; c < a->n_channels; c++)
      watch (a, MST_ALARM_CLIPPED, (int) c, &a->clipped[c], a->longest[c] >= rule[MST_ALARM_CLIPPED].limit, a->longest[c], begin, end);
  a->part++;
  a->parts_to_reading--;
  begin_part (a);
}

void
mst_alarms_process (MstAlarms *a, const double *const *in, size_t n_frames)
{
  for (size_t done = 0; done < n_frames;) {
    const size_t n = n_frames - done < a->part_left ? n_frames - done : a->part_left;
    for (unsigned c = 0; c < a->n_channels; c++) {
      const double *x = in[c] + done;
      double top = a->top[c];
      unsigned run = a->run[c];
      for (size_t i = 0; i < n; i++) {
        const double level = fabs (x[i]);
        top = level > top ? level : top;
        run = level >= FULL_SCALE ? run + 1 : 0;
        if (run > a->longest[c])
          a->longest[c] = run;
      }
      a->top[c] = top;
      a->run[c] = run;
    }
    if (a->n_channels > 1)
      for (size_t i = done; i < done + n; i++)
        a->apart = fmax (a->apart, fabs (in[0][i] - in[1][i]));
    done += n;
    a->part_left -= n;
    if (a->part_left == 0)
      end_part (a);
  }
}

void
mst_alarms_reading (MstAlarms *a, double true_peak, double correlation, double short_term_lufs)
{
  const MstAlarmRule *rule = a->params.rule;
  const uint64_t end = a->part_start;
  const uint64_t begin = part_begin (a, a->part >= MST_ALARM_READING_PARTS ? a->part - MST_ALARM_READING_PARTS : 0);

  a->parts_to_reading = MST_ALARM_READING_PARTS;
  if (rule[MST_ALARM_TRUE_PEAK].is_on)
    watch (a, MST_ALARM_TRUE_PEAK, -1, &a->whole[MST_ALARM_TRUE_PEAK], db (true_peak) > rule[MST_ALARM_TRUE_PEAK].limit, db (true_peak), begin, end);
  if (rule[MST_ALARM_PHASE].is_on && correlation != 0.0)
    watch (a, MST_ALARM_PHASE, -1, &a->whole[MST_ALARM_PHASE], correlation < rule[MST_ALARM_PHASE].limit, correlation, begin, end);
  if (rule[MST_ALARM_LOUDNESS].is_on)
    watch (a, MST_ALARM_LOUDNESS, -1, &a->whole[MST_ALARM_LOUDNESS], short_term_lufs < rule[MST_ALARM_LOUDNESS].limit
        || short_term_lufs > rule[MST_ALARM_LOUDNESS].limit_high, short_term_lufs, begin, end);
}

static void
finish (MstAlarms *a, MstAlarmKind kind, int channel, Watch *w)
{
  if (w->is_raised)
    say (a, kind, channel, w, true);
}

void
mst_alarms_finish (MstAlarms *a)
{
  for (unsigned k = 0; k < MST_N_ALARMS; k++)
    finish (a, (MstAlarmKind) k, -1, &a->whole[k]);
  for (unsigned c = 0; c < a->n_channels; c++) {
    finish (a, MST_ALARM_CHANNEL, (int) c, &a->channel[c]);
    finish (a, MST_ALARM_CLIPPED, (int) c, &a->clipped[c]);
  }
  start_over (a);
}
