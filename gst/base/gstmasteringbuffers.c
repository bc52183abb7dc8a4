/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmasteringbuffers.h"

#include "gstmasteringflow.h"

gboolean
gst_mastering_format (const GstAudioInfo *info, MstFormat *format)
{
  static const struct
  {
    GstAudioFormat gst;
    MstFormat mst;
  } table[] = {
    {GST_AUDIO_FORMAT_F32, MST_FORMAT_F32}, {GST_AUDIO_FORMAT_F64, MST_FORMAT_F64},
    {GST_AUDIO_FORMAT_S32, MST_FORMAT_S32}, {GST_AUDIO_FORMAT_S24_32, MST_FORMAT_S24_32},
    {GST_AUDIO_FORMAT_S24, MST_FORMAT_S24}, {GST_AUDIO_FORMAT_S16, MST_FORMAT_S16},
    {GST_AUDIO_FORMAT_S8, MST_FORMAT_S8}, {GST_AUDIO_FORMAT_U8, MST_FORMAT_U8},
  };
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].gst == GST_AUDIO_INFO_FORMAT (info)) {
      *format = table[i].mst;
      return TRUE;
    }
  return FALSE;
}

GstBuffer *
gst_mastering_buffer_new (const GstAudioInfo *info, gsize n_frames)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, n_frames * GST_AUDIO_INFO_BPF (info), NULL);
  if (GST_AUDIO_INFO_LAYOUT (info) == GST_AUDIO_LAYOUT_NON_INTERLEAVED)
    gst_buffer_add_audio_meta (buffer, info, n_frames, NULL);
  return buffer;
}

GstBuffer *
gst_mastering_buffer_truncate (GstBuffer *buffer, const GstAudioInfo *info, gsize n_frames)
{
  if (GST_AUDIO_INFO_LAYOUT (info) == GST_AUDIO_LAYOUT_NON_INTERLEAVED)
    return gst_audio_buffer_truncate (buffer, GST_AUDIO_INFO_BPF (info), 0, n_frames);
  gst_buffer_resize (buffer, 0, (gssize) (n_frames * GST_AUDIO_INFO_BPF (info)));
  GstAudioMeta *meta = gst_buffer_get_audio_meta (buffer);
  if (meta)
    meta->samples = n_frames;
  return buffer;
}

gboolean
gst_mastering_map (GstMasteringMap *map, const GstAudioInfo *info, GstBuffer *buffer, GstMapFlags flags)
{
  map->is_planar = GST_AUDIO_INFO_LAYOUT (info) == GST_AUDIO_LAYOUT_NON_INTERLEAVED;
  map->buffer = buffer;
  if (map->is_planar) {
    if (!gst_audio_buffer_map (&map->audio, info, buffer, flags))
      return FALSE;
    map->planes = map->audio.planes;
    return TRUE;
  }
  map->memory = gst_buffer_n_memory (buffer) == 1 ? gst_buffer_peek_memory (buffer, 0) : NULL;
  if (map->memory && !gst_memory_map (map->memory, &map->map, flags))
    map->memory = NULL;         /* somebody else's too: the buffer gets one of its own */
  if (!map->memory && !gst_buffer_map (buffer, &map->map, flags))
    return FALSE;
  map->only = map->map.data;
  map->planes = &map->only;
  return TRUE;
}

void
gst_mastering_unmap (GstMasteringMap *map)
{
  if (map->is_planar)
    gst_audio_buffer_unmap (&map->audio);
  else if (map->memory)
    gst_memory_unmap (map->memory, &map->map);
  else
    gst_buffer_unmap (map->buffer, &map->map);
}

static void
write_frames (GstMasteringWriter *writer, gdouble *const *planes, gsize n_frames)
{
  for (guint c = 0; c < writer->n_channels && writer->is_zero; c++)
    for (gsize i = 0; i < n_frames && writer->is_zero; i++)
      writer->is_zero = planes[c][i] == 0.0;
  mst_planar_write (writer->format, planes, writer->planes, writer->is_planar, writer->n_channels,
      writer->written, n_frames);
  writer->written += n_frames;
}

void
gst_mastering_writer_emit (gpointer user, gdouble *const *planes, gsize n_frames)
{
  GstMasteringWriter *writer = user;
  gsize fits = 0;

  if (*writer->spilled == *writer->unspilled) {
    fits = MIN (n_frames, writer->capacity - writer->written);
    write_frames (writer, planes, fits);
  }
  if (fits == n_frames)
    return;
  mst_ring_write (*writer->spill, *writer->spilled, planes, fits, n_frames - fits);
  *writer->spilled += n_frames - fits;
  for (;;) {
    const guint64 waiting = *writer->spilled - *writer->unspilled;
    const gsize n = MIN (MIN (waiting, writer->capacity - writer->written), GST_MASTERING_BLOCK);
    if (n == 0)
      return;
    mst_ring_read (*writer->spill, *writer->unspilled, writer->scratch, 0, n);
    write_frames (writer, writer->scratch, n);
    *writer->unspilled += n;
  }
}

static gboolean
copy_meta (GstBuffer *from, GstMeta **meta, gpointer user)
{
  const GstMetaInfo *info = (*meta)->info;
  if (info->api != GST_AUDIO_META_API_TYPE && info->transform_func) {
    GstMetaTransformCopy all = { FALSE, 0, (gsize) -1 };
    info->transform_func (user, *meta, from, _gst_meta_transform_copy, &all);
  }
  return TRUE;
}

void
gst_mastering_copy_metas (GstBuffer *from, GstBuffer *to)
{
  gst_buffer_foreach_meta (from, copy_meta, to);
}

static gboolean
is_held_meta (const GstMeta *meta)
{
  return meta->info->api != GST_AUDIO_META_API_TYPE && !GST_META_FLAG_IS_SET (meta, GST_META_FLAG_POOLED);
}

static gboolean
remove_meta (GstBuffer *buffer, GstMeta **meta, gpointer user)
{
  if (is_held_meta (*meta) && !GST_META_FLAG_IS_SET (*meta, GST_META_FLAG_LOCKED))
    *meta = NULL;
  return TRUE;
}

typedef struct
{
  guint64 frame;
  GstBuffer *metas;             /* an empty buffer that carries them */
} Held;

void
gst_mastering_metas_hold (GQueue *held, GstBuffer *buffer, guint64 first_frame)
{
  gpointer state = NULL;
  GstMeta *meta;
  while ((meta = gst_buffer_iterate_meta (buffer, &state)))
    if (is_held_meta (meta))
      break;
  if (!meta)
    return;
  Held *entry = g_new (Held, 1);
  entry->frame = first_frame;
  entry->metas = gst_buffer_new ();
  gst_mastering_copy_metas (buffer, entry->metas);
  gst_buffer_foreach_meta (buffer, remove_meta, NULL);
  g_queue_push_tail (held, entry);
}

static void
free_held (gpointer data)
{
  Held *entry = data;
  gst_buffer_unref (entry->metas);
  g_free (entry);
}

void
gst_mastering_metas_release (GQueue *held, GstBuffer *buffer, guint64 end_frame)
{
  Held *entry;
  while ((entry = g_queue_peek_head (held)) && entry->frame < end_frame) {
    gst_mastering_copy_metas (entry->metas, buffer);
    free_held (g_queue_pop_head (held));
  }
}

void
gst_mastering_metas_clear (GQueue *held)
{
  g_queue_clear_full (held, free_held);
}
