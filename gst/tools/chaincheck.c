/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "chaincheck.h"

#include <string.h>

#include "errors.h"

const gchar *
gst_master_chain_next_word (const gchar *s, gboolean stage)
{
  gchar quote = '\0';

  for (; *s != '\0'; s++) {
    if (*s == '\\' && s[1] != '\0')
      s++;
    else if (quote != '\0')
      quote = *s == quote ? '\0' : quote;
    else if (*s == '"' || *s == '\'')
      quote = *s;
    else if (stage ? *s == '!' : g_ascii_isspace (*s))
      break;
  }
  return s;
}

static gboolean G_GNUC_PRINTF (5, 6)
fail (const gchar *text, const gchar *word, gsize len, GError **error, const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  gchar *why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "chain: \"%.*s\" at character %ld: %s", (int) len, word,
      g_utf8_pointer_to_offset (text, word) + 1, why);
  g_free (why);
  return FALSE;
}

/* Without its quotes and backslashes. */
static gchar *
unquote (const gchar *s, const gchar *end)
{
  GString *out = g_string_new (NULL);
  gchar quote = '\0';

  for (; s < end; s++) {
    if (*s == '\\' && s + 1 < end)
      g_string_append_c (out, *++s);
    else if (quote == '\0' && (*s == '"' || *s == '\''))
      quote = *s;
    else if (quote != '\0' && *s == quote)
      quote = '\0';
    else
      g_string_append_c (out, *s);
  }
  return g_string_free (out, FALSE);
}

static gchar *
allowed_values (GParamSpec *pspec)
{
  if (G_IS_PARAM_SPEC_ENUM (pspec)) {
    const GEnumClass *klass = G_PARAM_SPEC_ENUM (pspec)->enum_class;
    GString *s = g_string_new ("one of ");
    for (guint i = 0; i < klass->n_values; i++)
      g_string_append_printf (s, "%s%s", i ? ", " : "", klass->values[i].value_nick);
    return g_string_free (s, FALSE);
  }
  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    return g_strdup_printf ("a number from %.10g to %.10g", G_PARAM_SPEC_DOUBLE (pspec)->minimum,
        G_PARAM_SPEC_DOUBLE (pspec)->maximum);
  if (G_IS_PARAM_SPEC_FLOAT (pspec))
    return g_strdup_printf ("a number from %.7g to %.7g", G_PARAM_SPEC_FLOAT (pspec)->minimum,
        G_PARAM_SPEC_FLOAT (pspec)->maximum);
  if (G_IS_PARAM_SPEC_INT (pspec))
    return g_strdup_printf ("a whole number from %d to %d", G_PARAM_SPEC_INT (pspec)->minimum,
        G_PARAM_SPEC_INT (pspec)->maximum);
  if (G_IS_PARAM_SPEC_UINT (pspec))
    return g_strdup_printf ("a whole number from %u to %u", G_PARAM_SPEC_UINT (pspec)->minimum,
        G_PARAM_SPEC_UINT (pspec)->maximum);
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return g_strdup ("true or false");
  return g_strdup_printf ("a %s", g_type_name (pspec->value_type));
}

static gchar *
names_of_properties (GObject *object)
{
  guint n;
  GParamSpec **all = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n);
  GString *s = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    if ((all[i]->flags & G_PARAM_WRITABLE) && all[i]->owner_type == G_OBJECT_TYPE (object))
      g_string_append_printf (s, "%s%s", s->len ? ", " : "", all[i]->name);
  g_free (all);
  return g_string_free (s, FALSE);
}

/* What the element itself has against a value that GObject let through, or NULL. */
static gchar *
objection (GstBus *bus)
{
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
  GError *e = NULL;
  gchar *text = NULL;

  if (message == NULL)
    return NULL;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    gst_message_parse_warning (message, &e, NULL);
  else
    gst_message_parse_error (message, &e, NULL);
  text = g_strdup (e->message);
  g_error_free (e);
  gst_message_unref (message);
  return text;
}

