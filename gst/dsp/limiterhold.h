/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a limiter's gain stays down. a: the gain a cell may have at most (linear, <= 1), m[n] the lowest a of
 * the last `window` cells (w), b[n] that of the last `brief` ones, which the look-ahead needs in any case:
 *     d = max over k = 0, 1 of |m[n - k w] - 2 m[n - (k+1) w] + m[n - (k+2) w]| / m[n],  in dB (8.686 d)
 *     h = 1 - (1 - m) s(d),   s = 1 up to 0.25 dB, 0 from 0.5 dB on, a smooth step between
 * b must be kept; h is what it should not rise above: the lowest of the whole window, but only while that has
 * been the same, or has moved evenly, for four windows. So a tone with half a period of up to a window gets
 * a gain that does not move at all, also while it fades, and one peak, or peaks that have nothing to do with
 * each other, hold nothing down. After `max_window` cells of 1 what was before is forgotten. */
#pragma once

#include <stddef.h>

typedef struct _MstLimiterHold MstLimiterHold;

MstLimiterHold *mst_limiterhold_new (size_t max_window, size_t brief);  /* NULL without memory */
void mst_limiterhold_free (MstLimiterHold *);
void mst_limiterhold_reset (MstLimiterHold *);  /* as if only 1 had ever been pushed */
void mst_limiterhold_copy (MstLimiterHold *to, const MstLimiterHold *from);     /* of the same size */
/* Whether all that it still knows is 1; further cells of 1 need not be pushed then. */
int mst_limiterhold_is_resting (const MstLimiterHold *);
/* One cell more: b, and h to *hold. brief <= window <= max_window; with window == brief nothing is held. */
double mst_limiterhold_push (MstLimiterHold *, double allowed, size_t window, double *hold);
