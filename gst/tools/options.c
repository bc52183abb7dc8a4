/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include <gst/gst.h>
#include <math.h>

#include "errors.h"
#include "extras.h"
#include "inputs.h"
#include "rules.h"
#include "settings.h"

static const gchar *const policies[] = { "loudness", "linear", "peak" };

const gchar *
gst_master_policy_name (GstMasterPolicy policy)
{
  return policies[policy];
}

GstMasterPolicy
gst_master_policy_by_name (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (policies); i++)
    if (g_strcmp0 (name, policies[i]) == 0)
      return (GstMasterPolicy) i;
  return GST_MASTER_POLICY_LOUDNESS;
}

static gboolean
take_policy (const gchar *option, const gchar *value, gpointer data, GError **error)
{
  GstMasterOptions *o = data;

  o->policy = gst_master_policy_by_name (value);
  o->is_policy_given = TRUE;
  if (g_str_equal (value, policies[o->policy]))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--policy %s is not known; there is loudness, linear, peak",
      value);
  return FALSE;
}

static gboolean
in_range (const gchar *option, gdouble value, gdouble min, gdouble max, const gchar *unit, GError **error)
{
  if (value >= min && value <= max)
    return TRUE;
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "%s %g is out of range: %g to %g %s", option, value, min, max,
      unit);
  return FALSE;
}

/* What the target says of the file: taken where the user said nothing, and contradicted only by --force. */
static gboolean
take_delivery (GstMasterOptions *o, GError **error)
{
  const GstMasterTarget *t = o->target;
  const struct
  {
    const gchar *option;
    gint rule, *value;
  } rules[] = { { "--rate", t->rate, &o->rate }, { "--bits", t->bits, &o->bits } };

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++) {
    if (*rules[i].value == 0)
      *rules[i].value = rules[i].rule;
    if (rules[i].rule != 0 && *rules[i].value != rules[i].rule && !o->force) {
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "%s %d contradicts --target %s, which is %s; "
          "leave it out, or insist with --force", rules[i].option, *rules[i].value, t->id, t->delivery);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
take_target (GstMasterOptions *o, GError **error)
{
  o->targets = gst_master_targets_load (error);
  if (o->targets == NULL || o->list_targets)
    return o->targets != NULL;
  o->target = gst_master_targets_find (o->targets, o->target_id != NULL ? o->target_id : "spotify", error);
  if (o->target == NULL)
    return FALSE;
  const GstMasterTarget *t = o->target;
  if (isnan (o->loudness_lufs)) {
    o->loudness_lufs = t->lufs;
    o->may_fall_short = o->may_fall_short || gst_master_rule_takes_quieter (t);
  }
  if (isnan (o->ceiling_dbtp))
    o->ceiling_dbtp = gst_master_rule_ceiling_dbtp (t, o->loudness_lufs);
  if (isnan (o->ceiling_dbtp))
    o->ceiling_dbtp = -1.0;
  if (isnan (o->loudness_lufs)) {
    if (o->policy == GST_MASTER_POLICY_LINEAR) {
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE,
          "--target %s (%s) names no loudness in LUFS; say which with --loudness", t->id, t->name);
      return FALSE;
    }
    o->policy = GST_MASTER_POLICY_PEAK;
    o->loudness_lufs = 0.0;
  }
  return take_delivery (o, error);
}

static const gchar *
find_contradiction (const GstMasterOptions *o)
{
  const guint n_inputs = o->inputs != NULL ? g_strv_length (o->inputs) : 0;
  const gboolean to_stdout = g_strcmp0 (o->output, "-") == 0;

  if (o->verify != NULL)
    return n_inputs > 0 || o->again != NULL || o->output != NULL ? "--verify takes a receipt and nothing else" : NULL;
  if (n_inputs == 0)
    return "no input; usage: gst-master-1.0 INPUT... -o OUTPUT, see --help";
  if (n_inputs > 1 && o->again != NULL)
    return "--again is for one input";
  if ((n_inputs > 1 || o->recursive) && to_stdout)
    return "-o - is for one input";
  if (o->jobs < 1 || o->jobs > 256)
    return "--jobs is from 1 to 256";
  if (o->track < 0)
    return "--track counts from 1";
  if (o->measure && o->dry_run)
    return "--measure and --dry-run exclude each other";
  if (o->output == NULL && !o->measure && !o->dry_run)
    return "no output; name it with -o OUTPUT, or use --measure to measure only";
  if (o->output != NULL && o->measure)
    return "--measure writes no audio: leave out -o";
  if (to_stdout && o->format == NULL)
    return "-o - needs --format: there is no name to tell it by";
  if (o->resume && (o->output == NULL || to_stdout))
    return "--resume is for outputs that stay: name a file or a folder with -o";
  if (o->chain_text != NULL && o->preset != NULL)
    return "--chain and --preset exclude each other";
  if (o->bits != 0 && o->bits != 16 && o->bits != 24)
    return "--bits is 16 or 24";
  return NULL;
}

