/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A film in fragments (ISO/IEC 14496-12, 8.8) gets the index of one that is not: what the fragments tell goes into sample tables behind what
 * the index held, and whoever reads it further knows nothing of fragments.
 *     first byte of a run    from tfhd: its offset, the fragment's, or the end of the run before
 *     decode time            tfdt; the sample before it lasts until then
 *     sync                   neither sample_is_non_sync_sample nor sample_depends_on 1; sound always
 * Media time begins at the first sample; what tfdt leaves free before it is an empty edit, counted from the track that begins first: with
 * that the film begins. The last edit reaches to the end where it tells no length, or no more than the index held. A sample table counts each frame
 * of PCM, a run only packets of them. Sample groups, dependencies and messages of the fragments are left out. */
#include <string.h>

#include "mp4.h"

#define TYPE GST_MASTER_BOX
#define CHUNK_SECONDS 0.5
#define MAX_EDITS 256
#define MAX_MOOF_BYTES (64u << 20)
#define NOT_SYNC 0x00010000u
#define DEPENDS 0x01000000u

typedef struct
{
  guint32 count, value;
} Run;

typedef struct
{
  guint64 offset;
  guint32 samples, description;
} Chunk;

typedef struct
{
  GstMasterBox box;             /* trak */
  guint32 id, timescale;
  guint32 description, duration, size, flags;   /* of a sample where nothing else is told: trex */
  gboolean is_sound, is_pcm;
  GArray *durations, *shifts, *sizes;   /* Run */
  GArray *syncs;                /* guint32, numbers of samples, from 1 */
  GArray *chunks;               /* Chunk */
  guint64 samples;
  guint64 start, own, end;      /* decode times: of the first sample, behind the last in the index, behind the last of all */
  guint64 chunk_end, chunk_from;        /* of the chunk in hand: its last byte and 1, its decode time */
  gint64 (*edits)[2];           /* duration in the film's time, media time */
  guint n_edits;
} Track;

typedef struct
{
  GstMasterMovie *movie;
  Track *tracks;
  guint n_tracks;
  guint64 samples;              /* of all; no more than bytes in the file */
  guint32 timescale;            /* of the film that is made */
} Join;

static void
add_run (GArray *runs, guint32 count, guint32 value)
{
  Run *last = runs->len > 0 ? &g_array_index (runs, Run, runs->len - 1) : NULL;

  if (last != NULL && last->value == value && last->count <= G_MAXUINT32 - count) {
    last->count += count;
  } else if (count > 0) {
    const Run run = { count, value };
    g_array_append_val (runs, run);
  }
}

/* The last sample lasts until @time; FALSE: it cannot. */
static gboolean
reach (Track *t, guint64 time)
{
  if (t->samples == 0) {
    t->start = t->own = t->end = time;
    return TRUE;
  }
  if (time == t->end)
    return TRUE;
  Run *last = &g_array_index (t->durations, Run, t->durations->len - 1);
  const guint64 begin = t->end - last->value;
  if (time < begin || time - begin > G_MAXUINT32)
    return FALSE;
  t->end = time;
  last->count--;
  if (last->count == 0)
    g_array_set_size (t->durations, t->durations->len - 1);
  add_run (t->durations, 1, (guint32) (time - begin));
  return TRUE;
}

static void
add_chunk (Track *t, guint64 offset, guint64 size, guint32 samples, guint32 description)
{
  Chunk *last = t->chunks->len > 0 ? &g_array_index (t->chunks, Chunk, t->chunks->len - 1) : NULL;

  if (last != NULL && t->chunk_end == offset && last->description == description
      && (gdouble) (t->end - t->chunk_from) < CHUNK_SECONDS * t->timescale) {
    last->samples += samples;
  } else {
    const Chunk chunk = { offset, samples, description };
    g_array_append_val (t->chunks, chunk);
    t->chunk_from = t->end;
  }
  t->chunk_end = offset + size;
}

static void
add_sample (Join *j, Track *t, guint64 offset, guint32 size, guint32 duration, guint32 flags, guint32 shift, guint32 description)
{
  const guint32 n = t->is_pcm && duration > 0 && size % duration == 0 && size / duration <= 512 ? duration : 1;
  const guint32 sample = (guint32) (t->samples + 1);

  add_chunk (t, offset, size, n, description);
  add_run (t->durations, n, duration / n);
  add_run (t->shifts, n, shift);
  add_run (t->sizes, n, size / n);
  if (t->is_sound || !(flags & (NOT_SYNC | DEPENDS)))
    for (guint32 i = 0; i < n && !t->is_pcm; i++)
      g_array_append_val (t->syncs, sample);
  t->samples += n;
  j->samples += n;
  t->end += duration;
}

