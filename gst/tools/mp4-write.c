/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order of the output is that of the input: index first or last, then the chunks of all tracks by time. Replaced audio keeps its
 * track's head, language, name and references, and gets an edit list that leaves out what the encoder put before it:
 *     media_time = priming_frames,  segment_duration = frames, in the film's timescale, rounded up
 * so its first frame is at time 0. */
#include <string.h>

#include "errors.h"
#include "mp4.h"

#define TYPE GST_MASTER_BOX
#define CHUNK_SECONDS 0.5

typedef struct
{
  const GstMasterMovie *movie;
  const GArray *parts;
  GstMasterMovie **audio;       /* of each part */
  const GstMasterTrak *trak;    /* whose boxes are being written, or NULL */
  gboolean is_wide;             /* offsets of 64 bits */
  guint64 duration;             /* of the longest track */
} Writer;

static void
put_offsets (Writer *w, GByteArray *to)
{
  const GArray *chunks = w->trak->chunks;
  const gsize at = gst_master_box_begin (to, w->is_wide ? TYPE ("co64") : TYPE ("stco"));

  gst_master_box_put_u32 (to, 0);
  gst_master_box_put_u32 (to, chunks->len);
  for (guint i = 0; i < chunks->len; i++) {
    const guint64 offset = g_array_index (chunks, GstMasterChunk, i).new_offset;
    if (w->is_wide)
      gst_master_box_put_u64 (to, offset);
    else
      gst_master_box_put_u32 (to, (guint32) offset);
  }
  gst_master_box_end (to, at);
}

/* Of a track whose chunks were cut: all alike but for the last of each that was there, so every one is told. */
static void
put_lengths (Writer *w, GByteArray *to, const GstMasterBox *stsc)
{
  const guint samples = w->trak->samples_per_chunk;
  const guint32 n = gst_master_box_u32 (stsc->at + stsc->head + 4), n_chunks = w->trak->chunks->len;
  const gsize at = gst_master_box_begin (to, TYPE ("stsc"));
  guint32 chunk = 1, entries = 0;

  gst_master_box_put_u32 (to, 0);
  gst_master_box_put_u32 (to, 0);
  /* The muxer wrote one run of chunks, or a few: each chunk gives pieces of the same length and a rest */
  const guint32 n_before = n > 0 ? gst_master_box_u32 (stsc->at + stsc->head + 8) : 0;
  for (guint32 e = 0, before = n_before; e < n && chunk <= n_chunks; before++) {
    const guint8 *entry = stsc->at + stsc->head + 8 + 12 * (gsize) e;
    for (guint32 left = gst_master_box_u32 (entry + 4); left > 0; left -= MIN (left, samples)) {
      gst_master_box_put_u32 (to, chunk++);
      gst_master_box_put_u32 (to, MIN (left, samples));
      gst_master_box_put_u32 (to, gst_master_box_u32 (entry + 8));
      entries++;
    }
    if (e + 1 < n && gst_master_box_u32 (entry + 12) <= before + 1)
      e++;
  }
  gst_master_box_set_u32 (to, at + 12, entries);
  gst_master_box_end (to, at);
}

static gboolean
is_family (guint32 type)
{
  return type == TYPE ("mdia") || type == TYPE ("minf") || type == TYPE ("stbl");
}

/* A copy with new tables of places. */
static void
put_rewritten (Writer *w, GByteArray *to, const GstMasterBox *box)
{
  const guint32 type = gst_master_box_type (box);
  GstMasterBox child;
  gsize at = 0;

  if (type == TYPE ("stco") || type == TYPE ("co64")) {
    put_offsets (w, to);
  } else if (type == TYPE ("stsc") && w->trak->samples_per_chunk > 0) {
    put_lengths (w, to, box);
  } else if (is_family (type)) {
    const gsize start = gst_master_box_begin (to, type);
    while (gst_master_box_next (box, &at, &child))
      put_rewritten (w, to, &child);
    gst_master_box_end (to, start);
  } else {
    gst_master_box_put (to, box);
  }
}

/* The new audio's format, sizes and times; the film's language, names and whatever else it says. */
static void
put_media (Writer *w, GByteArray *to, const GstMasterBox *old, const GstMasterTrak *was, const GstMasterTrak *now)
{
  const gsize start = gst_master_box_begin (to, TYPE ("mdia"));
  GstMasterBox child, new;
  gsize at = 0;

  w->trak = now;
  while (gst_master_box_next (old, &at, &child)) {
    const guint32 type = gst_master_box_type (&child);
    if (type == TYPE ("mdhd")) {
      gst_master_box_put_head (to, &child, FALSE, now->timescale, now->duration);
    } else if (type == TYPE ("minf") && gst_master_box_find (&now->box, "mdia.minf", &new)) {
      put_rewritten (w, to, &new);
    } else {
      gst_master_box_put (to, &child);
    }
  }
  gst_master_box_end (to, start);
}

