/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mp4.h"

#include <glib/gstdio.h>
#include <string.h>

#define MAX_MOOV_BYTES (256u << 20)
#define TYPE GST_MASTER_BOX

typedef struct
{
  const guint8 *stts, *stsc, *stsz, *offsets;
  guint32 n_stts, n_stsc, n_sizes, n_chunks, same_size;
  gsize offset_bytes;
  guint frames_per_packet, bytes_per_packet;    /* of QuickTime's sound descriptions, where a sample is no sample; else 0 */
} Tables;

static gboolean
find_tables (const GstMasterTrak *trak, Tables *t)
{
  GstMasterBox stbl, stsd, stsz;

  if (!gst_master_box_find (&trak->box, "mdia.minf.stbl", &stbl) || !gst_master_box_find (&stbl, "stsz", &stsz)
      || stsz.size < stsz.head + 12 || !gst_master_box_find (&stbl, "stsd", &stsd))
    return FALSE;
  t->same_size = gst_master_box_u32 (stsz.at + stsz.head + 4);
  t->n_sizes = gst_master_box_u32 (stsz.at + stsz.head + 8);
  t->stsz = stsz.at + stsz.head + 12;
  if (t->same_size == 0 && (stsz.size - stsz.head - 12) / 4 < t->n_sizes)
    return FALSE;
  if (trak->handler == TYPE ("soun") && stsd.size >= stsd.head + 8 + 52 && gst_master_box_u32 (stsd.at + stsd.head + 8 + 16) >> 16 == 1
      && t->same_size == 1) {
    t->frames_per_packet = gst_master_box_u32 (stsd.at + stsd.head + 8 + 36);
    t->bytes_per_packet = gst_master_box_u32 (stsd.at + stsd.head + 8 + 44);
  }
  t->offset_bytes = 4;
  if (!gst_master_box_table (&stbl, "stco", 4, 4, &t->offsets, &t->n_chunks)) {
    t->offset_bytes = 8;
    if (!gst_master_box_table (&stbl, "co64", 4, 8, &t->offsets, &t->n_chunks))
      return FALSE;
  }
  return gst_master_box_table (&stbl, "stts", 4, 8, &t->stts, &t->n_stts) && gst_master_box_table (&stbl, "stsc", 4, 12, &t->stsc, &t->n_stsc)
      && (t->n_chunks == 0 || t->n_stsc > 0);
}

/* Where in time, as samples are counted on: runs of equal durations. */
typedef struct
{
  guint32 run, used;            /* used of the run in hand */
  guint64 ticks;
} Clock;

static void
advance (Clock *clock, const Tables *t, guint64 n)
{
  while (n > 0 && clock->run < t->n_stts) {
    const guint8 *entry = t->stts + 8 * (gsize) clock->run;
    const guint64 left = gst_master_box_u32 (entry) - clock->used, take = MIN (left, n);
    clock->ticks += take * gst_master_box_u32 (entry + 4);
    clock->used += (guint32) take;
    n -= take;
    if (take == left) {
      clock->run++;
      clock->used = 0;
    }
  }
}

static guint64
bytes_of (const Tables *t, guint64 first, guint64 n)
{
  guint64 sum = 0;

  if (t->frames_per_packet > 0)
    return n / t->frames_per_packet * t->bytes_per_packet;
  if (t->same_size != 0)
    return n * t->same_size;
  for (guint64 i = first; i < first + n; i++)
    sum += gst_master_box_u32 (t->stsz + 4 * i);
  return sum;
}

