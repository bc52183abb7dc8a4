/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layout.h"

#include <stdio.h>
#include <string.h>

#include "chan.h"
#include "id3chunk.h"
#include "moov.h"

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

#define AT(position) ((guint64) 1 << GST_AUDIO_CHANNEL_POSITION_ ## position)
#define FRONT (AT (FRONT_LEFT) | AT (FRONT_RIGHT))
#define REAR (AT (REAR_LEFT) | AT (REAR_RIGHT))
#define SIDE (AT (SIDE_LEFT) | AT (SIDE_RIGHT))
#define THREE (FRONT | AT (FRONT_CENTER))
#define QUAD (FRONT | REAR)
#define FOUR (THREE | AT (REAR_CENTER))
#define FIVE (THREE | REAR)
#define FIVE_ONE (FIVE | AT (LFE1))
#define SIX_ONE_SIDE (THREE | AT (LFE1) | AT (REAR_CENTER) | SIDE)
#define SIX_ONE_REAR (FIVE_ONE | AT (REAR_CENTER))
#define SEVEN_ONE (FIVE_ONE | SIDE)
#define SEVEN_ONE_WIDE (FIVE_ONE | AT (FRONT_LEFT_OF_CENTER) | AT (FRONT_RIGHT_OF_CENTER))

guint64
gst_master_layout_by_convention (guint n_channels)
{
  static const guint64 masks[] = { 0, 0, 0, THREE, QUAD, FIVE, FIVE_ONE, SIX_ONE_SIDE, SEVEN_ONE };
  return n_channels < G_N_ELEMENTS (masks) ? masks[n_channels] : 0;
}

/* What formats have a name for: FLAC RFC 9639, 9.1.3; ALAC ALACMagicCookieDescription.txt; Opus and Vorbis RFC 7845, 5.1.1.2. @taken: what the
 * encoder's caps call it, if not the same. @order, if not the plain one: which channel it has to be given at each place, for flacenc and opusenc
 * of GStreamer 1.22 take some of them one for another. */
static const struct
{
  const gchar *encoder;
  guint64 named, taken;
  guint8 order[8];
} layouts[] = {
  { "flacenc", THREE, 0, { 0 } }, { "flacenc", QUAD, 0, { 0 } }, { "flacenc", FIVE, 0, { 0 } }, { "flacenc", FIVE_ONE, 0, { 0 } },
  { "flacenc", SIX_ONE_SIDE, SIX_ONE_REAR, { 0, 1, 4, 5, 2, 3, 6 } }, { "flacenc", SEVEN_ONE, 0, { 0, 1, 4, 5, 2, 3, 6, 7 } },
  { "avenc_alac", THREE, 0, { 0 } }, { "avenc_alac", FOUR, 0, { 0 } }, { "avenc_alac", FIVE, 0, { 0 } }, { "avenc_alac", FIVE_ONE, 0, { 0 } },
  { "avenc_alac", SIX_ONE_REAR, 0, { 0 } }, { "avenc_alac", SEVEN_ONE_WIDE, 0, { 0 } },
  { "opusenc", THREE, 0, { 0 } }, { "opusenc", QUAD, 0, { 0 } }, { "opusenc", FIVE, 0, { 0, 1, 4, 2, 3 } }, { "opusenc", FIVE_ONE, 0, { 0 } },
  { "opusenc", SIX_ONE_SIDE, 0, { 0, 1, 4, 3, 5, 2, 6 } }, { "opusenc", SEVEN_ONE, 0, { 0, 1, 6, 7, 2, 3, 4, 5 } },
  { "vorbisenc", THREE, 0, { 0 } }, { "vorbisenc", QUAD, 0, { 0 } }, { "vorbisenc", FIVE, 0, { 0 } }, { "vorbisenc", FIVE_ONE, 0, { 0 } },
  { "vorbisenc", SIX_ONE_SIDE, 0, { 0 } }, { "vorbisenc", SEVEN_ONE, 0, { 0 } },
  { "avenc_aac", THREE, 0, { 0 } }, { "avenc_aac", FOUR, 0, { 0 } }, { "avenc_aac", FIVE, 0, { 0 } }, { "avenc_aac", FIVE_ONE, 0, { 0 } },
};

/* @mask with its surrounds behind instead of at the side or the other way round, if it has one pair of them. */
static guint64
turned (guint64 mask)
{
  const gboolean has_rear = (mask & REAR) == REAR, has_side = (mask & SIDE) == SIDE;
  return has_rear == has_side ? mask : has_rear ? (mask & ~REAR) | SIDE : (mask & ~SIDE) | REAR;
}

