/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an r128meter says of a whole stream in its final message. NaN: not there. -inf: silence. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  gdouble integrated_lufs, max_short_term_lufs, max_momentary_lufs, lra_lu;
  gdouble true_peak_dbtp, plr_db, correlation;
} GstMasterFigures;

void gst_master_figures_clear (GstMasterFigures *f);
/* FALSE if @finals has no message of the element @name. */
gboolean gst_master_figures_read (GstMasterFigures *f, GHashTable *finals, const gchar *name);

G_END_DECLS