static gboolean
find_chunks (GstMasterMovie *movie, GstMasterTrak *trak, guint index, gdouble chunk_seconds)
{
  Tables t = { 0 };
  Clock clock = { 0 };
  guint64 sample = 0;
  guint32 entry = 0;

  if (!find_tables (trak, &t))
    return FALSE;
  if (chunk_seconds > 0.0 && t.n_stts > 0)
    trak->samples_per_chunk = (guint) MAX (1.0, chunk_seconds * trak->timescale / MAX (1, gst_master_box_u32 (t.stts + 4)));
  for (guint32 c = 0; c < t.n_chunks; c++) {
    const guint8 *place = t.offsets + t.offset_bytes * c;
    while (entry + 1 < t.n_stsc && gst_master_box_u32 (t.stsc + 12 * ((gsize) entry + 1)) <= c + 1)
      entry++;
    guint64 offset = t.offset_bytes == 4 ? gst_master_box_u32 (place) : gst_master_box_u64 (place);
    guint64 left = gst_master_box_u32 (t.stsc + 12 * (gsize) entry + 4);
    if (left > t.n_sizes - sample)
      return FALSE;
    while (left > 0) {
      const guint64 n = trak->samples_per_chunk > 0 ? MIN (left, trak->samples_per_chunk) : left;
      GstMasterChunk chunk = { .offset = offset, .size = bytes_of (&t, sample, n), .trak = index,
        .seconds = (gdouble) clock.ticks / trak->timescale
      };
      movie->is_cut = chunk.size > movie->file_size || offset > movie->file_size - chunk.size;
      if (movie->is_cut)
        return FALSE;
      g_array_append_val (trak->chunks, chunk);
      advance (&clock, &t, n);
      sample += n;
      offset += chunk.size;
      left -= n;
    }
  }
  trak->duration = clock.ticks;
  return TRUE;
}

static void
trak_free (gpointer data)
{
  GstMasterTrak *trak = data;
  g_array_unref (trak->chunks);
  g_free (trak);
}

static gboolean
is_self_contained (const GstMasterBox *dref)
{
  GstMasterBox entries = { dref->at, dref->head + 8, dref->size }, entry;
  gsize at = 0;

  while (gst_master_box_next (&entries, &at, &entry))
    if (entry.size >= entry.head + 4 && !(entry.at[entry.head + 3] & 1))
      return FALSE;
  return TRUE;
}

static gboolean
is_encrypted (const GstMasterBox *trak)
{
  GstMasterBox stbl, box;

  return gst_master_box_find (trak, "mdia.minf.stbl", &stbl) && (gst_master_box_find (&stbl, "saio", &box)
      || (gst_master_box_find (&stbl, "stsd", &box) && box.size >= box.head + 16
          && memcmp (box.at + box.head + 12, "enc", 3) == 0));
}

/* NULL or why not. */
static const gchar *
take_trak (GstMasterMovie *movie, const GstMasterBox *box, gdouble chunk_seconds)
{
  GstMasterTrak *trak = g_new0 (GstMasterTrak, 1);
  GstMasterBox tkhd, mdhd, hdlr, other;

  trak->box = *box;
  trak->chunks = g_array_new (FALSE, FALSE, sizeof (GstMasterChunk));
  g_ptr_array_add (movie->traks, trak);
  if (!gst_master_box_find (box, "tkhd", &tkhd) || tkhd.size < tkhd.head + 24 || !gst_master_box_find (box, "mdia.mdhd", &mdhd)
      || mdhd.size < mdhd.head + 24 || !gst_master_box_find (box, "mdia.hdlr", &hdlr) || hdlr.size < hdlr.head + 12)
    return "a track lacks its heads";
  const gboolean is_long = tkhd.at[tkhd.head] == 1, is_long_media = mdhd.at[mdhd.head] == 1;
  if (is_long_media && mdhd.size < mdhd.head + 36)
    return "a track lacks its heads";
  trak->is_enabled = tkhd.at[tkhd.head + 3] & 1;
  trak->id = gst_master_box_u32 (tkhd.at + tkhd.head + (is_long ? 20 : 12));
  trak->timescale = gst_master_box_u32 (mdhd.at + mdhd.head + (is_long_media ? 20 : 12));
  trak->language = (guint16) (gst_master_box_u32 (mdhd.at + mdhd.head + (is_long_media ? 32 : 20)) >> 16);
  trak->handler = gst_master_box_u32 (hdlr.at + hdlr.head + 8);
  if (trak->timescale == 0)
    return "a track has no timescale";
  if (gst_master_box_find (box, "mdia.minf.dinf.dref", &other) && !is_self_contained (&other))
    return "its samples are in another file";
  if (is_encrypted (box))
    return "it is encrypted";
  return find_chunks (movie, trak, movie->traks->len - 1, chunk_seconds) ? NULL
      : "it is cut off, or its tables are: they tell of more than is there; get a whole copy";
}

