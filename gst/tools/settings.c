/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "checksum.h"
#include "errors.h"

typedef enum { TEXT, NUMBER, WHOLE, YES_NO } Kind;

/* What the command line may have left open is "" (TEXT), NaN (NUMBER), 0 (WHOLE). */
static const struct
{
  const gchar *name;
  Kind kind;
  gsize offset;
} fields[] = {
  { "target", TEXT, offsetof (GstMasterOptions, target_id) },
  { "loudness-lufs", NUMBER, offsetof (GstMasterOptions, loudness_lufs) },
  { "ceiling-dbtp", NUMBER, offsetof (GstMasterOptions, ceiling_dbtp) },
  { "max-limiting-db", NUMBER, offsetof (GstMasterOptions, max_limiting_db) },
  { "max-lra-lu", NUMBER, offsetof (GstMasterOptions, max_lra_lu) },
  { "chain", TEXT, offsetof (GstMasterOptions, chain_text) },
  { "format", TEXT, offsetof (GstMasterOptions, format) },
  { "rate", WHOLE, offsetof (GstMasterOptions, rate) },
  { "bits", WHOLE, offsetof (GstMasterOptions, bits) },
  { "dither", TEXT, offsetof (GstMasterOptions, dither) },
  { "noise-shaping", TEXT, offsetof (GstMasterOptions, shaping) },
  { "track", WHOLE, offsetof (GstMasterOptions, track) },
  { "may-fall-short", YES_NO, offsetof (GstMasterOptions, may_fall_short) },
  { "force", YES_NO, offsetof (GstMasterOptions, force) },
  { "keep-silence", YES_NO, offsetof (GstMasterOptions, keep_silence) },
};

static gpointer
field_of (const GstMasterOptions *o, guint i)
{
  return (gchar *) o + fields[i].offset;
}

void
gst_master_settings_add (JsonBuilder *b, const GstMasterOptions *o)
{
  JsonObject *settings = json_object_new ();

  json_object_set_string_member (settings, "policy", gst_master_policy_name (o->policy));
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    const gpointer at = field_of (o, i);
    const gchar *text = fields[i].kind == TEXT ? *(gchar **) at : NULL;
    if (g_str_equal (fields[i].name, "target"))
      text = o->target->id;
    if (fields[i].kind == NUMBER && isfinite (*(gdouble *) at))
      json_object_set_double_member (settings, fields[i].name, *(gdouble *) at);
    else if (fields[i].kind == WHOLE && *(gint *) at != 0)
      json_object_set_int_member (settings, fields[i].name, *(gint *) at);
    else if (fields[i].kind == YES_NO)
      json_object_set_boolean_member (settings, fields[i].name, *(gboolean *) at);
    else if (text != NULL)
      json_object_set_string_member (settings, fields[i].name, text);
  }
  json_builder_set_member_name (b, "settings");
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, settings);
  json_builder_add_value (b, node);
}

JsonObject *
gst_master_json_object (JsonObject *parent, const gchar *member)
{
  JsonNode *node = parent != NULL ? json_object_get_member (parent, member) : NULL;
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

const gchar *
gst_master_json_string (JsonObject *parent, const gchar *member)
{
  JsonNode *node = parent != NULL ? json_object_get_member (parent, member) : NULL;
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
}

JsonParser *
gst_master_receipt_load (const gchar *path, GError **error)
{
  JsonParser *parser = json_parser_new ();
  GError *cause = NULL;

  json_parser_load_from_file (parser, path, &cause);
  JsonNode *root = json_parser_get_root (parser);
  if (cause == NULL && (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)
          || gst_master_json_object (json_node_get_object (root), "settings") == NULL))
    g_set_error (&cause, GST_MASTER_ERROR, GST_MASTER_USAGE, "there are no settings in it");
  if (cause == NULL)
    return parser;
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "%s is not a receipt of gst-master-1.0: %s", path, cause->message);
  g_error_free (cause);
  g_object_unref (parser);
  return NULL;
}

