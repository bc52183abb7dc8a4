/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "chain.h"

#include <string.h>

#include "chaincheck.h"
#include "datapath.h"
#include "errors.h"

#define GROUP "chain"

static GstMasterChain *
chain_new (const gchar *name)
{
  GstMasterChain *chain = g_new0 (GstMasterChain, 1);
  chain->name = g_strdup (name);
  chain->stages = g_ptr_array_new_with_free_func (g_free);
  return chain;
}

void
gst_master_chain_free (GstMasterChain *chain)
{
  if (chain == NULL)
    return;
  g_ptr_array_unref (chain->stages);
  g_free (chain->about);
  g_free (chain->name);
  g_free (chain);
}

static gpointer
copy_stage (gconstpointer stage, gpointer user_data)
{
  return g_strdup (stage);
}

GstMasterChain *
gst_master_chain_copy (const GstMasterChain *chain)
{
  GstMasterChain *copy = g_new0 (GstMasterChain, 1);

  copy->name = g_strdup (chain->name);
  copy->about = g_strdup (chain->about);
  copy->stages = g_ptr_array_copy (chain->stages, copy_stage, NULL);
  g_ptr_array_set_free_func (copy->stages, g_free);
  return copy;
}

static gboolean
take_text (GstMasterChain *chain, const gchar *text, GError **error)
{
  const gchar *s = text;

  if (text[strspn (text, " \t\r\n")] == '\0')
    return TRUE;
  for (;;) {
    const gchar *end = gst_master_chain_next_word (s, TRUE);
    if (!gst_master_chain_check_stage (text, s, end, error))
      return FALSE;
    g_ptr_array_add (chain->stages, g_strstrip (g_strndup (s, end - s)));
    if (*end == '\0')
      return TRUE;
    s = end + 1;
  }
}

GstMasterChain *
gst_master_chain_parse (const gchar *text, GError **error)
{
  GstMasterChain *chain = chain_new ("custom");
  if (!take_text (chain, text, error)) {
    gst_master_chain_free (chain);
    return NULL;
  }
  return chain;
}

static gint
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

GPtrArray *
gst_master_chain_list (void)
{
  GPtrArray *folders = gst_master_data_folders ();
  GHashTable *seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < folders->len; i++) {
    gchar *folder = g_build_filename (g_ptr_array_index (folders, i), "chains", NULL);
    GDir *dir = g_dir_open (folder, 0, NULL);
    const gchar *file;
    while (dir != NULL && (file = g_dir_read_name (dir)) != NULL) {
      if (!g_str_has_suffix (file, ".chain"))
        continue;
      gchar *name = g_strndup (file, strlen (file) - strlen (".chain"));
      gchar *path = g_build_filename (folder, file, NULL);
      GKeyFile *keys = g_key_file_new ();
      if (!g_hash_table_contains (seen, name) && g_key_file_load_from_file (keys, path, G_KEY_FILE_NONE, NULL)) {
        gchar *about = g_key_file_get_string (keys, GROUP, "about", NULL);
        g_ptr_array_add (list, g_strdup_printf ("%s\t%s", name, about ? about : ""));
        g_hash_table_add (seen, g_strdup (name));
        g_free (about);
      }
      g_key_file_unref (keys);
      g_free (path);
      g_free (name);
    }
    g_clear_pointer (&dir, g_dir_close);
    g_free (folder);
  }
  g_hash_table_unref (seen);
  g_ptr_array_unref (folders);
  g_ptr_array_sort (list, by_name);
  return list;
}

static gchar *
names_of_presets (void)
{
  GPtrArray *list = gst_master_chain_list ();
  GString *s = g_string_new (NULL);
  for (guint i = 0; i < list->len; i++) {
    const gchar *line = g_ptr_array_index (list, i);
    g_string_append_printf (s, "%s%.*s", i ? ", " : "", (int) strcspn (line, "\t"), line);
  }
  g_ptr_array_unref (list);
  return g_string_free (s, FALSE);
}

GstMasterChain *
gst_master_chain_load (const gchar *name, GError **error)
{
  GPtrArray *folders = gst_master_data_folders ();
  gchar *file = g_strconcat (name, ".chain", NULL);
  GKeyFile *keys = g_key_file_new ();
  GstMasterChain *chain = NULL;
  gchar *path = NULL;

  for (guint i = 0; i < folders->len && path == NULL && strchr (name, '/') == NULL; i++) {
    path = g_build_filename (g_ptr_array_index (folders, i), "chains", file, NULL);
    if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
      g_clear_pointer (&path, g_free);
  }
  if (path == NULL) {
    gchar *names = names_of_presets ();
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "--preset %s is not known; there is %s", name, names);
    g_free (names);
  } else if (g_key_file_load_from_file (keys, path, G_KEY_FILE_NONE, error)) {
    gchar *text = g_key_file_get_string (keys, GROUP, "chain", error);
    chain = text != NULL ? chain_new (name) : NULL;
    if (chain != NULL && !take_text (chain, text, error))
      g_clear_pointer (&chain, gst_master_chain_free);
    if (chain != NULL)
      chain->about = g_key_file_get_string (keys, GROUP, "about", NULL);
    g_free (text);
  }
  if (chain == NULL && path != NULL)
    g_prefix_error (error, "%s: ", path);
  g_free (path);
  g_free (file);
  g_key_file_unref (keys);
  g_ptr_array_unref (folders);
  return chain;
}

gchar *
gst_master_chain_text (const GstMasterChain *chain)
{
  GString *s = g_string_new (NULL);
  for (guint i = 0; i < chain->stages->len; i++)
    g_string_append_printf (s, "%s%s", i ? " ! " : "", (const gchar *) g_ptr_array_index (chain->stages, i));
  return g_string_free (s, FALSE);
}

gchar *
gst_master_chain_stage_name (const GstMasterChain *chain, guint i)
{
  const gchar *stage = g_ptr_array_index (chain->stages, i);
  return g_strndup (stage, strcspn (stage, " \t\r\n"));
}

gboolean
gst_master_chain_sets_channels (const GstMasterChain *chain)
{
  for (guint i = 0; i < chain->stages->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (chain->stages, i), "audio/"))
      return TRUE;
  return FALSE;
}

gint
gst_master_chain_find_stereo_stage (const GstMasterChain *chain)
{
  for (guint i = 0; i < chain->stages->len; i++) {
    const gchar *stage = g_ptr_array_index (chain->stages, i);
    if (g_str_has_prefix (stage, "msmatrix") || strstr (stage, "=side") != NULL || strstr (stage, "=mid") != NULL
        || strstr (stage, "=left") != NULL || strstr (stage, "=right") != NULL
        || strstr (stage, "mid-side=true") != NULL)
      return (gint) i;
  }
  return -1;
}
