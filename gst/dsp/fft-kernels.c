/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fft-kernels.h"
#include "isa.h"
#include "vec.h"

#include <stdbool.h>

#ifdef __AVX2__
#define LANES 4
typedef MstV4d V;
#define LOAD mst_load_v4d
#define STORE mst_store_v4d
#define FMA mst_fma_v4d
#define FNMA mst_fnma_v4d
#define EVEN(a, b) __builtin_shufflevector (a, b, 0, 2, 4, 6)
#define ODD(a, b) __builtin_shufflevector (a, b, 1, 3, 5, 7)
#define ZIP_LOW(a, b) __builtin_shufflevector (a, b, 0, 4, 1, 5)
#define ZIP_HIGH(a, b) __builtin_shufflevector (a, b, 2, 6, 3, 7)
#define REVERSE(a) __builtin_shufflevector (a, a, 3, 2, 1, 0)
#define SPLAT(x) ((V) { x, x, x, x })
#else
#define LANES 2
typedef MstV2d V;
#define LOAD mst_load_v2d
#define STORE mst_store_v2d
#define FMA mst_fma_v2d
#define FNMA mst_fnma_v2d
#define EVEN(a, b) __builtin_shufflevector (a, b, 0, 2)
#define ODD(a, b) __builtin_shufflevector (a, b, 1, 3)
#define ZIP_LOW EVEN
#define ZIP_HIGH ODD
#define REVERSE(a) __builtin_shufflevector (a, a, 1, 0)
#define SPLAT(x) ((V) { x, x })
#endif

typedef struct
{
  V re, im;
} C;

MST_VEC C
load (MstFftFrom from, size_t i)
{
  return (C) { LOAD (from.re + i), LOAD (from.im + i) };
}

MST_VEC void
store (MstFftTo to, size_t i, C x)
{
  STORE (to.re + i, x.re);
  STORE (to.im + i, x.im);
}

MST_VEC C
load_interleaved (const double *z, size_t i)
{
  const V a = LOAD (z + 2 * i), b = LOAD (z + 2 * i + LANES);
  return (C) { EVEN (a, b), ODD (a, b) };
}

MST_VEC void
store_interleaved (double *z, size_t i, C x)
{
  STORE (z + 2 * i, ZIP_LOW (x.re, x.im));
  STORE (z + 2 * i + LANES, ZIP_HIGH (x.re, x.im));
}

MST_VEC C add (C a, C b) { return (C) { a.re + b.re, a.im + b.im }; }
MST_VEC C subtract (C a, C b) { return (C) { a.re - b.re, a.im - b.im }; }
MST_VEC C
multiply (C a, C b)
{
  return (C) { FNMA (a.im, b.im, a.re * b.re), FMA (a.im, b.re, a.re * b.im) };
}

/* x becomes its transform of 4 */
MST_VEC void
butterfly (C x[4])
{
  const C even = add (x[0], x[2]), even_ = subtract (x[0], x[2]), odd = add (x[1], x[3]), odd_ = subtract (x[1], x[3]);
  x[0] = add (even, odd);
  x[1] = (C) { even_.re + odd_.im, even_.im - odd_.re };
  x[2] = subtract (even, odd);
  x[3] = (C) { even_.re - odd_.im, even_.im + odd_.re };
}

/* Four vectors, one after the other, of which each takes one lane of each of y's */
MST_VEC void
store_transposed (double *to, V y0, V y1, V y2, V y3)
{
#if LANES == 4
  const V a = __builtin_shufflevector (y0, y1, 0, 4, 2, 6), b = __builtin_shufflevector (y0, y1, 1, 5, 3, 7);
  const V c = __builtin_shufflevector (y2, y3, 0, 4, 2, 6), d = __builtin_shufflevector (y2, y3, 1, 5, 3, 7);
  STORE (to, __builtin_shufflevector (a, c, 0, 1, 4, 5));
  STORE (to + 4, __builtin_shufflevector (b, d, 0, 1, 4, 5));
  STORE (to + 8, __builtin_shufflevector (a, c, 2, 3, 6, 7));
  STORE (to + 12, __builtin_shufflevector (b, d, 2, 3, 6, 7));
#else
  STORE (to, EVEN (y0, y1));
  STORE (to + 2, EVEN (y2, y3));
  STORE (to + 4, ODD (y0, y1));
  STORE (to + 6, ODD (y2, y3));
#endif
}

