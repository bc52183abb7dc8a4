/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Order of the output: SeekHead, then everything as it came, Cues last. The new audio's blocks go in by time, before the first block that
 * is not earlier. A replaced track keeps its entry but for what tells of the codec. Block timestamps are whole ticks, in most files 1 ms;
 * where the audio begins is told by the first of them and the codec's delay, and that is the film's first timestamp, exactly. */
#include <string.h>

#include "matroska.h"

#define ID_VOID 0xec
#define ID_CRC 0xbf
#define ID_AUDIO 0xe1
#define ID_CODEC 0x86
#define ID_CODEC_PRIVATE 0x63a2
#define ID_CODEC_NAME 0x258688
#define ID_CODEC_DELAY 0x56aa
#define ID_SEEK_PRE_ROLL 0x56bb
#define ID_DEFAULT_DURATION 0x23e383
#define ID_CONTENT_ENCODINGS 0x6d80
#define ID_SEEK 0x4dbb
#define ID_SEEK_ID 0x53ab
#define ID_SEEK_POSITION 0x53ac
#define ID_CUE_POINT 0xbb
#define ID_CUE_TIME 0xb3
#define ID_CUE_POSITIONS 0xb7
#define ID_CUE_TRACK 0xf7
#define ID_CUE_CLUSTER 0xf1
#define ID_CUE_RELATIVE 0xf0
#define ID_CUE_BLOCK 0x5378
#define ID_TAG 0x7373
#define ID_TAG_TARGETS 0x63c0
#define ID_TAG_TRACK_UID 0x63c5
#define ID_SIMPLE_TAG 0x67c8
#define ID_TAG_NAME 0x45a3
/* A cluster that has grown beyond this is ended */
#define MAX_CLUSTER_BYTES (8u << 20)

typedef struct
{
  GstMasterSegment *segment;
  GstMasterBlock block;         /* the next one to write */
  gboolean has_block;
  const GstMasterFilmPart *part;
} Audio;

typedef struct
{
  const GstMasterFilm *film;
  GstMasterSegment *segment;
  Audio *audio;
  guint n_audio;
  FILE *to;
  guint64 base;                 /* where the segment's content begins */
  GByteArray *cluster;          /* its blocks, or NULL */
  guint64 cluster_ticks, cluster_at;
  GHashTable *cues;             /* "track:ticks" -> where its cluster begins, from base, and 1 more; 0: not found yet */
  gboolean failed;
} Writer;

static guint64
position (Writer *w)
{
  return (guint64) ftello (w->to) - w->base;
}

static void
put (Writer *w, const GByteArray *bytes)
{
  w->failed = w->failed || (bytes->len > 0 && fwrite (bytes->data, bytes->len, 1, w->to) != 1);
}

static Audio *
find_audio (Writer *w, guint64 track)
{
  for (guint i = 0; i < w->n_audio; i++)
    if (w->audio[i].part->id == track)
      return &w->audio[i];
  return NULL;
}

static void
end_cluster (Writer *w)
{
  GByteArray *head = g_byte_array_new (), *time = g_byte_array_new ();

  if (w->cluster != NULL && w->cluster->len > 0) {
    gst_master_ebml_put_uint (time, GST_MASTER_CLUSTER_TIME, w->cluster_ticks);
    gst_master_ebml_put_id (head, GST_MASTER_CLUSTER);
    gst_master_ebml_put_size (head, time->len + w->cluster->len);
    put (w, head);
    put (w, time);
    put (w, w->cluster);
  }
  g_clear_pointer (&w->cluster, g_byte_array_unref);
  g_byte_array_unref (time);
  g_byte_array_unref (head);
}

/* A cluster that @ticks can be told from: the one in hand, or a new one. */
static void
ensure_cluster (Writer *w, gint64 ticks)
{
  const gint64 from = ticks - (gint64) w->cluster_ticks;

  if (w->cluster != NULL && (from > G_MAXINT16 || from < G_MININT16 || w->cluster->len > MAX_CLUSTER_BYTES))
    end_cluster (w);
  if (w->cluster == NULL) {
    w->cluster = g_byte_array_new ();
    w->cluster_ticks = (guint64) MAX (ticks, 0);
    w->cluster_at = position (w);
  }
}

static gchar *
cue_key (guint64 track, guint64 ticks)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, track, ticks);
}