static guint64
in_film_time (const Writer *w, const GstMasterFilmPart *part, const GstMasterTrak *now)
{
  return gst_util_uint64_scale_ceil (part->frames, w->movie->timescale, now->timescale);
}

static void
put_replaced (Writer *w, GByteArray *to, const GstMasterTrak *was, const GstMasterFilmPart *part, const GstMasterTrak *now)
{
  const guint64 duration = in_film_time (w, part, now);
  const gsize start = gst_master_box_begin (to, TYPE ("trak"));
  GstMasterBox child;
  gsize at = 0;

  while (gst_master_box_next (&was->box, &at, &child)) {
    const guint32 type = gst_master_box_type (&child);
    if (type == TYPE ("tkhd")) {
      gst_master_box_put_head (to, &child, TRUE, 0, duration);
      gst_master_box_put_edits (to, (const gint64[1][2]) { { (gint64) duration, part->priming_frames } }, 1);
    } else if (type == TYPE ("mdia")) {
      put_media (w, to, &child, was, now);
    } else if (type != TYPE ("edts")) {
      gst_master_box_put (to, &child);
    }
  }
  gst_master_box_end (to, start);
}

static gint
find_part (const Writer *w, guint32 id)
{
  for (guint i = 0; i < w->parts->len; i++)
    if (g_array_index (w->parts, GstMasterFilmPart, i).id == id)
      return (gint) i;
  return -1;
}

static const GstMasterTrak *
new_trak (const Writer *w, gint part)
{
  return g_ptr_array_index (w->audio[part]->traks, 0);
}

static void
put_moov (Writer *w, GByteArray *to)
{
  const GstMasterBox moov = { w->movie->moov, 8, w->movie->moov_size };
  const gsize start = gst_master_box_begin (to, TYPE ("moov"));
  GstMasterBox child, inner;
  gsize at = 0, below;
  guint n = 0;

  while (gst_master_box_next (&moov, &at, &child)) {
    const guint32 type = gst_master_box_type (&child);
    if (type == TYPE ("mvhd")) {
      gst_master_box_put_head (to, &child, FALSE, 0, w->duration);
    } else if (type == TYPE ("trak")) {
      const GstMasterTrak *trak = g_ptr_array_index (w->movie->traks, n++);
      const gint part = find_part (w, trak->id);
      if (part >= 0) {
        put_replaced (w, to, trak, &g_array_index (w->parts, GstMasterFilmPart, part), new_trak (w, part));
        continue;
      }
      const gsize inside = gst_master_box_begin (to, TYPE ("trak"));
      w->trak = trak;
      below = 0;
      while (gst_master_box_next (&child, &below, &inner))
        put_rewritten (w, to, &inner);
      gst_master_box_end (to, inside);
    } else {
      gst_master_box_put (to, &child);
    }
  }
  gst_master_box_end (to, start);
}

/* Of the tracks that stay, and of the new ones. */
static void
find_duration (Writer *w)
{
  for (guint i = 0; i < w->movie->traks->len; i++) {
    const GstMasterTrak *trak = g_ptr_array_index (w->movie->traks, i);
    const gint part = find_part (w, trak->id);
    GstMasterBox tkhd;
    if (part >= 0) {
      w->duration = MAX (w->duration, in_film_time (w, &g_array_index (w->parts, GstMasterFilmPart, part), new_trak (w, part)));
    } else if (gst_master_box_find (&trak->box, "tkhd", &tkhd)) {
      const guint8 *at = tkhd.at + tkhd.head;
      const gboolean is_long = *at == 1 && tkhd.size >= tkhd.head + 36;
      const guint64 duration = is_long ? gst_master_box_u64 (at + 28) : gst_master_box_u32 (at + 20);
      if (duration != (is_long ? G_MAXUINT64 : G_MAXUINT32))    /* not known */
        w->duration = MAX (w->duration, duration);
    }
  }
}

typedef struct
{
  GstMasterChunk *chunk;
  FILE *from;
  guint order;
} Place;

