/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Look-ahead of a compressor: the audio comes @delay frames late, and of the detector's power the highest of the last
 * @delay + 1 frames, so that the gain has begun to fall when a peak comes and stays until it has gone.
 * Sliding maximum in two comparisons a frame (van Herk 1992, Gil and Werman 1993): the highest of what is left of the last
 * block of @delay + 1 and of what has come of this one; exact. */
#pragma once

#include <stddef.h>

typedef struct _MstLookahead MstLookahead;

/* @delay: at least 1. NULL without memory */
MstLookahead *mst_lookahead_new (unsigned n_signals, size_t delay);
/* In place, by signal */
void mst_lookahead_process (MstLookahead *, double *const *audio, float *const *power, size_t n_frames);
void mst_lookahead_reset (MstLookahead *);
void mst_lookahead_free (MstLookahead *);
