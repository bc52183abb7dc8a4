/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can go wrong, by the exit code it ends in. The message of an error is one line: what is wrong and what to do. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  GST_MASTER_OK = 0,
  GST_MASTER_SOME_FAILED = 1,   /* of several files */
  GST_MASTER_USAGE = 2,         /* options, chain, properties */
  GST_MASTER_UNREACHABLE = 3,   /* the loudness cannot be had within the limits set */
  GST_MASTER_INPUT = 4,         /* missing, unreadable, broken, no decoder, no audio */
  GST_MASTER_OUTPUT = 5,        /* cannot be written, is there already, disk full */
  GST_MASTER_UNFIT = 6,         /* readable, but nothing to master: silence, too short, wrong channels */
  GST_MASTER_SETUP = 7,         /* an element or encoder is not installed */
  GST_MASTER_DIFFERS = 8,       /* --verify: a file is not what its receipt says */
  GST_MASTER_CANCELLED = 130    /* Ctrl-C, TERM, HUP */
} GstMasterExit;

#define GST_MASTER_ERROR gst_master_error_quark ()
GQuark gst_master_error_quark (void);

/* The exit code of an error of any domain. */
int gst_master_exit_code (const GError *error);

G_END_DECLS
