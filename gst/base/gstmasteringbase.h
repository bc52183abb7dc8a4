/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every audio element here has in common, once: formats and layouts, time, look-ahead held back and
 * drained, cuts at the control grid, bypass, structural changes while playing, NaN, messages.
 * A subclass says what its processor is (a type of gst/dsp) and how properties become its parameters. */
#pragma once

#include <gst/audio/audio.h>
#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_MASTERING_BASE (gst_mastering_base_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstMasteringBase, gst_mastering_base, GST, MASTERING_BASE, GstBaseTransform)

/* Control bindings are read at every frame that is a multiple of this, counted from the anchor
 * (start of the stream, flush or real gap), and joined by straight lines. */
#define GST_MASTERING_GRID 64
/* How long a property set by the application takes, unless the element says otherwise. */
#define GST_MASTERING_RAMP_MS 20

#define GST_MASTERING_CAPS \
  "audio/x-raw, format = (string) { " GST_AUDIO_NE (F32) ", " GST_AUDIO_NE (F64) " }, " \
  "layout = (string) { interleaved, non-interleaved }, " \
  "rate = (int) [ 8000, 384000 ], channels = (int) [ 1, 64 ]"

/* Flags of properties that may be set and automated at any time / that rebuild the processor / that are read only. */
#define GST_MASTERING_PARAM (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_CONTROLLABLE | GST_PARAM_MUTABLE_PLAYING)
#define GST_MASTERING_PARAM_STRUCTURE (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)
#define GST_MASTERING_PARAM_READ (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)

/* Properties that the base installs and serves. */
typedef enum
{
  GST_MASTERING_HAS_BYPASS = 1 << 0,    /* "bypass", cross-faded, dry path delayed alike */
  GST_MASTERING_HAS_MESSAGES = 1 << 1,  /* "post-messages", "interval": the message vfunc is called */
  GST_MASTERING_HAS_INVALID = 1 << 2,   /* "invalid-samples": NaN and infinity written as 0 and counted */
  GST_MASTERING_HAS_SIDECHAIN = 1 << 3  /* "missed-key-frames": see gstmasteringsidechain.h, whose install () goes with it */
} GstMasteringCommon;

struct _GstMasteringBaseClass
{
  GstBaseTransformClass parent_class;

  /* Set in class_init. The element's name in messages and errors. */
  const gchar *name;
  /* An analyser leaves buffers as they are (same memory, even read-only ones). */
  gboolean analyser;

  /* Optional. Text for the user (what is wrong and the remedy, g_malloc'ed) if the properties of now cannot work on @info;
   * NULL if they can. Called before make () and after every change of a property. Any needed lock is the subclass's. */
  gchar *(*check) (GstMasteringBase *self, const GstAudioInfo *info);

  /* A new processor at rest for @info with the properties of now, or NULL and *error (static text). Streaming thread. */
  gpointer (*make) (GstMasteringBase *self, const GstAudioInfo *info, const gchar **error);
  void (*dispose) (gpointer processor);

  /* Hand the properties of now to the processor: reached after @ramp_frames, 0 = at once. Streaming thread, between blocks. */
  void (*set_params) (GstMasteringBase *self, gpointer processor, gsize ramp_frames);

  /* Planar, in place (an analyser must not write); any n_frames. No allocation, lock or system call. With a sidechain there are,
   * behind the planes of the input, gst_mastering_base_n_keys () more to be read: what was said when it was made. */
  void (*process) (gpointer processor, gdouble *const *io, gsize n_frames);

  /* Optional, of a class without latency (): the same, to the bit, from frames of interleaved F32 to interleaved frames of @packed_to, which may
   * lie in the same place, as far as that can be done and what is not finite does not come in between. How many frames were done; process ()
   * gets the rest. Both are set or none. */
  GstAudioFormat packed_to;
  gsize (*process_packed) (gpointer processor, gconstpointer from, gpointer to, gsize n_frames);

  /* Optional (0). Frames by which the output is late. Constant for a processor. A class without it keeps no history: a
   * change of structure is at once. */
  gsize (*latency) (gpointer processor);
  /* As if newly made; parameters stay, at their targets. */
  void (*reset) (gpointer processor);
  /* Optional: the frame that comes next is not of the stream any more: what process () gets from here on, at most latency ()
   * frames of zeros, only brings out what is held. */
  void (*end) (gpointer processor);

  /* With GST_MASTERING_HAS_MESSAGES: add the fields of the interval that ends here to @s (times are there already) and start
   * the next one; @final: the sums of the whole stream instead, once, at its end. Streaming thread, no lock held. */
  void (*message) (GstMasteringBase *self, gpointer processor, GstStructure *s, gboolean final);
  /* Optional: called after every buffer, for readable meters. */
  void (*publish) (GstMasteringBase *self, gpointer processor);
  /* Optional: a new stream begins (start, STREAM_START, flush): sums and meters to zero. */
  void (*restart) (GstMasteringBase *self);
  /* Optional: the stream ends, after the final message and before EOS goes on (tags). */
  void (*finish) (GstMasteringBase *self, gpointer processor);

};

/* The caps of now; valid in check (out only if it differs), make, set_params, message. Streaming thread. */
const GstAudioInfo *gst_mastering_base_in_info (GstMasteringBase *self);
const GstAudioInfo *gst_mastering_base_out_info (GstMasteringBase *self);
/* How many planes of key a processor made now will hear: none, or one a channel. In make. */
guint gst_mastering_base_n_keys (GstMasteringBase *self);
/* How many frames went in since the anchor, and the time of the one that comes next (NONE before the first). Streaming thread. */
guint64 gst_mastering_base_now (GstMasteringBase *self, GstClockTime *pts);

/* class_init of the subclass, last: installs the chosen common properties. */
void gst_mastering_base_class_install_common (GstMasteringBaseClass *klass, GstMasteringCommon which);
/* From the subclass's set_property / get_property, in `default:`. FALSE if the id is not a common one. */
gboolean gst_mastering_base_set_common (GstMasteringBase *self, guint id, const GValue *value);
gboolean gst_mastering_base_get_common (GstMasteringBase *self, guint id, GValue *value);

/* From property setters, after the value is stored under the object lock; any thread.
 * params: set_params () runs before the next buffer. structure: a new processor is made before the next buffer, run from the
 * kept history beside the old one, and cross-faded in over 10 ms; a changed latency is announced afterwards. */
void gst_mastering_base_params_changed (GstMasteringBase *self);
void gst_mastering_base_structure_changed (GstMasteringBase *self);

/* Objects whose control bindings are read with the element's (bands). The base keeps no reference: the subclass calls it again,
 * under the object lock, whenever its children change. */
void gst_mastering_base_set_children (GstMasteringBase *self, GObject *const *children, guint n_children);

G_END_DECLS
