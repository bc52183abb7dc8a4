/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plot.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "datapath.h"
#include "errors.h"

#define MAX_POINTS 2000         /* of a curve; more are not seen */
#define FLOOR_DB -60.0

#define GREY "#999999"
#define PALE "#9ecae1"
#define BLUE "#2171b5"
#define RED "#d94801"

static gchar *
find_script (void)
{
  GPtrArray *folders = gst_master_data_folders ();
  gchar *found = NULL;

  for (guint i = 0; i < folders->len && found == NULL; i++) {
    gchar *path = g_build_filename (g_ptr_array_index (folders, i), "plot.py", NULL);
    if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
      found = g_steal_pointer (&path);
    g_free (path);
  }
  g_ptr_array_unref (folders);
  return found;
}

static const gchar *
format_of (const gchar *path)
{
  return g_str_has_suffix (path, ".svg") ? "svg" : g_str_has_suffix (path, ".png") ? "png" : NULL;
}

/* Runs the script; what it says on stderr is the reason of a failure. */
static gboolean
run_script (const gchar *first, const gchar *second, const gchar *input, GError **error)
{
  gchar *script = find_script (), *said = NULL;
  GError *cause = NULL;
  gboolean ok = FALSE;

  if (script == NULL) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_SETUP, "--plot: plot.py is not installed");
    return FALSE;
  }
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &cause, script, first, second,
      NULL);
  if (process != NULL && g_subprocess_communicate_utf8 (process, input, NULL, NULL, &said, &cause))
    ok = g_subprocess_get_successful (process);
  if (!ok) {
    /* the last line of a traceback is what happened */
    const gchar *last = said != NULL ? strrchr (g_strchomp (said), '\n') : NULL;
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_SETUP, "--plot: %s", cause != NULL ? cause->message : last != NULL ? last + 1
        : said != NULL && *said != '\0' ? said : "plot.py failed");
  }
  g_clear_error (&cause);
  g_clear_object (&process);
  g_free (said);
  g_free (script);
  return ok;
}

gboolean
gst_master_plot_check (const gchar *path, GError **error)
{
  if (format_of (path) == NULL) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "--plot writes .svg or .png, not %s", path);
    return FALSE;
  }
  return run_script ("--check", format_of (path), NULL, error);
}

static void
add_string (JsonBuilder *b, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, value);
}

static void
begin_panel (JsonBuilder *b, const gchar *title, const gchar *unit, gboolean is_log, gdouble line)
{
  json_builder_begin_object (b);
  add_string (b, "title", title);
  add_string (b, "unit", unit);
  json_builder_set_member_name (b, "log");
  json_builder_add_boolean_value (b, is_log);
  json_builder_set_member_name (b, "lines");
  json_builder_begin_array (b);
  if (isfinite (line))
    json_builder_add_double_value (b, line);
  json_builder_end_array (b);
  json_builder_set_member_name (b, "curves");
  json_builder_begin_array (b);
}

static void
end_panel (JsonBuilder *b)
{
  json_builder_end_array (b);
  json_builder_end_object (b);
}

static void
begin_curve (JsonBuilder *b, const gchar *name, const gchar *colour)
{
  json_builder_begin_object (b);
  add_string (b, "name", name);
  add_string (b, "colour", colour);
  json_builder_set_member_name (b, "points");
  json_builder_begin_array (b);
}

static void
add_point (JsonBuilder *b, gdouble x, gdouble y)
{
  if (!isfinite (y))
    return;
  json_builder_begin_array (b);
  json_builder_add_double_value (b, rint (x * 100.0) / 100.0);
  json_builder_add_double_value (b, rint (y * 100.0) / 100.0);
  json_builder_end_array (b);
}

