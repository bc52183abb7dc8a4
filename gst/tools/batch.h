/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several files, each in a process of its own: whatever happens to one (a crash in a decoder included), the others go on. */
#pragma once

#include "options.h"

G_BEGIN_DECLS

/* The name of the output for @input: --output itself, or in that folder, with the format's extension, or a film's own. */
gchar *gst_master_output_for (const GstMasterOptions *options, const gchar *input);
/* The name of its receipt: --report, or in that folder, or with --resume beside @output. NULL if none is asked for. */
gchar *gst_master_report_for (const GstMasterOptions *options, const gchar *input, const gchar *output);

/* Masters one file; returns an exit code. */
typedef int (*GstMasterBatchFunc) (GstMasterOptions *options, const gchar *input);

/* Runs @func for each input, --jobs at a time, and prints what it said in one piece. GST_MASTER_OK, GST_MASTER_SOME_FAILED
 * or GST_MASTER_CANCELLED. */
int gst_master_batch (GstMasterOptions *options, GstMasterBatchFunc func);

/* That no two files would be written to one name, nor one over what is read. */
gboolean gst_master_names_check (const GstMasterOptions *o, GError **error);

G_END_DECLS
