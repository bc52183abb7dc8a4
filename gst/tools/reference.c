/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reference.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#define N_RESONANCES 5
#define COLUMN 12               /* width of one in the table */

typedef struct
{
  gdouble hz, db, references_db;        /* the latter: mean of the references there */
} Resonance;

/* Figures of a portrait that stand alone */
static const struct
{
  const gchar *title, *key, *unit;
  gsize offset;
} singles[] = {
  { "Integrated loudness", "integrated-lufs", "LUFS", offsetof (GstMasterPortrait, figures.integrated_lufs) },
  { "Loudness range", "loudness-range-lu", "LU", offsetof (GstMasterPortrait, figures.lra_lu) },
  { "PLR", "plr-db", "dB", offsetof (GstMasterPortrait, figures.plr_db) },
  { "PSR, lowest", "min-psr-db", "dB", offsetof (GstMasterPortrait, min_psr_db) },
};

static gdouble
third_hz (gint i)
{
  return 1000.0 * pow (10.0, (i - 17) / 10.0);
}

static gdouble
octave_hz (gint i)
{
  return 1000.0 * pow (2.0, i - 5);
}

static gdouble
fine_hz (gint i)
{
  return 20.0 * pow (2.0, i / 24.0);
}

/* Of both channels' mean square: (L^2 + R^2) / 2 = M^2 + S^2 */
static gdouble
band (const GstMasterSpectrum *s, gdouble low_hz, gdouble high_hz)
{
  return gst_master_spectrum_band (s, s->mid, low_hz, high_hz) + gst_master_spectrum_band (s, s->side, low_hz, high_hz);
}

GstMasterPortrait *
gst_master_portrait_new (const gchar *path, const GstMasterFigures *figures, gdouble min_psr_db, const GstMasterSpectrum *s)
{
  GstMasterPortrait *p = g_new0 (GstMasterPortrait, 1);
  const gdouble half_third = pow (10.0, 0.05), half_octave = sqrt (2.0), half_fine = pow (2.0, 1.0 / 48.0), end = 0.5 * s->rate;

  p->name = g_path_get_basename (path);
  p->figures = *figures;
  p->min_psr_db = min_psr_db;
  for (gint i = 0; i < GST_MASTER_N_THIRDS; i++) {
    const gdouble f = third_hz (i);
    p->thirds_db[i] = f > 0.92 * end ? NAN : 10.0 * log10 (band (s, f / half_third, f * half_third)) - figures->integrated_lufs;
  }
  for (gint i = 0; i < GST_MASTER_N_OCTAVES; i++) {
    const gdouble f = octave_hz (i);
    p->width_db[i] = f > 0.92 * end ? NAN
        : 10.0 * log10 (gst_master_spectrum_band (s, s->side, f / half_octave, f * half_octave)
        / gst_master_spectrum_band (s, s->mid, f / half_octave, f * half_octave));
  }
  for (gint i = 0; i < GST_MASTER_N_FINE; i++) {
    const gdouble f = fine_hz (i), fine = fmax (f * (half_fine - 1.0 / half_fine), s->hz_per_bin);
    const gdouble octave = f * (half_octave - 1.0 / half_octave);
    p->fine_db[i] = f > 0.92 * end ? NAN : 10.0 * log10 (band (s, f - 0.5 * fine, f + 0.5 * fine) / fine
        / (band (s, f / half_octave, f * half_octave) / octave));
  }
  return p;
}

void
gst_master_portrait_free (GstMasterPortrait *portrait)
{
  g_free (portrait->name);
  g_free (portrait);
}

static const GstMasterPortrait *
portrait_at (const GPtrArray *portraits, guint i)
{
  return g_ptr_array_index (portraits, i);
}

static gdouble
value_at (const GPtrArray *portraits, guint i, gsize offset)
{
  return *(const gdouble *) (const void *) ((const gchar *) portrait_at (portraits, i) + offset);
}

/* Mean over the references, of those that have it. */
static gdouble
mean_of_references (const GPtrArray *portraits, gsize offset)
{
  gdouble sum = 0.0;
  guint n = 0;

  for (guint i = 1; i < portraits->len; i++)
    if (isfinite (value_at (portraits, i, offset))) {
      sum += value_at (portraits, i, offset);
      n++;
    }
  return n > 0 ? sum / n : NAN;
}

/* The highest of the master's fine bands that stand out, a sixth of an octave apart at least. */
static guint
find_resonances (const GPtrArray *portraits, Resonance *found)
{
  const gdouble *fine = portrait_at (portraits, 0)->fine_db;
  gboolean is_taken[GST_MASTER_N_FINE] = { FALSE };
  guint n = 0;

  while (n < N_RESONANCES) {
    gint best = -1;
    for (gint i = 24; i < GST_MASTER_N_FINE - 8; i++)   /* 40 Hz to 16 kHz */
      if (!is_taken[i] && fine[i] > 0.0 && fine[i] >= fine[i - 1] && fine[i] >= fine[i + 1] && (best < 0 || fine[i] > fine[best]))
        best = i;
    if (best < 0)
      break;
    for (gint i = MAX (0, best - 4); i <= MIN (GST_MASTER_N_FINE - 1, best + 4); i++)
      is_taken[i] = TRUE;
    found[n++] = (Resonance) { fine_hz (best), fine[best],
      mean_of_references (portraits, offsetof (GstMasterPortrait, fine_db) + (gsize) best * sizeof (gdouble)) };
  }
  return n;
}

