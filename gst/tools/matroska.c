/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "matroska.h"

#include <glib/gstdio.h>
#include <string.h>

#define ID_DOC_TYPE 0x4282
#define ID_TIMESTAMP_SCALE 0x2ad7b1
#define ID_TRACK_TYPE 0x83
#define ID_CODEC 0x86
#define ID_LANGUAGE 0x22b59c
#define ID_LANGUAGE_BCP47 0x22b59d
#define TYPE_VIDEO 1
#define TYPE_AUDIO 2

static gboolean
is_top (guint32 id)
{
  return id == GST_MASTER_SEEK_HEAD || id == GST_MASTER_INFO || id == GST_MASTER_TRACKS || id == GST_MASTER_CLUSTER || id == GST_MASTER_CUES
      || id == GST_MASTER_CHAPTERS || id == GST_MASTER_TAGS || id == GST_MASTER_ATTACHMENTS;
}

/* A cluster of a live stream does not tell its size: it ends where something begins that is not for clusters. */
static void
close_cluster (FILE *f, GstMasterElement *cluster)
{
  const guint64 end = cluster->data + cluster->size;
  GstMasterElement child;
  guint64 at = cluster->data;

  while (gst_master_ebml_read (f, at, end, &child) && !is_top (child.id))
    at = child.data + child.size;
  cluster->size = at - cluster->data;
}

/* NULL or why not. */
static const gchar *
take_segment (GstMasterSegment *s, guint64 file_size)
{
  GstMasterElement segment, element;
  guint64 at;

  if (!gst_master_ebml_read (s->file, 0, file_size, &s->head) || s->head.id != GST_MASTER_EBML)
    return "its head is broken";
  at = s->head.data + s->head.size;
  /* the segment may tell of more than there is: then the read fails, as it is cut off */
  if (!gst_master_ebml_read (s->file, at, file_size, &segment) || segment.id != GST_MASTER_SEGMENT)
    return "it is cut off; get a whole copy";
  const guint64 end = segment.data + segment.size;
  for (at = segment.data; gst_master_ebml_read (s->file, at, end, &element); at = element.data + element.size) {
    if (element.is_open && element.id != GST_MASTER_CLUSTER)
      return "an element in it has no end";
    if (element.is_open)
      close_cluster (s->file, &element);
    g_array_append_val (s->elements, element);
    if (element.id == GST_MASTER_TRACKS && s->tracks == NULL) {
      s->tracks = gst_master_ebml_load (s->file, &element);
      s->n_tracks = element.size;
    } else if (element.id == GST_MASTER_INFO) {
      guint8 *info = gst_master_ebml_load (s->file, &element);
      GstMasterElement scale;
      if (info != NULL && gst_master_ebml_find (info, element.size, ID_TIMESTAMP_SCALE, &scale))
        s->ns_per_tick = gst_master_ebml_uint (info, &scale);
      g_free (info);
    }
  }
  if (at < end)
    return "it is cut off; get a whole copy";
  return s->tracks == NULL ? "there are no tracks in it" : s->ns_per_tick == 0 ? "it has no timescale" : NULL;
}

GstMasterSegment *
gst_master_segment_open (const gchar *location, const gchar *path, GError **error)
{
  GstMasterSegment *s = g_new0 (GstMasterSegment, 1);
  const gchar *wrong = "it cannot be opened";
  GStatBuf st;

  s->elements = g_array_new (FALSE, FALSE, sizeof (GstMasterElement));
  s->ns_per_tick = 1000000;
  s->file = g_fopen (location, "rb");
  if (s->file != NULL && fstat (fileno (s->file), &st) == 0)
    wrong = take_segment (s, (guint64) st.st_size);
  if (wrong == NULL)
    return s;
  gst_master_film_set_broken (path, wrong, error);
  gst_master_segment_free (s);
  return NULL;
}

void
gst_master_segment_free (GstMasterSegment *s)
{
  if (s == NULL)
    return;
  g_array_unref (s->elements);
  g_free (s->tracks);
  if (s->file != NULL)
    fclose (s->file);
  g_free (s);
}

/* The head of a block in @block->bytes. */
static gboolean
parse_block (GstMasterBlock *block)
{
  GstMasterElement inner = { .data = 0, .size = block->bytes->len };
  const guint8 *bytes = block->bytes->data;

  if (block->element.id == GST_MASTER_BLOCK_GROUP && !gst_master_ebml_find (bytes, block->bytes->len, GST_MASTER_BLOCK, &inner))
    return FALSE;
  block->block = inner.data;
  block->track_bytes = gst_master_ebml_vint (bytes + inner.data, inner.size, &block->track);
  if (block->track_bytes == 0 || inner.size < block->track_bytes + 3)
    return FALSE;
  const guint8 *time = bytes + inner.data + block->track_bytes;
  block->ticks = (gint64) block->cluster_ticks + (gint16) (time[0] << 8 | time[1]);
  return TRUE;
}

