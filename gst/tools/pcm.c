/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wave64: Sony Pictures Digital, "Sonic Foundry Wave 64 file format", 2003: RIFF with GUIDs for names, sizes of 64 bits that count their own
 * 24 bytes of head, chunks on multiples of 8. CAF: Apple Core Audio Format Specification 1.0: big-endian, sizes of 64 bits.
 * RF64: EBU Tech 3306, BW64: ITU-R BS.2088: RIFF whose sizes stand in a chunk "ds64". */
#include "pcm.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chan.h"
#include "layout.h"
#include "length.h"

#define MAX_CHANNELS 63         /* that audioconvert takes */
#define MAX_RATE 768000
#define EXTENSIBLE 0xfffe

static const guint8 w64_riff[16] = { 'r', 'i', 'f', 'f', 0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0, 0 };
/* what "wave", "fmt " and "data" have in common behind their names */
static const guint8 w64_tail[12] = { 0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a };

static gboolean
is_w64 (const guint8 *guid, const gchar *name)
{
  return memcmp (guid, name, 4) == 0 && memcmp (guid + 4, w64_tail, sizeof w64_tail) == 0;
}

typedef enum { SIGNED, UNSIGNED, FLOAT } Kind;

/* Their order in the file is that of pcm->positions. */
static void
take_positions (GstMasterPcm *pcm)
{
  const gint channels = GST_AUDIO_INFO_CHANNELS (&pcm->info);
  GstAudioChannelPosition sorted[64];

  memcpy (sorted, pcm->positions, sizeof sorted);
  if (gst_audio_channel_positions_to_valid_order (sorted, channels))
    gst_audio_info_set_format (&pcm->info, GST_AUDIO_INFO_FORMAT (&pcm->info), GST_AUDIO_INFO_RATE (&pcm->info), channels, sorted);
}

static gboolean
take_format (GstMasterPcm *pcm, Kind kind, gint endianness, guint bits, guint frame_bytes, guint channels, gdouble rate, guint64 mask)
{
  if (channels < 1 || channels > MAX_CHANNELS || !(rate >= 1.0 && rate <= MAX_RATE) || rate != rint (rate) || frame_bytes % channels != 0
      || frame_bytes / channels > 8 || frame_bytes / channels * 8 < bits || bits < 8)
    return FALSE;
  bits = frame_bytes / channels * 8;    /* 20 bits stand at the top of 24 */
  GstAudioFormat format = GST_AUDIO_FORMAT_UNKNOWN;
  if (kind == FLOAT && bits == 32)
    format = endianness == G_LITTLE_ENDIAN ? GST_AUDIO_FORMAT_F32LE : GST_AUDIO_FORMAT_F32BE;
  else if (kind == FLOAT && bits == 64)
    format = endianness == G_LITTLE_ENDIAN ? GST_AUDIO_FORMAT_F64LE : GST_AUDIO_FORMAT_F64BE;
  else if (kind != FLOAT && bits <= 32)
    format = gst_audio_format_build_integer (kind == SIGNED, endianness, (gint) bits, (gint) bits);
  if (format == GST_AUDIO_FORMAT_UNKNOWN)
    return FALSE;
  gst_audio_info_set_format (&pcm->info, format, (gint) rate, (gint) channels, NULL);
  if (mask == 0)
    mask = gst_master_layout_by_convention (channels);
  if (channels > 2 && mask != 0 && gst_audio_channel_positions_from_mask ((gint) channels, mask, pcm->positions))
    take_positions (pcm);
  return TRUE;
}

static gboolean
take_wave_format (GstMasterPcm *pcm, const guint8 *fmt, gsize size)
{
  guint tag = GST_READ_UINT16_LE (fmt);
  const guint bits = GST_READ_UINT16_LE (fmt + 14);
  guint64 mask = 0;

  if (tag == EXTENSIBLE && size >= 40) {
    mask = GST_READ_UINT32_LE (fmt + 20);
    tag = GST_READ_UINT16_LE (fmt + 24);
  }
  const guint bytes = GST_READ_UINT16_LE (fmt + 12), channels = GST_READ_UINT16_LE (fmt + 2);
  const Kind kind = tag == 3 ? FLOAT : bytes == channels ? UNSIGNED : SIGNED;
  return (tag == 1 || tag == 3) && take_format (pcm, kind, G_LITTLE_ENDIAN, bits, bytes, channels, GST_READ_UINT32_LE (fmt + 4), mask);
}

