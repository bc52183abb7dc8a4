/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-truepeaklimiter
 * @title: truepeaklimiter
 *
 * Keeps the waveform, between the samples too, at or below `ceiling`. Nothing is clipped: the gain is turned down before the
 * peak comes (look-ahead) and back up as the programme allows. Below the ceiling the output is the input to the bit, late by
 * the latency that the LATENCY query tells.
 *
 * With `post-messages` an element message "truepeaklimiter" tells every `interval` what was taken away; one with `final=true`
 * sums up the stream before EOS. Fields: `gain-reduction-min`, `gain-reduction-mean`, `gain-reduction-max` (arrays by channel,
 * dB, 0 = untouched), `true-peak-in` (after `input-gain` and the guard), `true-peak-out` (arrays by channel, dBTP, -inf for
 * silence), `limited-events`, `limited-time`, `guard-time` (count; ns with more than 0.1 dB off; ns with the guard at work).
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 wave=pink-noise ! audioconvert ! truepeaklimiter ceiling=-1 input-gain=6 ! fakesink
 * ]|
 *
 * Since: 0.1
 */
#include "gsttruepeaklimiter.h"

#include <math.h>
#include <stdatomic.h>

#include "gstmasteringenum.h"
#include "gsttruepeaklimitertotals.h"
#include "limiter.h"

GST_DEBUG_CATEGORY_STATIC (true_peak_limiter_debug);
#define GST_CAT_DEFAULT true_peak_limiter_debug

typedef enum
{
  STYLE_TRANSPARENT,
  STYLE_BALANCED,
  STYLE_LOUD
} Style;

/* What a style means to the processor; measured in docs/truepeaklimiter.md. */
static const struct { gdouble hold_ms, slow_part; } styles[] = {
  [STYLE_TRANSPARENT] = { 20.0, 0.1 },
  [STYLE_BALANCED] = { 4.0, 0.1 },
  [STYLE_LOUD] = { 0.0, 0.05 },
};

typedef struct _Processor Processor;
struct _Processor
{
  GstTruePeakLimiter *owner;
  Processor *before;            /* is still heard and counts, while this one only listens; or NULL */
  MstLimiter *limiter;
  guint n_channels;
  guint64 lfe;                  /* bit 0: first channel */
  gint rate;
};

struct _GstTruePeakLimiter
{
  GstMasteringBase parent;

  /* object lock */
  MstLimiterParams params;      /* hold, slow part and linked channels are made from what follows */
  gdouble lookahead_ms;
  MstClipShape clip;
  Style style;
  gboolean auto_release, link_lfe;

  _Atomic gdouble gain;         /* of the newest frames, linear */
  _Atomic gboolean guard_active;

  /* streaming thread */
  Processor *processor;         /* the newest */
  GstTruePeakLimiterTotals interval, totals;    /* what processors counted that are gone or reset; intervals that have ended */
};

enum
{
  PROP_CEILING = 1,
  PROP_INPUT_GAIN,
  PROP_LOOKAHEAD,
  PROP_RELEASE,
  PROP_AUTO_RELEASE,
  PROP_STYLE,
  PROP_LINK,
  PROP_LINK_LFE,
  PROP_CLIP,
  PROP_CLIP_THRESHOLD,
  PROP_NYQUIST_GUARD,
  PROP_GAIN_REDUCTION,
  PROP_GUARD_ACTIVE
};

GST_MASTERING_DEFINE_ENUM (style_type, "GstTruePeakLimiterStyle",
    { STYLE_TRANSPARENT, "Least distortion: low notes keep their shape down to 20 Hz", "transparent" },
    { STYLE_BALANCED, "Slightly louder, distorts notes below 56 Hz", "balanced" },
    { STYLE_LOUD, "Loudest: follows every peak, distorts low notes", "loud" })

GST_MASTERING_DEFINE_ENUM (clip_type, "GstTruePeakLimiterClip",
    { MST_CLIP_NONE, "No clipper", "none" },
    { MST_CLIP_SOFT, "Rounded from 6 dB below the threshold on, flat 3.5 dB above it", "soft" },
    { MST_CLIP_HARD, "Flat from the threshold on", "hard" })

GST_MASTERING_DEFINE_ENUM (guard_type, "GstTruePeakLimiterGuard",
    { MST_NYQUIST_GUARD_AUTO, "Take out what lies next to Nyquist while it endangers the ceiling", "auto" },
    { MST_NYQUIST_GUARD_ON, "Take it out always", "on" },
    { MST_NYQUIST_GUARD_OFF, "Never; with energy there the ceiling is then missed by up to 1.3 dB", "off" })

G_DEFINE_FINAL_TYPE_WITH_CODE (GstTruePeakLimiter, gst_true_peak_limiter, GST_TYPE_MASTERING_BASE,
    G_IMPLEMENT_INTERFACE (GST_TYPE_PRESET, NULL))
