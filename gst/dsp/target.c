/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "target.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROUNDING 0.005

static const MstTarget table[] = {
#include "targets-table.h"
};

#define N_TARGETS (sizeof table / sizeof *table)

const MstTarget *
mst_target_at (size_t index)
{
  return index < N_TARGETS ? &table[index] : NULL;
}

const MstTarget *
mst_target_find (const char *id)
{
  for (size_t i = 0; i < N_TARGETS; i++)
    if (strcmp (table[i].id, id) == 0)
      return &table[i];
  return NULL;
}

/* The text as it grows: what is off first, then what is not known. */
typedef struct
{
  char *text;
  size_t size, used;
} Verdict;

__attribute__ ((format (printf, 2, 3)))
static void
say (Verdict *v, const char *format, ...)
{
  va_list args;
  if (v->used + 1 >= v->size)
    return;
  if (v->used > 0)
    v->used += (size_t) snprintf (v->text + v->used, v->size - v->used, ", ");
  if (v->used + 1 >= v->size)
    return;
  va_start (args, format);
  v->used += (size_t) vsnprintf (v->text + v->used, v->size - v->used, format, args);
  va_end (args);
  if (v->used >= v->size)
    v->used = v->size - 1;
}

/* A figure that must not exceed a limit. @unknown counts what cannot be judged. */
static bool
at_most (Verdict *v, const char *what, const char *unit, double figure, double limit, unsigned *unknown)
{
  if (isnan (limit) || figure <= limit + ROUNDING)
    return true;
  if (isnan (figure)) {
    ++*unknown;
    return true;
  }
  say (v, "%s +%.2f %s", what, figure - limit, unit);
  return false;
}

static bool
checks_quality (const MstTarget *t)
{
  return t->behaviour == MST_TARGET_QC || t->behaviour == MST_TARGET_QC_REJECT;
}

/* Whether the programme's loudness is a rule of its own. */
static bool
loudness_rules (const MstTarget *t)
{
  return !isnan (t->integrated_lufs) && (!isnan (t->tolerance_lu) || checks_quality (t));
}

static double
tolerance_of (const MstTarget *t)
{
  return isnan (t->tolerance_lu) ? MST_TARGET_TOLERANCE_LU : t->tolerance_lu;
}

static bool
is_of_dialogue (const MstTarget *t)
{
  return strcmp (t->gate, "dialogue") == 0;
}

static bool
judge_programme (Verdict *v, const MstTarget *t, const MstTargetFigures *f, unsigned *unknown)
{
  const double off = f->integrated_lufs - t->integrated_lufs;
  if (isnan (off))
    ++*unknown;
  else if (isinf (off))
    say (v, "no loudness yet");
  else if (fabs (off) > tolerance_of (t) + ROUNDING)
    say (v, "integrated loudness %+.2f LU", off);
  else
    return true;
  return isnan (off);
}

/* By an estimate of where speech is: whatever comes out, it is no pass. */
static bool
judge_dialogue (Verdict *v, const MstTarget *t, const MstTargetFigures *f, unsigned *unknown)
{
  const MstTarget *low = f->speech_share < MST_TARGET_LOW_SPEECH ? mst_target_find (t->low_speech_target) : NULL;
  const double off = f->dialogue_lufs - t->integrated_lufs;

  if (isnan (f->dialogue_lufs)) {
    say (v, "dialogue loudness not judged");
  } else if (low) {
    const bool ok = judge_programme (v, low, f, unknown);
    say (v, "%.0f %% speech by our speech gate: %s holds", f->speech_share, low->id);
    return ok;
  } else if (isinf (f->dialogue_lufs)) {
    say (v, "no dialogue found by our speech gate");
  } else if (!loudness_rules (t)) {
    say (v, "dialogue loudness %.2f LUFS by our speech gate", f->dialogue_lufs);
  } else if (fabs (off) > tolerance_of (t) + ROUNDING) {
    say (v, "dialogue loudness %+.2f LU by our speech gate", off);
    return false;
  } else {
    say (v, "dialogue loudness within the limits by our speech gate");
  }
  return true;
}

bool
mst_target_judge (const MstTarget *t, const MstTargetFigures *f, char *verdict, size_t size)
{
  Verdict v = { verdict, size, 0 };
  const bool is_published = strcmp (t->grade, "standard") == 0 || strcmp (t->grade, "platform-published") == 0;
  unsigned unknown = 0;
  bool ok = true;

  verdict[0] = '\0';
  if (loudness_rules (t) && strcmp (t->gate, "program") == 0)
    ok = judge_programme (&v, t, f, &unknown);
  ok &= at_most (&v, "true peak", "dB", f->true_peak_dbtp, t->max_true_peak_dbtp, &unknown);
  ok &= at_most (&v, "sample peak", "dB", f->sample_peak_dbfs, t->max_sample_peak_dbfs, &unknown);
  ok &= at_most (&v, "short-term loudness", "LU", f->max_short_term_lufs, t->max_short_term_lufs, &unknown);
  ok &= at_most (&v, "loudness range", "LU", f->range_lu, t->max_lra_lu, &unknown);

  ok &= at_most (&v, "RMS", "dB", NAN, t->max_rms_dbfs, &unknown);
  ok &= at_most (&v, "loudness to dialogue", "LU", f->loudness_to_dialogue_lu, t->max_ldr_lu, &unknown);

  if (is_of_dialogue (t) && !isnan (t->integrated_lufs))
    ok &= judge_dialogue (&v, t, f, &unknown);
  else if (!isnan (t->max_ldr_lu) && isinf (f->dialogue_lufs))
    say (&v, "no dialogue found by our speech gate");
  else if (f->loudness_to_dialogue_lu <= t->max_ldr_lu + ROUNDING)
    say (&v, "loudness to dialogue within the limit by our speech gate");
  if (unknown > 0)
    say (&v, "%u not measured", unknown);
  if (*t->not_measured != '\0')
    say (&v, "%s: not judged", t->not_measured);
  if (v.used == 0 && is_published)
    say (&v, "pass");
  else if (v.used == 0)
    say (&v, "matches (%s)", t->grade);
  return ok;
}

double
mst_target_gain_db (const MstTarget *t, const MstTargetFigures *f, double *limited_db)
{
  const double wanted = t->integrated_lufs - (is_of_dialogue (t) && isfinite (f->dialogue_lufs) ? f->dialogue_lufs : f->integrated_lufs);
  double gain = 0.0, limited = 0.0;

  if (isfinite (wanted))
    switch (t->behaviour) {
      case MST_TARGET_ATTENUATE_ONLY:
        gain = fmin (0.0, wanted);
        break;
      case MST_TARGET_STATIC_GAIN:
      case MST_TARGET_PLAYER_GAIN:
        gain = wanted;
        break;
      case MST_TARGET_BOOST_UNTIL_TP:
        if (wanted <= 0.0)
          gain = wanted;
        else if (!isnan (f->true_peak_dbtp))
          gain = fmin (wanted, fmax (0.0, t->behaviour_ceiling_dbtp - f->true_peak_dbtp));
        break;
      case MST_TARGET_BOOST_WITH_LIMITER:
        gain = wanted;
        if (!isnan (f->sample_peak_dbfs))
          limited = fmax (0.0, f->sample_peak_dbfs + gain - t->behaviour_ceiling_dbtp);
        break;
      default:
        break;
    }
  if (limited_db)
    *limited_db = limited;
  return gain;
}
