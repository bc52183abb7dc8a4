/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The alarms property of r128meter as text, and its messages. */
#pragma once

#include "alarm.h"
#include "gstmasteringbase.h"

G_BEGIN_DECLS

/* "silence -60 10; clipped 3; true-peak -1; phase -0.3 5; channel -60 10; dual-mono 30; loudness -26 -20 10". Empty: none.
 * FALSE and *error (for the user, g_malloc'ed) that names the word. */
gboolean gst_r128_alarms_parse (const gchar *text, MstAlarmParams *params, gchar **error);

/* Posts @event, whose frames count from the anchor as the base's do. Streaming thread. */
void gst_r128_alarms_post (GstMasteringBase *base, const MstAlarmEvent *event);

G_END_DECLS