static gboolean
read_w64 (FILE *f, GstMasterPcm *pcm)
{
  guint8 head[40];
  gint64 at = sizeof head;

  if (fseeko (f, 0, SEEK_SET) != 0 || fread (head, sizeof head, 1, f) != 1 || memcmp (head, w64_riff, sizeof w64_riff) != 0 || !is_w64 (head + 24, "wave"))
    return FALSE;
  while (fseeko (f, at, SEEK_SET) == 0 && fread (head, 24, 1, f) == 1) {
    const guint64 size = GST_READ_UINT64_LE (head + 16);
    if (size < 24 || size > G_MAXINT64 / 2)
      return FALSE;
    if (is_w64 (head, "data")) {
      pcm->offset = (guint64) at + 24;
      pcm->bytes = size - 24;
      return TRUE;
    }
    if (is_w64 (head, "fmt ")) {
      guint8 fmt[40] = { 0 };
      const gsize n = MIN (size - 24, sizeof fmt);
      if (n < 16 || fread (fmt, n, 1, f) != 1 || !take_wave_format (pcm, fmt, n))
        return FALSE;
    }
    at += (gint64) ((size + 7) & ~7ull);
  }
  return FALSE;
}

static gboolean
read_rf64 (FILE *f, GstMasterPcm *pcm)
{
  guint8 head[12], fmt[40] = { 0 };
  guint64 at = sizeof head, long_size = 0;

  if (fseeko (f, 0, SEEK_SET) != 0 || fread (head, sizeof head, 1, f) != 1 || (memcmp (head, "RF64", 4) != 0 && memcmp (head, "BW64", 4) != 0)
      || memcmp (head + 8, "WAVE", 4) != 0)
    return FALSE;
  while (fseeko (f, (off_t) at, SEEK_SET) == 0 && fread (head, 8, 1, f) == 1) {
    const guint32 size = GST_READ_UINT32_LE (head + 4);
    const gsize n = MIN (size, sizeof fmt);
    at += 8;
    if (memcmp (head, "data", 4) == 0) {
      pcm->offset = at;
      pcm->bytes = long_size;
      return size == G_MAXUINT32 && long_size > G_MAXUINT32;
    }
    if (memcmp (head, "ds64", 4) == 0 && (n < 16 || fread (fmt, n, 1, f) != 1))
      return FALSE;
    if (memcmp (head, "ds64", 4) == 0)
      long_size = GST_READ_UINT64_LE (fmt + 8);
    else if (memcmp (head, "fmt ", 4) == 0 && (n < 16 || fread (fmt, n, 1, f) != 1 || !take_wave_format (pcm, fmt, n)))
      return FALSE;
    at += (guint64) size + (size & 1);
  }
  return FALSE;
}