static void
first (const double *z, MstFftFrom from, MstFftTo to, const MstFftFrom w[3], size_t n)
{
  const size_t m = n / 4;
  for (size_t p = 0; p < m; p += LANES) {
    C x[4];
    for (int k = 0; k < 4; k++)
      x[k] = z ? load_interleaved (z, p + (size_t) k * m) : load (from, p + (size_t) k * m);
    butterfly (x);
    for (int k = 1; k < 4; k++)
      x[k] = multiply (x[k], load (w[k - 1], p));
    store_transposed (to.re + 4 * p, x[0].re, x[1].re, x[2].re, x[3].re);
    store_transposed (to.im + 4 * p, x[0].im, x[1].im, x[2].im, x[3].im);
  }
}

static void
middle (MstFftFrom from, MstFftTo to, const MstFftFrom w[3], size_t n, size_t s)
{
  const size_t m = n / 4;       /* between the four, whatever s is */
  for (size_t p = 0; p < m; p += s) {
    C turn[3];
    for (int k = 0; k < 3; k++)
      turn[k] = (C) { SPLAT (w[k].re[p]), SPLAT (w[k].im[p]) };
    for (size_t q = 0; q < s; q += LANES) {
      C x[4];
      for (int k = 0; k < 4; k++)
        x[k] = load (from, p + q + (size_t) k * m);
      butterfly (x);
      store (to, 4 * p + q, x[0]);
      for (int k = 1; k < 4; k++)
        store (to, 4 * p + q + (size_t) k * s, multiply (x[k], turn[k - 1]));
    }
  }
}

MST_VEC void
last_of (const int radix, const bool interleaved, MstFftFrom from, MstFftTo to, double *z, size_t s)
{
  for (size_t q = 0; q < s; q += LANES) {
    C x[4];
    for (int k = 0; k < radix; k++)
      x[k] = load (from, q + (size_t) k * s);
    if (radix == 4) {
      butterfly (x);
    } else {
      const C difference = subtract (x[0], x[1]);
      x[0] = add (x[0], x[1]);
      x[1] = difference;
    }
    for (int k = 0; k < radix; k++)
      if (interleaved)
        store_interleaved (z, q + (size_t) k * s, (C) { x[k].im, x[k].re });
      else
        store (to, q + (size_t) k * s, x[k]);
  }
}

static void
last (MstFftFrom from, MstFftTo to, double *z, size_t n, size_t s)
{
  if (n / s == 4 && z)
    last_of (4, true, from, to, z, s);
  else if (n / s == 4)
    last_of (4, false, from, to, z, s);
  else if (z)
    last_of (2, true, from, to, z, s);
  else
    last_of (2, false, from, to, z, s);
}

