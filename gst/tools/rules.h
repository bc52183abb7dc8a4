/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a target's row means for a file: its verdict, what the platform will do to it, and what format it will not take. */
#pragma once

#include "figures.h"
#include "profile.h"
#include "targets.h"

G_BEGIN_DECLS

/* What the platform does with masters, in a few words for the plan; NULL if nothing is known. */
const gchar *gst_master_rule_text (const GstMasterTarget *target);
/* The platform's gain in dB; NaN where nothing is known, or where loudness is judged instead of changed. By its behaviour, with I the
 * integrated loudness (of rows of speech the dialogue's, where there is any), T the target's, TP the true peak, c the ceiling in brackets:
 *   none 0;  attenuate-only min (0, T - I);  static-gain, player-gain, boost-with-limiter T - I;
 *   boost-until-tp(c) T - I if that is negative, else min (T - I, max (0, c - TP)) */
gdouble gst_master_rule_gain_db (const GstMasterTarget *target, const GstMasterFigures *figures);
/* A platform that leaves quieter masters as they are: its loudness is no "or else". */
gboolean gst_master_rule_takes_quieter (const GstMasterTarget *target);
/* The highest true peak for a master of this loudness: the row's, or what it asks of louder ones. NaN: no rule. */
gdouble gst_master_rule_ceiling_dbtp (const GstMasterTarget *target, gdouble lufs);

/* The row's loudness is that of speech alone; a rule of it is there, so that figures of speech are needed. */
gboolean gst_master_rule_is_of_speech (const GstMasterTarget *target);
gboolean gst_master_rule_needs_dialogue (const GstMasterTarget *target);
/* It has rules of RMS or noise floor. */
gboolean gst_master_rule_needs_levels (const GstMasterTarget *target);

/* What the target has against a written file, whether it steered the master or not: each rule that is broken and by how much, then each that
 * is met by our own estimate of where speech is, behind GST_MASTER_BY_ESTIMATE, then each that cannot be judged here, behind GST_MASTER_NOT_JUDGED. If there is nothing of either, "pass", or where nobody who may say so has published
 * the rules "matches (GRADE)". g_malloc'ed. */
gchar *gst_master_rule_verdict (const GstMasterTarget *target, const GstMasterFigures *figures);
#define GST_MASTER_NOT_JUDGED "not judged: "
#define GST_MASTER_BY_ESTIMATE "within the limits by our speech gate (an estimate): "
/* What is worth a line in a verdict, and whether a rule is broken. */
gboolean gst_master_rule_is_objection (const gchar *verdict);
gboolean gst_master_rule_is_broken (const gchar *verdict);

/* Why the target does not take a format or a number of channels, for "... contradicts --target ID, which is DELIVERY"; NULL: it does. */
const gchar *gst_master_rule_against_format (const GstMasterTarget *target, const GstMasterProfile *profile);
gboolean gst_master_rule_is_against_channels (const GstMasterTarget *target, gint channels);

G_END_DECLS
