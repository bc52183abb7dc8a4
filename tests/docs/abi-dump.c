/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints what applications rely on: of each element of the plugin its class, pads, interfaces, signals and properties with type,
 * range, default, flags and nicks, and the same of its bands. Sorted, one a line, so that a change is a line of a diff.
 * With --blurbs the descriptions are printed instead, as "element property: blurb". */
#include <gst/gst.h>

static gboolean want_blurbs;

static void
print_value_range (const GParamSpec *spec)
{
  if (G_IS_PARAM_SPEC_DOUBLE (spec))
    g_print (" %g..%g", G_PARAM_SPEC_DOUBLE (spec)->minimum, G_PARAM_SPEC_DOUBLE (spec)->maximum);
  else if (G_IS_PARAM_SPEC_INT (spec))
    g_print (" %d..%d", G_PARAM_SPEC_INT (spec)->minimum, G_PARAM_SPEC_INT (spec)->maximum);
  else if (G_IS_PARAM_SPEC_UINT (spec))
    g_print (" %u..%u", G_PARAM_SPEC_UINT (spec)->minimum, G_PARAM_SPEC_UINT (spec)->maximum);
  else if (G_IS_PARAM_SPEC_UINT64 (spec))
    g_print (" %" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT, G_PARAM_SPEC_UINT64 (spec)->minimum,
        G_PARAM_SPEC_UINT64 (spec)->maximum);
  else if (G_IS_PARAM_SPEC_INT64 (spec))
    g_print (" %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT, G_PARAM_SPEC_INT64 (spec)->minimum,
        G_PARAM_SPEC_INT64 (spec)->maximum);
  else if (G_IS_PARAM_SPEC_ENUM (spec)) {
    const GEnumClass *klass = G_PARAM_SPEC_ENUM (spec)->enum_class;
    g_print (" {");
    for (guint i = 0; i < klass->n_values; i++)
      g_print (" %s", klass->values[i].value_nick);
    g_print (" }");
  }
}

static gint
by_name (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 ((*(GParamSpec *const *) a)->name, (*(GParamSpec *const *) b)->name);
}

static void
print_properties (const gchar *owner, GObjectClass *klass)
{
  guint n;
  GParamSpec **specs = g_object_class_list_properties (klass, &n);

  qsort (specs, n, sizeof *specs, by_name);
  for (guint i = 0; i < n; i++) {
    GParamSpec *spec = specs[i];
    const GValue *value = g_param_spec_get_default_value (spec);

    /* Not GStreamer's own: name, parent, qos */
    if (spec->owner_type == GST_TYPE_OBJECT || g_str_has_prefix (g_type_name (spec->owner_type), "GstBaseTransform"))
      continue;
    if (want_blurbs) {
      g_print ("%s %s: %s\n", owner, spec->name, g_param_spec_get_blurb (spec));
      continue;
    }
    g_print ("%s property %s: %s", owner, spec->name, g_type_name (spec->value_type));
    print_value_range (spec);
    if (spec->flags & G_PARAM_WRITABLE) {
      if (G_IS_PARAM_SPEC_ENUM (spec))
        g_print (" = %s", g_enum_get_value (G_PARAM_SPEC_ENUM (spec)->enum_class, g_value_get_enum (value))->value_nick);
      else {
        g_autofree gchar *text = gst_value_serialize (value);
        g_print (" = %s", text != NULL ? text : "(none)");
      }
    }
    g_print (" [%s%s%s%s]\n", spec->flags & G_PARAM_READABLE ? "r" : "", spec->flags & G_PARAM_WRITABLE ? "w" : "",
        spec->flags & GST_PARAM_CONTROLLABLE ? " controllable" : "",
        spec->flags & GST_PARAM_MUTABLE_PLAYING ? " playing" : spec->flags & GST_PARAM_MUTABLE_READY ? " ready" : "");
  }
  g_free (specs);
}

static void
print_signals (const gchar *owner, GType type)
{
  guint n;
  guint *ids = g_signal_list_ids (type, &n);

  for (guint i = 0; i < n; i++) {
    GSignalQuery query;
    g_signal_query (ids[i], &query);
    g_print ("%s signal %s:", owner, query.signal_name);
    for (guint k = 0; k < query.n_params; k++)
      g_print (" %s", g_type_name (query.param_types[k] & ~G_SIGNAL_TYPE_STATIC_SCOPE));
    g_print (" -> %s%s\n", g_type_name (query.return_type & ~G_SIGNAL_TYPE_STATIC_SCOPE),
        query.signal_flags & G_SIGNAL_ACTION ? " action" : "");
  }
  g_free (ids);
}

static void
print_element (const gchar *name)
{
  g_autoptr (GstElement) element = gst_element_factory_make (name, NULL);
  GstElementFactory *factory = gst_element_get_factory (element);
  const GList *item;

  if (!want_blurbs) {
    guint n;
    g_autofree GType *interfaces = g_type_interfaces (G_OBJECT_TYPE (element), &n);

    g_print ("%s type %s\n%s class %s\n%s rank %u\n", name, G_OBJECT_TYPE_NAME (element), name,
        gst_element_factory_get_metadata (factory, GST_ELEMENT_METADATA_KLASS), name,
        gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE (factory)));
    for (guint i = 0; i < n; i++)
      g_print ("%s interface %s\n", name, g_type_name (interfaces[i]));
    for (item = gst_element_factory_get_static_pad_templates (factory); item != NULL; item = item->next) {
      GstStaticPadTemplate *pad = item->data;
      g_autoptr (GstCaps) caps = gst_static_pad_template_get_caps (pad);
      g_autofree gchar *text = gst_caps_to_string (caps);
      g_print ("%s pad %s %s %s: %s\n", name, pad->name_template, pad->direction == GST_PAD_SRC ? "src" : "sink",
          pad->presence == GST_PAD_ALWAYS ? "always" : "request", text);
    }
    print_signals (name, G_OBJECT_TYPE (element));
  }
  print_properties (name, G_OBJECT_GET_CLASS (element));
  if (GST_IS_CHILD_PROXY (element) && gst_child_proxy_get_children_count (GST_CHILD_PROXY (element)) > 0) {
    g_autoptr (GObject) band = gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (element), 0);
    g_autofree gchar *owner = g_strdup_printf ("%s::band", name);
    print_properties (owner, G_OBJECT_GET_CLASS (band));
  }
}

int
main (int argc, char *argv[])
{
  gst_init (&argc, &argv);
  want_blurbs = argc > 1 && g_str_equal (argv[1], "--blurbs");

  g_autoptr (GstPlugin) plugin = gst_plugin_load_by_name ("mastering");
  if (plugin == NULL)
    g_error ("no plugin \"mastering\" (is GST_PLUGIN_PATH set?)");
  GList *names = NULL;
  GList *features = gst_registry_get_feature_list_by_plugin (gst_registry_get (), "mastering");
  for (GList *item = features; item != NULL; item = item->next)
    names = g_list_insert_sorted (names, (gpointer) gst_plugin_feature_get_name (item->data), (GCompareFunc) g_strcmp0);
  for (GList *item = names; item != NULL; item = item->next)
    print_element (item->data);
  g_list_free (names);
  gst_plugin_feature_list_free (features);
  return 0;
}
