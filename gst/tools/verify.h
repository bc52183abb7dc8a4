/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --verify: whether the files that a receipt names are still what it says of them. */
#pragma once

#include "options.h"

G_BEGIN_DECLS

/* Hash and figures of the output, and of the input where it is still there; says what it finds. FALSE and @error
 * (GST_MASTER_DIFFERS, or what keeps it from measuring). */
gboolean gst_master_verify (GstMasterOptions *o, GError **error);

G_END_DECLS
