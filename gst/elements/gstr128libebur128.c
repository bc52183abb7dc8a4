/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine=libebur128: what the library says, nothing added but the maxima of momentary and short-term loudness, read every
 * 100 ms, and true peaks of the last 3 s. */
#include "gstr128engine.h"

#include <ebur128.h>
#include <math.h>
#include <string.h>

#define SLOTS 30                /* of 100 ms: the short-term window */
#define BLOCK 256               /* frames interleaved at once */

typedef struct
{
  GstAudioInfo info;
  GstR128Settings settings;
  guint n_channels;
  ebur128_state *state;
  gsize slot_frames, slot_left; /* 100 ms */
  guint slot;
  gdouble peaks[SLOTS];         /* highest true peak of each, linear */
  gdouble max_momentary, max_short_term;
  gdouble interleaved[BLOCK * MST_LOUDNESS_MAX_CHANNELS];
} Engine;

static int
channel_for (gdouble weight, guint n_channels)
{
  if (weight == 0.0)
    return EBUR128_UNUSED;
  if (weight == 1.41)
    return EBUR128_LEFT_SURROUND;
  return weight == 2.0 && n_channels == 1 ? EBUR128_DUAL_MONO : EBUR128_LEFT;
}

static ebur128_state *
open_state (const Engine *e)
{
  /* The first call of the process fills tables of the library that nothing guards */
  static GMutex first;
  guint mode = EBUR128_MODE_HISTOGRAM | EBUR128_MODE_M;
  if (e->settings.what & (GST_R128_SHORT_TERM | GST_R128_RANGE))
    mode |= EBUR128_MODE_S;
  if (e->settings.what & GST_R128_INTEGRATED)
    mode |= EBUR128_MODE_I;
  if (e->settings.what & GST_R128_RANGE)
    mode |= EBUR128_MODE_LRA;
  if (e->settings.what & GST_R128_SAMPLE_PEAK)
    mode |= EBUR128_MODE_SAMPLE_PEAK;
  if (e->settings.what & GST_R128_TRUE_PEAK)
    mode |= EBUR128_MODE_TRUE_PEAK;
  g_mutex_lock (&first);
  ebur128_state *state = ebur128_init (e->n_channels, (unsigned long) GST_AUDIO_INFO_RATE (&e->info), (int) mode);
  g_mutex_unlock (&first);
  for (guint c = 0; state && c < e->n_channels; c++)
    ebur128_set_channel (state, c, channel_for (e->settings.weights[c], e->n_channels));
  return state;
}

static void
forget (Engine *e)
{
  memset (e->peaks, 0, sizeof e->peaks);
  e->slot = 0;
  e->slot_left = e->slot_frames;
  e->max_momentary = e->max_short_term = -INFINITY;
}

static void
destroy (gpointer engine)
{
  Engine *e = engine;
  if (e->state)
    ebur128_destroy (&e->state);
  g_free (e);
}

static gpointer
create (const GstAudioInfo *info, const GstR128Settings *settings, const gchar **error)
{
  Engine *e = g_new0 (Engine, 1);
  e->info = *info;
  e->settings = *settings;
  e->n_channels = (guint) GST_AUDIO_INFO_CHANNELS (info);
  e->slot_frames = ((gsize) GST_AUDIO_INFO_RATE (info) + 5) / 10;
  forget (e);
  e->state = open_state (e);
  if (!e->state) {
    *error = "libebur128 refuses this rate or number of channels. Use engine=native.";
    destroy (e);
    return NULL;
  }
  return e;
}

static void
configure (gpointer engine, const GstR128Settings *settings)
{
  ((Engine *) engine)->settings.is_paused = settings->is_paused;
}

static void
add (Engine *e, gdouble *const *in, gsize from, gsize n_frames)
{
  for (guint c = 0; c < e->n_channels; c++)
    for (gsize i = 0; i < n_frames; i++)
      e->interleaved[i * e->n_channels + c] = in[c][from + i];
  ebur128_add_frames_double (e->state, e->interleaved, n_frames);
  if (e->settings.what & GST_R128_TRUE_PEAK)
    for (guint c = 0; c < e->n_channels; c++) {
      gdouble peak;
      if (ebur128_prev_true_peak (e->state, c, &peak) == EBUR128_SUCCESS)
        e->peaks[e->slot] = MAX (e->peaks[e->slot], peak);
    }
}

