/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mp3.h"

#include <gst/gst.h>
#include <string.h>

#define DECODER_DELAY 529       /* frames, of every decoder: the overlap of the filterbanks */

gboolean
gst_master_mp3_read (FILE *file, GstMasterMp3 *mp3)
{
  static const guint fields[] = { 4, 4, 100, 4 };       /* frames, bytes, places, quality: each may be left out */
  guint8 head[256] = { 0 };

  *mp3 = (GstMasterMp3) { 0 };
  if (fseeko (file, 0, SEEK_SET) != 0 || fread (head, 10, 1, file) != 1)
    return FALSE;
  if (memcmp (head, "ID3", 3) == 0)
    mp3->offset = 10 + ((guint64) (head[6] & 0x7f) << 21 | (head[7] & 0x7f) << 14 | (head[8] & 0x7f) << 7 | (head[9] & 0x7f)) + (head[5] & 0x10 ? 10 : 0);
  if (fseeko (file, (off_t) mp3->offset, SEEK_SET) != 0 || fread (head, 1, sizeof head, file) < 64 || head[0] != 0xff || (head[1] & 0xe6) != 0xe2)      /* layer III */
    return FALSE;
  const gboolean is_one = (head[1] & 8) != 0, is_mono = head[3] >> 6 == 3;
  const guint8 *xing = head + 4 + (is_one ? (is_mono ? 17 : 32) : is_mono ? 9 : 17), *at = xing + 8;
  if (memcmp (xing, "Xing", 4) != 0 && memcmp (xing, "Info", 4) != 0)
    return FALSE;
  guint64 frames = 0;
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    if ((xing[7] >> i & 1) == 0)
      continue;
    if (i == 0)
      frames = GST_READ_UINT32_BE (at);
    else if (i == 1)
      mp3->bytes = GST_READ_UINT32_BE (at);
    at += fields[i];
  }
  if (frames == 0)
    return TRUE;
  const guint before = (guint) at[21] << 4 | at[22] >> 4, behind = (at[22] & 0xfu) << 8 | at[23];
  frames *= is_one ? 1152 : 576;
  mp3->is_trimmed = (memcmp (at, "LAME", 4) == 0 || memcmp (at, "Lavf", 4) == 0 || memcmp (at, "Lavc", 4) == 0) && before + behind < frames;
  mp3->skip = before + DECODER_DELAY;
  mp3->frames = mp3->is_trimmed ? frames - before - behind : 0;
  return TRUE;
}
