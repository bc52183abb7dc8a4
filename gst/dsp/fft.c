/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fft.h"
#include "fft-kernels.h"
#include "isa.h"

#include <math.h>
#include <stdlib.h>

MST_KERNEL_DECLARE (MstFftKernels, mst_fft_kernels);

struct _MstFft
{
  size_t n;                     /* complex: half of the real length */
  const MstFftKernels *kernels;
  MstFftTo scratch;
  MstFftFrom turn[3], half;     /* exp (-2 pi i k p / n), k = 1, 2, 3; exp (-pi i k / n) */
  double *memory;
};

#define APART 8                 /* doubles between arrays: equal places of them in different sets of the cache */

static double *
take (double **memory, size_t n)
{
  double *p = *memory;
  *memory += n + APART;
  return p;
}

/* exp (-2 pi i k step / n) for k < @count */
static MstFftFrom
turns (double **memory, size_t count, size_t step, size_t n)
{
  double *re = take (memory, count), *im = take (memory, count);
  for (size_t k = 0; k < count; k++) {
    const double angle = 2.0 * M_PI * (double) (k * step) / (double) n;
    re[k] = cos (angle);
    im[k] = -sin (angle);
  }
  return (MstFftFrom) { re, im };
}

MstFft *
mst_fft_new (size_t n)
{
  if (n < 32 || n > (size_t) 1 << 24 || (n & (n - 1)) != 0)
    return NULL;
  MstFft *fft = calloc (1, sizeof *fft);
  if (!fft)
    return NULL;
  fft->n = n /= 2;
  fft->kernels = MST_KERNEL_CHOOSE (mst_fft_kernels);
  fft->memory = malloc (sizeof *fft->memory * (2 * n + 6 * (n / 4) + 2 * (n / 2 + 8) + 10 * APART + 8));
  if (!fft->memory) {
    mst_fft_free (fft);
    return NULL;
  }
  double *rest = (double *) (((size_t) fft->memory + 63) & ~(size_t) 63);
  fft->scratch.re = take (&rest, n);
  fft->scratch.im = take (&rest, n);
  for (size_t k = 0; k < 3; k++)
    fft->turn[k] = turns (&rest, n / 4, k + 1, n);
  fft->half = turns (&rest, n / 2 + 8, 1, 2 * n);
  return fft;
}

void
mst_fft_free (MstFft *fft)
{
  if (!fft)
    return;
  free (fft->memory);
  free (fft);
}

size_t
mst_fft_size (const MstFft *fft)
{
  return 2 * fft->n;
}

static MstFftFrom
from (MstFftTo a)
{
  return (MstFftFrom) { a.re, a.im };
}

/* All passes between the first, which ended in scratch, and the last, of which *s becomes the stride; @other and scratch take
 * turns. Returns where the result is. */
static MstFftTo
middle_passes (const MstFft *fft, MstFftTo other, size_t *s)
{
  MstFftTo now = fft->scratch, next = other;
  for (*s = 4; fft->n / *s > 4; *s *= 4) {
    fft->kernels->middle (from (now), next, fft->turn, fft->n, *s);
    const MstFftTo done = now;
    now = next;
    next = done;
  }
  return now;
}

void
mst_fft_forward (MstFft *fft, const double *x, double *re, double *im)
{
  const MstFftTo to = { re, im };
  size_t s;
  fft->kernels->first (x, from (to), fft->scratch, fft->turn, fft->n);
  const MstFftTo now = middle_passes (fft, to, &s);
  fft->kernels->last (from (now), to, NULL, fft->n, s);
  fft->kernels->split (to, fft->half, fft->n);
}

/* With real and imaginary parts exchanged the same passes go back. */
void
mst_fft_inverse (MstFft *fft, double *re, double *im, double *x)
{
  const MstFftTo exchanged = { im, re };
  size_t s;
  fft->kernels->join ((MstFftTo) { re, im }, fft->half, fft->n);
  fft->kernels->first (NULL, from (exchanged), fft->scratch, fft->turn, fft->n);
  const MstFftTo now = middle_passes (fft, exchanged, &s);
  fft->kernels->last (from (now), now, x, fft->n, s);
}
