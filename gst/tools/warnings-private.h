/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between warnings.c (the list), intake-warnings.c and process-warnings.c (what goes into it). */
#pragma once

#include "warnings.h"

G_BEGIN_DECLS

typedef struct
{
  const gchar *id, *stage;
  gdouble limit;
  const gchar *unit, *advice;
} GstMasterRule;

void gst_master_warnings_add (GPtrArray *warnings, const GstMasterRule *rule, gdouble value, const gchar *format, ...)
    G_GNUC_PRINTF (4, 5);

G_END_DECLS
