/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tags go from the input to the output as they are, but for those that the work makes wrong: a ReplayGain or R128 gain of the
 * mix does not hold for the master, and players would apply it; codec and bit rate are another. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* @tags without loudness and codec tags, a new list. */
GstTagList *gst_master_tags_to_keep (const GstTagList *tags);
/* The bin @output writes @tags (NULL: none), and nothing of what comes through its pad "sink". */
void gst_master_tags_set (GstElement *output, const GstTagList *tags);

G_END_DECLS
