/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gst-master-1.0: masters an audio file to a loudness and a true peak with the elements of the plugin "mastering". */
#include <gst/gst.h>
#include <gst/pbutils/pbutils.h>
#include <locale.h>
#include <stdio.h>

#include "batch.h"
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

static int
master_one (GstMasterOptions *o, const gchar *input)
{
  const gboolean is_alone = o->inputs[1] == NULL;
  GstMasterProgress progress;
  GError *error = NULL;

  gst_pb_utils_init ();
  gst_master_progress_init (&progress, o->quiet || !is_alone);
  gst_master_run_catch_signals ();
  gchar *output = gst_master_output_for (o, input);
  g_free (o->output);
  o->output = output;

  /* What cannot be written is said before the work, not after it */
  GstMasterFile *receipt = o->report != NULL ? gst_master_file_new (o->report, input, o->overwrite, &error) : NULL;
  GstMasterResult *result = error == NULL ? gst_master_session_run (o, input, &progress, &error) : NULL;
  if (result != NULL) {
    if (is_alone)
      gst_master_report_print (result);
    else
      gst_master_report_print_line (result, o->output);
    if (receipt != NULL)
      gst_master_receipt_write (result, o, receipt, &error);
    gst_master_result_free (result);
  }
  gst_master_file_free (receipt);
  return error != NULL ? fail (error) : GST_MASTER_OK;
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

  const int code = g_strv_length (o->inputs) > 1 ? gst_master_batch (o, master_one) : master_one (o, o->inputs[0]);
  gst_master_options_free (o);
  return code;
}
