/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of delivery targets: gst/data/targets.csv, overridden row by row by the user's own
 * ~/.config/gst-mastering/targets.csv with the same heading. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gchar *id, *name, *kind, *gate, *behaviour, *delivery, *grade, *source, *date, *notes, *not_measured;
  gdouble lufs, tolerance_lu, true_peak_dbtp, sample_peak_dbfs, max_short_term_lufs, max_lra_lu;        /* NaN: no rule */
  gdouble louder_than_lufs, louder_true_peak_dbtp;      /* of masters louder than the former the latter is asked */
  gint rate, bits;              /* where the delivery format leaves no choice, else 0 */
} GstMasterTarget;

/* All rows, in the order of the file; NULL and @error if there is no table. */
GPtrArray *gst_master_targets_load (GError **error);
/* The row with this id, or the only one whose id begins with it; NULL and @error. */
const GstMasterTarget *gst_master_targets_find (GPtrArray *targets, const gchar *id, GError **error);
void gst_master_targets_print (GPtrArray *targets);

G_END_DECLS
