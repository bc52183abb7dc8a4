/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render.h"

#include <gst/audio/audio.h>
#include <math.h>

#include "errors.h"
#include "layout.h"
#include "length.h"
#include "tags.h"

#define DOUBLE "capsfilter caps=audio/x-raw,format=" GST_AUDIO_NE (F64) ",layout=interleaved"
/* Decoder, chain and encoder side by side, where there is a core for each; half a second is enough to keep them busy */
#define QUEUE "queue max-size-buffers=0 max-size-bytes=0 max-size-time=500000000"
#define RESAMPLER "resampler"
#define METER "r128meter name="

static void
append_number (GString *s, const gchar *property, gdouble value)
{
  gchar buf[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (s, " %s=%s", property, g_ascii_dtostr (buf, sizeof buf, value));
}

/* volume goes up to 20 dB; two of them to GST_MASTER_MAX_GAIN_DB. At 1 they pass buffers on untouched. */
static void
append_gain (GString *s, gdouble db)
{
  const gdouble first = CLAMP (db, -20.0, 20.0);
  if (db == 0.0)
    return;
  g_string_append (s, " ! volume");
  append_number (s, "volume", pow (10.0, first / 20.0));
  if (db != first) {
    g_string_append (s, " ! volume");
    append_number (s, "volume", pow (10.0, (db - first) / 20.0));
  }
}

static gboolean use_queues;

void
gst_master_render_use_queues (gboolean use)
{
  use_queues = use;
}

static const gchar *
queue (void)
{
  return use_queues ? " ! " QUEUE : "";
}

static void
append_meter (GString *s, const gchar *name, gboolean with_peaks)
{
  g_string_append_printf (s, " ! " METER "%s%s", name, with_peaks ? "" : " true-peak=false sample-peak=false range=false"
      " momentary=false short-term=false");
}

/* Levels between the stages: behind each one that is an element, but for the last, which the meter "driven" stands behind. */
static void
append_stages (GString *s, const GstMasterRender *r, gboolean with_meters)
{
  const GPtrArray *stages = r->chain->stages;

  for (guint i = 0; i < stages->len; i++) {
    const gchar *stage = g_ptr_array_index (stages, i);
    g_string_append_printf (s, " ! %s", stage);
    if (with_meters && i + 1 < stages->len && !g_str_has_prefix (stage, "audio/")) {
      gchar *name = g_strdup_printf (GST_MASTER_METER_STAGE "%u", i);
      g_string_append (s, " ! audioconvert dithering=none");
      append_meter (s, name, FALSE);
      g_string_append (s, " ! audioconvert dithering=none");
      g_free (name);
    }
  }
}

/* Decoded input, or what is kept of it behind the chain. */
static GString *
begin_chain (const GstMasterRender *r, gboolean is_cached, gboolean with_meters)
{
  GString *s = g_string_new (DOUBLE);
  g_string_append (s, queue ());
  if (r != NULL && !is_cached) {
    append_gain (s, r->trim_db);
    append_stages (s, r, with_meters);
    g_string_append_printf (s, " ! audioconvert dithering=none ! " DOUBLE " ! audioresample name=" RESAMPLER
        " quality=10 ! audio/x-raw,rate=%d", r->rate);
  }
  return s;
}

static void
append_limiter (GString *s, const GstMasterRender *r)
{
  if (r->no_limiter)
    return;
  g_string_append (s, " ! truepeaklimiter name=" GST_MASTER_LIMITER "");
  append_number (s, "ceiling", r->ceiling_db);
}

/* Bins "input", "chain" and, if @output is not NULL, "output". @r is NULL where only the input is measured. Takes @chain and @cached,
 * which is the input if it is not NULL. */
static GstElement *
assemble (GstMasterSource *source, const GstMasterRender *r, GstElement *cached, GString *chain, const gchar *output,
    const gchar *path, GError **error)
{
  GstElement *pipeline = gst_pipeline_new ("master");
  GstElement *input = cached != NULL ? cached : gst_master_source_make_bin (source);
  GstElement *middle = gst_parse_bin_from_description (chain->str, TRUE, error);
  GstElement *end = middle == NULL ? NULL : output == NULL ? gst_element_factory_make ("fakesink", NULL)
      : gst_parse_bin_from_description (output, TRUE, error);

  g_string_free (chain, TRUE);
  if (end == NULL) {
    gst_object_unref (pipeline);
    gst_object_unref (input);
    gst_clear_object (&middle);
    if (error != NULL && *error != NULL) {
      GError *cause = g_steal_pointer (error);
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_SETUP, "%s; is the plugin installed? gst-inspect-1.0 mastering",
          cause->message);
      g_error_free (cause);
    }
    return NULL;
  }
  gst_object_set_name (GST_OBJECT (input), "input");
  gst_object_set_name (GST_OBJECT (middle), "chain");
  if (cached != NULL)
    gst_master_source_follow (source, cached);
  if (output != NULL) {
    GstElement *sink = gst_bin_get_by_name (GST_BIN (end), "file");
    gst_object_set_name (GST_OBJECT (end), "output");
    g_object_set (sink, "location", path, NULL);
    gst_object_unref (sink);
    GstPad *pad = gst_element_get_static_pad (end, "sink");
    if (source->total_frames > 0)
      gst_master_tell_length (pad, gst_util_uint64_scale_round (source->total_frames, r->rate, source->rate), r->rate);
    gst_object_unref (pad);
    gst_master_tags_set (end, r->tags);
  } else {
    g_object_set (end, "sync", FALSE, NULL);    /* but it prerolls: an EOS before PLAYING would be lost */
  }
  GstElement *resampler = gst_bin_get_by_name (GST_BIN (middle), RESAMPLER);
  if (resampler != NULL && source->total_frames > 0)
    gst_master_hold_length (resampler, gst_util_uint64_scale_round (source->total_frames, r->rate, source->rate));
  gst_clear_object (&resampler);
  gst_bin_add_many (GST_BIN (pipeline), input, middle, end, NULL);
  gst_element_link_many (input, middle, end, NULL);
  return pipeline;
}