/* What the index holds. */
static gboolean
take_own (Join *j, Track *t)
{
  GstMasterBox stbl, stsz;
  const guint8 *table, *offsets;
  guint32 n, n_offsets, n_sizes;
  gsize wide = 4;

  if (!gst_master_box_find (&t->box, "mdia.minf.stbl", &stbl) || !gst_master_box_find (&stbl, "stsz", &stsz) || stsz.size < stsz.head + 12)
    return FALSE;
  const guint8 *sizes = stsz.at + stsz.head;
  const guint32 same = gst_master_box_u32 (sizes + 4);
  n_sizes = gst_master_box_u32 (sizes + 8);
  if (n_sizes == 0)
    return TRUE;
  if (n_sizes > j->movie->file_size || (same == 0 && (stsz.size - stsz.head - 12) / 4 < n_sizes))
    return FALSE;
  if (same != 0)
    add_run (t->sizes, n_sizes, same);
  for (guint32 i = 0; i < n_sizes && same == 0; i++)
    add_run (t->sizes, 1, gst_master_box_u32 (sizes + 12 + 4 * (gsize) i));
  if (!gst_master_box_table (&stbl, "stts", 4, 8, &table, &n))
    return FALSE;
  guint64 timed = 0;
  for (guint32 i = 0; i < n; i++) {
    const guint32 count = gst_master_box_u32 (table + 8 * (gsize) i), value = gst_master_box_u32 (table + 8 * (gsize) i + 4);
    add_run (t->durations, count, value);
    t->end += (guint64) count * value;
    timed += count;
  }
  guint64 shifted = 0;
  if (gst_master_box_table (&stbl, "ctts", 4, 8, &table, &n))
    for (guint32 i = 0; i < n; i++) {
      add_run (t->shifts, gst_master_box_u32 (table + 8 * (gsize) i), gst_master_box_u32 (table + 8 * (gsize) i + 4));
      shifted += gst_master_box_u32 (table + 8 * (gsize) i);
    }
  if (timed != n_sizes || shifted > n_sizes)
    return FALSE;
  add_run (t->shifts, (guint32) (n_sizes - shifted), 0);
  if (!gst_master_box_table (&stbl, "stss", 4, 4, &table, &n))
    for (guint32 i = 1; i <= n_sizes && !t->is_pcm; i++)
      g_array_append_val (t->syncs, i);
  else
    for (guint32 i = 0; i < n; i++) {
      const guint32 sample = gst_master_box_u32 (table + 4 * (gsize) i);
      g_array_append_val (t->syncs, sample);
    }
  if (!gst_master_box_table (&stbl, "stco", 4, wide, &offsets, &n_offsets)
      && !gst_master_box_table (&stbl, "co64", 4, wide = 8, &offsets, &n_offsets))
    return FALSE;
  if (!gst_master_box_table (&stbl, "stsc", 4, 12, &table, &n) || n == 0)
    return FALSE;
  for (guint32 c = 0, e = 0; c < n_offsets; c++) {
    const guint8 *place = offsets + wide * c;
    while (e + 1 < n && gst_master_box_u32 (table + 12 * ((gsize) e + 1)) <= c + 1)
      e++;
    const Chunk chunk = { wide == 4 ? gst_master_box_u32 (place) : gst_master_box_u64 (place), gst_master_box_u32 (table + 12 * (gsize) e + 4),
      gst_master_box_u32 (table + 12 * (gsize) e + 8)
    };
    g_array_append_val (t->chunks, chunk);
  }
  t->own = t->end;
  t->samples = n_sizes;
  j->samples += n_sizes;
  return TRUE;
}

static gboolean
is_pcm (const GstMasterBox *trak)
{
  static const gchar *const codecs[] = { "sowt", "twos", "in24", "in32", "fl32", "fl64", "lpcm", "raw ", "ipcm", "fpcm", "ulaw", "alaw" };
  GstMasterBox stsd;

  if (!gst_master_box_find (trak, "mdia.minf.stbl.stsd", &stsd) || stsd.size < stsd.head + 16)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (memcmp (stsd.at + stsd.head + 12, codecs[i], 4) == 0)
      return TRUE;
  return FALSE;
}

