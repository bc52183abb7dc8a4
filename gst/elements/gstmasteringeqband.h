/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A child of masteringeq: one band's settings. */
#pragma once

#include "eq.h"
#include "gstmasteringbands.h"

G_BEGIN_DECLS

#define GST_TYPE_MASTERING_EQ_BAND (gst_mastering_eq_band_get_type ())
G_DECLARE_FINAL_TYPE (GstMasteringEqBand, gst_mastering_eq_band, GST, MASTERING_EQ_BAND, GstMasteringBand)

/* Under the band's object lock, as in a GstMasteringBandFunc. */
const MstEqBand *gst_mastering_eq_band_params (GstMasteringEqBand *band);

/* "high-shelf", "side"; static */
const gchar *gst_mastering_eq_type_nick (MstEqType type);
const gchar *gst_mastering_eq_channels_nick (MstEqChannels channels);

G_END_DECLS
