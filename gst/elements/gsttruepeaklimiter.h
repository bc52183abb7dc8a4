/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstmasteringbase.h"

G_BEGIN_DECLS

#define GST_TYPE_TRUE_PEAK_LIMITER (gst_true_peak_limiter_get_type ())
G_DECLARE_FINAL_TYPE (GstTruePeakLimiter, gst_true_peak_limiter, GST, TRUE_PEAK_LIMITER, GstMasteringBase)

GST_ELEMENT_REGISTER_DECLARE (truepeaklimiter);

G_END_DECLS
