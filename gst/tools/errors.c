/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "errors.h"

G_DEFINE_QUARK (gst-master-error-quark, gst_master_error)

int
gst_master_exit_code (const GError *error)
{
  if (error == NULL)
    return GST_MASTER_OK;
  return error->domain == GST_MASTER_ERROR ? error->code : GST_MASTER_USAGE;
}
