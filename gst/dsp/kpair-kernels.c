/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kpair.h"

#include "blockfilter-kernel.h"

#include <math.h>

#ifdef __AVX2__
#define FOUR_MAX(a, b) mst_max_v4d (a, b)
#else
#define FOUR_MAX(a, b) ((MstFour) { fmax (a[0], b[0]), fmax (a[1], b[1]), fmax (a[2], b[2]), fmax (a[3], b[3]) })
#endif

typedef struct
{
  MstFour state[2], weighted, plain, top;
} Channel;

MST_VEC void
load (Channel *ch, const double state[MST_BLOCK_FILTER_STATES], const MstPairSums *sums, int c)
{
  memcpy (ch->state, state, sizeof ch->state);
  mst_four_load (&ch->weighted, sums->weighted[c]);
  mst_four_load (&ch->plain, sums->plain[c]);
  mst_four_load (&ch->top, sums->top[c]);
}

MST_VEC void
store (const Channel *ch, double state[MST_BLOCK_FILTER_STATES], MstPairSums *sums, int c)
{
  memcpy (state, ch->state, sizeof ch->state);
  memcpy (sums->weighted[c], &ch->weighted, sizeof ch->weighted);
  memcpy (sums->plain[c], &ch->plain, sizeof ch->plain);
  memcpy (sums->top[c], &ch->top, sizeof ch->top);
}

MST_VEC void
add_group (Channel *ch, const MstBlockFilter *f, const unsigned n_states, const double *in)
{
  MstFour x, y;
  mst_four_load (&x, in);
  mst_block_filter_run (f, n_states, ch->state, in, &y);
  const MstFour square = x * x;
  ch->weighted = MST_FOUR_FMA (y, y, ch->weighted);
  ch->plain += square;
  ch->top = FOUR_MAX (ch->top, square);
}

/* @n_states is a constant where this is inlined, so that all stays in registers. */
MST_VEC void
run (const MstBlockFilter *f, const unsigned n_states, double state[2][MST_BLOCK_FILTER_STATES], MstPairSums *sums,
    const double *const in[2], size_t n_groups)
{
  const double *first = in[0], *second = in[1];
  Channel a, b;
  MstFour cross;

  load (&a, state[0], sums, 0);
  load (&b, state[1], sums, 1);
  mst_four_load (&cross, sums->cross);
  for (size_t i = 0; i < 4 * n_groups; i += 4) {
    MstFour x, y;
    add_group (&a, f, n_states, first + i);
    add_group (&b, f, n_states, second + i);
    mst_four_load (&x, first + i);
    mst_four_load (&y, second + i);
    cross = MST_FOUR_FMA (x, y, cross);
  }
  store (&a, state[0], sums, 0);
  store (&b, state[1], sums, 1);
  memcpy (sums->cross, &cross, sizeof cross);
}

static void
run_groups (const MstKWeight *k, double state[2][MST_BLOCK_FILTER_STATES], MstPairSums *sums, const double *const in[2],
    size_t n_groups)
{
  if (k->n_sections == 2)
    run (&k->block, 4, state, sums, in, n_groups);
  else
    run (&k->block, 6, state, sums, in, n_groups);
}

/* Frames of a group that is begun or not there as a whole: each counts in its own place, once. */
static void
run_part (const MstKWeight *k, MstPairState *p, MstPairSums *sums, const double *const in[2], size_t n)
{
  const unsigned from = p->n_open, to = from + (unsigned) n;
  const double *const open[2] = { p->open[0], p->open[1] };
  double after[2][MST_BLOCK_FILTER_STATES];
  MstPairSums with = *sums;

  for (int c = 0; c < 2; c++)
    memcpy (p->open[c] + from, in[c], n * sizeof (double));
  memcpy (after, p->state, sizeof after);
  run_groups (k, after, &with, open, 1);
  for (unsigned j = from; j < to; j++) {
    for (int c = 0; c < 2; c++) {
      sums->weighted[c][j] = with.weighted[c][j];
      sums->plain[c][j] = with.plain[c][j];
      sums->top[c][j] = with.top[c][j];
    }
    sums->cross[j] = with.cross[j];
  }
  p->n_open = to % 4;
  if (p->n_open == 0) {
    memcpy (p->state, after, sizeof after);
    memset (p->open, 0, sizeof p->open);
  }
}

static void
process (const MstKWeight *k, MstPairState *p, MstPairSums *sums, const double *a, const double *b, size_t n)
{
  if (p->n_open > 0) {
    const size_t part = n < 4 - p->n_open ? n : 4 - p->n_open;
    run_part (k, p, sums, (const double *const[2]) { a, b }, part);
    a += part, b += part, n -= part;
  }
  run_groups (k, p->state, sums, (const double *const[2]) { a, b }, n / 4);
  if (n % 4 > 0)
    run_part (k, p, sums, (const double *const[2]) { a + n - n % 4, b + n - n % 4 }, n % 4);
}

const MstKPairKernels MST_KERNEL (mst_kpair_kernels) = { process };
