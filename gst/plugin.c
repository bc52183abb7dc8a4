/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/gst.h>

#include "isa.h"

GST_ELEMENT_REGISTER_DECLARE (masteringeq);
GST_ELEMENT_REGISTER_DECLARE (msmatrix);
GST_ELEMENT_REGISTER_DECLARE (multibandcomp);
GST_ELEMENT_REGISTER_DECLARE (r128meter);
GST_ELEMENT_REGISTER_DECLARE (tpdfdither);
GST_ELEMENT_REGISTER_DECLARE (truepeaklimiter);

static gboolean
plugin_init (GstPlugin *plugin)
{
  gboolean ok = FALSE;

  /* For measurements and to take a suspected kernel out of the way: the code every x86-64 runs */
  if (g_strcmp0 (g_getenv ("GST_MASTERING_ISA"), "baseline") == 0)
    mst_isa_force (MST_ISA_BASE);
  ok |= GST_ELEMENT_REGISTER (masteringeq, plugin);
  ok |= GST_ELEMENT_REGISTER (msmatrix, plugin);
  ok |= GST_ELEMENT_REGISTER (multibandcomp, plugin);
  ok |= GST_ELEMENT_REGISTER (r128meter, plugin);
  ok |= GST_ELEMENT_REGISTER (tpdfdither, plugin);
  ok |= GST_ELEMENT_REGISTER (truepeaklimiter, plugin);
  return ok;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, mastering,
    "Audio mastering: equaliser, multiband compressor, mid/side, true-peak limiter, R 128 meter, dither",
    plugin_init, VERSION, "LGPL", "gst-mastering", "https://gst-mastering.example.org")
