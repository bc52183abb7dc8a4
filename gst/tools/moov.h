/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The moov of a finished MP4 file, where it stands behind the samples as mp4mux writes it: so it can grow. */
#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

typedef struct
{
  FILE *file;
  gint64 offset;
  GByteArray *bytes;            /* from the moov on to the end of the file */
} GstMasterMoov;

typedef struct
{
  const gchar *type;
  guint head;                   /* of the box, before its children */
} GstMasterMoovStep;

/* NULL: it cannot be read, or samples follow, whose place the moov tells. */
GstMasterMoov *gst_master_moov_open (const gchar *path);
/* Appends @bytes to the box at the end of @steps, from child to child, of which the first of each name is taken; all on the way grow. @at: where
 * each is. FALSE: there is none. */
gboolean gst_master_moov_insert (GstMasterMoov *moov, const GstMasterMoovStep *steps, guint n_steps, const GByteArray *bytes, guint *at);
/* @save: writes it to the file first. FALSE: that failed. NULL is fine. */
gboolean gst_master_moov_close (GstMasterMoov *moov, gboolean save);

G_END_DECLS
