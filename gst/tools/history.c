/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "history.h"

#include <math.h>

GArray *
gst_master_history_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (GstMasterMoment));
}

void
gst_master_history_take (GArray *history, const GstStructure *message)
{
  GstMasterMoment m = { NAN, NAN, NAN, NAN, NAN, NAN };
  gboolean is_final = FALSE;
  guint64 end;

  gst_structure_get_boolean (message, "final", &is_final);
  if (is_final || !gst_structure_get_uint64 (message, "endtime", &end))
    return;
  m.end_s = end / 1e9;
  if (gst_structure_has_name (message, "r128meter")) {
    gst_structure_get_double (message, "momentary-loudness", &m.momentary_lufs);
    gst_structure_get_double (message, "shortterm-loudness", &m.short_term_lufs);
    gst_structure_get_double (message, "global-loudness", &m.integrated_lufs);
    gst_structure_get_double (message, "psr", &m.psr_db);
  } else if (gst_structure_has_name (message, "truepeaklimiter")) {
    const GValue *array = gst_structure_get_value (message, "gain-reduction-max");
    for (guint i = 0; array != NULL && i < gst_value_array_get_size (array); i++)
      m.gain_reduction_db = fmax (m.gain_reduction_db, g_value_get_double (gst_value_array_get_value (array, i)));
  } else {
    return;
  }
  g_array_append_val (history, m);
}

gdouble
gst_master_history_min_psr (const GArray *history, gdouble integrated_lufs)
{
  gdouble lowest = NAN;

  for (guint i = 0; i < history->len; i++) {
    const GstMasterMoment *m = &g_array_index (history, GstMasterMoment, i);
    if (m->end_s >= 3.0 && m->short_term_lufs >= integrated_lufs - 10.0)
      lowest = fmin (lowest, m->psr_db);
  }
  return lowest;
}
