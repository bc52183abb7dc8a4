/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is made beside the master, when it is right and before it gets its name: --reference, --ab, --plot. */
#pragma once

#include "session-private.h"

G_BEGIN_DECLS

/* Contradictions and missing files among these options: before any work. */
gboolean gst_master_extras_check (const GstMasterOptions *o, GError **error);

/* --reference: measures them; the portraits go to the result. */
gboolean gst_master_extras_references (GstMasterSession *s, GError **error);

typedef struct
{
  GstMasterFile *before, *after;
} GstMasterAb;

/* "ab.flac", "before": "ab-before.flac" */
gchar *gst_master_ab_name (const gchar *path, const gchar *what);
/* --ab: @input and the written file @master at equal loudness. NULL and @error if that is not possible. */
GstMasterAb *gst_master_ab_new (const GstMasterOptions *o, const gchar *input, GError **error);
gboolean gst_master_ab_render (GstMasterAb *ab, GstMasterSession *s, const gchar *master, GError **error);
gboolean gst_master_ab_commit (GstMasterAb *ab, GError **error);
void gst_master_ab_free (GstMasterAb *ab);

G_END_DECLS
