/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is named on the command line as files: folders walked, streams that cannot seek brought into a file that can. */
#pragma once

#include "options.h"

G_BEGIN_DECLS

/* With --recursive, folders among the inputs are replaced by the audio and video files in and below them, sorted; their output
 * keeps the folder structure. FALSE and @error. */
gboolean gst_master_inputs_walk (GstMasterOptions *o, GError **error);

/* "-", a pipe or a device: it can be read only once. */
gboolean gst_master_input_is_stream (const gchar *path);
/* Copies such an input into a nameless temporary file that goes with the process. A path by which it can be opened as often as one
 * likes, g_malloc'ed; NULL and @error. */
gchar *gst_master_input_spool (const gchar *path, GError **error);

/* Copies the file @path to stdout @fd. FALSE and @error. */
gboolean gst_master_copy_to (const gchar *path, int fd, GError **error);

G_END_DECLS