/* Z[k] and Z[n - k] to X[k] = E + w O and X[n - k] = conj (E - w O), E = (Z[k] + conj Z[n - k])/2, O = (Z[k] - conj Z[n - k])/2i */
static void
split (MstFftTo z, MstFftFrom w, size_t n)
{
  const double dc = z.re[0], odd = z.im[0];
  size_t k = 1;
  for (; k + LANES <= n / 2; k += LANES) {
    const size_t back = n - k - LANES + 1;
    const C a = load ((MstFftFrom) { z.re, z.im }, k), b = load ((MstFftFrom) { z.re, z.im }, back), turn = load (w, k);
    const V c = REVERSE (b.re), d = REVERSE (b.im);
    const C e = { 0.5 * (a.re + c), 0.5 * (a.im - d) }, wo = multiply ((C) { 0.5 * (a.im + d), 0.5 * (c - a.re) }, turn);
    store (z, k, add (e, wo));
    store (z, back, (C) { REVERSE (e.re - wo.re), REVERSE (wo.im - e.im) });
  }
  for (; k < n / 2; k++) {
    const double a = z.re[k], b = z.im[k], c = z.re[n - k], d = z.im[n - k];
    const double er = 0.5 * (a + c), ei = 0.5 * (b - d), or = 0.5 * (b + d), oi = 0.5 * (c - a);
    const double re = or * w.re[k] - oi * w.im[k], im = or * w.im[k] + oi * w.re[k];
    z.re[k] = er + re;
    z.im[k] = ei + im;
    z.re[n - k] = er - re;
    z.im[n - k] = im - ei;
  }
  z.im[n / 2] = -z.im[n / 2];
  z.re[0] = dc + odd;
  z.im[0] = dc - odd;
}

/* The inverse of split, twice as large */
static void
join (MstFftTo z, MstFftFrom w, size_t n)
{
  const double dc = z.re[0], top = z.im[0];
  size_t k = 1;
  for (; k + LANES <= n / 2; k += LANES) {
    const size_t back = n - k - LANES + 1;
    const C a = load ((MstFftFrom) { z.re, z.im }, k), b = load ((MstFftFrom) { z.re, z.im }, back), turn = load (w, k);
    const V c = REVERSE (b.re), d = REVERSE (b.im);
    const C e = { a.re + c, a.im - d }, o = multiply ((C) { a.re - c, a.im + d }, (C) { turn.re, -turn.im });
    store (z, k, (C) { e.re - o.im, e.im + o.re });
    store (z, back, (C) { REVERSE (e.re + o.im), REVERSE (o.re - e.im) });
  }
  for (; k < n / 2; k++) {
    const double a = z.re[k], b = z.im[k], c = z.re[n - k], d = z.im[n - k];
    const double er = a + c, ei = b - d, re = a - c, im = b + d;
    const double or = re * w.re[k] + im * w.im[k], oi = im * w.re[k] - re * w.im[k];
    z.re[k] = er - oi;
    z.im[k] = ei + or;
    z.re[n - k] = er + oi;
    z.im[n - k] = or - ei;
  }
  z.re[n / 2] *= 2.0;
  z.im[n / 2] *= -2.0;
  z.re[0] = dc + top;
  z.im[0] = dc - top;
}

MST_VEC void
products (MstFftTo sum, const MstFftFrom *x, const MstFftFrom *h, const unsigned n_terms, size_t n)
{
  for (size_t k = 0; k < n; k += LANES) {
    V re = LOAD (sum.re + k), im = LOAD (sum.im + k);
    for (unsigned i = 0; i < n_terms; i++) {
      const C a = load (x[i], k), b = load (h[i], k);
      re = FNMA (a.im, b.im, FMA (a.re, b.re, re));
      im = FMA (a.im, b.re, FMA (a.re, b.im, im));
    }
    STORE (sum.re + k, re);
    STORE (sum.im + k, im);
  }
}

static void
multiply_add (MstFftTo sum, const MstFftFrom *x, const MstFftFrom *h, unsigned n_terms, size_t n)
{
  double dc = sum.re[0], top = sum.im[0];
  for (unsigned i = 0; i < n_terms; i++) {
    dc += x[i].re[0] * h[i].re[0];
    top += x[i].im[0] * h[i].im[0];
  }
  switch (n_terms) {
    case 1:
      products (sum, x, h, 1, n);
      break;
    case 2:
      products (sum, x, h, 2, n);
      break;
    case 3:
      products (sum, x, h, 3, n);
      break;
    default:
      products (sum, x, h, 4, n);
      break;
  }
  sum.re[0] = dc;
  sum.im[0] = top;
}

extern const MstFftKernels MST_KERNEL (mst_fft_kernels);
const MstFftKernels MST_KERNEL (mst_fft_kernels) = { first, middle, last, split, join, multiply_add };