/* -1: it is for all; -2: it has none. */
static gint
find_layout (const gchar *encode, guint n_channels, guint64 mask)
{
  gint found = -1;

  if (n_channels <= 2)
    return -1;
  if (mask == 0)
    mask = gst_master_layout_by_convention (n_channels);
  for (guint i = 0; i < G_N_ELEMENTS (layouts) && found < 0; i++)
    if (strstr (encode, layouts[i].encoder) != NULL)
      found = layouts[i].named == mask || layouts[i].named == turned (mask) ? (gint) i : -2;
  return found;
}

gboolean
gst_master_layout_for (const gchar *encode, guint n_channels, guint64 mask, guint64 *taken)
{
  const gint i = find_layout (encode, n_channels, mask);

  *taken = i < 0 ? mask : layouts[i].taken != 0 ? layouts[i].taken : layouts[i].named;
  return i != -2;
}

typedef struct
{
  const gchar *encode;          /* by which @order is found out, or NULL */
  gboolean is_sorted;           /* already: nothing to do */
  guint n_channels;
  guint8 order[64];             /* what comes at each place */
} Order;

static void
compose (Order *order, guint n, const GstAudioChannelPosition *positions, const guint8 *places)
{
  GstAudioChannelPosition sorted[64];

  memcpy (sorted, positions, n * sizeof *sorted);
  order->n_channels = n;
  order->is_sorted = TRUE;
  if (!gst_audio_channel_positions_to_valid_order (sorted, (gint) n))
    return;
  for (guint i = 0; i < n; i++) {
    const GstAudioChannelPosition wanted = sorted[places != NULL && places[1] != 0 ? places[i] : i];
    for (guint k = 0; k < n; k++)
      if (positions[k] == wanted)
        order->order[i] = (guint8) k;
    order->is_sorted = order->is_sorted && order->order[i] == i;
  }
}

/* For an encoder whose input has caps @info. */
static void
order_for (Order *order, const GstAudioInfo *info)
{
  const guint n = (guint) GST_AUDIO_INFO_CHANNELS (info);
  GstAudioChannelPosition positions[64];
  guint64 mask = 0;

  order->is_sorted = TRUE;
  if (n <= 2 || n > G_N_ELEMENTS (positions))
    return;
  if (GST_AUDIO_INFO_IS_UNPOSITIONED (info) || !gst_audio_channel_positions_to_mask (info->position, (gint) n, FALSE, &mask))
    mask = gst_master_layout_by_convention (n);
  const gint i = find_layout (order->encode, n, mask);
  if (i < 0 || !gst_audio_channel_positions_from_mask ((gint) n, mask, positions))
    return;
  for (guint k = 0; k < n && layouts[i].named != mask; k++) {
    static const struct
    {
      GstAudioChannelPosition side, rear;
    } pairs[] = { { GST_AUDIO_CHANNEL_POSITION_SIDE_LEFT, GST_AUDIO_CHANNEL_POSITION_REAR_LEFT },
      { GST_AUDIO_CHANNEL_POSITION_SIDE_RIGHT, GST_AUDIO_CHANNEL_POSITION_REAR_RIGHT } };
    for (guint p = 0; p < G_N_ELEMENTS (pairs); p++)
      if (positions[k] == pairs[p].side || positions[k] == pairs[p].rear) {
        positions[k] = positions[k] == pairs[p].side ? pairs[p].rear : pairs[p].side;
        break;
      }
  }
  compose (order, n, positions, layouts[i].order);
}

static GstPadProbeReturn
reorder (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Order *order = user_data;
  GstAudioInfo info;
  GstMapInfo map;

  if (probe->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    GstEvent *event = GST_PAD_PROBE_INFO_EVENT (probe);
    GstCaps *caps;
    if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
      return GST_PAD_PROBE_OK;
    gst_event_parse_caps (event, &caps);
    if (order->encode != NULL && gst_audio_info_from_caps (&info, caps))
      order_for (order, &info);
    return GST_PAD_PROBE_OK;
  }
  GstCaps *caps = gst_pad_get_current_caps (pad);
  const gboolean is_known = caps != NULL && gst_audio_info_from_caps (&info, caps);
  gst_clear_caps (&caps);
  if (order->is_sorted || !is_known || (guint) GST_AUDIO_INFO_CHANNELS (&info) != order->n_channels)
    return GST_PAD_PROBE_OK;
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (probe));
  const gsize bpf = (gsize) GST_AUDIO_INFO_BPF (&info), one = bpf / order->n_channels;
  GST_PAD_PROBE_INFO_DATA (probe) = buffer;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READWRITE))
    return GST_PAD_PROBE_OK;
  for (gsize at = 0; at + bpf <= map.size; at += bpf) {
    guint8 frame[64 * sizeof (gdouble)];
    memcpy (frame, map.data + at, bpf);
    for (guint i = 0; i < order->n_channels; i++)
      memcpy (map.data + at + i * one, frame + order->order[i] * one, one);
  }
  gst_buffer_unmap (buffer, &map);
  return GST_PAD_PROBE_OK;
}

