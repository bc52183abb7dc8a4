/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "checksum.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>

#include "errors.h"

gchar *
gst_master_checksum_file (const gchar *path, int code, GError **error)
{
  FILE *f = g_fopen (path, "rb");
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
  guchar *block = g_malloc (1 << 18);
  gchar *hex = NULL;

  if (f != NULL) {
    gsize n;
    while ((n = fread (block, 1, 1 << 18, f)) > 0)
      g_checksum_update (sum, block, (gssize) n);
    if (!ferror (f))
      hex = g_strdup (g_checksum_get_string (sum));
  }
  if (hex == NULL)
    g_set_error (error, GST_MASTER_ERROR, code, "cannot read %s: %s", path, g_strerror (errno));
  if (f != NULL)
    fclose (f);
  g_free (block);
  g_checksum_free (sum);
  return hex;
}

guint64
gst_master_checksum_seed (const gchar *sha256)
{
  gchar *head = g_strndup (sha256, 15);
  const guint64 seed = g_ascii_strtoull (head, NULL, 16);
  g_free (head);
  return MAX (seed, 1);
}
