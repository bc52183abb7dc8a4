/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"
#include "runner.h"

static const gchar *const extensions[] = { "wav", "wave", "w64", "rf64", "bwf", "flac", "aiff", "aif", "aifc", "caf", "m4a", "mp4",
  "m4v", "mov", "mkv", "mka", "webm", "ogg", "oga", "opus", "mp3", "mp2", "aac", "ac3", "wv", "ape", "tta", "wma", "au", NULL
};

static gboolean
is_media_name (const gchar *name)
{
  const gchar *dot = strrchr (name, '.');
  gchar *lower = g_ascii_strdown (dot != NULL ? dot + 1 : "", -1);
  const gboolean is = *name != '.' && g_strv_contains (extensions, lower);
  g_free (lower);
  return is;
}

static gint
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

/* @below: of @folder, under the one that was named. */
static void
walk (GstMasterOptions *o, const gchar *folder, const gchar *below, GPtrArray *files)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GStatBuf here, out;
  const gchar *name;

  /* What was mastered last time is no input */
  const gboolean is_output = o->output != NULL && g_stat (o->output, &out) == 0 && g_stat (folder, &here) == 0
      && out.st_dev == here.st_dev && out.st_ino == here.st_ino;
  while (dir != NULL && !is_output && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_clear_pointer (&dir, g_dir_close);
  g_ptr_array_sort (names, by_name);
  for (guint i = 0; i < names->len; i++) {
    name = g_ptr_array_index (names, i);
    gchar *path = g_build_filename (folder, name, NULL);
    GStatBuf st;
    if (g_lstat (path, &st) == 0 && S_ISDIR (st.st_mode)) {     /* links to folders could go round in circles */
      gchar *deeper = g_build_filename (below, name, NULL);
      walk (o, path, deeper, files);
      g_free (deeper);
    } else if (is_media_name (name)) {
      g_hash_table_insert (o->folders, g_strdup (path), g_strdup (below));
      g_ptr_array_add (files, g_strdup (path));
    }
    g_free (path);
  }
  g_ptr_array_unref (names);
}

gboolean
gst_master_inputs_walk (GstMasterOptions *o, GError **error)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);

  if (!o->recursive) {
    g_ptr_array_unref (files);
    return TRUE;
  }
  o->folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; o->inputs[i] != NULL; i++) {
    if (g_file_test (o->inputs[i], G_FILE_TEST_IS_DIR))
      walk (o, o->inputs[i], "", files);
    else
      g_ptr_array_add (files, g_strdup (o->inputs[i]));
  }
  const gboolean ok = files->len > 0;
  if (!ok)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT, "there are no audio files in %s, by their names", o->inputs[0]);
  g_ptr_array_add (files, NULL);
  g_strfreev (o->inputs);
  o->inputs = (gchar **) g_ptr_array_free (files, FALSE);
  return ok;
}

gboolean
gst_master_input_is_stream (const gchar *path)
{
  GStatBuf st;
  return g_str_equal (path, "-") || (g_stat (path, &st) == 0 && (S_ISFIFO (st.st_mode) || S_ISSOCK (st.st_mode)));
}

/* Nothing may come for long, and it may go on for ever: Ctrl-C ends both. */
static gssize
read_some (int from, guint8 *block)
{
  GPollFD ready = { .fd = from, .events = G_IO_IN };

  while (!gst_master_run_is_cancelled (NULL))
    if (g_poll (&ready, 1, 100) > 0)
      return read (from, block, 1 << 18);
  errno = ECANCELED;
  return -1;
}

static gboolean
copy (int from, int to)
{
  guint8 *block = g_malloc (1 << 18);
  gssize got;

  while ((got = read_some (from, block)) > 0 || (got < 0 && errno == EINTR)) {
    gssize put = 0;
    while (put < got) {
      const gssize n = write (to, block + put, (gsize) (got - put));
      if (n < 0 && errno != EINTR) {
        g_free (block);
        return FALSE;
      }
      put += MAX (n, 0);
    }
  }
  g_free (block);
  return got == 0;
}

gchar *
gst_master_input_spool (const gchar *path, GError **error)
{
  const int from = g_str_equal (path, "-") ? dup (STDIN_FILENO) : g_open (path, O_RDONLY | O_CLOEXEC, 0);
  gchar *name = NULL;
  const int to = from >= 0 ? g_file_open_tmp ("gst-master-XXXXXX", &name, NULL) : -1;
  gchar *spooled = NULL;

  if (to >= 0) {
    g_unlink (name);            /* its place is given back with the last handle, however the process ends */
    if (copy (from, to))
      spooled = g_strdup_printf ("/proc/self/fd/%d", to);
  }
  const int why = errno;
  if (spooled == NULL) {
    if (!gst_master_run_is_cancelled (error))
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT, "cannot bring %s into a file in %s: %s; set TMPDIR to where there is "
          "room", path, g_get_tmp_dir (), g_strerror (why));
    if (to >= 0)
      close (to);
  }
  if (from >= 0)
    close (from);
  g_free (name);
  return spooled;
}

gboolean
gst_master_copy_to (const gchar *path, int fd, GError **error)
{
  const int from = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  const gboolean ok = from >= 0 && copy (from, fd);

  if (!ok && !gst_master_run_is_cancelled (error))
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "cannot write to stdout: %s", g_strerror (errno));
  if (from >= 0)
    close (from);
  return ok;
}
