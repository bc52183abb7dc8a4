/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 of files: what a receipt names them by, and what the dither is seeded from, so that the same input and settings give
 * the same bits. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Hexadecimal, g_malloc'ed; NULL and @error with exit code @code. */
gchar *gst_master_checksum_file (const gchar *path, int code, GError **error);
/* The first 60 bits; not 0. */
guint64 gst_master_checksum_seed (const gchar *sha256);

G_END_DECLS
