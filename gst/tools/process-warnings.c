/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stage that works too hard, and what it made of the master. */
#include <math.h>
#include <string.h>

#include "warnings-private.h"

enum
{
  COMPRESSOR, LIMITER, EQ, DITHERED_TWICE, PLR, MONO_LOSS
};

static const GstMasterRule rules[] = {
  [COMPRESSOR] = { "compressor", "process", 3, "dB", "Raise its threshold or lower its ratio, or share the work between two stages" },
  [LIMITER] = { "limiter", "process", 3, "dB", "Ask for less loudness, or compress before it" },
  [EQ] = { "eq", "process", 6, "dB", "A move that large belongs into the mix" },
  [DITHERED_TWICE] = { "dithered-twice", "process", 1, "times", "Take the mix with 24 bits, or write --bits 24" },
  [PLR] = { "plr", "output", 8, "dB", "It is dense: platforms turn it down and its punch stays lost; ask for less loudness" },
  [MONO_LOSS] = { "mono-loss", "output", 3, "LU", "Listen in mono; lower the width, or put msmatrix mono-below=120 into the chain" },
};

#define WARN(which, value, ...) gst_master_warnings_add (warnings, &rules[which], value, __VA_ARGS__)

static gboolean
is_a (GstElement *element, const gchar *factory_name)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  return factory != NULL && g_str_equal (GST_OBJECT_NAME (factory), factory_name);
}

void
gst_master_work_prepare (GstElement *pipeline, gboolean with_history)
{
  /* A message costs as much as 10 ms of audio in a meter */
  const guint64 interval = with_history ? GST_SECOND / 2 : 5 * GST_SECOND;
  GValue item = G_VALUE_INIT;
  GstIterator *it = gst_bin_iterate_recurse (GST_BIN (pipeline));

  while (gst_iterator_next (it, &item) == GST_ITERATOR_OK) {
    GstElement *element = g_value_get_object (&item);
    if (is_a (element, "multibandcomp") || is_a (element, "truepeaklimiter") || is_a (element, "r128meter"))
      g_object_set (element, "post-messages", TRUE, "interval", interval, NULL);
    g_value_reset (&item);
  }
  gst_iterator_free (it);
}

gdouble
gst_master_work_compressor_db (GHashTable *finals)
{
  GHashTableIter iter;
  gpointer value;
  gdouble most = NAN;

  g_hash_table_iter_init (&iter, finals);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (!gst_structure_has_name (value, "multibandcomp"))
      continue;
    const GValue *means = gst_structure_get_value (value, "gain-reduction-mean");
    for (guint i = 0; means != NULL && i < gst_value_array_get_size (means); i++)
      most = fmax (most, g_value_get_double (gst_value_array_get_value (means, i)));
  }
  return most;
}

static const gchar *
nick_of (GObject *object, const gchar *property)
{
  GParamSpecEnum *pspec = G_PARAM_SPEC_ENUM (g_object_class_find_property (G_OBJECT_GET_CLASS (object), property));
  gint value;
  g_object_get (object, property, &value, NULL);
  const GEnumValue *found = g_enum_get_value (pspec->enum_class, value);
  return found != NULL ? found->value_nick : "";
}

/* The largest move of a masteringeq: of a band that lifts or lowers, its gain and where a dynamic one may take it. */
static void
find_move (GstElement *eq, gdouble *move_db, gdouble *at_hz)
{
  const guint n = gst_child_proxy_get_children_count (GST_CHILD_PROXY (eq));

  for (guint i = 0; i < n; i++) {
    GObject *band = gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (eq), i);
    const gchar *type = nick_of (band, "type");
    gdouble gain, range, frequency;
    gboolean enabled;

    g_object_get (band, "gain", &gain, "range", &range, "frequency", &frequency, "enabled", &enabled, NULL);
    if (enabled && (g_str_equal (type, "bell") || g_str_has_suffix (type, "shelf"))) {
      const gdouble largest = fabs (gain + range) > fabs (gain) ? gain + range : gain;
      if (fabs (largest) > fabs (*move_db)) {
        *move_db = largest;
        *at_hz = frequency;
      }
    }
    g_object_unref (band);
  }
}

static void
check_chain (GPtrArray *warnings, const GstMasterChain *chain)
{
  gdouble move_db = 0.0, at_hz = 0.0;

  for (guint i = 0; i < chain->stages->len; i++) {
    gchar *name = gst_master_chain_stage_name (chain, i);
    if (g_str_equal (name, "masteringeq")) {
      GstElement *eq = gst_parse_launch (g_ptr_array_index (chain->stages, i), NULL);
      if (eq != NULL) {
        find_move (gst_object_ref_sink (eq), &move_db, &at_hz);
        gst_object_unref (eq);
      }
    } else if (g_str_equal (name, "tpdfdither")) {
      WARN (DITHERED_TWICE, 2.0, "dithered twice: by tpdfdither in the chain, and last");
    }
    g_free (name);
  }
  if (fabs (move_db) > rules[EQ].limit)
    WARN (EQ, move_db, "the equaliser moves %+.1f dB at %.0f Hz", move_db, at_hz);
}

void
gst_master_warnings_take_process (GPtrArray *warnings, const GstMasterWork *work, const GstMasterListener *heard,
    const GstMasterFigures *after)
{
  check_chain (warnings, work->chain);
  if (work->compressor_db > rules[COMPRESSOR].limit)
    WARN (COMPRESSOR, work->compressor_db, "a compressor takes %.1f dB on average", work->compressor_db);
  if (work->limiting_db > rules[LIMITER].limit)
    WARN (LIMITER, work->limiting_db, "the limiter takes %.1f dB", work->limiting_db);
  if (work->is_changed && work->bits > 0 && work->bits <= 16 && work->input_bits > 0 && work->input_bits <= work->bits)
    WARN (DITHERED_TWICE, 2.0, "dithered twice: the input has %d bits, the master %d", work->input_bits, work->bits);
  if (after == NULL)
    return;
  if (after->plr_db < rules[PLR].limit)
    WARN (PLR, after->plr_db, "peak to loudness ratio of %.1f dB", after->plr_db);
  if (heard != NULL && heard->spectrum != NULL && heard->spectrum->mono_loss_lu > rules[MONO_LOSS].limit)
    WARN (MONO_LOSS, heard->spectrum->mono_loss_lu, "in mono it is %.1f LU quieter", heard->spectrum->mono_loss_lu);
}
