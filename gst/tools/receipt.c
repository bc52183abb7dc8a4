/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receipt.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "errors.h"
#include "settings.h"

/* To the hundredth of a dB and finer; null where there is no number. */
static void
add_number (JsonBuilder *b, const gchar *name, gdouble value)
{
  json_builder_set_member_name (b, name);
  if (isfinite (value))
    json_builder_add_double_value (b, rint (value * 1e4) / 1e4);
  else
    json_builder_add_null_value (b);
}

static void
add_int (JsonBuilder *b, const gchar *name, gint64 value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_int_value (b, value);
}

static void
add_string (JsonBuilder *b, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (b, name);
  if (value != NULL)
    json_builder_add_string_value (b, value);
  else
    json_builder_add_null_value (b);
}

/* JSON is UTF-8, names of files are bytes: others as a URI. */
static void
add_name (JsonBuilder *b, const gchar *path)
{
  gchar *absolute = g_canonicalize_filename (path, NULL);
  gchar *name = g_utf8_validate (path, -1, NULL) ? g_strdup (path) : g_filename_to_uri (absolute, NULL, NULL);

  add_string (b, "file", name);
  g_free (name);
  g_free (absolute);
}

static void
add_file (JsonBuilder *b, const gchar *member, const GstMasterSource *source, const gchar *path, const gchar *sha256,
    const GstMasterFigures *f)
{
  json_builder_set_member_name (b, member);
  json_builder_begin_object (b);
  add_name (b, path);
  add_string (b, "sha256", sha256);
  add_string (b, "codec", source->codec);
  json_builder_set_member_name (b, "lossy");
  json_builder_add_boolean_value (b, gst_master_source_is_lossy (source));
  add_int (b, "rate", source->rate);
  add_int (b, "channels", source->channels);
  add_int (b, "bits", gst_master_source_is_lossy (source) ? 0 : source->bits);
  add_int (b, "frames", (gint64) source->frames);
  add_number (b, "seconds", gst_master_source_seconds (source));
  add_number (b, "integrated-lufs", f->integrated_lufs);
  add_number (b, "max-short-term-lufs", f->max_short_term_lufs);
  add_number (b, "max-momentary-lufs", f->max_momentary_lufs);
  add_number (b, "loudness-range-lu", f->lra_lu);
  add_number (b, "true-peak-dbtp", f->true_peak_dbtp);
  add_number (b, "plr-db", f->plr_db);
  add_number (b, "correlation", f->correlation);
  if (!isnan (f->speech_share)) {
    add_number (b, "dialogue-lufs", f->dialogue_lufs);
    add_number (b, "speech-share-percent", f->speech_share);
    add_number (b, "loudness-to-dialogue-lu", f->ldr_lu);
  }
  if (!isnan (f->rms_dbfs)) {
    add_number (b, "rms-dbfs", f->rms_dbfs);
    add_number (b, "noise-floor-dbfs", f->noise_floor_dbfs);
  }
  json_builder_end_object (b);
}

static void
add_plan (JsonBuilder *b, const GstMasterResult *result, const GstMasterOptions *o)
{
  const GstMasterRender *r = &result->render;
  gchar *chain = gst_master_chain_text (r->chain);
  gchar *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, r->seed);        /* more than a JSON number holds */

  json_builder_set_member_name (b, "plan");
  json_builder_begin_object (b);
  add_string (b, "policy", gst_master_policy_name (o->policy));
  add_string (b, "target", o->target->id);
  add_string (b, "target-grade", o->target->grade);
  add_string (b, "target-date", o->target->date);
  add_number (b, "target-lufs", o->loudness_lufs);
  add_number (b, "ceiling-dbtp", o->ceiling_dbtp);
  add_number (b, "max-limiting-db", o->max_limiting_db);
  add_string (b, "preset", r->chain->name);
  add_string (b, "chain", chain);
  add_number (b, "working-level-lufs", GST_MASTER_WORKING_LUFS);
  add_number (b, "trim-db", r->trim_db);
  add_number (b, "drive-db", r->drive_db);
  add_number (b, "predicted-lufs", result->predicted_lufs);
  add_number (b, "predicted-limiting-db", result->predicted_limiting_db);
  add_number (b, "predicted-true-peak-dbtp", result->predicted_dbtp);
  add_int (b, "rate", r->rate);
  add_int (b, "bits", r->bits);
  add_string (b, "format", r->profile != NULL ? r->profile->id : NULL);
  add_string (b, "dither", r->dither);
  add_string (b, "noise-shaping", r->shaping);
  add_string (b, "dither-seed", seed);
  json_builder_end_object (b);
  g_free (seed);
  g_free (chain);
}

