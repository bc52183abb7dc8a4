/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between gstmasteringsidechain.c (what the input asks: the key of its frames) and gstmasteringsidechainpad.c (what comes to the pad). */
#pragma once

#include "gstmasteringbase-private.h"

/* Where a stream is: frames of the running time */
typedef struct
{
  gint64 next;
  gboolean is_known;
} GstMasteringPlace;

typedef struct
{
  GstAudioInfo info;
  MstFormat format;
} GstMasteringKeyFormat;

/* Some of the key that has come. Without a buffer: silence, counted in ns */
typedef struct
{
  gint64 start, n_frames;
  gint rate;
  GstBuffer *buffer;
  GstMasteringKeyFormat *format;            /* of the buffer; a reference */
} GstMasteringPiece;

struct _GstMasteringSidechain
{
  GstMasteringBase *owner;

  /* the key's thread */
  GstSegment segment;
  GstMasteringKeyFormat *format;            /* NULL before caps */
  GstMasteringPlace key;

  /* the input's thread */
  GstMasteringPlace input;

  GMutex lock;
  GCond changed;
  GstPad *pad;                  /* NULL: released */
  gint rate, n_channels;        /* of the input; 0 before its caps */
  GstQueueArray *pieces;
  GstClockTime ahead;           /* duration of the pieces */
  GstAudioBuffer map;           /* of the first piece */
  gboolean is_mapped;
  guint64 n_arrivals;           /* of anything */
  GstClockTime segment_start;   /* running time; NONE: not known yet */
  gboolean is_running;          /* PAUSED or PLAYING */
  gboolean is_ended, is_key_flushing, is_flushing, is_resting, has_given_up;
  gboolean is_latency_known, is_live;
  GstClockTime latency;
};

/* A buffer with @pts begins: where, at @rate */
void gst_mastering_place_follow (GstMasteringPlace *place, const GstSegment *segment, GstClockTime pts, gint rate, gboolean is_discont);

/* With the lock. Something has changed that others may wait for */
void gst_mastering_sidechain_tell (GstMasteringSidechain *sc);
void gst_mastering_sidechain_drop_all (GstMasteringSidechain *sc);
