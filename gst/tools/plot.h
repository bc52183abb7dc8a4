/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --plot: loudness over time before and after, what the limiter took, spectrum before and after; drawn by the script plot.py of the data
 * folder. */
#pragma once

#include "session.h"

G_BEGIN_DECLS

/* Whether @path can be drawn here: its ending, the script, and what that needs. */
gboolean gst_master_plot_check (const gchar *path, GError **error);
/* Of @path (its ending counts) into @file. */
gboolean gst_master_plot_draw (const GstMasterResult *result, const gchar *path, const gchar *file, GError **error);

G_END_DECLS