void
gst_master_layout_sort (GstPad *pad, guint n_channels, const GstAudioChannelPosition *positions)
{
  Order *order = g_new0 (Order, 1);

  compose (order, n_channels, positions, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, reorder, order, g_free);
}

/* avenc_alac and mp4mux of GStreamer 1.22 say that they take two channels and no more, and look no further than at their number in the caps. */
static GstPadProbeReturn
call_stereo (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  gint channels;

  if (probe->type & GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM) {
    GstQuery *query = GST_PAD_PROBE_INFO_QUERY (probe);
    if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS)
      return GST_PAD_PROBE_OK;
    GstCaps *any = gst_caps_new_empty_simple ("audio/x-alac");
    gst_query_set_caps_result (query, any);
    gst_caps_unref (any);
    return GST_PAD_PROBE_HANDLED;
  }
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (probe);
  GstCaps *caps;
  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  if (!gst_structure_get_int (gst_caps_get_structure (caps, 0), "channels", &channels) || channels <= 2)
    return GST_PAD_PROBE_OK;
  caps = gst_caps_copy (caps);
  gst_caps_set_simple (caps, "channels", G_TYPE_INT, 2, NULL);
  GST_PAD_PROBE_INFO_DATA (probe) = gst_event_new_caps (caps);
  gst_caps_unref (caps);
  gst_event_unref (event);
  return GST_PAD_PROBE_OK;
}

void
gst_master_layout_feed (GstElement *output, const gchar *encode)
{
  GstPad *pad = gst_element_get_static_pad (output, "sink");
  GstElement *alac = gst_bin_get_by_name (GST_BIN (output), "alac");
  Order *order = g_new0 (Order, 1);

  order->encode = encode;
  order->is_sorted = TRUE;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, reorder, order, g_free);
  gst_object_unref (pad);
  if (alac == NULL)
    return;
  pad = gst_element_get_static_pad (alac, "src");
  GstCaps *any = gst_caps_new_empty_simple ("audio/x-alac");
  GstPadTemplate *template = gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, any);
  g_object_set (pad, "template", template, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, call_stereo, NULL, NULL);
  gst_object_unref (template);
  gst_caps_unref (any);
  gst_object_unref (pad);
  gst_object_unref (alac);
}

static gboolean
write_wav (const gchar *path, guint32 mask)
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

static gboolean
write_aiff (const gchar *path, guint32 mask)
{
  guint8 chunk[GST_MASTER_CHAN_BYTES];
  GByteArray bytes = { chunk, sizeof chunk };

  gst_master_chan_write (mask, chunk);
  return gst_master_chunk_append (path, "CHAN", &bytes);
}

/* How many there are in the description of the samples, and the name of the layout behind the decoder's configuration (there is one for each number). */
static gboolean
write_alac (const gchar *path, guint n_channels)
{
  static const GstMasterMoovStep steps[] = { { "trak", 8 }, { "mdia", 8 }, { "minf", 8 }, { "stbl", 8 }, { "stsd", 16 }, { "alac", 36 }, { "alac", 8 } };
  static const guint32 tags[] = { 100, 101, 114, 116, 120, 124, 142, 127 };
  enum { ENTRY = 5, COUNT_AT = 24 };
  guint at[G_N_ELEMENTS (steps)];
  guint8 info[24] = { 0, 0, 0, sizeof info, 'c', 'h', 'a', 'n' };
  GByteArray bytes = { info, sizeof info };
  GstMasterMoov *moov = gst_master_moov_open (path);

  GST_WRITE_UINT32_BE (info + 12, tags[n_channels - 1] << 16 | n_channels);
  const gboolean is_found = moov != NULL && gst_master_moov_insert (moov, steps, G_N_ELEMENTS (steps), &bytes, at);
  if (is_found)
    GST_WRITE_UINT16_BE (moov->bytes->data + at[ENTRY] + COUNT_AT, n_channels);
  return gst_master_moov_close (moov, is_found) && is_found;
}

gboolean
gst_master_layout_write (const gchar *path, const gchar *encode, guint n_channels, guint64 mask)
{
  const guint32 wav = gst_master_layout_wav_mask (mask);

  if (n_channels <= 2)
    return TRUE;
  if (strstr (encode, "wavenc") != NULL)
    return wav == 0 || write_wav (path, wav);
  if (strstr (encode, "aiffmux") != NULL)
    return wav == 0 || write_aiff (path, wav);
  return strstr (encode, "avenc_alac") == NULL || n_channels > 8 || write_alac (path, n_channels);
}
