/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A second sink pad, "sidechain", on request: another stream for an element's detectors to hear, the key.
 *
 * The key's frames are aligned with the input's by running time: either stream's place is round (running time * rate) at its first
 * frame, counted on from there, and taken anew where DISCONT says so or where its timestamps leave the count by more than 2 ms.
 * The processor gets the key as further planes behind the input's, one a channel of the input; a mono key is the same in all.
 *
 * The input waits for its key. A frame has no key, that is silence, where the key's timestamps leave it out, in its GAPs, before its
 * segment, after its EOS or SEGMENT_DONE, and while nothing is linked to the pad; never because time has passed, so that the output
 * is a function of both streams. Two exceptions, both counted ("missed-key-frames"):
 *   live (the LATENCY query says so): no longer than the latency that is reported, which is the greater of both and 20 ms;
 *   else: when nothing at all has come for 5 s a warning says what to do, and the key is silence until it is flushed or begins anew.
 * A second of key is kept ahead of the input; then its pad waits.
 *
 * Threads: the key's own (events, buffers), the input's (follow, read), the application's (request, release, state). One lock. */
#pragma once

#include "gstmasteringbase.h"

G_BEGIN_DECLS

typedef struct _GstMasteringSidechain GstMasteringSidechain;

/* From class_init of an element that has one: the pad template and what serves it. */
void gst_mastering_sidechain_install (GstMasteringBaseClass *klass);

/* --- for the base -------------------------------------------------------------------------------------------- */

void gst_mastering_sidechain_free (GstMasteringSidechain *sc);
/* New caps of the input. */
void gst_mastering_sidechain_set_input (GstMasteringSidechain *sc, const GstAudioInfo *info);
/* A buffer of the input begins. */
void gst_mastering_sidechain_follow (GstMasteringSidechain *sc, const GstSegment *segment, GstClockTime pts, gboolean is_discont);
/* The key of the next @n_frames of the input. Adds to what was NaN or infinite, in samples, and to what came too late, in frames.
 * NULL, or why the key cannot be used (g_malloc'ed). */
gchar *gst_mastering_sidechain_read (GstMasteringSidechain *sc, gdouble *const *planes, gsize n_frames, gsize *n_invalid, gsize *n_missed);
/* An event of the input has come; before it is acted on. */
void gst_mastering_sidechain_input_event (GstMasteringSidechain *sc, GstEvent *event);
/* Makes a LATENCY query, answered for the input, true for both. */
void gst_mastering_sidechain_fold_latency (GstMasteringSidechain *sc, GstQuery *query);

G_END_DECLS
