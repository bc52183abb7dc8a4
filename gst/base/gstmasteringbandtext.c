/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmasteringbandtext.h"

#include <math.h>
#include <string.h>

GValue *
gst_mastering_band_values_new (guint n)
{
  return g_new0 (GValue, n);
}

void
gst_mastering_band_values_free (GValue *values, guint n)
{
  for (guint i = 0; values != NULL && i < n; i++)
    g_value_unset (&values[i]);
  g_free (values);
}

static gint
find_pspec (const GstMasteringBandText *t, const gchar *name, gsize len)
{
  for (guint p = 0; p < t->n_pspecs; p++)
    if (strlen (t->pspecs[p]->name) == len && strncmp (t->pspecs[p]->name, name, len) == 0)
      return (gint) p;
  return -1;
}

GstMasteringBandText *
gst_mastering_band_text_new (GType band_type)
{
  GstMasteringBandText *t = g_new0 (GstMasteringBandText, 1);
  guint n;

  t->klass = g_type_class_ref (band_type);
  GParamSpec **all = g_object_class_list_properties (G_OBJECT_CLASS (t->klass), &n);
  t->pspecs = g_new (GParamSpec *, n);
  for (guint i = 0; i < n; i++)
    if (g_type_is_a (all[i]->owner_type, GST_TYPE_MASTERING_BAND)
        && (all[i]->flags & G_PARAM_READWRITE) == G_PARAM_READWRITE)
      t->pspecs[t->n_pspecs++] = all[i];
  g_free (all);

  t->n_words = g_strv_length ((gchar **) t->klass->words);
  t->words = g_new (gint, t->n_words);
  for (guint w = 0; w < t->n_words; w++) {
    t->words[w] = find_pspec (t, t->klass->words[w], strlen (t->klass->words[w]));
    g_assert (t->words[w] >= 0);
  }
  return t;
}

void
gst_mastering_band_text_free (GstMasteringBandText *t)
{
  g_type_class_unref (t->klass);
  g_free (t->pspecs);
  g_free (t->words);
  g_free (t);
}

void
gst_mastering_band_text_default (const GstMasteringBandText *t, guint index, guint p, GValue *value)
{
  g_value_init (value, t->pspecs[p]->value_type);
  g_param_value_set_default (t->pspecs[p], value);
  if (t->klass->get_default != NULL)
    t->klass->get_default (t->klass, index, t->pspecs[p], value);
}

static gboolean
in_hertz (const GParamSpec *pspec)
{
  return g_str_has_suffix (pspec->name, "frequency");
}

/* ------------------------------------------------------------------------------------------------------------------ reading */

/* Where we are, for messages. */
typedef struct
{
  const gchar *text;
  guint band;
  GError **error;
} Reader;

static gboolean G_GNUC_PRINTF (4, 5)
fail (const Reader *r, const gchar *word, gsize len, const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  gchar *why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (r->error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS, "bands: \"%.*s\" at character %ld (band%u): %s",
      (int) len, word, g_utf8_pointer_to_offset (r->text, word) + 1, r->band, why);
  g_free (why);
  return FALSE;
}

static gchar *
names_of (const GstMasteringBandText *t)
{
  GString *s = g_string_new (NULL);
  for (guint p = 0; p < t->n_pspecs; p++)
    g_string_append_printf (s, "%s%s", p ? ", " : "", t->pspecs[p]->name);
  return g_string_free (s, FALSE);
}

static gchar *
nicks_of (GEnumClass *klass)
{
  GString *s = g_string_new (NULL);
  for (guint i = 0; i < klass->n_values; i++)
    g_string_append_printf (s, "%s%s", i ? ", " : "", klass->values[i].value_nick);
  return g_string_free (s, FALSE);
}

/* A decimal number; "k" behind it is an exponent more, so that 1.001k is the double nearest to 1001. */
static gboolean
read_number (const gchar *s, gboolean kilo_allowed, gdouble *number)
{
  gchar *end;
  gchar *copy = NULL;
  gboolean ok;

  if (*s == '\0' || strpbrk (s, "xXpP \t\r\n") != NULL)      /* no hexadecimal */
    return FALSE;
  if (kilo_allowed && (g_str_has_suffix (s, "k") || g_str_has_suffix (s, "K")) && strpbrk (s, "eE") == NULL) {
    copy = g_strdup_printf ("%.*se3", (int) strlen (s) - 1, s);
    s = copy;
  }
  *number = g_ascii_strtod (s, &end);
  ok = end != s && *end == '\0' && !isnan (*number);
  g_free (copy);
  return ok;
}

static gboolean
out_of_range (const Reader *r, const gchar *word, gsize len, const GParamSpec *pspec, gdouble min, gdouble max)
{
  return fail (r, word, len, "%s is from %.10g to %.10g", pspec->name, min, max);
}

