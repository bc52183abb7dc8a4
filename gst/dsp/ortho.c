/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* (a + b)/sqrt 2 and (a - b)/sqrt 2 within 0.5 + 1e-15 ulp, where the plain expression (two roundings, and a
 * constant that is itself rounded) is up to 1.5 ulp off: so that there and back is within one ulp of the larger
 * of |a| and |b|. The sum and the product are carried as unevaluated pairs, without a fused multiply-add, which
 * not every machine has. Dekker: A Floating-Point Technique for Extending the Available Precision,
 * Numer. Math. 18, 1971, (5.14), (5.12); Knuth's two-sum. */
#include "ortho.h"

#define ROOT 0.70710678118654752440     /* the double next to sqrt (1/2) */
#define ROOT_REST -4.8336466567264567e-17       /* sqrt (1/2) - ROOT */
#define SPLIT 134217729.0       /* 2^27 + 1 */

static inline double
times_root (double sum, double sum_rest)
{
  const double rc = ROOT * SPLIT, rh = rc - (rc - ROOT), rl = ROOT - rh;
  const double sc = sum * SPLIT, sh = sc - (sc - sum), sl = sum - sh;
  const double product = sum * ROOT;
  const double rest = ((sh * rh - product) + sh * rl + sl * rh) + sl * rl;
  return product + (rest + (sum * ROOT_REST + sum_rest * ROOT));
}

static inline double
rest_of_sum (double a, double b, double sum)
{
  const double t = sum - a;
  return (a - (sum - t)) + (b - t);
}

void
mst_ortho (double *a, double *b, size_t n_frames)
{
  for (size_t i = 0; i < n_frames; i++) {
    const double l = a[i], r = b[i], plus = l + r, minus = l - r;
    a[i] = times_root (plus, rest_of_sum (l, r, plus));
    b[i] = times_root (minus, rest_of_sum (l, -r, minus));
  }
}
