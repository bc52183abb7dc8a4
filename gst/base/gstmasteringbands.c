/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstmasteringbands.h"

#include "gstmasteringbandtext.h"

/* ------------------------------------------------------------------------------------------------------------------ one band */
typedef struct
{
  guint index;
  gint quiet;                   /* atomic; > 0: a string is being applied, which tells the element once at its end */
} GstMasteringBandPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GstMasteringBand, gst_mastering_band, GST_TYPE_OBJECT)
#define PRIV(band) ((GstMasteringBandPrivate *) gst_mastering_band_get_instance_private (band))

static void
gst_mastering_band_class_init (GstMasteringBandClass *klass)
{
  gst_type_mark_as_plugin_api (GST_TYPE_MASTERING_BAND, 0);
}

static void
gst_mastering_band_init (GstMasteringBand *band)
{
}

guint
gst_mastering_band_get_index (GstMasteringBand *band)
{
  return PRIV (band)->index;
}

static void
tell (GstMasteringBase *owner, gboolean structure)
{
  if (structure)
    gst_mastering_base_structure_changed (owner);
  else
    gst_mastering_base_params_changed (owner);
}

void
gst_mastering_band_changed (GstMasteringBand *band, GParamSpec *pspec)
{
  if (g_atomic_int_get (&PRIV (band)->quiet) > 0)
    return;
  GstObject *owner = gst_object_get_parent (GST_OBJECT (band));
  if (owner == NULL)            /* not in yet, or out already: the element hears of that as a whole */
    return;
  tell (GST_MASTERING_BASE (owner), (pspec->flags & GST_PARAM_CONTROLLABLE) == 0);
  gst_object_unref (owner);
}

/* ----------------------------------------------------------------------------------------------------------------- all bands */
struct _GstMasteringBands
{
  GstMasteringBase *owner;      /* not a reference: it owns us */
  GstMasteringBandText *text;
  GType type;
  guint min, max;
  GPtrArray *bands;             /* references; under the owner's object lock */
  gchar *refused;               /* why a string set before there was a bus was wrong; under the owner's object lock */
};

static GQuark
bands_quark (void)
{
  return g_quark_from_static_string ("gst-mastering-bands");
}

/* A band on its own, with its defaults or @values (one a property of the text). */
static GstMasteringBand *
make_band (GstMasteringBands *b, guint index, const GValue *values)
{
  gchar *name = g_strdup_printf ("band%u", index);
  GstMasteringBand *band = g_object_new (b->type, "name", name, NULL);
  g_free (name);
  PRIV (band)->index = index;
  for (guint p = 0; p < b->text->n_pspecs; p++) {
    GValue def = G_VALUE_INIT;
    if (values == NULL)
      gst_mastering_band_text_default (b->text, index, p, &def);
    g_object_set_property (G_OBJECT (band), b->text->pspecs[p]->name, values != NULL ? &values[p] : &def);
    if (values == NULL)
      g_value_unset (&def);
  }
  return band;
}

static void
drop_band (gpointer band)
{
  gst_object_unref (band);
}

/* The bands of now, referenced. */
static GPtrArray *
snapshot (GstMasteringBands *b)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (drop_band);
  GST_OBJECT_LOCK (b->owner);
  for (guint i = 0; i < b->bands->len; i++)
    g_ptr_array_add (all, gst_object_ref (g_ptr_array_index (b->bands, i)));
  GST_OBJECT_UNLOCK (b->owner);
  return all;
}

/* What became of the bands, for the signals. */
typedef struct
{
  GPtrArray *added, *removed;
} Difference;

/* Make it @n bands; new ones have @values (by band) or defaults. No signal yet. */
static void
resize (GstMasteringBands *b, guint n, GPtrArray *values, Difference *d)
{
  GPtrArray *spare = g_ptr_array_new_with_free_func (drop_band);      /* made for index spare_from, spare_from + 1, … */
  guint spare_from = 0;
  gboolean done = FALSE;

  d->added = g_ptr_array_new_with_free_func (drop_band);
  d->removed = g_ptr_array_new_with_free_func (drop_band);
  while (!done) {
    GST_OBJECT_LOCK (b->owner);
    const guint now = b->bands->len;
    done = now >= n || (spare->len > 0 && spare_from <= now);
    if (done) {
      for (guint i = now; i < n; i++) {
        GstMasteringBand *band = g_ptr_array_index (spare, i - spare_from);
        gst_object_set_parent (GST_OBJECT (band), GST_OBJECT (b->owner));      /* a reference of the array's own */
        g_ptr_array_add (b->bands, band);
        g_ptr_array_add (d->added, gst_object_ref (band));
      }
      for (guint i = n; i < now; i++)
        g_ptr_array_add (d->removed, gst_object_ref (g_ptr_array_index (b->bands, i)));
      g_ptr_array_set_size (b->bands, n);
      gst_mastering_base_set_children (b->owner, (GObject *const *) b->bands->pdata, n);
    }
    GST_OBJECT_UNLOCK (b->owner);
    if (!done) {                /* another thread may have taken some away since: then once more, from further below */
      g_ptr_array_set_size (spare, 0);
      spare_from = now;
      for (guint i = now; i < n; i++)
        g_ptr_array_add (spare, gst_object_ref_sink (make_band (b, i, values ? g_ptr_array_index (values, i) : NULL)));
    }
  }
  g_ptr_array_unref (spare);
  for (guint i = 0; i < d->removed->len; i++)
    gst_object_unparent (g_ptr_array_index (d->removed, i));
}

