/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lowest of the last `window` values pushed, exact, and of the last `brief` of them: a queue of the values
 * that can still become the minimum, rising from front to back. One push costs three comparisons on
 * average, `window` at worst. The window may change from push to push; growing it does not bring back what
 * has left. D. Lemire, Streaming maximum-minimum filter, Nordic J. Computing 13(4), 2006. */
#pragma once

#include <stddef.h>

typedef struct _MstSlidingMin MstSlidingMin;

MstSlidingMin *mst_slidingmin_new (size_t max_window, size_t brief);    /* 1 <= brief; NULL without memory */
void mst_slidingmin_free (MstSlidingMin *);
/* As if only 1.0 had ever been pushed. */
void mst_slidingmin_reset (MstSlidingMin *);
void mst_slidingmin_copy (MstSlidingMin *to, const MstSlidingMin *from);        /* of the same size */
/* @value <= 1; brief <= window <= max_window. Before the first push everything was 1.0. */
double mst_slidingmin_push (MstSlidingMin *, double value, size_t window, double *of_brief);
