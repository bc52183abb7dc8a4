/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "chan.h"
#include "layout.h"
#include "length.h"
#include "mp4-view.h"
#include "pcm.h"
#include "timeline.h"

#define MAX_CHANNELS 63         /* that audioconvert takes; with more it crashes */

GstMasterSource *
gst_master_source_new (const gchar *path)
{
  GstMasterSource *source = g_new0 (GstMasterSource, 1);
  source->path = g_strdup (path);
  source->location = g_strdup (path);
  source->duration = source->declared = source->origin = GST_CLOCK_TIME_NONE;
  return source;
}

void
gst_master_source_free (GstMasterSource *source)
{
  if (source == NULL)
    return;
  g_clear_pointer (&source->tags, gst_tag_list_unref);
  gst_master_cache_free (source->kept);
  g_free (source->stream);
  g_free (source->codec);
  g_free (source->location);
  g_free (source->path);
  g_free (source);
}

static void
refuse_channels (GstElement *element, gint channels)
{
  GST_ELEMENT_ERROR (element, LIBRARY, FAILED, ("it has %d channels, of which " G_STRINGIFY (MAX_CHANNELS) " can be converted; split it", channels), (NULL));
}

static GstPadProbeReturn
watch_stream (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstMasterSource *source = user_data;

  if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
    GstAudioInfo audio;
    GstCaps *caps;
    if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
      gst_event_parse_caps (event, &caps);
      if (gst_audio_info_from_caps (&audio, caps)) {
        if (GST_AUDIO_INFO_CHANNELS (&audio) > MAX_CHANNELS) {
          refuse_channels (GST_PAD_PARENT (pad), GST_AUDIO_INFO_CHANNELS (&audio));
          return GST_PAD_PROBE_DROP;
        }
        source->rate = GST_AUDIO_INFO_RATE (&audio);
        source->channels = GST_AUDIO_INFO_CHANNELS (&audio);
        source->bytes_per_frame = GST_AUDIO_INFO_BPF (&audio);
        source->channel_mask = 0;
        if (source->channels > 2 && !GST_AUDIO_INFO_IS_UNPOSITIONED (&audio))
          gst_audio_channel_positions_to_mask (audio.position, source->channels, FALSE, &source->channel_mask);
        source->is_float = GST_AUDIO_INFO_IS_FLOAT (&audio);
        source->bits = source->is_float ? 0 : GST_AUDIO_INFO_DEPTH (&audio);
        if (source->is_flac_by_libav && source->bits > 24)      /* which has no format of 24 bits */
          source->bits = 24;
      }
      if (!GST_CLOCK_TIME_IS_VALID (source->duration)) {
        gint64 duration;
        if (gst_pad_peer_query_duration (pad, GST_FORMAT_TIME, &duration))
          source->duration = source->declared = duration;
      }
    }
  } else {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
    GstAudioMeta *meta = gst_buffer_get_audio_meta (buffer);
    if (meta != NULL) {
      source->frames += meta->samples;
    } else {
      source->frames += gst_buffer_get_size (buffer) / source->bytes_per_frame;
    }
  }
  return GST_PAD_PROBE_OK;
}

/* Decoders come in the order of stream ids, not in that of the file. */
static gboolean
is_wanted (GstMasterSource *source, GstPad *pad)
{
  if (source->is_alone)
    return TRUE;
  if (source->stream == NULL)
    return source->n_tracks++ == source->track;
  gchar *id = gst_pad_get_stream_id (pad);
  const gboolean is = id != NULL && g_str_has_suffix (id, source->stream);
  source->n_tracks++;
  g_free (id);
  return is;
}

static void
link_track (GstElement *decoder, GstPad *pad, gpointer user_data)
{
  GstElement *next = user_data;
  GstMasterSource *source = g_object_get_data (G_OBJECT (next), "source");
  GstPad *sink = gst_element_get_static_pad (next, "sink");
  GstCaps *caps = gst_pad_query_caps (pad, NULL);

  gint channels = 0;

  if (g_object_get_data (G_OBJECT (next), "all-tracks") != NULL)
    source->is_chained = TRUE;
  if (!gst_caps_is_empty (caps) && gst_structure_get_int (gst_caps_get_structure (caps, 0), "channels", &channels) && channels > MAX_CHANNELS)
    refuse_channels (decoder, channels);
  else if (!gst_caps_is_empty (caps) && g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (caps, 0)), "audio/x-raw")
      && is_wanted (source, pad) && gst_pad_link (pad, sink) == GST_PAD_LINK_OK) {
    source->is_linked = TRUE;
    gst_master_hold_segment (pad);
    if (source->is_alone && source->range.timescale > 0)
      gst_master_hold_range (pad, &source->range);
  }
  gst_caps_unref (caps);
  gst_object_unref (sink);
}

