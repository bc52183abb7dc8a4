/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames through an element in a GstHarness, in any format, layout and cut, with everything that comes out collected
 * and its times looked at. Samples are interleaved doubles; F32 input is rounded to float first. */
#pragma once

#include <gst/audio/audio.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

/* For claims about every sample: fail_unless () tells the test runner of each one that holds, by a system call. */
#define rig_assert(...) rig_assert_ (__VA_ARGS__, "")
#define rig_assert_(claim, ...) do { if (G_UNLIKELY (!(claim))) fail_unless (claim, "" __VA_ARGS__); } while (0)

typedef struct
{
  GstHarness *h;
  GstElement *element;          /* the one under test: named "e", or the only one */
  GstAudioInfo info;            /* of the input */
  GstAudioInfo out_info;        /* of what was collected last */
  guint64 pushed;               /* frames */
  GstClockTime base_pts;        /* time of frame 0 of what is pushed next without a time of its own */
  GArray *out;                  /* gdouble, interleaved */
  GArray *pts;                  /* GstClockTime of each output buffer */
  GArray *first;                /* guint64: output frame each buffer began with */
  guint n_discont;              /* output buffers with DISCONT */
  guint n_gap;                  /* output buffers with GAP */
  guint n_buffers;
  guint64 most_held;            /* frames, after any push */
  gboolean is_contiguous;       /* every buffer began where the one before it ended, and offsets and durations agree */
} Rig;

/* @format "F32LE"…; @segment_start_pts is where the segment begins. */
Rig *rig_new (const gchar *launch, const gchar *format, gboolean is_planar, gint rate, gint channels);
/* New caps in mid-stream. */
void rig_caps (Rig *rig, const gchar *format, gboolean is_planar, gint rate, gint channels);
/* @x NULL: silence. @pts NONE: follows. Returns the flow. */
GstFlowReturn rig_push_full (Rig *rig, const gdouble *x, gsize n_frames, GstClockTime pts, GstBufferFlags flags);
void rig_push (Rig *rig, const gdouble *x, gsize n_frames);
/* In pieces of @cut frames; @cut 0: random ones up to 3000 by @seed. */
void rig_push_cut (Rig *rig, const gdouble *x, gsize n_frames, gsize cut, guint32 seed);
/* Everything that leaves is seen as it leaves; this only drops the harness's own queue. */
void rig_collect (Rig *rig);
void rig_eos (Rig *rig);
gsize rig_frames (const Rig *rig);
gdouble rig_sample (const Rig *rig, gsize frame, guint channel);
void rig_set (Rig *rig, const gchar *property, const gchar *value);
/* Next element message named @name on the bus (owned), or NULL. */
GstStructure *rig_message (Rig *rig, const gchar *name);
void rig_free (Rig *rig);

/* Reproducible uniform noise in ±@amplitude, rounded to float. g_free (). */
gdouble *rig_noise (gsize n_frames, guint channels, gdouble amplitude, guint32 seed);

/* The element and its first two bands; unref the array. */
GPtrArray *rig_objects (GstElement *element);
/* Sets one property of one of them to some value it may have, as a user turns a knob; @is_stereo: bands on one side may be asked for. */
void rig_set_random (GstElement *element, GRand *rand, gboolean is_stereo);
