/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of a chain as gst-launch-1.0 reads them, and whether they make sense: gst_parse_launch () leaves a value that is out of
 * range at a GLib warning, and goes on with another one. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* From @s to the end of its word, or, if @stage, to the "!" that ends the stage; quotes and backslashes kept together. */
const gchar *gst_master_chain_next_word (const gchar *s, gboolean stage);

/* One stage, from @start to @end within @text: the element exists, so do its properties, their values are in range, and the
 * element takes them. The error names word, character (from 1) and what is allowed. */
gboolean gst_master_chain_check_stage (const gchar *text, const gchar *start, const gchar *end, GError **error);

G_END_DECLS
