/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fft.h against the sum that defines the transform, in extended precision, and its inverse against the input. */
#include "eqanalog.h"
#include "fft.h"
#include "isa.h"
#include "tap.h"

#include <string.h>

#define BIG (1 << 19)
static double x[BIG], back[BIG], re[BIG / 2], im[BIG / 2];

static long double cosine[BIG]; /* of the whole turn in n steps */

static void
make_cosine (size_t n)
{
  for (size_t t = 0; t <= n / 8; t++) { /* of an eighth, the rest is the same values */
    const long double angle = 2.0L * acosl (-1.0L) * (long double) t / (long double) n;
    cosine[t] = cosl (angle);
    cosine[n / 4 - t] = sinl (angle);
  }
  for (size_t t = 0; t < n / 4; t++) {
    cosine[(n / 2 - t) % n] = -cosine[t];
    cosine[n / 2 + t] = -cosine[t];
    cosine[(n - t) % n] = cosine[t];
  }
  cosine[n / 4] = cosine[n - n / 4] = 0.0L;
}

/* Bin @k by definition; the angle is reduced exactly */
static void
naive (size_t n, size_t k, long double *sum_re, long double *sum_im)
{
  *sum_re = *sum_im = 0.0L;
  for (size_t t = 0; t < n; t++) {
    const size_t turn = k * t % n;
    *sum_re += x[t] * cosine[turn];
    *sum_im += x[t] * cosine[(turn + n / 4) % n];       /* -sin */
  }
}

static void
check (size_t n, size_t n_bins)
{
  MstFft *fft = mst_fft_new (n);
  double worst = 0.0, worst_back = 0.0;
  for (size_t t = 0; t < n; t++)
    x[t] = uniform (-1.0, 1.0);
  make_cosine (n);
  mst_fft_forward (fft, x, re, im);
  for (size_t i = 0; i < n_bins; i++) {
    const size_t k = n_bins > n / 2 ? i : i < 2 ? i * n / 2 : (size_t) uniform (1.0, (double) (n / 2));
    long double a, b;
    naive (n, k, &a, &b);
    const double got_re = k == n / 2 ? im[0] : re[k], got_im = k == 0 || k == n / 2 ? 0.0 : im[k];
    worst = fmax (worst, fmax (fabs ((double) (a - got_re)), fabs ((double) (b - got_im))));
  }
  mst_fft_inverse (fft, re, im, back);
  for (size_t t = 0; t < n; t++)
    worst_back = fmax (worst_back, fabs (back[t] / (double) n - x[t]));
  mst_fft_free (fft);
  /* RMS of a bin: sqrt (n/3) */
  tap_ok (worst / sqrt ((double) n / 3.0) < 2e-15 && worst_back < 2e-15, "%zu points: %.1e of the RMS, back %.1e", n,
      worst / sqrt ((double) n / 3.0), worst_back);
}

int
main (void)
{
  tap_ok (!mst_fft_new (16) && !mst_fft_new (48) && !mst_fft_new (0), "not a power of two, or too small: NULL");
  const int best = (int) mst_isa ();
  for (int isa = MST_ISA_BASE; isa <= best; isa++) {
    mst_isa_force ((MstIsa) isa);
    for (size_t n = 32; n <= 1024; n *= 2)
      check (n, n / 2 + 1);
    for (size_t n = 2048; n <= BIG; n *= 4)
      check (n, (size_t) tap_share (12, 4));
    check (BIG / 2, (size_t) tap_share (6, 3));
  }
  return tap_done ();
}
