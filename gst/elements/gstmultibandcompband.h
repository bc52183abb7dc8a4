/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One band of multibandcomp: its properties are the fields of MstMultibandBand and of its detector in MstMultibandSetup. */
#pragma once

#include "gstmasteringbands.h"
#include "multiband.h"

G_BEGIN_DECLS

#define GST_TYPE_MULTIBAND_COMP_BAND (gst_multiband_comp_band_get_type ())
G_DECLARE_FINAL_TYPE (GstMultibandCompBand, gst_multiband_comp_band, GST, MULTIBAND_COMP_BAND, GstMasteringBand)

struct _GstMultibandCompBand
{
  GstMasteringBand parent;
  /* object lock */
  MstMultibandBand params;
  gint is_rms;
  gdouble rms_window_ms;
  gint is_keyed;
};

G_END_DECLS
