/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small shared code around audio buffers: formats, filling a buffer with frames as they come, metas that follow their frame. */
#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>

#include "planar.h"
#include "ring.h"

/* FALSE if dsp/planar.h does not have it. */
gboolean gst_mastering_format (const GstAudioInfo *info, MstFormat *format);

/* A new buffer of @n_frames of @info, with the audio meta that planar layouts need. */
GstBuffer *gst_mastering_buffer_new (const GstAudioInfo *info, gsize n_frames);
/* Cut @buffer (writable) to its first @n_frames. */
GstBuffer *gst_mastering_buffer_truncate (GstBuffer *buffer, const GstAudioInfo *info, gsize n_frames);

/* The samples of a buffer, which must be writable where they are to be written. GstAudioBuffer copies the whole of @info each time, so it is
 * left to planar layouts; a buffer of one memory is not searched for more. */
typedef struct
{
  gpointer *planes;             /* one a channel, or one for all */
  gpointer only;
  gboolean is_planar;
  GstBuffer *buffer;
  GstMemory *memory;            /* mapped alone, or NULL */
  GstMapInfo map;
  GstAudioBuffer audio;
} GstMasteringMap;

gboolean gst_mastering_map (GstMasteringMap *map, const GstAudioInfo *info, GstBuffer *buffer, GstMapFlags flags);
void gst_mastering_unmap (GstMasteringMap *map);

/* Puts frames into mapped memory, in order, and keeps what does not fit yet in a spill ring. */
typedef struct
{
  MstFormat format;
  gboolean is_planar;
  guint n_channels;
  gpointer *planes;             /* of the mapped memory */
  gsize capacity, written;      /* frames; capacity may grow: in place, what is not read yet must not be overwritten */
  MstRing **spill;              /* there is one whenever something can spill */
  guint64 *spilled, *unspilled; /* frames ever put into and taken from spill */
  gdouble **scratch;            /* planes of GST_MASTERING_BLOCK frames */
  gboolean is_zero;             /* every frame written was digital silence */
} GstMasteringWriter;

/* A GstMasteringEmit; @user is a GstMasteringWriter. */
void gst_mastering_writer_emit (gpointer user, gdouble *const *planes, gsize n_frames);

/* All metas of @from except GstAudioMeta, copied to @to (writable). */
void gst_mastering_copy_metas (GstBuffer *from, GstBuffer *to);

/* Metas of held frames: taken off an input buffer, given to the output buffer that holds the frame it began with. */
void gst_mastering_metas_hold (GQueue *held, GstBuffer *buffer, guint64 first_frame);
void gst_mastering_metas_release (GQueue *held, GstBuffer *buffer, guint64 end_frame);
void gst_mastering_metas_clear (GQueue *held);
