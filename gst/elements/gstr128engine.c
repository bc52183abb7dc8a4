/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstr128engine.h"

#include <math.h>

gdouble
gst_r128_db (gdouble linear)
{
  return linear > 0.0 ? 20.0 * log10 (linear) : -INFINITY;
}

gdouble
gst_r128_ratio (gdouble peak_db, gdouble loudness)
{
  return isfinite (peak_db) && isfinite (loudness) ? peak_db - loudness : 0.0;
}

/* BS.1770-5, table 4: 1.41 (+1.5 dB) for an elevation below 30 degrees and an azimuth of 60 to 120, 1 elsewhere, 0 for an LFE.
 * REAR_LEFT/RIGHT are the surrounds of 5.1 at 110 degrees, but the rear pair of 7.1 at 135 where there is a side pair too. */
static gdouble
weight_of (GstAudioChannelPosition position, gboolean has_sides)
{
  switch (position) {
    case GST_AUDIO_CHANNEL_POSITION_LFE1:
    case GST_AUDIO_CHANNEL_POSITION_LFE2:
      return 0.0;
    case GST_AUDIO_CHANNEL_POSITION_REAR_LEFT:
    case GST_AUDIO_CHANNEL_POSITION_REAR_RIGHT:
      return has_sides ? 1.0 : 1.41;
    case GST_AUDIO_CHANNEL_POSITION_SIDE_LEFT:
    case GST_AUDIO_CHANNEL_POSITION_SIDE_RIGHT:
    case GST_AUDIO_CHANNEL_POSITION_SURROUND_LEFT:
    case GST_AUDIO_CHANNEL_POSITION_SURROUND_RIGHT:
    case GST_AUDIO_CHANNEL_POSITION_WIDE_LEFT:
    case GST_AUDIO_CHANNEL_POSITION_WIDE_RIGHT:
      return 1.41;
    default:
      return 1.0;
  }
}

void
gst_r128_position_weights (const GstAudioInfo *info, gboolean dual_mono, gdouble *weights)
{
  const gint n = GST_AUDIO_INFO_CHANNELS (info);
  gboolean has_sides = FALSE;
  for (gint c = 0; c < n; c++)
    has_sides |= GST_AUDIO_INFO_POSITION (info, c) == GST_AUDIO_CHANNEL_POSITION_SIDE_LEFT
        || GST_AUDIO_INFO_POSITION (info, c) == GST_AUDIO_CHANNEL_POSITION_SURROUND_LEFT;
  for (gint c = 0; c < n; c++)
    weights[c] = GST_AUDIO_INFO_IS_UNPOSITIONED (info) ? 1.0
        : weight_of (GST_AUDIO_INFO_POSITION (info, c), has_sides);
  if (n == 1 && dual_mono)
    weights[0] = 2.0;
}

void
gst_r128_speech_weights (const GstAudioInfo *info, gdouble *weights)
{
  static const GstAudioChannelPosition fronts[][2] = {
    { GST_AUDIO_CHANNEL_POSITION_FRONT_CENTER, GST_AUDIO_CHANNEL_POSITION_FRONT_CENTER },
    { GST_AUDIO_CHANNEL_POSITION_FRONT_LEFT, GST_AUDIO_CHANNEL_POSITION_FRONT_RIGHT },
  };
  const gint n = GST_AUDIO_INFO_CHANNELS (info);

  for (guint f = 0; f < G_N_ELEMENTS (fronts) && !GST_AUDIO_INFO_IS_UNPOSITIONED (info); f++) {
    gdouble sum = 0.0;
    for (gint c = 0; c < n; c++) {
      const GstAudioChannelPosition position = GST_AUDIO_INFO_POSITION (info, c);
      weights[c] = position == fronts[f][0] || position == fronts[f][1] ? 1.0 : 0.0;
      sum += weights[c];
    }
    for (gint c = 0; c < n && sum > 0.0; c++)
      weights[c] /= sum;
    if (sum > 0.0)
      return;
  }
  for (gint c = 0; c < n; c++)
    weights[c] = 1.0 / n;
}

gchar *
gst_r128_check_weights (const GstR128Engine *engine, const gdouble *weights, guint n_weights, guint n_channels)
{
  if (n_weights > 0 && n_weights != n_channels)
    return g_strdup_printf ("channel-weights has %u values, the stream has %u channels. Give one for each, or none for "
        "the weights of BS.1770 by channel position.", n_weights, n_channels);
  for (guint c = 0; !engine->any_weight && c < n_weights; c++) {
    const gdouble w = weights[c];
    if (w != 0.0 && w != 1.0 && w != 1.41 && !(w == 2.0 && n_channels == 1))
      return g_strdup_printf ("libebur128 knows the weights 0, 1 and 1.41, not %g of channel %u. Use engine=native.", w, c);
  }
  return NULL;
}