/* Streams that nobody takes wait for each other in a decodebin, now and then for ever. */
static void
end_tracks (GstElement *decoder, gpointer user_data)
{
  const GstMasterSource *source = g_object_get_data (G_OBJECT (user_data), "source");

  g_object_set_data (G_OBJECT (user_data), "all-tracks", user_data);
  if (!source->is_linked)
    GST_ELEMENT_ERROR (decoder, STREAM, FAILED, ("no such track"), (NULL));
}

static gboolean
is_aiff (const gchar *path)
{
  guint8 head[12] = { 0 };
  FILE *f = g_fopen (path, "rb");
  const gboolean is = f != NULL && fread (head, sizeof head, 1, f) == 1 && memcmp (head, "FORM", 4) == 0
      && (memcmp (head + 8, "AIFF", 4) == 0 || memcmp (head + 8, "AIFC", 4) == 0);
  if (f != NULL)
    fclose (f);
  return is;
}

/* flacdec of GStreamer 1.22 takes seven and eight channels one for the other; libav's decoder does not. */
static gint
select_decoder (GstElement *decoder, GstPad *pad, GstCaps *caps, GstElementFactory *factory, gpointer user_data)
{
  enum { TRY, SKIP = 2 };       /* of GstAutoplugSelectResult, which has no header */
  GstMasterSource *source = user_data;
  gint channels = 0;

  if (!g_str_equal (GST_OBJECT_NAME (factory), "flacdec") || !gst_structure_get_int (gst_caps_get_structure (caps, 0), "channels", &channels)
      || channels <= 6)
    return TRY;
  GstElementFactory *other = gst_element_factory_find ("avdec_flac");
  source->is_scrambled = other == NULL;
  source->is_flac_by_libav = other != NULL;
  gst_clear_object (&other);
  return source->is_scrambled ? TRY : SKIP;
}

/* A decodebin for @from, or for the file. */
static GstElement *
make_decodebin (GstMasterSource *source, const gchar *path, gboolean is_linked)
{
  GstElement *decoder = gst_element_factory_make (is_linked ? "decodebin" : "uridecodebin", "decoder");
  GstCaps *caps = gst_caps_from_string ("audio/x-raw(ANY)");

  if (!is_linked) {
    gchar *uri = g_filename_to_uri (path, NULL, NULL);
    g_object_set (decoder, "uri", uri, NULL);
    g_free (uri);
  }
  g_object_set (decoder, "caps", caps, "expose-all-streams", FALSE, NULL);
  g_signal_connect (decoder, "autoplug-select", G_CALLBACK (select_decoder), source);
  gst_caps_unref (caps);
  return decoder;
}

/* One track of a movie, in @bin. NULL: it is none. */
static GstElement *
make_movie_decoder (GstMasterSource *source, GstBin *bin)
{
  guint n_tracks = 0;
  GstElement *view = gst_master_mp4_view_new (source->location, source->stream, source->track, &n_tracks, &source->range);

  if (view == NULL)
    return NULL;
  GstElement *decoder = make_decodebin (source, NULL, TRUE);
  gst_bin_add (bin, view);
  gst_bin_add (bin, decoder);
  gst_element_link (view, decoder);
  source->is_alone = TRUE;
  source->n_tracks = n_tracks;
  if (source->range.timescale > 0)
    source->duration = source->declared = source->range.place
        + gst_util_uint64_scale (source->range.length, GST_SECOND, source->range.timescale);
  return decoder;
}

/* aiffparse of GStreamer 1.22 within a decodebin, which exposes its pad while it still reads the header, leaves one pipeline in five
 * paused for ever. Linked by hand it does not. Of the channels it knows but their number. */
static GstElement *
make_aiff_decoder (const gchar *path)
{
  GstElement *decoder = gst_parse_bin_from_description ("filesrc name=from ! aiffparse name=parse ! capssetter name=name", TRUE, NULL);
  GstAudioChannelPosition positions[64];
  guint n_channels;

  if (decoder == NULL)
    return NULL;
  GstElement *from = gst_bin_get_by_name (GST_BIN (decoder), "from"), *name = gst_bin_get_by_name (GST_BIN (decoder), "name");
  g_object_set (from, "location", path, NULL);
  const gboolean is_named = gst_master_chan_read_aiff (path, &n_channels, positions);
  if (n_channels > 2) {
    guint64 mask = gst_master_layout_by_convention (n_channels);
    GstPad *src = gst_element_get_static_pad (name, "src");
    if (is_named) {
      gst_audio_channel_positions_to_mask (positions, (gint) n_channels, FALSE, &mask);
      gst_master_layout_sort (src, n_channels, positions);
    }
    GstCaps *caps = gst_caps_new_simple ("audio/x-raw", "channel-mask", GST_TYPE_BITMASK, mask, NULL);
    g_object_set (name, "caps", caps, NULL);
    gst_caps_unref (caps);
    gst_object_unref (src);
  }
  gst_object_unref (name);
  gst_object_unref (from);
  return decoder;
}

