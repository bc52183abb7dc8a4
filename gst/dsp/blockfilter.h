/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A linear filter four frames at a time. With states s at the first of four frames x0 … x3
 *     y = sum_i y_x[i] x_i + sum_k y_s[k] s_k,     s <- sum_i s_x[i] x_i + sum_k s_s[k] s_k
 * and every sum runs over vectors, so that the path from state to state is as long for four frames as it was for one.
 * Output j hangs on inputs 0 … j only: a group whose end is not there yet is filled up with zeros, its first outputs are right
 * to the bit, and it is done again when the rest has come. Rounding differs from the filter itself by some 1e-16.
 * Barnes, Shinnaka: Block-Shift Invariance and Block Implementation of Discrete-Time Filters, IEEE Trans. CAS 27(8), 1980. */
#pragma once

#define MST_BLOCK_FILTER_FRAMES 4
#define MST_BLOCK_FILTER_STATES 8       /* at most; unused ones stay 0 */

typedef struct
{
  double y_x[MST_BLOCK_FILTER_FRAMES][MST_BLOCK_FILTER_FRAMES];
  double y_s[MST_BLOCK_FILTER_STATES][MST_BLOCK_FILTER_FRAMES];
  double s_x[MST_BLOCK_FILTER_FRAMES][MST_BLOCK_FILTER_STATES];
  double s_s[MST_BLOCK_FILTER_STATES][MST_BLOCK_FILTER_STATES];
} MstBlockFilter;

/* One frame of the filter itself: @x in, state moved on, output returned. */
typedef double (*MstBlockFilterStep) (const void *filter, double state[MST_BLOCK_FILTER_STATES], double x);

void mst_block_filter_design (MstBlockFilter *block, MstBlockFilterStep step, const void *filter);
