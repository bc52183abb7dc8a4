/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between session.c (the order of things), plan.c (how much gain) and loop.c (render until it is right). */
#pragma once

#include "files.h"
#include "runner.h"
#include "session.h"

G_BEGIN_DECLS

typedef struct
{
  GstMasterOptions *options;
  GstMasterProgress *progress;
  GstMasterResult *result;
  GstMasterRun run;
  const GstMasterFilm *film;    /* or NULL: the input is one track of it */
  guint film_track;             /* index of that */
  gchar *cache_folder;
  GstMasterCache *cache;        /* what comes out of the chain; NULL or not whole: it is run again */
  GstMasterFigures chained;     /* behind chain and resampler, before the drive */
  gboolean is_tried;            /* the limiter, near the drive that was planned */
  gdouble slope;                /* of the written file's loudness over the drive, as the trials found it */
} GstMasterSession;

/* Takes @pipeline (NULL: @error is set already). Afterwards the source's length is exact. */
gboolean gst_master_session_play (GstMasterSession *s, const gchar *pass, GstMasterSource *source, GstElement *pipeline,
    const gchar *live, GError **error);
gboolean gst_master_session_measure (GstMasterSession *s, const gchar *pass, GstMasterSource *source,
    GstMasterFigures *figures, GstMasterListener *listener, GError **error);

/* Whether they go together, and what follows from it; FALSE and @error. */
gboolean gst_master_session_check_format (const GstMasterOptions *o, const GstMasterProfile *profile, GError **error);
gboolean gst_master_session_check_whole (const GstMasterSource *in, GError **error);
gboolean gst_master_session_check_fitness (const GstMasterSource *in, const GstMasterFigures *before, GError **error);
gboolean gst_master_session_settle_format (GstMasterSession *s, GError **error);
gboolean gst_master_session_check_size (const GstMasterSession *s, GError **error);
void gst_master_session_settle_ceiling (GstMasterSession *s);
gboolean gst_master_session_fit_chain (GstMasterSession *s, GError **error);

/* Settles trim and drive by the policy, and says what will happen. */
gboolean gst_master_session_plan (GstMasterSession *s, GError **error);
/* Renders into @file until the written file is right. */
gboolean gst_master_session_close_loop (GstMasterSession *s, const GstMasterFile *file, GError **error);
/* Renders into @file once and measures what was written. */
gboolean gst_master_session_render_once (GstMasterSession *s, const GstMasterFile *file, GError **error);
/* What is written only when all is known: tags. */
gboolean gst_master_session_finish (const GstMasterSession *s, const GstMasterFile *file, GError **error);
/* Levels behind each stage, from the pass just made. */
void gst_master_session_keep_stages (GstMasterSession *s);
/* The limiter's largest gain reduction in the last pass, NaN if it said nothing; the result gets how often it worked. */
gdouble gst_master_session_limiting (GstMasterSession *s);

G_END_DECLS
