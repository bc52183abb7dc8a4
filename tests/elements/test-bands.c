/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bands of an element: children, the string, errors, threads. With an element of its own whose processor adds up the
 * numbers of all bands and writes the sum to every sample. */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/controller/controller.h>
#include <math.h>

#include "gstmasteringbands.h"

/* ------------------------------------------------------------------------------------------------------------ the test band */
typedef enum { SHAPE_BELL, SHAPE_HIGH_PASS, SHAPE_SHELF } Shape;

static GType
shape_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { SHAPE_BELL, "Bell", "bell" }, { SHAPE_HIGH_PASS, "High-pass", "high-pass" }, { SHAPE_SHELF, "Shelf", "shelf" },
    { 0, NULL, NULL }
  };
  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("TestShape", values));
  return type;
}

enum { BAND_0, BAND_TYPE, BAND_FREQUENCY, BAND_GAIN, BAND_Q, BAND_ENABLED, BAND_ORDER, BAND_RATIO };

typedef struct
{
  GstMasteringBand parent;
  gint shape, order;
  gdouble frequency, gain, q, ratio;
  gboolean enabled;
} TestBand;
typedef GstMasteringBandClass TestBandClass;
GType test_band_get_type (void);
G_DEFINE_TYPE (TestBand, test_band, GST_TYPE_MASTERING_BAND)

static void
test_band_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  TestBand *b = (TestBand *) object;
  GST_OBJECT_LOCK (b);
  switch (id) {
    case BAND_TYPE: b->shape = g_value_get_enum (value); break;
    case BAND_FREQUENCY: b->frequency = g_value_get_double (value); break;
    case BAND_GAIN: b->gain = g_value_get_double (value); break;
    case BAND_Q: b->q = g_value_get_double (value); break;
    case BAND_ENABLED: b->enabled = g_value_get_boolean (value); break;
    case BAND_ORDER: b->order = g_value_get_int (value); break;
    case BAND_RATIO: b->ratio = g_value_get_double (value); break;
    default: g_assert_not_reached ();
  }
  GST_OBJECT_UNLOCK (b);
  gst_mastering_band_changed (GST_MASTERING_BAND (b), pspec);
}

static void
test_band_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TestBand *b = (TestBand *) object;
  GST_OBJECT_LOCK (b);
  switch (id) {
    case BAND_TYPE: g_value_set_enum (value, b->shape); break;
    case BAND_FREQUENCY: g_value_set_double (value, b->frequency); break;
    case BAND_GAIN: g_value_set_double (value, b->gain); break;
    case BAND_Q: g_value_set_double (value, b->q); break;
    case BAND_ENABLED: g_value_set_boolean (value, b->enabled); break;
    case BAND_ORDER: g_value_set_int (value, b->order); break;
    case BAND_RATIO: g_value_set_double (value, b->ratio); break;
    default: g_assert_not_reached ();
  }
  GST_OBJECT_UNLOCK (b);
}

/* q is 2 for every third band */
static void
test_band_default (GstMasteringBandClass *klass, guint index, GParamSpec *pspec, GValue *value)
{
  if (g_str_equal (pspec->name, "q") && index % 3 == 2)
    g_value_set_double (value, 2.0);
}