static Track *
find_track (Join *j, guint32 id)
{
  for (guint i = 0; i < j->n_tracks; i++)
    if (j->tracks[i].id == id)
      return &j->tracks[i];
  return NULL;
}

/* NULL or why not. */
static const gchar *
take_tracks (Join *j, const GstMasterBox *moov)
{
  GstMasterBox child, inner, other;
  gsize at = 0, below = 0;

  while (gst_master_box_next (moov, &at, &child))
    j->n_tracks += gst_master_box_type (&child) == TYPE ("trak");
  j->tracks = g_new0 (Track, j->n_tracks + 1);
  j->n_tracks = 0;
  at = 0;
  while (gst_master_box_next (moov, &at, &child)) {
    if (gst_master_box_type (&child) != TYPE ("trak"))
      continue;
    Track *t = &j->tracks[j->n_tracks++];
    t->box = child;
    t->durations = g_array_new (FALSE, FALSE, sizeof (Run));
    t->shifts = g_array_new (FALSE, FALSE, sizeof (Run));
    t->sizes = g_array_new (FALSE, FALSE, sizeof (Run));
    t->syncs = g_array_new (FALSE, FALSE, sizeof (guint32));
    t->chunks = g_array_new (FALSE, FALSE, sizeof (Chunk));
    if (!gst_master_box_find (&child, "tkhd", &other) || other.size < other.head + 36)
      return "a track lacks its heads";
    t->id = gst_master_box_u32 (other.at + other.head + (other.at[other.head] == 1 ? 20 : 12));
    if (!gst_master_box_find (&child, "mdia.mdhd", &other) || other.size < other.head + 36 - 12 * (other.at[other.head] != 1))
      return "a track lacks its heads";
    t->timescale = gst_master_box_u32 (other.at + other.head + (other.at[other.head] == 1 ? 20 : 12));
    if (t->timescale == 0)
      return "a track has no timescale";
    t->is_sound = gst_master_box_find (&child, "mdia.hdlr", &other) && other.size >= other.head + 12
        && gst_master_box_u32 (other.at + other.head + 8) == TYPE ("soun");
    t->is_pcm = t->is_sound && is_pcm (&child);
    t->edits = g_malloc0_n (MAX_EDITS, sizeof *t->edits);
    t->n_edits = MIN (gst_master_box_edits (&child, t->edits, MAX_EDITS, NULL), MAX_EDITS);
    if (!take_own (j, t))
      return "its tables are broken; get a whole copy";
  }
  if (gst_master_box_find (moov, "mvex", &other))
    while (gst_master_box_next (&other, &below, &inner)) {
      Track *t = gst_master_box_type (&inner) == TYPE ("trex") && inner.size >= inner.head + 24
          ? find_track (j, gst_master_box_u32 (inner.at + inner.head + 4)) : NULL;
      if (t != NULL) {
        t->description = gst_master_box_u32 (inner.at + inner.head + 8);
        t->duration = gst_master_box_u32 (inner.at + inner.head + 12);
        t->size = gst_master_box_u32 (inner.at + inner.head + 16);
        t->flags = gst_master_box_u32 (inner.at + inner.head + 20);
      }
    }
  return NULL;
}

/* The next number of a box, which @left bytes are left of. */
static guint32
take_u32 (const guint8 **p, gsize *left)
{
  if (*left < 4) {
    *left = 0;
    return 0;
  }
  *left -= 4;
  *p += 4;
  return gst_master_box_u32 (*p - 4);
}

/* trun, 8.8.8. Where its last byte is, and 1; 0: it is broken. */
static guint64
take_samples (Join *j, Track *t, const Track *defaults, const GstMasterBox *trun, guint64 base, guint64 offset)
{
  const guint8 *p = trun->at + trun->head;
  gsize left = trun->size - trun->head;
  const guint32 flags = take_u32 (&p, &left), count = take_u32 (&p, &left);
  const guint fields = (flags >> 8 & 1) + (flags >> 9 & 1) + (flags >> 10 & 1) + (flags >> 11 & 1);

  if (flags & 1)
    offset = base + (guint64) (gint64) (gint32) take_u32 (&p, &left);
  const gboolean has_first = (flags & 4) != 0;
  const guint32 first = has_first ? take_u32 (&p, &left) : 0;
  if (left / 4 < (guint64) count * fields)
    return 0;
  for (guint32 i = 0; i < count; i++) {
    const guint32 duration = flags & 0x100 ? take_u32 (&p, &left) : defaults->duration;
    const guint32 size = flags & 0x200 ? take_u32 (&p, &left) : defaults->size;
    const guint32 told = flags & 0x400 ? take_u32 (&p, &left) : defaults->flags;
    const guint32 shift = flags & 0x800 ? take_u32 (&p, &left) : 0;
    j->movie->is_cut = offset > j->movie->file_size || size > j->movie->file_size - offset;
    if (j->movie->is_cut || j->samples >= j->movie->file_size || t->samples >= G_MAXUINT32 - 0x10000)
      return 0;
    add_sample (j, t, offset, size, duration, i == 0 && has_first ? first : told, shift, defaults->description);
    offset += size;
  }
  return offset;
}

