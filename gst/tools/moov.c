/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "moov.h"

#include <glib/gstdio.h>
#include <gst/gst.h>
#include <string.h>

#define MAX_MOOV_BYTES (256u << 20)

/* Offset of the child @type among the boxes from @from to @to; 0: none. */
static guint
find_child (const GByteArray *boxes, guint from, guint to, const gchar *type)
{
  while (from + 8 <= to) {
    const guint32 size = GST_READ_UINT32_BE (boxes->data + from);
    if (size < 8 || size > to - from)
      break;
    if (memcmp (boxes->data + from + 4, type, 4) == 0)
      return from;
    from += size;
  }
  return 0;
}

gboolean
gst_master_moov_insert (GstMasterMoov *moov, const GstMasterMoovStep *steps, guint n_steps, const GByteArray *bytes, guint *at)
{
  GByteArray *all = moov->bytes;
  guint from = 8, end = GST_READ_UINT32_BE (all->data);

  if (end > all->len)
    return FALSE;
  for (guint i = 0; i < n_steps; i++) {
    at[i] = find_child (all, from, end, steps[i].type);
    if (at[i] == 0)
      return FALSE;
    from = at[i] + steps[i].head;
    end = at[i] + GST_READ_UINT32_BE (all->data + at[i]);
  }
  GST_WRITE_UINT32_BE (all->data, GST_READ_UINT32_BE (all->data) + bytes->len);
  for (guint i = 0; i < n_steps; i++)
    GST_WRITE_UINT32_BE (all->data + at[i], GST_READ_UINT32_BE (all->data + at[i]) + bytes->len);
  const guint behind = all->len - end;
  g_byte_array_set_size (all, all->len + bytes->len);
  memmove (all->data + end + bytes->len, all->data + end, behind);
  memcpy (all->data + end, bytes->data, bytes->len);
  return TRUE;
}

static gboolean
read_bytes (GstMasterMoov *moov)
{
  gint64 at, end;
  guint8 head[16];

  moov->offset = -1;
  for (at = 0; fseeko (moov->file, at, SEEK_SET) == 0 && fread (head, 8, 1, moov->file) == 1; at += end) {
    end = GST_READ_UINT32_BE (head);
    if (end == 1 && fread (head + 8, 8, 1, moov->file) == 1)
      end = (gint64) GST_READ_UINT64_BE (head + 8);
    if (end < 8 || (moov->offset >= 0 && memcmp (head + 4, "mdat", 4) == 0))
      return FALSE;
    if (memcmp (head + 4, "moov", 4) == 0)
      moov->offset = at;
  }
  if (moov->offset < 0 || at - moov->offset > MAX_MOOV_BYTES)
    return FALSE;
  g_byte_array_set_size (moov->bytes, (guint) (at - moov->offset));
  return fseeko (moov->file, moov->offset, SEEK_SET) == 0 && fread (moov->bytes->data, moov->bytes->len, 1, moov->file) == 1;
}

GstMasterMoov *
gst_master_moov_open (const gchar *path)
{
  GstMasterMoov *moov = g_new0 (GstMasterMoov, 1);

  moov->file = g_fopen (path, "r+b");
  moov->bytes = g_byte_array_new ();
  if (moov->file != NULL && read_bytes (moov))
    return moov;
  gst_master_moov_close (moov, FALSE);
  return NULL;
}

gboolean
gst_master_moov_close (GstMasterMoov *moov, gboolean save)
{
  if (moov == NULL)
    return TRUE;
  gboolean ok = !save || (fseeko (moov->file, moov->offset, SEEK_SET) == 0
      && fwrite (moov->bytes->data, moov->bytes->len, 1, moov->file) == 1);
  if (moov->file != NULL)
    ok = fclose (moov->file) == 0 && ok;
  g_byte_array_unref (moov->bytes);
  g_free (moov);
  return ok;
}