/* A field of GstMasterMoment times @sign over time; of what is too much to be seen the loudest of each group. */
static void
add_history (JsonBuilder *b, const gchar *name, const gchar *colour, const GArray *history, gsize field, gdouble sign)
{
  begin_curve (b, name, colour);
  const guint group = history != NULL ? 1 + history->len / MAX_POINTS : 1;
  for (guint i = 0; history != NULL && i < history->len; i += group) {
    gdouble largest = NAN;
    for (guint k = i; k < MIN (i + group, history->len); k++)
      largest = fmax (largest, *(const gdouble *) (const void *) (history->data + k * sizeof (GstMasterMoment) + field));
    if (isfinite (largest) && fabs (largest) < -FLOOR_DB)
      add_point (b, g_array_index (history, GstMasterMoment, i).end_s, sign * largest);
  }
  json_builder_end_array (b);
  json_builder_end_object (b);
}

/* Mean square of both channels by twelfths of an octave, in dB. */
static void
add_spectrum (JsonBuilder *b, const gchar *name, const gchar *colour, const GstMasterSpectrum *s)
{
  const gdouble half = pow (2.0, 1.0 / 24.0);

  begin_curve (b, name, colour);
  for (gdouble f = 20.0; s != NULL && f < fmin (20100.0, 0.49 * s->rate); f *= half * half) {
    const gdouble low = fmin (f / half, f - 0.5 * s->hz_per_bin), high = fmax (f * half, f + 0.5 * s->hz_per_bin);
    const gdouble wide = (high - low) / (f * half - f / half);
    const gdouble power = gst_master_spectrum_band (s, s->mid, low, high) + gst_master_spectrum_band (s, s->side, low, high);
    if (power > 1e-14)
      add_point (b, f, 10.0 * log10 (power / wide));
  }
  json_builder_end_array (b);
  json_builder_end_object (b);
}

static JsonNode *
build (const GstMasterResult *r)
{
  JsonBuilder *b = json_builder_new ();
  gchar *name = g_path_get_basename (r->input->path);
  gchar *title = g_filename_display_name (name);
  const gboolean both = r->output != NULL;

  json_builder_begin_object (b);
  add_string (b, "title", title);
  json_builder_set_member_name (b, "panels");
  json_builder_begin_array (b);

  begin_panel (b, "Loudness", "LUFS", FALSE, r->render.chain != NULL ? r->target_lufs : NAN);
  if (!both)
    add_history (b, "momentary", PALE, r->heard.history, offsetof (GstMasterMoment, momentary_lufs), 1.0);
  add_history (b, both ? "short-term before" : "short-term", both ? GREY : BLUE, r->heard.history, offsetof (GstMasterMoment,
          short_term_lufs), 1.0);
  if (both) {
    add_history (b, "momentary after", PALE, r->heard_output.history, offsetof (GstMasterMoment, momentary_lufs), 1.0);
    add_history (b, "short-term after", BLUE, r->heard_output.history, offsetof (GstMasterMoment, short_term_lufs), 1.0);
  }
  end_panel (b);
  if (both && !r->render.no_limiter) {
    begin_panel (b, "Limiter", "dB", FALSE, NAN);
    add_history (b, "gain", RED, r->render_history, offsetof (GstMasterMoment, gain_reduction_db), -1.0);
    end_panel (b);
  }
  begin_panel (b, "Spectrum, twelfths of an octave", "dB", TRUE, NAN);
  add_spectrum (b, both ? "before" : "spectrum", both ? GREY : BLUE, r->heard.spectrum);
  if (both)
    add_spectrum (b, "after", BLUE, r->heard_output.spectrum);
  end_panel (b);

  json_builder_end_array (b);
  json_builder_end_object (b);
  JsonNode *root = json_builder_get_root (b);
  g_object_unref (b);
  g_free (title);
  g_free (name);
  return root;
}

gboolean
gst_master_plot_draw (const GstMasterResult *result, const gchar *path, const gchar *file, GError **error)
{
  JsonNode *root = build (result);
  gchar *text = json_to_string (root, FALSE);
  const gboolean ok = run_script (format_of (path), file, text, error);

  g_free (text);
  json_node_unref (root);
  return ok;
}
