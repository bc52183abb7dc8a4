/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "whole.h"

#include <glib/gstdio.h>
#include <gst/gst.h>
#include <stdio.h>
#include <string.h>

#include "matroska.h"
#include "mp4.h"
#include "pcm.h"

typedef struct
{
  FILE *file;
  guint64 size;
} File;

static gboolean
read_at (const File *f, guint64 at, gpointer to, gsize n)
{
  return at + n <= f->size && fseeko (f->file, (off_t) at, SEEK_SET) == 0 && fread (to, n, 1, f->file) == 1;
}

/* RIFF, RF64 and AIFF: chunks of a name and a size, the one with the samples last as a rule. */
static gboolean
is_cut_iff (const File *f, const guint8 *head)
{
  const gboolean is_riff = memcmp (head + 8, "WAVE", 4) == 0 && (memcmp (head, "RIFF", 4) == 0 || memcmp (head, "RF64", 4) == 0
      || memcmp (head, "BW64", 4) == 0);
  const gboolean is_aiff = memcmp (head, "FORM", 4) == 0 && (memcmp (head + 8, "AIFF", 4) == 0 || memcmp (head + 8, "AIFC", 4) == 0);
  const gchar *samples = is_riff ? "data" : "SSND";
  guint64 at = 12, long_size = 0;
  guint8 chunk[8], ds64[16];

  while ((is_riff || is_aiff) && read_at (f, at, chunk, sizeof chunk)) {
    guint64 size = is_riff ? GST_READ_UINT32_LE (chunk + 4) : GST_READ_UINT32_BE (chunk + 4);
    at += sizeof chunk;
    if (memcmp (chunk, "ds64", 4) == 0 && read_at (f, at, ds64, sizeof ds64))
      long_size = GST_READ_UINT64_LE (ds64 + 8);
    if (memcmp (chunk, samples, 4) == 0) {
      if (long_size > 0 && size == 0xffffffffu)
        size = long_size;
      else if (is_riff && (size == 0 || size >= 0xffffff00u))   /* streams are written with a length that says nothing */
        return FALSE;
      return size > f->size - at;
    }
    if (size >= f->size)
      return FALSE;
    at += size + (size & 1);
  }
  return FALSE;
}

static gboolean
is_cut_au (const File *f, const guint8 *head)
{
  const guint32 offset = GST_READ_UINT32_BE (head + 4), size = GST_READ_UINT32_BE (head + 8);
  return memcmp (head, ".snd", 4) == 0 && size != 0xffffffffu && (guint64) offset + size > f->size;
}

/* The last page of Ogg (RFC 3533) ends where the file does, or before. */
static gboolean
is_cut_ogg (const File *f, const guint8 *head)
{
  guint8 tail[2 * 65536];
  const gsize n = (gsize) MIN (f->size, sizeof tail);

  if (memcmp (head, "OggS", 4) != 0 || !read_at (f, f->size - n, tail, n))
    return FALSE;
  for (gsize at = n; at-- > 0;) {
    if (n - at < 4 || memcmp (tail + at, "OggS", 4) != 0)
      continue;
    gsize end = at + 27;
    if (end > n || end + tail[at + 26] > n)
      return TRUE;
    const guint8 *lacing = tail + end;
    end += tail[at + 26];
    for (guint i = 0; i < tail[at + 26]; i++)
      end += lacing[i];
    return end > n;
  }
  return FALSE;
}

/* What a tagger has put before the sound. */
static guint64
behind_id3 (const guint8 *head)
{
  return memcmp (head, "ID3", 3) != 0 ? 0 : 10 + ((guint64) (head[6] & 0x7f) << 21 | (head[7] & 0x7f) << 14 | (head[8] & 0x7f) << 7 | (head[9] & 0x7f))
      + (head[5] & 0x10 ? 10 : 0);
}

/* The Xing head of MP3 counts bytes from its own frame on. Taggers that came later may have put something before it, not behind. */
static gboolean
is_cut_mp3 (const File *f, const guint8 *head)
{
  guint8 frame[64];
  const guint64 at = behind_id3 (head);

  if (!read_at (f, at, frame, sizeof frame) || frame[0] != 0xff || (frame[1] & 0xe6) != 0xe2)      /* layer III */
    return FALSE;
  const gboolean is_one = (frame[1] & 8) != 0, is_mono = frame[3] >> 6 == 3;
  const guint8 *xing = frame + 4 + (is_one ? (is_mono ? 17 : 32) : is_mono ? 9 : 17);
  if ((memcmp (xing, "Xing", 4) != 0 && memcmp (xing, "Info", 4) != 0) || (xing[7] & 3) != 3)
    return FALSE;
  const guint64 bytes = GST_READ_UINT32_BE (xing + 12);
  return bytes > f->size - at;
}

