/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layout.h"

#include <gst/audio/audio.h>
#include <stdio.h>
#include <string.h>

#define FORMAT_AT 20
#define MASK_AT 40

guint32
gst_master_layout_wav_mask (guint64 mask)
{
#define AT(position, bit) [GST_AUDIO_CHANNEL_POSITION_ ## position] = 1u << (bit)
  static const guint32 wav[] = { AT (FRONT_LEFT, 0), AT (FRONT_RIGHT, 1), AT (FRONT_CENTER, 2), AT (LFE1, 3), AT (REAR_LEFT, 4), AT (REAR_RIGHT, 5),
    AT (FRONT_LEFT_OF_CENTER, 6), AT (FRONT_RIGHT_OF_CENTER, 7), AT (REAR_CENTER, 8), AT (SIDE_LEFT, 9), AT (SIDE_RIGHT, 10), AT (TOP_CENTER, 11),
    AT (TOP_FRONT_LEFT, 12), AT (TOP_FRONT_CENTER, 13), AT (TOP_FRONT_RIGHT, 14), AT (TOP_REAR_LEFT, 15), AT (TOP_REAR_CENTER, 16),
    AT (TOP_REAR_RIGHT, 17)
  };
#undef AT
  guint32 all = 0;

  for (guint i = 0; i < 64; i++) {
    if ((mask >> i & 1) == 0)
      continue;
    if (i >= G_N_ELEMENTS (wav) || wav[i] <= all)
      return 0;
    all |= wav[i];
  }
  return all;
}

gboolean
gst_master_layout_for_flac (guint n_channels, guint64 mask, guint64 *flac)
{
#define AT(position) ((guint64) 1 << GST_AUDIO_CHANNEL_POSITION_ ## position)
  static const guint64 front = AT (FRONT_LEFT) | AT (FRONT_RIGHT), rear = AT (REAR_LEFT) | AT (REAR_RIGHT), side = AT (SIDE_LEFT) | AT (SIDE_RIGHT);
  static const guint64 five = front | AT (FRONT_CENTER) | AT (LFE1);
  /* as FLAC has them (RFC 9639, 9.1.3), and what flacenc takes them for */
  const guint64 named[] = { 0, 0, front, front | AT (FRONT_CENTER), front | rear, front | AT (FRONT_CENTER) | rear, five | rear,
    five | AT (REAR_CENTER) | side, five | rear | side };
  const guint64 taken[] = { 0, 0, named[2], named[3], named[4], named[5], named[6], five | rear | AT (REAR_CENTER), named[8] };
#undef AT

  if (n_channels >= G_N_ELEMENTS (named))
    return FALSE;
  *flac = taken[n_channels];
  return n_channels <= 2 || mask == 0 || mask == named[n_channels] || (n_channels <= 6 && (mask & side) == side && (mask & ~side) == (named[n_channels] & ~rear));
}

/* flacenc of GStreamer 1.22 writes the fifth and sixth of seven and eight channels before the third and fourth. */
static GstPadProbeReturn
swap_pairs (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  GstCaps *caps = gst_pad_get_current_caps (pad);
  GstAudioInfo info;
  GstMapInfo map;
  const gboolean is_wide = caps != NULL && gst_audio_info_from_caps (&info, caps) && GST_AUDIO_INFO_CHANNELS (&info) > 6;

  gst_clear_caps (&caps);
  if (!is_wide)
    return GST_PAD_PROBE_OK;
  const gsize pair = 2 * (gsize) GST_AUDIO_INFO_BPF (&info) / (gsize) GST_AUDIO_INFO_CHANNELS (&info), bpf = (gsize) GST_AUDIO_INFO_BPF (&info);
  buffer = gst_buffer_make_writable (buffer);
  GST_PAD_PROBE_INFO_DATA (probe) = buffer;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READWRITE))
    return GST_PAD_PROBE_OK;
  for (gsize at = 0; at + bpf <= map.size; at += bpf) {
    guint8 third[2 * sizeof (gdouble)];
    memcpy (third, map.data + at + pair, pair);
    memcpy (map.data + at + pair, map.data + at + 2 * pair, pair);
    memcpy (map.data + at + 2 * pair, third, pair);
  }
  gst_buffer_unmap (buffer, &map);
  return GST_PAD_PROBE_OK;
}

void
gst_master_layout_feed_flac (GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, swap_pairs, NULL, NULL);
}

gboolean
gst_master_layout_write_wav (const gchar *path, guint32 mask)
{
  static const guint8 extensible[] = { 0xfe, 0xff }, empty[4];
  const guint32 bytes = GUINT32_TO_LE (mask);
  guint8 head[MASK_AT + 4];
  FILE *f = fopen (path, "r+b");
  gboolean ok = f != NULL && fread (head, sizeof head, 1, f) == 1;

  if (ok && memcmp (head, "RIFF", 4) == 0 && memcmp (head + 12, "fmt ", 4) == 0 && memcmp (head + FORMAT_AT, extensible, 2) == 0
      && memcmp (head + MASK_AT, empty, 4) == 0)
    ok = fseek (f, MASK_AT, SEEK_SET) == 0 && fwrite (&bytes, sizeof bytes, 1, f) == 1;
  return f != NULL && fclose (f) == 0 && ok;
}
