/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The result on stdout. */
#pragma once

#include "session.h"

G_BEGIN_DECLS

/* As a table. */
void gst_master_report_print (const GstMasterResult *result);
/* In one line, of several files. */
void gst_master_report_print_line (const GstMasterResult *result, const gchar *output);

G_END_DECLS