static void
end_slot (Engine *e)
{
  gdouble loudness;
  if ((e->settings.what & GST_R128_MOMENTARY) && ebur128_loudness_momentary (e->state, &loudness) == EBUR128_SUCCESS)
    e->max_momentary = MAX (e->max_momentary, loudness);
  if ((e->settings.what & GST_R128_SHORT_TERM) && ebur128_loudness_shortterm (e->state, &loudness) == EBUR128_SUCCESS)
    e->max_short_term = MAX (e->max_short_term, loudness);
  e->slot = (e->slot + 1) % SLOTS;
  e->peaks[e->slot] = 0.0;
  e->slot_left = e->slot_frames;
}

static void
process (gpointer engine, gdouble *const *in, gsize n_frames)
{
  Engine *e = engine;
  if (e->settings.is_paused)
    return;
  for (gsize done = 0; done < n_frames;) {
    const gsize n = MIN (MIN (n_frames - done, e->slot_left), BLOCK);
    add (e, in, done, n);
    done += n;
    e->slot_left -= n;
    if (e->slot_left == 0)
      end_slot (e);
  }
}

/* The library cannot empty its windows alone: it takes a gap as if the two sides touched. */
static void
interrupt (gpointer engine)
{
}

static void
reset (gpointer engine)
{
  Engine *e = engine;
  ebur128_state *fresh = open_state (e);
  if (fresh) {
    ebur128_destroy (&e->state);
    e->state = fresh;
  }
  forget (e);
}

typedef int (*Query) (ebur128_state *, double *);

static gdouble
ask (Engine *e, guint needs, Query query)
{
  gdouble v;
  if ((e->settings.what & needs) != needs || query (e->state, &v) != EBUR128_SUCCESS || isnan (v))
    return -INFINITY;
  return v;
}

static void
read_values (gpointer engine, gboolean final, GstR128Reading *r)
{
  Engine *e = engine;
  gdouble *v = r->value, sample_peak = 0.0, true_peak = 0.0, recent = 0.0;

  memset (r, 0, sizeof *r);
  for (guint c = 0; c < e->n_channels; c++) {
    if (e->settings.what & GST_R128_SAMPLE_PEAK)
      ebur128_sample_peak (e->state, c, &r->sample_peak[c]);
    if (e->settings.what & GST_R128_TRUE_PEAK)
      ebur128_true_peak (e->state, c, &r->true_peak[c]);
    sample_peak = MAX (sample_peak, r->sample_peak[c]);
    true_peak = MAX (true_peak, r->true_peak[c]);
  }
  for (guint i = 0; i < SLOTS; i++)
    recent = MAX (recent, e->peaks[i]);
  v[GST_R128_VALUE_MOMENTARY] = ask (e, GST_R128_MOMENTARY, ebur128_loudness_momentary);
  v[GST_R128_VALUE_SHORT_TERM] = ask (e, GST_R128_SHORT_TERM, ebur128_loudness_shortterm);
  v[GST_R128_VALUE_GLOBAL] = ask (e, GST_R128_INTEGRATED, ebur128_loudness_global);
  v[GST_R128_VALUE_THRESHOLD] = ask (e, GST_R128_INTEGRATED, ebur128_relative_threshold);
  v[GST_R128_VALUE_RANGE] = e->settings.what & GST_R128_RANGE ? ask (e, GST_R128_RANGE, ebur128_loudness_range) : 0.0;
  v[GST_R128_VALUE_MAX_MOMENTARY] = e->max_momentary;
  v[GST_R128_VALUE_MAX_SHORT_TERM] = e->max_short_term;
  v[GST_R128_VALUE_MAX_SAMPLE_PEAK] = gst_r128_db (sample_peak);
  v[GST_R128_VALUE_MAX_TRUE_PEAK] = gst_r128_db (true_peak);
  v[GST_R128_VALUE_PLR] = gst_r128_ratio (v[GST_R128_VALUE_MAX_TRUE_PEAK], v[GST_R128_VALUE_GLOBAL]);
  v[GST_R128_VALUE_PSR] = gst_r128_ratio (gst_r128_db (recent), v[GST_R128_VALUE_SHORT_TERM]);
}

const GstR128Engine gst_r128_libebur128 = {
  .provides = GST_R128_LOUDNESS | GST_R128_SAMPLE_PEAK | GST_R128_TRUE_PEAK,
  .create = create, .destroy = destroy, .configure = configure, .process = process,
  .interrupt = interrupt, .reset = reset, .read = read_values,
};