static GstElement *
make_decoder (GstMasterSource *source)
{
  gchar *absolute = g_canonicalize_filename (source->location, NULL);
  GstElement *decoder = gst_master_pcm_make_bin (absolute);

  if (decoder != NULL) {
    /* read */
  } else if (is_aiff (absolute)) {
    decoder = make_aiff_decoder (absolute);
  } else {
    decoder = make_decodebin (source, absolute, FALSE);
  }
  g_free (absolute);
  return decoder;
}

GstElement *
gst_master_source_make_bin (GstMasterSource *source)
{
  GstElement *bin = gst_bin_new ("input");
  GstElement *kept = gst_master_cache_make_bin (source->kept);
  GstElement *decoder = kept;
  GstElement *convert = gst_element_factory_make ("audioconvert", NULL), *next = convert;

  source->frames = 0;
  if (kept == NULL)
    source->n_tracks = 0;
  source->is_linked = source->is_alone = FALSE;
  if (decoder == NULL && (decoder = make_movie_decoder (source, GST_BIN (bin))) == NULL)
    decoder = make_decoder (source);
  gst_bin_add (GST_BIN (bin), convert);
  if (!source->is_alone)
    gst_bin_add (GST_BIN (bin), decoder);
  if (source->stream != NULL && kept == NULL) {
    next = gst_master_timeline_new (source);
    gst_bin_add (GST_BIN (bin), next);
    gst_element_link (next, convert);
  }
  g_object_set_data (G_OBJECT (next), "source", source);

  GstPad *sink = gst_element_get_static_pad (convert, "sink");
  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_BUFFER, watch_stream, source, NULL);
  if (source->kept != NULL && kept == NULL)
    gst_master_cache_record (source->kept, sink);
  gst_object_unref (sink);
  if (gst_element_link (decoder, next)) {
    source->is_linked = TRUE;
  } else {
    g_signal_connect (decoder, "pad-added", G_CALLBACK (link_track), next);
    g_signal_connect (decoder, "no-more-pads", G_CALLBACK (end_tracks), next);
  }
  GstPad *src = gst_element_get_static_pad (convert, "src");
  gst_element_add_pad (bin, gst_ghost_pad_new ("src", src));
  gst_object_unref (src);
  return bin;
}

static GstPadProbeReturn
follow (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstMasterSource *source = user_data;
  const GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  if (GST_BUFFER_PTS_IS_VALID (buffer))
    source->frames = gst_util_uint64_scale (GST_BUFFER_PTS (buffer), source->rate, GST_SECOND);
  return GST_PAD_PROBE_OK;
}

void
gst_master_source_follow (GstMasterSource *source, GstElement *bin)
{
  GstPad *pad = gst_element_get_static_pad (bin, "src");
  source->frames = 0;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, follow, source, NULL);
  gst_object_unref (pad);
}

void
gst_master_source_take_tags (GstMasterSource *source, GstTagList *tags)
{
  GstTagList *both = gst_tag_list_merge (source->tags, tags, GST_TAG_MERGE_KEEP);
  g_clear_pointer (&source->tags, gst_tag_list_unref);
  source->tags = both;
  if (source->codec == NULL && both != NULL)
    gst_tag_list_get_string (both, GST_TAG_AUDIO_CODEC, &source->codec);
}

gboolean
gst_master_source_is_lossy (const GstMasterSource *source)
{
  static const gchar *const lossless[] = { "pcm", "flac", "free lossless", "alac", "apple lossless", "wavpack",
    "uncompressed", "monkey", "true audio", "lossless"
  };

  if (source->codec == NULL)
    return FALSE;
  gchar *codec = g_ascii_strdown (source->codec, -1);
  gboolean lossy = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (lossless) && lossy; i++)
    lossy = strstr (codec, lossless[i]) == NULL;
  g_free (codec);
  return lossy;
}

gdouble
gst_master_source_seconds (const GstMasterSource *source)
{
  return source->rate > 0 ? (gdouble) source->frames / source->rate : 0.0;
}
