/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules.h"

#include <math.h>
#include <string.h>

/* A reading may be off by this much and still be within a limit: rounding */
#define FORGIVEN 0.005
/* Platforms that have another rule for little speech draw the line here, in % of the time */
#define LOW_SPEECH 15.0

const gchar *
gst_master_rule_text (const GstMasterTarget *t)
{
  static const struct
  {
    const gchar *behaviour, *rule;
  } rules[] = {
    { "attenuate-only", "turns louder masters down, leaves quieter ones" },
    { "boost-until-tp", "turns louder masters down, quieter ones up as far as their peaks let" },
    { "boost-with-limiter", "turns every master to its loudness, with a limiter of its own" },
    { "static-gain", "turns every master to its loudness" },
    { "player-gain", "the player follows the loudness in the metadata" },
    { "qc-reject", "rejects what is outside its limits" },
    { "qc", "checks it against its limits" },
    { "none", "plays it as it is" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (g_str_has_prefix (t->behaviour, rules[i].behaviour))
      return rules[i].rule;
  return NULL;
}

gboolean
gst_master_rule_takes_quieter (const GstMasterTarget *t)
{
  return g_str_has_prefix (t->behaviour, "attenuate-only");
}

gdouble
gst_master_rule_gain_db (const GstMasterTarget *t, const GstMasterFigures *f)
{
  const gboolean by_dialogue = gst_master_rule_is_of_speech (t) && isfinite (f->dialogue_lufs);
  const gdouble to_target = t->lufs - (by_dialogue ? f->dialogue_lufs : f->integrated_lufs);
  const gchar *bracket = strchr (t->behaviour, '(');

  if (g_str_equal (t->behaviour, "none"))
    return 0.0;
  if (!isfinite (to_target) || g_str_has_prefix (t->behaviour, "qc") || gst_master_rule_text (t) == NULL)
    return NAN;
  if (gst_master_rule_takes_quieter (t))
    return fmin (0.0, to_target);
  if (g_str_has_prefix (t->behaviour, "boost-until-tp") && to_target > 0.0 && bracket != NULL)
    return fmin (to_target, fmax (0.0, g_ascii_strtod (bracket + 1, NULL) - f->true_peak_dbtp));
  return to_target;
}

gdouble
gst_master_rule_ceiling_dbtp (const GstMasterTarget *t, gdouble lufs)
{
  const gdouble ceiling = !isnan (t->true_peak_dbtp) ? t->true_peak_dbtp : t->sample_peak_dbfs;
  return lufs > t->louder_than_lufs ? fmin (ceiling, t->louder_true_peak_dbtp) : ceiling;
}

gboolean
gst_master_rule_is_of_speech (const GstMasterTarget *t)
{
  return g_str_equal (t->gate, "dialogue");
}

gboolean
gst_master_rule_needs_dialogue (const GstMasterTarget *t)
{
  return gst_master_rule_is_of_speech (t) || !isnan (t->max_ldr_lu);
}

static void G_GNUC_PRINTF (2, 3)
add (GString *s, const gchar *format, ...)
{
  va_list args;
  if (s->len > 0)
    g_string_append (s, ", ");
  va_start (args, format);
  g_string_append_vprintf (s, format, args);
  va_end (args);
}

gboolean
gst_master_rule_needs_levels (const GstMasterTarget *t)
{
  return !isnan (t->min_rms_dbfs) || !isnan (t->max_rms_dbfs) || !isnan (t->max_noise_floor_dbfs);
}

static gdouble
tolerance_of (const GstMasterTarget *t)
{
  return isnan (t->tolerance_lu) ? 0.5 : t->tolerance_lu;
}

/* Whether its loudness is off, which is said then. */
static gboolean
add_programme (GString *s, const GstMasterTarget *t, const GstMasterFigures *f)
{
  const gdouble off = f->integrated_lufs - t->lufs;
  const gboolean is_off = fabs (off) > tolerance_of (t) + FORGIVEN;
  if (is_off)
    add (s, "integrated loudness %+.1f LU off %.1f LUFS", off, t->lufs);
  return is_off;
}

/* "asked for -27.0 LUFS +-2.0 (the whole programme has -24.3 LUFS)" */
static void
add_asked (GString *s, const GstMasterTarget *t, const GstMasterFigures *f)
{
  if (!isnan (t->lufs))
    add (s, "asked for %.1f LUFS", t->lufs);
  if (!isnan (t->lufs) && !isnan (t->tolerance_lu))
    g_string_append_printf (s, " +-%.1f", t->tolerance_lu);
  g_string_append_printf (s, " (the whole programme has %.1f LUFS)", f->integrated_lufs);
}

/* What is broken goes to @broken, the rest to @rest. */
static void
judge_dialogue (GString *broken, GString *rest, const GstMasterTarget *t, const GstMasterFigures *f)
{
  const GstMasterTarget *low = f->speech_share < LOW_SPEECH ? t->low_speech : NULL;
  const gdouble off = f->dialogue_lufs - t->lufs;

  if (low != NULL) {
    const gboolean is_off = add_programme (broken, low, f);
    add (rest, "%sspeech %.0f %% of the time, so %s holds", is_off ? "by our speech gate (an estimate): " : GST_MASTER_BY_ESTIMATE, f->speech_share, low->id);
    add_asked (rest, low, f);
  } else if (!isfinite (f->dialogue_lufs)) {
    add (rest, GST_MASTER_NOT_JUDGED "loudness of speech, none found by our speech gate");
    add_asked (rest, t, f);
  } else if (isnan (t->lufs) || (!g_str_has_prefix (t->behaviour, "qc") && isnan (t->tolerance_lu))) {
    add (rest, GST_MASTER_NOT_JUDGED "loudness of speech, %.1f LUFS by our speech gate (an estimate)", f->dialogue_lufs);
    add_asked (rest, t, f);
  } else if (fabs (off) > tolerance_of (t) + FORGIVEN) {
    add (broken, "dialogue loudness %+.1f LU off %.1f LUFS by our speech gate (an estimate; speech %.0f %% of the time); --loudness %.1f would bring it there",
        off, t->lufs, f->speech_share, f->integrated_lufs - off);
  } else {
    add (rest, GST_MASTER_BY_ESTIMATE "dialogue loudness %.1f LUFS, speech %.0f %% of the time", f->dialogue_lufs, f->speech_share);
    add_asked (rest, t, f);
  }
}

static void
judge_ratio (GString *broken, GString *rest, const GstMasterTarget *t, const GstMasterFigures *f)
{
  if (!isfinite (f->dialogue_lufs))
    add (rest, GST_MASTER_NOT_JUDGED "loudness to dialogue of at most %.1f LU, no speech found by our speech gate", t->max_ldr_lu);
  else if (f->ldr_lu > t->max_ldr_lu + FORGIVEN)
    add (broken, "loudness to dialogue %.1f LU above %.1f LU by our speech gate (an estimate)", f->ldr_lu - t->max_ldr_lu, t->max_ldr_lu);
  else
    add (rest, GST_MASTER_BY_ESTIMATE "loudness to dialogue %.1f LU, at most %.1f LU asked for", f->ldr_lu, t->max_ldr_lu);
}

gchar *
gst_master_rule_verdict (const GstMasterTarget *t, const GstMasterFigures *f)
{
  const gboolean is_of_speech = gst_master_rule_is_of_speech (t), is_checked = g_str_has_prefix (t->behaviour, "qc");
  const gboolean is_published = g_str_equal (t->grade, "standard") || g_str_equal (t->grade, "platform-published");
  const gdouble ceiling = gst_master_rule_ceiling_dbtp (t, f->integrated_lufs - 0.1);
  GString *s = g_string_new (NULL), *rest = g_string_new (NULL);

  /* A rule or a figure that is not there is NaN, and nothing is above NaN. Loudness is a rule where it is checked; elsewhere the
   * platform's gain answers for it. */
  if (is_checked && !is_of_speech)
    add_programme (s, t, f);
  if (f->true_peak_dbtp > ceiling + FORGIVEN)
    add (s, "true peak %.1f dB above %.1f dBTP", f->true_peak_dbtp - ceiling, ceiling);
  if (f->max_short_term_lufs > t->max_short_term_lufs + FORGIVEN)
    add (s, "short-term maximum %.1f LU above %.1f LUFS", f->max_short_term_lufs - t->max_short_term_lufs, t->max_short_term_lufs);
  if (f->lra_lu > t->max_lra_lu + FORGIVEN)
    add (s, "loudness range %.1f LU above %.1f LU", f->lra_lu - t->max_lra_lu, t->max_lra_lu);
  if (f->rms_dbfs < t->min_rms_dbfs - FORGIVEN)
    add (s, "RMS %.1f dB below %.1f dBFS", t->min_rms_dbfs - f->rms_dbfs, t->min_rms_dbfs);
  if (f->rms_dbfs > t->max_rms_dbfs + FORGIVEN)
    add (s, "RMS %.1f dB above %.1f dBFS", f->rms_dbfs - t->max_rms_dbfs, t->max_rms_dbfs);
  if (f->noise_floor_dbfs > t->max_noise_floor_dbfs + FORGIVEN)
    add (s, "noise floor %.1f dB above %.1f dBFS", f->noise_floor_dbfs - t->max_noise_floor_dbfs, t->max_noise_floor_dbfs);
  if (is_of_speech)
    judge_dialogue (s, rest, t, f);
  if (!isnan (t->max_ldr_lu))
    judge_ratio (s, rest, t, f);
  if (*t->not_measured != '\0')
    add (rest, GST_MASTER_NOT_JUDGED "%s", t->not_measured);
  if (rest->len > 0)
    add (s, "%s", rest->str);
  g_string_free (rest, TRUE);
  if (s->len == 0 && is_published)
    g_string_append (s, "pass");
  else if (s->len == 0)
    g_string_append_printf (s, "matches (%s)", t->grade);
  return g_string_free (s, FALSE);
}

gboolean
gst_master_rule_is_objection (const gchar *verdict)
{
  return verdict != NULL && !g_str_equal (verdict, "pass") && !g_str_has_prefix (verdict, "matches (");
}

gboolean
gst_master_rule_is_broken (const gchar *verdict)
{
  return gst_master_rule_is_objection (verdict) && !g_str_has_prefix (verdict, GST_MASTER_NOT_JUDGED)
      && !g_str_has_prefix (verdict, GST_MASTER_BY_ESTIMATE);
}

/* The delivery format up to its first comma: what follows are conditions. */
static gchar *
first_clause (const GstMasterTarget *t)
{
  return g_strndup (t->delivery, strcspn (t->delivery, ",;"));
}

const gchar *
gst_master_rule_against_format (const GstMasterTarget *t, const GstMasterProfile *profile)
{
  static const gchar *const lossless[] = { "PCM", "WAV", "BWF", "24 bit", "16 bit" };
  static const gchar *const professional[] = { "broadcast", "cinema-tv-ott", "physical", "archive" };
  gchar *first = first_clause (t);
  const gchar *wanted = NULL;

  if (g_str_has_prefix (t->behaviour, "qc-reject") && g_str_has_prefix (first, "MP3") && !g_str_equal (profile->id, "mp3"))
    wanted = "mp3";
  if (profile->is_lossy && t->bits != 0)
    wanted = "flac or wav";
  for (guint k = 0; k < G_N_ELEMENTS (professional) && profile->is_lossy; k++)
    for (guint i = 0; i < G_N_ELEMENTS (lossless) && g_str_equal (t->kind, professional[k]); i++)
      if (strstr (first, lossless[i]) != NULL)
        wanted = "flac or wav";
  g_free (first);
  return wanted;
}

gboolean
gst_master_rule_is_against_channels (const GstMasterTarget *t, gint channels)
{
  gchar *first = first_clause (t);
  const gboolean is_mono = g_str_has_prefix (first, "mono "), is_stereo = g_str_has_suffix (first, " stereo") && strstr (first, " or ") == NULL;

  g_free (first);
  return (is_mono && channels != 1) || (is_stereo && channels != 2);
}
