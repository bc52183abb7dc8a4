/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A master beside references, all at the same loudness: what is compared, as a table and as JSON. */
#pragma once

#include <json-glib/json-glib.h>

#include "figures.h"
#include "spectrum.h"

G_BEGIN_DECLS

#define GST_MASTER_MAX_REFERENCES 5
#define GST_MASTER_N_FINE 241           /* of 24 an octave from 20 Hz up */

/* What there is to compare about one file. NaN: not there. */
typedef struct
{
  gchar *name;
  GstMasterFigures figures;
  gdouble min_psr_db;
  gdouble thirds_db[GST_MASTER_N_THIRDS];       /* mean square of both channels' mean, at 0 LUFS integrated */
  gdouble width_db[GST_MASTER_N_OCTAVES];       /* side to mid */
  gdouble fine_db[GST_MASTER_N_FINE];           /* a 24th of an octave above the octave around it, by density */
} GstMasterPortrait;

GstMasterPortrait *gst_master_portrait_new (const gchar *path, const GstMasterFigures *figures, gdouble min_psr_db,
    const GstMasterSpectrum *spectrum);
void gst_master_portrait_free (GstMasterPortrait *portrait);

/* @portraits: of the master, then of one to five references. */
void gst_master_reference_print (const GPtrArray *portraits);
/* A member "reference" of the object in hand. */
void gst_master_reference_add_json (const GPtrArray *portraits, JsonBuilder *builder);

G_END_DECLS
