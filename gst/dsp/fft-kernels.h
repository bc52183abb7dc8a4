/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The passes of fft.h and the products of convolver.h. Split complex arrays; n: complex length, a power of two of 16 or more. */
#pragma once

#include <stddef.h>

typedef struct
{
  const double *re, *im;
} MstFftFrom;
typedef struct
{
  double *re, *im;
} MstFftTo;

typedef struct
{
  /* First pass of n points; w[k - 1]: exp (-2 pi i k p / n) for p < n/4. From interleaved z, or, without, from @from. */
  void (*first) (const double *z, MstFftFrom from, MstFftTo to, const MstFftFrom w[3], size_t n);
  /* A pass over n/s groups of s; s >= 4, n/s >= 8; the same w. */
  void (*middle) (MstFftFrom from, MstFftTo to, const MstFftFrom w[3], size_t n, size_t s);
  /* The last pass: radix 4 (s = n/4) or 2 (s = n/2). To z, interleaved, imaginary parts first; or, without, to @to, which may
   * be @from. */
  void (*last) (MstFftFrom from, MstFftTo to, double *z, size_t n, size_t s);
  /* Halves apart and together; w: exp (-pi i k / n) for k <= n/2 */
  void (*split) (MstFftTo z, MstFftFrom w, size_t n);
  void (*join) (MstFftTo z, MstFftFrom w, size_t n);
  /* sum = sum + x[0] h[0] + ... of @n_terms (1 to 4) spectra as in fft.h */
  void (*multiply_add) (MstFftTo sum, const MstFftFrom *x, const MstFftFrom *h, unsigned n_terms, size_t n);
} MstFftKernels;
