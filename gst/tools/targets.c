/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "targets.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "datapath.h"
#include "errors.h"

static const struct
{
  const gchar *column;
  gsize offset;
  gboolean is_number;
} columns[] = {
  { "id", offsetof (GstMasterTarget, id), FALSE },
  { "name", offsetof (GstMasterTarget, name), FALSE },
  { "integrated_lufs", offsetof (GstMasterTarget, lufs), TRUE },
  { "tolerance_lu", offsetof (GstMasterTarget, tolerance_lu), TRUE },
  { "max_true_peak_dbtp", offsetof (GstMasterTarget, true_peak_dbtp), TRUE },
  { "max_sample_peak_dbfs", offsetof (GstMasterTarget, sample_peak_dbfs), TRUE },
  { "max_short_term_lufs", offsetof (GstMasterTarget, max_short_term_lufs), TRUE },
  { "max_lra_lu", offsetof (GstMasterTarget, max_lra_lu), TRUE },
  { "max_ldr_lu", offsetof (GstMasterTarget, max_ldr_lu), TRUE },
  { "min_rms_dbfs", offsetof (GstMasterTarget, min_rms_dbfs), TRUE },
  { "max_rms_dbfs", offsetof (GstMasterTarget, max_rms_dbfs), TRUE },
  { "max_noise_floor_dbfs", offsetof (GstMasterTarget, max_noise_floor_dbfs), TRUE },
  { "louder_than_lufs", offsetof (GstMasterTarget, louder_than_lufs), TRUE },
  { "louder_true_peak_dbtp", offsetof (GstMasterTarget, louder_true_peak_dbtp), TRUE },
  { "kind", offsetof (GstMasterTarget, kind), FALSE },
  { "gate", offsetof (GstMasterTarget, gate), FALSE },
  { "notes", offsetof (GstMasterTarget, notes), FALSE },
  { "not_measured", offsetof (GstMasterTarget, not_measured), FALSE },
  { "low_speech_target", offsetof (GstMasterTarget, low_speech_target), FALSE },
  { "platform_behaviour", offsetof (GstMasterTarget, behaviour), FALSE },
  { "delivery_format", offsetof (GstMasterTarget, delivery), FALSE },
  { "grade", offsetof (GstMasterTarget, grade), FALSE },
  { "source", offsetof (GstMasterTarget, source), FALSE },
  { "source_date", offsetof (GstMasterTarget, date), FALSE },
};

static void
target_free (gpointer data)
{
  GstMasterTarget *t = data;
  for (guint c = 0; c < G_N_ELEMENTS (columns); c++)
    if (!columns[c].is_number)
      g_free (*(gchar **) ((gchar *) t + columns[c].offset));
  g_free (t);
}

/* Cells of the row at *s, which moves to the next row (RFC 4180: quotes, doubled quotes); *line counts on. */
static GPtrArray *
read_row (const gchar **s, guint *line, gboolean *is_open)
{
  GPtrArray *cells = g_ptr_array_new_with_free_func (g_free);
  GString *cell = g_string_new (NULL);
  gboolean quoted = FALSE;
  const gchar *p = *s;

  for (;; p++) {
    *line += *p == '\n';
    if (quoted && *p == '"' && p[1] == '"') {
      g_string_append_c (cell, *p++);
    } else if (*p == '"') {
      quoted = !quoted;
    } else if (*p == '\0' || (!quoted && (*p == ',' || *p == '\n'))) {
      g_ptr_array_add (cells, g_strstrip (g_strdup (cell->str)));
      g_string_truncate (cell, 0);
      if (*p != ',')
        break;
    } else if (*p != '\r') {
      g_string_append_c (cell, *p);
    }
  }
  *is_open = quoted && *p == '\0';
  *s = *p == '\n' ? p + 1 : p;
  g_string_free (cell, TRUE);
  return cells;
}

/* "PCM 44.1k 16 bit stereo, …" leaves no choice; "16 or 24 bit 44.1k+" does. */
static void
read_delivery (GstMasterTarget *t)
{
  static const gchar *const choices[] = { " or ", " to ", "+", "/44", "/48", "/96", "/24", "-96k", "-192k", "native" };
  gchar *first = g_strndup (t->delivery, strcspn (t->delivery, ",;"));
  gboolean is_open = !g_str_has_prefix (first, "PCM") && !g_str_has_prefix (first, "WAV")
      && !g_str_has_prefix (first, "LPCM") && !g_ascii_isdigit (*first);

  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    is_open = is_open || strstr (first, choices[i]) != NULL;
  for (const gchar *s = first; *s != '\0' && !is_open; s++) {
    gchar *end;
    if (!g_ascii_isdigit (*s) || (s > first && (g_ascii_isalnum (s[-1]) || s[-1] == '.')))
      continue;
    const gdouble number = g_ascii_strtod (s, &end);
    if (*end == 'k' && !g_ascii_isalpha (end[1]) && number >= 8.0)
      t->rate = (gint) rint (number * 1000.0);
    else if (g_str_has_prefix (end, " bit"))
      t->bits = (gint) number;
  }
  g_free (first);
}

/* A number, or nothing: NaN. */
static gboolean
read_number (const gchar *text, gdouble *number)
{
  gchar *end = (gchar *) text;

  *number = *text != '\0' ? g_ascii_strtod (text, &end) : NAN;
  return *end == '\0' && (*text == '\0' || isfinite (*number));
}

