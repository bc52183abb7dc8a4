/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of delivery targets (gst/data/targets.csv, compiled in), whether a programme meets one, and what the platform will
 * do to it. I integrated loudness in LUFS, T the target's, TP true peak in dBTP, SP sample peak in dBFS, c the platform's
 * ceiling; gains in dB:
 *   attenuate-only       min (0, T - I)
 *   static-gain, player-gain   T - I
 *   boost-until-tp (c)   T - I if that is <= 0, else min (T - I, max (0, c - TP))
 *   boost-with-limiter (c)     T - I, with max (0, SP + g - c) to be limited at the highest peak
 *   none, qc, qc-reject, unknown   0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum
{
  MST_TARGET_NONE, MST_TARGET_ATTENUATE_ONLY, MST_TARGET_STATIC_GAIN, MST_TARGET_BOOST_UNTIL_TP, MST_TARGET_BOOST_WITH_LIMITER,
  MST_TARGET_PLAYER_GAIN, MST_TARGET_QC, MST_TARGET_QC_REJECT, MST_TARGET_UNKNOWN
} MstTargetBehaviour;

/* Numbers are NaN where the row has none. */
typedef struct
{
  const char *id, *name, *kind;
  const char *gate;             /* "program", "dialogue" (of which only speech counts), "none" */
  const char *grade;            /* "standard", "platform-published", "reported", "community" */
  const char *source, *source_date;
  const char *low_speech_target;        /* id of the row that holds instead where less than MST_TARGET_LOW_SPEECH % are speech; or "" */
  const char *not_measured;     /* a rule in a measure that nothing here reads, in words, or "" */
  double integrated_lufs, tolerance_lu, max_true_peak_dbtp, max_sample_peak_dbfs, max_short_term_lufs, max_lra_lu, max_ldr_lu;
  double max_rms_dbfs;          /* no figure of a meter: whoever has such a rule is not judged by it here */
  MstTargetBehaviour behaviour;
  double behaviour_ceiling_dbtp;
} MstTarget;

/* What was measured; NaN: not measured. -inf is silence. */
typedef struct
{
  double integrated_lufs, max_short_term_lufs, range_lu, true_peak_dbtp, sample_peak_dbfs;
  double dialogue_lufs, speech_share, loudness_to_dialogue_lu;  /* share in %; by an estimate of where speech is */
} MstTargetFigures;

/* By id; NULL if there is none. */
const MstTarget *mst_target_find (const char *id);
/* Row @index from 0; NULL after the last. */
const MstTarget *mst_target_at (size_t index);

/* Loudness that may be off where a quality check names no tolerance. */
#define MST_TARGET_TOLERANCE_LU 0.5
/* Platforms that have another rule for little speech draw the line at this share of the time, in %. */
#define MST_TARGET_LOW_SPEECH 15.0

/* Writes "pass" where every rule of the row is met and someone who may say so has published it, "matches (GRADE)" where the row
 * is only reported or from the community, else what is off by how much ("integrated loudness +1.3 LU, true peak +0.4 dB"), or
 * what could not be judged. Loudness is a rule where the row has a tolerance or checks quality; elsewhere the platform's gain
 * answers for it. Rules of dialogue are judged by an estimate of where it is, said as such, and never are a
 * pass; nor is a row with a rule that is not measured. Sums of rounding: 0.005 is forgiven. Returns whether nothing is off. */
bool mst_target_judge (const MstTarget *, const MstTargetFigures *, char *verdict, size_t size);

/* The platform's gain in dB, 0 where nothing is known or to be done or where a figure is missing. @limited_db (may be NULL):
 * what its limiter takes at the highest peak. */
double mst_target_gain_db (const MstTarget *, const MstTargetFigures *, double *limited_db);