static gboolean
read_value (const Reader *r, const gchar *word, gsize word_len, const gchar *s, GParamSpec *pspec, GValue *value)
{
  gdouble number = 0.0;

  g_value_init (value, pspec->value_type);
  if (G_IS_PARAM_SPEC_ENUM (pspec)) {
    GEnumClass *klass = G_PARAM_SPEC_ENUM (pspec)->enum_class;
    const GEnumValue *v = g_enum_get_value_by_nick (klass, s);
    if (v == NULL) {
      gchar *nicks = nicks_of (klass);
      fail (r, word, word_len, "%s is one of %s", pspec->name, nicks);
      g_free (nicks);
      return FALSE;
    }
    g_value_set_enum (value, v->value);
    return TRUE;
  }
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec)) {
    const gboolean yes = g_str_equal (s, "true") || g_str_equal (s, "yes") || g_str_equal (s, "1");
    if (!yes && !g_str_equal (s, "false") && !g_str_equal (s, "no") && !g_str_equal (s, "0"))
      return fail (r, word, word_len, "%s is true or false", pspec->name);
    g_value_set_boolean (value, yes);
    return TRUE;
  }

  if (!read_number (s, in_hertz (pspec), &number))
    return fail (r, word, word_len, "%s is a number%s", pspec->name,
        in_hertz (pspec) ? " of Hz, as 250 or 10k" : "");
  if (G_IS_PARAM_SPEC_DOUBLE (pspec)) {
    const GParamSpecDouble *d = G_PARAM_SPEC_DOUBLE (pspec);
    if (number < d->minimum || number > d->maximum)
      return out_of_range (r, word, word_len, pspec, d->minimum, d->maximum);
    g_value_set_double (value, number);
  } else if (G_IS_PARAM_SPEC_UINT (pspec) || G_IS_PARAM_SPEC_INT (pspec)) {
    const gboolean is_uint = G_IS_PARAM_SPEC_UINT (pspec);
    const gdouble min = is_uint ? (gdouble) G_PARAM_SPEC_UINT (pspec)->minimum : G_PARAM_SPEC_INT (pspec)->minimum;
    const gdouble max = is_uint ? (gdouble) G_PARAM_SPEC_UINT (pspec)->maximum : G_PARAM_SPEC_INT (pspec)->maximum;
    if (number != rint (number))
      return fail (r, word, word_len, "%s is a whole number", pspec->name);
    if (number < min || number > max)
      return out_of_range (r, word, word_len, pspec, min, max);
    if (is_uint)
      g_value_set_uint (value, (guint) number);
    else
      g_value_set_int (value, (gint) number);
  } else {
    g_assert_not_reached ();    /* bands have no other types */
  }
  return TRUE;
}

/* One word of a band into @values; *n_positional counts the words without a name. */
static gboolean
read_word (const GstMasteringBandText *t, const Reader *r, const gchar *word, gsize len, GValue *values,
    guint *n_positional)
{
  const gchar *equals = memchr (word, '=', len);
  gint p;

  if (equals != NULL) {
    p = find_pspec (t, word, equals - word);
    if (p < 0) {
      gchar *names = names_of (t);
      fail (r, word, len, "there is no such property; there is %s", names);
      g_free (names);
      return FALSE;
    }
  } else if (*n_positional < t->n_words) {
    p = t->words[(*n_positional)++];
  } else {
    return fail (r, word, len, "after %s write property=value", t->klass->words[t->n_words - 1]);
  }
  if (G_IS_VALUE (&values[p]))
    return fail (r, word, len, "%s is there twice", t->pspecs[p]->name);

  const gchar *start = equals != NULL ? equals + 1 : word;
  gchar *s = g_strndup (start, word + len - start);
  const gboolean ok = read_value (r, word, len, s, t->pspecs[p], &values[p]);
  g_free (s);
  return ok;
}

/* From @s to the next ";" or the end: one band. */
static GValue *
read_band (const GstMasteringBandText *t, const Reader *r, const gchar *s, const gchar *end)
{
  GValue *values = gst_mastering_band_values_new (t->n_pspecs);
  guint n_positional = 0, n_words = 0;

  while (s < end) {
    const gsize len = strcspn (s, " \t\r\n;");
    if (len > 0) {
      if (!read_word (t, r, s, len, values, &n_positional)) {
        gst_mastering_band_values_free (values, t->n_pspecs);
        return NULL;
      }
      n_words++;
    }
    s += MAX (len, 1);
  }
  if (n_words == 0) {
    fail (r, end, *end != '\0', "a band is missing; write at least its %s", t->klass->words[0]);
    gst_mastering_band_values_free (values, t->n_pspecs);
    return NULL;
  }
  for (guint p = 0; p < t->n_pspecs; p++)
    if (!G_IS_VALUE (&values[p]))
      gst_mastering_band_text_default (t, r->band, p, &values[p]);
  return values;
}

