/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The result as JSON: what came in, what was done, what came out. */
#pragma once

#include "files.h"
#include "filmrun.h"
#include "session.h"

G_BEGIN_DECLS

/* Fills @file and brings it to its name. FALSE and @error (GST_MASTER_OUTPUT). */
gboolean gst_master_receipt_write (const GstMasterResult *result, const GstMasterOptions *options, GstMasterFile *file,
    GError **error);
/* Of a film: figures, plan and stages of each track in "tracks". */
gboolean gst_master_receipt_write_film (const GstMasterFilmResult *all, const GstMasterOptions *o, GstMasterFile *file, GError **error);

G_END_DECLS
