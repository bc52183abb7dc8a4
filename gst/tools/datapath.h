/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where chains and the table of targets are looked for, first come first served: ~/.config/gst-mastering,
 * $GST_MASTERING_DATA_PATH, gst-mastering in $XDG_DATA_DIRS, the folder of the installation. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Paths, g_malloc'ed with the array; the user's own is the first. */
GPtrArray *gst_master_data_folders (void);

G_END_DECLS
