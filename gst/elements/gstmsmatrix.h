/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstmasteringbase.h"

G_BEGIN_DECLS

#define GST_TYPE_MS_MATRIX (gst_ms_matrix_get_type ())
G_DECLARE_FINAL_TYPE (GstMsMatrix, gst_ms_matrix, GST, MS_MATRIX, GstMasteringBase)

GST_ELEMENT_REGISTER_DECLARE (msmatrix);

G_END_DECLS
