/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kpair.h"

#ifdef __AVX2__
#include "blockfilter-kernel.h"

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
  ch->top = mst_max_v4d (ch->top, square);
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

#else
#include "vec.h"

/* In two lanes, without fused products, four frames at a time would be four times as dear as one after the other: both channels
 * side by side through the sections of kweight.h. All sums are in the first place. */
MST_VEC void
run (const MstKWeight *k, const unsigned n_sections, MstPairState *p, MstPairSums *sums, const double *a, const double *b, size_t n)
{
  MstV2d z1[MST_KWEIGHT_SECTIONS], z2[MST_KWEIGHT_SECTIONS];
  MstV2d weighted = { sums->weighted[0][0], sums->weighted[1][0] }, plain = { sums->plain[0][0], sums->plain[1][0] };
  MstV2d top = { sums->top[0][0], sums->top[1][0] };
  double cross = sums->cross[0];

  for (unsigned j = 0; j < n_sections; j++) {
    z1[j] = (MstV2d) { p->state[0][2 * j], p->state[1][2 * j] };
    z2[j] = (MstV2d) { p->state[0][2 * j + 1], p->state[1][2 * j + 1] };
  }
  for (size_t i = 0; i < n; i++) {
    const MstV2d x = { a[i], b[i] }, square = x * x;
    MstV2d y = x;
    for (unsigned j = 0; j < n_sections; j++) {
      const MstKSection *s = &k->section[j];
      const MstV2d in = y;
      y = in + z1[j];
      const MstV2d next = (s->c1 * in + z2[j]) - s->a1 * z1[j];
      z2[j] = s->c2 * in - s->a2 * z1[j];
      z1[j] = next;
    }
    weighted += y * y;
    plain += square;
    top = mst_max_v2d (top, square);
    cross += a[i] * b[i];
  }
  for (int c = 0; c < 2; c++) {
    for (unsigned j = 0; j < n_sections; j++) {
      p->state[c][2 * j] = z1[j][c];
      p->state[c][2 * j + 1] = z2[j][c];
    }
    sums->weighted[c][0] = weighted[c];
    sums->plain[c][0] = plain[c];
    sums->top[c][0] = top[c];
  }
  sums->cross[0] = cross;
}

static void
process (const MstKWeight *k, MstPairState *p, MstPairSums *sums, const double *a, const double *b, size_t n)
{
  if (k->n_sections == 2)
    run (k, 2, p, sums, a, b, n);
  else
    run (k, 3, p, sums, a, b, n);
}

#endif

const MstKPairKernels MST_KERNEL (mst_kpair_kernels) = { process };
