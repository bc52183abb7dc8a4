/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "batch.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "errors.h"
#include "extras.h"
#include "filmrun.h"
#include "profile.h"

static volatile sig_atomic_t is_cancelled;

static void
cancel (int signal_number)
{
  is_cancelled = 1;
}

static gboolean
is_folder (const gchar *path)
{
  return g_str_has_suffix (path, G_DIR_SEPARATOR_S) || g_file_test (path, G_FILE_TEST_IS_DIR);
}

/* @input's name with @extension, in @folder, below it as far as the input was found below a folder. */
static gchar *
name_in (const GstMasterOptions *o, const gchar *folder, const gchar *input, const gchar *extension)
{
  const gchar *below = o->folders != NULL ? g_hash_table_lookup (o->folders, input) : NULL;
  gchar *base = g_path_get_basename (g_str_equal (input, "-") ? "stdin" : input);
  gchar *dot = strrchr (base, '.');
  if (dot != NULL && dot != base)
    *dot = '\0';
  gchar *name = g_strdup_printf ("%s.%s", base, extension);
  gchar *path = g_build_filename (folder, below ? below : "", name, NULL);
  g_free (name);
  g_free (base);
  return path;
}

gchar *
gst_master_output_for (const GstMasterOptions *o, const gchar *input)
{
  if (o->output == NULL)
    return NULL;
  if (!is_folder (o->output) && o->folders == NULL)
    return g_strdup (o->output);
  gchar *film = gst_master_film_extension_for (input);
  gchar *path = name_in (o, o->output, input, film != NULL ? film : gst_master_profile_extension_for (o->format, input));
  g_free (film);
  return path;
}

gchar *
gst_master_report_for (const GstMasterOptions *o, const gchar *input, const gchar *output)
{
  if (o->report != NULL)
    return is_folder (o->report) || o->folders != NULL ? name_in (o, o->report, input, "json") : g_strdup (o->report);
  return o->resume ? g_strconcat (output, ".json", NULL) : NULL;
}

/* One job: its process, and the file that holds what it said. */
typedef struct
{
  pid_t pid;                    /* 0: free */
  FILE *said;
  const gchar *input;
} Job;

static gboolean
start (Job *job, GstMasterOptions *o, const gchar *input, GstMasterBatchFunc func)
{
  job->said = tmpfile ();
  job->input = input;
  fflush (stdout);
  fflush (stderr);
  job->pid = job->said != NULL ? fork () : -1;
  if (job->pid == 0) {
    o->progress_fd = dup (STDERR_FILENO);
    dup2 (fileno (job->said), STDOUT_FILENO);
    dup2 (fileno (job->said), STDERR_FILENO);
    signal (SIGINT, SIG_DFL);
    signal (SIGTERM, SIG_DFL);
    signal (SIGHUP, SIG_DFL);
    const int code = func (o, input);
    fflush (stdout);
    fflush (stderr);
    _exit (code);
  }
  return job->pid > 0;
}

/* Prints what the job said; TRUE if it ended well. */
static gboolean
finish (Job *job, int status, guint n, guint n_inputs)
{
  gchar block[4096];
  gsize got;

  printf ("[%u/%u] ", n, n_inputs);
  rewind (job->said);
  gboolean said_something = FALSE;
  while ((got = fread (block, 1, sizeof block, job->said)) > 0) {
    fwrite (block, 1, got, stdout);
    said_something = TRUE;
  }
  fclose (job->said);
  job->pid = 0;
  if (WIFSIGNALED (status))
    printf ("gst-master-1.0: %s: the process died (%s); nothing was written\n", job->input, strsignal (WTERMSIG (status)));
  else if (!said_something)
    printf ("%s\n", job->input);
  fflush (stdout);
  return WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

/* Two names of one file are one key. */
static gchar *
key_of (const gchar *path)
{
  GStatBuf st;
  return g_stat (path, &st) == 0 ? g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64) st.st_dev, (guint64) st.st_ino)
      : g_canonicalize_filename (path, NULL);
}

