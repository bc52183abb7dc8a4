/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-r128meter
 * @title: r128meter
 *
 * Measures loudness by ITU-R BS.1770-5 and EBU R 128 (momentary, short-term, integrated, range), sample and true peaks, and
 * passes the buffers untouched. Every `interval` an element message "r128meter" tells the readings, and a last one with
 * `final=true` sums up the stream before EOS. The same readings are properties.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m audiotestsrc num-buffers=100 volume=0.1 ! audioconvert ! r128meter interval=1000000000 ! fakesink
 * ]|
 *
 * Since: 0.1
 */
#include "gstr128meter.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "gstmasteringenum.h"
#include "gstr128alarms.h"
#include "gstr128engine.h"
#include "gstr128report.h"

GST_DEBUG_CATEGORY_STATIC (r128_meter_debug);
#define GST_CAT_DEFAULT r128_meter_debug

typedef enum { ENGINE_AUTO, ENGINE_NATIVE, ENGINE_LIBEBUR128 } EngineChoice;

/* What stands behind the base's pointer. */
typedef struct
{
  GstR128Meter *owner;
  const GstR128Engine *engine;
  gpointer state;
  guint what;                   /* GstR128What that it measures */
  guint n_channels;
  gsize publish_frames, frames_unpublished;
} Processor;

struct _GstR128Meter
{
  GstMasteringBase parent;

  /* object lock */
  guint what;                   /* GstR128What that is asked for */
  EngineChoice engine;
  GArray *weights;              /* of gdouble; empty: by position */
  gboolean dual_mono, pause, send_tags;
  gchar *target;                /* id or NULL */
  gchar *alarms, *alarms_error; /* text and what is wrong with it, or NULL */
  MstAlarmParams alarm_params;

  gint reset_wanted;            /* atomic */
  _Atomic gdouble values[GST_R128_N_VALUES];    /* readable from any thread */

  Processor *processor;         /* streaming thread */
};

enum
{
  PROP_ENGINE = 1,
  PROP_CHANNEL_WEIGHTS,
  PROP_DUAL_MONO,
  PROP_PAUSE,
  PROP_SEND_TAGS,
  PROP_TARGET,
  PROP_ALARMS,
  PROP_SWITCHES = 0x100,        /* + index in gst_r128_switches */
  PROP_VALUES = 0x200           /* + GstR128Value */
};

GST_MASTERING_DEFINE_ENUM (engine_get_type, "GstR128MeterEngine",
    { ENGINE_AUTO, "The best there is: native", "auto" },
    { ENGINE_NATIVE, "This project's own: right at every rate", "native" },
    { ENGINE_LIBEBUR128, "The library libebur128, to the letter", "libebur128" })

G_DEFINE_FINAL_TYPE_WITH_CODE (GstR128Meter, gst_r128_meter, GST_TYPE_MASTERING_BASE,
    G_IMPLEMENT_INTERFACE (GST_TYPE_PRESET, NULL))
GST_ELEMENT_REGISTER_DEFINE (r128meter, "r128meter", GST_RANK_NONE, GST_TYPE_R128_METER)

/* --- settings ---------------------------------------------------------------------------------------------- */

static const GstR128Engine *
choose_engine (GstR128Meter *self)
{
  return self->engine == ENGINE_LIBEBUR128 ? &gst_r128_libebur128 : &gst_r128_native;
}

/* Call with the object lock. */
static void
take_settings (GstR128Meter *self, const GstR128Engine *engine, const GstAudioInfo *info, GstR128Settings *settings)
{
  const guint n = (guint) GST_AUDIO_INFO_CHANNELS (info);
  settings->what = (self->what | (n > 1 ? GST_R128_CORRELATION : 0)) & engine->provides;
  settings->is_paused = self->pause;
  gst_r128_position_weights (info, self->dual_mono, settings->weights);
  if (self->weights->len == n)
    memcpy (settings->weights, self->weights->data, n * sizeof (gdouble));
  settings->alarms = self->alarm_params;
}