GPtrArray *
gst_mastering_band_text_parse (const GstMasteringBandText *t, const gchar *text, guint min, guint max, GError **error)
{
  Reader r = { text, 0, error };
  GPtrArray *bands = g_ptr_array_new ();
  const gchar *s = text;
  const gchar *bad;
  gboolean ok = TRUE;

  if (!g_utf8_validate (text, -1, &bad)) {
    g_set_error (error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS,
        "bands: byte %ld is not UTF-8 text", (glong) (bad - text) + 1);
    ok = FALSE;
  }
  while (ok && s[strspn (s, " \t\r\n")] != '\0') {
    const gchar *end = s + strcspn (s, ";");
    if (bands->len == max) {
      const gchar *word = s + strspn (s, " \t\r\n");
      r.band = bands->len;
      ok = fail (&r, word, strcspn (word, " \t\r\n;"), "no more than %u bands", max);
      break;
    }
    r.band = bands->len;
    GValue *values = read_band (t, &r, s, end);
    ok = values != NULL;
    if (ok)
      g_ptr_array_add (bands, values);
    s = *end == ';' ? end + 1 : end;
  }
  if (ok && bands->len < min) {
    g_set_error (error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS,
        "bands: %u at the end (character %ld); at least %u", bands->len, g_utf8_strlen (text, -1) + 1, min);
    ok = FALSE;
  }
  if (!ok) {
    for (guint i = 0; i < bands->len; i++)
      gst_mastering_band_values_free (g_ptr_array_index (bands, i), t->n_pspecs);
    g_ptr_array_unref (bands);
    return NULL;
  }
  return bands;
}

/* ----------------------------------------------------------------------------------------------------------------- printing */

/* The shortest of 15 to 17 digits that reads back to the same bits. */
static void
print_double (gdouble x, gchar buf[G_ASCII_DTOSTR_BUF_SIZE])
{
  for (guint digits = 15; digits <= 17; digits++) {
    gchar format[8];
    g_snprintf (format, sizeof format, "%%.%ug", digits);
    g_ascii_formatd (buf, G_ASCII_DTOSTR_BUF_SIZE, format, x);
    if (g_ascii_strtod (buf, NULL) == x)
      return;
  }
}

static void
print_value (const GParamSpec *pspec, const GValue *value, GString *out)
{
  if (G_IS_PARAM_SPEC_ENUM (pspec)) {
    g_string_append (out, g_enum_get_value (G_PARAM_SPEC_ENUM (pspec)->enum_class, g_value_get_enum (value))->value_nick);
  } else if (G_IS_PARAM_SPEC_BOOLEAN (pspec)) {
    g_string_append (out, g_value_get_boolean (value) ? "true" : "false");
  } else if (G_IS_PARAM_SPEC_DOUBLE (pspec)) {
    gchar plain[G_ASCII_DTOSTR_BUF_SIZE], kilo[G_ASCII_DTOSTR_BUF_SIZE + 1];
    const gdouble x = g_value_get_double (value);
    gdouble back = 0.0;
    print_double (x, plain);
    print_double (x / 1000.0, kilo);
    strcat (kilo, "k");
    const gboolean shorter = in_hertz (pspec) && x >= 1000.0 && strlen (kilo) < strlen (plain)
        && read_number (kilo, TRUE, &back) && back == x;
    g_string_append (out, shorter ? kilo : plain);
  } else if (G_IS_PARAM_SPEC_UINT (pspec)) {
    g_string_append_printf (out, "%u", g_value_get_uint (value));
  } else {
    g_string_append_printf (out, "%d", g_value_get_int (value));
  }
}

static gboolean
is_default (const GstMasteringBandText *t, guint index, guint p, const GValue *value)
{
  GValue def = G_VALUE_INIT;
  gst_mastering_band_text_default (t, index, p, &def);
  gboolean same;
  /* g_param_values_cmp takes doubles nearer than 1e-90 for equal, and knows no -0 */
  if (G_VALUE_HOLDS_DOUBLE (value))
    same = g_value_get_double (value) == g_value_get_double (&def);
  else
    same = g_param_values_cmp (t->pspecs[p], value, &def) == 0;
  g_value_unset (&def);
  return same;
}

void
gst_mastering_band_text_print (const GstMasteringBandText *t, guint index, const GValue *values, GString *out)
{
  guint n_words = t->n_words;

  /* Words stand for the properties by order: all up to the last that says something, and at least one */
  while (n_words > 1 && is_default (t, index, t->words[n_words - 1], &values[t->words[n_words - 1]]))
    n_words--;
  for (guint w = 0; w < n_words; w++) {
    if (w > 0)
      g_string_append_c (out, ' ');
    print_value (t->pspecs[t->words[w]], &values[t->words[w]], out);
  }
  for (guint p = 0; p < t->n_pspecs; p++) {
    gboolean is_word = FALSE;
    for (guint w = 0; w < t->n_words; w++)
      is_word |= t->words[w] == (gint) p;
    if (is_word || is_default (t, index, p, &values[p]))
      continue;
    g_string_append_printf (out, " %s=", t->pspecs[p]->name);
    print_value (t->pspecs[p], &values[p], out);
  }
}
