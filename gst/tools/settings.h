/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings that decide what a master sounds like, as the receipt's member "settings": written, recalled for another mix,
 * and compared, to tell whether a file is done already. */
#pragma once

#include <json-glib/json-glib.h>

#include "options.h"

G_BEGIN_DECLS

/* Adds the member "settings" to the object in hand. */
void gst_master_settings_add (JsonBuilder *b, const GstMasterOptions *o);
/* --again: fills what the command line left open from the receipt, the input too if there is none. FALSE and @error (usage). */
gboolean gst_master_settings_recall (GstMasterOptions *o, GError **error);
/* Whether @receipt tells of this input, these settings and this version, and of the output as it lies there. */
gboolean gst_master_settings_are_done (const GstMasterOptions *o, const gchar *receipt, const gchar *input, const gchar *output);
/* The parsed receipt @path; NULL and @error (usage). */
JsonParser *gst_master_receipt_load (const gchar *path, GError **error);
/* Of the file that the receipt names, as it is written there or else beside the receipt. g_malloc'ed, NULL if not there. */
gchar *gst_master_receipt_find (JsonObject *file, const gchar *receipt);
JsonObject *gst_master_json_object (JsonObject *parent, const gchar *member);
const gchar *gst_master_json_string (JsonObject *parent, const gchar *member);

G_END_DECLS
