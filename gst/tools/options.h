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
  gchar **inputs;               /* files, folders walked; "-": stdin */
  GHashTable *folders;          /* input path -> its folder below the one that was walked, of those found in one */
  gchar *output;                /* file, folder, or "-": stdout; NULL if none is written */
  int stdout_fd;                /* for "-": stdout, which itself is stderr then; else -1 */
  int progress_fd;              /* of a job, for --json-progress: the stderr of the whole; else -1 */
  gchar *target_id;             /* as given, or NULL */
  GPtrArray *targets;           /* the table */
  const GstMasterTarget *target;
  gdouble loudness_lufs, ceiling_dbtp;  /* of the target, or instead */
  GstMasterPolicy policy;
  gboolean may_fall_short;      /* the target takes quieter masters as they are, and no loudness was asked for */
  gdouble max_limiting_db;
  gdouble max_lra_lu;           /* NaN: any */
  gchar *chain_text, *preset;   /* as given, or NULL */
  GstMasterChain *chain;
  gchar **references;           /* files to compare with, or NULL */
  gchar *plot;                  /* .svg or .png, or NULL */
  gchar *ab;                    /* file before and after are written to, or NULL */
  gchar *report;                /* JSON file, or folder for several; or NULL */
  gchar *format;                /* or NULL: by the name of the output */
  gint rate;                    /* 0: as the input */
  gint bits;                    /* 0: as the input */
  gchar *dither, *shaping;      /* nicks of tpdfdither */
  gint jobs;                    /* files at a time */
  gint track;                   /* the audio track to master, from 1; 0: not said */
  gchar *verify, *again;        /* receipts, or NULL */
  gboolean is_policy_given;
  gboolean measure, dry_run, overwrite, quiet, list_presets, list_targets, force, version;
  gboolean recursive, fail_fast, resume, json_progress, keep_silence;
} GstMasterOptions;

const gchar *gst_master_policy_name (GstMasterPolicy policy);
/* LOUDNESS if there is none of that name. */
GstMasterPolicy gst_master_policy_by_name (const gchar *name);
/* NULL and @error. */
GstMasterOptions *gst_master_options_parse (gint *argc, gchar ***argv, GError **error);
void gst_master_options_free (GstMasterOptions *o);

G_END_DECLS
