/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between gstmasteringbase.c (what GStreamer asks: properties, caps, events, queries) and gstmasteringstream.c (what happens
 * to the audio). Streaming thread unless a field says otherwise. */
#pragma once

#include "gstmasteringbase.h"
#include "gstmasteringbuffers.h"
#include "gstmasteringflow.h"
#include "gstmasteringinterval.h"
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

  /* the stream */
  gboolean has_flow;            /* caps are known and a processor stands */
  GstAudioInfo in_info, out_info;
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
