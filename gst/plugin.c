/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/gst.h>

static gboolean
plugin_init (GstPlugin *plugin)
{
  return TRUE;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, mastering,
    "Audio mastering: equaliser, multiband compressor, mid/side, true-peak limiter, R 128 meter, dither",
    plugin_init, VERSION, "LGPL", "gst-mastering", "https://gst-mastering.example.org")