/* @bytes: content of the element; its block tells another track and time now. */
static void
put_block (Writer *w, const GstMasterBlock *block, guint64 track, gint64 ticks)
{
  ensure_cluster (w, ticks);
  guint8 *head = block->bytes->data + block->block;
  const gint16 from = (gint16) (ticks - (gint64) w->cluster_ticks);
  if (track != block->track)    /* of one that a muxer made: 1 byte; so has this one, or it was refused */
    head[0] = (guint8) (0x80 | track);
  head[block->track_bytes] = (guint8) ((guint16) from >> 8);
  head[block->track_bytes + 1] = (guint8) from;
  gst_master_ebml_put (w->cluster, block->element.id, block->bytes->data, block->bytes->len);
}

static void
next_audio (Audio *a)
{
  a->has_block = gst_master_segment_next (a->segment, &a->block);
}

/* In ticks of the film. */
static gint64
audio_ticks (const Writer *w, const Audio *a)
{
  const guint64 ns = (guint64) MAX (a->block.ticks, 0) * a->segment->ns_per_tick + w->film->origin;
  return (gint64) ((ns + w->segment->ns_per_tick / 2) / w->segment->ns_per_tick);
}

/* All audio before @ticks. */
static void
put_audio_before (Writer *w, gint64 ticks)
{
  for (;;) {
    Audio *first = NULL;
    for (guint i = 0; i < w->n_audio; i++)
      if (w->audio[i].has_block && (first == NULL || audio_ticks (w, &w->audio[i]) < audio_ticks (w, first)))
        first = &w->audio[i];
    if (first == NULL || audio_ticks (w, first) >= ticks || w->failed)
      return;
    put_block (w, &first->block, first->part->id, audio_ticks (w, first));
    next_audio (first);
  }
}

static void
take_cues (Writer *w)
{
  for (guint i = 0; i < w->segment->elements->len; i++) {
    const GstMasterElement *cues = &g_array_index (w->segment->elements, GstMasterElement, i);
    guint8 *bytes = cues->id == GST_MASTER_CUES ? gst_master_ebml_load (w->segment->file, cues) : NULL;
    GstMasterElement point, e, time, track;
    for (guint64 at = 0; bytes != NULL && gst_master_ebml_parse (bytes, at, cues->size, &point); at = point.data + point.size) {
      const guint8 *inside = bytes + point.data;
      if (point.id != ID_CUE_POINT || !gst_master_ebml_find (inside, point.size, ID_CUE_TIME, &time))
        continue;
      for (guint64 k = 0; gst_master_ebml_parse (inside, k, point.size, &e); k = e.data + e.size)
        if (e.id == ID_CUE_POSITIONS && gst_master_ebml_find (inside + e.data, e.size, ID_CUE_TRACK, &track))
          g_hash_table_insert (w->cues, cue_key (gst_master_ebml_uint (inside + e.data, &track), gst_master_ebml_uint (inside, &time)), NULL);
    }
    g_free (bytes);
  }
}

/* As they were, with new places. */
static void
put_cues (Writer *w, const GstMasterElement *cues)
{
  guint8 *bytes = gst_master_ebml_load (w->segment->file, cues);
  GByteArray *all = g_byte_array_new ();
  GstMasterElement point, e, time, inner;

  for (guint64 at = 0; bytes != NULL && gst_master_ebml_parse (bytes, at, cues->size, &point); at = point.data + point.size) {
    const guint8 *inside = bytes + point.data;
    GByteArray *new = g_byte_array_new ();
    guint n = 0;
    if (point.id == ID_CUE_POINT && gst_master_ebml_find (inside, point.size, ID_CUE_TIME, &time)) {
      const guint64 ticks = gst_master_ebml_uint (inside, &time);
      gst_master_ebml_put_uint (new, ID_CUE_TIME, ticks);
      for (guint64 k = 0; gst_master_ebml_parse (inside, k, point.size, &e); k = e.data + e.size) {
        if (e.id != ID_CUE_POSITIONS || !gst_master_ebml_find (inside + e.data, e.size, ID_CUE_TRACK, &inner))
          continue;
        const guint64 track = gst_master_ebml_uint (inside + e.data, &inner);
        gchar *key = cue_key (track, ticks);
        const gsize found = GPOINTER_TO_SIZE (g_hash_table_lookup (w->cues, key));
        GByteArray *place = g_byte_array_new ();
        for (guint64 m = 0; found > 0 && gst_master_ebml_parse (inside + e.data, m, e.size, &inner); m = inner.data + inner.size)
          if (inner.id == ID_CUE_CLUSTER)
            gst_master_ebml_put_uint (place, ID_CUE_CLUSTER, found - 1);
          else if (inner.id != ID_CUE_RELATIVE && inner.id != ID_CUE_BLOCK && inner.id != ID_CRC)
            gst_master_ebml_put (place, inner.id, inside + e.data + inner.data, inner.size);
        if (found > 0) {
          gst_master_ebml_put (new, ID_CUE_POSITIONS, place->data, place->len);
          n++;
        }
        g_byte_array_unref (place);
        g_free (key);
      }
    }
    if (n > 0)
      gst_master_ebml_put (all, ID_CUE_POINT, new->data, new->len);
    g_byte_array_unref (new);
  }
  GByteArray *element = g_byte_array_new ();
  if (all->len > 0)
    gst_master_ebml_put (element, GST_MASTER_CUES, all->data, all->len);
  put (w, element);
  g_byte_array_unref (element);
  g_byte_array_unref (all);
  g_free (bytes);
}

