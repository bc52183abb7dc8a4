/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine=native: loudness.h and truepeakmeter.h under the names of the element. */
#include "gstr128engine.h"

#include <string.h>

#include "truepeakmeter.h"

typedef struct
{
  MstLoudness *loudness;
  MstTruePeakMeter *true_peak;
  GstR128Settings settings;
  guint n_channels;
} Engine;

static void
destroy (gpointer engine)
{
  Engine *e = engine;
  mst_loudness_free (e->loudness);
  mst_truepeakmeter_free (e->true_peak);
  g_free (e);
}

static void
configure (gpointer engine, const GstR128Settings *settings)
{
  Engine *e = engine;
  MstLoudnessParams params = {
    .loudness = (settings->what & (GST_R128_LOUDNESS | GST_R128_CORRELATION)) != 0,
    .sample_peak = (settings->what & GST_R128_SAMPLE_PEAK) != 0,
    .paused = settings->is_paused,
  };
  memcpy (params.weights, settings->weights, sizeof params.weights);
  if (e->settings.what & ~settings->what & GST_R128_TRUE_PEAK)
    mst_truepeakmeter_finish (e->true_peak);
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
  if (!e->loudness || !e->true_peak) {
    destroy (e);
    return NULL;
  }
  configure (e, settings);
  return e;
}

static void
process (gpointer engine, gdouble *const *in, gsize n_frames)
{
  Engine *e = engine;
  mst_loudness_process (e->loudness, (const double *const *) in, n_frames);
  if (e->settings.what & GST_R128_TRUE_PEAK)
    mst_truepeakmeter_process (e->true_peak, (const double *const *) in, n_frames);
}

static void
interrupt (gpointer engine)
{
  Engine *e = engine;
  mst_loudness_interrupt (e->loudness);
  mst_truepeakmeter_finish (e->true_peak);
}

static void
reset (gpointer engine)
{
  Engine *e = engine;
  mst_loudness_reset (e->loudness);
  mst_truepeakmeter_reset (e->true_peak);
}

static void
read_values (gpointer engine, gboolean final, GstR128Reading *r)
{
  Engine *e = engine;
  MstLoudnessReading l;
  gdouble top = 0.0;

  if (final)
    mst_truepeakmeter_finish (e->true_peak);
  mst_loudness_read (e->loudness, &l);
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
    },
  };
  for (guint c = 0; c < e->n_channels; c++) {
    r->sample_peak[c] = mst_loudness_sample_peak (e->loudness, c);
    r->true_peak[c] = mst_truepeakmeter_peak (e->true_peak, c);
  }
}

const GstR128Engine gst_r128_native = {
  .provides = GST_R128_LOUDNESS | GST_R128_SAMPLE_PEAK | GST_R128_TRUE_PEAK | GST_R128_CORRELATION,
  .any_weight = TRUE, .live_settings = TRUE,
  .create = create, .destroy = destroy, .configure = configure, .process = process,
  .interrupt = interrupt, .reset = reset, .read = read_values,
};
