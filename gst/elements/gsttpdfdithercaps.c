/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsttpdfdithercaps.h"

#define IN_FORMATS \
  GST_AUDIO_NE (F32) ", " GST_AUDIO_NE (F64) ", " GST_AUDIO_NE (S32) ", " GST_AUDIO_NE (S24_32)
/* in this order of preference where nothing else decides */
#define OUT_FORMATS \
  GST_AUDIO_NE (S24) ", " GST_AUDIO_NE (S24_32) ", " GST_AUDIO_NE (S32) ", " GST_AUDIO_NE (F32) ", " \
  GST_AUDIO_NE (F64) ", " GST_AUDIO_NE (S16) ", S8, U8"
#define CAPS(formats) \
  "audio/x-raw, format = (string) { " formats " }, layout = (string) { interleaved, non-interleaved }, " \
  "rate = (int) [ 8000, 384000 ], channels = (int) [ 1, 64 ]"

GstCaps *
gst_dither_caps_in (void)
{
  return gst_caps_from_string (CAPS (IN_FORMATS));
}

GstCaps *
gst_dither_caps_out (void)
{
  return gst_caps_from_string (CAPS (OUT_FORMATS));
}

guint
gst_dither_format_bits (GstAudioFormat format)
{
  const GstAudioFormatInfo *info = gst_audio_format_get_info (format);
  if (GST_AUDIO_FORMAT_INFO_IS_FLOAT (info))
    return format == GST_AUDIO_FORMAT_F32 ? 24 : 32;
  return (guint) GST_AUDIO_FORMAT_INFO_DEPTH (info);
}

GstCaps *
gst_dither_caps_transform (GstCaps *caps, gboolean to_output)
{
  GstCaps *other = gst_caps_new_empty ();
  GstCaps *formats = to_output ? gst_dither_caps_out () : gst_dither_caps_in ();
  const GValue *all = gst_structure_get_value (gst_caps_get_structure (formats, 0), "format");
  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    GstStructure *s = gst_structure_copy (gst_caps_get_structure (caps, i));
    gst_structure_set_value (s, "format", all);
    other = gst_caps_merge_structure (other, s);        /* leaves out what is there already */
  }
  gst_caps_unref (formats);
  return other;
}

/* Lower is better. */
static guint
cost (GstAudioFormat format, guint bits)
{
  const gboolean is_float = GST_AUDIO_FORMAT_INFO_IS_FLOAT (gst_audio_format_get_info (format));
  const gboolean is_unsigned = format == GST_AUDIO_FORMAT_U8, is_padded = format == GST_AUDIO_FORMAT_S24_32;
  const guint holds = gst_dither_format_bits (format), wanted = bits ? bits : 24;
  const guint detail = (is_float ? 16 : 0) + is_padded + is_unsigned;
  if (holds >= wanted)
    return (holds - wanted) * 32 + detail;
  return (1 + wanted - holds) * 4096 + detail;
}

static void
find_best (const GValue *value, guint bits, GstAudioFormat *best)
{
  if (GST_VALUE_HOLDS_LIST (value)) {
    for (guint i = 0; i < gst_value_list_get_size (value); i++)
      find_best (gst_value_list_get_value (value, i), bits, best);
    return;
  }
  const GstAudioFormat format = gst_audio_format_from_string (g_value_get_string (value));
  if (format != GST_AUDIO_FORMAT_UNKNOWN && (*best == GST_AUDIO_FORMAT_UNKNOWN || cost (format, bits) < cost (*best, bits)))
    *best = format;
}

GstCaps *
gst_dither_caps_fixate (GstCaps *caps, guint bits, gboolean is_output)
{
  GstAudioFormat best = GST_AUDIO_FORMAT_UNKNOWN;
  guint at = 0;

  if (gst_caps_is_empty (caps) || gst_caps_is_any (caps))
    return gst_caps_fixate (caps);
  for (guint i = 0; is_output && i < gst_caps_get_size (caps); i++) {
    const GstAudioFormat before = best;
    const GValue *formats = gst_structure_get_value (gst_caps_get_structure (caps, i), "format");
    if (formats)
      find_best (formats, bits, &best);
    if (best != before)
      at = i;
  }
  GstCaps *chosen = gst_caps_copy_nth (caps, at);
  gst_caps_unref (caps);
  if (best != GST_AUDIO_FORMAT_UNKNOWN)
    gst_caps_set_simple (chosen, "format", G_TYPE_STRING, gst_audio_format_to_string (best), NULL);
  return gst_caps_fixate (chosen);
}
