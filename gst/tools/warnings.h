/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What somebody should know about the input, and about how hard the chain works: each with a figure and what to do. None of them stops
 * anything. */
#pragma once

#include <json-glib/json-glib.h>

#include "chain.h"
#include "figures.h"
#include "listener.h"
#include "source.h"

G_BEGIN_DECLS

typedef struct
{
  const gchar *id, *stage;      /* stage: "input", "process" or "output" */
  gdouble value, limit;         /* the figure, and what it was held against */
  const gchar *unit, *advice;
  gchar *text;
} GstMasterWarning;

/* An empty list, for the functions below. */
GPtrArray *gst_master_warnings_new (void);

void gst_master_warnings_take_input (GPtrArray *warnings, const GstMasterSource *input, const GstMasterFigures *figures,
    const GstMasterListener *heard);

typedef struct
{
  const GstMasterChain *chain;
  gdouble compressor_db;        /* mean gain reduction of the band and stage with most of it, NaN: no compressor */
  gdouble limiting_db;          /* largest of the limiter, NaN: none */
  gboolean is_changed;          /* any gain, limiter, stage or resampling */
  gint input_bits, bits;        /* of the input's samples and of the dither; 0: none */
} GstMasterWork;

/* @heard and @after: of the master, or NULL if none was made. */
void gst_master_warnings_take_process (GPtrArray *warnings, const GstMasterWork *work, const GstMasterListener *heard,
    const GstMasterFigures *after);

/* Before a run: lets the meters, compressors and limiters of @pipeline speak, often enough for a history if one is wanted; after it: the
 * mean of the band that works hardest. */
void gst_master_work_prepare (GstElement *pipeline, gboolean with_history);
gdouble gst_master_work_compressor_db (GHashTable *finals);

void gst_master_warnings_print (const GPtrArray *warnings);
/* A member "warnings" of the object in hand. */
void gst_master_warnings_add_json (const GPtrArray *warnings, JsonBuilder *builder);

G_END_DECLS
