/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checksum of an Ogg page (RFC 3533: polynomial 0x04c11db7, start 0, the field itself counted as 0). */
#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

/* Makes the checksum of the page right that holds the byte @position, which was changed. Nothing to do where @f is no Ogg file.
 * FALSE: it cannot be read or written. */
gboolean gst_master_ogg_fix_page (FILE *f, gint64 position);

G_END_DECLS