/* Loudness before and after each stage. */
static void
add_stages (JsonBuilder *b, const GstMasterResult *result)
{
  gdouble before = result->before.integrated_lufs;

  json_builder_set_member_name (b, "stages");
  json_builder_begin_array (b);
  for (guint i = 0; i < result->stages->len; i++) {
    const GstMasterStage *stage = g_ptr_array_index (result->stages, i);
    json_builder_begin_object (b);
    add_string (b, "stage", stage->name);
    add_number (b, "before-lufs", before);
    add_number (b, "after-lufs", stage->lufs);
    json_builder_end_object (b);
    before = stage->lufs;
  }
  json_builder_end_array (b);
}

static JsonBuilder *
begin (void)
{
  JsonBuilder *b = json_builder_new ();
  gchar *gstreamer = gst_version_string ();

  json_builder_begin_object (b);
  add_string (b, "tool", "gst-master-1.0 " PACKAGE_VERSION);
  add_string (b, "gstreamer", gstreamer);
  g_free (gstreamer);
  return b;
}

static void
add_work (JsonBuilder *b, const GstMasterResult *result, const GstMasterOptions *o)
{
  add_file (b, "input", result->input, result->input->path, result->input_sha256, &result->before);
  if (result->render.chain != NULL) {
    add_plan (b, result, o);
    add_stages (b, result);
  }
  if (result->output != NULL) {
    add_file (b, "output", result->output, o->output, result->output_sha256, &result->after);
    add_int (b, "renders", result->n_renders);
    add_number (b, "limiting-db", result->limiting_db);
    add_int (b, "limited-places", (gint64) result->limited_events);
    add_number (b, "second-opinion-lufs", result->second.integrated_lufs);
    add_string (b, "verdict", result->verdict);
  }
  add_number (b, "platform-gain-db", result->platform_gain_db);
  gst_master_warnings_add_json (result->warnings, b);
  if (result->portraits != NULL)
    gst_master_reference_add_json (result->portraits, b);
}

/* Takes @b, in whose first object all stands. */
static gboolean
finish (JsonBuilder *b, GstMasterFile *file, GError **error)
{
  GError *cause = NULL;

  json_builder_end_object (b);
  JsonNode *root = json_builder_get_root (b);
  gchar *compact = json_to_string (root, TRUE);
  gchar *text = g_strconcat (compact, "\n", NULL);

  gboolean ok = g_file_set_contents_full (file->temporary, text, -1, G_FILE_SET_CONTENTS_NONE, 0666, &cause);
  if (!ok) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "cannot write %s: %s", file->path, cause->message);
    g_error_free (cause);
  }
  ok = ok && gst_master_file_commit (file, error);
  g_free (text);
  g_free (compact);
  json_node_unref (root);
  g_object_unref (b);
  return ok;
}

gboolean
gst_master_receipt_write (const GstMasterResult *result, const GstMasterOptions *o, GstMasterFile *file, GError **error)
{
  JsonBuilder *b = begin ();

  if (result->render.chain != NULL)
    gst_master_settings_add (b, o);
  add_work (b, result, o);
  return finish (b, file, error);
}

static void
add_film (JsonBuilder *b, const gchar *member, const gchar *path, const gchar *sha256, const gchar *kind)
{
  json_builder_set_member_name (b, member);
  json_builder_begin_object (b);
  add_name (b, path);
  add_string (b, "sha256", sha256);
  add_string (b, "container", kind);
  json_builder_end_object (b);
}

gboolean
gst_master_receipt_write_film (const GstMasterFilmResult *all, const GstMasterOptions *o, GstMasterFile *file, GError **error)
{
  JsonBuilder *b = begin ();

  add_film (b, "input", all->path, all->input_sha256, all->kind);
  if (!o->measure)
    gst_master_settings_add (b, o);
  if (all->output_sha256 != NULL)
    add_film (b, "output", o->output, all->output_sha256, all->kind);
  json_builder_set_member_name (b, "tracks");
  json_builder_begin_array (b);
  for (guint i = 0; i < all->works->len; i++) {
    const GstMasterFilmWork *work = g_ptr_array_index (all->works, i);
    json_builder_begin_object (b);
    add_int (b, "track", work->number);
    add_string (b, "language", work->language);
    add_work (b, work->result, o);
    json_builder_end_object (b);
  }
  json_builder_end_array (b);
  return finish (b, file, error);
}
