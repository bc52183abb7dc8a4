/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "levels.h"

#include <math.h>

#define STEPS 10                /* of 50 ms */

struct _GstMasterLevels
{
  gsize n_channels, step, fill; /* frames of a step; in hand */
  gdouble energy[STEPS];        /* of the last steps, ring; the one in hand is n_steps % STEPS */
  guint64 n_steps, n_frames;
  gdouble total, lowest;        /* energies: of all, of the quietest STEPS in a row */
};

GstMasterLevels *
gst_master_levels_new (gint rate, gint n_channels)
{
  GstMasterLevels *l = g_new0 (GstMasterLevels, 1);

  l->n_channels = (gsize) n_channels;
  l->step = (gsize) MAX (1, rate / 20);
  l->lowest = INFINITY;
  return l;
}

void
gst_master_levels_free (GstMasterLevels *levels)
{
  g_free (levels);
}

static void
end_step (GstMasterLevels *l)
{
  gdouble sum = 0.0;

  l->total += l->energy[l->n_steps % STEPS];
  l->n_steps++;
  for (guint i = 0; i < STEPS; i++)
    sum += l->energy[i];
  if (l->n_steps >= STEPS)
    l->lowest = fmin (l->lowest, sum);
  l->energy[l->n_steps % STEPS] = 0.0;
  l->fill = 0;
}

void
gst_master_levels_feed (GstMasterLevels *l, const gdouble *frames, gsize n_frames)
{
  l->n_frames += n_frames;
  while (n_frames > 0) {
    const gsize n = MIN (n_frames, l->step - l->fill);
    gdouble sum = 0.0;
    for (gsize i = 0; i < n * l->n_channels; i++)
      if (fabs (frames[i]) <= G_MAXFLOAT)
        sum += frames[i] * frames[i];
    l->energy[l->n_steps % STEPS] += sum;
    l->fill += n;
    frames += n * l->n_channels;
    n_frames -= n;
    if (l->fill == l->step)
      end_step (l);
  }
}

static gdouble
level (gdouble energy, gdouble samples)
{
  return energy > 0.0 ? 10.0 * log10 (energy / samples) : -INFINITY;
}

void
gst_master_levels_read (const GstMasterLevels *l, gdouble *rms_dbfs, gdouble *noise_floor_dbfs)
{
  const gdouble samples = (gdouble) l->n_frames * (gdouble) l->n_channels;

  *rms_dbfs = level (l->total + (l->fill > 0 ? l->energy[l->n_steps % STEPS] : 0.0), samples);
  *noise_floor_dbfs = isfinite (l->lowest) ? level (l->lowest, (gdouble) (STEPS * l->step * l->n_channels)) : *rms_dbfs;
}