/* traf. @offset: where samples go on of which nothing is told. NULL or why not. */
static const gchar *
take_track_fragment (Join *j, const GstMasterBox *traf, guint64 moof, guint64 *offset)
{
  GstMasterBox child;
  gsize at = 0;

  if (!gst_master_box_find (traf, "tfhd", &child) || child.size < child.head + 8)
    return "a fragment lacks its head";
  const guint8 *p = child.at + child.head;
  gsize left = child.size - child.head;
  const guint32 flags = take_u32 (&p, &left);
  Track *t = find_track (j, take_u32 (&p, &left));
  if (t == NULL)
    return NULL;
  guint64 base = flags & 0x20000 ? moof : *offset;
  if (flags & 1) {
    base = (guint64) take_u32 (&p, &left) << 32;
    base |= take_u32 (&p, &left);
  }
  *offset = base;
  Track defaults = *t;
  if (flags & 2)
    defaults.description = take_u32 (&p, &left);
  if (flags & 8)
    defaults.duration = take_u32 (&p, &left);
  if (flags & 0x10)
    defaults.size = take_u32 (&p, &left);
  if (flags & 0x20)
    defaults.flags = take_u32 (&p, &left);
  defaults.description = MAX (defaults.description, 1);
  gboolean has_samples = FALSE;
  while (gst_master_box_next (traf, &at, &child))
    has_samples = has_samples || (gst_master_box_type (&child) == TYPE ("trun") && child.size >= child.head + 8
        && gst_master_box_u32 (child.at + child.head + 4) > 0);
  if (has_samples && gst_master_box_find (traf, "tfdt", &child) && child.size >= child.head + 8) {
    const guint8 *time = child.at + child.head;
    if (!reach (t, *time == 1 && child.size >= child.head + 12 ? gst_master_box_u64 (time + 4) : gst_master_box_u32 (time + 4)))
      return "its fragments are not in the order of time; remux it first: ffmpeg -i IN -map 0 -c copy OUT";
  }
  at = 0;
  while (gst_master_box_next (traf, &at, &child)) {
    if (gst_master_box_type (&child) != TYPE ("trun"))
      continue;
    *offset = take_samples (j, t, &defaults, &child, base, *offset);
    if (*offset == 0)
      return j->movie->is_cut ? "it is cut off; get a whole copy" : "a fragment's table is broken; get a whole copy";
  }
  return NULL;
}

/* sidx, 8.16.3: whether it tells of more than is there. */
static gboolean
is_beyond (const GstMasterMovie *movie, const GstMasterBox *sidx, guint64 end)
{
  const guint8 *p = sidx->at + sidx->head;
  gsize left = sidx->size - sidx->head;
  const gboolean is_long = take_u32 (&p, &left) >> 24 > 0;

  for (guint i = 0; i < (is_long ? 5 : 3); i++)
    take_u32 (&p, &left);       /* reference_ID, timescale, the earliest time, and the upper half of first_offset */
  end += take_u32 (&p, &left);
  for (guint32 n = take_u32 (&p, &left) & 0xffff; n > 0 && left >= 12; n--) {
    end += take_u32 (&p, &left) & 0x7fffffff;
    take_u32 (&p, &left);
    take_u32 (&p, &left);
  }
  return end > movie->file_size;
}