/* Bytes of the frame whose first eight are @p. ADTS: ISO/IEC 14496-3, 1.A.3.2; AC-3 and E-AC-3: ETSI TS 102 366, 4.3, E.1.2. 0: it is none. */
static guint
frame_bytes (const guint8 *p)
{
  static const guint16 kbps[] = { 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640 };
  const guint code = p[4] & 0x3f, rate = p[4] >> 6;

  if (p[0] == 0xff && (p[1] & 0xf6) == 0xf0)
    return (p[3] & 3u) << 11 | (guint) p[4] << 3 | p[5] >> 5;
  if (p[0] != 0x0b || p[1] != 0x77 || p[5] >> 3 > 16)
    return 0;
  if (p[5] >> 3 > 10)
    return 2 * (((p[2] & 7u) << 8 | p[3]) + 1);
  if (code / 2 >= G_N_ELEMENTS (kbps) || rate == 3)
    return 0;
  const guint bits = kbps[code / 2];
  return 2 * (rate == 0 ? 2 * bits : rate == 2 ? 3 * bits : 320 * bits / 147 + (code & 1));
}

/* Frames from the first to the last, each of which tells its length: the last is whole. */
static gboolean
is_cut_frames (const File *f, const guint8 *head)
{
  guint64 at = behind_id3 (head);
  guint8 p[8] = { 0 };
  guint n_frames = 0, n = 0;

  while (read_at (f, at, p, sizeof p) && (n = frame_bytes (p)) >= sizeof p) {
    if (n > f->size - at)
      return n_frames > 1;
    at += n;
    n_frames++;
  }
  /* less than a head is left of what goes on like a frame */
  return n_frames > 1 && at < f->size && f->size - at < sizeof p && read_at (f, at, p, 1) && (p[0] == 0xff || p[0] == 0x0b);
}

/* TTA: a head of 22 bytes and the bytes of each frame, which has 256/245 s. */
static gboolean
is_cut_tta (const File *f, const guint8 *head)
{
  const guint64 at = behind_id3 (head);
  guint8 tta[22], size[4];

  if (!read_at (f, at, tta, sizeof tta) || memcmp (tta, "TTA1", 4) != 0)
    return FALSE;
  const guint64 frame = MAX (1, (guint64) GST_READ_UINT32_LE (tta + 10) * 256 / 245), n = (GST_READ_UINT32_LE (tta + 14) + frame - 1) / frame;
  guint64 end = at + sizeof tta + 4 * n + 4;
  for (guint64 i = 0; i < n && end <= f->size; i++)
    end += read_at (f, at + sizeof tta + 4 * i, size, sizeof size) ? GST_READ_UINT32_LE (size) : f->size;
  return end > f->size;
}

/* ASF (WMA): the size of the data object, which a live stream tells as 0 or leaves at its greatest. */
static gboolean
is_cut_asf (const File *f, const guint8 *head)
{
  static const guint8 asf[] = { 0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6, 0xd9, 0x00, 0xaa }, data[] = { 0x36, 0x26, 0xb2, 0x75 };
  guint8 size[8], object[24];

  if (memcmp (head, asf, sizeof asf) != 0 || !read_at (f, 16, size, sizeof size))
    return FALSE;
  const guint64 at = GST_READ_UINT64_LE (size);
  if (at > f->size || f->size - at < sizeof object || !read_at (f, at, object, sizeof object))
    return TRUE;
  const guint64 bytes = GST_READ_UINT64_LE (object + 16);
  return memcmp (object, data, sizeof data) == 0 && bytes < G_MAXINT64 && bytes > f->size - at;
}

static gboolean
is_cut_matroska (const File *f)
{
  GstMasterElement head, segment;

  return gst_master_ebml_read (f->file, 0, f->size, &head) && head.id == GST_MASTER_EBML
      && gst_master_ebml_read (f->file, head.data + head.size, G_MAXINT64, &segment) && segment.id == GST_MASTER_SEGMENT && !segment.is_open
      && segment.size > f->size - segment.data;
}

static gboolean
is_cut_pcm (const File *f, const gchar *path)
{
  GstMasterPcm pcm;
  return gst_master_pcm_read (path, &pcm) && pcm.offset + pcm.bytes > f->size;
}

const gchar *
gst_master_whole_check (const gchar *path)
{
  File f = { .file = g_fopen (path, "rb") };
  guint8 head[12];
  GStatBuf st;
  gboolean is_cut = FALSE;

  if (f.file == NULL)
    return NULL;
  if (fstat (fileno (f.file), &st) == 0)
    f.size = (guint64) st.st_size;
  if (read_at (&f, 0, head, sizeof head))
    is_cut = is_cut_iff (&f, head) || is_cut_au (&f, head) || is_cut_ogg (&f, head) || is_cut_mp3 (&f, head) || is_cut_frames (&f, head)
        || is_cut_tta (&f, head) || is_cut_asf (&f, head) || is_cut_matroska (&f)
        || is_cut_pcm (&f, path) || gst_master_movie_is_cut (path);
  fclose (f.file);
  return is_cut ? "it is cut off, its header promises more than is there; get a whole copy" : NULL;
}
