/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstmasteringbase.h"

G_BEGIN_DECLS

#define GST_TYPE_MASTERING_EQ (gst_mastering_eq_get_type ())
G_DECLARE_FINAL_TYPE (GstMasteringEq, gst_mastering_eq, GST, MASTERING_EQ, GstMasteringBase)

GST_ELEMENT_REGISTER_DECLARE (masteringeq);

G_END_DECLS
