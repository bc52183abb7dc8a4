/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plays a pipeline from start to end, with progress, cancellation, and errors told in the user's words.
 * In the pipeline, a bin "input" reads and a bin "output" (if any) writes; the rest is the chain. */
#pragma once

#include <gst/gst.h>

#include "history.h"
#include "progress.h"
#include "source.h"

G_BEGIN_DECLS

typedef struct
{
  const gchar *pass;            /* its name, for the progress bar */
  const gchar *live;            /* name of the r128meter whose loudness is shown, or NULL */
  const gchar *output_path;     /* the name to use in messages, or NULL */
  GstMasterSource *source;
  GstMasterProgress *progress;
  GHashTable *finals;           /* element name -> GstStructure of its final=true message; made by the run */
  GArray *history;              /* of what meters and limiter said; made by the run */
  gchar *warning;               /* the first one on the bus, or NULL; made by the run */
} GstMasterRun;

/* Takes @pipeline and frees it. FALSE and @error if it did not come to its end. */
gboolean gst_master_run (GstMasterRun *run, GstElement *pipeline, GError **error);
void gst_master_run_clear (GstMasterRun *run);

/* Ctrl-C, TERM and HUP end the run in hand and every later one with GST_MASTER_CANCELLED. Once, at start. */
void gst_master_run_catch_signals (void);
/* Between two runs, in work that takes its time: looks whether they have come. */
gboolean gst_master_run_is_cancelled (GError **error);

G_END_DECLS