static void
put_clusters (Writer *w)
{
  GstMasterBlock block = { .bytes = g_byte_array_new () };
  guint cluster = G_MAXUINT;

  while (!w->failed && gst_master_segment_next (w->segment, &block)) {
    if (block.cluster != cluster) {
      cluster = block.cluster;
      put_audio_before (w, (gint64) block.cluster_ticks);
      end_cluster (w);
      ensure_cluster (w, (gint64) block.cluster_ticks);
    }
    if (find_audio (w, block.track) != NULL)
      continue;
    put_audio_before (w, block.ticks);
    put_block (w, &block, block.track, block.ticks);
    gchar *key = cue_key (block.track, (guint64) MAX (block.ticks, 0));
    gpointer found;
    if (g_hash_table_lookup_extended (w->cues, key, NULL, &found) && found == NULL)
      g_hash_table_insert (w->cues, g_steal_pointer (&key), GSIZE_TO_POINTER (w->cluster_at + 1));
    g_free (key);
  }
  put_audio_before (w, G_MAXINT64);
  end_cluster (w);
  g_byte_array_unref (block.bytes);
}

static gboolean
tells_of_codec (guint32 id)
{
  return id == ID_CODEC || id == ID_CODEC_PRIVATE || id == ID_CODEC_NAME || id == ID_CODEC_DELAY || id == ID_SEEK_PRE_ROLL
      || id == ID_DEFAULT_DURATION || id == ID_AUDIO || id == ID_CONTENT_ENCODINGS;
}

static void
put_children (GByteArray *to, const guint8 *bytes, guint64 size, gboolean of_codec)
{
  GstMasterElement e;
  for (guint64 at = 0; gst_master_ebml_parse (bytes, at, size, &e); at = e.data + e.size)
    if (tells_of_codec (e.id) == of_codec && e.id != ID_CRC && e.id != ID_VOID)
      gst_master_ebml_put (to, e.id, bytes + e.data, e.size);
}

static void
put_tracks (Writer *w)
{
  const guint8 *bytes = w->segment->tracks;
  GByteArray *all = g_byte_array_new (), *element = g_byte_array_new ();
  GstMasterElement e, number, new;

  for (guint64 at = 0; gst_master_ebml_parse (bytes, at, w->segment->n_tracks, &e); at = e.data + e.size) {
    if (e.id != GST_MASTER_TRACK_ENTRY)
      continue;
    const guint8 *entry = bytes + e.data;
    const Audio *audio = gst_master_ebml_find (entry, e.size, GST_MASTER_TRACK_NUMBER, &number)
        ? find_audio (w, gst_master_ebml_uint (entry, &number)) : NULL;
    if (audio != NULL && gst_master_ebml_find (audio->segment->tracks, audio->segment->n_tracks, GST_MASTER_TRACK_ENTRY, &new)) {
      GByteArray *track = g_byte_array_new ();
      put_children (track, entry, e.size, FALSE);
      put_children (track, audio->segment->tracks + new.data, new.size, TRUE);
      gst_master_ebml_put (all, GST_MASTER_TRACK_ENTRY, track->data, track->len);
      g_byte_array_unref (track);
    } else {
      gst_master_ebml_put (all, GST_MASTER_TRACK_ENTRY, entry, e.size);
    }
  }
  gst_master_ebml_put (element, GST_MASTER_TRACKS, all->data, all->len);
  put (w, element);
  g_byte_array_unref (element);
  g_byte_array_unref (all);
}