static gboolean
check_property (const gchar *text, GstElement *element, GstBus *bus, const gchar *word, const gchar *end, GError **error)
{
  const gsize len = end - word;
  const gchar *equals = memchr (word, '=', len);
  GObject *target = NULL;
  GParamSpec *pspec = NULL;
  gboolean ok;

  if (equals == NULL)
    return fail (text, word, len, error, "write property=value");
  gchar *name = g_strndup (word, equals - word);
  if (GST_IS_CHILD_PROXY (element)) {
    if (!gst_child_proxy_lookup (GST_CHILD_PROXY (element), name, &target, &pspec))
      pspec = NULL;
  } else {
    pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (element), name);
    target = g_object_ref (G_OBJECT (element));
  }
  g_free (name);
  if (pspec == NULL || !(pspec->flags & G_PARAM_WRITABLE)) {
    gchar *names = names_of_properties (G_OBJECT (element));
    fail (text, word, len, error, "%s has no such property; it has %s", gst_plugin_feature_get_name (
            GST_PLUGIN_FEATURE (gst_element_get_factory (element))), names);
    g_free (names);
    g_clear_object (&target);
    return FALSE;
  }

  GValue value = G_VALUE_INIT;
  gchar *string = unquote (equals + 1, end);
  g_value_init (&value, pspec->value_type);
  ok = gst_value_deserialize_with_pspec (&value, string, pspec) && !g_param_value_validate (pspec, &value);
  if (ok) {
    g_object_set_property (target, pspec->name, &value);
    gchar *why = objection (bus);
    ok = why == NULL || fail (text, word, len, error, "%s", why);
    g_free (why);
  } else {
    gchar *allowed = allowed_values (pspec);
    fail (text, word, len, error, "%s is %s", pspec->name, allowed);
    g_free (allowed);
  }
  g_value_unset (&value);
  g_free (string);
  g_object_unref (target);
  return ok;
}

static gboolean
has_pad (GstElement *element, GstPadDirection direction)
{
  const GList *all = gst_element_factory_get_static_pad_templates (gst_element_get_factory (element));

  while (all != NULL && ((const GstStaticPadTemplate *) all->data)->direction != direction)
    all = all->next;
  return all != NULL;
}

gboolean
gst_master_chain_check_stage (const gchar *text, const gchar *start, const gchar *end, GError **error)
{
  const gchar *s = start + strspn (start, " \t\r\n");

  if (s >= end)
    return fail (text, s, *s != '\0', error, "a stage is missing before it");
  const gchar *word_end = MIN (gst_master_chain_next_word (s, FALSE), end);
  gchar *name = g_strndup (s, word_end - s);
  if (strncmp (name, "audio/", 6) == 0) {       /* caps between stages are for the parser */
    g_free (name);
    return TRUE;
  }
  GstElement *element = gst_element_factory_make (name, NULL);
  if (element == NULL) {
    fail (text, s, word_end - s, error, "there is no such element; gst-inspect-1.0 mastering lists ours");
    g_free (name);
    return FALSE;
  }
  g_free (name);
  gst_object_ref_sink (element);
  if (!has_pad (element, GST_PAD_SINK) || !has_pad (element, GST_PAD_SRC)) {
    gst_object_unref (element);
    return fail (text, s, word_end - s, error, "it is no filter: a stage has an input and an output");
  }

  GstBus *bus = gst_bus_new ();
  gst_element_set_bus (element, bus);
  const gchar *words = word_end;
  gboolean ok = TRUE;
  /* As the parser does: the element's own properties first, for they make the children that the others name */
  for (guint of_child = 0; of_child < 2; of_child++)
    for (s = words; ok; s = word_end) {
      s += strspn (s, " \t\r\n");
      if (s >= end)
        break;
      word_end = MIN (gst_master_chain_next_word (s, FALSE), end);
      const gchar *equals = memchr (s, '=', word_end - s);
      const gchar *colons = g_strstr_len (s, word_end - s, "::");
      if ((colons != NULL && (equals == NULL || colons < equals)) == (of_child == 1))
        ok = check_property (text, element, bus, s, word_end, error);
    }
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  return ok;
}
