/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verify.h"

#include <math.h>
#include <stdio.h>

#include "checksum.h"
#include "errors.h"
#include "film.h"
#include "session.h"
#include "settings.h"

/* Receipts are rounded to 0.0001; another version of the meter may differ by this */
#define TOLERANCE 0.01

static const struct
{
  const gchar *member, *unit;
  gsize offset;
} figures[] = {
  { "integrated-lufs", "LUFS", offsetof (GstMasterFigures, integrated_lufs) },
  { "max-short-term-lufs", "LUFS", offsetof (GstMasterFigures, max_short_term_lufs) },
  { "loudness-range-lu", "LU", offsetof (GstMasterFigures, lra_lu) },
  { "true-peak-dbtp", "dBTP", offsetof (GstMasterFigures, true_peak_dbtp) },
};

static gboolean
is_hash (const gchar *path, JsonObject *told, gint *n_other, GError **error)
{
  const gchar *sha256 = gst_master_json_string (told, "sha256");
  gchar *is = gst_master_checksum_file (path, GST_MASTER_INPUT, error);
  const gboolean differs = g_strcmp0 (is, sha256) != 0;

  if (is == NULL)
    return FALSE;
  printf ("%s\n  %-22s %s\n", path, "sha256", differs ? "differs" : "the same");
  *n_other += differs;
  g_free (is);
  return TRUE;
}

/* Measures it, or the audio track @track of @film, and adds how many things differ; FALSE and @error if it cannot be measured. */
static gboolean
compare_figures (const GstMasterOptions *o, const gchar *path, const GstMasterFilm *film, guint track, JsonObject *told, GstMasterProgress *progress,
    gint *n_other, GError **error)
{
  GstMasterOptions measure = *o;
  measure.measure = TRUE;
  GstMasterResult *result = film != NULL ? gst_master_session_run_track (&measure, film, track, NULL, progress, error)
      : gst_master_session_run (&measure, path, progress, error);
  if (result == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (figures); i++) {
    JsonNode *node = json_object_get_member (told, figures[i].member);
    const gdouble was = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_double (node) : NAN;
    const gdouble now = *(const gdouble *) ((const gchar *) &result->before + figures[i].offset);
    const gboolean same = fabs (now - was) <= TOLERANCE || (!isfinite (now) && !isfinite (was));
    printf ("  %-22s %.2f %s%s", figures[i].member, now, figures[i].unit, same ? ", the same\n" : "");
    if (!same)
      printf (", the receipt says %.2f\n", was);
    *n_other += !same;
  }
  JsonNode *frames = json_object_get_member (told, "frames");
  if (frames != NULL && JSON_NODE_HOLDS_VALUE (frames) && json_node_get_int (frames) != (gint64) result->input->total_frames) {
    printf ("  %-22s %" G_GUINT64_FORMAT ", the receipt says %" G_GINT64_FORMAT "\n", "frames", result->input->total_frames,
        json_node_get_int (frames));
    (*n_other)++;
  }
  gst_master_result_free (result);
  return TRUE;
}

static gboolean
compare_tracks (const GstMasterOptions *o, const gchar *path, const gchar *member, JsonArray *tracks, GstMasterProgress *progress,
    gint *n_other, GError **error)
{
  GstMasterFilm *film = gst_master_film_open (path, path, error);
  gboolean ok = film != NULL;

  if (ok)
    film->sha256 = g_strdup ("");
  else if (error != NULL && *error == NULL)
    gst_master_film_set_broken (path, "it is no file with video any more", error);
  for (guint i = 0; i < json_array_get_length (tracks) && ok; i++) {
    JsonNode *node = json_array_get_element (tracks, i);
    JsonObject *track = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    JsonNode *number = track != NULL ? json_object_get_member (track, "track") : NULL;
    const gint64 n = number != NULL && JSON_NODE_HOLDS_VALUE (number) ? json_node_get_int (number) : 0;
    if (n < 1 || n > film->audio->len) {
      printf ("  audio track %" G_GINT64_FORMAT " is not there\n", n);
      (*n_other)++;
      continue;
    }
    printf ("  audio track %" G_GINT64_FORMAT "\n", n);
    ok = compare_figures (o, path, film, (guint) n - 1, gst_master_json_object (track, member), progress, n_other, error);
  }
  gst_master_film_free (film);
  return ok;
}

/* How many things differ; -1 and @error if it cannot be measured. */
static gint
compare (const GstMasterOptions *o, const gchar *path, const gchar *member, JsonObject *root, GstMasterProgress *progress, GError **error)
{
  JsonObject *told = gst_master_json_object (root, member);
  JsonNode *tracks = json_object_get_member (root, "tracks");
  GError *cause = NULL;
  gint n_other = 0;

  if (!is_hash (path, told, &n_other, error))
    return -1;
  const gboolean ok = tracks != NULL && JSON_NODE_HOLDS_ARRAY (tracks)
      ? compare_tracks (o, path, member, json_node_get_array (tracks), progress, &n_other, &cause)
      : compare_figures (o, path, NULL, 0, told, progress, &n_other, &cause);
  if (ok)
    return n_other;
  if (n_other > 0 && g_error_matches (cause, GST_MASTER_ERROR, GST_MASTER_INPUT)) {     /* touched, and broken by it */
    printf ("  %s\n", cause->message);
    g_error_free (cause);
    return n_other;
  }
  g_propagate_error (error, cause);
  return -1;
}

gboolean
gst_master_verify (GstMasterOptions *o, GError **error)
{
  static const gchar *const members[] = { "output", "input" };
  JsonParser *parser = gst_master_receipt_load (o->verify, error);
  GstMasterProgress progress;
  gint n_other = 0;
  gboolean found = FALSE;

  if (parser == NULL)
    return FALSE;
  gst_master_progress_init (&progress, o, o->verify);
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  for (guint i = 0; i < G_N_ELEMENTS (members) && n_other >= 0; i++) {
    JsonObject *told = gst_master_json_object (root, members[i]);
    gchar *path = gst_master_receipt_find (told, o->verify);
    if (path == NULL && told != NULL && i == 0) {
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT, "%s, which %s tells of, is not there",
          gst_master_json_string (told, "file"), o->verify);
      n_other = -1;
    } else if (path == NULL) {
      printf ("the %s is not there: not verified\n", members[i]);
    } else {
      const gint n = compare (o, path, members[i], root, &progress, error);
      n_other = n < 0 ? -1 : n_other + n;
      found = TRUE;
    }
    g_free (path);
  }
  if (n_other > 0)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_DIFFERS, "%s: %d thing%s not as it says", o->verify, n_other, n_other == 1
        ? " is" : "s are");
  else if (n_other == 0 && !found)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT, "none of the files that %s tells of is there", o->verify);
  g_object_unref (parser);
  return n_other == 0 && found;
}
