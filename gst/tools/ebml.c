/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ebml.h"

#define MAX_LOADED_BYTES (256u << 20)

/* Bytes of the number that begins with @first, 0: none does. */
static guint
length_of (guint8 first)
{
  for (guint n = 1; n <= 8; n++)
    if (first & (0x100u >> n))
      return n;
  return 0;
}

guint
gst_master_ebml_vint (const guint8 *bytes, guint64 size, guint64 *value)
{
  const guint n = size > 0 ? length_of (bytes[0]) : 0;

  if (n == 0 || n > size)
    return 0;
  *value = bytes[0] & (0xffu >> n);
  for (guint i = 1; i < n; i++)
    *value = *value << 8 | bytes[i];
  return n;
}

gboolean
gst_master_ebml_parse (const guint8 *bytes, guint64 at, guint64 end, GstMasterElement *element)
{
  const guint n_id = at < end ? length_of (bytes[at]) : 0;
  guint64 size = 0;

  if (n_id == 0 || n_id > 4 || at + n_id >= end)
    return FALSE;
  element->id = 0;
  for (guint i = 0; i < n_id; i++)
    element->id = element->id << 8 | bytes[at + i];
  const guint n = gst_master_ebml_vint (bytes + at + n_id, end - at - n_id, &size);
  if (n == 0)
    return FALSE;
  element->at = at;
  element->data = at + n_id + n;
  element->is_open = size == (G_GUINT64_CONSTANT (1) << 7 * n) - 1;
  element->size = element->is_open ? end - element->data : size;
  return element->size <= end - element->data;
}

gboolean
gst_master_ebml_read (FILE *f, guint64 at, guint64 end, GstMasterElement *element)
{
  guint8 head[12] = { 0 };

  if (at >= end || fseeko (f, (off_t) at, SEEK_SET) != 0 || fread (head, 1, (gsize) MIN (sizeof head, end - at), f) < 2)
    return FALSE;
  /* the head is parsed as if all up to the end were in memory: nothing behind it is touched */
  if (!gst_master_ebml_parse (head, 0, end - at, element) || element->data > sizeof head)
    return FALSE;
  element->at += at;
  element->data += at;
  return TRUE;
}

gboolean
gst_master_ebml_find (const guint8 *bytes, guint64 size, guint32 id, GstMasterElement *element)
{
  for (guint64 at = 0; gst_master_ebml_parse (bytes, at, size, element); at = element->data + element->size)
    if (element->id == id)
      return TRUE;
  return FALSE;
}

guint64
gst_master_ebml_uint (const guint8 *bytes, const GstMasterElement *element)
{
  guint64 value = 0;
  for (guint64 i = 0; i < element->size && i < 8; i++)
    value = value << 8 | bytes[element->data + i];
  return value;
}

guint8 *
gst_master_ebml_load (FILE *f, const GstMasterElement *element)
{
  if (element->size > MAX_LOADED_BYTES || fseeko (f, (off_t) element->data, SEEK_SET) != 0)
    return NULL;
  guint8 *bytes = g_malloc (element->size + 1);
  if (element->size > 0 && fread (bytes, element->size, 1, f) != 1)
    g_clear_pointer (&bytes, g_free);
  return bytes;
}

static void
put_bytes (GByteArray *to, guint64 value, guint n)
{
  while (n-- > 0) {
    const guint8 byte = (guint8) (value >> (8 * n));
    g_byte_array_append (to, &byte, 1);
  }
}

void
gst_master_ebml_put_id (GByteArray *to, guint32 id)
{
  put_bytes (to, id, id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1);
}

void
gst_master_ebml_put_size (GByteArray *to, guint64 size)
{
  put_bytes (to, G_GUINT64_CONSTANT (1) << 56 | size, 8);
}

void
gst_master_ebml_put (GByteArray *to, guint32 id, const guint8 *bytes, guint64 size)
{
  gst_master_ebml_put_id (to, id);
  gst_master_ebml_put_size (to, size);
  g_byte_array_append (to, bytes, (guint) size);
}

void
gst_master_ebml_put_uint (GByteArray *to, guint32 id, guint64 value)
{
  gst_master_ebml_put_id (to, id);
  put_bytes (to, 0x88, 1);
  put_bytes (to, value, 8);
}
