/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mp4-view.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "mp4.h"

#define TYPE GST_MASTER_BOX

typedef struct
{
  FILE *file;
  GByteArray *head;             /* what stands before the file */
  guint64 size, at;             /* of both; what is asked for next */
} View;

static void
view_free (gpointer data, GClosure *closure)
{
  View *view = data;
  fclose (view->file);
  g_byte_array_unref (view->head);
  g_free (view);
}

static void
give (GstElement *source, guint length, View *view)
{
  const guint64 n = MIN (length == G_MAXUINT ? 65536 : length, view->size - MIN (view->size, view->at)), head = view->head->len;
  GstBuffer *buffer = n > 0 ? gst_buffer_new_allocate (NULL, n, NULL) : NULL;
  GstFlowReturn flow;
  GstMapInfo map;

  if (buffer == NULL || !gst_buffer_map (buffer, &map, GST_MAP_WRITE)) {
    g_signal_emit_by_name (source, "end-of-stream", &flow);
    return;
  }
  const gsize before = view->at < head ? (gsize) MIN (n, head - view->at) : 0;
  if (before > 0)
    memcpy (map.data, view->head->data + view->at, before);
  const gboolean ok = before == n || (fseeko (view->file, (off_t) (view->at + before - head), SEEK_SET) == 0
      && fread (map.data + before, n - before, 1, view->file) == 1);
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_OFFSET (buffer) = view->at;
  view->at += n;
  if (ok)
    g_signal_emit_by_name (source, "push-buffer", buffer, &flow);
  else
    GST_ELEMENT_ERROR (source, RESOURCE, READ, ("it cannot be read any more"), (NULL));
  gst_buffer_unref (buffer);
}

static gboolean
go_to (GstElement *source, guint64 at, View *view)
{
  view->at = at;
  return at <= view->size;
}

/* A copy, with chunks so many bytes further. */
static void
put_moved (GByteArray *to, const GstMasterBox *box, guint64 further)
{
  const guint32 type = gst_master_box_type (box);
  const gboolean is_wide = type == TYPE ("co64");
  GstMasterBox child;
  gsize at = 0;

  if ((type == TYPE ("stco") || is_wide) && box->size >= box->head + 8) {
    const guint8 *p = box->at + box->head + 8;
    const guint32 n = gst_master_box_u32 (p - 4);
    const gsize start = gst_master_box_begin (to, TYPE ("co64"));
    gst_master_box_put_u32 (to, 0);
    gst_master_box_put_u32 (to, n);
    for (guint32 i = 0; i < n; i++)
      gst_master_box_put_u64 (to, further + (is_wide ? gst_master_box_u64 (p + 8 * (gsize) i) : gst_master_box_u32 (p + 4 * (gsize) i)));
    gst_master_box_end (to, start);
  } else if (type == TYPE ("mdia") || type == TYPE ("minf") || type == TYPE ("stbl")) {
    const gsize start = gst_master_box_begin (to, type);
    while (gst_master_box_next (box, &at, &child))
      put_moved (to, &child, further);
    gst_master_box_end (to, start);
  } else {
    gst_master_box_put (to, box);
  }
}

static GByteArray *
make_head (const GstMasterMovie *movie, const GstMasterTrak *trak, gboolean has_edits, guint64 further)
{
  const GstMasterBox moov = { movie->moov, 8, movie->moov_size };
  /* qtdemux holds media time against it */
  const guint64 duration = gst_util_uint64_scale_ceil (trak->duration, movie->timescale, trak->timescale) + 1;
  GByteArray *to = g_byte_array_new ();
  GstMasterBox child, inner;
  gsize at = 0, below = 0, start;

  start = gst_master_box_begin (to, TYPE ("ftyp"));
  g_byte_array_append (to, (const guint8 *) (movie->is_quicktime ? "qt  \0\0\0\0qt  " : "isom\0\0\0\0isom"), 12);
  gst_master_box_end (to, start);
  start = gst_master_box_begin (to, TYPE ("moov"));
  while (gst_master_box_next (&moov, &at, &child)) {
    const guint32 type = gst_master_box_type (&child);
    if (type == TYPE ("mvhd")) {
      gst_master_box_put_head (to, &child, FALSE, 0, duration);
    } else if (child.at == trak->box.at) {
      const gsize inside = gst_master_box_begin (to, type);
      while (gst_master_box_next (&child, &below, &inner)) {
        const guint32 what = gst_master_box_type (&inner);
        if (what == TYPE ("tkhd"))
          gst_master_box_put_head (to, &inner, TRUE, 0, duration);
        else if (what != TYPE ("tref") && (what != TYPE ("edts") || has_edits))
          put_moved (to, &inner, further);
      }
      gst_master_box_end (to, inside);
    } else if (type != TYPE ("trak") && type != TYPE ("mvex")) {
      gst_master_box_put (to, &child);
    }
  }
  gst_master_box_end (to, start);
  gst_master_box_put_u32 (to, 1);
  gst_master_box_put_u32 (to, TYPE ("mdat"));
  gst_master_box_put_u64 (to, movie->file_size + 16);
  return to;
}

