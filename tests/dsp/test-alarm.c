/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Alarms: each kind raised and ended at the frame it should be, none without cause, the same in any cut. */
#include "alarm.h"

#include <string.h>

#include "tap.h"

#define RATE 48000
#define N (20 * RATE)

static double left[N], right[N];
static const char *const kinds[] = { "silence", "channel", "dual-mono", "clipped", "true-peak", "phase", "loudness" };

static void
tone (double *x, int from_ms, int to_ms, double amplitude)
{
  for (int i = from_ms * (RATE / 1000); i < to_ms * (RATE / 1000); i++)
    x[i] = amplitude * sin (0.05 * i);
}

typedef struct { double true_peak, correlation, loudness; } Reading;

/* Everything through, with readings by @reading (second); events into @got. */
static int
run (const MstAlarmParams *params, size_t cut, Reading (*reading) (double second), MstAlarmEvent *got)
{
  const char *error = "";
  MstAlarms *a = mst_alarms_new (RATE, 2, &error);
  size_t at = 0, n_events = 0;
  unsigned seed = 3;
  mst_alarms_set_params (a, params);
  while (at < N) {
    seed = seed * 1664525u + 1013904223u;
    size_t n = cut ? cut : 1 + seed % 3000;
    n = n < N - at ? n : N - at;
    while (n > 0) {
      const size_t most = mst_alarms_frames_to_reading (a), part = n < most ? n : most;
      const double *in[2] = { left + at, right + at };
      mst_alarms_process (a, in, part);
      at += part;
      n -= part;
      if (mst_alarms_frames_to_reading (a) == 0) {
        const Reading r = reading ? reading ((double) at / RATE) : (Reading) { 0.1, 0.5, -23.0 };
        mst_alarms_reading (a, r.true_peak, r.correlation, r.loudness);
      }
    }
    while (n_events < 64 && mst_alarms_next (a, &got[n_events]))
      n_events++;
  }
  mst_alarms_finish (a);
  while (n_events < 64 && mst_alarms_next (a, &got[n_events]))
    n_events++;
  mst_alarms_free (a);
  return (int) n_events;
}

/* One alarm of @kind from @begin_ms to @end_ms, and no other, in three cuts. */
static void
expect (const char *id, MstAlarmKind kind, MstAlarmRule rule, Reading (*reading) (double), int channel, int begin_ms, int end_ms,
    double value, double tolerance)
{
  static const size_t cuts[] = { 0, 480, 7 };
  MstAlarmParams params = { 0 };
  rule.is_on = true;
  params.rule[kind] = rule;
  for (int c = 0; c < 3; c++) {
    MstAlarmEvent got[64];
    const int n = run (&params, cuts[c], reading, got);
    const bool none = begin_ms < 0;
    const bool right_ones = n == 2 && !got[0].is_end && got[1].is_end && got[0].kind == kind && got[1].kind == kind
        && got[0].channel == channel && got[1].channel == channel && got[0].begin == got[1].begin
        && got[1].begin == (uint64_t) begin_ms * (RATE / 1000) && got[1].end == (uint64_t) end_ms * (RATE / 1000)
        && (got[1].value == value || fabs (got[1].value - value) <= tolerance);
    tap_ok (none ? n == 0 : right_ones, "%s: %s, %d events, %g to %g ms, value %g", kinds[kind], id, n,
        n > 1 ? (double) got[1].begin / (RATE / 1000) : -1.0, n > 1 ? (double) got[1].end / (RATE / 1000) : -1.0, n > 1 ? got[1].value : 0.0);
  }
}

static Reading
overs (double t)
{
  return (Reading) { (t > 4.95 && t < 5.05) || (t > 5.65 && t < 5.75) ? 1.01 : 0.7, t > 8.05 && t < 11.05 ? -0.5 : t > 12.0 && t < 12.5 ? -0.9 : 0.4,
    t > 3.05 && t < 9.05 ? -29.0 : -23.0 };
}