static void
print_row (const GPtrArray *portraits, const gchar *title, const gchar *unit, gsize offset)
{
  const gdouble difference = value_at (portraits, 0, offset) - mean_of_references (portraits, offset);

  printf ("%-20s", title);
  for (guint i = 0; i < portraits->len; i++) {
    const gdouble value = value_at (portraits, i, offset);
    if (isnan (value))
      printf (" %*s", COLUMN, "-");
    else
      printf (" %*.1f", COLUMN, value);
  }
  if (isfinite (difference))
    printf (" %+*.1f %s\n", COLUMN, difference, unit);
  else
    printf (" %*s %s\n", COLUMN, "-", unit);
}

void
gst_master_reference_print (const GPtrArray *portraits)
{
  Resonance resonances[N_RESONANCES];
  const guint n = find_resonances (portraits, resonances);
  gchar title[32];

  printf ("\n%-20s %*s", "At equal loudness", COLUMN, "this");
  for (guint i = 1; i < portraits->len; i++)
    printf (" %*.*s", COLUMN, COLUMN, portrait_at (portraits, i)->name);
  printf (" %*s\n", COLUMN, "difference");
  for (guint i = 0; i < G_N_ELEMENTS (singles); i++)
    print_row (portraits, singles[i].title, singles[i].unit, singles[i].offset);
  for (gint i = GST_MASTER_N_OCTAVES; i-- > 0;) {
    g_snprintf (title, sizeof title, "Side to mid, %.0f Hz", octave_hz (i));
    print_row (portraits, title, "dB", offsetof (GstMasterPortrait, width_db) + (gsize) i * sizeof (gdouble));
  }
  for (gint i = GST_MASTER_N_THIRDS; i-- > 0;) {
    g_snprintf (title, sizeof title, "Balance, %.0f Hz", third_hz (i));
    print_row (portraits, title, "dB", offsetof (GstMasterPortrait, thirds_db) + (gsize) i * sizeof (gdouble));
  }
  for (guint i = 0; i < n; i++)
    printf ("%s %.0f Hz stands out by %.1f dB, in the references by %.1f dB\n", i ? "          " : "Resonances", resonances[i].hz,
        resonances[i].db, resonances[i].references_db);
}

static void
add_value (JsonBuilder *b, gdouble value)
{
  if (isfinite (value))
    json_builder_add_double_value (b, rint (value * 1e4) / 1e4);
  else
    json_builder_add_null_value (b);
}

static void
add_member (JsonBuilder *b, const gchar *name, gdouble value)
{
  json_builder_set_member_name (b, name);
  add_value (b, value);
}

/* Of portrait @i, or what the master has more than the mean of the references (-1). */
static void
add_portrait (JsonBuilder *b, const GPtrArray *portraits, gint i)
{
  const struct
  {
    const gchar *name;
    gsize offset;
    gint n;
  } lists[] = { { "thirds-db", offsetof (GstMasterPortrait, thirds_db), GST_MASTER_N_THIRDS },
    { "width-db", offsetof (GstMasterPortrait, width_db), GST_MASTER_N_OCTAVES } };
#define VALUE(offset) (i >= 0 ? value_at (portraits, (guint) i, offset) : value_at (portraits, 0, offset) - mean_of_references (portraits, offset))

  json_builder_begin_object (b);
  if (i >= 0) {
    json_builder_set_member_name (b, "file");
    json_builder_add_string_value (b, portrait_at (portraits, (guint) i)->name);
  }
  for (guint k = 0; k < G_N_ELEMENTS (singles); k++)
    add_member (b, singles[k].key, VALUE (singles[k].offset));
  for (guint k = 0; k < G_N_ELEMENTS (lists); k++) {
    json_builder_set_member_name (b, lists[k].name);
    json_builder_begin_array (b);
    for (gint m = 0; m < lists[k].n; m++)
      add_value (b, VALUE (lists[k].offset + (gsize) m * sizeof (gdouble)));
    json_builder_end_array (b);
  }
  json_builder_end_object (b);
}

void
gst_master_reference_add_json (const GPtrArray *portraits, JsonBuilder *b)
{
  Resonance resonances[N_RESONANCES];
  const guint n = find_resonances (portraits, resonances);

  json_builder_set_member_name (b, "reference");
  json_builder_begin_object (b);
  json_builder_set_member_name (b, "thirds-hz");
  json_builder_begin_array (b);
  for (gint i = 0; i < GST_MASTER_N_THIRDS; i++)
    add_value (b, third_hz (i));
  json_builder_end_array (b);
  json_builder_set_member_name (b, "octaves-hz");
  json_builder_begin_array (b);
  for (gint i = 0; i < GST_MASTER_N_OCTAVES; i++)
    add_value (b, octave_hz (i));
  json_builder_end_array (b);
  json_builder_set_member_name (b, "this");
  add_portrait (b, portraits, 0);
  json_builder_set_member_name (b, "references");
  json_builder_begin_array (b);
  for (guint i = 1; i < portraits->len; i++)
    add_portrait (b, portraits, (gint) i);
  json_builder_end_array (b);
  json_builder_set_member_name (b, "difference");
  add_portrait (b, portraits, -1);
  json_builder_set_member_name (b, "resonances");
  json_builder_begin_array (b);
  for (guint i = 0; i < n; i++) {
    json_builder_begin_object (b);
    add_member (b, "hz", resonances[i].hz);
    add_member (b, "db", resonances[i].db);
    add_member (b, "references-db", resonances[i].references_db);
    json_builder_end_object (b);
  }
  json_builder_end_array (b);
  json_builder_end_object (b);
}
