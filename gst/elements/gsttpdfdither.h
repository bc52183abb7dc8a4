/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstmasteringbase.h"

G_BEGIN_DECLS

#define GST_TYPE_TPDF_DITHER (gst_tpdf_dither_get_type ())
G_DECLARE_FINAL_TYPE (GstTpdfDither, gst_tpdf_dither, GST, TPDF_DITHER, GstMasteringBase)

GST_ELEMENT_REGISTER_DECLARE (tpdfdither);

G_END_DECLS
