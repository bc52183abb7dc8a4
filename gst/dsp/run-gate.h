/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A gate that is open while every frame belongs to a class (silent, on the grid), shuts at the first that does not,
 * and opens again after @hold frames that do. Open at the start. To the frame, whatever the cut. */
#pragma once

#include <stddef.h>

typedef struct
{
  size_t hold;
  size_t run;                   /* frames in a row, up to hold; hold = open */
} MstRunGate;

static inline void
mst_run_gate_reset (MstRunGate *g)
{
  g->run = g->hold;
}

/* The next @n frames, n < hold, of which @first is the first and @last the last outside the class (n if none).
 * The gate is open in [*open, *shut); nowhere if open >= shut. */
static inline void
mst_run_gate_advance (MstRunGate *g, size_t n, size_t first, size_t last, size_t *open, size_t *shut)
{
  *open = g->hold - g->run;
  *shut = first;
  if (first < n)
    g->run = n - 1 - last;
  else
    g->run = g->hold - g->run > n ? g->run + n : g->hold;
}
