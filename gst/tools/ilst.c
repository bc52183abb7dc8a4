/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ilst.h"

#include <stdio.h>
#include <string.h>

#define MAX_MOOV_BYTES (256u << 20)

static guint32
read_u32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static void
write_u32 (guint8 *p, guint32 value)
{
  for (guint i = 0; i < 4; i++)
    p[i] = (guint8) (value >> (24 - 8 * i));
}

static void
append_box (GByteArray *to, const gchar *type, guint n_zeros, const gchar *text)
{
  guint8 head[16] = { 0 };
  const guint size = 8 + n_zeros + (guint) strlen (text);

  write_u32 (head, size);
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
    write_u32 (tags->data + start, tags->len - start);
  }
  return tags;
}

/* Offset of the child @type among the boxes from @from to @to; 0: none. */
static guint
find_child (const GByteArray *boxes, guint from, guint to, const gchar *type)
{
  while (from + 8 <= to) {
    const guint32 size = read_u32 (boxes->data + from);
    if (memcmp (boxes->data + from + 4, type, 4) == 0)
      return from;
    if (size < 8 || size > to - from)
      break;
    from += size;
  }
  return 0;
}

/* Into moov/udta/meta/ilst, all of which grow; @moov begins with moov. */
static gboolean
insert (GByteArray *moov, const GByteArray *tags)
{
  static const struct
  {
    const gchar *type;
    guint head;
  } path[] = { { "udta", 8 }, { "meta", 12 }, { "ilst", 8 } };
  guint at[G_N_ELEMENTS (path) + 1] = { 0 }, from = 8, end = read_u32 (moov->data);

  for (guint i = 0; i < G_N_ELEMENTS (path); i++) {
    at[i + 1] = find_child (moov, from, end, path[i].type);
    if (at[i + 1] == 0)
      return FALSE;
    from = at[i + 1] + path[i].head;
    end = at[i + 1] + read_u32 (moov->data + at[i + 1]);
    if (end > moov->len)
      return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (at); i++)
    write_u32 (moov->data + at[i], read_u32 (moov->data + at[i]) + tags->len);
  const guint behind = moov->len - end;
  g_byte_array_set_size (moov, moov->len + tags->len);
  memmove (moov->data + end + tags->len, moov->data + end, behind);
  memcpy (moov->data + end, tags->data, tags->len);
  return TRUE;
}

/* The file from its moov on; @offset: where that is. NULL if audio follows, whose place the moov tells. */
static GByteArray *
read_moov (FILE *f, gint64 *offset)
{
  GByteArray *rest;
  gint64 at, end;
  guint8 head[16];

  *offset = -1;
  for (at = 0; fseeko (f, at, SEEK_SET) == 0 && fread (head, 8, 1, f) == 1; at += end) {
    end = read_u32 (head);
    if (end == 1 && fread (head + 8, 8, 1, f) == 1)
      end = (gint64) read_u32 (head + 8) << 32 | read_u32 (head + 12);
    if (end < 8 || (*offset >= 0 && memcmp (head + 4, "mdat", 4) == 0))
      return NULL;
    if (memcmp (head + 4, "moov", 4) == 0)
      *offset = at;
  }
  if (*offset < 0 || at - *offset > MAX_MOOV_BYTES)
    return NULL;
  rest = g_byte_array_new ();
  g_byte_array_set_size (rest, (guint) (at - *offset));
  if (fseeko (f, *offset, SEEK_SET) != 0 || fread (rest->data, rest->len, 1, f) != 1)
    g_clear_pointer (&rest, g_byte_array_unref);
  return rest;
}

gboolean
gst_master_ilst_append (const gchar *path, const gchar *const *names, const gchar *const *values, guint n)
{
  FILE *f = fopen (path, "r+b");
  GByteArray *tags = make_tags (names, values, n);
  gint64 offset = 0;
  GByteArray *moov = f != NULL ? read_moov (f, &offset) : NULL;
  gboolean ok = moov != NULL && insert (moov, tags) && fseeko (f, offset, SEEK_SET) == 0
      && fwrite (moov->data, moov->len, 1, f) == 1;

  if (moov != NULL)
    g_byte_array_unref (moov);
  g_byte_array_unref (tags);
  return f != NULL && fclose (f) == 0 && ok;
}
