/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tags go from the input to the output as they are, but for those that the work makes wrong: a ReplayGain or R128 gain of the
 * mix does not hold for the master, and players would apply it. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* @tags without loudness tags, a new list. */
GstTagList *gst_master_tags_without_gain (const GstTagList *tags);
/* Whatever enters @element by its pad "sink" has no loudness tags any more. */
void gst_master_tags_strip_gain (GstElement *element);

G_END_DECLS
