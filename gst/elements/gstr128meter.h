/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstmasteringbase.h"

G_BEGIN_DECLS

#define GST_TYPE_R128_METER (gst_r128_meter_get_type ())
G_DECLARE_FINAL_TYPE (GstR128Meter, gst_r128_meter, GST, R128_METER, GstMasteringBase)

GST_ELEMENT_REGISTER_DECLARE (r128meter);

G_END_DECLS
