/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine=native: loudness.h and truepeakmeter.h under the names of the element. */
#include "gstr128engine.h"

#include <math.h>
#include <string.h>

#include "dialogue.h"
#include "truepeakmeter.h"

typedef struct
{
  MstLoudness *loudness;
  MstTruePeakMeter *true_peak;
  MstAlarms *alarms;
  MstDialogue *dialogue;        /* NULL: not wanted */
  gboolean has_true_peak;       /* for a reading or an alarm */
  GstR128Settings settings;
  guint n_channels;
} Engine;

static void
destroy (gpointer engine)
{
  Engine *e = engine;
  mst_loudness_free (e->loudness);
  mst_truepeakmeter_free (e->true_peak);
  mst_alarms_free (e->alarms);
  mst_dialogue_free (e->dialogue);
  g_free (e);
}

static void
configure (gpointer engine, const GstR128Settings *settings)
{
  Engine *e = engine;
  MstLoudnessParams params = {
    .loudness = (settings->what & (GST_R128_LOUDNESS | GST_R128_CORRELATION | GST_R128_DIALOGUE)) != 0 || settings->alarms.rule[MST_ALARM_LOUDNESS].is_on,
    .sample_peak = (settings->what & GST_R128_SAMPLE_PEAK) != 0,
    .paused = settings->is_paused,
  };
  memcpy (params.weights, settings->weights, sizeof params.weights);
  const gboolean has_true_peak = (settings->what & GST_R128_TRUE_PEAK) || settings->alarms.rule[MST_ALARM_TRUE_PEAK].is_on;
  if (e->has_true_peak && !has_true_peak)
    mst_truepeakmeter_finish (e->true_peak);
  e->has_true_peak = has_true_peak;
  mst_alarms_set_params (e->alarms, &settings->alarms);
  mst_truepeakmeter_set_paused (e->true_peak, settings->is_paused);
  e->settings = *settings;
  mst_loudness_set_params (e->loudness, &params);
}

static gpointer
create (const GstAudioInfo *info, const GstR128Settings *settings, const gchar **error)
{
  const guint n_channels = (guint) GST_AUDIO_INFO_CHANNELS (info);
  Engine *e = g_new0 (Engine, 1);
  e->n_channels = n_channels;
  e->loudness = mst_loudness_new (GST_AUDIO_INFO_RATE (info), n_channels, error);
  e->true_peak = mst_truepeakmeter_new (GST_AUDIO_INFO_RATE (info), n_channels, error);
  e->alarms = mst_alarms_new (GST_AUDIO_INFO_RATE (info), n_channels, error);
  if (settings->what & GST_R128_DIALOGUE) {
    gdouble hear[MST_LOUDNESS_MAX_CHANNELS];
    gst_r128_speech_weights (info, hear);
    e->dialogue = mst_dialogue_new (GST_AUDIO_INFO_RATE (info), n_channels, hear, error);
  }
  if (!e->loudness || !e->true_peak || !e->alarms || (!e->dialogue && (settings->what & GST_R128_DIALOGUE))) {
    destroy (e);
    return NULL;
  }
  configure (e, settings);
  return e;
}

static void
measure (Engine *e, const double *const *in, gsize n_frames)
{
  mst_loudness_process (e->loudness, in, n_frames);
  if (e->has_true_peak)
    mst_truepeakmeter_process (e->true_peak, in, n_frames);
}

static void
process (gpointer engine, gdouble *const *in, gsize n_frames)
{
  Engine *e = engine;
  const gboolean has_alarms = mst_alarms_is_on (e->alarms);
  if (!has_alarms && !e->dialogue) {
    measure (e, (const double *const *) in, n_frames);
    return;
  }
  for (gsize done = 0; done < n_frames;) {
    const gsize reading_due = has_alarms ? mst_alarms_frames_to_reading (e->alarms) : G_MAXSIZE;
    const gsize speech_due = e->dialogue ? mst_dialogue_due (e->dialogue) : G_MAXSIZE;
    const gsize n = MIN (n_frames - done, MIN (reading_due, speech_due));
    const double *from[MST_LOUDNESS_MAX_CHANNELS];
    for (guint c = 0; c < e->n_channels; c++)
      from[c] = in[c] + done;
    measure (e, from, n);
    if (e->dialogue && mst_dialogue_process (e->dialogue, from, n)) {
      gdouble energy;
      const gboolean counts = mst_loudness_tenth (e->loudness, &energy);
      mst_dialogue_block (e->dialogue, energy, counts);
    }
    if (has_alarms)
      mst_alarms_process (e->alarms, from, n);
    done += n;
    if (n == reading_due) {
      MstLoudnessReading l;
      mst_loudness_read (e->loudness, &l);
      mst_alarms_reading (e->alarms, mst_truepeakmeter_take (e->true_peak), e->n_channels > 1 ? l.correlation : 0.0, l.short_term);
    }
  }
}