/* NULL or why not. */
static const gchar *
take_fragments (Join *j)
{
  const GArray *places = j->movie->fragments;
  const gchar *wrong = NULL;

  for (guint i = 0; i < places->len && wrong == NULL; i++) {
    const GstMasterPlace *place = &g_array_index (places, GstMasterPlace, i);
    if (place->size > MAX_MOOF_BYTES)
      return "a fragment's head is longer than 64 MiB";
    guint8 *bytes = g_malloc (place->size);
    GstMasterBox all = { bytes, 0, place->size }, box, traf;
    gsize at = 0, none = 0;
    guint64 offset = place->offset;
    if (fseeko (j->movie->file, (off_t) place->offset, SEEK_SET) != 0 || fread (bytes, place->size, 1, j->movie->file) != 1
        || !gst_master_box_next (&all, &none, &box))
      wrong = "a fragment cannot be read";
    else if (gst_master_box_type (&box) == TYPE ("sidx"))
      j->movie->is_cut = is_beyond (j->movie, &box, place->offset + place->size);
    else
      while (wrong == NULL && gst_master_box_next (&box, &at, &traf))
        if (gst_master_box_type (&traf) == TYPE ("traf"))
          wrong = take_track_fragment (j, &traf, place->offset, &offset);
    if (j->movie->is_cut && wrong == NULL)
      wrong = "it is cut off; get a whole copy";
    g_free (bytes);
  }
  return wrong;
}

static void
put_full (GByteArray *to, const gchar *type, gsize *at, guint32 version, guint32 count)
{
  *at = gst_master_box_begin (to, TYPE (type));
  gst_master_box_put_u32 (to, version << 24);
  gst_master_box_put_u32 (to, count);
}

static void
put_runs (GByteArray *to, const gchar *type, guint32 version, const GArray *runs)
{
  gsize at;

  put_full (to, type, &at, version, runs->len);
  for (guint i = 0; i < runs->len; i++) {
    gst_master_box_put_u32 (to, g_array_index (runs, Run, i).count);
    gst_master_box_put_u32 (to, g_array_index (runs, Run, i).value);
  }
  gst_master_box_end (to, at);
}

static void
put_sizes (GByteArray *to, const Track *t)
{
  const gboolean is_same = t->sizes->len == 1 && g_array_index (t->sizes, Run, 0).value > 0;
  gsize at;

  put_full (to, "stsz", &at, 0, is_same ? g_array_index (t->sizes, Run, 0).value : 0);
  gst_master_box_put_u32 (to, (guint32) t->samples);
  for (guint i = 0; i < t->sizes->len && !is_same; i++)
    for (guint32 k = 0; k < g_array_index (t->sizes, Run, i).count; k++)
      gst_master_box_put_u32 (to, g_array_index (t->sizes, Run, i).value);
  gst_master_box_end (to, at);
}

static void
put_chunks (GByteArray *to, const GArray *chunks)
{
  gsize at;
  guint32 n = 0;

  put_full (to, "co64", &at, 0, chunks->len);
  for (guint i = 0; i < chunks->len; i++)
    gst_master_box_put_u64 (to, g_array_index (chunks, Chunk, i).offset);
  gst_master_box_end (to, at);
  put_full (to, "stsc", &at, 0, 0);
  for (guint i = 0; i < chunks->len; i++) {
    const Chunk *c = &g_array_index (chunks, Chunk, i);
    if (i > 0 && c[-1].samples == c->samples && c[-1].description == c->description)
      continue;
    gst_master_box_put_u32 (to, i + 1);
    gst_master_box_put_u32 (to, c->samples);
    gst_master_box_put_u32 (to, c->description);
    n++;
  }
  gst_master_box_set_u32 (to, at + 12, n);
  gst_master_box_end (to, at);
}

static gboolean
has_shift (const Track *t, gboolean *is_signed)
{
  gboolean has = FALSE;

  *is_signed = FALSE;
  for (guint i = 0; i < t->shifts->len; i++) {
    const guint32 shift = g_array_index (t->shifts, Run, i).value;
    has = has || shift != 0;
    *is_signed = *is_signed || shift > G_MAXINT32;
  }
  return has;
}

static void
put_tables (GByteArray *to, const Track *t)
{
  gboolean is_signed;
  gsize at;

  put_runs (to, "stts", 0, t->durations);
  if (has_shift (t, &is_signed))
    put_runs (to, "ctts", is_signed, t->shifts);
  if (!t->is_pcm && t->syncs->len < t->samples) {
    put_full (to, "stss", &at, 0, t->syncs->len);
    for (guint i = 0; i < t->syncs->len; i++)
      gst_master_box_put_u32 (to, g_array_index (t->syncs, guint32, i));
    gst_master_box_end (to, at);
  }
  put_sizes (to, t);
  put_chunks (to, t->chunks);
}

