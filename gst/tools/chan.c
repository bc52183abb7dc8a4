/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "chan.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#define MAX_CHANNELS 64
#define USE_DESCRIPTIONS 0u
#define USE_BITMAP 0x10000u
#define DESCRIPTION_BYTES 20

/* kAudioChannelLabel_* */
typedef enum { L = 1, R, C, LFE, LS, RS, LC, RC, CS, LSD, RSD, TS, VHL, VHC, VHR, TBL, TBC, TBR, RLS = 33, RRS, LW, RW, LFE2 } Label;

/* kAudioChannelLayoutTag_*: the number in its upper half, the lower one is that of the channels */
static const struct
{
  guint16 tag;
  guint8 labels[8];
} layouts[] = {
  { 108, { L, R, LS, RS } }, { 109, { L, R, LS, RS, C } }, { 110, { L, R, LS, RS, C, CS } }, { 113, { L, R, C } }, { 114, { C, L, R } },
  { 115, { L, R, C, CS } }, { 116, { C, L, R, CS } }, { 117, { L, R, C, LS, RS } }, { 118, { L, R, LS, RS, C } }, { 119, { L, C, R, LS, RS } },
  { 120, { C, L, R, LS, RS } }, { 121, { L, R, C, LFE, LS, RS } }, { 122, { L, R, LS, RS, C, LFE } }, { 123, { L, C, R, LS, RS, LFE } },
  { 124, { C, L, R, LS, RS, LFE } }, { 125, { L, R, C, LFE, LS, RS, CS } }, { 126, { L, R, C, LFE, LS, RS, LC, RC } },
  { 127, { C, LC, RC, L, R, LS, RS, LFE } }, { 128, { L, R, C, LFE, LS, RS, RLS, RRS } }, { 129, { L, R, LS, RS, C, LFE, LC, RC } },
  { 131, { L, R, CS } }, { 132, { L, R, LS, RS } }, { 133, { L, R, LFE } }, { 134, { L, R, LFE, CS } }, { 135, { L, R, LFE, LS, RS } },
  { 136, { L, R, C, LFE } }, { 137, { L, R, C, LFE, CS } }, { 138, { L, R, LS, RS, LFE } }, { 139, { L, R, LS, RS, C, CS } },
  { 140, { L, R, LS, RS, C, RLS, RRS } }, { 141, { C, L, R, LS, RS, CS } }, { 142, { C, L, R, LS, RS, CS, LFE } },
  { 143, { C, L, R, LS, RS, RLS, RRS } }, { 144, { C, L, R, LS, RS, RLS, RRS, CS } }, { 148, { L, R, LS, RS, C, LC, RC } },
  { 185, { L, R, RLS, RRS } }, { 186, { L, R, C, RLS, RRS } }, { 187, { L, R, C, LFE, RLS, RRS } }, { 188, { L, R, C, LFE, CS, LS, RS } },
  { 189, { L, R, C, LFE, RLS, RRS, LS, RS } },
};

static gboolean
name_positions (const guint *labels, guint n, GstAudioChannelPosition *positions)
{
#define AT(label, position) [label] = GST_AUDIO_CHANNEL_POSITION_ ## position + 1
  static const guint8 names[] = { AT (L, FRONT_LEFT), AT (R, FRONT_RIGHT), AT (C, FRONT_CENTER), AT (LFE, LFE1), AT (LS, REAR_LEFT), AT (RS, REAR_RIGHT),
    AT (LC, FRONT_LEFT_OF_CENTER), AT (RC, FRONT_RIGHT_OF_CENTER), AT (CS, REAR_CENTER), AT (LSD, SIDE_LEFT), AT (RSD, SIDE_RIGHT), AT (TS, TOP_CENTER),
    AT (VHL, TOP_FRONT_LEFT), AT (VHC, TOP_FRONT_CENTER), AT (VHR, TOP_FRONT_RIGHT), AT (TBL, TOP_REAR_LEFT), AT (TBC, TOP_REAR_CENTER),
    AT (TBR, TOP_REAR_RIGHT), AT (RLS, REAR_LEFT), AT (RRS, REAR_RIGHT), AT (LW, WIDE_LEFT), AT (RW, WIDE_RIGHT), AT (LFE2, LFE2)
  };
#undef AT
  gboolean has_rear = FALSE;
  guint64 mask;

  for (guint i = 0; i < n; i++)
    has_rear = has_rear || labels[i] == RLS || labels[i] == RRS;
  for (guint i = 0; i < n; i++) {
    const guint label = !has_rear ? labels[i] : labels[i] == LS ? LSD : labels[i] == RS ? RSD : labels[i];
    if (label >= G_N_ELEMENTS (names) || names[label] == 0)
      return FALSE;
    positions[i] = (GstAudioChannelPosition) (names[label] - 1);
  }
  return gst_audio_channel_positions_to_mask (positions, (gint) n, FALSE, &mask);        /* none twice */
}

