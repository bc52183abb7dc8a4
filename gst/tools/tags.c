/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tags.h"

static const gchar *const gain_tags[] = { GST_TAG_TRACK_GAIN, GST_TAG_TRACK_PEAK, GST_TAG_ALBUM_GAIN, GST_TAG_ALBUM_PEAK,
  GST_TAG_REFERENCE_LEVEL, "r128-track-gain", "r128-album-gain"
};

static gboolean
is_gain_comment (const gchar *comment)
{
  return g_ascii_strncasecmp (comment, "R128_", 5) == 0 || g_ascii_strncasecmp (comment, "REPLAYGAIN_", 11) == 0
      || g_ascii_strncasecmp (comment, "iTunNORM", 8) == 0;
}

GstTagList *
gst_master_tags_without_gain (const GstTagList *tags)
{
  GstTagList *list = gst_tag_list_copy (tags);
  const guint n_comments = gst_tag_list_get_tag_size (tags, GST_TAG_EXTENDED_COMMENT);

  for (guint i = 0; i < G_N_ELEMENTS (gain_tags); i++)
    gst_tag_list_remove_tag (list, gain_tags[i]);
  gst_tag_list_remove_tag (list, GST_TAG_EXTENDED_COMMENT);
  for (guint i = 0; i < n_comments; i++) {
    const gchar *comment;
    if (gst_tag_list_peek_string_index (tags, GST_TAG_EXTENDED_COMMENT, i, &comment) && !is_gain_comment (comment))
      gst_tag_list_add (list, GST_TAG_MERGE_APPEND, GST_TAG_EXTENDED_COMMENT, comment, NULL);
  }
  return list;
}

static GstPadProbeReturn
strip (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  GstTagList *tags;

  if (GST_EVENT_TYPE (event) == GST_EVENT_TAG) {
    gst_event_parse_tag (event, &tags);
    GstEvent *stripped = gst_event_new_tag (gst_master_tags_without_gain (tags));
    gst_event_set_seqnum (stripped, gst_event_get_seqnum (event));
    gst_event_unref (event);
    GST_PAD_PROBE_INFO_DATA (info) = stripped;
  }
  return GST_PAD_PROBE_OK;
}

void
gst_master_tags_strip_gain (GstElement *element)
{
  GstPad *pad = gst_element_get_static_pad (element, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, strip, NULL, NULL);
  gst_object_unref (pad);
}
