/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kpair.h"

#include <math.h>

/* @n_sections is a constant where this is inlined, so that the state stays in registers. */
static inline __attribute__ ((always_inline)) void
run (const MstKWeight *k, unsigned n_sections, MstPairState *state, MstPairSums *sums,
    const double *a, const double *b, size_t n_frames)
{
  MstPairState s = *state;
  MstPair weighted = sums->weighted, plain = sums->plain;
  double cross = sums->cross;

  for (size_t i = 0; i < n_frames; i++) {
    const MstPair x = { a[i], b[i] };
    MstPair y = x;
    for (unsigned j = 0; j < n_sections; j++) {
      const MstKSection *c = &k->section[j];
      const MstPair in = y;
      y = in + s.z1[j];
      const MstPair next = (c->c1 * in + s.z2[j]) - c->a1 * s.z1[j];
      s.z2[j] = c->c2 * in - c->a2 * s.z1[j];
      s.z1[j] = next;
    }
    weighted += y * y;
    plain += x * x;
    cross += a[i] * b[i];
  }
  *state = s;
  *sums = (MstPairSums) { weighted, plain, cross };
}

void
mst_kpair_process (const MstKWeight *k, MstPairState *state, MstPairSums *sums,
    const double *a, const double *b, size_t n_frames)
{
  if (k->n_sections == 2)
    run (k, 2, state, sums, a, b, n_frames);
  else
    run (k, 3, state, sums, a, b, n_frames);
}

void
mst_kpair_settle (MstPairState *s)
{
  for (unsigned j = 0; j < MST_KWEIGHT_SECTIONS; j++)
    for (unsigned c = 0; c < 2; c++) {
      if (fabs (s->z1[j][c]) < 1e-30)
        s->z1[j][c] = 0.0;
      if (fabs (s->z2[j][c]) < 1e-30)
        s->z2[j][c] = 0.0;
    }
}