static gboolean
is_nick (const gchar *option, const gchar *value, const gchar *nicks, GError **error)
{
  gchar **known = g_strsplit (nicks, ", ", -1);
  const gboolean ok = g_strv_contains ((const gchar *const *) known, value);
  g_strfreev (known);
  if (!ok)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "%s %s is not known; there is %s", option, value, nicks);
  return ok;
}

static gboolean
check (GstMasterOptions *o, GError **error)
{
  if (o->version || o->list_presets)
    return TRUE;
  if (o->list_targets)
    return take_target (o, error);
  if (o->again != NULL && !gst_master_settings_recall (o, error))
    return FALSE;
  const gchar *wrong = find_contradiction (o);
  if (wrong != NULL) {
    g_set_error_literal (error, GST_MASTER_ERROR, GST_MASTER_USAGE, wrong);
    return FALSE;
  }
  if (o->verify == NULL && !gst_master_extras_check (o, error))
    return FALSE;
  if (isnan (o->max_limiting_db))
    o->max_limiting_db = 3.0;
  if (o->dither == NULL)
    o->dither = g_strdup ("triangular");
  if (o->shaping == NULL)
    o->shaping = g_strdup ("none");
  if (!take_target (o, error) || !in_range ("--loudness", o->loudness_lufs, -40.0, 0.0, "LUFS", error)
      || !in_range ("--ceiling", o->ceiling_dbtp, -20.0, 0.0, "dBTP", error)
      || !in_range ("--max-limiting", o->max_limiting_db, 0.0, 36.0, "dB", error)
      || (!isnan (o->max_lra_lu) && !in_range ("--max-lra", o->max_lra_lu, 1.0, 50.0, "LU", error))
      || (o->rate != 0 && !in_range ("--rate", o->rate, 8000.0, 384000.0, "Hz", error))
      || !is_nick ("--dither", o->dither, "none, rectangular, triangular, high-pass-triangular", error)
      || !is_nick ("--noise-shaping", o->shaping, "none, light, medium, strong", error))
    return FALSE;

  o->chain = o->chain_text != NULL ? gst_master_chain_parse (o->chain_text, error)
      : gst_master_chain_load (o->preset != NULL ? o->preset : "transparent", error);
  if (o->chain != NULL && o->chain_text == NULL)
    o->chain_text = gst_master_chain_text (o->chain);
  return o->chain != NULL && (o->verify != NULL || gst_master_inputs_walk (o, error));
}

