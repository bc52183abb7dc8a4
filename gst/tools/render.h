/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The four pipelines:
 *   measure  input ! meter
 *   analyse  input ! trim ! stage ! meter ! stage … ! resample ! meter [kept in the cache] ! drive ! limiter ! meter
 *   trial    cache ! drive ! limiter ! meter
 *   render   cache ! drive ! limiter ! dither ! encoder ! file
 * Where there is no cache, trial and render begin with the input, trim, chain and resampler instead. The input is decoded once, if there
 * is room to keep it (source.h).
 * All in double; resampled once, before the limiter, so that the true peak is held at the output rate; dithered once, last. */
#pragma once

#include <gst/gst.h>

#include "cache.h"
#include "chain.h"
#include "profile.h"
#include "source.h"

G_BEGIN_DECLS

typedef struct
{
  const GstMasterChain *chain;
  const GstMasterProfile *profile;
  gdouble trim_db;              /* before the chain, to its working level */
  gdouble drive_db;             /* after it, into the limiter */
  gdouble ceiling_db;           /* of the limiter: a little under what was asked for */
  gboolean no_limiter;
  gboolean is_shown;            /* somebody looks at the progress: with GST_MASTER_METER_LIVE */
  gboolean with_stage_meters;   /* the analysis: loudness behind each stage */
  gint rate, bits;              /* of the output */
  guint64 seed;                 /* of the dither, not 0 */
  const gchar *dither, *shaping;        /* nicks of tpdfdither */
  GstTagList *tags;             /* for the output, or NULL */
} GstMasterRender;

/* Whether decoder, chain and encoder run side by side: where there are more cores than files in work. At first they do not. */
void gst_master_render_use_queues (gboolean use);

/* Largest gain of trim and of drive. */
#define GST_MASTER_MAX_GAIN_DB 40.0

/* Names of the meters, for gst_master_figures_read (). */
#define GST_MASTER_METER "meter"
#define GST_MASTER_METER_SECOND "second"        /* engine=libebur128 */
#define GST_MASTER_METER_STAGE "stage"          /* and its number, from 0 */
#define GST_MASTER_METER_DRIVEN "driven"        /* behind chain and resampler, before the drive */
#define GST_MASTER_METER_LIMITED "limited"
#define GST_MASTER_METER_LIVE "live"
#define GST_MASTER_LIMITER "limiter"

/* Pipelines for gst_master_run (); NULL and @error (setup: what is not installed). @cache may be NULL, or not whole. */
GstElement *gst_master_make_measure (GstMasterSource *source, gboolean with_second, gboolean with_dialogue, GError **error);
GstElement *gst_master_make_analysis (GstMasterSource *source, const GstMasterRender *r, GstMasterCache *cache, GError **error);
GstElement *gst_master_make_trial (GstMasterSource *source, const GstMasterRender *r, GstMasterCache *cache, GError **error);
GstElement *gst_master_make_render (GstMasterSource *source, const GstMasterRender *r, GstMasterCache *cache, const gchar *path,
    GError **error);

G_END_DECLS
