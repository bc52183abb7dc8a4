/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include <gst/gst.h>
#include <math.h>

#include "errors.h"
#include "extras.h"

static const gchar *const policies[] = { "loudness", "linear", "peak" };

const gchar *
gst_master_policy_name (GstMasterPolicy policy)
{
  return policies[policy];
}

static gboolean
take_policy (const gchar *option, const gchar *value, gpointer data, GError **error)
{
  GstMasterOptions *o = data;
  for (guint i = 0; i < G_N_ELEMENTS (policies); i++)
    if (g_str_equal (value, policies[i])) {
      o->policy = (GstMasterPolicy) i;
      return TRUE;
    }
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
take_target (GstMasterOptions *o, const gchar *id, GError **error)
{
  const gboolean is_given = id != NULL;

  o->targets = gst_master_targets_load (error);
  if (o->targets == NULL || o->list_targets)
    return o->targets != NULL;
  o->target = gst_master_targets_find (o->targets, is_given ? id : "spotify", error);
  if (o->target == NULL)
    return FALSE;
  const GstMasterTarget *t = o->target;
  if (isnan (o->loudness_lufs))
    o->loudness_lufs = t->lufs;
  if (isnan (o->ceiling_dbtp))
    o->ceiling_dbtp = !isnan (t->true_peak_dbtp) ? t->true_peak_dbtp : !isnan (t->sample_peak_dbfs) ? t->sample_peak_dbfs
        : -1.0;
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

static gboolean
check (GstMasterOptions *o, const gchar *target, const gchar *chain, const gchar *preset, GError **error)
{
  const guint n_inputs = o->inputs != NULL ? g_strv_length (o->inputs) : 0;
  const gchar *wrong = NULL;

  if (o->version || o->list_presets)
    return TRUE;
  if (o->list_targets)
    return take_target (o, NULL, error);
  if (n_inputs == 0)
    wrong = "no input; usage: gst-master-1.0 INPUT... -o OUTPUT, see --help";
  else if (n_inputs > 1 && o->report != NULL)
    wrong = "--report is for one input";
  else if (o->jobs < 1 || o->jobs > 256)
    wrong = "--jobs is from 1 to 256";
  else if (o->measure && o->dry_run)
    wrong = "--measure and --dry-run exclude each other";
  else if (o->output == NULL && !o->measure && !o->dry_run)
    wrong = "no output; name it with -o OUTPUT, or use --measure to measure only";
  else if (o->output != NULL && o->measure)
    wrong = "--measure writes no audio: leave out -o";
  else if (chain != NULL && preset != NULL)
    wrong = "--chain and --preset exclude each other";
  else if (o->bits != 0 && o->bits != 16 && o->bits != 24)
    wrong = "--bits is 16 or 24";
  if (wrong != NULL) {
    g_set_error_literal (error, GST_MASTER_ERROR, GST_MASTER_USAGE, wrong);
    return FALSE;
  }
  if (!gst_master_extras_check (o, error))
    return FALSE;
  if (!take_target (o, target, error) || !in_range ("--loudness", o->loudness_lufs, -40.0, 0.0, "LUFS", error)
      || !in_range ("--ceiling", o->ceiling_dbtp, -20.0, 0.0, "dBTP", error)
      || !in_range ("--max-limiting", o->max_limiting_db, 0.0, 36.0, "dB", error)
      || (o->rate != 0 && !in_range ("--rate", o->rate, 8000.0, 384000.0, "Hz", error)))
    return FALSE;

  o->chain = chain != NULL ? gst_master_chain_parse (chain, error)
      : gst_master_chain_load (preset != NULL ? preset : "transparent", error);
  return o->chain != NULL;
}

GstMasterOptions *
gst_master_options_parse (gint *argc, gchar ***argv, GError **error)
{
  GstMasterOptions *o = g_new0 (GstMasterOptions, 1);
  gchar *chain = NULL, *preset = NULL, *target = NULL;
  o->loudness_lufs = o->ceiling_dbtp = NAN;
  o->max_limiting_db = 3.0;
  o->jobs = 1;

  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output, "Write the master to FILE, or into the folder DIR", "FILE|DIR" },
    { "target", 't', 0, G_OPTION_ARG_STRING, &target, "Where it goes: loudness, peak and format of that (spotify)", "ID" },
    { "list-targets", 0, 0, G_OPTION_ARG_NONE, &o->list_targets, "List the targets, with grade and date", NULL },
    { "loudness", 'l', 0, G_OPTION_ARG_DOUBLE, &o->loudness_lufs, "Integrated loudness instead of the target's", "LUFS" },
    { "ceiling", 'c', 0, G_OPTION_ARG_DOUBLE, &o->ceiling_dbtp, "Highest true peak instead of the target's", "DBTP" },
    { "policy", 0, 0, G_OPTION_ARG_CALLBACK, take_policy, "loudness (limits), linear (never), peak (as far as peaks let)",
        "NAME" },
    { "max-limiting", 0, 0, G_OPTION_ARG_DOUBLE, &o->max_limiting_db, "Refuse to limit by more than this (3)", "DB" },
    { "preset", 'p', 0, G_OPTION_ARG_STRING, &preset, "Chain before the limiter (transparent)", "NAME" },
    { "list-presets", 0, 0, G_OPTION_ARG_NONE, &o->list_presets, "List the presets", NULL },
    { "chain", 0, 0, G_OPTION_ARG_STRING, &chain, "Chain as for gst-launch-1.0, written for -18 LUFS", "TEXT" },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &o->format, "flac, wav, opus, vorbis, mp3, aac (by the output's name)", "ID" },
    { "rate", 'r', 0, G_OPTION_ARG_INT, &o->rate, "Sample rate (as the input)", "HZ" },
    { "bits", 'b', 0, G_OPTION_ARG_INT, &o->bits, "16 or 24 (as the input; 24 if that has no bits)", "N" },
    { "measure", 'm', 0, G_OPTION_ARG_NONE, &o->measure, "Measure only, write nothing", NULL },
    { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &o->dry_run, "Measure and plan, write nothing", NULL },
    { "report", 0, 0, G_OPTION_ARG_FILENAME, &o->report, "Write all figures and settings to FILE as JSON", "FILE" },
    { "reference", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->references, "Compare with FILE, at equal loudness (up to 5 times)", "FILE" },
    { "plot", 0, 0, G_OPTION_ARG_FILENAME, &o->plot, "Draw loudness, limiting, spectrum (.svg or .png)", "FILE" },
    { "ab", 0, 0, G_OPTION_ARG_FILENAME, &o->ab, "Write FILE-before and FILE-after at equal loudness", "FILE" },
    { "force", 0, 0, G_OPTION_ARG_NONE, &o->force, "Allow a format that contradicts the target", NULL },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &o->jobs, "Work on N files at a time (1)", "N" },
    { "overwrite", 'y', 0, G_OPTION_ARG_NONE, &o->overwrite, "Replace output and report if they exist", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "No progress, no notes; errors and the table only", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &o->version, "Print the version", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->inputs, NULL, "INPUT..." },
    G_OPTION_ENTRY_NULL
  };
  GOptionContext *context = g_option_context_new (NULL);
  g_option_context_set_summary (context, "Masters audio files to a loudness, and proves it on the files it wrote.");
  g_option_context_set_description (context,
      "Exit codes: 0 done, 1 some of several files failed, 2 wrong options or chain, 3 loudness not reachable,\n"
      "4 input cannot be read, 5 output cannot be written, 6 nothing to master (silence, too short, wrong channels),\n"
      "7 something is not installed, 130 cancelled. Without 0 no file is written.");
  GOptionGroup *group = g_option_group_new ("", "", "", o, NULL);
  g_option_group_add_entries (group, entries);
  g_option_context_set_main_group (context, group);
  g_option_context_add_group (context, gst_init_get_option_group ());
  gboolean ok = g_option_context_parse (context, argc, argv, error);
  g_option_context_free (context);

  ok = ok && check (o, target, chain, preset, error);
  g_free (chain);
  g_free (preset);
  g_free (target);
  if (!ok) {
    gst_master_options_free (o);
    return NULL;
  }
  return o;
}

void
gst_master_options_free (GstMasterOptions *o)
{
  g_strfreev (o->inputs);
  g_free (o->output);
  g_free (o->report);
  g_free (o->ab);
  g_free (o->plot);
  g_strfreev (o->references);
  g_free (o->format);
  gst_master_chain_free (o->chain);
  g_clear_pointer (&o->targets, g_ptr_array_unref);
  g_free (o);
}
