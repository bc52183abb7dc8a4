/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at the samples that reach an element of a pipeline, in double, interleaved, as they pass: see intake.h, levels.h and spectrum.h. */
#pragma once

#include <gst/gst.h>

#include "history.h"
#include "intake.h"
#include "levels.h"
#include "spectrum.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean is_of_input;         /* set by the user: the intake is wanted, too */
  gboolean wants_levels;        /* set by the user */
  gint n_channels;              /* 0: nothing came */
  GstMasterIntake *intake;      /* or NULL; finished after the run, as the spectrum is */
  GstMasterSpectrum *spectrum;
  GstMasterLevels *levels;      /* or NULL */
  GArray *history;              /* what the meter there said; NULL: nothing was taken */
} GstMasterListener;

/* What was heard before is forgotten. @listener outlives @pipeline. Nothing happens if there is no such element. */
void gst_master_listener_attach (GstMasterListener *listener, GstElement *pipeline, const gchar *element);
/* After the run. */
void gst_master_listener_finish (GstMasterListener *listener);
void gst_master_listener_clear (GstMasterListener *listener);

G_END_DECLS