/* Of samples that the fragments add to. */
static gboolean
is_table (guint32 type)
{
  static const gchar *const types[] = { "stts", "ctts", "cslg", "stss", "stsz", "stsc", "stco", "co64", "sdtp", "stps", "stsh", "padb", "stdp" };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (type == TYPE (types[i]))
      return TRUE;
  return FALSE;
}

static void
put_inside (const Track *t, GByteArray *to, const GstMasterBox *box)
{
  const guint32 type = gst_master_box_type (box);
  GstMasterBox child;
  gsize at = 0;

  if (type == TYPE ("mdhd")) {
    gst_master_box_put_head (to, box, FALSE, 0, t->end - t->start);
  } else if (type == TYPE ("mdia") || type == TYPE ("minf") || type == TYPE ("stbl")) {
    const gsize start = gst_master_box_begin (to, type);
    while (gst_master_box_next (box, &at, &child))
      put_inside (t, to, &child);
    if (type == TYPE ("stbl"))
      put_tables (to, t);
    gst_master_box_end (to, start);
  } else if (!is_table (type)) {
    gst_master_box_put (to, box);
  }
}

/* Ticks of @from in those of @to, to the nearest. */
static gint64
scale (guint64 ticks, guint32 from, guint32 to)
{
  return (gint64) gst_util_uint64_scale_round (ticks, to, from);
}

/* What is free before the first sample, in the media's time. */
static guint64
free_before (const Track *t)
{
  for (guint i = 0; i < t->n_edits; i++)
    if (t->edits[i][1] >= 0)
      return t->start - MIN (t->start, (guint64) t->edits[i][1]);
  return t->start;
}

/* The track that begins first, and how fine the film's time has to be for all of that to be exact. */
static const Track *
find_first (Join *j)
{
  const Track *first = NULL;
  guint64 timescale = j->timescale;

  for (guint i = 0; i < j->n_tracks; i++) {
    const Track *t = &j->tracks[i];
    if (t->samples == 0)
      continue;
    if (first == NULL || gst_util_uint64_scale (free_before (t), first->timescale, t->timescale) < free_before (first))
      first = t;
    if (free_before (t) > 0 && timescale <= G_MAXUINT32)
      timescale = timescale / (guint64) gst_util_greatest_common_divisor_int64 ((gint64) timescale, t->timescale) * t->timescale;
  }
  if (timescale <= G_MAXUINT32)
    j->timescale = (guint32) timescale;
  return first;
}

/* The edits of the film that is made; where there are none, and none are needed, its duration. */
static guint64
make_edits (const Join *j, const Track *first, const Track *t, GArray *edits)
{
  const guint32 was = j->movie->timescale;
  const guint64 media = t->end - t->start, own = t->own - t->start, free = t->samples > 0 ? free_before (t) : 0;
  gint64 edit[2] = { scale (free, t->timescale, j->timescale), -1 };
  guint64 duration = 0;

  if (first != NULL)
    edit[0] -= MIN (edit[0], scale (free_before (first), first->timescale, j->timescale));
  if (edit[0] > 0)
    g_array_append_val (edits, edit);
  for (guint i = 0; i < t->n_edits; i++) {
    edit[0] = scale ((guint64) t->edits[i][0], was, j->timescale);
    edit[1] = t->edits[i][1] < 0 ? -1 : t->edits[i][1] - MIN (t->edits[i][1], (gint64) MIN (t->start, G_MAXINT64));
    if (edit[1] >= 0 && i + 1 == t->n_edits && scale ((guint64) t->edits[i][0], was, t->timescale) <= (gint64) own)
      edit[0] = (gint64) gst_util_uint64_scale_ceil (media - MIN (media, (guint64) edit[1]), j->timescale, t->timescale);
    g_array_append_val (edits, edit);
  }
  if (edits->len == 1 && t->n_edits == 0) {
    edit[0] = (gint64) gst_util_uint64_scale_ceil (media, j->timescale, t->timescale);
    edit[1] = 0;
    g_array_append_val (edits, edit);
  }
  /* a sample that lasts no time, as subtitles end with, is still within */
  if (edits->len > 0 && t->durations->len > 0 && g_array_index (t->durations, Run, t->durations->len - 1).value == 0)
    (&g_array_index (edits, gint64, 0))[2 * edits->len - 2]++;
  for (guint i = 0; i < edits->len; i++)
    duration += (guint64) (&g_array_index (edits, gint64, 0))[2 * i];
  return edits->len > 0 ? duration : gst_util_uint64_scale_ceil (media, j->timescale, t->timescale);
}

