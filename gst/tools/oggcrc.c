/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "oggcrc.h"

#include <string.h>

#define HEADER 27
#define CRC_AT 22

static guint32
crc (const guint8 *bytes, gsize n)
{
  guint32 sum = 0;

  for (gsize i = 0; i < n; i++) {
    sum ^= (guint32) bytes[i] << 24;
    for (guint bit = 0; bit < 8; bit++)
      sum = (sum << 1) ^ (sum & 0x80000000u ? 0x04c11db7u : 0);
  }
  return sum;
}

gboolean
gst_master_ogg_fix_page (FILE *f, gint64 position)
{
  guint8 page[HEADER + 255 + 255 * 255];
  gint64 start = 0;

  for (;;) {
    if (fseeko (f, start, SEEK_SET) != 0 || fread (page, HEADER, 1, f) != 1)
      return FALSE;
    if (memcmp (page, "OggS", 4) != 0)
      return start == 0;        /* another format */
    const gsize n_segments = page[26];
    if (fread (page + HEADER, 1, n_segments, f) != n_segments)
      return FALSE;
    gsize body = 0;
    for (gsize i = 0; i < n_segments; i++)
      body += page[HEADER + i];
    const gsize size = HEADER + n_segments + body;
    if (position >= start + (gint64) size) {
      start += (gint64) size;
      continue;
    }
    if (fread (page + HEADER + n_segments, 1, body, f) != body)
      return FALSE;
    memset (page + CRC_AT, 0, 4);
    const guint32 sum = GUINT32_TO_LE (crc (page, size));
    return fseeko (f, start + CRC_AT, SEEK_SET) == 0 && fwrite (&sum, sizeof sum, 1, f) == 1;
  }
}