static gint
by_time (gconstpointer a, gconstpointer b)
{
  const Place *x = a, *y = b;
  if (x->chunk->seconds != y->chunk->seconds)
    return x->chunk->seconds < y->chunk->seconds ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

static GArray *
order_chunks (const Writer *w)
{
  GArray *places = g_array_new (FALSE, FALSE, sizeof (Place));

  for (guint i = 0; i < w->movie->traks->len; i++) {
    const GstMasterTrak *trak = g_ptr_array_index (w->movie->traks, i);
    const gint part = find_part (w, trak->id);
    const GArray *chunks = part >= 0 ? new_trak (w, part)->chunks : trak->chunks;
    for (guint c = 0; c < chunks->len; c++) {
      const Place place = { &g_array_index (chunks, GstMasterChunk, c), part >= 0 ? w->audio[part]->file : w->movie->file, places->len };
      g_array_append_val (places, place);
    }
  }
  g_array_sort (places, by_time);
  return places;
}

static void
set_places (const GArray *places, guint64 first)
{
  for (guint i = 0; i < places->len; i++) {
    GstMasterChunk *chunk = g_array_index (places, Place, i).chunk;
    chunk->new_offset = first;
    first += chunk->size;
  }
}

/* Of ftyp without what promises fragments, which is now what isom says of any such file. */
static gboolean
copy_without_brands (const GstMasterMovie *movie, const GstMasterPlace *place, FILE *to)
{
  static const gchar *const brands[] = { "dash", "msdh", "msix", "dsms", "cmfc", "cmf2", "cmfs", "cmff", "cmfl", "iso5", "iso6", "hlsf" };
  guint8 bytes[512];

  if (place->size > sizeof bytes)
    return gst_master_film_copy_bytes (movie->file, place->offset, place->size, to);
  if (fseeko (movie->file, (off_t) place->offset, SEEK_SET) != 0 || fread (bytes, place->size, 1, movie->file) != 1)
    return FALSE;
  for (gsize at = 8; memcmp (bytes + 4, "ftyp", 4) == 0 && at + 4 <= place->size; at += at == 8 ? 8 : 4)
    for (guint i = 0; i < G_N_ELEMENTS (brands); i++)
      if (memcmp (bytes + at, brands[i], 4) == 0)
        memcpy (bytes + at, "isom", 4);
  return fwrite (bytes, place->size, 1, to) == 1;
}

static gboolean
write_all (Writer *w, FILE *to)
{
  GArray *places = order_chunks (w);
  GByteArray *moov = g_byte_array_new (), *head = g_byte_array_new ();
  guint64 kept = 0, samples = 0;
  gboolean ok = TRUE;

  for (guint i = 0; i < w->movie->kept->len; i++)
    kept += g_array_index (w->movie->kept, GstMasterPlace, i).size;
  for (guint i = 0; i < places->len; i++)
    samples += g_array_index (places, Place, i).chunk->size;
  w->is_wide = samples + kept + w->movie->moov_size > 0xf0000000u;
  find_duration (w);
  put_moov (w, moov);           /* for its length */
  set_places (places, kept + 16 + (w->movie->is_moov_first ? moov->len : 0));
  g_byte_array_set_size (moov, 0);
  put_moov (w, moov);

  for (guint i = 0; i < w->movie->kept->len && ok; i++) {
    const GstMasterPlace *place = &g_array_index (w->movie->kept, GstMasterPlace, i);
    ok = w->movie->is_fragmented ? copy_without_brands (w->movie, place, to)
        : gst_master_film_copy_bytes (w->movie->file, place->offset, place->size, to);
  }
  if (w->movie->is_moov_first)
    ok = ok && fwrite (moov->data, moov->len, 1, to) == 1;
  gst_master_box_put_u32 (head, 1);
  gst_master_box_put_u32 (head, TYPE ("mdat"));
  gst_master_box_put_u64 (head, samples + 16);
  ok = ok && fwrite (head->data, head->len, 1, to) == 1;
  for (guint i = 0; i < places->len && ok; i++) {
    const Place *place = &g_array_index (places, Place, i);
    ok = gst_master_film_copy_bytes (place->from, place->chunk->offset, place->chunk->size, to);
  }
  if (!w->movie->is_moov_first)
    ok = ok && fwrite (moov->data, moov->len, 1, to) == 1;
  g_byte_array_unref (head);
  g_byte_array_unref (moov);
  g_array_unref (places);
  return ok;
}

gboolean
gst_master_mp4_write (const GstMasterFilm *film, const GArray *parts, FILE *to, GError **error)
{
  GstMasterMovie *movie = gst_master_movie_open (film->location, film->path, 0.0, error);
  Writer w = { .movie = movie, .parts = parts, .audio = g_new0 (GstMasterMovie *, parts->len + 1) };
  gboolean ok = movie != NULL;

  for (guint i = 0; i < parts->len && ok; i++) {
    const gchar *path = g_array_index (parts, GstMasterFilmPart, i).path;
    w.audio[i] = gst_master_movie_open (path, path, CHUNK_SECONDS, error);
    ok = w.audio[i] != NULL && w.audio[i]->traks->len == 1;
  }
  ok = ok && write_all (&w, to);
  for (guint i = 0; i < parts->len; i++)
    gst_master_movie_free (w.audio[i]);
  g_free (w.audio);
  gst_master_movie_free (movie);
  return ok;
}
