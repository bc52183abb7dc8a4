/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "figures.h"

#include <math.h>
#include <stddef.h>

static const struct
{
  const gchar *field;
  gsize offset;
} fields[] = {
  { "global-loudness", offsetof (GstMasterFigures, integrated_lufs) },
  { "max-shortterm", offsetof (GstMasterFigures, max_short_term_lufs) },
  { "max-momentary", offsetof (GstMasterFigures, max_momentary_lufs) },
  { "loudness-range", offsetof (GstMasterFigures, lra_lu) },
  { "max-true-peak", offsetof (GstMasterFigures, true_peak_dbtp) },
  { "plr", offsetof (GstMasterFigures, plr_db) },
  { "correlation", offsetof (GstMasterFigures, correlation) },
  { "dialogue-loudness", offsetof (GstMasterFigures, dialogue_lufs) },
  { "speech-share", offsetof (GstMasterFigures, speech_share) },
  { "loudness-to-dialogue", offsetof (GstMasterFigures, ldr_lu) },
};

static gdouble *
field_of (GstMasterFigures *f, guint i)
{
  return (gdouble *) ((gchar *) f + fields[i].offset);
}

void
gst_master_figures_clear (GstMasterFigures *f)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    *field_of (f, i) = NAN;
  f->rms_dbfs = f->noise_floor_dbfs = NAN;
}

gboolean
gst_master_figures_read (GstMasterFigures *f, GHashTable *finals, const gchar *name)
{
  const GstStructure *s = g_hash_table_lookup (finals, name);

  gst_master_figures_clear (f);
  if (s == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    gst_structure_get_double (s, fields[i].field, field_of (f, i));
  return TRUE;
}
