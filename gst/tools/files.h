/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file that appears under its name only when it is whole: written beside it under a hidden temporary name, synced, renamed. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gchar *path;                  /* the final name */
  gchar *temporary;             /* in the same folder; exists until committed or dropped */
  gboolean overwrite;
  int lock_fd;                  /* held on the temporary file: tells it from one that a killed process left */
} GstMasterFile;

/* NULL and @error (GST_MASTER_OUTPUT) if @path exists and may not be overwritten, is @input itself, is no regular file, or its
 * folder cannot be written. */
GstMasterFile *gst_master_file_new (const gchar *path, const gchar *input, gboolean overwrite, GError **error);
/* Moves it to its name. */
gboolean gst_master_file_commit (GstMasterFile *file, GError **error);
/* Removes the temporary file if it is still there. NULL is fine. */
void gst_master_file_free (GstMasterFile *file);

/* Readable and regular? Else @error (GST_MASTER_INPUT), which calls it @name. */
gboolean gst_master_check_input (const gchar *path, const gchar *name, GError **error);

G_END_DECLS
