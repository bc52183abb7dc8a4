/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ilst.h"

#include <gst/gst.h>
#include <string.h>

#include "moov.h"

static void
append_box (GByteArray *to, const gchar *type, guint n_zeros, const gchar *text)
{
  guint8 head[16] = { 0 };
  const guint size = 8 + n_zeros + (guint) strlen (text);

  GST_WRITE_UINT32_BE (head, size);
  memcpy (head + 4, type, 4);
  if (strcmp (type, "data") == 0)
    head[11] = 1;               /* UTF-8 */
  g_byte_array_append (to, head, 8 + n_zeros);
  g_byte_array_append (to, (const guint8 *) text, (guint) strlen (text));
}

static GByteArray *
make_tags (const gchar *const *names, const gchar *const *values, guint n)
{
  GByteArray *tags = g_byte_array_new ();

  for (guint i = 0; i < n; i++) {
    const guint start = tags->len;
    append_box (tags, "----", 0, "");
    append_box (tags, "mean", 4, "com.apple.iTunes");
    append_box (tags, "name", 4, names[i]);
    append_box (tags, "data", 8, values[i]);
    GST_WRITE_UINT32_BE (tags->data + start, tags->len - start);
  }
  return tags;
}

gboolean
gst_master_ilst_append (const gchar *path, const gchar *const *names, const gchar *const *values, guint n)
{
  static const GstMasterMoovStep steps[] = { { "udta", 8 }, { "meta", 12 }, { "ilst", 8 } };
  guint at[G_N_ELEMENTS (steps)];
  GByteArray *tags = make_tags (names, values, n);
  GstMasterMoov *moov = gst_master_moov_open (path);
  const gboolean is_found = moov != NULL && gst_master_moov_insert (moov, steps, G_N_ELEMENTS (steps), tags, at);

  g_byte_array_unref (tags);
  return gst_master_moov_close (moov, is_found) && is_found;
}