static gboolean
read_caf (FILE *f, GstMasterPcm *pcm)
{
  guint8 head[12], desc[32], layout[2048];
  gint64 at = 8;

  if (fseeko (f, 0, SEEK_SET) != 0 || fread (head, 8, 1, f) != 1 || memcmp (head, "caff", 4) != 0)
    return FALSE;
  while (fseeko (f, at, SEEK_SET) == 0 && fread (head, sizeof head, 1, f) == 1) {
    gint64 size = (gint64) GST_READ_UINT64_BE (head + 4);
    at += (gint64) sizeof head;
    if (memcmp (head, "data", 4) == 0) {
      if (size == -1 && fseeko (f, 0, SEEK_END) == 0)   /* to the end of the file */
        size = ftello (f) - at;
      pcm->offset = (guint64) at + 4;
      pcm->bytes = size >= 4 ? (guint64) size - 4 : 0;
      return TRUE;
    }
    if (size < 0 || size > G_MAXINT64 / 2)
      return FALSE;
    if (memcmp (head, "desc", 4) == 0) {
      if (fread (desc, sizeof desc, 1, f) != 1 || memcmp (desc + 8, "lpcm", 4) != 0 || GST_READ_UINT32_BE (desc + 20) != 1)
        return FALSE;
      const guint32 flags = GST_READ_UINT32_BE (desc + 12);
      if (!take_format (pcm, flags & 1 ? FLOAT : SIGNED, flags & 2 ? G_LITTLE_ENDIAN : G_BIG_ENDIAN, GST_READ_UINT32_BE (desc + 28), GST_READ_UINT32_BE (desc + 16),
              GST_READ_UINT32_BE (desc + 24), GST_READ_DOUBLE_BE (desc), 0))
        return FALSE;
    }
    const guint channels = (guint) GST_AUDIO_INFO_CHANNELS (&pcm->info);
    if (memcmp (head, "chan", 4) == 0 && channels > 2) {
      const gsize n = fread (layout, 1, (gsize) MIN (size, (gint64) sizeof layout), f);
      if (gst_master_chan_read (layout, n, channels, pcm->positions))
        take_positions (pcm);
    }
    at += size;
  }
  return FALSE;
}

gboolean
gst_master_pcm_read (const gchar *path, GstMasterPcm *pcm)
{
  FILE *f = g_fopen (path, "rb");

  gst_audio_info_init (&pcm->info);
  const gboolean is = f != NULL && (read_w64 (f, pcm) || read_rf64 (f, pcm) || read_caf (f, pcm)) && GST_AUDIO_INFO_IS_VALID (&pcm->info);
  if (f != NULL)
    fclose (f);
  if (is)
    pcm->bytes -= pcm->bytes % (guint64) GST_AUDIO_INFO_BPF (&pcm->info);
  return is;
}

static void
close_fd (gpointer fd)
{
  close (GPOINTER_TO_INT (fd));
}

GstElement *
gst_master_pcm_make_bin (const gchar *path)
{
  GstMasterPcm pcm;

  if (!gst_master_pcm_read (path, &pcm))
    return NULL;
  const int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0 || lseek (fd, (off_t) pcm.offset, SEEK_SET) < 0) {
    if (fd >= 0)
      close (fd);
    return NULL;
  }
  GstElement *bin = gst_parse_bin_from_description ("fdsrc name=from blocksize=262144 ! capsfilter name=caps ! rawaudioparse name=parse "
      "use-sink-caps=true", TRUE, NULL);
  GstElement *from = gst_bin_get_by_name (GST_BIN (bin), "from"), *filter = gst_bin_get_by_name (GST_BIN (bin), "caps");
  GstElement *parse = gst_bin_get_by_name (GST_BIN (bin), "parse");
  GstPad *src = gst_element_get_static_pad (parse, "src");
  GstCaps *caps = gst_audio_info_to_caps (&pcm.info);
  const guint64 frames = pcm.bytes / (guint64) GST_AUDIO_INFO_BPF (&pcm.info);

  g_object_set (from, "fd", fd, NULL);
  g_object_set_data_full (G_OBJECT (bin), "fd", GINT_TO_POINTER (fd), close_fd);
  g_object_set (filter, "caps", caps, NULL);
  if (GST_AUDIO_INFO_CHANNELS (&pcm.info) > 2 && !GST_AUDIO_INFO_IS_UNPOSITIONED (&pcm.info))
    gst_master_layout_sort (src, (guint) GST_AUDIO_INFO_CHANNELS (&pcm.info), pcm.positions);
  gst_master_hold_length (parse, frames);
  gst_master_tell_length (src, frames, GST_AUDIO_INFO_RATE (&pcm.info));
  gst_caps_unref (caps);
  gst_object_unref (src);
  gst_object_unref (parse);
  gst_object_unref (filter);
  gst_object_unref (from);
  return bin;
}
