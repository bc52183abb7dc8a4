/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tags.h"

static const gchar *const other_tags[] = { GST_TAG_TRACK_GAIN, GST_TAG_TRACK_PEAK, GST_TAG_ALBUM_GAIN, GST_TAG_ALBUM_PEAK,
  GST_TAG_REFERENCE_LEVEL, "r128-track-gain", "r128-album-gain", GST_TAG_CODEC, GST_TAG_AUDIO_CODEC, GST_TAG_VIDEO_CODEC, GST_TAG_CONTAINER_FORMAT,
  GST_TAG_BITRATE, GST_TAG_NOMINAL_BITRATE, GST_TAG_MINIMUM_BITRATE, GST_TAG_MAXIMUM_BITRATE, GST_TAG_ENCODER,
  GST_TAG_ENCODER_VERSION, "has-crc", "channel-mode"
};

static gboolean
is_gain_comment (const gchar *comment)
{
  return g_ascii_strncasecmp (comment, "R128_", 5) == 0 || g_ascii_strncasecmp (comment, "REPLAYGAIN_", 11) == 0
      || g_ascii_strncasecmp (comment, "iTunNORM", 8) == 0;
}

GstTagList *
gst_master_tags_to_keep (const GstTagList *tags)
{
  if (tags == NULL)
    return gst_tag_list_new_empty ();
  GstTagList *list = gst_tag_list_copy (tags);
  const guint n_comments = gst_tag_list_get_tag_size (tags, GST_TAG_EXTENDED_COMMENT);

  for (guint i = 0; i < G_N_ELEMENTS (other_tags); i++)
    gst_tag_list_remove_tag (list, other_tags[i]);
  gst_tag_list_remove_tag (list, GST_TAG_EXTENDED_COMMENT);
  for (guint i = 0; i < n_comments; i++) {
    const gchar *comment;
    if (gst_tag_list_peek_string_index (tags, GST_TAG_EXTENDED_COMMENT, i, &comment) && !is_gain_comment (comment))
      gst_tag_list_add (list, GST_TAG_MERGE_APPEND, GST_TAG_EXTENDED_COMMENT, comment, NULL);
  }
  return list;
}

static GstPadProbeReturn
drop_tags (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_TAG ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static void
set (const GValue *item, gpointer tags)
{
  gst_tag_setter_merge_tags (GST_TAG_SETTER (g_value_get_object (item)), tags, GST_TAG_MERGE_REPLACE);
}

void
gst_master_tags_set (GstElement *output, const GstTagList *tags)
{
  GstPad *pad = gst_element_get_static_pad (output, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, drop_tags, NULL, NULL);
  gst_object_unref (pad);
  if (tags == NULL)
    return;
  /* Encoder or muxer, whichever writes the header */
  GstIterator *setters = gst_bin_iterate_all_by_interface (GST_BIN (output), GST_TYPE_TAG_SETTER);
  gst_iterator_foreach (setters, set, (gpointer) tags);
  gst_iterator_free (setters);
}