/* NULL and @wrong, g_malloc'ed. */
static GstMasterTarget *
read_target (GPtrArray *heading, GPtrArray *cells, gchar **wrong)
{
  GstMasterTarget *t = g_new0 (GstMasterTarget, 1);

  for (guint c = 0; c < G_N_ELEMENTS (columns); c++) {
    const gchar *text = "";
    for (guint i = 0; i < MIN (heading->len, cells->len); i++)
      if (g_str_equal (g_ptr_array_index (heading, i), columns[c].column))
        text = g_ptr_array_index (cells, i);
    if (!columns[c].is_number)
      *(gchar **) ((gchar *) t + columns[c].offset) = g_strdup (text);
    else if (!read_number (text, (gdouble *) ((gchar *) t + columns[c].offset)) && *wrong == NULL)
      *wrong = g_strdup_printf ("%s is \"%s\", which is not a number as -14.5", columns[c].column, text);
  }
  if (*wrong == NULL && cells->len > heading->len)
    *wrong = g_strdup_printf ("there are %u cells under %u headings; text with a comma stands in quotes", cells->len, heading->len);
  if (*wrong == NULL && *t->id == '\0')
    *wrong = g_strdup ("the column id is missing or empty");
  if (*wrong != NULL) {
    target_free (t);
    return NULL;
  }
  read_delivery (t);
  return t;
}

/* An own row replaces the one of its name. */
static void
take_target (GPtrArray *targets, GstMasterTarget *t)
{
  guint i = 0;

  while (i < targets->len && !g_str_equal (((GstMasterTarget *) g_ptr_array_index (targets, i))->id, t->id))
    i++;
  if (i < targets->len) {
    target_free (g_ptr_array_index (targets, i));
    targets->pdata[i] = t;
  } else {
    g_ptr_array_add (targets, t);
  }
}

static gboolean
read_table (GPtrArray *targets, const gchar *path, const gchar *text, gsize length, GError **error)
{
  gboolean is_open;
  guint line = 1, at = 1;
  gchar *wrong = g_utf8_validate (text, (gssize) length, NULL) ? NULL : g_strdup ("it is not text in UTF-8");
  GPtrArray *heading = read_row (&text, &line, &is_open);

  while (*text != '\0' && wrong == NULL) {
    at = line;
    GPtrArray *cells = read_row (&text, &line, &is_open);
    GstMasterTarget *t = NULL;
    if (is_open)
      wrong = g_strdup ("a quote is not closed");
    else if (cells->len > 1 || *(const gchar *) g_ptr_array_index (cells, 0) != '\0')
      t = read_target (heading, cells, &wrong);
    if (t != NULL)
      take_target (targets, t);
    g_ptr_array_unref (cells);
  }
  g_ptr_array_unref (heading);
  const gboolean ok = wrong == NULL;
  if (!ok)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "%s, line %u: %s", path, at, wrong);
  g_free (wrong);
  return ok;
}

/* Rows that name another one; a name that there is no row of means nothing. */
static void
link_rows (GPtrArray *targets)
{
  for (guint i = 0; i < targets->len; i++) {
    GstMasterTarget *t = g_ptr_array_index (targets, i);
    for (guint k = 0; k < targets->len && *t->low_speech_target != '\0'; k++)
      if (g_str_equal (((GstMasterTarget *) g_ptr_array_index (targets, k))->id, t->low_speech_target))
        t->low_speech = g_ptr_array_index (targets, k);
  }
}

GPtrArray *
gst_master_targets_load (GError **error)
{
  GPtrArray *targets = g_ptr_array_new_with_free_func (target_free);
  GPtrArray *folders = gst_master_data_folders ();
  guint n_tables = 0;
  gboolean ok = TRUE;

  /* folders->pdata[0] is the user's own: read last, over the first of the others */
  for (guint i = 1; i <= folders->len && ok; i++) {
    gchar *path = g_build_filename (g_ptr_array_index (folders, i % folders->len), "targets.csv", NULL);
    gchar *text;
    gsize length;
    if ((n_tables == 0 || i == folders->len) && g_file_get_contents (path, &text, &length, NULL)) {
      ok = read_table (targets, path, text, length, error);
      n_tables++;
      g_free (text);
    }
    g_free (path);
  }
  g_ptr_array_unref (folders);
  if (!ok) {
    g_clear_pointer (&targets, g_ptr_array_unref);
  } else if (targets->len == 0) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_SETUP, "the table of targets (targets.csv) is not installed");
    g_clear_pointer (&targets, g_ptr_array_unref);
  }
  if (targets != NULL)
    link_rows (targets);
  return targets;
}

const GstMasterTarget *
gst_master_targets_find (GPtrArray *targets, const gchar *id, GError **error)
{
  const GstMasterTarget *found = NULL;
  GString *several = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < targets->len; i++) {
    const GstMasterTarget *t = g_ptr_array_index (targets, i);
    if (g_str_equal (t->id, id)) {
      g_string_free (several, TRUE);
      return t;
    }
    if (g_str_has_prefix (t->id, id)) {
      g_string_append_printf (several, "%s%s", n++ ? ", " : "", t->id);
      found = t;
    }
  }
  if (n == 0)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "--target %s is not known; --list-targets lists them", id);
  else if (n > 1)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "--target %s may be %s; write which", id, several->str);
  g_string_free (several, TRUE);
  return n == 1 ? found : NULL;
}

static void
print_number (gdouble value)
{
  if (isnan (value))
    printf (" %7s", "-");
  else
    printf (" %7.1f", value);
}

void
gst_master_targets_print (GPtrArray *targets)
{
  printf ("%-22s %7s %7s  %-18s %-12s %s\n", "target", "LUFS", "dBTP", "grade", "date", "name");
  for (guint i = 0; i < targets->len; i++) {
    const GstMasterTarget *t = g_ptr_array_index (targets, i);
    printf ("%-22s", t->id);
    print_number (t->lufs);
    print_number (t->true_peak_dbtp);
    printf ("  %-18s %-12s %s\n", t->grade, t->date, t->name);
  }
}
