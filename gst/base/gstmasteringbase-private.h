/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between gstmasteringbase.c (what GStreamer asks: properties, caps, events, queries) and the files that do it (what happens
 * to the audio). Streaming thread unless a field says otherwise. */
#pragma once

#include "gstmasteringbase.h"
#include "gstmasteringbuffers.h"
#include "gstmasteringflow.h"
#include "gstmasteringinterval.h"
#include "gstmasteringsidechain.h"
#include "gstmasteringtime.h"

#define GST_CAT_DEFAULT gst_mastering_base_debug
GST_DEBUG_CATEGORY_EXTERN (gst_mastering_base_debug);

typedef struct
{
  /* set by any thread */
  gint params_dirty, structure_dirty;   /* atomic */
  gboolean bypass;              /* object lock */
  gboolean post_messages;       /* object lock */
  GstClockTime interval;        /* object lock, ns */
  GObject *const *children;     /* object lock */
  guint n_children;             /* object lock */
  guint64 latency;              /* object lock, ns; 0 before caps */
  guint64 invalid_samples;      /* object lock */
  guint64 missed_key_frames;    /* object lock */
  GstMasteringSidechain *sidechain;     /* atomic; NULL until its pad was asked for, then to the end */

  /* the stream */
  gboolean has_flow;            /* caps are known and a processor stands */
  GstAudioInfo in_info, out_info;
  guint n_keys;                 /* planes of key: as many as channels once there is a sidechain, else 0 */
  MstFormat in_format, out_format;
  GstMasteringFlow flow;
  GstMasteringTime time;
  gboolean needs_reset;         /* before the next frame: what was held has been drained */
  gboolean is_discont;          /* the next output follows a gap found by its time */
  GstClockTime continues_at;    /* running time of the next frame if a new segment continues, else NONE */
  MstRing *spill;               /* output beyond the input buffer's length, when a shorter delay was faded in */
  guint64 spilled, unspilled;   /* frames ever put into and taken from spill */
  GQueue held_metas;

  /* messages */
  gboolean has_messages;        /* the class wants them */
  gboolean is_posting;
  GstMasteringInterval clock;
  GstClockTime stream_start;    /* time of the first frame since restart, or NONE: nothing heard yet */
  guint64 stream_frames;        /* emitted since restart */
  gboolean has_warned_invalid;
} GstMasteringBasePrivate;

GstMasteringBasePrivate *gst_mastering_base_private (GstMasteringBase *self);

#define gst_mastering_class(self) GST_MASTERING_BASE_GET_CLASS (self)

/* --- gstmasteringcontrol.c: what is set and what is told --- */

/* Once, in class_init. */
void gst_mastering_control_init (void);
/* An element error with @text, the element's name before it; FALSE. */
gboolean gst_mastering_fail (GstMasteringBase *self, const gchar *text);
/* A processor for the properties of now, or NULL after an element error. */
gpointer gst_mastering_make (GstMasteringBase *self);
/* bypass, post-messages, interval. */
void gst_mastering_take_common (GstMasteringBase *self);
/* What the application set since the last buffer takes effect at the next frame. FALSE after an element error. */
gboolean gst_mastering_take_changes (GstMasteringBase *self);
/* The part of it that needs a new processor, unless the change before is still under way: then it waits for its end, a frame that
 * no buffer size decides. */
gboolean gst_mastering_take_structure (GstMasteringBase *self);
/* Whether there is a key, from now on: before a processor is made for it. */
void gst_mastering_take_sidechain (GstMasteringBase *self);
gboolean gst_mastering_has_bindings (GstMasteringBase *self);
/* At a grid point: values of the point after it, reached in a straight line. */
void gst_mastering_take_automation (GstMasteringBase *self);
/* After frames have left: messages due, a new latency. */
void gst_mastering_after_feed (GstMasteringBase *self, gboolean was_changing);
/* Frames until an interval ends with the frames now going in; at least 1. */
gsize gst_mastering_until_interval (GstMasteringBase *self);
void gst_mastering_publish_latency (GstMasteringBase *self);
void gst_mastering_post (GstMasteringBase *self, GstClockTime start, GstClockTime end, gboolean final);
/* The interval so far, if it has any frames. */
void gst_mastering_post_interval (GstMasteringBase *self);

/* --- gstmasteringstream.c: one buffer through the processor --- */

void gst_mastering_writer_for (GstMasteringBase *self, GstMasteringWriter *writer, GstMasteringMap *to, gsize capacity);
/* Time, offset and metas of an output buffer that begins with signal frame @first. */
void gst_mastering_stamp (GstMasteringBase *self, GstBuffer *buffer, guint64 first, gsize n_frames);
void gst_mastering_count_output (GstMasteringBase *self, guint64 first, gsize n_frames);
void gst_mastering_set_flag (GstBuffer *buffer, GstBufferFlags flag, gboolean is_set);

/* --- gstmasteringends.c: where streams begin, break and end --- */

/* Whether the buffer at @pts follows what came before; if not, drains and starts afresh. Then notes its time. */
GstFlowReturn gst_mastering_stream_follow (GstMasteringBase *self, GstClockTime pts, guint64 offset, gboolean is_discont);

/* Builds the processor for in_info and out_info. FALSE after an element error. */
gboolean gst_mastering_stream_configure (GstMasteringBase *self);
/* Drops everything and the caps. */
void gst_mastering_stream_clear (GstMasteringBase *self);
/* Pushes what is held. The next frame starts afresh if anything was. */
GstFlowReturn gst_mastering_stream_drain (GstMasteringBase *self);
/* Drains and posts the last messages of the stream, if it had any audio. */
GstFlowReturn gst_mastering_stream_end (GstMasteringBase *self);
/* Discards what is held (flush). */
void gst_mastering_stream_flush (GstMasteringBase *self);
/* One input buffer (owned); *out is what may leave now, or NULL. */
GstFlowReturn gst_mastering_stream_process (GstMasteringBase *self, GstBuffer *in, GstBuffer **out);
/* Frames left over after process (), or NULL. */
GstBuffer *gst_mastering_stream_take_spill (GstMasteringBase *self);
/* Silence of @duration from @pts, processed and pushed. */
GstFlowReturn gst_mastering_stream_gap (GstMasteringBase *self, GstClockTime pts, GstClockTime duration);
