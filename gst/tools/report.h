/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The result as a table on stdout. */
#pragma once

#include "session.h"

G_BEGIN_DECLS

void gst_master_report_print (const GstMasterResult *result);

G_END_DECLS