GST_ELEMENT_REGISTER_DEFINE (truepeaklimiter, "truepeaklimiter", GST_RANK_NONE, GST_TYPE_TRUE_PEAK_LIMITER)

/* --- the processor ----------------------------------------------------------------------------------------- */

static void
set_params (GstMasteringBase *base, gpointer processor, gsize ramp_frames)
{
  GstTruePeakLimiter *self = GST_TRUE_PEAK_LIMITER (base);
  Processor *p = processor;

  GST_OBJECT_LOCK (self);
  MstLimiterParams params = self->params;
  params.hold_ms = styles[self->style].hold_ms;
  params.slow_part = self->auto_release ? styles[self->style].slow_part : 0.0;
  params.linked = self->link_lfe ? G_MAXUINT64 : ~p->lfe;
  GST_OBJECT_UNLOCK (self);
  mst_limiter_set_params (p->limiter, &params, ramp_frames);
}

static gpointer
make (GstMasteringBase *base, const GstAudioInfo *info, const gchar **error)
{
  GstTruePeakLimiter *self = GST_TRUE_PEAK_LIMITER (base);
  const guint n = (guint) GST_AUDIO_INFO_CHANNELS (info);

  GST_OBJECT_LOCK (self);
  const gdouble lookahead_ms = self->lookahead_ms;
  const MstClipShape clip = self->clip;
  GST_OBJECT_UNLOCK (self);
  MstLimiter *limiter = mst_limiter_new (GST_AUDIO_INFO_RATE (info), n, lookahead_ms, clip, error);
  if (!limiter)
    return NULL;
  Processor *p = g_new0 (Processor, 1);
  *p = (Processor) { .owner = self, .before = self->processor, .limiter = limiter, .n_channels = n, .rate = GST_AUDIO_INFO_RATE (info) };
  for (guint c = 0; c < n && !GST_AUDIO_INFO_IS_UNPOSITIONED (info); c++) {
    const GstAudioChannelPosition position = GST_AUDIO_INFO_POSITION (info, c);
    if (position == GST_AUDIO_CHANNEL_POSITION_LFE1 || position == GST_AUDIO_CHANNEL_POSITION_LFE2)
      p->lfe |= G_GUINT64_CONSTANT (1) << c;
  }
  set_params (base, p, 0);
  self->processor = p;
  return p;
}

static void
process (gpointer processor, gdouble *const *io, gsize n_frames)
{
  mst_limiter_process (((Processor *) processor)->limiter, io, n_frames);
}

static gsize
latency (gpointer processor)
{
  return mst_limiter_latency (((Processor *) processor)->limiter);
}

static void
end (gpointer processor)
{
  mst_limiter_end (((Processor *) processor)->limiter);
}

/* --- figures ----------------------------------------------------------------------------------------------- */

/* The one whose output leaves. */
static Processor *
heard (Processor *p)
{
  return p->before ? p->before : p;
}

static void
collect (Processor *p)
{
  GstTruePeakLimiterTotals t;
  gst_true_peak_limiter_totals_take (&t, p->limiter, p->n_channels);
  gst_true_peak_limiter_totals_add (&p->owner->interval, &t);
}

static void
message (GstMasteringBase *base, gpointer processor, GstStructure *s, gboolean final)
{
  GstTruePeakLimiter *self = GST_TRUE_PEAK_LIMITER (base);
  Processor *p = heard (processor);

  collect (p);
  gst_true_peak_limiter_totals_add (&self->totals, &self->interval);
  gst_true_peak_limiter_totals_describe (final ? &self->totals : &self->interval, p->n_channels, p->rate, s);
  gst_true_peak_limiter_totals_clear (&self->interval);
}

static void
publish (GstMasteringBase *base, gpointer processor)
{
  GstTruePeakLimiter *self = GST_TRUE_PEAK_LIMITER (base);
  const MstLimiter *limiter = heard (processor)->limiter;

  atomic_store_explicit (&self->gain, mst_limiter_gain (limiter), memory_order_relaxed);
  atomic_store_explicit (&self->guard_active, mst_limiter_guard_active (limiter), memory_order_relaxed);
}

/* A gap inside a stream: what was counted stays. */
static void
reset (gpointer processor)
{
  Processor *p = processor;
  collect (p);
  mst_limiter_reset (p->limiter);
}

static void
dispose (gpointer processor)
{
  Processor *p = processor, *newest = p->owner->processor;
  collect (p);
  if (newest == p)
    p->owner->processor = NULL;
  else if (newest && newest->before == p) {     /* takes over: what it counted so far has been heard by this one */
    newest->before = NULL;
    mst_limiter_clear_stats (newest->limiter);
  }
  mst_limiter_free (p->limiter);
  g_free (p);
}

