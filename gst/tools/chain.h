/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The chain between input and limiter: stages written as for gst-launch-1.0, "masteringeq bands=… ! multibandcomp …", from
 * --chain or from a preset (a .chain file), checked word by word before anything runs. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  gchar *name;                  /* of the preset, or "custom" */
  gchar *about;                 /* one line, or NULL */
  GPtrArray *stages;            /* strings, each one element with its properties; may be none */
} GstMasterChain;

/* NULL and @error (usage), which names word, character and what is allowed. */
GstMasterChain *gst_master_chain_parse (const gchar *text, GError **error);
/* The preset @name from the user's, the system's or this build's data folder. */
GstMasterChain *gst_master_chain_load (const gchar *name, GError **error);
GstMasterChain *gst_master_chain_copy (const GstMasterChain *chain);
void gst_master_chain_free (GstMasterChain *chain);

/* The stages as one text. g_malloc'ed, "" if there is none. */
gchar *gst_master_chain_text (const GstMasterChain *chain);
/* Index of the first stage that works on stereo alone, or -1. */
gint gst_master_chain_find_stereo_stage (const GstMasterChain *chain);
/* A stage says how many channels there shall be. */
gboolean gst_master_chain_sets_channels (const GstMasterChain *chain);
/* Name of the element of stage @i, g_malloc'ed. */
gchar *gst_master_chain_stage_name (const GstMasterChain *chain, guint i);

/* Names of all presets with their line about, sorted, as "name<TAB>about". */
GPtrArray *gst_master_chain_list (void);

G_END_DECLS
