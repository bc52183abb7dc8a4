/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "datapath.h"

GPtrArray *
gst_master_data_folders (void)
{
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  const gchar *own = g_getenv ("GST_MASTERING_DATA_PATH");
  const gchar *const *system = g_get_system_data_dirs ();

  g_ptr_array_add (folders, g_build_filename (g_get_user_config_dir (), "gst-mastering", NULL));
  if (own != NULL)
    g_ptr_array_add (folders, g_strdup (own));
  for (; *system != NULL; system++)
    g_ptr_array_add (folders, g_build_filename (*system, "gst-mastering", NULL));
  g_ptr_array_add (folders, g_strdup (GST_MASTERING_DATADIR));
  return folders;
}
