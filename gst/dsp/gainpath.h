/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the gain that each cell of frames may have at most to the gain it gets: lowest of the look-ahead and
 * what is held (limiterhold.h), release (optional, limiterrelease.h), three boxes (boxcascade.h).
 *     gain = boxes (release (lowest, held)),   look-ahead `span` - 1 frames
 * The lowest is that of MST_GAINPATH_CELLS cells: the gain of frame n - span + 1 is at most what the cells of
 * frames n - span and n - span + 1 allow, both intervals that touch a sample hold it down. 1 everywhere gives
 * exactly 1. */
#pragma once

#include <stddef.h>

#include "limiterrelease.h"

typedef struct _MstGainPath MstGainPath;

/* Cells a window needs so that the promise above holds; a longer one holds tones down. */
#define MST_GAINPATH_CELLS(span, cell_frames) (((span) + (cell_frames) - 1) / (cell_frames) + 1)

MstGainPath *mst_gainpath_new (size_t span, size_t cell_frames, size_t max_window);
void mst_gainpath_free (MstGainPath *);
void mst_gainpath_reset (MstGainPath *);
void mst_gainpath_copy (MstGainPath *to, const MstGainPath *from);
/* Whether all that it still knows is 1: it gives 1 until a cell below 1 comes, and cells of 1 need not be pushed. */
int mst_gainpath_is_resting (const MstGainPath *);
/* The gain that the newest cell required, before it is released. */
double mst_gainpath_required (const MstGainPath *);
/* One cell more, that may have @allowed at most: what it gets. @release may be NULL. */
double mst_gainpath_push (MstGainPath *, const MstLimiterRelease *release, size_t window, double allowed);
/* Those targets smoothed, gain[] gets n_cells * cell_frames. Nonzero if any gain is below 1. */
int mst_gainpath_smooth (MstGainPath *, const double *targets, size_t n_cells, double *gain);
