/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "extras.h"

#include <math.h>
#include <string.h>

#include "errors.h"
#include "plot.h"

gboolean
gst_master_extras_check (const GstMasterOptions *o, GError **error)
{
  const guint n_references = o->references != NULL ? g_strv_length (o->references) : 0;
  const gchar *wrong = NULL;

  if (n_references > GST_MASTER_MAX_REFERENCES)
    wrong = "--reference is for one to five files";
  else if (o->ab != NULL && (o->measure || o->dry_run))
    wrong = "--ab compares with a master: it needs -o";
  else if (o->ab != NULL && o->inputs[1] != NULL)
    wrong = "--ab is for one input";
  else if (o->plot != NULL && o->inputs[1] != NULL)
    wrong = "--plot is for one input";
  if (wrong != NULL) {
    g_set_error_literal (error, GST_MASTER_ERROR, GST_MASTER_USAGE, wrong);
    return FALSE;
  }
  for (guint i = 0; i < n_references; i++)
    if (!gst_master_check_input (o->references[i], o->references[i], error))
      return FALSE;
  return o->plot == NULL || gst_master_plot_check (o->plot, error);
}

static GstMasterPortrait *
portrait (const gchar *path, const GstMasterFigures *figures, const GstMasterListener *heard)
{
  const gdouble psr = heard->history != NULL ? gst_master_history_min_psr (heard->history, figures->integrated_lufs) : NAN;
  return gst_master_portrait_new (path, figures, psr, heard->spectrum);
}

gboolean
gst_master_extras_references (GstMasterSession *s, GError **error)
{
  const GstMasterOptions *o = s->options;
  GstMasterResult *result = s->result;
  gboolean ok = TRUE;

  if (o->references == NULL)
    return TRUE;
  result->portraits = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_master_portrait_free);
  if (result->output != NULL)
    g_ptr_array_add (result->portraits, portrait (o->output, &result->after, &result->heard_output));
  else
    g_ptr_array_add (result->portraits, portrait (result->input->path, &result->before, &result->heard));
  for (guint i = 0; o->references[i] != NULL && ok; i++) {
    GstMasterSource *source = gst_master_source_new (o->references[i]);
    GstMasterListener heard = { 0 };
    GstMasterFigures figures;

    ok = gst_master_session_measure (s, "refer to", source, &figures, &heard, error);
    if (ok && !isfinite (figures.integrated_lufs)) {
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT, "the reference %s is silent", source->path);
      ok = FALSE;
    }
    if (ok)
      g_ptr_array_add (result->portraits, portrait (source->path, &figures, &heard));
    gst_master_listener_clear (&heard);
    gst_master_source_free (source);
  }
  return ok;
}
