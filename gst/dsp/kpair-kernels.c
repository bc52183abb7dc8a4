/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kpair.h"

#if defined(__FMA__)
#include <immintrin.h>
/* ab + c, c - ab */
#define FMA(a, b, c) ((MstPair) _mm_fmadd_pd ((__m128d) (a), (__m128d) (b), (__m128d) (c)))
#define FNMA(a, b, c) ((MstPair) _mm_fnmadd_pd ((__m128d) (a), (__m128d) (b), (__m128d) (c)))
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#define FNMA(a, b, c) ((c) - (a) * (b))
#endif

#if defined(__x86_64__)
#include <emmintrin.h>
#define MAX(a, b) ((MstPair) _mm_max_pd ((__m128d) (a), (__m128d) (b)))
#else
typedef long long Mask __attribute__ ((vector_size (16)));
static inline MstPair
max_of (MstPair a, MstPair b)
{
  const Mask m = (Mask) (a > b);
  return (MstPair) (((Mask) a & m) | ((Mask) b & ~m));
}
#define MAX(a, b) max_of (a, b)
#endif

/* @n_sections is a constant where this is inlined, so that the state stays in registers. */
static inline __attribute__ ((always_inline)) void
run (const MstKWeight *k, unsigned n_sections, MstPairState *state, MstPairSums *sums,
    const double *a, const double *b, size_t n_frames)
{
  MstPair z1[MST_KWEIGHT_SECTIONS], z2[MST_KWEIGHT_SECTIONS];
  MstPair c1[MST_KWEIGHT_SECTIONS], c2[MST_KWEIGHT_SECTIONS], a1[MST_KWEIGHT_SECTIONS], a2[MST_KWEIGHT_SECTIONS];
  MstPair weighted = sums->weighted, plain = sums->plain, top = sums->top;
  double cross = sums->cross;

  for (unsigned j = 0; j < n_sections; j++) {
    const MstKSection *s = &k->section[j];
    z1[j] = state->z1[j];
    z2[j] = state->z2[j];
    c1[j] = (MstPair) { s->c1, s->c1 };
    c2[j] = (MstPair) { s->c2, s->c2 };
    a1[j] = (MstPair) { s->a1, s->a1 };
    a2[j] = (MstPair) { s->a2, s->a2 };
  }
  for (size_t i = 0; i < n_frames; i++) {
    const MstPair x = { a[i], b[i] }, square = x * x;
    MstPair y = x;
    for (unsigned j = 0; j < n_sections; j++) {
      const MstPair in = y;
      y = in + z1[j];
      const MstPair next = FNMA (a1[j], z1[j], FMA (c1[j], in, z2[j]));
      z2[j] = FNMA (a2[j], z1[j], c2[j] * in);
      z1[j] = next;
    }
    weighted = FMA (y, y, weighted);
    plain += square;
    top = MAX (top, square);
    cross += a[i] * b[i];
  }
  for (unsigned j = 0; j < n_sections; j++) {
    state->z1[j] = z1[j];
    state->z2[j] = z2[j];
  }
  *sums = (MstPairSums) { weighted, plain, top, cross };
}

static void
process (const MstKWeight *k, MstPairState *state, MstPairSums *sums, const double *a, const double *b, size_t n_frames)
{
  if (k->n_sections == 2)
    run (k, 2, state, sums, a, b, n_frames);
  else
    run (k, 3, state, sums, a, b, n_frames);
}

extern const MstKPairKernels MST_KERNEL (mst_kpair_kernels);
const MstKPairKernels MST_KERNEL (mst_kpair_kernels) = { process };
