/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where we are: a bar that is redrawn on a terminal, else a plain line at the start of a pass and every tenth of it. */
#pragma once

#include "options.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean quiet;
  int json_fd;                  /* where lines of JSON go; -1: none */
  const gchar *item;            /* the input */
  gint64 told_us;               /* when the last such line was written */
  gboolean is_terminal;         /* of stderr */
  guint pass;                   /* from 1 */
  const gchar *name;            /* of the pass */
  gint64 started_us;
  gint tenth;                   /* last one printed as a line */
  gboolean is_drawn;            /* a bar stands on the terminal */
} GstMasterProgress;

/* For @item. With several inputs there is no bar, but lines of JSON if they are asked for. */
void gst_master_progress_init (GstMasterProgress *p, const GstMasterOptions *o, const gchar *item);
void gst_master_progress_begin (GstMasterProgress *p, const gchar *name);
/* @done_s of @total_s seconds of audio (0: not known); @lufs: loudness so far, NaN if not known. */
void gst_master_progress_update (GstMasterProgress *p, gdouble done_s, gdouble total_s, gdouble lufs);
/* The pass is over; @done_s seconds in all. */
void gst_master_progress_end (GstMasterProgress *p, gdouble done_s);
/* A line of text above the bar. */
void gst_master_progress_note (GstMasterProgress *p, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
