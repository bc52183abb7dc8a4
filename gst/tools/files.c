/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"
#include "whole.h"

gboolean
gst_master_check_input (const gchar *path, const gchar *name, GError **error)
{
  GStatBuf st;
  const gchar *why = NULL;

  if (g_stat (path, &st) != 0)
    why = g_strerror (errno);
  else if (S_ISDIR (st.st_mode))
    why = "it is a folder; name a file in it, or take all with --recursive";
  else if (!S_ISREG (st.st_mode))
    why = "it is not a regular file";
  else if (g_access (path, R_OK) != 0)
    why = "you may not read it, see chmod";
  else if (st.st_size == 0)
    why = "it is empty";
  else
    why = gst_master_whole_check (path);
  if (why != NULL)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT, "cannot read %s: %s", name, why);
  return why == NULL;
}

static gboolean
same_file (const gchar *a, const gchar *b)
{
  GStatBuf sa, sb;
  return g_stat (a, &sa) == 0 && g_stat (b, &sb) == 0 && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static gboolean
check_output (const gchar *path, const gchar *input, gboolean overwrite, GError **error)
{
  GStatBuf st;

  if (g_stat (path, &st) != 0)
    return TRUE;
  if (input != NULL && same_file (path, input))
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT,
        "%s is the input itself; give the output another name", path);
  else if (S_ISDIR (st.st_mode))
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "cannot write %s: it is a folder", path);
  else if (!S_ISREG (st.st_mode))
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "cannot write %s: it is not a regular file", path);
  else if (!overwrite)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "%s exists; use --overwrite to replace it", path);
  else
    return TRUE;
  return FALSE;
}

/* Temporary files for @base in @folder whose process is not there any more. */
static void
remove_left_overs (const gchar *folder, const gchar *base)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  gchar *head = g_strdup_printf (".%.200s.", base);
  const gchar *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    if (!g_str_has_prefix (name, head) || strlen (name) != strlen (head) + strlen ("XXXXXX.part") || !g_str_has_suffix (name, ".part"))
      continue;
    gchar *path = g_build_filename (folder, name, NULL);
    const int fd = g_open (path, O_RDWR | O_CLOEXEC, 0);
    GStatBuf st;
    /* one that is being made is not locked yet, and is new */
    if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0 && g_stat (path, &st) == 0 && g_get_real_time () / G_USEC_PER_SEC - st.st_mtime > 1)
      g_unlink (path);
    if (fd >= 0)
      close (fd);
    g_free (path);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_free (head);
}

/* Made and locked; -1. Between the two another process may have taken it for a left-over: then once more. */
static int
make_temporary (const gchar *pattern, gchar **path)
{
  for (guint i = 0; i < 10; i++) {
    GStatBuf st;
    *path = g_strdup (pattern);
    const int fd = g_mkstemp_full (*path, O_RDWR | O_CLOEXEC, 0666);
    if (fd < 0)
      break;
    if (flock (fd, LOCK_EX | LOCK_NB) != 0)
      g_debug ("%s: no locks here", *path);
    if (fstat (fd, &st) == 0 && st.st_nlink > 0)
      return fd;
    close (fd);
    g_clear_pointer (path, g_free);
  }
  return -1;
}

GstMasterFile *
gst_master_file_new (const gchar *path, const gchar *input, gboolean overwrite, GError **error)
{
  if (!check_output (path, input, overwrite, error))
    return NULL;

  gchar *folder = g_path_get_dirname (path), *base = g_path_get_basename (path);
  gchar *name = g_strdup_printf (".%.200s.XXXXXX.part", base);
  gchar *pattern = g_build_filename (folder, name, NULL), *temporary = NULL;
  remove_left_overs (folder, base);
  const int fd = make_temporary (pattern, &temporary);
  GstMasterFile *file = NULL;

  if (fd < 0) {
    const int why = errno;
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "cannot write into %s: %s; choose another folder with -o",
        folder, g_strerror (why));
    g_free (temporary);
  } else {
    file = g_new0 (GstMasterFile, 1);
    file->lock_fd = fd;
    file->path = g_strdup (path);
    file->temporary = temporary;
    file->overwrite = overwrite;
  }
  g_free (pattern);
  g_free (name);
  g_free (base);
  g_free (folder);
  return file;
}

static gboolean
sync_path (const gchar *path)
{
  const int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    return FALSE;
  const gboolean ok = fsync (fd) == 0;
  return close (fd) == 0 && ok;
}

gboolean
gst_master_file_commit (GstMasterFile *file, GError **error)
{
  /* Without leave to overwrite the rename itself refuses: another process may have made the file meanwhile */
  const unsigned flags = file->overwrite ? 0 : RENAME_NOREPLACE;
  int failed = !sync_path (file->temporary);

  if (!failed) {
    failed = renameat2 (AT_FDCWD, file->temporary, AT_FDCWD, file->path, flags) != 0;
    if (failed && flags != 0 && (errno == EINVAL || errno == ENOSYS))   /* the file system does not know the flag */
      failed = g_access (file->path, F_OK) == 0 ? (errno = EEXIST, 1) : g_rename (file->temporary, file->path) != 0;
  }
  if (failed) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "cannot write %s: %s", file->path, g_strerror (errno));
    return FALSE;
  }
  g_clear_pointer (&file->temporary, g_free);
  /* Once more: the lock of a process killed just before the start lives some milliseconds longer than it */
  gchar *folder = g_path_get_dirname (file->path), *base = g_path_get_basename (file->path);
  remove_left_overs (folder, base);
  g_free (base);
  g_free (folder);
  return TRUE;
}

void
gst_master_file_free (GstMasterFile *file)
{
  if (file == NULL)
    return;
  if (file->temporary != NULL)
    g_unlink (file->temporary);
  close (file->lock_fd);
  g_free (file->temporary);
  g_free (file->path);
  g_free (file);
}