static gchar *
check (GstMasteringBase *base, const GstAudioInfo *info)
{
  GstR128Meter *self = GST_R128_METER (base);
  const guint n = (guint) GST_AUDIO_INFO_CHANNELS (info);
  gchar *text;

  GST_OBJECT_LOCK (self);
  text = gst_r128_check_weights (choose_engine (self), (const gdouble *) self->weights->data, self->weights->len, n);
  if (!text && self->target && *self->target && !mst_target_find (self->target))
    text = g_strdup_printf ("there is no target \"%s\". Ids are those of targets.csv, e.g. ebu-r128, spotify, apple-music.",
        self->target);
  if (!text)
    text = g_strdup (self->alarms_error);
  if (!text && self->alarms && !choose_engine (self)->next_alarm)
    text = g_strdup ("libebur128 knows no alarms. Use engine=native, or leave alarms empty.");
  GST_OBJECT_UNLOCK (self);
  return text;
}

/* --- the processor ----------------------------------------------------------------------------------------- */

static void
publish_values (GstR128Meter *self, const GstR128Reading *reading)
{
  for (guint i = 0; i < GST_R128_N_VALUES; i++)
    atomic_store_explicit (&self->values[i], reading->value[i], memory_order_relaxed);
}

static void
read_processor (Processor *p, gboolean final, GstR128Reading *reading)
{
  p->engine->read (p->state, final, reading);
  p->frames_unpublished = 0;
  publish_values (p->owner, reading);
}

static void
post_alarms (Processor *p)
{
  MstAlarmEvent event;
  while (p->engine->next_alarm && p->engine->next_alarm (p->state, &event))
    gst_r128_alarms_post (GST_MASTERING_BASE (p->owner), &event);
}

static gpointer
make (GstMasteringBase *base, const GstAudioInfo *info, const gchar **error)
{
  GstR128Meter *self = GST_R128_METER (base);
  GstR128Settings settings = { 0 };
  GstR128Reading reading;

  GST_OBJECT_LOCK (self);
  const GstR128Engine *engine = choose_engine (self);
  take_settings (self, engine, info, &settings);
  GST_OBJECT_UNLOCK (self);
  gpointer state = engine->create (info, &settings, error);
  if (!state)
    return NULL;
  Processor *p = g_new0 (Processor, 1);
  *p = (Processor) {
    .owner = self, .engine = engine, .state = state, .what = settings.what,
    .n_channels = (guint) GST_AUDIO_INFO_CHANNELS (info),
    .publish_frames = (gsize) GST_AUDIO_INFO_RATE (info) / 10,
  };
  self->processor = p;
  g_atomic_int_set (&self->reset_wanted, FALSE);
  read_processor (p, FALSE, &reading);
  return p;
}

static void
dispose (gpointer processor)
{
  Processor *p = processor;
  if (p->owner->processor == p)
    p->owner->processor = NULL;
  p->engine->destroy (p->state);
  g_free (p);
}

static void
set_params (GstMasteringBase *base, gpointer processor, gsize ramp_frames)
{
  GstR128Meter *self = GST_R128_METER (base);
  Processor *p = processor;
  GstR128Settings settings = { 0 };
  GstR128Reading reading;

  GST_OBJECT_LOCK (self);
  take_settings (self, p->engine, gst_mastering_base_in_info (base), &settings);
  GST_OBJECT_UNLOCK (self);
  if (p->engine->live_settings)
    p->what = (settings.what & ~(guint) GST_R128_DIALOGUE) | (p->what & GST_R128_DIALOGUE);      /* that one needs another state */
  p->engine->configure (p->state, &settings);
  if (g_atomic_int_compare_and_exchange (&self->reset_wanted, TRUE, FALSE)) {
    p->engine->reset (p->state);
    read_processor (p, FALSE, &reading);
  }
}