/* Statistics and gains of what a track was. */
static gboolean
is_stale (const guint8 *tag, guint64 size)
{
  static const gchar *const names[] = { "BPS", "DURATION", "NUMBER_OF_", "_STATISTICS_", "ENCODER", "REPLAYGAIN_", "R128_" };
  GstMasterElement name;

  if (!gst_master_ebml_find (tag, size, ID_TAG_NAME, &name))
    return FALSE;
  gchar *text = g_strndup ((const gchar *) tag + name.data, name.size);
  gboolean is = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    is = is || g_ascii_strncasecmp (text, names[i], strlen (names[i])) == 0;
  g_free (text);
  return is;
}

/* Whether the tag is about a track that is replaced. */
static gboolean
is_of_replaced (Writer *w, const guint8 *tag, guint64 size)
{
  const guint8 *tracks = w->segment->tracks;
  GstMasterElement targets, target, e, number, uid;

  if (!gst_master_ebml_find (tag, size, ID_TAG_TARGETS, &targets)
      || !gst_master_ebml_find (tag + targets.data, targets.size, ID_TAG_TRACK_UID, &target))
    return FALSE;
  const guint64 wanted = gst_master_ebml_uint (tag + targets.data, &target);
  for (guint64 at = 0; gst_master_ebml_parse (tracks, at, w->segment->n_tracks, &e); at = e.data + e.size)
    if (e.id == GST_MASTER_TRACK_ENTRY && gst_master_ebml_find (tracks + e.data, e.size, GST_MASTER_TRACK_UID, &uid)
        && gst_master_ebml_uint (tracks + e.data, &uid) == wanted
        && gst_master_ebml_find (tracks + e.data, e.size, GST_MASTER_TRACK_NUMBER, &number))
      return find_audio (w, gst_master_ebml_uint (tracks + e.data, &number)) != NULL;
  return FALSE;
}

static void
put_tags (Writer *w, const GstMasterElement *tags)
{
  guint8 *bytes = gst_master_ebml_load (w->segment->file, tags);
  GByteArray *all = g_byte_array_new (), *element = g_byte_array_new ();
  GstMasterElement tag, e;

  for (guint64 at = 0; bytes != NULL && gst_master_ebml_parse (bytes, at, tags->size, &tag); at = tag.data + tag.size) {
    const guint8 *inside = bytes + tag.data;
    if (tag.id != ID_TAG)
      continue;
    const gboolean is_replaced = is_of_replaced (w, inside, tag.size);
    GByteArray *new = g_byte_array_new ();
    guint n = 0;
    for (guint64 k = 0; gst_master_ebml_parse (inside, k, tag.size, &e); k = e.data + e.size) {
      if (e.id == ID_SIMPLE_TAG && is_replaced && is_stale (inside + e.data, e.size))
        continue;
      n += e.id == ID_SIMPLE_TAG;
      gst_master_ebml_put (new, e.id, inside + e.data, e.size);
    }
    if (n > 0)
      gst_master_ebml_put (all, ID_TAG, new->data, new->len);
    g_byte_array_unref (new);
  }
  if (all->len > 0)
    gst_master_ebml_put (element, GST_MASTER_TAGS, all->data, all->len);
  put (w, element);
  g_byte_array_unref (element);
  g_byte_array_unref (all);
  g_free (bytes);
}

/* Room for what is known at the end: the size of the segment, and where its parts are. */
typedef struct
{
  guint32 id[8];
  guint64 at[8];
  guint n;
} Places;