/* Free space, and what is about fragments. */
static gboolean
is_left_out (guint32 type)
{
  static const gchar *const types[] = { "free", "skip", "wide", "mfra", "styp", "ssix", "prft", "emsg" };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (type == TYPE (types[i]))
      return TRUE;
  return FALSE;
}

/* Top-level boxes. NULL or why not. */
static const gchar *
take_file (GstMasterMovie *movie)
{
  gboolean has_samples = FALSE;
  guint64 at = 0;
  guint8 head[16];

  while (at + 8 <= movie->file_size && fseeko (movie->file, (off_t) at, SEEK_SET) == 0 && fread (head, 8, 1, movie->file) == 1) {
    const guint32 type = gst_master_box_u32 (head + 4);
    guint64 size = gst_master_box_u32 (head);
    if (size == 1 && fread (head + 8, 8, 1, movie->file) == 1)
      size = gst_master_box_u64 (head + 8);
    else if (size == 0)
      size = movie->file_size - at;
    movie->is_cut = size > movie->file_size - at;
    if (size < 8 || movie->is_cut)
      return type == TYPE ("mdat") || movie->moov != NULL ? "it is cut off; get a whole copy" : "it is cut off before its index; get a whole copy";
    if (type == TYPE ("moov") && movie->moov == NULL) {
      if (size > MAX_MOOV_BYTES)
        return "its index is longer than 256 MiB";
      movie->moov_size = size;
      movie->moov = g_malloc (size);
      movie->is_moov_first = !has_samples;
      if (fseeko (movie->file, (off_t) at, SEEK_SET) != 0 || fread (movie->moov, size, 1, movie->file) != 1)
        return "its index cannot be read";
    } else if (type == TYPE ("mdat")) {
      has_samples = TRUE;
    } else if (type == TYPE ("moof") || type == TYPE ("sidx")) {
      const GstMasterPlace place = { at, size };
      g_array_append_val (movie->fragments, place);
      movie->is_fragmented = movie->is_fragmented || type == TYPE ("moof");
    } else if (!is_left_out (type)) {
      const GstMasterPlace place = { at, size };
      g_array_append_val (movie->kept, place);
    }
    at += size;
  }
  if (movie->moov == NULL || movie->moov_size < 16)
    return "there is no index in it; get a whole copy";
  movie->is_quicktime = fseeko (movie->file, 0, SEEK_SET) != 0 || fread (head, 12, 1, movie->file) != 1 || memcmp (head + 4, "ftyp", 4) != 0
      || memcmp (head + 8, "qt  ", 4) == 0;
  movie->is_cut = movie->is_fragmented && at < movie->file_size;
  return movie->is_cut ? "it is cut off; get a whole copy" : NULL;
}

/* mvhd, and the index of fragments. NULL or why not. */
static const gchar *
take_head (GstMasterMovie *movie)
{
  const GstMasterBox moov = { movie->moov, 8, movie->moov_size };
  GstMasterBox mvhd;

  if (gst_master_box_find (&moov, "mvhd", &mvhd) && mvhd.size >= mvhd.head + 32)
    movie->timescale = gst_master_box_u32 (mvhd.at + mvhd.head + (mvhd.at[mvhd.head] == 1 ? 20 : 12));
  if (movie->timescale == 0)
    return "its index has no head";
  return movie->is_fragmented ? gst_master_movie_join (movie) : NULL;
}

/* NULL or why not. */
static const gchar *
open_movie (GstMasterMovie *movie, const gchar *location, gdouble chunk_seconds)
{
  GstMasterBox moov = { .head = 8 }, child;
  const gchar *wrong = NULL;
  GStatBuf st;
  gsize at = 0;

  movie->traks = g_ptr_array_new_with_free_func (trak_free);
  movie->kept = g_array_new (FALSE, FALSE, sizeof (GstMasterPlace));
  movie->fragments = g_array_new (FALSE, FALSE, sizeof (GstMasterPlace));
  movie->file = g_fopen (location, "rb");
  if (movie->file == NULL || fstat (fileno (movie->file), &st) != 0) {
    wrong = "it cannot be opened";
  } else {
    movie->file_size = (guint64) st.st_size;
    wrong = take_file (movie);
  }
  if (wrong == NULL)
    wrong = take_head (movie);
  moov.at = movie->moov;
  moov.size = movie->moov_size;
  while (wrong == NULL && gst_master_box_next (&moov, &at, &child))
    if (gst_master_box_type (&child) == TYPE ("trak"))
      wrong = take_trak (movie, &child, chunk_seconds);
  return wrong;
}

