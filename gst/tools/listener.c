/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listener.h"

#include <gst/audio/audio.h>

static void
hear_caps (GstMasterListener *listener, GstCaps *caps)
{
  GstAudioInfo info;

  /* Caps that change within a stream do not come out of a file with one kind of audio; the first ones count */
  if (listener->n_channels != 0 || !gst_audio_info_from_caps (&info, caps) || GST_AUDIO_INFO_FORMAT (&info) != GST_AUDIO_FORMAT_F64
      || GST_AUDIO_INFO_LAYOUT (&info) != GST_AUDIO_LAYOUT_INTERLEAVED)
    return;
  listener->n_channels = GST_AUDIO_INFO_CHANNELS (&info);
  if (listener->is_of_input)
    listener->intake = gst_master_intake_new (GST_AUDIO_INFO_RATE (&info), listener->n_channels);
  if (listener->wants_levels)
    listener->levels = gst_master_levels_new (GST_AUDIO_INFO_RATE (&info), listener->n_channels);
  listener->spectrum = gst_master_spectrum_new (GST_AUDIO_INFO_RATE (&info), GST_AUDIO_INFO_CHANNELS (&info));
}

static GstPadProbeReturn
hear (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  GstMasterListener *listener = user_data;
  GstCaps *caps;

  if (probe->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    GstEvent *event = GST_PAD_PROBE_INFO_EVENT (probe);
    if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
      gst_event_parse_caps (event, &caps);
      hear_caps (listener, caps);
    }
  } else if (listener->n_channels != 0) {
    GstMapInfo map;
    if (gst_buffer_map (GST_PAD_PROBE_INFO_BUFFER (probe), &map, GST_MAP_READ)) {
      const gsize n_frames = map.size / (sizeof (gdouble) * (gsize) listener->n_channels);
      const gdouble *frames = (const gdouble *) (const void *) map.data;
      if (listener->intake != NULL)
        gst_master_intake_feed (listener->intake, frames, n_frames);
      if (listener->levels != NULL)
        gst_master_levels_feed (listener->levels, frames, n_frames);
      gst_master_spectrum_feed (listener->spectrum, frames, n_frames);
      gst_buffer_unmap (GST_PAD_PROBE_INFO_BUFFER (probe), &map);
    }
  }
  return GST_PAD_PROBE_OK;
}

void
gst_master_listener_attach (GstMasterListener *listener, GstElement *pipeline, const gchar *element)
{
  GstElement *found = pipeline != NULL ? gst_bin_get_by_name (GST_BIN (pipeline), element) : NULL;

  gst_master_listener_clear (listener);
  if (found == NULL)
    return;
  GstPad *pad = gst_element_get_static_pad (found, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_BUFFER, hear, listener, NULL);
  gst_object_unref (pad);
  gst_object_unref (found);
}

void
gst_master_listener_finish (GstMasterListener *listener)
{
  if (listener->n_channels == 0)
    return;
  if (listener->intake != NULL)
    gst_master_intake_finish (listener->intake);
  gst_master_spectrum_finish (listener->spectrum);
}

void
gst_master_listener_clear (GstMasterListener *listener)
{
  g_clear_pointer (&listener->intake, gst_master_intake_free);
  g_clear_pointer (&listener->spectrum, gst_master_spectrum_free);
  g_clear_pointer (&listener->levels, gst_master_levels_free);
  g_clear_pointer (&listener->history, g_array_unref);
  listener->n_channels = 0;
}