static void
put_heads (Writer *w, const Places *places, guint64 size)
{
  GByteArray *all = g_byte_array_new (), *seeks = g_byte_array_new ();

  for (guint i = 0; i < places->n; i++) {
    GByteArray *seek = g_byte_array_new (), *id = g_byte_array_new ();
    gst_master_ebml_put_id (id, places->id[i]);
    gst_master_ebml_put (seek, ID_SEEK_ID, id->data, id->len);
    gst_master_ebml_put_uint (seek, ID_SEEK_POSITION, places->at[i]);
    gst_master_ebml_put (seeks, ID_SEEK, seek->data, seek->len);
    g_byte_array_unref (id);
    g_byte_array_unref (seek);
  }
  gst_master_ebml_put_id (all, GST_MASTER_SEGMENT);
  gst_master_ebml_put_size (all, size);
  w->base = (guint64) ftello (w->to) + all->len;
  gst_master_ebml_put (all, GST_MASTER_SEEK_HEAD, seeks->data, seeks->len);
  put (w, all);
  g_byte_array_unref (seeks);
  g_byte_array_unref (all);
}

static void
write_all (Writer *w)
{
  const GArray *elements = w->segment->elements;
  const GstMasterElement *cues = NULL;
  gboolean has_clusters = FALSE;
  Places places = { .n = 0 };

  for (guint i = 0; i < elements->len; i++) {
    const guint32 id = g_array_index (elements, GstMasterElement, i).id;
    if (id != GST_MASTER_CLUSTER && id != GST_MASTER_SEEK_HEAD && id != ID_VOID && id != ID_CRC && places.n < G_N_ELEMENTS (places.id))
      places.id[places.n++] = id;
  }
  w->failed = !gst_master_film_copy_bytes (w->segment->file, 0, w->segment->head.data + w->segment->head.size, w->to);
  const gint64 start = ftello (w->to);
  put_heads (w, &places, 0);
  for (guint i = 0; i < elements->len && !w->failed; i++) {
    const GstMasterElement *e = &g_array_index (elements, GstMasterElement, i);
    for (guint k = 0; k < places.n; k++)
      if (places.id[k] == e->id)
        places.at[k] = position (w);
    if (e->id == GST_MASTER_CLUSTER && !has_clusters) {
      put_clusters (w);
      has_clusters = TRUE;
    } else if (e->id == GST_MASTER_TRACKS) {
      put_tracks (w);
    } else if (e->id == GST_MASTER_TAGS) {
      put_tags (w, e);
    } else if (e->id == GST_MASTER_CUES) {
      cues = e;
    } else if (e->id != GST_MASTER_CLUSTER && e->id != GST_MASTER_SEEK_HEAD && e->id != ID_VOID && e->id != ID_CRC) {
      w->failed = !gst_master_film_copy_bytes (w->segment->file, e->at, e->data + e->size - e->at, w->to);
    }
  }
  for (guint k = 0; k < places.n && cues != NULL; k++)
    if (places.id[k] == GST_MASTER_CUES)
      places.at[k] = position (w);
  if (cues != NULL)
    put_cues (w, cues);
  const guint64 size = position (w);
  w->failed = w->failed || fseeko (w->to, start, SEEK_SET) != 0;
  put_heads (w, &places, size);
}

gboolean
gst_master_matroska_write (const GstMasterFilm *film, const GArray *parts, FILE *to, GError **error)
{
  Writer w = { .film = film, .to = to, .n_audio = parts->len, .audio = g_new0 (Audio, parts->len + 1) };
  gboolean ok = (w.segment = gst_master_segment_open (film->location, film->path, error)) != NULL;

  w.cues = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < parts->len && ok; i++) {
    Audio *a = &w.audio[i];
    a->part = &g_array_index (parts, GstMasterFilmPart, i);
    a->block.bytes = g_byte_array_new ();
    ok = (a->segment = gst_master_segment_open (a->part->path, a->part->path, error)) != NULL;
    if (ok && a->part->id > 126) {
      gst_master_film_set_broken (film->path, "it has a track with a number above 126; remux it first: ffmpeg -i IN -map 0 -c copy OUT", error);
      ok = FALSE;
    }
    if (ok)
      next_audio (a);
  }
  if (ok) {
    take_cues (&w);
    write_all (&w);
  }
  for (guint i = 0; i < parts->len; i++) {
    if (w.audio[i].block.bytes != NULL)
      g_byte_array_unref (w.audio[i].block.bytes);
    gst_master_segment_free (w.audio[i].segment);
  }
  g_hash_table_unref (w.cues);
  gst_master_segment_free (w.segment);
  g_free (w.audio);
  return ok && !w.failed;
}