static void
test_band_class_init (TestBandClass *klass)
{
  static const gchar *const words[] = { "type", "frequency", "gain", NULL };
  GObjectClass *g = G_OBJECT_CLASS (klass);
  g->set_property = test_band_set_property;
  g->get_property = test_band_get_property;
  klass->words = words;
  klass->get_default = test_band_default;
  g_object_class_install_property (g, BAND_TYPE, g_param_spec_enum ("type", "Type", "Type", shape_get_type (), SHAPE_BELL,
          GST_MASTERING_PARAM));
  g_object_class_install_property (g, BAND_FREQUENCY, g_param_spec_double ("frequency", "Frequency", "Hz", 10, 40000, 1000,
          GST_MASTERING_PARAM));
  g_object_class_install_property (g, BAND_GAIN, g_param_spec_double ("gain", "Gain", "dB", -36, 36, 0, GST_MASTERING_PARAM));
  g_object_class_install_property (g, BAND_Q, g_param_spec_double ("q", "Q", "Q", 0.025, 200, 0.7071, GST_MASTERING_PARAM));
  g_object_class_install_property (g, BAND_ENABLED, g_param_spec_boolean ("enabled", "Enabled", "On", TRUE,
          GST_MASTERING_PARAM));
  g_object_class_install_property (g, BAND_ORDER, g_param_spec_int ("order", "Order", "Order", -3, 9, 2,
          GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (g, BAND_RATIO, g_param_spec_double ("ratio", "Ratio", "1 to infinity", 1, INFINITY, 2,
          GST_MASTERING_PARAM));
}

static void
test_band_init (TestBand *b)
{
}

/* --------------------------------------------------------------------------------------------------------- the test element */
enum { PROP_0, PROP_NUM_BANDS, PROP_BANDS };

typedef struct
{
  GstMasteringBase parent;
  GstMasteringBands *bands;
  gint n_set_params, n_make;    /* atomic */
} TestEq;
typedef GstMasteringBaseClass TestEqClass;
GType test_eq_get_type (void);
G_DEFINE_TYPE_WITH_CODE (TestEq, test_eq, GST_TYPE_MASTERING_BASE,
    G_IMPLEMENT_INTERFACE (GST_TYPE_CHILD_PROXY, gst_mastering_bands_child_proxy_init))

typedef struct
{
  gdouble sum;
  guint n;
} Processor;

static void
test_eq_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  TestEq *self = (TestEq *) object;
  if (id == PROP_NUM_BANDS)
    gst_mastering_bands_set_n (self->bands, g_value_get_uint (value));
  else
    gst_mastering_bands_set_string (self->bands, g_value_get_string (value));
}

static void
test_eq_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TestEq *self = (TestEq *) object;
  if (id == PROP_NUM_BANDS)
    g_value_set_uint (value, gst_mastering_bands_get_n (self->bands));
  else
    g_value_take_string (value, gst_mastering_bands_print (self->bands));
}

static void
test_eq_dispose (GObject *object)
{
  gst_mastering_bands_clear (&((TestEq *) object)->bands);
  G_OBJECT_CLASS (test_eq_parent_class)->dispose (object);
}

static gchar *
test_eq_check (GstMasteringBase *base, const GstAudioInfo *info)
{
  return gst_mastering_bands_check (((TestEq *) base)->bands);
}

static void
add_gain (GstMasteringBand *band, guint index, gpointer user_data)
{
  Processor *p = user_data;
  fail_unless_equals_int (gst_mastering_band_get_index (band), index);
  p->sum += ((TestBand *) band)->gain;
}

static void
test_eq_set_params (GstMasteringBase *base, gpointer processor, gsize ramp_frames)
{
  TestEq *self = (TestEq *) base;
  Processor *p = processor;
  Processor fresh = { 0.0, 0 };
  fresh.n = gst_mastering_bands_foreach (self->bands, add_gain, &fresh);
  *p = fresh;
  g_atomic_int_inc (&self->n_set_params);
}

static gpointer
test_eq_make (GstMasteringBase *base, const GstAudioInfo *info, const gchar **error)
{
  Processor *p = g_new0 (Processor, 1);
  test_eq_set_params (base, p, 0);
  g_atomic_int_inc (&((TestEq *) base)->n_make);
  return p;
}

static void
test_eq_process (gpointer processor, gdouble *const *io, gsize n_frames)
{
  const Processor *p = processor;
  for (gsize i = 0; i < n_frames; i++)
    io[0][i] = p->sum;
}

static void
test_eq_reset (gpointer processor)
{
}

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_MASTERING_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_MASTERING_CAPS));

