/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Levels as audiobook publishers ask for them, over all channels alike, plain RMS: a full-scale sine reads -3.01 dBFS.
 *   RMS          of the whole file
 *   noise floor  of its quietest 500 ms, looked at every 50 ms; of a file that is shorter, the whole
 * Sums do not depend on how frames are cut into buffers, but for rounding. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _GstMasterLevels GstMasterLevels;

GstMasterLevels *gst_master_levels_new (gint rate, gint n_channels);
/* Interleaved. */
void gst_master_levels_feed (GstMasterLevels *levels, const gdouble *frames, gsize n_frames);
/* -inf for silence. */
void gst_master_levels_read (const GstMasterLevels *levels, gdouble *rms_dbfs, gdouble *noise_floor_dbfs);
void gst_master_levels_free (GstMasterLevels *levels);

G_END_DECLS