/* No lock is held: a handler may do what it likes. */
static void
emit (GstMasteringBands *b, Difference *d)
{
  GstChildProxy *proxy = GST_CHILD_PROXY (b->owner);
  for (guint i = d->removed->len; i-- > 0;)
    gst_child_proxy_child_removed (proxy, g_ptr_array_index (d->removed, i),
        GST_OBJECT_NAME (g_ptr_array_index (d->removed, i)));
  for (guint i = 0; i < d->added->len; i++)
    gst_child_proxy_child_added (proxy, g_ptr_array_index (d->added, i), GST_OBJECT_NAME (g_ptr_array_index (d->added, i)));
  g_ptr_array_unref (d->removed);
  g_ptr_array_unref (d->added);
}

GstMasteringBands *
gst_mastering_bands_new (GstMasteringBase *owner, GType band_type, guint min, guint max, guint n)
{
  GstMasteringBands *b = g_new0 (GstMasteringBands, 1);
  Difference d;

  b->owner = owner;
  b->type = band_type;
  b->text = gst_mastering_band_text_new (band_type);
  b->min = min;
  b->max = max;
  b->bands = g_ptr_array_new ();
  g_object_set_qdata (G_OBJECT (owner), bands_quark (), b);
  resize (b, n, NULL, &d);
  g_ptr_array_unref (d.added);
  g_ptr_array_unref (d.removed);
  return b;
}

void
gst_mastering_bands_clear (GstMasteringBands **bands)
{
  GstMasteringBands *b = *bands;
  Difference d;

  if (b == NULL)
    return;
  *bands = NULL;
  resize (b, 0, NULL, &d);
  g_ptr_array_unref (d.added);
  g_ptr_array_unref (d.removed);
  g_object_set_qdata (G_OBJECT (b->owner), bands_quark (), NULL);
  g_ptr_array_unref (b->bands);
  gst_mastering_band_text_free (b->text);
  g_free (b->refused);
  g_free (b);
}

guint
gst_mastering_bands_get_n (GstMasteringBands *b)
{
  GST_OBJECT_LOCK (b->owner);
  const guint n = b->bands->len;
  GST_OBJECT_UNLOCK (b->owner);
  return n;
}

void
gst_mastering_bands_set_n (GstMasteringBands *b, guint n)
{
  Difference d;

  resize (b, CLAMP (n, b->min, b->max), NULL, &d);
  if (d.added->len + d.removed->len > 0)
    tell (b->owner, TRUE);
  emit (b, &d);
}

guint
gst_mastering_bands_foreach (GstMasteringBands *b, GstMasteringBandFunc func, gpointer user_data)
{
  GST_OBJECT_LOCK (b->owner);
  const guint n = b->bands->len;
  for (guint i = 0; i < n; i++) {
    GstMasteringBand *band = g_ptr_array_index (b->bands, i);
    GST_OBJECT_LOCK (band);
    func (band, i, user_data);
    GST_OBJECT_UNLOCK (band);
  }
  GST_OBJECT_UNLOCK (b->owner);
  return n;
}

/* ---------------------------------------------------------------------------------------------------------------- the string */

static GValue *
values_of (GstMasteringBands *b, GstMasteringBand *band)
{
  GValue *values = gst_mastering_band_values_new (b->text->n_pspecs);
  for (guint p = 0; p < b->text->n_pspecs; p++) {
    g_value_init (&values[p], b->text->pspecs[p]->value_type);
    g_object_get_property (G_OBJECT (band), b->text->pspecs[p]->name, &values[p]);
  }
  return values;
}