GstMasterMovie *
gst_master_movie_open (const gchar *location, const gchar *path, gdouble chunk_seconds, GError **error)
{
  GstMasterMovie *movie = g_new0 (GstMasterMovie, 1);
  const gchar *wrong = open_movie (movie, location, chunk_seconds);

  if (wrong == NULL)
    return movie;
  gst_master_film_set_broken (path, wrong, error);
  gst_master_movie_free (movie);
  return NULL;
}

gboolean
gst_master_mp4_begins (const guint8 *head)
{
  static const gchar *const types[] = { "ftyp", "styp", "moov", "mdat", "wide", "free", "skip", "pnot" };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (memcmp (head + 4, types[i], 4) == 0)
      return TRUE;
  return FALSE;
}

gboolean
gst_master_mp4_is (const gchar *location)
{
  FILE *f = g_fopen (location, "rb");
  guint8 head[8];
  const gboolean is = f != NULL && fread (head, sizeof head, 1, f) == 1 && gst_master_mp4_begins (head);

  if (f != NULL)
    fclose (f);
  return is;
}

gboolean
gst_master_movie_is_cut (const gchar *location)
{
  GstMasterMovie *movie = g_new0 (GstMasterMovie, 1);

  open_movie (movie, location, 0.0);
  /* what is no movie begins with a size that is beyond its end as a rule */
  const gboolean is_movie = movie->moov != NULL || gst_master_mp4_is (location);
  const gboolean is_cut = is_movie && movie->is_cut;
  gst_master_movie_free (movie);
  return is_cut;
}

void
gst_master_movie_free (GstMasterMovie *movie)
{
  if (movie == NULL)
    return;
  g_ptr_array_unref (movie->traks);
  g_array_unref (movie->kept);
  g_array_unref (movie->fragments);
  g_free (movie->moov);
  if (movie->file != NULL)
    fclose (movie->file);
  g_free (movie);
}

static gboolean
is_lossless (const GstMasterTrak *trak)
{
  static const gchar *const codecs[] = { "sowt", "twos", "in24", "in32", "fl32", "fl64", "lpcm", "raw ", "NONE", "ipcm", "fpcm", "alac",
    "fLaC"
  };
  GstMasterBox stsd;

  if (!gst_master_box_find (&trak->box, "mdia.minf.stbl.stsd", &stsd) || stsd.size < stsd.head + 16)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (memcmp (stsd.at + stsd.head + 12, codecs[i], 4) == 0)
      return TRUE;
  return FALSE;
}

gboolean
gst_master_mp4_probe (GstMasterFilm *film, GError **error)
{
  GstMasterMovie *movie = gst_master_movie_open (film->location, film->path, 0.0, error);

  if (movie == NULL)
    return FALSE;
  film->kind = movie->is_quicktime ? GST_MASTER_FILM_QUICKTIME : GST_MASTER_FILM_MP4;
  for (guint i = 0; i < movie->traks->len; i++) {
    const GstMasterTrak *trak = g_ptr_array_index (movie->traks, i);
    if (trak->handler == TYPE ("vide") && trak->is_enabled)
      film->has_video = TRUE;
    if (trak->handler != TYPE ("soun"))
      continue;
    gchar language[4] = { 0 };
    for (guint k = 0; k < 3; k++)
      language[k] = (gchar) (0x60 + (trak->language >> (10 - 5 * k) & 0x1f));
    const gboolean is_said = trak->language >= 0x400 && trak->language != 0x7fff && !g_str_equal (language, "und");
    gst_master_film_add_track (film, trak->id, g_strdup_printf (GST_MASTER_MP4_STREAM, trak->id), is_said ? language : NULL)->is_lossless
        = is_lossless (trak);
  }
  gst_master_movie_free (movie);
  return TRUE;
}