static gboolean
next_alarm (gpointer engine, MstAlarmEvent *event)
{
  return mst_alarms_next (((Engine *) engine)->alarms, event);
}

static void
interrupt (gpointer engine)
{
  Engine *e = engine;
  mst_loudness_interrupt (e->loudness);
  if (e->dialogue)
    mst_dialogue_interrupt (e->dialogue);
  mst_truepeakmeter_finish (e->true_peak);
  mst_alarms_finish (e->alarms);
}

static void
reset (gpointer engine)
{
  Engine *e = engine;
  mst_loudness_reset (e->loudness);
  if (e->dialogue)
    mst_dialogue_reset (e->dialogue);
  mst_truepeakmeter_reset (e->true_peak);
  mst_alarms_reset (e->alarms);
}

static void
read_values (gpointer engine, gboolean final, GstR128Reading *r)
{
  Engine *e = engine;
  MstLoudnessReading l;
  MstDialogueReading d = { -INFINITY, 0.0 };
  gdouble top = 0.0;

  if (final) {
    mst_truepeakmeter_finish (e->true_peak);
    mst_alarms_finish (e->alarms);
  }
  mst_loudness_read (e->loudness, &l);
  if (e->dialogue)
    mst_dialogue_read (e->dialogue, final, &d);
  for (guint c = 0; c < e->n_channels; c++)
    top = MAX (top, mst_truepeakmeter_peak (e->true_peak, c));
  const gdouble top_db = gst_r128_db (top), recent_db = gst_r128_db (mst_truepeakmeter_recent (e->true_peak));
  *r = (GstR128Reading) {
    .value = {
      [GST_R128_VALUE_MOMENTARY] = l.momentary,
      [GST_R128_VALUE_SHORT_TERM] = l.short_term,
      [GST_R128_VALUE_GLOBAL] = l.integrated,
      [GST_R128_VALUE_THRESHOLD] = l.relative_threshold,
      [GST_R128_VALUE_RANGE] = l.range,
      [GST_R128_VALUE_MAX_MOMENTARY] = l.max_momentary,
      [GST_R128_VALUE_MAX_SHORT_TERM] = l.max_short_term,
      [GST_R128_VALUE_MAX_SAMPLE_PEAK] = gst_r128_db (l.sample_peak),
      [GST_R128_VALUE_MAX_TRUE_PEAK] = top_db,
      [GST_R128_VALUE_PLR] = gst_r128_ratio (top_db, l.integrated),
      [GST_R128_VALUE_PSR] = gst_r128_ratio (recent_db, l.short_term),
      [GST_R128_VALUE_CORRELATION] = final ? l.correlation_overall : l.correlation,
      [GST_R128_VALUE_DIALOGUE] = d.dialogue_lufs,
      [GST_R128_VALUE_SPEECH_SHARE] = 100.0 * d.share,
      [GST_R128_VALUE_LOUDNESS_TO_DIALOGUE] = gst_r128_ratio (l.integrated, d.dialogue_lufs),
    },
  };
  for (guint c = 0; c < e->n_channels; c++) {
    r->sample_peak[c] = mst_loudness_sample_peak (e->loudness, c);
    r->true_peak[c] = mst_truepeakmeter_peak (e->true_peak, c);
  }
}

const GstR128Engine gst_r128_native = {
  .provides = GST_R128_LOUDNESS | GST_R128_SAMPLE_PEAK | GST_R128_TRUE_PEAK | GST_R128_CORRELATION | GST_R128_DIALOGUE,
  .any_weight = TRUE, .live_settings = TRUE,
  .create = create, .destroy = destroy, .configure = configure, .process = process,
  .interrupt = interrupt, .reset = reset, .read = read_values, .next_alarm = next_alarm,
};
