/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file with video: each of its audio tracks is a session, then the film is written with the new audio, and each track is measured
 * in the written file. */
#pragma once

#include "film.h"
#include "session.h"

G_BEGIN_DECLS

typedef struct
{
  guint number;                 /* among the audio tracks, from 1 */
  gchar *language;              /* or NULL */
  GstMasterChain *chain;        /* of the options, without what the track cannot have */
  GstMasterResult *result;
} GstMasterFilmWork;

typedef struct
{
  gchar *path;
  const gchar *kind;
  gchar *input_sha256, *output_sha256;  /* the latter NULL: none was written */
  guint n_audio;                /* tracks that there are */
  GPtrArray *works;             /* GstMasterFilmWork, of those that were asked for */
} GstMasterFilmResult;

/* Whether this is a job for gst_master_film_run (): @film is NULL if it is not. FALSE and @error. */
gboolean gst_master_film_find (const GstMasterOptions *o, const gchar *input, const gchar *output, GstMasterProgress *progress,
    GstMasterFilm **film, GError **error);
/* The extension that the output in a folder gets if @input is a film; else NULL. */
gchar *gst_master_film_extension_for (const gchar *input);
/* NULL and @error; then nothing is left behind. */
GstMasterFilmResult *gst_master_film_run (GstMasterOptions *o, GstMasterFilm *film, GstMasterProgress *progress, GError **error);
void gst_master_film_result_free (GstMasterFilmResult *result);

G_END_DECLS