GstElement *
gst_master_make_measure (GstMasterSource *source, gboolean with_second, gboolean with_dialogue, GError **error)
{
  GString *s = begin_chain (NULL, FALSE, FALSE);
  append_meter (s, GST_MASTER_METER, TRUE);
  if (with_dialogue)
    g_string_append (s, " dialogue=true");
  if (with_second) {
    append_meter (s, GST_MASTER_METER_SECOND, FALSE);
    g_string_append (s, " engine=libebur128");
  }
  return assemble (source, NULL, NULL, s, NULL, NULL, error);
}

GstElement *
gst_master_make_analysis (GstMasterSource *source, const GstMasterRender *r, GstMasterCache *cache, GError **error)
{
  GString *s = begin_chain (r, FALSE, r->with_stage_meters);
  append_meter (s, GST_MASTER_METER_DRIVEN, TRUE);
  append_gain (s, r->drive_db);
  append_limiter (s, r);
  if (!r->no_limiter)
    append_meter (s, GST_MASTER_METER_LIMITED, FALSE);
  GstElement *pipeline = assemble (source, r, NULL, s, NULL, NULL, error);
  if (pipeline != NULL && cache != NULL) {
    GstElement *driven = gst_bin_get_by_name (GST_BIN (pipeline), GST_MASTER_METER_DRIVEN);
    GstPad *src = gst_element_get_static_pad (driven, "src");
    gst_master_cache_record (cache, src);
    gst_object_unref (src);
    gst_object_unref (driven);
  }
  return pipeline;
}

GstElement *
gst_master_make_trial (GstMasterSource *source, const GstMasterRender *r, GstMasterCache *cache, GError **error)
{
  GstElement *cached = gst_master_cache_make_bin (cache);
  GString *s = begin_chain (r, cached != NULL, FALSE);

  append_gain (s, r->drive_db);
  append_limiter (s, r);
  append_meter (s, GST_MASTER_METER_LIMITED, FALSE);
  return assemble (source, r, cached, s, NULL, NULL, error);
}

GstElement *
gst_master_make_render (GstMasterSource *source, const GstMasterRender *r, GstMasterCache *cache, const gchar *path, GError **error)
{
  const gchar *format = gst_master_profile_raw_format (r->profile, r->bits, error);
  GstElement *cached;
  GString *s;

  if (format == NULL)
    return NULL;
  cached = gst_master_cache_make_bin (cache);
  s = begin_chain (r, cached != NULL, FALSE);
  append_gain (s, r->drive_db);
  append_limiter (s, r);
  if (r->is_shown)
    append_meter (s, GST_MASTER_METER_LIVE, FALSE);
  if (r->bits > 0)
    g_string_append_printf (s, " ! tpdfdither bits=%d dither=%s noise-shaping=%s seed=%" G_GUINT64_FORMAT, r->bits, r->dither,
        r->shaping, r->seed);
  else
    g_string_append (s, " ! audioconvert dithering=none");
  g_string_append_printf (s, " ! capsfilter caps=audio/x-raw,format=%s%s", format, queue ());
  GString *output = g_string_new (NULL);
  guint64 layout;
  if (gst_master_layout_for (r->profile->encode, (guint) source->channels, source->channel_mask, &layout) && layout != source->channel_mask
      && !gst_master_chain_sets_channels (r->chain))
    g_string_append_printf (output, "capssetter caps=audio/x-raw,channel-mask=(bitmask)0x%" G_GINT64_MODIFIER "x ! ", layout);
  g_string_append_printf (output, "%s ! filesink name=file", r->profile->encode);
  GstElement *pipeline = assemble (source, r, cached, s, output->str, path, error);
  g_string_free (output, TRUE);
  if (pipeline != NULL) {
    GstElement *end = gst_bin_get_by_name (GST_BIN (pipeline), "output");
    gst_master_layout_feed (end, r->profile->encode);
    gst_object_unref (end);
  }
  if (pipeline != NULL && r->profile->bits_per_channel != 0) {
    GstElement *encoder = gst_bin_get_by_name (GST_BIN (pipeline), "encoder");
    g_object_set (encoder, "bitrate", MIN (r->profile->bits_per_channel * source->channels, 640000), NULL);
    gst_object_unref (encoder);
  }
  return pipeline;
}
