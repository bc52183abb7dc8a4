/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boxes.h"

guint32
gst_master_box_u32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

guint64
gst_master_box_u64 (const guint8 *p)
{
  return (guint64) gst_master_box_u32 (p) << 32 | gst_master_box_u32 (p + 4);
}

guint32
gst_master_box_type (const GstMasterBox *box)
{
  return gst_master_box_u32 (box->at + 4);
}

gboolean
gst_master_box_next (const GstMasterBox *parent, gsize *at, GstMasterBox *child)
{
  if (*at == 0)
    *at = parent->head;
  const gsize left = parent->size - *at;
  if (*at > parent->size || left < 8)
    return FALSE;
  child->at = parent->at + *at;
  child->head = 8;
  guint64 size = gst_master_box_u32 (child->at);
  if (size == 1 && left >= 16) {
    size = gst_master_box_u64 (child->at + 8);
    child->head = 16;
  } else if (size == 0) {
    size = left;
  }
  if (size < child->head || size > left)
    return FALSE;
  child->size = (gsize) size;
  *at += child->size;
  return TRUE;
}

gboolean
gst_master_box_find (const GstMasterBox *parent, const gchar *path, GstMasterBox *box)
{
  gsize at = 0;

  while (gst_master_box_next (parent, &at, box))
    if (gst_master_box_type (box) == GST_MASTER_BOX (path))
      return path[4] == '\0' || gst_master_box_find (&(GstMasterBox) { box->at, box->head, box->size }, path + 5, box);
  return FALSE;
}

gboolean
gst_master_box_table (const GstMasterBox *parent, const gchar *type, gsize count_at, gsize entry, const guint8 **entries, guint32 *count)
{
  GstMasterBox box;

  if (!gst_master_box_find (parent, type, &box) || box.size < box.head + count_at + 4)
    return FALSE;
  *count = gst_master_box_u32 (box.at + box.head + count_at);
  *entries = box.at + box.head + count_at + 4;
  return (box.size - box.head - count_at - 4) / entry >= *count;
}

guint
gst_master_box_edits (const GstMasterBox *trak, gint64 (*edits)[2], guint n, gboolean *is_normal)
{
  GstMasterBox elst;

  if (is_normal != NULL)
    *is_normal = TRUE;
  if (!gst_master_box_find (trak, "edts.elst", &elst) || elst.size < elst.head + 8)
    return 0;
  const gboolean is_long = elst.at[elst.head] == 1;
  const guint8 *p = elst.at + elst.head + 8;
  const gsize entry = is_long ? 20 : 12;
  const guint there = (guint) MIN (gst_master_box_u32 (p - 4), (elst.size - elst.head - 8) / entry);
  for (guint i = 0; i < there && i < n; i++, p += entry) {
    edits[i][0] = (gint64) MIN (is_long ? gst_master_box_u64 (p) : gst_master_box_u32 (p), G_MAXINT64);
    edits[i][1] = is_long ? (gint64) gst_master_box_u64 (p + 8) : (gint32) gst_master_box_u32 (p + 4);
    if (is_normal != NULL)
      *is_normal = *is_normal && gst_master_box_u32 (p + entry - 4) == 1u << 16;
  }
  return there;
}

void
gst_master_box_put_u32 (GByteArray *to, guint32 value)
{
  const guint8 bytes[] = { (guint8) (value >> 24), (guint8) (value >> 16), (guint8) (value >> 8), (guint8) value };
  g_byte_array_append (to, bytes, sizeof bytes);
}

void
gst_master_box_put_u64 (GByteArray *to, guint64 value)
{
  gst_master_box_put_u32 (to, (guint32) (value >> 32));
  gst_master_box_put_u32 (to, (guint32) value);
}

void
gst_master_box_set_u32 (GByteArray *to, gsize at, guint32 value)
{
  for (guint i = 0; i < 4; i++)
    to->data[at + i] = (guint8) (value >> (24 - 8 * i));
}

void
gst_master_box_put (GByteArray *to, const GstMasterBox *box)
{
  g_byte_array_append (to, box->at, (guint) box->size);
}

gsize
gst_master_box_begin (GByteArray *to, guint32 type)
{
  const gsize at = to->len;
  gst_master_box_put_u32 (to, 0);
  gst_master_box_put_u32 (to, type);
  return at;
}

void
gst_master_box_end (GByteArray *to, gsize at)
{
  gst_master_box_set_u32 (to, at, (guint32) (to->len - at));
}

static void
put_number (GByteArray *to, gboolean is_long, guint64 value)
{
  if (is_long)
    gst_master_box_put_u64 (to, value);
  else
    gst_master_box_put_u32 (to, (guint32) value);
}

void
gst_master_box_put_head (GByteArray *to, const GstMasterBox *box, gboolean is_track, guint32 timescale, guint64 duration)
{
  const gsize before = is_track ? 8 : 4;        /* between dates and duration: timescale; or track_ID and 4 bytes that are reserved */
  const guint8 *p = box->at + box->head;
  const gboolean was_long = *p == 1, is_long = was_long || duration > G_MAXUINT32;
  const gsize n_was = 4 + before + (was_long ? 24 : 12);

  if (box->size < box->head + n_was) {
    gst_master_box_put (to, box);
    return;
  }
  const gsize at = gst_master_box_begin (to, gst_master_box_type (box));
  gst_master_box_put_u32 (to, (is_long ? 1u << 24 : 0) | (gst_master_box_u32 (p) & 0xffffff));
  for (guint i = 0; i < 2; i++)
    put_number (to, is_long, was_long ? gst_master_box_u64 (p + 4 + 8 * i) : gst_master_box_u32 (p + 4 + 4 * i));
  const gsize place = to->len;
  g_byte_array_append (to, p + n_was - before - (was_long ? 8 : 4), (guint) before);
  if (!is_track && timescale > 0)
    gst_master_box_set_u32 (to, place, timescale);
  put_number (to, is_long, duration);
  g_byte_array_append (to, p + n_was, (guint) (box->size - box->head - n_was));
  gst_master_box_end (to, at);
}

void
gst_master_box_put_edits (GByteArray *to, const gint64 (*edits)[2], guint n)
{
  const gsize edts = gst_master_box_begin (to, GST_MASTER_BOX ("edts")), elst = gst_master_box_begin (to, GST_MASTER_BOX ("elst"));

  gst_master_box_put_u32 (to, 1u << 24);
  gst_master_box_put_u32 (to, n);
  for (guint i = 0; i < n; i++) {
    gst_master_box_put_u64 (to, (guint64) edits[i][0]);
    gst_master_box_put_u64 (to, (guint64) edits[i][1]);
    gst_master_box_put_u32 (to, 1u << 16);
  }
  gst_master_box_end (to, elst);
  gst_master_box_end (to, edts);
}
