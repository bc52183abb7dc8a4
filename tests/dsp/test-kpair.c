/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* K-weighted sums of two channels against the sections run one frame at a time in extended precision, at rates with two and three
 * sections; any cut; both builds of the kernel. */
#include "kpair.h"

#include "tap.h"

#include <string.h>

#define FRAMES 20011

static double left[FRAMES], right[FRAMES];

static void
fill (void)
{
  unsigned state = 12345;
  for (int i = 0; i < FRAMES; i++) {
    state = state * 1664525u + 1013904223u;
    left[i] = (double) state / 4294967296.0 - 0.5 + 0.3 * sin (0.004 * i);
    state = state * 1664525u + 1013904223u;
    right[i] = 0.1 * ((double) state / 4294967296.0 - 0.5) + 0.05;
  }
}

/* Sum of squares after the sections, by definition. */
static long double
by_definition (const MstKWeight *k, const double *x, size_t n)
{
  long double z1[MST_KWEIGHT_SECTIONS] = { 0 }, z2[MST_KWEIGHT_SECTIONS] = { 0 }, sum = 0.0L;
  for (size_t i = 0; i < n; i++) {
    long double v = x[i];
    for (unsigned j = 0; j < k->n_sections; j++) {
      const MstKSection *s = &k->section[j];
      const long double y = v + z1[j], next = s->c1 * v + z2[j] - s->a1 * z1[j];
      z2[j] = s->c2 * v - s->a2 * z1[j];
      z1[j] = next;
      v = y;
    }
    sum += v * v;
  }
  return sum;
}

static void
measure (const MstKPairKernels *kernels, const MstKWeight *k, unsigned longest, MstPairSums *sums)
{
  MstPairState state = { 0 };
  unsigned random = 99;
  memset (sums, 0, sizeof *sums);
  for (size_t i = 0; i < FRAMES;) {
    random = random * 1664525u + 1013904223u;
    size_t n = longest ? 1 + (random >> 16) % longest : FRAMES;
    n = n < FRAMES - i ? n : FRAMES - i;
    kernels->process (k, &state, sums, left + i, right + i, n);
    i += n;
  }
}

int
main (void)
{
  static const double rates[] = { 8000.0, 11025.0, 44100.0, 48000.0, 192000.0, 384000.0 };
  fill ();
  for (unsigned r = 0; r < sizeof rates / sizeof rates[0]; r++) {
    MstKWeight k;
    mst_kweight_design (&k, rates[r]);
    const long double expected[2] = { by_definition (&k, left, FRAMES), by_definition (&k, right, FRAMES) };
    for (int isa = MST_ISA_BASE; isa <= MST_ISA_AVX2; isa++) {
      mst_isa_force ((MstIsa) isa);
      const MstKPairKernels *kernels = MST_KERNEL_CHOOSE (mst_kpair_kernels);
      MstPairSums whole, cut;
      measure (kernels, &k, 0, &whole);
      for (int c = 0; c < 2; c++) {
        char what[64];
        snprintf (what, sizeof what, "%g Hz, build %d, channel %d, relative", rates[r], isa, c);
        tap_within ((double) (mst_pair_total (whole.weighted[c]) / expected[c] - 1.0L), 1e-9, what);
      }
      double cross = 0.0, top = 0.0;
      for (int i = 0; i < FRAMES; i++) {
        cross += left[i] * right[i];
        top = fmax (top, left[i] * left[i]);
      }
      tap_within (mst_pair_total (whole.cross) / cross - 1.0, 1e-11, "sum of products, relative");
      tap_ok (fmax (fmax (whole.top[0][0], whole.top[0][1]), fmax (whole.top[0][2], whole.top[0][3])) == top, "highest square");
      for (unsigned longest = 1; longest < 20; longest += 3) {
        measure (kernels, &k, longest, &cut);
        tap_ok (memcmp (&whole, &cut, sizeof cut) == 0, "%g Hz, build %d, cuts of 1 to %u frames: the same bits", rates[r], isa, longest);
      }
    }
  }
  return tap_done ();
}