static void
restart (GstMasteringBase *base)
{
  GstTruePeakLimiter *self = GST_TRUE_PEAK_LIMITER (base);
  if (self->processor)
    mst_limiter_clear_stats (heard (self->processor)->limiter);
  gst_true_peak_limiter_totals_clear (&self->interval);
  gst_true_peak_limiter_totals_clear (&self->totals);
  atomic_store_explicit (&self->gain, 1.0, memory_order_relaxed);
  atomic_store_explicit (&self->guard_active, FALSE, memory_order_relaxed);
}

/* --- GObject ----------------------------------------------------------------------------------------------- */

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstTruePeakLimiter *self = GST_TRUE_PEAK_LIMITER (object);
  gboolean rebuild = FALSE;

  if (gst_mastering_base_set_common (GST_MASTERING_BASE (self), id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_CEILING:
      self->params.ceiling_db = g_value_get_double (value);
      break;
    case PROP_INPUT_GAIN:
      self->params.drive_db = g_value_get_double (value);
      break;
    case PROP_LOOKAHEAD:
      rebuild = self->lookahead_ms != g_value_get_double (value);
      self->lookahead_ms = g_value_get_double (value);
      break;
    case PROP_RELEASE:
      self->params.release_ms = g_value_get_double (value);
      break;
    case PROP_AUTO_RELEASE:
      self->auto_release = g_value_get_boolean (value);
      break;
    case PROP_STYLE:
      self->style = (Style) g_value_get_enum (value);
      break;
    case PROP_LINK:
      self->params.link = g_value_get_double (value);
      break;
    case PROP_LINK_LFE:
      self->link_lfe = g_value_get_boolean (value);
      break;
    case PROP_CLIP:
      rebuild = self->clip != (MstClipShape) g_value_get_enum (value);
      self->clip = (MstClipShape) g_value_get_enum (value);
      break;
    case PROP_CLIP_THRESHOLD:
      self->params.clip_threshold_db = g_value_get_double (value);
      break;
    case PROP_NYQUIST_GUARD:
      self->params.guard = (MstNyquistGuardMode) g_value_get_enum (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
  if (rebuild)
    gst_mastering_base_structure_changed (GST_MASTERING_BASE (self));
  else
    gst_mastering_base_params_changed (GST_MASTERING_BASE (self));
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstTruePeakLimiter *self = GST_TRUE_PEAK_LIMITER (object);

  if (gst_mastering_base_get_common (GST_MASTERING_BASE (self), id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_CEILING:
      g_value_set_double (value, self->params.ceiling_db);
      break;
    case PROP_INPUT_GAIN:
      g_value_set_double (value, self->params.drive_db);
      break;
    case PROP_LOOKAHEAD:
      g_value_set_double (value, self->lookahead_ms);
      break;
    case PROP_RELEASE:
      g_value_set_double (value, self->params.release_ms);
      break;
    case PROP_AUTO_RELEASE:
      g_value_set_boolean (value, self->auto_release);
      break;
    case PROP_STYLE:
      g_value_set_enum (value, (gint) self->style);
      break;
    case PROP_LINK:
      g_value_set_double (value, self->params.link);
      break;
    case PROP_LINK_LFE:
      g_value_set_boolean (value, self->link_lfe);
      break;
    case PROP_CLIP:
      g_value_set_enum (value, (gint) self->clip);
      break;
    case PROP_CLIP_THRESHOLD:
      g_value_set_double (value, self->params.clip_threshold_db);
      break;
    case PROP_NYQUIST_GUARD:
      g_value_set_enum (value, (gint) self->params.guard);
      break;
    case PROP_GAIN_REDUCTION:
      g_value_set_double (value, 20.0 * log10 (1.0 / atomic_load_explicit (&self->gain, memory_order_relaxed)));
      break;
    case PROP_GUARD_ACTIVE:
      g_value_set_boolean (value, atomic_load_explicit (&self->guard_active, memory_order_relaxed));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_true_peak_limiter_init (GstTruePeakLimiter *self)
{
  mst_limiter_params_init (&self->params);
  self->lookahead_ms = 5.0;
  self->auto_release = self->link_lfe = TRUE;
  gst_true_peak_limiter_totals_clear (&self->interval);
  gst_true_peak_limiter_totals_clear (&self->totals);
  atomic_init (&self->gain, 1.0);
  atomic_init (&self->guard_active, FALSE);
}

static void
install_double (GObjectClass *klass, guint id, const gchar *name, const gchar *nick, const gchar *blurb, gdouble low, gdouble high,
    gdouble fresh, GParamFlags flags)
{
  g_object_class_install_property (klass, id, g_param_spec_double (name, nick, blurb, low, high, fresh, flags));
}

static void
gst_true_peak_limiter_class_init (GstTruePeakLimiterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstMasteringBaseClass *base_class = GST_MASTERING_BASE_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (true_peak_limiter_debug, "truepeaklimiter", 0, "True-peak limiter");
  object_class->set_property = set_property;
  object_class->get_property = get_property;

  install_double (object_class, PROP_CEILING, "ceiling", "Ceiling",
      "Highest true peak that leaves, in dBTP (0 = full scale between the samples too); platforms ask for -1 or -2",
      -30.0, 0.0, -1.0, GST_MASTERING_PARAM);
  install_double (object_class, PROP_INPUT_GAIN, "input-gain", "Input gain",
      "Gain before the limiter in dB (drive): 0 leaves quiet material alone, more makes it louder and limits more",
      0.0, 36.0, 0.0, GST_MASTERING_PARAM);
  install_double (object_class, PROP_LOOKAHEAD, "lookahead", "Look-ahead",
      "How long before a peak the gain begins to move, in ms: longer is cleaner, shorter is less latency. "
      "At least 64 frames are used; a change alters the latency", 1.0, 20.0, 5.0, GST_MASTERING_PARAM_STRUCTURE);
  install_double (object_class, PROP_RELEASE, "release", "Release",
      "Time constant of the gain's way back in ms (with auto-release: of its quick part): short is louder, long is smoother",
      1.0, 2000.0, 1.0, GST_MASTERING_PARAM);
  g_object_class_install_property (object_class, PROP_AUTO_RELEASE,
      g_param_spec_boolean ("auto-release", "Auto release",
          "Let the programme decide: quickly back after single peaks, slowly (300 ms) out of dense passages; off: always as release says",
          TRUE, GST_MASTERING_PARAM));
  g_object_class_install_property (object_class, PROP_STYLE,
      g_param_spec_enum ("style", "Style", "What to favour: a clean sound or a loud one",
          style_type (), STYLE_TRANSPARENT, GST_MASTERING_PARAM));
  install_double (object_class, PROP_LINK, "link", "Link",
      "How much of the reduction of the loudest channel the others share, in proportion of dB: 1 all (the image stays), 0 none",
      0.0, 1.0, 1.0, GST_MASTERING_PARAM);
  g_object_class_install_property (object_class, PROP_LINK_LFE,
      g_param_spec_boolean ("link-lfe", "Link LFE",
          "Whether LFE channels take part in the link; if not they are limited alone and pull nobody down",
          TRUE, GST_MASTERING_PARAM));
  g_object_class_install_property (object_class, PROP_CLIP,
      g_param_spec_enum ("clip", "Clip", "Anti-aliased clipper before the limiter, for loudness that no clean gain gives; "
          "a change alters the latency", clip_type (), MST_CLIP_NONE, GST_MASTERING_PARAM_STRUCTURE));
  install_double (object_class, PROP_CLIP_THRESHOLD, "clip-threshold", "Clip threshold",
      "Where the clipper clips, in dB above the ceiling: high leaves the peaks to the limiter, low clips more than they need",
      -12.0, 12.0, 0.0, GST_MASTERING_PARAM);
  g_object_class_install_property (object_class, PROP_NYQUIST_GUARD,
      g_param_spec_enum ("nyquist-guard", "Nyquist guard",
          "What to do with energy just below half the sample rate, which no real-time limiter can bound between the samples",
          guard_type (), MST_NYQUIST_GUARD_AUTO, GST_MASTERING_PARAM));
  install_double (object_class, PROP_GAIN_REDUCTION, "gain-reduction", "Gain reduction",
      "What is taken away just now in dB (0 = nothing), highest of all channels", 0.0, G_MAXDOUBLE, 0.0, GST_MASTERING_PARAM_READ);
  g_object_class_install_property (object_class, PROP_GUARD_ACTIVE,
      g_param_spec_boolean ("guard-active", "Guard active", "Whether the Nyquist guard is at work just now",
          FALSE, GST_MASTERING_PARAM_READ));

  gst_element_class_set_static_metadata (element_class, "True-peak limiter", "Filter/Effect/Audio",
      "Keeps the waveform between the samples at or below a ceiling, with look-ahead, and leaves everything below it alone",
      "gst-mastering contributors <gst-mastering@example.org>");
  GstCaps *caps = gst_caps_from_string (GST_MASTERING_CAPS);
  gst_element_class_add_pad_template (element_class, gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template (element_class, gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);

  base_class->name = "truepeaklimiter";
  base_class->make = make;
  base_class->dispose = dispose;
  base_class->set_params = set_params;
  base_class->process = process;
  base_class->latency = latency;
  base_class->reset = reset;
  base_class->end = end;
  base_class->message = message;
  base_class->publish = publish;
  base_class->restart = restart;
  gst_mastering_base_class_install_common (base_class,
      GST_MASTERING_HAS_BYPASS | GST_MASTERING_HAS_MESSAGES | GST_MASTERING_HAS_INVALID);
}