static void
test_eq_class_init (TestEqClass *klass)
{
  GObjectClass *g = G_OBJECT_CLASS (klass);
  g->set_property = test_eq_set_property;
  g->get_property = test_eq_get_property;
  g->dispose = test_eq_dispose;
  klass->check = test_eq_check;
  klass->make = test_eq_make;
  klass->dispose = g_free;
  klass->set_params = test_eq_set_params;
  klass->process = test_eq_process;
  klass->reset = test_eq_reset;
  g_object_class_install_property (g, PROP_NUM_BANDS, g_param_spec_uint ("num-bands", "Bands", "Bands", 0, 32, 8,
          GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (g, PROP_BANDS, g_param_spec_string ("bands", "Bands", "One line", NULL,
          GST_MASTERING_PARAM_STRUCTURE));
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Test", "Filter/Effect/Audio", "Test", "Test");
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass), &sink_template);
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass), &src_template);
  klass->name = "testbandseq";
  gst_mastering_base_class_install_common (klass, 0);
}

static void
test_eq_init (TestEq *self)
{
  self->bands = gst_mastering_bands_new (GST_MASTERING_BASE (self), test_band_get_type (), 0, 32, 8);
}

static TestEq *
new_eq (void)
{
  return g_object_ref_sink (g_object_new (test_eq_get_type (), NULL));
}

static void
fail_unless_bands (TestEq *eq, const gchar *expected)
{
  gchar *s = NULL;
  g_object_get (eq, "bands", &s, NULL);
  fail_unless_equals_string (s, expected);
  g_free (s);
}

/* ------------------------------------------------------------------------------------------------------------------- tests */

GST_START_TEST (test_children)
{
  TestEq *eq = new_eq ();
  gdouble gain = 0, q = 0;
  guint n = 0;
  g_object_get (eq, "num-bands", &n, NULL);
  fail_unless_equals_int (n, 8);
  fail_unless_equals_int (gst_child_proxy_get_children_count (GST_CHILD_PROXY (eq)), 8);
  gst_child_proxy_set (GST_CHILD_PROXY (eq), "band7::gain", 3.0, "band0::type", SHAPE_SHELF, NULL);
  gst_child_proxy_get (GST_CHILD_PROXY (eq), "band7::gain", &gain, "band5::q", &q, NULL);
  fail_unless_equals_float (gain, 3.0);
  fail_unless_equals_float (q, 2.0);

  GObject *band7 = gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (eq), 7);
  ASSERT_OBJECT_REFCOUNT (band7, "band7", 2);
  fail_unless (GST_OBJECT_PARENT (band7) == GST_OBJECT (eq));
  g_object_set (eq, "num-bands", 7, NULL);
  ASSERT_OBJECT_REFCOUNT (band7, "band7 alone", 1);
  fail_unless (GST_OBJECT_PARENT (band7) == NULL);
  g_object_set (band7, "gain", 4.0, NULL);      /* a stranger now: fine, heard by nobody */
  gst_object_unref (band7);
  fail_unless (gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (eq), 7) == NULL);

  /* kept where they stay, new where they are new */
  g_object_set (eq, "num-bands", 0, NULL);
  fail_unless_bands (eq, "");
  g_object_set (eq, "num-bands", 2, NULL);
  gst_child_proxy_set (GST_CHILD_PROXY (eq), "band1::gain", -1.0, NULL);
  g_object_set (eq, "num-bands", 32, NULL);
  gst_child_proxy_get (GST_CHILD_PROXY (eq), "band1::gain", &gain, NULL);
  fail_unless_equals_float (gain, -1.0);
  GObject *band31 = gst_child_proxy_get_child_by_name (GST_CHILD_PROXY (eq), "band31");
  fail_unless (band31 != NULL);
  gst_object_unref (band31);
  GObject *band0 = gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (eq), 0);
  gst_object_unref (band0);
  gst_check_objects_destroyed_on_unref (eq, band0, NULL);
}
GST_END_TEST;

