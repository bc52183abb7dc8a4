/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cache.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <gst/audio/audio.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Some 50 minutes of stereo at 44.1 kHz in double */
#define MAX_BYTES (1ull << 30)
#define MIN_FREE_BYTES (1ull << 30)     /* that others may need */
/* Containers round their times */
#define HOLE_S 0.04

GstMasterCache *
gst_master_cache_new (const gchar *folder)
{
  struct statvfs fs;
  gchar *name = g_build_filename (folder, ".gst-master-XXXXXX.part", NULL);
  GstMasterCache *cache = NULL;

  if (statvfs (folder, &fs) == 0 && (guint64) fs.f_bavail * fs.f_frsize > MAX_BYTES + MIN_FREE_BYTES) {
    const int fd = g_mkstemp_full (name, O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) {
      g_unlink (name);
      cache = g_new0 (GstMasterCache, 1);
      cache->fd = fd;
    }
  }
  g_free (name);
  return cache;
}

static gboolean
keep (GstMasterCache *cache, GstBuffer *buffer)
{
  GstMapInfo map;
  gsize done = 0;

  if (GST_BUFFER_PTS_IS_VALID (buffer)
      && ABS (GST_BUFFER_PTS (buffer) / 1e9 - (gdouble) cache->bytes / (gdouble) cache->bytes_per_second) > HOLE_S)
    return FALSE;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return FALSE;
  while (done < map.size) {
    const gssize n = write (cache->fd, map.data + done, map.size - done);
    if (n <= 0)
      break;
    done += (gsize) n;
  }
  cache->bytes += done;
  const gboolean ok = done == map.size && cache->bytes <= MAX_BYTES;
  gst_buffer_unmap (buffer, &map);
  return ok;
}

static gboolean
take_caps (GstMasterCache *cache, GstPad *pad, GstCaps *caps)
{
  gchar *text = gst_caps_to_string (caps);
  GstAudioInfo info;
  gint64 duration = 0;
  gboolean ok = cache->caps == NULL || g_str_equal (cache->caps, text);

  g_free (cache->caps);
  cache->caps = text;
  if (!ok || !gst_audio_info_from_caps (&info, caps) || GST_AUDIO_INFO_LAYOUT (&info) != GST_AUDIO_LAYOUT_INTERLEAVED)
    return FALSE;
  cache->bytes_per_second = (guint64) GST_AUDIO_INFO_RATE (&info) * (guint64) GST_AUDIO_INFO_BPF (&info);
  if (GST_PAD_IS_SRC (pad))
    gst_pad_query_duration (pad, GST_FORMAT_TIME, &duration);
  else
    gst_pad_peer_query_duration (pad, GST_FORMAT_TIME, &duration);
  return duration / 1e9 * (gdouble) cache->bytes_per_second < (gdouble) MAX_BYTES;
}

static GstPadProbeReturn
record (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstMasterCache *cache = user_data;
  GstCaps *caps;

  if (cache->failed)
    return GST_PAD_PROBE_REMOVE;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    if (!keep (cache, GST_PAD_PROBE_INFO_BUFFER (info))) {
      cache->failed = TRUE;
      if (ftruncate (cache->fd, 0) != 0)
        GST_WARNING_OBJECT (pad, "cannot empty the cache");
    }
  } else if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_CAPS) {
    gst_event_parse_caps (GST_PAD_PROBE_INFO_EVENT (info), &caps);
    cache->failed = !take_caps (cache, pad, caps);
  } else if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS) {
    cache->is_whole = TRUE;
  }
  return GST_PAD_PROBE_OK;
}

void
gst_master_cache_record (GstMasterCache *cache, GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, record, cache, NULL);
}

gboolean
gst_master_cache_is_whole (const GstMasterCache *cache)
{
  return cache != NULL && !cache->failed && cache->is_whole && cache->caps != NULL;
}

GstElement *
gst_master_cache_make_bin (GstMasterCache *cache)
{
  if (!gst_master_cache_is_whole (cache) || lseek (cache->fd, 0, SEEK_SET) != 0)
    return NULL;
  GstElement *bin = gst_parse_bin_from_description ("fdsrc name=from blocksize=262144 ! capsfilter name=caps ! "
      "rawaudioparse use-sink-caps=true", TRUE, NULL);
  if (bin == NULL)
    return NULL;
  GstElement *from = gst_bin_get_by_name (GST_BIN (bin), "from"), *filter = gst_bin_get_by_name (GST_BIN (bin), "caps");
  GstCaps *caps = gst_caps_from_string (cache->caps);
  g_object_set (from, "fd", cache->fd, NULL);
  g_object_set (filter, "caps", caps, NULL);
  gst_caps_unref (caps);
  gst_object_unref (filter);
  gst_object_unref (from);
  return bin;
}

void
gst_master_cache_free (GstMasterCache *cache)
{
  if (cache == NULL)
    return;
  close (cache->fd);
  g_free (cache->caps);
  g_free (cache);
}