GstMasterOptions *
gst_master_options_parse (gint *argc, gchar ***argv, GError **error)
{
  GstMasterOptions *o = g_new0 (GstMasterOptions, 1);
  o->loudness_lufs = o->ceiling_dbtp = o->max_limiting_db = o->max_lra_lu = NAN;
  o->jobs = 1;
  o->stdout_fd = o->progress_fd = -1;

  /* A screen has 24 lines: what most people need */
  const GOptionEntry common[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output, "Write to FILE, into DIR, or to stdout (-)", "FILE|DIR" },
    { "target", 't', 0, G_OPTION_ARG_STRING, &o->target_id, "Where it goes: its loudness, peak, format (spotify)", "ID" },
    { "list-targets", 0, 0, G_OPTION_ARG_NONE, &o->list_targets, "List the targets, with grade and date", NULL },
    { "loudness", 'l', 0, G_OPTION_ARG_DOUBLE, &o->loudness_lufs, "Integrated loudness instead of the target's", "LUFS" },
    { "preset", 'p', 0, G_OPTION_ARG_STRING, &o->preset, "Chain before the limiter (transparent)", "NAME" },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &o->format, "flac, wav, aiff, alac, opus, vorbis, mp3, aac", "ID" },
    { "measure", 'm', 0, G_OPTION_ARG_NONE, &o->measure, "Measure only, write nothing", NULL },
    { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &o->dry_run, "Measure and plan, write nothing", NULL },
    { "overwrite", 'y', 0, G_OPTION_ARG_NONE, &o->overwrite, "Replace output and report if they exist", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "No progress, no notes", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->inputs, NULL, "INPUT..." },
    G_OPTION_ENTRY_NULL
  };
  const GOptionEntry more[] = {
    { "ceiling", 'c', 0, G_OPTION_ARG_DOUBLE, &o->ceiling_dbtp, "Highest true peak instead of the target's", "DBTP" },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &o->jobs, "Work on N files at a time (1)", "N" },
    { "list-presets", 0, 0, G_OPTION_ARG_NONE, &o->list_presets, "List the presets", NULL },
    { "report", 0, 0, G_OPTION_ARG_FILENAME, &o->report, "Write all figures and settings as JSON", "FILE|DIR" },
    { "policy", 0, 0, G_OPTION_ARG_CALLBACK, take_policy, "loudness (limits), linear (never), peak (as far as peaks let)",
        "NAME" },
    { "max-limiting", 0, 0, G_OPTION_ARG_DOUBLE, &o->max_limiting_db, "Refuse to limit by more than this (3)", "DB" },
    { "max-lra", 0, 0, G_OPTION_ARG_DOUBLE, &o->max_lra_lu, "Refuse a wider loudness range; nothing is ever levelled",
        "LU" },
    { "chain", 0, 0, G_OPTION_ARG_STRING, &o->chain_text, "Chain as for gst-launch-1.0, written for -18 LUFS", "TEXT" },
    { "rate", 'r', 0, G_OPTION_ARG_INT, &o->rate, "Sample rate (as the input)", "HZ" },
    { "bits", 'b', 0, G_OPTION_ARG_INT, &o->bits, "16 or 24 (as the input; 24 if that has no bits)", "N" },
    { "reference", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->references, "Compare with FILE, at equal loudness (up to 5 times)", "FILE" },
    { "plot", 0, 0, G_OPTION_ARG_FILENAME, &o->plot, "Draw loudness, limiting, spectrum (.svg or .png)", "FILE" },
    { "ab", 0, 0, G_OPTION_ARG_FILENAME, &o->ab, "Write FILE-before and FILE-after at equal loudness", "FILE" },
    { "dither", 0, 0, G_OPTION_ARG_STRING, &o->dither, "none, rectangular, triangular, high-pass-triangular", "NAME" },
    { "noise-shaping", 0, 0, G_OPTION_ARG_STRING, &o->shaping, "none, light, medium, strong (none)", "NAME" },
    { "track", 0, 0, G_OPTION_ARG_INT, &o->track, "Audio track to master (1; of a film: all)", "N" },
    { "force", 0, 0, G_OPTION_ARG_NONE, &o->force, "Allow a format that contradicts the target", NULL },
    { "keep-silence", 0, 0, G_OPTION_ARG_NONE, &o->keep_silence, "Pass silent inputs on as they are", NULL },
    { "recursive", 'R', 0, G_OPTION_ARG_NONE, &o->recursive, "Take the audio and video files in folders", NULL },
    { "keep-going", 'k', G_OPTION_FLAG_REVERSE, G_OPTION_ARG_NONE, &o->fail_fast, "Go on when one file fails (that is so)",
        NULL },
    { "fail-fast", 0, 0, G_OPTION_ARG_NONE, &o->fail_fast, "Begin no other file when one has failed", NULL },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &o->resume, "Skip what is done: a receipt beside each output tells", NULL },
    { "verify", 0, 0, G_OPTION_ARG_FILENAME, &o->verify, "Measure again, compare with the receipt", "RECEIPT" },
    { "again", 0, 0, G_OPTION_ARG_FILENAME, &o->again, "Settings of RECEIPT, for its input or a new mix", "RECEIPT" },
    { "json-progress", 0, 0, G_OPTION_ARG_NONE, &o->json_progress, "Progress on stderr as lines of JSON", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &o->version, "Print the version", NULL },
    G_OPTION_ENTRY_NULL
  };
  GOptionContext *context = g_option_context_new (NULL);
  g_option_context_set_summary (context, "Masters audio and video files to a loudness, and proves it on what it wrote.");
  g_option_context_set_description (context, "Exit codes and what each option means: man gst-master-1.0");
  GOptionGroup *group = g_option_group_new ("", "", "", o, NULL);
  g_option_group_add_entries (group, common);
  g_option_context_set_main_group (context, group);
  group = g_option_group_new ("more", "More Options:", "Show the other options", o, NULL);
  g_option_group_add_entries (group, more);
  g_option_context_add_group (context, group);
  g_option_context_add_group (context, gst_init_get_option_group ());
  gboolean ok = g_option_context_parse (context, argc, argv, error);
  g_option_context_free (context);

  if (!ok || !check (o, error)) {
    gst_master_options_free (o);
    return NULL;
  }
  return o;
}

void
gst_master_options_free (GstMasterOptions *o)
{
  g_strfreev (o->inputs);
  g_clear_pointer (&o->folders, g_hash_table_unref);
  g_free (o->output);
  g_free (o->target_id);
  g_free (o->chain_text);
  g_free (o->preset);
  g_free (o->report);
  g_free (o->ab);
  g_free (o->plot);
  g_strfreev (o->references);
  g_free (o->format);
  g_free (o->dither);
  g_free (o->shaping);
  g_free (o->verify);
  g_free (o->again);
  gst_master_chain_free (o->chain);
  g_clear_pointer (&o->targets, g_ptr_array_unref);
  g_free (o);
}
