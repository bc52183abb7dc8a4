/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line, read and checked: what is wrong with it is said before any file is touched. */
#pragma once

#include <glib.h>

#include "chain.h"
#include "targets.h"

G_BEGIN_DECLS

typedef enum
{
  GST_MASTER_POLICY_LOUDNESS,
  GST_MASTER_POLICY_LINEAR,
  GST_MASTER_POLICY_PEAK
} GstMasterPolicy;

typedef struct
{
  gchar **inputs;
  gchar *output;                /* file or folder; NULL if none is written */
  GPtrArray *targets;           /* the table */
  const GstMasterTarget *target;
  gdouble loudness_lufs, ceiling_dbtp;  /* of the target, or instead */
  GstMasterPolicy policy;
  gdouble max_limiting_db;
  GstMasterChain *chain;
  gchar **references;           /* files to compare with, or NULL */
  gchar *plot;                  /* .svg or .png, or NULL */
  gchar *ab;                    /* file before and after are written to, or NULL */
  gchar *report;                /* JSON file, or NULL */
  gchar *format;                /* or NULL: by the name of the output */
  gint rate;                    /* 0: as the input */
  gint bits;                    /* 0: as the input */
  gint jobs;                    /* files at a time */
  gboolean measure, dry_run, overwrite, quiet, list_presets, list_targets, force, version;
} GstMasterOptions;

const gchar *gst_master_policy_name (GstMasterPolicy policy);
/* NULL and @error. */
GstMasterOptions *gst_master_options_parse (gint *argc, gchar ***argv, GError **error);
void gst_master_options_free (GstMasterOptions *o);

G_END_DECLS