static void
process (gpointer processor, gdouble *const *io, gsize n_frames)
{
  Processor *p = processor;
  p->engine->process (p->state, io, n_frames);
  p->frames_unpublished += n_frames;
}

/* The base's reset is a gap inside a stream; restart () begins another one. */
static void
reset (gpointer processor)
{
  Processor *p = processor;
  p->engine->interrupt (p->state);
  post_alarms (p);
}

static void
restart (GstMasteringBase *base)
{
  GstR128Meter *self = GST_R128_METER (base);
  if (self->processor)
    self->processor->engine->reset (self->processor->state);
}

static void
publish (GstMasteringBase *base, gpointer processor)
{
  Processor *p = processor;
  GstR128Reading reading;
  if (p->frames_unpublished >= p->publish_frames)
    read_processor (p, FALSE, &reading);
  post_alarms (p);
}

static void
message (GstMasteringBase *base, gpointer processor, GstStructure *s, gboolean final)
{
  GstR128Meter *self = GST_R128_METER (base);
  Processor *p = processor;
  GstR128Reading reading;

  GST_OBJECT_LOCK (self);
  const MstTarget *target = self->target ? mst_target_find (self->target) : NULL;
  const gboolean send_tags = self->send_tags;
  GST_OBJECT_UNLOCK (self);
  read_processor (p, final, &reading);
  gst_r128_report_reading (s, &reading, p->what, p->n_channels);
  if (target)
    gst_r128_report_target (s, target, &reading, p->what);
  if (final && send_tags) {
    GstTagList *tags = gst_r128_tags (&reading, p->what);
    if (tags) {
      gst_r128_report_tags (s, tags);
      gst_tag_list_unref (tags);
    }
  }
}

static void
finish (GstMasteringBase *base, gpointer processor)
{
  GstR128Meter *self = GST_R128_METER (base);
  Processor *p = processor;
  GstR128Reading reading;

  GST_OBJECT_LOCK (self);
  const gboolean send_tags = self->send_tags;
  GST_OBJECT_UNLOCK (self);
  read_processor (p, TRUE, &reading);
  post_alarms (p);
  GstTagList *tags = send_tags ? gst_r128_tags (&reading, p->what) : NULL;
  if (tags)
    gst_pad_push_event (GST_BASE_TRANSFORM_SRC_PAD (base), gst_event_new_tag (tags));
}

/* --- GObject ----------------------------------------------------------------------------------------------- */

