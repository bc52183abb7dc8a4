/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file from input to finished master: measure, analyse, render and measure what was written, until it is right. */
#pragma once

#include "figures.h"
#include "files.h"
#include "film.h"
#include "options.h"
#include "progress.h"
#include "reference.h"
#include "render.h"
#include "source.h"
#include "warnings.h"

G_BEGIN_DECLS

/* The written file may be off by this, as the meter here reads it: 0.04 LU are left for another meter's reading. */
#define GST_MASTER_TOLERANCE_LU 0.06
/* Level that chains are written for. */
#define GST_MASTER_WORKING_LUFS -18.0

/* A stage of the chain, or trim, drive, limiter: loudness behind it, in LUFS; before it is that of the one before. */
typedef struct
{
  gchar *name;
  gdouble lufs;
} GstMasterStage;

typedef struct
{
  GstMasterSource *input, *output;      /* output: the written file, decoded again; NULL if none was written */
  GstMasterFigures before, after;
  GstMasterFigures second;              /* of the written file, by libebur128 */
  GPtrArray *stages;                    /* GstMasterStage, in the order of the signal */
  GstMasterRender render;               /* as the last time */
  gchar *input_sha256, *output_sha256;  /* of the files; the latter NULL if none was written */
  gdouble target_lufs;                  /* what the written file is held to */
  gdouble predicted_lufs, predicted_dbtp, predicted_limiting_db;        /* by the plan */
  const GstMasterTarget *target;        /* belongs to the options */
  gdouble platform_gain_db;             /* what the target does to the master (measured only: to the input), NaN: not known */
  gchar *verdict;                       /* of the target's other rules; NULL if none was written */
  guint n_renders;
  gdouble limiting_db;                  /* largest gain reduction, NaN if not known */
  gdouble compressor_db;                /* mean gain reduction where it is most, NaN without a compressor */
  GstMasterListener heard, heard_output;        /* of the input, and of the written file */
  GArray *render_history;               /* of the limiter in the last render, or NULL */
  GPtrArray *warnings;
  GPtrArray *portraits;                 /* of this and the references; NULL: none were asked for */
  guint64 limited_events;               /* places where it worked */
  gboolean is_done;                     /* --resume: it was already, nothing was written */
} GstMasterResult;

/* NULL and @error; then nothing is left behind. */
GstMasterResult *gst_master_session_run (GstMasterOptions *o, const gchar *input, GstMasterProgress *progress,
    GError **error);
/* The same for one audio track of @film, from 0, written into @file, which stays as it is: a piece for gst_master_film_write (). */
GstMasterResult *gst_master_session_run_track (GstMasterOptions *o, const GstMasterFilm *film, guint track, const GstMasterFile *file,
    GstMasterProgress *progress, GError **error);
/* Measures that track in @film, which was written: now that is the result's output. */
gboolean gst_master_session_check_track (GstMasterOptions *o, const GstMasterFilm *film, guint track, GstMasterResult *result,
    GstMasterProgress *progress, GError **error);
/* Frames that the output of @result must have. */
guint64 gst_master_session_frames (const GstMasterResult *result);
void gst_master_result_free (GstMasterResult *result);

G_END_DECLS