/* One edit at the normal rate, or none, behind one that shows nothing, or none. FALSE: it is not so simple. */
static gboolean
take_range (const GstMasterMovie *movie, const GstMasterTrak *trak, GstMasterRange *range)
{
  gint64 edits[2][2] = { { 0 } };
  gboolean is_normal;
  const guint n = gst_master_box_edits (&trak->box, edits, 2, &is_normal);
  const guint shown = n > 0 && edits[0][1] < 0;

  *range = (GstMasterRange) { .timescale = trak->timescale, .length = trak->duration };
  if (n == 0)
    return TRUE;
  if (n > 2 || !is_normal || shown + 1 != n || edits[shown][1] < 0 || (guint64) edits[shown][1] > trak->duration)
    return FALSE;
  /* a tick of the film's time is a few frames long, and it was rounded up or down: within one it is the end */
  const guint64 told = gst_util_uint64_scale (trak->timescale, (guint64) edits[shown][0], movie->timescale);
  const guint64 tick = trak->timescale / movie->timescale + 1;
  range->first = (guint64) edits[shown][1];
  range->length -= range->first;
  if (told > 0 && told + tick < range->length)
    range->length = told;
  if (shown > 0)
    range->place = gst_util_uint64_scale_round ((guint64) edits[0][0], GST_SECOND, movie->timescale);
  return TRUE;
}

static const GstMasterTrak *
find_trak (const GstMasterMovie *movie, const gchar *stream, guint track, guint *n_tracks)
{
  const GstMasterTrak *found = NULL;

  *n_tracks = 0;
  for (guint i = 0; i < movie->traks->len; i++) {
    const GstMasterTrak *trak = g_ptr_array_index (movie->traks, i);
    gchar *own = g_strdup_printf (GST_MASTER_MP4_STREAM, trak->id);
    if (trak->handler == TYPE ("soun") && (stream != NULL ? g_str_equal (own, stream) : *n_tracks == track))
      found = trak;
    *n_tracks += trak->handler == TYPE ("soun");
    g_free (own);
  }
  return found;
}

GstElement *
gst_master_mp4_view_new (const gchar *location, const gchar *stream, guint track, guint *n_tracks, GstMasterRange *range)
{
  GstMasterMovie *movie = gst_master_mp4_is (location) ? gst_master_movie_open (location, location, 0.0, NULL) : NULL;
  const GstMasterTrak *trak = movie != NULL ? find_trak (movie, stream, track, n_tracks) : NULL;
  GstElement *source = NULL;

  if (trak != NULL && trak->duration > 0 && (source = gst_element_factory_make ("appsrc", NULL)) != NULL) {
    const gboolean is_simple = take_range (movie, trak, range);
    if (!is_simple)
      *range = (GstMasterRange) { 0 };
    View *view = g_new0 (View, 1);
    view->head = make_head (movie, trak, !is_simple, 0);
    const guint64 further = view->head->len;
    g_byte_array_unref (view->head);
    view->head = make_head (movie, trak, !is_simple, further);
    view->size = further + movie->file_size;
    view->file = g_steal_pointer (&movie->file);
    gst_util_set_object_arg (G_OBJECT (source), "stream-type", "random-access");
    g_object_set (source, "size", (gint64) view->size, "format", GST_FORMAT_BYTES, NULL);
    g_signal_connect_data (source, "need-data", G_CALLBACK (give), view, view_free, 0);
    g_signal_connect (source, "seek-data", G_CALLBACK (go_to), view);
  }
  gst_master_movie_free (movie);
  return source;
}