static void
reset_action (GstR128Meter *self)
{
  g_atomic_int_set (&self->reset_wanted, TRUE);
  gst_mastering_base_params_changed (GST_MASTERING_BASE (self));
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstR128Meter *self = GST_R128_METER (object);
  gboolean rebuild = FALSE;

  if (gst_mastering_base_set_common (GST_MASTERING_BASE (self), id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_ENGINE:
      rebuild = self->engine != (EngineChoice) g_value_get_enum (value);
      self->engine = (EngineChoice) g_value_get_enum (value);
      break;
    case PROP_CHANNEL_WEIGHTS:
      g_array_set_size (self->weights, 0);
      for (guint i = 0; i < gst_value_array_get_size (value); i++) {
        const gdouble weight = g_value_get_double (gst_value_array_get_value (value, i));
        g_array_append_val (self->weights, weight);
      }
      rebuild = !choose_engine (self)->live_settings;
      break;
    case PROP_DUAL_MONO:
      self->dual_mono = g_value_get_boolean (value);
      rebuild = !choose_engine (self)->live_settings;
      break;
    case PROP_PAUSE:
      self->pause = g_value_get_boolean (value);
      break;
    case PROP_SEND_TAGS:
      self->send_tags = g_value_get_boolean (value);
      break;
    case PROP_TARGET:
      g_free (self->target);
      self->target = g_value_dup_string (value);
      break;
    case PROP_ALARMS:
      g_free (self->alarms);
      g_clear_pointer (&self->alarms_error, g_free);
      self->alarms = g_value_dup_string (value);
      gst_r128_alarms_parse (self->alarms, &self->alarm_params, &self->alarms_error);
      break;
    default:
      if (id >= PROP_SWITCHES && id < PROP_SWITCHES + GST_R128_N_SWITCHES) {
        const guint bit = gst_r128_switches[id - PROP_SWITCHES].what;
        const guint what = g_value_get_boolean (value) ? self->what | bit : self->what & ~bit;
        rebuild = !choose_engine (self)->live_settings || (gst_r128_switches[id - PROP_SWITCHES].is_structure && what != self->what);
        self->what = what;
      } else {
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      }
      break;
  }
  GST_OBJECT_UNLOCK (self);
  if (rebuild)
    gst_mastering_base_structure_changed (GST_MASTERING_BASE (self));
  gst_mastering_base_params_changed (GST_MASTERING_BASE (self));
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstR128Meter *self = GST_R128_METER (object);

  if (gst_mastering_base_get_common (GST_MASTERING_BASE (self), id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_ENGINE:
      g_value_set_enum (value, (gint) self->engine);
      break;
    case PROP_CHANNEL_WEIGHTS:
      for (guint i = 0; i < self->weights->len; i++) {
        GValue number = G_VALUE_INIT;
        g_value_init (&number, G_TYPE_DOUBLE);
        g_value_set_double (&number, g_array_index (self->weights, gdouble, i));
        gst_value_array_append_and_take_value (value, &number);
      }
      break;
    case PROP_DUAL_MONO:
      g_value_set_boolean (value, self->dual_mono);
      break;
    case PROP_PAUSE:
      g_value_set_boolean (value, self->pause);
      break;
    case PROP_SEND_TAGS:
      g_value_set_boolean (value, self->send_tags);
      break;
    case PROP_TARGET:
      g_value_set_string (value, self->target);
      break;
    case PROP_ALARMS:
      g_value_set_string (value, self->alarms);
      break;
    default:
      if (id >= PROP_SWITCHES && id < PROP_SWITCHES + GST_R128_N_SWITCHES)
        g_value_set_boolean (value, (self->what & gst_r128_switches[id - PROP_SWITCHES].what) != 0);
      else if (id >= PROP_VALUES && id < PROP_VALUES + GST_R128_N_VALUES)
        g_value_set_double (value, atomic_load_explicit (&self->values[id - PROP_VALUES], memory_order_relaxed));
      else
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject *object)
{
  GstR128Meter *self = GST_R128_METER (object);
  g_free (self->target);
  g_free (self->alarms);
  g_free (self->alarms_error);
  g_array_unref (self->weights);
  G_OBJECT_CLASS (gst_r128_meter_parent_class)->finalize (object);
}

static void
gst_r128_meter_init (GstR128Meter *self)
{
  self->what = GST_R128_LOUDNESS | GST_R128_SAMPLE_PEAK | GST_R128_TRUE_PEAK;
  self->weights = g_array_new (FALSE, FALSE, sizeof (gdouble));
  for (guint i = 0; i < GST_R128_N_VALUES; i++)
    atomic_init (&self->values[i], gst_r128_fresh_value (i));
}

static void
gst_r128_meter_class_init (GstR128MeterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstMasteringBaseClass *base_class = GST_MASTERING_BASE_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (r128_meter_debug, "r128meter", 0, "EBU R 128 meter");
  gst_r128_report_init ();
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;

  for (guint i = 0; i < GST_R128_N_SWITCHES; i++)
    g_object_class_install_property (object_class, PROP_SWITCHES + i,
        g_param_spec_boolean (gst_r128_switches[i].name, gst_r128_switches[i].nick, gst_r128_switches[i].blurb,
            gst_r128_switches[i].by_default, gst_r128_switches[i].is_structure ? GST_MASTERING_PARAM_STRUCTURE : GST_MASTERING_PARAM));
  g_object_class_install_property (object_class, PROP_ENGINE,
      g_param_spec_enum ("engine", "Engine", "What measures; a change starts the measurement anew",
          engine_get_type (), ENGINE_AUTO, GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (object_class, PROP_CHANNEL_WEIGHTS,
      gst_param_spec_array ("channel-weights", "Channel weights",
          "Power weight of each channel in the loudness, e.g. <1.0, 1.0, 1.0, 0.0, 1.41, 1.41>; empty: by channel position as "
          "BS.1770-5 says (side and surround 1.41, LFE 0, all others and unpositioned channels 1)",
          g_param_spec_double ("weight", "Weight", "Power weight of a channel: 0 leaves it out, 2 is +3.01 LU",
              0.0, 16.0, 1.0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS), GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (object_class, PROP_DUAL_MONO,
      g_param_spec_boolean ("dual-mono", "Dual mono",
          "Measure a mono stream as the two loudspeakers will play it, 3.01 LU louder; other streams are not affected",
          FALSE, GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (object_class, PROP_PAUSE,
      g_param_spec_boolean ("pause", "Pause",
          "Hold integrated loudness, range, maxima and peaks; momentary and short-term loudness go on (engine=native)",
          FALSE, GST_MASTERING_PARAM));
  g_object_class_install_property (object_class, PROP_SEND_TAGS,
      g_param_spec_boolean ("send-tags", "Send tags",
          "Before EOS send replaygain-track-gain (to -18 LUFS), replaygain-track-peak and r128-track-gain (to -23 LUFS) as a tag event",
          FALSE, GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (object_class, PROP_TARGET,
      g_param_spec_string ("target", "Target",
          "Delivery target to judge by, an id of the target table such as ebu-r128 or spotify: messages say pass or what is off, "
          "and what the platform will do; unset: none", NULL, GST_MASTERING_PARAM_STRUCTURE));
  g_object_class_install_property (object_class, PROP_ALARMS,
      g_param_spec_string ("alarms", "Alarms",
          "Conditions to report by messages \"r128meter-alarm\" at their begin and end: \"silence DBFS SECONDS; channel DBFS SECONDS; "
          "dual-mono SECONDS; clipped SAMPLES; true-peak DBTP; phase CORRELATION SECONDS; loudness LOWEST HIGHEST SECONDS\", any of "
          "them; unset: none (engine=native)", NULL, GST_MASTERING_PARAM_STRUCTURE));
  for (guint i = 0; i < GST_R128_N_VALUES; i++)
    g_object_class_install_property (object_class, PROP_VALUES + i,
        g_param_spec_double (gst_r128_fields[i].name, gst_r128_fields[i].nick, gst_r128_fields[i].blurb, -INFINITY, INFINITY,
            gst_r128_fresh_value (i), GST_MASTERING_PARAM_READ));

  /**
   * GstR128Meter::reset:
   *
   * Starts the measurement anew with the next buffer. From any thread, in any state.
   */
  g_signal_new_class_handler ("reset", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, G_CALLBACK (reset_action), NULL, NULL, NULL, G_TYPE_NONE, 0);

  gst_element_class_set_static_metadata (element_class, "EBU R 128 meter", "Filter/Analyzer/Audio",
      "Measures loudness (momentary, short-term, integrated, range), sample and true peaks by BS.1770-5 and EBU R 128",
      "gst-mastering contributors <gst-mastering@example.org>");
  GstCaps *caps = gst_caps_from_string (GST_MASTERING_CAPS);
  gst_element_class_add_pad_template (element_class, gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template (element_class, gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);

  base_class->name = "r128meter";
  base_class->analyser = TRUE;
  base_class->check = check;
  base_class->make = make;
  base_class->dispose = dispose;
  base_class->set_params = set_params;
  base_class->process = process;
  base_class->reset = reset;
  base_class->message = message;
  base_class->publish = publish;
  base_class->restart = restart;
  base_class->finish = finish;
  gst_mastering_base_class_install_common (base_class, GST_MASTERING_HAS_MESSAGES);
}