static void
meddle (GstChildProxy *proxy, GObject *child, const gchar *name, gpointer user_data)
{
  guint *count = user_data;
  guint n = 0;
  gchar *s = NULL;
  ++*count;
  g_object_get (proxy, "num-bands", &n, "bands", &s, NULL);
  g_free (s);
  g_object_set (child, "gain", 5.0, NULL);
  if (*count == 1)
    g_object_set (proxy, "num-bands", n + 1, NULL);     /* from within: one more */
}

static void
count_notify (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  guint n = 0;
  g_object_get (object, "num-bands", &n, NULL);
  ++*(guint *) user_data;
}

GST_START_TEST (test_signals_outside_locks)
{
  TestEq *eq = new_eq ();
  guint added = 0, removed = 0, notified = 0;
  gdouble gain = 0;
  g_signal_connect (eq, "child-added", G_CALLBACK (meddle), &added);
  g_signal_connect (eq, "notify::num-bands", G_CALLBACK (count_notify), &notified);
  g_object_set (eq, "num-bands", 10, NULL);
  fail_unless_equals_int (added, 3);
  fail_unless (notified >= 1);
  gst_child_proxy_get (GST_CHILD_PROXY (eq), "band10::gain", &gain, NULL);
  fail_unless_equals_float (gain, 5.0);
  removed = 1;
  g_signal_connect (eq, "child-removed", G_CALLBACK (meddle), &removed);
  g_object_set (eq, "num-bands", 3, NULL);
  fail_unless_equals_int (removed, 1 + 8);
  notified = 0;
  g_object_set (eq, "bands", "bell; bell; bell; bell", NULL);
  fail_unless_equals_int (notified, 1);
  gst_object_unref (eq);
}
GST_END_TEST;

static const gchar *const round_trips[] = {
  "", "bell", "high-pass 28; bell 250 -1.5 q=0.9; shelf 10k 1.5 enabled=false",
  "bell 1000.5 0.1; bell 1000 -36; bell 1250 q=0.7071", "bell 10 36 q=200 order=-3 ratio=inf",
  "bell 44.100000000000001", "bell 12.345k -0.30000000000000004", "shelf 39.999k 1e-30",
  "bell; bell; bell q=0.33333333333333331; bell; bell; bell"
};

GST_START_TEST (test_string_round_trip)
{
  const gchar *text = round_trips[__i__];
  TestEq *eq = new_eq (), *twin = new_eq ();
  gchar *printed = NULL, *again = NULL;
  g_object_set (eq, "bands", text, NULL);
  g_object_get (eq, "bands", &printed, NULL);
  g_object_set (twin, "bands", printed, NULL);
  g_object_get (twin, "bands", &again, NULL);
  fail_unless_equals_string (printed, again);
  const guint n = gst_child_proxy_get_children_count (GST_CHILD_PROXY (eq));
  fail_unless_equals_int (n, gst_child_proxy_get_children_count (GST_CHILD_PROXY (twin)));
  for (guint i = 0; i < n; i++) {
    TestBand *a = (TestBand *) gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (eq), i);
    TestBand *b = (TestBand *) gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (twin), i);
    fail_unless (a->shape == b->shape && a->order == b->order && a->enabled == b->enabled);
    fail_unless (a->frequency == b->frequency && a->gain == b->gain && a->q == b->q && a->ratio == b->ratio);
    gst_object_unref (a);
    gst_object_unref (b);
  }
  g_free (printed);
  g_free (again);
  gst_object_unref (eq);
  gst_object_unref (twin);
}
GST_END_TEST;

GST_START_TEST (test_string_prints_what_differs)
{
  TestEq *eq = new_eq ();
  g_object_set (eq, "bands", " high-pass\t28 q=0.7071 ;bell 250 -1.5 q=0.9;\n shelf 10000 gain=1.5 enabled=no ; ", NULL);
  fail_unless_bands (eq, "high-pass 28; bell 250 -1.5 q=0.9; shelf 10k 1.5 enabled=false"
      );
  gst_object_unref (eq);
}
GST_END_TEST;

