/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One band of multibandcomp: its properties are the fields of MstMultibandBand. */
#pragma once

#include "gstmasteringbands.h"
#include "multiband.h"

G_BEGIN_DECLS

#define GST_TYPE_MULTIBAND_COMP_BAND (gst_multiband_comp_band_get_type ())
G_DECLARE_FINAL_TYPE (GstMultibandCompBand, gst_multiband_comp_band, GST, MULTIBAND_COMP_BAND, GstMasteringBand)

struct _GstMultibandCompBand
{
  GstMasteringBand parent;
  MstMultibandBand params;      /* object lock */
};

G_END_DECLS
