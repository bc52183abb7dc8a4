/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an r128meter says of a whole stream in its final message. NaN: not there. -inf: silence. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  gdouble integrated_lufs, max_short_term_lufs, max_momentary_lufs, lra_lu;
  gdouble true_peak_dbtp, plr_db, correlation;
  gdouble dialogue_lufs, speech_share, ldr_lu;  /* by an estimate of where speech is, where that was asked for; share in % */
  gdouble rms_dbfs, noise_floor_dbfs;   /* levels.h, where that was asked for; not the meter's */
} GstMasterFigures;

void gst_master_figures_clear (GstMasterFigures *f);
/* FALSE if @finals has no message of the element @name. */
gboolean gst_master_figures_read (GstMasterFigures *f, GHashTable *finals, const gchar *name);

G_END_DECLS