GST_START_TEST (test_string_defaults_not_rest)
{
  TestEq *eq = new_eq ();
  gst_child_proxy_set (GST_CHILD_PROXY (eq), "band0::gain", 9.0, "band0::order", 5, "band2::q", 9.0, NULL);
  g_object_set (eq, "bands", "bell 2k;bell;bell", NULL);
  fail_unless_bands (eq, "bell 2k; bell; bell");
  gdouble q = 0;
  gst_child_proxy_get (GST_CHILD_PROXY (eq), "band2::q", &q, NULL);
  fail_unless_equals_float (q, 2.0);
  g_object_set (eq, "bands", "bell 1.001k", NULL);      /* 1.001 * 1000 would be 1000.9999999999999 */
  gdouble f = 0;
  gst_child_proxy_get (GST_CHILD_PROXY (eq), "band0::frequency", &f, NULL);
  fail_unless (f == 1001.0);
  gst_object_unref (eq);
}
GST_END_TEST;

static const struct
{
  const gchar *text, *word, *at, *hint;
} errors[] = {
  { "bel 100", "\"bel\"", "character 1 (band0)", "one of bell, high-pass, shelf" },
  { "bell 100; bell 100 99", "\"99\"", "character 20 (band1)", "gain is from -36 to 36" },
  { "bell 9", "\"9\"", "character 6 ", "frequency is from 10 to 40000" },
  { "bell 41k", "\"41k\"", "character 6 ", "from 10 to 40000" },
  { "bell 1000 k", "\"k\"", "character 11 ", "gain is a number" },
  { "bell 1000 1k", "\"1k\"", "character 11 ", "gain is a number" },
  { "bell k", "\"k\"", "character 6 ", "number of Hz" },
  { "bell 0x20", "\"0x20\"", "character 6 ", "number" },
  { "bell 1,5", "\"1,5\"", "character 6 ", "number" },
  { "bell 100 nan", "\"nan\"", "character 10 ", "gain is a number" },
  { "bell 100 inf", "\"inf\"", "character 10 ", "gain is from" },
  { "bell qq=3", "\"qq=3\"", "character 6 ", "there is type, frequency, gain, q, enabled, order, ratio" },
  { "bell name=x", "\"name=x\"", "character 6 ", "no such property" },
  { "bell q=3 q=3", "\"q=3\"", "character 10 ", "twice" },
  { "bell 100 frequency=100", "\"frequency=100\"", "character 10 ", "twice" },
  { "bell 100 1 2", "\"2\"", "character 12 ", "after gain write property=value" },
  { "bell enabled=maybe", "\"enabled=maybe\"", "character 6 ", "true or false" },
  { "bell order=1.5", "\"order=1.5\"", "character 6 ", "whole number" },
  { "bell order=10", "\"order=10\"", "character 6 ", "order is from -3 to 9" },
  { "bell ratio=0.5", "\"ratio=0.5\"", "character 6 ", "ratio is from 1 to inf" },
  { "bell; ; bell", "\";\"", "character 7 (band1)", "missing" },
  { "\302\265 bell", "\"\302\265\"", "character 1 ", "one of" },
  { "bell; \302\265\302\265=\302\265 bel", "\"\302\265\302\265=\302\265\"", "character 7 ", "no such" },
  { "bell q=", "\"q=\"", "character 6 ", "number" },
  { "bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;bell;"
    "bell;bell;bell;bell;bell;bell;bell;bell; bell", "\"bell\"", "character 162 ", "more than 32" },
};

GST_START_TEST (test_string_errors)
{
  TestEq *eq = new_eq ();
  GError *error = NULL;
  const gchar *before = "high-pass 28; bell 250 -1.5 q=0.9";
  fail_unless (gst_mastering_bands_parse (eq->bands, before, NULL));
  fail_if (gst_mastering_bands_parse (eq->bands, errors[__i__].text, &error));
  fail_unless (error != NULL && strstr (error->message, errors[__i__].word) != NULL, "word: %s", error->message);
  fail_unless (strstr (error->message, errors[__i__].at) != NULL, "position: %s", error->message);
  fail_unless (strstr (error->message, errors[__i__].hint) != NULL, "hint: %s", error->message);
  fail_unless (strchr (error->message, '\n') == NULL);
  g_clear_error (&error);
  fail_unless_bands (eq, before);
  gst_object_unref (eq);
}
GST_END_TEST;