/* Takes @path (NULL: none); FALSE and @error if something else stands there or will. @input (NULL: none) may: that is told where it is opened. */
static gboolean
claim (GHashTable *taken, gchar *path, const gchar *input, GError **error)
{
  gchar *key = path != NULL ? key_of (path) : NULL;
  const gchar *by = key != NULL ? g_hash_table_lookup (taken, key) : NULL;
  const gboolean ok = by == NULL || g_strcmp0 (by, input) == 0;

  if (!ok && *by == '\0')
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "two files would be written to %s; give each a name of its own: with two inputs "
        "or more a folder with -o and --report, and inputs that differ in their names", path);
  else if (!ok)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "%s would be written over %s, which is read, too; give it another name", path, by);
  if (key != NULL && by == NULL)
    g_hash_table_insert (taken, key, g_strdup (""));
  else
    g_free (key);
  g_free (path);
  return ok;
}

static void
mark (GHashTable *taken, gchar **paths)
{
  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    if (!g_str_equal (paths[i], "-"))
      g_hash_table_insert (taken, key_of (paths[i]), g_strdup (paths[i]));
}

gboolean
gst_master_names_check (const GstMasterOptions *o, GError **error)
{
  GHashTable *taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const gboolean to_stdout = g_strcmp0 (o->output, "-") == 0;
  gboolean ok = TRUE;

  mark (taken, o->references);
  mark (taken, o->inputs);
  for (guint i = 0; o->inputs[i] != NULL && ok; i++) {
    const gchar *input = o->inputs[i];
    gchar *output = o->dry_run || to_stdout ? NULL : gst_master_output_for (o, input);
    gchar *report = gst_master_report_for (o, input, output);
    ok = claim (taken, output, input, error);
    ok = claim (taken, report, input, ok ? error : NULL) && ok;
  }
  if (ok && o->ab != NULL)
    ok = claim (taken, gst_master_ab_name (o->ab, "before"), NULL, error) && claim (taken, gst_master_ab_name (o->ab, "after"), NULL, error);
  if (ok && o->plot != NULL)
    ok = claim (taken, g_strdup (o->plot), NULL, error);
  g_hash_table_unref (taken);
  return ok;
}

static gboolean
may_begin (const GstMasterOptions *o, guint n_failed)
{
  return !is_cancelled && !(o->fail_fast && n_failed > 0);
}

int
gst_master_batch (GstMasterOptions *o, GstMasterBatchFunc func)
{
  const guint n_inputs = g_strv_length (o->inputs), n_jobs = (guint) o->jobs;
  struct sigaction on_cancel = { .sa_handler = cancel };
  guint next = 0, done = 0, failed = 0, running = 0;
  Job *jobs;

  sigaction (SIGINT, &on_cancel, NULL);
  sigaction (SIGTERM, &on_cancel, NULL);
  sigaction (SIGHUP, &on_cancel, NULL);
  jobs = g_new0 (Job, n_jobs);
  while (running > 0 || (next < n_inputs && may_begin (o, failed))) {
    for (guint j = 0; j < n_jobs && next < n_inputs && may_begin (o, failed); j++) {
      if (jobs[j].pid != 0)
        continue;
      if (!start (&jobs[j], o, o->inputs[next], func)) {
        fprintf (stderr, "gst-master-1.0: cannot start a process for %s: %s\n", o->inputs[next], g_strerror (errno));
        jobs[j].pid = 0;
        failed++;
      } else {
        running++;
      }
      next++;
    }
    int status = 0;
    const pid_t pid = running > 0 ? waitpid (-1, &status, 0) : 0;
    for (guint j = 0; j < n_jobs; j++) {
      if (is_cancelled && jobs[j].pid > 0 && jobs[j].pid != pid)
        kill (jobs[j].pid, SIGTERM);
      if (pid > 0 && jobs[j].pid == pid) {
        running--;
        failed += !finish (&jobs[j], status, ++done, n_inputs);
      }
    }
  }
  g_free (jobs);
  if (is_cancelled)
    return GST_MASTER_CANCELLED;
  printf ("%u of %u done%s%s\n", next - failed, n_inputs, failed ? ", the others say why above" : "", next < n_inputs
      ? "; --fail-fast left the rest" : "");
  return failed > 0 ? GST_MASTER_SOME_FAILED : GST_MASTER_OK;
}
