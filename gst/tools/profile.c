/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile.h"

#include <string.h>

#include "errors.h"

static const GstMasterProfile profiles[] = {
  { .id = "flac", .loudness_tags = GST_MASTER_TAGS_REPLAYGAIN,
    .extension = "flac", .extensions = "flac", .name = "FLAC", .encode = "flacenc", .elements = "flacenc", .max_channels = 8,
    .depths = { { 16, "S16LE" }, { 24, "S24LE" } } },
  { .id = "wav", .extension = "wav", .extensions = "wav wave", .name = "WAV", .encode = "wavenc", .elements = "wavenc id3v2mux",
    .loudness_tags = GST_MASTER_TAGS_ID3, .tag_chunk = "id3 ", .max_channels = 64,
    .is_limited = TRUE,
    .depths = { { 16, "S16LE" }, { 24, "S24LE" } } },
  { .id = "aiff", .extension = "aiff", .extensions = "aiff aif", .name = "AIFF",
    .encode = "audioconvert dithering=none ! aiffmux", .elements = "aiffmux aiffparse id3v2mux",
    .loudness_tags = GST_MASTER_TAGS_ID3, .tag_chunk = "ID3 ", .is_limited = TRUE, .max_channels = 64,
    .depths = { { 16, "S16LE" }, { 24, "S24LE" } } },
  { .id = "alac", .loudness_tags = GST_MASTER_TAGS_ILST,
    .extension = "m4a", .extensions = "alac", .name = "ALAC",
    .encode = "audioconvert dithering=none ! avenc_alac name=alac ! mp4mux", .elements = "avenc_alac avdec_alac mp4mux qtdemux",
    .max_channels = 8, .max_rate = 384000, .depths = { { 16, "S16LE" }, { 24, "S24LE" } } },
  { .id = "opus", .loudness_tags = GST_MASTER_TAGS_R128,
    .extension = "opus", .extensions = "opus", .name = "Opus", .encode = "opusenc name=encoder ! oggmux",
    .elements = "opusenc oggmux opusdec", .is_lossy = TRUE, .max_channels = 8, .bits_per_channel = 96000, .fixed_rate = 48000,
    .note = "96 kb/s a channel", .depths = { { 16, "S16LE" } } },
  { .id = "vorbis", .loudness_tags = GST_MASTER_TAGS_REPLAYGAIN,
    .extension = "ogg", .extensions = "ogg oga", .name = "Vorbis", .encode = "vorbisenc quality=0.7 ! oggmux",
    .elements = "vorbisenc oggmux vorbisdec", .is_lossy = TRUE, .max_channels = 8, .max_rate = 192000,
    .note = "quality 7", .depths = { { -1, "F32LE" } } },
  { .id = "mp3", .loudness_tags = GST_MASTER_TAGS_ID3,
    .extension = "mp3", .extensions = "mp3", .name = "MP3",
    .encode = "lamemp3enc target=bitrate cbr=true bitrate=320 ! xingmux ! id3v2mux", .elements = "lamemp3enc xingmux id3v2mux",
    .is_lossy = TRUE, .max_channels = 2, .max_rate = 48000, .note = "320 kb/s", .depths = { { 16, "S16LE" } } },
  { .id = "aac", .loudness_tags = GST_MASTER_TAGS_ILST,
    .extension = "m4a", .extensions = "m4a", .name = "AAC",
    .encode = "audioconvert dithering=none ! avenc_aac name=encoder ! aacparse ! mp4mux", .bits_per_channel = 128000,
    .elements = "avenc_aac aacparse mp4mux", .is_lossy = TRUE, .max_channels = 6, .max_rate = 96000, .note = "128 kb/s a channel",
    .depths = { { -1, "F32LE" } } },
};

static gboolean
has_word (const gchar *words, const gchar *word)
{
  gchar **split = g_strsplit (words, " ", -1);
  const gboolean found = g_strv_contains ((const gchar *const *) split, word);
  g_strfreev (split);
  return found;
}

static gchar *
known_ids (void)
{
  GString *s = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++)
    g_string_append_printf (s, "%s%s", i ? ", " : "", profiles[i].id);
  return g_string_free (s, FALSE);
}

gboolean
gst_master_profile_is_installed (const GstMasterProfile *profile, GError **error)
{
  gchar **names = g_strsplit (profile->elements, " ", -1);
  gboolean ok = TRUE;
  for (guint i = 0; names[i] != NULL && ok; i++) {
    GstElementFactory *factory = gst_element_factory_find (names[i]);
    ok = factory != NULL;
    if (ok)
      gst_object_unref (factory);
    else
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_SETUP, "cannot write %s: the element %s is not installed; "
          "install gstreamer1.0-plugins-good, -bad, -ugly or gstreamer1.0-libav", profile->name, names[i]);
  }
  g_strfreev (names);
  return ok;
}

const GstMasterProfile *
gst_master_profile_find (const gchar *id, const gchar *path, GError **error)
{
  const gchar *dot = strrchr (path, '.');
  gchar *word = g_ascii_strdown (id != NULL ? id : dot != NULL ? dot + 1 : "", -1);
  const GstMasterProfile *profile = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (profiles) && profile == NULL; i++)
    if (id != NULL ? g_str_equal (profiles[i].id, word) : has_word (profiles[i].extensions, word))
      profile = &profiles[i];
  if (profile == NULL) {
    gchar *ids = known_ids ();
    if (id != NULL)
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "--format %s is not known; there is %s", id, ids);
    else
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE,
          "cannot tell the format of %s by its name; use --format with one of %s", path, ids);
    g_free (ids);
  } else if (!gst_master_profile_is_installed (profile, error)) {
    profile = NULL;
  }
  g_free (word);
  return profile;
}

const gchar *
gst_master_profile_extension_for (const gchar *id, const gchar *input)
{
  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++)
    if (g_strcmp0 (profiles[i].id, id) == 0)
      return profiles[i].extension;
  return profiles[0].extension;
}

const gchar *
gst_master_profile_raw_format (const GstMasterProfile *profile, gint bits, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (profile->depths) && profile->depths[i].bits != 0; i++)
    if (profile->depths[i].bits == bits)
      return profile->depths[i].format;
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "--bits %d does not go into %s; it takes 16 or 24", bits,
      profile->name);
  return NULL;
}

gint
gst_master_profile_best_rate (const GstMasterProfile *profile, gint rate)
{
  if (profile->fixed_rate != 0)
    return profile->fixed_rate;
  if (profile->max_rate == 0 || rate <= profile->max_rate)
    return rate;
  /* down by whole octaves: 88.2 and 176.4 kHz to 44.1, 96 and 192 kHz to 48 */
  while (rate > profile->max_rate)
    rate /= 2;
  return rate;
}

gint
gst_master_profile_best_bits (const GstMasterProfile *profile, gint bits)
{
  gint best = profile->depths[0].bits;
  for (guint i = 0; i < G_N_ELEMENTS (profile->depths) && profile->depths[i].bits != 0; i++)
    if (profile->depths[i].bits <= bits)
      best = profile->depths[i].bits;
  return best;
}
