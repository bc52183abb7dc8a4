/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstmasteringbase.h"

G_BEGIN_DECLS

#define GST_TYPE_MULTIBAND_COMP (gst_multiband_comp_get_type ())
G_DECLARE_FINAL_TYPE (GstMultibandComp, gst_multiband_comp, GST, MULTIBAND_COMP, GstMasteringBase)

GST_ELEMENT_REGISTER_DECLARE (multibandcomp);

G_END_DECLS
