/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gst-master-1.0: masters an audio file to a loudness and a true peak with the elements of the plugin "mastering". */
#include <errno.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <gst/pbutils/pbutils.h>
#include <locale.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "batch.h"
#include "errors.h"
#include "filmrun.h"
#include "options.h"
#include "receipt.h"
#include "render.h"
#include "report.h"
#include "runner.h"
#include "settings.h"
#include "verify.h"

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

/* Below a folder that was walked the output's own may not be there yet. */
static gboolean
make_folder (const gchar *path, GError **error)
{
  gchar *folder = g_path_get_dirname (path);
  const gboolean ok = g_mkdir_with_parents (folder, 0777) == 0;
  if (!ok)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "cannot make the folder %s: %s", folder, g_strerror (errno));
  g_free (folder);
  return ok;
}

/* That this process may run on. */
static gint
count_cores (void)
{
  cpu_set_t set;
  return sched_getaffinity (0, sizeof set, &set) == 0 ? CPU_COUNT (&set) : (gint) g_get_num_processors ();
}

/* One audio file. */
static gboolean
master_audio (GstMasterOptions *o, const gchar *input, GstMasterFile *receipt, GstMasterProgress *progress, GError **error)
{
  GstMasterResult *result = gst_master_session_run (o, input, progress, error);

  if (result == NULL)
    return FALSE;
  if (o->inputs[1] == NULL)
    gst_master_report_print (result);
  else
    gst_master_report_print_line (result, o->output);
  const gboolean ok = receipt == NULL || gst_master_receipt_write (result, o, receipt, error);
  gst_master_result_free (result);
  return ok;
}

static gboolean
master_film (GstMasterOptions *o, GstMasterFilm *film, GstMasterFile *receipt, GstMasterProgress *progress, GError **error)
{
  GstMasterFilmResult *all = gst_master_film_run (o, film, progress, error);

  if (all == NULL)
    return FALSE;
  for (guint i = 0; i < all->works->len; i++) {
    const GstMasterFilmWork *work = g_ptr_array_index (all->works, i);
    printf ("Audio track %u of %u%s%s%s", work->number, all->n_audio, work->language ? ", " : "", work->language ? work->language : "",
        o->inputs[1] == NULL ? "\n" : ": ");
    if (o->inputs[1] == NULL)
      gst_master_report_print (work->result);
    else
      gst_master_report_print_line (work->result, o->output);
  }
  const gboolean ok = receipt == NULL || gst_master_receipt_write_film (all, o, receipt, error);
  gst_master_film_result_free (all);
  return ok;
}

static int
master_one (GstMasterOptions *o, const gchar *input)
{
  GstMasterProgress progress;
  GstMasterFile *receipt = NULL;
  GstMasterFilm *film = NULL;
  GError *error = NULL;

  gst_pb_utils_init ();
  gst_master_progress_init (&progress, o, input);
  gst_master_run_catch_signals ();
  gst_master_render_use_queues (count_cores () > (o->inputs[1] != NULL ? o->jobs : 1));
  gchar *output = gst_master_output_for (o, input);
  gchar *report = gst_master_report_for (o, input, output);
  g_free (o->output);
  o->output = output;

  if (o->resume && gst_master_settings_are_done (o, report, input, output)) {
    printf ("%s -> %s: done already, as %s says\n", input, output, report);
    g_free (report);
    return GST_MASTER_OK;
  }
  /* What cannot be written is said before the work, not after it */
  if (o->folders == NULL || ((output == NULL || make_folder (output, &error)) && (report == NULL || make_folder (report, &error))))
    receipt = report != NULL ? gst_master_file_new (report, input, o->overwrite || o->resume, &error) : NULL;
  if (error == NULL && gst_master_film_find (o, input, output, &progress, &film, &error)) {
    if (film != NULL)
      master_film (o, film, receipt, &progress, &error);
    else
      master_audio (o, input, receipt, &progress, &error);
  }
  gst_master_film_free (film);
  gst_master_file_free (receipt);
  g_free (report);
  return error != NULL ? fail (error) : GST_MASTER_OK;
}

static int
run (GstMasterOptions *o)
{
  if (o->list_targets) {
    gst_master_targets_print (o->targets);
  } else if (o->version) {
    printf ("gst-master-1.0 %s\n", PACKAGE_VERSION);
  } else if (o->list_presets) {
    list_presets ();
  } else if (o->verify != NULL) {
    GError *error = NULL;
    gst_pb_utils_init ();
    return gst_master_verify (o, &error) ? GST_MASTER_OK : fail (error);
  } else {
    GError *error = NULL;
    if (!gst_master_names_check (o, &error))
      return fail (error);
    if (g_strcmp0 (o->output, "-") == 0) {
      o->stdout_fd = dup (STDOUT_FILENO);       /* for the audio alone */
      dup2 (STDERR_FILENO, STDOUT_FILENO);
    }
    return o->inputs[1] != NULL ? gst_master_batch (o, master_one) : master_one (o, o->inputs[0]);
  }
  return GST_MASTER_OK;
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
  const int code = run (o);
  gst_master_options_free (o);
  return code;
}