static guint64
put_track (const Join *j, const Track *first, const Track *t, GByteArray *to)
{
  const gsize start = gst_master_box_begin (to, TYPE ("trak"));
  GArray *edits = g_array_new (FALSE, FALSE, 2 * sizeof (gint64));
  const guint64 duration = make_edits (j, first, t, edits);
  GstMasterBox child;
  gsize at = 0;

  while (gst_master_box_next (&t->box, &at, &child)) {
    const guint32 type = gst_master_box_type (&child);
    if (type == TYPE ("tkhd")) {
      gst_master_box_put_head (to, &child, TRUE, 0, duration);
      if (edits->len > 0)
        gst_master_box_put_edits (to, (const gint64 (*)[2]) (gpointer) edits->data, edits->len);
    } else if (type != TYPE ("edts")) {
      put_inside (t, to, &child);
    }
  }
  gst_master_box_end (to, start);
  g_array_unref (edits);
  return duration;
}

/* mehd, 8.8.2: whether the film is to be longer than it is. */
static gboolean
is_short (const Join *j, const GstMasterBox *moov)
{
  GstMasterBox mehd;
  guint64 longest = 0;

  if (!gst_master_box_find (moov, "mvex.mehd", &mehd) || mehd.size < mehd.head + 8 || j->movie->timescale == 0)
    return FALSE;
  const guint8 *p = mehd.at + mehd.head;
  const guint64 told = *p == 1 && mehd.size >= mehd.head + 12 ? gst_master_box_u64 (p + 4) : gst_master_box_u32 (p + 4);
  for (guint i = 0; i < j->n_tracks; i++)
    longest = MAX (longest, (guint64) scale (j->tracks[i].end, j->tracks[i].timescale, j->movie->timescale));
  return told > longest && told - longest > j->movie->timescale;
}

static void
put_moov (Join *j, const GstMasterBox *moov)
{
  const Track *first = find_first (j);
  GByteArray *traks = g_byte_array_new (), *all = g_byte_array_new ();
  GstMasterBox child;
  gsize at = 0;
  guint64 longest = 0;
  guint n = 0;

  const gsize start = gst_master_box_begin (all, TYPE ("moov"));
  while (gst_master_box_next (moov, &at, &child)) {
    const guint32 type = gst_master_box_type (&child);
    if (type == TYPE ("trak")) {
      const guint64 duration = put_track (j, first, &j->tracks[n++], traks);
      longest = MAX (longest, duration);
    } else if (type != TYPE ("mvhd") && type != TYPE ("mvex")) {
      gst_master_box_put (traks, &child);
    }
  }
  if (gst_master_box_find (moov, "mvhd", &child))
    gst_master_box_put_head (all, &child, FALSE, j->timescale, longest);
  g_byte_array_append (all, traks->data, traks->len);
  gst_master_box_end (all, start);
  g_byte_array_unref (traks);
  g_free (j->movie->moov);
  j->movie->moov_size = all->len;
  j->movie->moov = g_byte_array_free (all, FALSE);
  j->movie->timescale = j->timescale;
}

const gchar *
gst_master_movie_join (GstMasterMovie *movie)
{
  const GstMasterBox moov = { movie->moov, 8, movie->moov_size };
  Join j = { .movie = movie, .timescale = movie->timescale };
  const gchar *wrong = take_tracks (&j, &moov);

  if (wrong == NULL)
    wrong = take_fragments (&j);
  movie->is_cut = movie->is_cut || (wrong == NULL && is_short (&j, &moov));
  if (wrong == NULL && movie->is_cut)
    wrong = "it is cut off; get a whole copy";
  if (wrong == NULL)
    put_moov (&j, &moov);
  for (guint i = 0; i < j.n_tracks; i++) {
    Track *t = &j.tracks[i];
    GArray *const arrays[] = { t->durations, t->shifts, t->sizes, t->syncs, t->chunks };
    for (guint k = 0; k < G_N_ELEMENTS (arrays); k++)
      if (arrays[k] != NULL)
        g_array_unref (arrays[k]);
    g_free (t->edits);
  }
  g_free (j.tracks);
  return wrong;
}