gboolean
gst_master_chan_read (const guint8 *chunk, gsize size, guint n_channels, GstAudioChannelPosition *positions)
{
  guint labels[MAX_CHANNELS] = { 0 }, n = 0;

  if (size < GST_MASTER_CHAN_BYTES || n_channels > MAX_CHANNELS)
    return FALSE;
  const guint32 tag = GST_READ_UINT32_BE (chunk), bitmap = GST_READ_UINT32_BE (chunk + 4);
  if (tag == USE_BITMAP) {
    for (guint bit = 0; bit < TBR; bit++)
      if (bitmap >> bit & 1)
        labels[n++] = bit + 1;
  } else if (tag == USE_DESCRIPTIONS) {
    n = GST_READ_UINT32_BE (chunk + 8);
    if (n > MAX_CHANNELS || size < GST_MASTER_CHAN_BYTES + (gsize) n * DESCRIPTION_BYTES)
      return FALSE;
    for (guint i = 0; i < n; i++)
      labels[i] = GST_READ_UINT32_BE (chunk + GST_MASTER_CHAN_BYTES + i * DESCRIPTION_BYTES);
  } else {
    for (guint k = 0; k < G_N_ELEMENTS (layouts); k++)
      for (guint i = 0; i < 8 && layouts[k].tag == tag >> 16 && layouts[k].labels[i] != 0; i++)
        labels[n++] = layouts[k].labels[i];
  }
  return n == n_channels && n > 0 && name_positions (labels, n, positions);
}

void
gst_master_chan_write (guint32 mask, guint8 chunk[GST_MASTER_CHAN_BYTES])
{
  GST_WRITE_UINT32_BE (chunk, USE_BITMAP);
  GST_WRITE_UINT32_BE (chunk + 4, mask);
  GST_WRITE_UINT32_BE (chunk + 8, 0);
}

gboolean
gst_master_chan_read_aiff (const gchar *path, guint *n_channels, GstAudioChannelPosition *positions)
{
  guint8 head[12], data[GST_MASTER_CHAN_BYTES + MAX_CHANNELS * DESCRIPTION_BYTES];
  FILE *f = g_fopen (path, "rb");
  gsize n_data = 0;

  *n_channels = 0;
  if (f != NULL && fread (head, sizeof head, 1, f) == 1 && memcmp (head, "FORM", 4) == 0) {
    for (gint64 at = sizeof head; fseeko (f, at, SEEK_SET) == 0 && fread (head, 8, 1, f) == 1;) {
      const guint32 size = GST_READ_UINT32_BE (head + 4);
      at += 8 + (gint64) size + (size & 1);
      if (memcmp (head, "COMM", 4) == 0 && fread (head, 2, 1, f) == 1)
        *n_channels = GST_READ_UINT16_BE (head);
      else if (memcmp (head, "CHAN", 4) == 0)
        n_data = fread (data, 1, MIN (size, sizeof data), f);
    }
  }
  if (f != NULL)
    fclose (f);
  return gst_master_chan_read (data, n_data, *n_channels, positions);
}
