/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine=native: loudness.h under the names of the element. */
#include "gstr128engine.h"

#include <string.h>

typedef struct
{
  MstLoudness *loudness;
  GstR128Settings settings;
  guint n_channels;
} Engine;

static void
destroy (gpointer engine)
{
  Engine *e = engine;
  mst_loudness_free (e->loudness);
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
  e->settings = *settings;
  mst_loudness_set_params (e->loudness, &params);
}

static gpointer
create (const GstAudioInfo *info, const GstR128Settings *settings, const gchar **error)
{
  const guint n_channels = (guint) GST_AUDIO_INFO_CHANNELS (info);
  MstLoudness *loudness = mst_loudness_new (GST_AUDIO_INFO_RATE (info), n_channels, error);
  if (!loudness)
    return NULL;
  Engine *e = g_new0 (Engine, 1);
  e->loudness = loudness;
  e->n_channels = n_channels;
  configure (e, settings);
  return e;
}

static void
process (gpointer engine, gdouble *const *in, gsize n_frames)
{
  Engine *e = engine;
  mst_loudness_process (e->loudness, (const double *const *) in, n_frames);
}

static void
interrupt (gpointer engine)
{
  mst_loudness_interrupt (((Engine *) engine)->loudness);
}

static void
reset (gpointer engine)
{
  mst_loudness_reset (((Engine *) engine)->loudness);
}

static void
read_values (gpointer engine, gboolean final, GstR128Reading *r)
{
  Engine *e = engine;
  MstLoudnessReading l;

  mst_loudness_read (e->loudness, &l);
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
      [GST_R128_VALUE_CORRELATION] = final ? l.correlation_overall : l.correlation,
    },
  };
  for (guint c = 0; c < e->n_channels; c++)
    r->sample_peak[c] = mst_loudness_sample_peak (e->loudness, c);
}

const GstR128Engine gst_r128_native = {
  .provides = GST_R128_LOUDNESS | GST_R128_SAMPLE_PEAK | GST_R128_CORRELATION,
  .any_weight = TRUE, .live_settings = TRUE,
  .create = create, .destroy = destroy, .configure = configure, .process = process,
  .interrupt = interrupt, .reset = reset, .read = read_values,
};