gboolean
gst_master_segment_next (GstMasterSegment *s, GstMasterBlock *block)
{
  for (; block->cluster < s->elements->len; block->cluster++, block->at = 0) {
    const GstMasterElement *cluster = &g_array_index (s->elements, GstMasterElement, block->cluster);
    GstMasterElement *e = &block->element;
    if (cluster->id != GST_MASTER_CLUSTER)
      continue;
    if (block->at == 0)
      block->at = cluster->data;
    while (gst_master_ebml_read (s->file, block->at, cluster->data + cluster->size, e)) {
      block->at = e->data + e->size;
      if (e->id != GST_MASTER_CLUSTER_TIME && e->id != GST_MASTER_SIMPLE_BLOCK && e->id != GST_MASTER_BLOCK_GROUP)
        continue;
      g_byte_array_set_size (block->bytes, (guint) MIN (e->size, G_MAXINT32));
      if (fseeko (s->file, (off_t) e->data, SEEK_SET) != 0 || (e->size > 0 && fread (block->bytes->data, block->bytes->len, 1, s->file) != 1))
        return FALSE;
      if (e->id == GST_MASTER_CLUSTER_TIME) {
        const GstMasterElement whole = { .data = 0, .size = e->size };
        block->cluster_ticks = gst_master_ebml_uint (block->bytes->data, &whole);
      } else if (parse_block (block)) {
        return TRUE;
      }
    }
  }
  return FALSE;
}

static gboolean
is_lossless (const gchar *codec)
{
  static const gchar *const codecs[] = { "A_PCM", "A_FLAC", "A_ALAC", "A_TTA", "A_WAVPACK", "A_TRUEHD", "A_MLP" };

  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (g_str_has_prefix (codec, codecs[i]))
      return TRUE;
  return FALSE;
}

static gchar *
find_text (const guint8 *entry, guint64 size, guint32 id)
{
  GstMasterElement e;
  return gst_master_ebml_find (entry, size, id, &e) ? g_strndup ((const gchar *) entry + e.data, e.size) : NULL;
}

static void
take_track (GstMasterFilm *film, const guint8 *entry, guint64 size)
{
  GstMasterElement number, uid, type;

  if (!gst_master_ebml_find (entry, size, GST_MASTER_TRACK_NUMBER, &number) || !gst_master_ebml_find (entry, size, ID_TRACK_TYPE, &type))
    return;
  const guint64 kind = gst_master_ebml_uint (entry, &type), n = gst_master_ebml_uint (entry, &number);
  film->has_video = film->has_video || kind == TYPE_VIDEO;
  if (kind != TYPE_AUDIO)
    return;
  gchar *language = find_text (entry, size, ID_LANGUAGE_BCP47), *codec = find_text (entry, size, ID_CODEC);
  if (language == NULL)
    language = find_text (entry, size, ID_LANGUAGE);
  const guint64 id = gst_master_ebml_find (entry, size, GST_MASTER_TRACK_UID, &uid) ? gst_master_ebml_uint (entry, &uid) : 0;
  gst_master_film_add_track (film, n, g_strdup_printf ("/%03" G_GUINT64_FORMAT ":%03" G_GUINT64_FORMAT, n, id),
      g_strcmp0 (language, "und") != 0 ? language : NULL)->is_lossless = codec != NULL && is_lossless (codec);
  g_free (codec);
  g_free (language);
}

/* The lowest timestamp in the first cluster that has blocks. */
static void
find_origin (GstMasterFilm *film, GstMasterSegment *s)
{
  GstMasterBlock block = { .bytes = g_byte_array_new () };
  gint64 first = G_MAXINT64;
  guint cluster = 0;

  while (gst_master_segment_next (s, &block) && (first == G_MAXINT64 || block.cluster == cluster)) {
    cluster = block.cluster;
    first = MIN (first, block.ticks);
  }
  film->origin = first == G_MAXINT64 ? 0 : (guint64) MAX (first, 0) * s->ns_per_tick;
  g_byte_array_unref (block.bytes);
}

gboolean
gst_master_matroska_probe (GstMasterFilm *film, GError **error)
{
  GstMasterSegment *s = gst_master_segment_open (film->location, film->path, error);
  GstMasterElement e;

  if (s == NULL)
    return FALSE;
  guint8 *head = gst_master_ebml_load (s->file, &s->head);
  gchar *type = head != NULL ? find_text (head, s->head.size, ID_DOC_TYPE) : NULL;
  film->kind = g_strcmp0 (type, "webm") == 0 ? GST_MASTER_FILM_WEBM : GST_MASTER_FILM_MATROSKA;
  for (guint64 at = 0; gst_master_ebml_parse (s->tracks, at, s->n_tracks, &e); at = e.data + e.size)
    if (e.id == GST_MASTER_TRACK_ENTRY)
      take_track (film, s->tracks + e.data, e.size);
  find_origin (film, s);
  g_free (type);
  g_free (head);
  gst_master_segment_free (s);
  return TRUE;
}
