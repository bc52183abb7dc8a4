/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What measures inside r128meter: one table of functions an engine. All of it belongs to the streaming thread. */
#pragma once

#include <gst/audio/audio.h>

#include "alarm.h"
#include "loudness.h"

G_BEGIN_DECLS

/* What is measured, and what a reading needs. */
typedef enum
{
  GST_R128_MOMENTARY = 1 << 0,
  GST_R128_SHORT_TERM = 1 << 1,
  GST_R128_INTEGRATED = 1 << 2,
  GST_R128_RANGE = 1 << 3,
  GST_R128_SAMPLE_PEAK = 1 << 4,
  GST_R128_TRUE_PEAK = 1 << 5,
  GST_R128_CORRELATION = 1 << 6,        /* native engine, two channels or more */
  GST_R128_DIALOGUE = 1 << 7,   /* native engine */
} GstR128What;

#define GST_R128_LOUDNESS (GST_R128_MOMENTARY | GST_R128_SHORT_TERM | GST_R128_INTEGRATED | GST_R128_RANGE)

typedef enum
{
  GST_R128_VALUE_MOMENTARY,     /* LUFS, -inf for silence */
  GST_R128_VALUE_SHORT_TERM,
  GST_R128_VALUE_GLOBAL,
  GST_R128_VALUE_THRESHOLD,
  GST_R128_VALUE_RANGE,         /* LU */
  GST_R128_VALUE_MAX_MOMENTARY,
  GST_R128_VALUE_MAX_SHORT_TERM,
  GST_R128_VALUE_MAX_SAMPLE_PEAK,       /* dBFS */
  GST_R128_VALUE_MAX_TRUE_PEAK, /* dBTP */
  GST_R128_VALUE_PLR,           /* highest true peak above the integrated loudness; 0 while either is -inf */
  GST_R128_VALUE_PSR,           /* highest true peak of the last 3 s above the short-term loudness; 0 while either is -inf */
  GST_R128_VALUE_CORRELATION,
  GST_R128_VALUE_DIALOGUE,      /* LUFS, -inf without speech */
  GST_R128_VALUE_SPEECH_SHARE,  /* % */
  GST_R128_VALUE_LOUDNESS_TO_DIALOGUE,  /* integrated less dialogue; 0 while either is -inf */
  GST_R128_N_VALUES
} GstR128Value;

typedef struct
{
  gdouble value[GST_R128_N_VALUES];
  gdouble sample_peak[MST_LOUDNESS_MAX_CHANNELS];       /* linear, by channel */
  gdouble true_peak[MST_LOUDNESS_MAX_CHANNELS];
} GstR128Reading;

typedef struct
{
  guint what;                   /* GstR128What */
  gboolean is_paused;
  gdouble weights[MST_LOUDNESS_MAX_CHANNELS];   /* power, by channel */
  MstAlarmParams alarms;
} GstR128Settings;

typedef struct
{
  guint provides;               /* GstR128What that this engine can read */
  gboolean any_weight;          /* else only 0, 1, 1.41 and, for one channel, 2 */
  gboolean live_settings;       /* configure () takes all of them; else only is_paused, the rest needs a new one */
  gpointer (*create) (const GstAudioInfo *info, const GstR128Settings *settings, const gchar **error);
  void (*destroy) (gpointer engine);
  void (*configure) (gpointer engine, const GstR128Settings *settings);
  void (*process) (gpointer engine, gdouble *const *in, gsize n_frames);
  void (*interrupt) (gpointer engine);  /* a gap: windows empty, sums stay */
  void (*reset) (gpointer engine);      /* as new */
  void (*read) (gpointer engine, gboolean final, GstR128Reading *reading);      /* @final: the stream ends here */
  gboolean (*next_alarm) (gpointer engine, MstAlarmEvent *event);       /* NULL: knows no alarms */
} GstR128Engine;

extern const GstR128Engine gst_r128_native, gst_r128_libebur128;

/* 20 log10 of a linear peak; -inf for 0. */
gdouble gst_r128_db (gdouble linear);
/* @peak_db - @loudness, 0 where either is -inf. */
gdouble gst_r128_ratio (gdouble peak_db, gdouble loudness);
/* BS.1770-5's weight of each channel of @info by its position, @dual_mono: 2 for a lone channel. */
void gst_r128_position_weights (const GstAudioInfo *info, gboolean dual_mono, gdouble *weights);

/* How much of each channel is heard where speech is looked for: the centre; without one the mean of the front pair, or of all. */
void gst_r128_speech_weights (const GstAudioInfo *info, gdouble *weights);

/* What is wrong with @n_weights set for @n_channels (0: none set), and the remedy (g_malloc'ed); NULL if nothing. */
gchar *gst_r128_check_weights (const GstR128Engine *engine, const gdouble *weights, guint n_weights, guint n_channels);

G_END_DECLS
