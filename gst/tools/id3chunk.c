/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "id3chunk.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "errors.h"

#define AUDIO_BYTES 4           /* that the muxer is given to have something to put a tag before */

static void
collect (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer user_data)
{
  GstMapInfo map;

  if (gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    g_byte_array_append (user_data, map.data, (guint) map.size);
    gst_buffer_unmap (buffer, &map);
  }
}

/* What id3v2mux writes before a stream; NULL and @error. */
static GByteArray *
make_tag (const GstTagList *tags, GError **error)
{
  GstElement *pipeline = gst_parse_launch ("fakesrc num-buffers=1 sizetype=fixed filltype=zero sizemax=" G_STRINGIFY (AUDIO_BYTES)
      " ! audio/mpeg,mpegversion=(int)1,layer=(int)3 ! id3v2mux name=mux ! fakesink name=out signal-handoffs=true sync=false", error);
  GByteArray *bytes = g_byte_array_new ();

  if (pipeline == NULL)
    return NULL;
  GstElement *mux = gst_bin_get_by_name (GST_BIN (pipeline), "mux"), *out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  gst_tag_setter_merge_tags (GST_TAG_SETTER (mux), tags, GST_TAG_MERGE_REPLACE);
  g_signal_connect (out, "handoff", G_CALLBACK (collect), bytes);
  GstBus *bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  GstMessage *message = gst_bus_timed_pop_filtered (bus, 10 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  const gboolean ok = message != NULL && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS && bytes->len >= AUDIO_BYTES;
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_clear_message (&message);
  gst_object_unref (bus);
  gst_object_unref (out);
  gst_object_unref (mux);
  gst_object_unref (pipeline);
  if (ok) {
    g_byte_array_set_size (bytes, bytes->len - AUDIO_BYTES);
    return bytes;
  }
  g_byte_array_unref (bytes);
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_SETUP, "id3v2mux cannot write the tags of the input");
  return NULL;
}

static gboolean
append (FILE *f, const gchar *id, const GByteArray *tag)
{
  guint8 head[4], size[4], number[4];

  if (fread (head, sizeof head, 1, f) != 1 || fseeko (f, 0, SEEK_END) != 0)
    return FALSE;
  const gboolean is_riff = memcmp (head, "RIFF", 4) == 0;
  const guint64 at = (guint64) ftello (f), end = at + (at & 1) + 8 + tag->len + (tag->len & 1);
  if (end - 8 > G_MAXUINT32)
    return TRUE;
  if (is_riff) {
    GST_WRITE_UINT32_LE (size, (guint32) tag->len);
    GST_WRITE_UINT32_LE (number, (guint32) (end - 8));
  } else {
    GST_WRITE_UINT32_BE (size, (guint32) tag->len);
    GST_WRITE_UINT32_BE (number, (guint32) (end - 8));
  }
  return ((at & 1) == 0 || fputc (0, f) == 0) && fwrite (id, 4, 1, f) == 1 && fwrite (size, 4, 1, f) == 1 && fwrite (tag->data, tag->len, 1, f) == 1
      && ((tag->len & 1) == 0 || fputc (0, f) == 0) && fseeko (f, 4, SEEK_SET) == 0 && fwrite (number, 4, 1, f) == 1;
}

gboolean
gst_master_chunk_append (const gchar *path, const gchar *id, const GByteArray *bytes)
{
  FILE *f = g_fopen (path, "r+b");
  gboolean ok = f != NULL && append (f, id, bytes);

  if (f != NULL)
    ok = fclose (f) == 0 && ok;
  return ok;
}

gboolean
gst_master_id3_chunk_append (const gchar *path, const gchar *id, const GstTagList *tags, GError **error)
{
  if (gst_tag_list_is_empty (tags))
    return TRUE;
  GByteArray *tag = make_tag (tags, error);
  const gboolean ok = tag != NULL && gst_master_chunk_append (path, id, tag);

  if (tag != NULL && !ok)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "cannot write the tags: %s", errno == ENOSPC
        ? "the disk is full; make room or choose another with -o" : g_strerror (errno));
  g_clear_pointer (&tag, g_byte_array_unref);
  return ok;
}