gchar *
gst_mastering_bands_print (GstMasteringBands *b)
{
  GPtrArray *all = snapshot (b);
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < all->len; i++) {
    GValue *values = values_of (b, g_ptr_array_index (all, i));
    if (i > 0)
      g_string_append (out, "; ");
    gst_mastering_band_text_print (b->text, i, values, out);
    gst_mastering_band_values_free (values, b->text->n_pspecs);
  }
  g_ptr_array_unref (all);
  return g_string_free (out, FALSE);
}

/* Set what differs; TRUE in *@params or *@structure for what that means to the element. */
static void
apply_band (GstMasteringBands *b, GstMasteringBand *band, const GValue *values, gboolean *params, gboolean *structure)
{
  GValue *old = values_of (b, band);
  g_atomic_int_inc (&PRIV (band)->quiet);
  for (guint p = 0; p < b->text->n_pspecs; p++) {
    GParamSpec *pspec = b->text->pspecs[p];
    if (g_param_values_cmp (pspec, &old[p], &values[p]) == 0)
      continue;
    g_object_set_property (G_OBJECT (band), pspec->name, &values[p]);
    *((pspec->flags & GST_PARAM_CONTROLLABLE) != 0 ? params : structure) = TRUE;
  }
  g_atomic_int_add (&PRIV (band)->quiet, -1);
  gst_mastering_band_values_free (old, b->text->n_pspecs);
}

gboolean
gst_mastering_bands_parse (GstMasteringBands *b, const gchar *text, GError **error)
{
  GPtrArray *values = gst_mastering_band_text_parse (b->text, text != NULL ? text : "", b->min, b->max, error);
  gboolean params = FALSE, structure = FALSE;
  Difference d;

  if (values == NULL)
    return FALSE;
  GPtrArray *before = snapshot (b);
  for (guint i = 0; i < MIN (before->len, values->len); i++)
    apply_band (b, g_ptr_array_index (before, i), g_ptr_array_index (values, i), &params, &structure);
  g_ptr_array_unref (before);
  resize (b, values->len, values, &d);
  const gboolean resized = d.added->len + d.removed->len > 0;
  if (params || structure || resized)
    tell (b->owner, structure || resized);
  emit (b, &d);
  if (resized)
    g_object_notify (G_OBJECT (b->owner), "num-bands");

  for (guint i = 0; i < values->len; i++)
    gst_mastering_band_values_free (g_ptr_array_index (values, i), b->text->n_pspecs);
  g_ptr_array_unref (values);
  return TRUE;
}

gboolean
gst_mastering_bands_set_string (GstMasteringBands *b, const gchar *text)
{
  GError *error = NULL;
  const gboolean ok = gst_mastering_bands_parse (b, text, &error);
  gboolean on_bus;

  GST_OBJECT_LOCK (b->owner);
  on_bus = GST_ELEMENT_BUS (b->owner) != NULL;
  g_clear_pointer (&b->refused, g_free);
  if (!ok && !on_bus)
    b->refused = g_strdup (error->message);
  GST_OBJECT_UNLOCK (b->owner);

  if (!ok && on_bus)
    GST_ELEMENT_WARNING (b->owner, LIBRARY, SETTINGS, ("%s: %s", GST_MASTERING_BASE_GET_CLASS (b->owner)->name,
            error->message), ("in \"%s\"", text));
  g_clear_error (&error);
  return ok;
}

gchar *
gst_mastering_bands_check (GstMasteringBands *b)
{
  GST_OBJECT_LOCK (b->owner);
  gchar *refused = g_strdup (b->refused);
  GST_OBJECT_UNLOCK (b->owner);
  return refused;
}

/* --------------------------------------------------------------------------------------------------------------- child proxy */

static GObject *
get_child_by_index (GstChildProxy *proxy, guint index)
{
  GstMasteringBands *b = g_object_get_qdata (G_OBJECT (proxy), bands_quark ());
  GObject *child = NULL;

  if (b == NULL)
    return NULL;
  GST_OBJECT_LOCK (proxy);
  if (index < b->bands->len)
    child = g_object_ref (g_ptr_array_index (b->bands, index));
  GST_OBJECT_UNLOCK (proxy);
  return child;
}

static guint
get_children_count (GstChildProxy *proxy)
{
  GstMasteringBands *b = g_object_get_qdata (G_OBJECT (proxy), bands_quark ());
  return b != NULL ? gst_mastering_bands_get_n (b) : 0;
}

void
gst_mastering_bands_child_proxy_init (gpointer iface, gpointer iface_data)
{
  GstChildProxyInterface *proxy = iface;
  proxy->get_child_by_index = get_child_by_index;
  proxy->get_children_count = get_children_count;
}
