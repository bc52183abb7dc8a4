/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What r128meter says about a reading: fields of its messages, verdict by a target, tags. */
#pragma once

#include "gstr128engine.h"
#include "target.h"

G_BEGIN_DECLS

/* Name, nick, blurb of a value, as field and as property; present where all of @needs is measured. By GstR128Value. */
typedef struct
{
  const gchar *name, *nick, *blurb;
  guint needs;
} GstR128Field;

extern const GstR128Field gst_r128_fields[GST_R128_N_VALUES];
/* What it is before anything was measured. */
gdouble gst_r128_fresh_value (GstR128Value value);

/* The properties that say what is measured. */
#define GST_R128_N_SWITCHES 7
extern const struct GstR128Switch { const gchar *name, *nick, *blurb; guint what; gboolean by_default, is_structure; } gst_r128_switches[GST_R128_N_SWITCHES];

/* Adds what of @reading is measured (@what) to @s. */
void gst_r128_report_reading (GstStructure *s, const GstR128Reading *reading, guint what, guint n_channels);
/* Adds target, target-grade, verdict, platform-gain and, where the platform limits, platform-limiting. */
void gst_r128_report_target (GstStructure *s, const MstTarget *target, const GstR128Reading *reading, guint what);

/* ReplayGain 2 and R 128 gain of a finished measurement; NULL without an integrated loudness. */
GstTagList *gst_r128_tags (const GstR128Reading *reading, guint what);
/* The same values as fields. */
void gst_r128_report_tags (GstStructure *s, const GstTagList *tags);
/* Registers tags that older GStreamer lacks and the names of the fields. In class_init. */
void gst_r128_report_init (void);

G_END_DECLS