GST_START_TEST (test_string_error_on_bus)
{
  TestEq *eq = new_eq ();
  GstBus *bus = gst_bus_new ();
  gst_element_set_bus (GST_ELEMENT (eq), bus);
  g_object_set (eq, "bands", "bell 1", NULL);
  GstMessage *m = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
  GError *error = NULL;
  gchar *debug = NULL;
  fail_unless (m != NULL);
  gst_message_parse_warning (m, &error, &debug);
  fail_unless (g_error_matches (error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS));
  fail_unless (strstr (error->message, "character 6") != NULL);
  fail_unless (gst_mastering_bands_check (eq->bands) == NULL);
  g_clear_error (&error);
  g_free (debug);
  gst_message_unref (m);
  gst_element_set_bus (GST_ELEMENT (eq), NULL);
  gst_object_unref (bus);
  gst_object_unref (eq);
}
GST_END_TEST;

/* Before there is a bus: kept, an error as the format arrives, and gone when a right one is set. */
GST_START_TEST (test_string_error_before_bus)
{
  TestEq *eq = new_eq ();
  g_object_set (eq, "bands", "bell 1", NULL);
  gchar *why = gst_mastering_bands_check (eq->bands);
  fail_unless (why != NULL && strstr (why, "frequency is from 10 to 40000") != NULL);
  g_free (why);
  g_object_set (eq, "bands", "bell 10", NULL);
  fail_unless (gst_mastering_bands_check (eq->bands) == NULL);
  gst_object_unref (eq);
}
GST_END_TEST;

/* As gst-launch-1.0 reads it, children before they exist. */
GST_START_TEST (test_launch_line)
{
  gst_element_register (NULL, "testbandseq", GST_RANK_NONE, test_eq_get_type ());
  GError *error = NULL;
  GstElement *e = gst_parse_launch ("testbandseq band9::gain=2 band0::type=high-pass band0::frequency=28 num-bands=10", &error);
  fail_unless (e != NULL && error == NULL);
  fail_unless_bands ((TestEq *) e, "high-pass 28; bell; bell; bell; bell; bell; bell; bell; bell; bell 1k 2");
  gst_object_unref (e);
}
GST_END_TEST;

/* Ten milliseconds of stereo through the element: what the processor makes of the bands now. */
static gfloat
push_and_read (GstHarness *h)
{
  GstBuffer *in = gst_harness_create_buffer (h, 480 * 2 * sizeof (gfloat));
  gst_buffer_memset (in, 0, 0, 480 * 2 * sizeof (gfloat));
  fail_unless_equals_int (gst_harness_push (h, in), GST_FLOW_OK);
  GstBuffer *out = gst_harness_pull (h);
  gfloat last = 0;
  gst_buffer_extract (out, 479 * 2 * sizeof (gfloat), &last, sizeof last);
  gst_buffer_unref (out);
  return last;
}

static void
set_gain_of_new (GstChildProxy *proxy, GObject *child, const gchar *name, gpointer user_data)
{
  g_object_set (child, "gain", 8.0, NULL);
}

/* The stream runs while a string is half applied. */
static void
push_within (GObject *band, GParamSpec *pspec, gpointer user_data)
{
  GstHarness *h = user_data;
  fail_unless_equals_float (push_and_read (h), 3.0f);   /* what it was: 1 + 2 */
}

