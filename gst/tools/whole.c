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

/* The Xing head of MP3 counts bytes from its own frame on. Taggers that came later may have put something before it, not behind. */
static gboolean
is_cut_mp3 (const File *f, const guint8 *head)
{
  guint8 frame[64];
  guint64 at = 0;

  if (memcmp (head, "ID3", 3) == 0)
    at = 10 + ((guint64) (head[6] & 0x7f) << 21 | (head[7] & 0x7f) << 14 | (head[8] & 0x7f) << 7 | (head[9] & 0x7f)) + (head[5] & 0x10 ? 10 : 0);
  if (!read_at (f, at, frame, sizeof frame) || frame[0] != 0xff || (frame[1] & 0xe6) != 0xe2)      /* layer III */
    return FALSE;
  const gboolean is_one = (frame[1] & 8) != 0, is_mono = frame[3] >> 6 == 3;
  const guint8 *xing = frame + 4 + (is_one ? (is_mono ? 17 : 32) : is_mono ? 9 : 17);
  if ((memcmp (xing, "Xing", 4) != 0 && memcmp (xing, "Info", 4) != 0) || (xing[7] & 3) != 3)
    return FALSE;
  const guint64 bytes = GST_READ_UINT32_BE (xing + 12);
  return bytes > f->size - at;
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
    is_cut = is_cut_iff (&f, head) || is_cut_au (&f, head) || is_cut_ogg (&f, head) || is_cut_mp3 (&f, head) || is_cut_matroska (&f)
        || is_cut_pcm (&f, path) || gst_master_movie_is_cut (path);
  fclose (f.file);
  return is_cut ? "it is cut off, its header promises more than is there; get a whole copy" : NULL;
}
