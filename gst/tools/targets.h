/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of delivery targets: gst/data/targets.csv, overridden row by row by the user's own
 * ~/.config/gst-mastering/targets.csv with the same heading. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _GstMasterTarget GstMasterTarget;
struct _GstMasterTarget
{
  gchar *id, *name, *kind, *gate, *behaviour, *delivery, *grade, *source, *date, *notes, *not_measured;
  gchar *low_speech_target;     /* id of the row that holds instead where there is little speech; or empty */
  gdouble lufs, tolerance_lu, true_peak_dbtp, sample_peak_dbfs, max_short_term_lufs, max_lra_lu, max_ldr_lu;
  gdouble min_rms_dbfs, max_rms_dbfs, max_noise_floor_dbfs;     /* NaN: no rule */
  gdouble louder_than_lufs, louder_true_peak_dbtp;      /* of masters louder than the former the latter is asked */
  gint rate, bits;              /* where the delivery format leaves no choice, else 0 */
  const GstMasterTarget *low_speech;    /* that row; NULL: none */
};

/* All rows, in the order of the file; NULL and @error if there is no table. */
GPtrArray *gst_master_targets_load (GError **error);
/* The row with this id, or the only one whose id begins with it; NULL and @error. */
const GstMasterTarget *gst_master_targets_find (GPtrArray *targets, const gchar *id, GError **error);
void gst_master_targets_print (GPtrArray *targets);

G_END_DECLS
