/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "film.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "matroska.h"
#include "mp4.h"

static const struct
{
  const gchar *name, *extensions;
} kinds[] = {
  [GST_MASTER_FILM_MP4] = { "MP4", "mp4 m4v" },
  [GST_MASTER_FILM_QUICKTIME] = { "QuickTime", "mov qt" },
  [GST_MASTER_FILM_MATROSKA] = { "Matroska", "mkv" },
  [GST_MASTER_FILM_WEBM] = { "WebM", "webm" },
};

#define F(kind) (1u << GST_MASTER_FILM_ ## kind)

/* What the containers take. The first that fits the source is taken where nothing is asked for. */
static const struct
{
  guint kinds;
  const gchar *format;          /* for --format */
  GstMasterProfile profile;
} formats[] = {
  { F (MP4), "aac", { .id = "aac", .name = "AAC in MP4", .elements = "avenc_aac aacparse mp4mux qtdemux", .is_lossy = TRUE,
          .encode = "audioconvert dithering=none ! avenc_aac name=encoder ! aacparse ! mp4mux", .bits_per_channel = 128000,
          .max_channels = 6, .max_rate = 96000, .priming_frames = 1024, .depths = { { -1, "F32LE" } } } },
  { F (QUICKTIME), "aac", { .id = "aac", .name = "AAC in QuickTime", .elements = "avenc_aac aacparse qtmux qtdemux", .is_lossy = TRUE,
          .encode = "audioconvert dithering=none ! avenc_aac name=encoder ! aacparse ! qtmux", .bits_per_channel = 128000,
          .max_channels = 6, .max_rate = 96000, .priming_frames = 1024, .depths = { { -1, "F32LE" } } } },
  { F (QUICKTIME), "wav", { .id = "pcm", .name = "PCM in QuickTime", .elements = "qtmux qtdemux", .encode = "audioconvert dithering=none ! qtmux", .max_channels = 2,
          .wide_format = "aac", .depths = { { 16, "S16LE" }, { 24, "S24LE" } } } },
  { F (MP4), "alac", { .id = "alac", .name = "ALAC in MP4", .elements = "avenc_alac avdec_alac mp4mux qtdemux",
          .encode = "audioconvert dithering=none ! avenc_alac ! mp4mux", .max_channels = 2, .max_rate = 384000, .wide_format = "aac",
          .depths = { { 16, "S16LE" }, { 24, "S24LE" } } } },
  { F (QUICKTIME), "alac", { .id = "alac", .name = "ALAC in QuickTime", .elements = "avenc_alac avdec_alac qtmux qtdemux",
          .encode = "audioconvert dithering=none ! avenc_alac ! qtmux", .max_channels = 2, .max_rate = 384000, .wide_format = "aac",
          .depths = { { 16, "S16LE" }, { 24, "S24LE" } } } },
  { F (MATROSKA), "flac", { .id = "flac", .name = "FLAC in Matroska", .elements = "flacenc matroskamux matroskademux flacdec",
          .encode = "flacenc ! matroskamux", .max_channels = 8, .depths = { { 16, "S16LE" }, { 24, "S24LE" } } } },
  { F (MATROSKA) | F (WEBM), "opus", { .id = "opus", .name = "Opus", .elements = "opusenc matroskamux matroskademux opusdec", .is_lossy = TRUE,
          .encode = "opusenc name=encoder ! matroskamux", .bits_per_channel = 96000, .max_channels = 8, .fixed_rate = 48000,
          .depths = { { 16, "S16LE" } } } },
};

const gchar *
gst_master_film_kind_name (GstMasterFilmKind kind)
{
  return kinds[kind].name;
}

static gboolean
has_extension (const gchar *path, const gchar *extensions)
{
  const gchar *dot = strrchr (path, '.');
  gchar *lower = g_ascii_strdown (dot != NULL ? dot + 1 : "", -1), **words = g_strsplit (extensions, " ", -1);
  const gboolean has = g_strv_contains ((const gchar *const *) words, lower);
  g_strfreev (words);
  g_free (lower);
  return has;
}

gboolean
gst_master_film_is_name (const gchar *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (has_extension (path, kinds[i].extensions))
      return TRUE;
  return FALSE;
}

gboolean
gst_master_film_fits_name (const GstMasterFilm *film, const gchar *path)
{
  return has_extension (path, kinds[film->kind].extensions);
}

const gchar *
gst_master_film_extensions (const GstMasterFilm *film)
{
  return kinds[film->kind].extensions;
}

GstMasterFilm *
gst_master_film_open (const gchar *path, const gchar *location, GError **error)
{
  static const guint8 ebml[] = { 0x1a, 0x45, 0xdf, 0xa3 };
  FILE *f = g_fopen (location, "rb");
  guint8 head[8] = { 0 };
  const gboolean is_read = f != NULL && fread (head, sizeof head, 1, f) == 1;

  if (f != NULL)
    fclose (f);
  const gboolean is_matroska = is_read && memcmp (head, ebml, sizeof ebml) == 0;
  const gboolean is_mp4 = is_read && gst_master_mp4_begins (head);
  if (!is_mp4 && !is_matroska)
    return NULL;
  GstMasterFilm *film = gst_master_film_new (path, location);
  if (!(is_mp4 ? gst_master_mp4_probe (film, error) : gst_master_matroska_probe (film, error)))
    g_clear_pointer (&film, gst_master_film_free);
  return film;
}

const GstMasterProfile *
gst_master_film_profile (const GstMasterFilm *film, const gchar *id, gboolean is_lossless, GError **error)
{
  GString *known = g_string_new (NULL);
  const GstMasterProfile *profile = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (!(formats[i].kinds & 1u << film->kind))
      continue;
    g_string_append_printf (known, "%s%s", known->len > 0 ? ", " : "", formats[i].format);
    const gboolean fits = id != NULL ? g_ascii_strcasecmp (formats[i].format, id) == 0 : formats[i].profile.is_lossy == !is_lossless;
    if (profile == NULL && fits)
      profile = &formats[i].profile;
    else if (profile == NULL && id == NULL && film->kind == GST_MASTER_FILM_WEBM)
      profile = &formats[i].profile;
  }
  if (profile == NULL)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "--format %s does not go into %s; it takes %s, and a name such as film.%s "
        "takes the sound alone", id, gst_master_film_kind_name (film->kind), known->str, id);
  g_string_free (known, TRUE);
  return profile != NULL && gst_master_profile_is_installed (profile, error) ? profile : NULL;
}

gboolean
gst_master_film_write (const GstMasterFilm *film, const GArray *parts, const gchar *output, const gchar *name, GError **error)
{
  const gboolean is_mp4 = film->kind == GST_MASTER_FILM_MP4 || film->kind == GST_MASTER_FILM_QUICKTIME;
  FILE *to = g_fopen (output, "r+b");
  GError *cause = NULL;

  errno = 0;
  gboolean ok = to != NULL && (is_mp4 ? gst_master_mp4_write (film, parts, to, &cause) : gst_master_matroska_write (film, parts, to, &cause));
  ok = to != NULL && fflush (to) == 0 && !ferror (to) && ok;
  const int why = errno;
  if (to != NULL)
    fclose (to);
  if (!ok && cause != NULL)
    g_propagate_error (error, cause);
  else if (!ok)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "cannot write %s: %s", name, why == ENOSPC
        ? "the disk is full; make room or choose another with -o" : why != 0 ? g_strerror (why) : "the input changed while it was copied");
  return ok;
}
