/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way of the samples through a processor, in frames counted from the anchor and without buffers or clocks:
 * look-ahead held back and drained, bypass, and the change from one processor to another while audio flows.
 *
 * Signal time is the frame's own number. Input frame f leaves as output frame f, some calls later. Frames out = frames in.
 * Bypass: cross-fade of 10 ms in signal time with the input of the same frame, starting at the frame that came next
 * when it was set. Change of processor: the new one first hears the kept history, then both hear the input; output frames
 * before the change come from the old one, then a linear cross-fade of 10 ms, then the new one. Where the new delay is longer output
 * pauses, where it is shorter the difference leaves at once. */
#pragma once

#include "gstmasteringbase.h"
#include "ring.h"

/* The longest block given to a processor: planes of it stay in L1. */
#define GST_MASTERING_BLOCK 512
#define GST_MASTERING_MAX_TOGGLES 16

/* Takes output frames in order; may be called several times a feed (). */
typedef void (*GstMasteringEmit) (gpointer user, gdouble *const *planes, gsize n_frames);

typedef struct
{
  GstMasteringBaseClass *klass;
  guint n_channels;             /* heard and emitted */
  guint n_planes;               /* those and, behind them, the key's: what a processor hears besides the input */
  gsize fade_frames;

  gpointer now;                 /* the processor heard; owned */
  gsize now_delay;
  gpointer next;                /* being faded in, or NULL; owned */
  gsize next_delay;
  guint64 fade_start;           /* signal frame where the fade from now to next begins */

  guint64 in;                   /* frames fed since the anchor */
  guint64 out;                  /* frames emitted */
  guint64 end;                  /* frames there are in all: known while draining, else G_MAXUINT64 */

  gboolean is_bypassed;         /* what was set last */
  gsize dry;                    /* of fade_frames: share of the dry signal at frame out */
  gsize dry_target;             /* where dry goes at frame out: 0 or fade_frames */
  struct
  {
    guint64 frame;
    gsize target;
  } toggles[GST_MASTERING_MAX_TOGGLES]; /* to come, oldest first */
  guint n_toggles;

  MstRing *history;             /* the input; NULL where the class knows no delay */
  MstRing *from_now, *from_next;        /* outputs while next is being faded in */
  gdouble *memory;
  gdouble **block, **mix, **shifted;    /* planes of GST_MASTERING_BLOCK frames; shifted: pointers only */
} GstMasteringFlow;

/* Takes @processor. Starts at frame 0, at rest. */
void gst_mastering_flow_init (GstMasteringFlow *flow, GstMasteringBaseClass *klass, gpointer processor,
    gdouble rate, guint n_channels, guint n_planes, gboolean is_bypassed);
/* From the next frame on there are @n_planes, silent so far; not while a change is under way. */
void gst_mastering_flow_widen (GstMasteringFlow *flow, gdouble rate, guint n_planes);
void gst_mastering_flow_clear (GstMasteringFlow *flow);
/* Forgets all audio; frame 0 is next. A change under way is completed. */
void gst_mastering_flow_reset (GstMasteringFlow *flow);

/* Planes to fill (for @n_frames <= GST_MASTERING_BLOCK) before feed (). */
gdouble *const *gst_mastering_flow_block (GstMasteringFlow *flow);
void gst_mastering_flow_feed (GstMasteringFlow *flow, gsize n_frames, GstMasteringEmit emit, gpointer user);
/* As feed () for up to @n_frames between interleaved formats (see process_packed), if nothing but a processor without delay has to hear them. How
 * many were done, possibly none. */
gsize gst_mastering_flow_feed_packed (GstMasteringFlow *flow, gconstpointer from, gpointer to, gsize n_frames);
/* Feed silence until all held frames, or @max of them, are out. Returns how many are still held. */
gsize gst_mastering_flow_drain (GstMasteringFlow *flow, gsize max, GstMasteringEmit emit, gpointer user);

gsize gst_mastering_flow_delay (const GstMasteringFlow *flow);
gsize gst_mastering_flow_held (const GstMasteringFlow *flow);
/* The processor that parameters and messages concern: the one being faded in, if any. */
gpointer gst_mastering_flow_processor (const GstMasteringFlow *flow);

void gst_mastering_flow_set_bypass (GstMasteringFlow *flow, gboolean is_bypassed);
gboolean gst_mastering_flow_is_changing (const GstMasteringFlow *flow);
/* While a change is under way: how many frames more until it is over; at least 1. */
gsize gst_mastering_flow_until_changed (const GstMasteringFlow *flow);
/* Takes @processor and fades it in from the next frame on; not while a change is under way. */
void gst_mastering_flow_change (GstMasteringFlow *flow, gpointer processor, gdouble rate);