GST_START_TEST (test_string_is_heard_as_a_whole)
{
  TestEq *eq = new_eq ();
  g_object_set (eq, "bands", "bell gain=1; bell gain=2", NULL);
  GstHarness *h = gst_harness_new_with_element (GST_ELEMENT (eq), "sink", "src");
  gst_harness_set_src_caps_str (h, "audio/x-raw,format=" GST_AUDIO_NE (F32)
      ",rate=48000,channels=2,layout=interleaved");
  push_and_read (h);
  GObject *band0 = gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (eq), 0);
  g_signal_connect (band0, "notify::gain", G_CALLBACK (push_within), h);
  g_object_set (eq, "bands", "bell gain=10; bell gain=20", NULL);
  fail_unless_equals_float (push_and_read (h), 30.0f);
  gst_object_unref (band0);
  gst_harness_teardown (h);
  gst_object_unref (eq);
}
GST_END_TEST;

/* What the processor is told and when: parameters for a controllable property, once for a whole string, a new one for others. */
GST_START_TEST (test_while_playing)
{
  TestEq *eq = new_eq ();
  g_object_set (eq, "num-bands", 2, NULL);
  gst_child_proxy_set (GST_CHILD_PROXY (eq), "band0::gain", 1.0, NULL);
  GstHarness *h = gst_harness_new_with_element (GST_ELEMENT (eq), "sink", "src");
  gst_harness_set_src_caps_str (h, "audio/x-raw,format=" GST_AUDIO_NE (F32)
      ",rate=48000,channels=2,layout=interleaved");
  fail_unless_equals_float (push_and_read (h), 1.0f);
  const gint made = eq->n_make;
  gint told = eq->n_set_params;

  gst_child_proxy_set (GST_CHILD_PROXY (eq), "band1::gain", 2.0, NULL);
  fail_unless_equals_float (push_and_read (h), 3.0f);
  fail_unless_equals_int (eq->n_make, made);
  fail_unless_equals_int (eq->n_set_params, ++told);

  g_object_set (eq, "bands", "bell 1k 4 q=3; high-pass 30 0.5 q=1 enabled=false", NULL);
  fail_unless_equals_float (push_and_read (h), 4.5f);
  fail_unless_equals_int (eq->n_make, made);
  fail_unless_equals_int (eq->n_set_params, ++told);

  gst_child_proxy_set (GST_CHILD_PROXY (eq), "band1::order", 5, NULL);
  push_and_read (h);
  fail_unless_equals_int (eq->n_make, made + 1);

  g_signal_connect (eq, "child-added", G_CALLBACK (set_gain_of_new), NULL);
  g_object_set (eq, "num-bands", 3, NULL);
  push_and_read (h);
  push_and_read (h);
  fail_unless_equals_float (push_and_read (h), 12.5f);
  fail_unless_equals_int (eq->n_make, made + 2);
  g_object_set (eq, "num-bands", 1, NULL);
  for (guint i = 0; i < 3; i++)
    push_and_read (h);
  fail_unless_equals_float (push_and_read (h), 4.0f);
  gst_harness_teardown (h);
  gst_object_unref (eq);
}
GST_END_TEST;

/* A band's control binding moves the processor, also one made while playing. */
GST_START_TEST (test_automation)
{
  TestEq *eq = new_eq ();
  GstHarness *h = gst_harness_new_with_element (GST_ELEMENT (eq), "sink", "src");
  gst_harness_set_src_caps_str (h, "audio/x-raw,format=" GST_AUDIO_NE (F32)
      ",rate=48000,channels=2,layout=interleaved");
  push_and_read (h);
  g_object_set (eq, "num-bands", 9, NULL);
  GstObject *band = GST_OBJECT (gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (eq), 8));
  GstControlSource *source = gst_interpolation_control_source_new ();
  g_object_set (source, "mode", GST_INTERPOLATION_MODE_LINEAR, NULL);
  gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), 0, 3.0);
  gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source), GST_SECOND, 3.0);
  gst_object_add_control_binding (band, gst_direct_control_binding_new_absolute (band, "gain", source));
  for (guint i = 0; i < 4; i++)
    push_and_read (h);
  fail_unless_equals_float (push_and_read (h), 3.0f);
  gst_object_unref (source);
  gst_object_unref (band);
  gst_harness_teardown (h);
  gst_object_unref (eq);
}
GST_END_TEST;

