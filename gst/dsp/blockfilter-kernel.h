/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The four frames of blockfilter.h, for kernel files: vectors of 32 bytes, which the compiler halves where there are none. */
#pragma once

#include "blockfilter.h"
#include "vec.h"

typedef double MstFour __attribute__ ((vector_size (32)));

#ifdef __FMA__
#define MST_FOUR_FMA(a, b, c) mst_fma_v4d (a, b, c)
#else
#define MST_FOUR_FMA(a, b, c) ((a) * (b) + (c))
#endif
#define MST_FOUR(x) ((MstFour) { x, x, x, x })

MST_VEC void
mst_four_load (MstFour *v, const double *p)
{
  memcpy (v, p, sizeof *v);
}

/* y and the states after it. @n_states: 2, 4 or 6, constant where this is inlined; @state is one vector, or two above 4. */
MST_VEC void
mst_block_filter_run (const MstBlockFilter *f, const unsigned n_states, MstFour *state, const double x[4], MstFour *y)
{
  const unsigned n_vectors = (n_states + 3) / 4;
  MstFour in[4], column, old[2], sum[2][2];

  for (unsigned i = 0; i < 4; i++)
    in[i] = MST_FOUR (x[i]);
  for (unsigned v = 0; v < n_vectors; v++)
    old[v] = state[v];
  /* inputs first: they are there while the states before are still on their way */
  mst_four_load (&column, f->y_x[0]);
  MstFour out[2] = { column * in[0], MST_FOUR (0.0) };
  for (unsigned i = 1; i < 4; i++) {
    mst_four_load (&column, f->y_x[i]);
    out[0] = MST_FOUR_FMA (column, in[i], out[0]);
  }
  for (unsigned v = 0; v < n_vectors; v++) {
    mst_four_load (&column, f->s_x[0] + 4 * v);
    sum[v][0] = column * in[0];
    sum[v][1] = MST_FOUR (0.0);
    for (unsigned i = 1; i < 4; i++) {
      mst_four_load (&column, f->s_x[i] + 4 * v);
      sum[v][0] = MST_FOUR_FMA (column, in[i], sum[v][0]);
    }
  }
  for (unsigned k = 0; k < n_states; k++) {
    const MstFour s = MST_FOUR (old[k / 4][k % 4]);
    mst_four_load (&column, f->y_s[k]);
    out[k % 2] = k == 1 ? column * s : MST_FOUR_FMA (column, s, out[k % 2]);
    for (unsigned v = 0; v < n_vectors; v++) {
      mst_four_load (&column, f->s_s[k] + 4 * v);
      sum[v][k % 2] = k == 1 ? column * s : MST_FOUR_FMA (column, s, sum[v][k % 2]);
    }
  }
  *y = out[0] + out[1];
  for (unsigned v = 0; v < n_vectors; v++)
    state[v] = sum[v][0] + sum[v][1];
}
