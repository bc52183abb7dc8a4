/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Alarms of a broadcast chain: conditions that have held for a time, each with a begin and an end, to 10 ms (100 ms for those of
 * a reading). Reads samples, never writes; the events do not depend on how frames are cut.
 *   silence    every sample of every channel below a level
 *   channel    one channel below a level while another is above it; common silence neither counts nor ends it
 *   dual-mono  the first two channels alike: |l - r| below -80 dBFS, and not silent; silence neither counts nor ends it
 *   clipped    a run of samples at full scale (|x| >= 0.99996, 16-bit full scale) in one channel; ends 1 s after the last
 *   true-peak  a true peak above a limit in a reading; ends 1 s after the last
 *   phase      correlation below a limit in readings; silence (0) neither counts nor ends it
 *   loudness   short-term loudness outside a range in readings */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum
{
  MST_ALARM_SILENCE, MST_ALARM_CHANNEL, MST_ALARM_DUAL_MONO, MST_ALARM_CLIPPED, MST_ALARM_TRUE_PEAK, MST_ALARM_PHASE, MST_ALARM_LOUDNESS,
  MST_N_ALARMS
} MstAlarmKind;

typedef struct
{
  bool is_on;
  double limit;                 /* dBFS, dBFS, -, samples in a row, dBTP, correlation, lowest LUFS */
  double limit_high;            /* highest LUFS */
  double seconds;               /* until it is raised */
} MstAlarmRule;

typedef struct
{
  MstAlarmRule rule[MST_N_ALARMS];
} MstAlarmParams;

typedef struct
{
  MstAlarmKind kind;
  int channel;                  /* -1: the whole */
  bool is_end;
  uint64_t begin, end;          /* frames since the reset; end only with is_end */
  double value;                 /* so far: highest level in dBFS, longest run, highest true peak in dBTP, lowest correlation,
                                 * loudness furthest outside in LUFS; 0 for dual mono */
} MstAlarmEvent;

/* Readings are due every this many parts of 10 ms. */
#define MST_ALARM_READING_PARTS 10

typedef struct _MstAlarms MstAlarms;

MstAlarms *mst_alarms_new (double rate_hz, unsigned n_channels, const char **error);
/* Changed rules begin anew, without an end event. */
void mst_alarms_set_params (MstAlarms *, const MstAlarmParams *);
bool mst_alarms_is_on (const MstAlarms *);
/* How many frames process () may take before a reading is due; 0: give the reading first. */
size_t mst_alarms_frames_to_reading (const MstAlarms *);
void mst_alarms_process (MstAlarms *, const double *const *in, size_t n_frames);
/* @true_peak linear, the highest since the last reading; @correlation 0 where there is none. */
void mst_alarms_reading (MstAlarms *, double true_peak, double correlation, double short_term_lufs);
/* The stream ends or breaks off here: what is raised ends. The next frame is frame 0. */
void mst_alarms_finish (MstAlarms *);
/* Takes the oldest event; FALSE if there is none. Room for 256; more are lost. */
bool mst_alarms_next (MstAlarms *, MstAlarmEvent *);
void mst_alarms_reset (MstAlarms *);
void mst_alarms_free (MstAlarms *);
