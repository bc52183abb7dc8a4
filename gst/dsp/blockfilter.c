/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "blockfilter.h"

#include <string.h>

#define FRAMES MST_BLOCK_FILTER_FRAMES
#define STATES MST_BLOCK_FILTER_STATES

/* The filter is linear: its answers to one state, or to one input, of 1 are the columns. */
void
mst_block_filter_design (MstBlockFilter *block, MstBlockFilterStep step, const void *filter)
{
  memset (block, 0, sizeof *block);
  for (int k = 0; k < STATES; k++) {
    block->s_s[k][k] = 1.0;
    for (int j = 0; j < FRAMES; j++)
      block->y_s[k][j] = step (filter, block->s_s[k], 0.0);
  }
  for (int i = 0; i < FRAMES; i++)
    for (int j = i; j < FRAMES; j++)
      block->y_x[i][j] = step (filter, block->s_x[i], j == i);
}