gchar *
gst_master_receipt_find (JsonObject *file, const gchar *receipt)
{
  const gchar *name = gst_master_json_string (file, "file");
  gchar *path = name != NULL && g_str_has_prefix (name, "file:///") ? g_filename_from_uri (name, NULL, NULL) : g_strdup (name);

  if (path == NULL || g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return path;
  gchar *folder = g_path_get_dirname (receipt), *base = g_path_get_basename (path);
  gchar *beside = g_build_filename (folder, base, NULL);
  g_free (base);
  g_free (folder);
  g_free (path);
  if (!g_file_test (beside, G_FILE_TEST_IS_REGULAR))
    g_clear_pointer (&beside, g_free);
  return beside;
}

static void
recall_field (GstMasterOptions *o, guint i, JsonNode *node)
{
  gpointer at = field_of (o, i);

  if (fields[i].kind == TEXT && *(gchar **) at == NULL)
    *(gchar **) at = g_strdup (json_node_get_string (node));
  else if (fields[i].kind == NUMBER && isnan (*(gdouble *) at))
    *(gdouble *) at = json_node_get_double (node);
  else if (fields[i].kind == WHOLE && *(gint *) at == 0)
    *(gint *) at = (gint) json_node_get_int (node);
  else if (fields[i].kind == YES_NO)
    *(gboolean *) at = *(gboolean *) at || json_node_get_boolean (node);
}

gboolean
gst_master_settings_recall (GstMasterOptions *o, GError **error)
{
  JsonParser *parser = gst_master_receipt_load (o->again, error);
  if (parser == NULL)
    return FALSE;
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  JsonObject *settings = gst_master_json_object (root, "settings");
  const gchar *policy = gst_master_json_string (settings, "policy");

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    JsonNode *node = json_object_get_member (settings, fields[i].name);
    const gboolean is_chain = g_str_equal (fields[i].name, "chain");
    if (node != NULL && JSON_NODE_HOLDS_VALUE (node) && !(is_chain && o->preset != NULL))
      recall_field (o, i, node);
  }
  if (!o->is_policy_given)
    o->policy = gst_master_policy_by_name (policy);
  if (o->inputs == NULL || o->inputs[0] == NULL) {
    gchar *input = gst_master_receipt_find (gst_master_json_object (root, "input"), o->again);
    if (input != NULL) {
      g_strfreev (o->inputs);
      o->inputs = g_new0 (gchar *, 2);
      o->inputs[0] = input;
    } else {
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT, "the input of %s is not there any more; name the new mix: "
          "--again RECEIPT NEW_MIX", o->again);
    }
  }
  g_object_unref (parser);
  return o->inputs != NULL && o->inputs[0] != NULL;
}

static gboolean
is_file (JsonObject *root, const gchar *member, const gchar *path)
{
  const gchar *told = gst_master_json_string (gst_master_json_object (root, member), "sha256");
  gchar *is = told != NULL ? gst_master_checksum_file (path, GST_MASTER_INPUT, NULL) : NULL;
  const gboolean same = is != NULL && g_str_equal (is, told);
  g_free (is);
  return same;
}

gboolean
gst_master_settings_are_done (const GstMasterOptions *o, const gchar *receipt, const gchar *input, const gchar *output)
{
  JsonParser *parser = g_file_test (output, G_FILE_TEST_IS_REGULAR) ? gst_master_receipt_load (receipt, NULL) : NULL;
  if (parser == NULL)
    return FALSE;
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  JsonBuilder *b = json_builder_new ();
  json_builder_begin_object (b);
  gst_master_settings_add (b, o);
  json_builder_end_object (b);
  JsonNode *now = json_builder_get_root (b);
  const gboolean done = g_strcmp0 (gst_master_json_string (root, "tool"), "gst-master-1.0 " PACKAGE_VERSION) == 0
      && json_object_equal (gst_master_json_object (root, "settings"),
      gst_master_json_object (json_node_get_object (now), "settings"))
      && is_file (root, "input", input) && is_file (root, "output", output);

  json_node_unref (now);
  g_object_unref (b);
  g_object_unref (parser);
  return done;
}