/* A wrong string on a launch line stops the stream with the reason. */
GST_START_TEST (test_string_error_stops_stream)
{
  TestEq *eq = new_eq ();
  GstBus *bus = gst_bus_new ();
  g_object_set (eq, "bands", "bell 1k 99", NULL);
  GstHarness *h = gst_harness_new_with_element (GST_ELEMENT (eq), "sink", "src");
  gst_element_set_bus (GST_ELEMENT (eq), bus);
  gst_harness_set_src_caps_str (h, "audio/x-raw,format=" GST_AUDIO_NE (F32)
      ",rate=48000,channels=2,layout=interleaved");
  fail_unless_equals_int (gst_harness_push (h, gst_harness_create_buffer (h, 80)), GST_FLOW_NOT_NEGOTIATED);
  GstMessage *m = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  GError *error = NULL;
  fail_unless (m != NULL);
  gst_message_parse_error (m, &error, NULL);
  fail_unless (strstr (error->message, "gain is from -36 to 36") != NULL, "%s", error->message);
  g_clear_error (&error);
  gst_message_unref (m);
  gst_element_set_bus (GST_ELEMENT (eq), NULL);
  gst_object_unref (bus);
  gst_harness_teardown (h);
  gst_object_unref (eq);
}
GST_END_TEST;

static gpointer
hammer (gpointer data)
{
  TestEq *eq = data;
  GRand *rand = g_rand_new_with_seed (7);
  for (guint i = 0; i < 1500; i++) {
    const guint what = g_rand_int_range (rand, 0, 4);
    if (what == 0) {
      g_object_set (eq, "num-bands", g_rand_int_range (rand, 0, 33), NULL);
    } else if (what == 1) {
      g_object_set (eq, "bands", i % 2 ? "bell; bell 100 1; bell order=3" : "high-pass 20", NULL);
    } else if (what == 2) {
      gchar *s;
      g_object_get (eq, "bands", &s, NULL);
      g_free (s);
    } else {
      GObject *band = gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (eq), g_rand_int_range (rand, 0, 32));
      if (band != NULL) {
        g_object_set (band, "gain", g_rand_double (rand), "order", 3, NULL);
        gst_object_unref (band);
      }
    }
  }
  g_rand_free (rand);
  return NULL;
}

static void
sum_index (GstMasteringBand *band, guint index, gpointer user_data)
{
  fail_unless_equals_int (gst_mastering_band_get_index (band), index);
  ++*(guint *) user_data;
}

GST_START_TEST (test_threads)
{
  TestEq *eq = new_eq ();
  GThread *threads[4];
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("hammer", hammer, eq);
  for (guint i = 0; i < 2000; i++) {
    guint n = 0;
    fail_unless_equals_int (gst_mastering_bands_foreach (eq->bands, sum_index, &n), n);
  }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  gst_object_unref (eq);
}
GST_END_TEST;

static Suite *
bands_suite (void)
{
  Suite *s = suite_create ("bands");
  TCase *tc = tcase_create ("bands");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_children);
  tcase_add_test (tc, test_signals_outside_locks);
  tcase_add_loop_test (tc, test_string_round_trip, 0, G_N_ELEMENTS (round_trips));
  tcase_add_test (tc, test_string_prints_what_differs);
  tcase_add_test (tc, test_string_defaults_not_rest);
  tcase_add_loop_test (tc, test_string_errors, 0, G_N_ELEMENTS (errors));
  tcase_add_test (tc, test_string_error_on_bus);
  tcase_add_test (tc, test_string_error_before_bus);
  tcase_add_test (tc, test_launch_line);
  tcase_add_test (tc, test_string_is_heard_as_a_whole);
  tcase_add_test (tc, test_while_playing);
  tcase_add_test (tc, test_automation);
  tcase_add_test (tc, test_string_error_stops_stream);
  tcase_add_test (tc, test_threads);
  return s;
}

GST_CHECK_MAIN (bands);
