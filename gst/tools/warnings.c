/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "warnings.h"

#include <math.h>
#include <stdio.h>

#include "warnings-private.h"

static void
warning_free (gpointer data)
{
  GstMasterWarning *w = data;
  g_free (w->text);
  g_free (w);
}

GPtrArray *
gst_master_warnings_new (void)
{
  return g_ptr_array_new_with_free_func (warning_free);
}

void
gst_master_warnings_add (GPtrArray *warnings, const GstMasterRule *rule, gdouble value, const gchar *format, ...)
{
  GstMasterWarning *w = g_new0 (GstMasterWarning, 1);
  va_list args;

  w->id = rule->id;
  w->stage = rule->stage;
  w->limit = rule->limit;
  w->unit = rule->unit;
  w->advice = rule->advice;
  w->value = value;
  va_start (args, format);
  w->text = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (warnings, w);
}

void
gst_master_warnings_print (const GPtrArray *warnings)
{
  for (guint i = 0; i < warnings->len; i++) {
    const GstMasterWarning *w = g_ptr_array_index (warnings, i);
    printf ("warning: %s: %s. %s.\n", w->stage, w->text, w->advice);
  }
}

void
gst_master_warnings_add_json (const GPtrArray *warnings, JsonBuilder *b)
{
  json_builder_set_member_name (b, "warnings");
  json_builder_begin_array (b);
  for (guint i = 0; i < warnings->len; i++) {
    const GstMasterWarning *w = g_ptr_array_index (warnings, i);
    const struct
    {
      const gchar *name, *value;
    } texts[] = { { "id", w->id }, { "stage", w->stage }, { "unit", w->unit }, { "text", w->text }, { "advice", w->advice } };
    const struct
    {
      const gchar *name;
      gdouble value;
    } numbers[] = { { "value", w->value }, { "limit", w->limit } };

    json_builder_begin_object (b);
    for (guint k = 0; k < G_N_ELEMENTS (texts); k++) {
      json_builder_set_member_name (b, texts[k].name);
      json_builder_add_string_value (b, texts[k].value);
    }
    for (guint k = 0; k < G_N_ELEMENTS (numbers); k++) {
      json_builder_set_member_name (b, numbers[k].name);
      if (isfinite (numbers[k].value))
        json_builder_add_double_value (b, rint (numbers[k].value * 1e4) / 1e4);
      else
        json_builder_add_null_value (b);
    }
    json_builder_end_object (b);
  }
  json_builder_end_array (b);
}