static Reading
phase_and_silence (double t)
{
  return (Reading) { 0.5, t > 8.05 && t < 9.05 ? 0.0 : t > 6.05 && t < 11.05 ? -0.7 : 0.4, t > 10.05 ? -17.0 : -23.0 };
}

int
main (void)
{
  /* 2 s of silence from 5 s, 0.5 s from 10 s; the right channel also away from 12 to 15 s */
  tone (left, 0, 20000, 0.3);
  tone (right, 0, 20000, 0.25);
  tone (left, 5000, 7000, 0.0005), tone (right, 5000, 7000, 0.0003);
  tone (left, 10000, 10500, 0.0), tone (right, 10000, 10500, 0.0);
  tone (right, 12000, 15000, 0.0);
  expect ("2 s of it", MST_ALARM_SILENCE, (MstAlarmRule) { .limit = -60, .seconds = 1 }, NULL, -1, 5000, 7000, -66.02, 0.01);
  expect ("not long enough", MST_ALARM_SILENCE, (MstAlarmRule) { .limit = -60, .seconds = 2.5 }, NULL, 0, -1, 0, 0, 0);
  expect ("not low enough", MST_ALARM_SILENCE, (MstAlarmRule) { .limit = -70, .seconds = 1 }, NULL, 0, -1, 0, 0, 0);
  expect ("the right one missing, silence is none", MST_ALARM_CHANNEL, (MstAlarmRule) { .limit = -60, .seconds = 0.4 }, NULL, 1, 12000, 15000, -INFINITY, 0);
  expect ("none", MST_ALARM_DUAL_MONO, (MstAlarmRule) { .seconds = 0.1 }, NULL, 0, -1, 0, 0, 0);
  memcpy (right + 9 * RATE, left + 9 * RATE, 3 * RATE * sizeof *left);  /* half a second of silence inside */
  expect ("3 s of it with silence inside", MST_ALARM_DUAL_MONO, (MstAlarmRule) { .seconds = 1 }, NULL, -1, 9000, 12000, 0, 0);

  for (int i = 0; i < 5; i++)
    left[3 * RATE + i] = left[3 * RATE + RATE / 2 + i] = -1.0;
  for (int i = 0; i < 3; i++)
    left[16 * RATE + i] = 1.0;
  expect ("two runs of 5 within a second are one", MST_ALARM_CLIPPED, (MstAlarmRule) { .limit = 4 }, NULL, 0, 3000, 3510, 5, 0);
  expect ("no run of 6", MST_ALARM_CLIPPED, (MstAlarmRule) { .limit = 6 }, NULL, 0, -1, 0, 0, 0);

  expect ("two overs within a second are one", MST_ALARM_TRUE_PEAK, (MstAlarmRule) { .limit = 0 }, overs, -1, 4900, 5700, 0.0864, 0.001);
  expect ("below the limit", MST_ALARM_TRUE_PEAK, (MstAlarmRule) { .limit = 0.2 }, overs, -1, -1, 0, 0, 0);
  expect ("3 s of it; half a second is not enough", MST_ALARM_PHASE, (MstAlarmRule) { .limit = -0.3, .seconds = 2 }, overs, -1, 8000, 11000, -0.5, 0);
  expect ("silence neither counts nor ends it", MST_ALARM_PHASE, (MstAlarmRule) { .limit = -0.3, .seconds = 2 }, phase_and_silence, -1, 6000, 11000, -0.7, 0);
  expect ("too low", MST_ALARM_LOUDNESS, (MstAlarmRule) { .limit = -26, .limit_high = -20, .seconds = 5 }, overs, -1, 3000, 9000, -29, 0);
  expect ("too high to the end", MST_ALARM_LOUDNESS, (MstAlarmRule) { .limit = -26, .limit_high = -20, .seconds = 5 }, phase_and_silence, -1, 10000, 20000, -17, 0);

  const char *error = "";
  tap_ok (!mst_alarms_new (1000, 2, &error) && *error, "1000 Hz: %s", error);
  return tap_done ();
}
