/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gst-master-1.0: masters an audio file to a loudness and a true peak with the elements of the plugin "mastering". */
#include <gst/gst.h>
#include <gst/pbutils/pbutils.h>
#include <locale.h>
#include <stdio.h>

#include "errors.h"
#include "options.h"
#include "receipt.h"
#include "report.h"
#include "runner.h"

static int
fail (GError *error)
{
  const int code = gst_master_exit_code (error);
  fprintf (stderr, "gst-master-1.0: %s\n", error->message);
  g_error_free (error);
  return code;
}

static void
list_presets (void)
{
  GPtrArray *list = gst_master_chain_list ();
  for (guint i = 0; i < list->len; i++) {
    gchar **parts = g_strsplit (g_ptr_array_index (list, i), "\t", 2);
    printf ("%-12s  %s\n", parts[0], parts[1]);
    g_strfreev (parts);
  }
  g_ptr_array_unref (list);
}

int
main (int argc, char **argv)
{
  GError *error = NULL;

  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C");
  GstMasterOptions *o = gst_master_options_parse (&argc, &argv, &error);
  if (o == NULL)
    return fail (error);
  if (o->version || o->list_presets || o->list_targets) {
    if (o->list_targets)
      gst_master_targets_print (o->targets);
    else if (o->version)
      printf ("gst-master-1.0 %s\n", PACKAGE_VERSION);
    else
      list_presets ();
    gst_master_options_free (o);
    return GST_MASTER_OK;
  }

  gst_pb_utils_init ();
  GstMasterProgress progress;
  gst_master_progress_init (&progress, o->quiet);
  gst_master_run_catch_signals ();
  /* What cannot be written is said before the work, not after it */
  GstMasterFile *receipt = o->report != NULL ? gst_master_file_new (o->report, o->inputs[0], o->overwrite, &error) : NULL;
  GstMasterResult *result = error == NULL ? gst_master_session_run (o, o->inputs[0], &progress, &error) : NULL;
  if (result != NULL) {
    gst_master_report_print (result);
    if (receipt != NULL)
      gst_master_receipt_write (result, o, receipt, &error);
    gst_master_result_free (result);
  }
  gst_master_file_free (receipt);
  gst_master_options_free (o);
  return error != NULL ? fail (error) : GST_MASTER_OK;
}
