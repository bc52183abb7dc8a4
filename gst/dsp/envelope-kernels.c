/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel file of envelope.c: max (x^2, min (i^2 + q^2, most times that of the coarse pair)), i and q from two cascades of all-passes
 * (a - z^-2)/(1 - a z^-2), that is y[n] = a (x[n] + y[n-2]) - x[n-2], the second cascade one frame late.
 * At even frames the first needs only even frames of x, the second only odd ones: half of the work.
 * Four signals at a time; with AVX2 both cascades are one vector. One or two: envelope-pair-kernels.c, the same operations. */
#include "envelope-kernels.h"

#include "isa.h"
#include "vec.h"

#define L MST_ENVELOPE_LANES

#ifdef __AVX2__
#define N_ARMS 1
typedef MstV8f Arm;
/* a (y + past) - before. With fused operations what is known of the past goes first: the path through a cascade is one of them a section */
#define SECTION(a, y, past, before) mst_fma_v8f (a, y, mst_fms_v8f (a, past, before))
#define JOIN(a, b) __builtin_shufflevector (a, b, 0, 1, 2, 3, 4, 5, 6, 7)
#define LOW_HALF(a) __builtin_shufflevector (a, a, 0, 1, 2, 3)
#define HIGH_HALF(a) __builtin_shufflevector (a, a, 4, 5, 6, 7)
#define LOAD mst_load_v8f
#define STORE mst_store_v8f
#else
#define N_ARMS 2
typedef MstV4f Arm;
#define SECTION(a, y, past, before) mst_fms_v4f (a, (y) + (past), before)
#define LOAD mst_load_v4f
#define STORE mst_store_v4f
#endif

/* The two cascades: arm 0 is both, or each is an arm */
typedef struct
{
  Arm a[N_ARMS][MST_ENVELOPE_MAX_SECTIONS];
  Arm past[N_ARMS][MST_ENVELOPE_MAX_SECTIONS + 1];
  MstV4f last, power, most;
} Run;

/* i^2 + q^2 of @y, which are squared */
MST_VEC MstV4f
sum_of (const Arm y[N_ARMS])
{
#if N_ARMS == 1
  const Arm p = y[0] * y[0];
  return LOW_HALF (p) + HIGH_HALF (p);
#else
  return y[0] * y[0] + y[1] * y[1];
#endif
}

/* The power at an even frame: @x now, @last one frame before */
MST_VEC MstV4f
power_of (Run *r, const unsigned n_sections, MstV4f x, MstV4f last)
{
  Arm out[N_ARMS], coarse[N_ARMS];
#if N_ARMS == 1
  out[0] = JOIN (x, last);
#else
  out[0] = x;
  out[1] = last;
#endif
  for (unsigned arm = 0; arm < N_ARMS; arm++) {
    Arm y = out[arm], before = r->past[arm][0];
    r->past[arm][0] = y;
    for (unsigned k = 0; k < n_sections; k++) {
      const Arm y_before = r->past[arm][k + 1];
      y = SECTION (r->a[arm][k], y, y_before, before);
      r->past[arm][k + 1] = y;
      before = y_before;
      if (k + 1 == MST_ENVELOPE_COARSE)
        coarse[arm] = y;
    }
    out[arm] = y;
  }
  return mst_min_v4f (sum_of (out), sum_of (coarse) * r->most);
}

/* @n <= 4 frames: @rows hold four frames of a lane each, and get their powers. @parity of the first frame; with @n and @parity
 * constant all of it is straight-line code */
MST_VEC void
frames (Run *r, const unsigned n_sections, const unsigned parity, const size_t n, MstV4f rows[L])
{
  const MstV4f zero = { 0 };
  mst_transpose_v4f (rows);
#pragma GCC unroll 4
  for (size_t j = 0; j < n; j++) {
    const MstV4f x = mst_max_v4f (mst_min_v4f (rows[j], zero + MST_ENVELOPE_LIMIT), zero - MST_ENVELOPE_LIMIT);
    if ((j + parity) % 2 == 0)
      r->power = power_of (r, n_sections, x, r->last);
    r->last = x;
    rows[j] = mst_max_v4f (x * x, r->power);
  }
  mst_transpose_v4f (rows);
}

MST_VEC void
lanes (const float a[2][MST_ENVELOPE_MAX_SECTIONS], const unsigned n_sections, unsigned parity, MstEnvelopeState *s,
    const double *const *x, float *const *power, unsigned n_lanes, size_t n_frames)
{
  const MstV4f zero = { 0 };
  const double *from[L];
  float *to[L], unused[4];
  MstV4f rows[L];
  Run r = { .last = mst_load_v4f (s->last), .power = mst_load_v4f (s->power), .most = mst_load_v4f (s->most) };
  size_t i = 0;

  for (unsigned lane = 0; lane < L; lane++) {
    from[lane] = x[lane < n_lanes ? lane : 0];
    to[lane] = lane < n_lanes ? power[lane] : NULL;
  }
  for (unsigned arm = 0; arm < N_ARMS; arm++)
    for (unsigned k = 0; k <= n_sections; k++) {
      r.past[arm][k] = LOAD (s->past[k][arm]);
      if (k < n_sections)
#if N_ARMS == 1
        r.a[arm][k] = JOIN (zero + a[0][k], zero + a[1][k]);
#else
        r.a[arm][k] = zero + a[arm][k];
#endif
    }

  for (; i + 4 <= n_frames; i += 4) {
    for (unsigned lane = 0; lane < L; lane++)
      rows[lane] = mst_load_narrow_v4f (from[lane] + i);
    if (parity == 0)
      frames (&r, n_sections, 0, 4, rows);
    else
      frames (&r, n_sections, 1, 4, rows);
    for (unsigned lane = 0; lane < L; lane++)
      mst_store_v4f (to[lane] ? to[lane] + i : unused, rows[lane]);
  }
  if (i < n_frames) {
    double tail[4] = { 0 };
    for (unsigned lane = 0; lane < L; lane++) {
      memcpy (tail, from[lane] + i, (n_frames - i) * sizeof *tail);
      rows[lane] = mst_load_narrow_v4f (tail);
    }
    frames (&r, n_sections, parity, n_frames - i, rows);
    for (unsigned lane = 0; lane < n_lanes; lane++)
      memcpy (to[lane] + i, &rows[lane], (n_frames - i) * sizeof (float));
  }

  for (unsigned arm = 0; arm < N_ARMS; arm++)
    for (unsigned k = 0; k <= n_sections; k++)
      STORE (s->past[k][arm], r.past[arm][k]);
  mst_store_v4f (s->last, r.last);
  mst_store_v4f (s->power, r.power);
}

static void
run (const float a[2][MST_ENVELOPE_MAX_SECTIONS], unsigned n_sections, unsigned parity, MstEnvelopeState *s,
    const double *const *x, float *const *power, unsigned n_lanes, size_t n_frames)
{
  if (n_sections == 6)
    lanes (a, 6, parity, s, x, power, n_lanes, n_frames);
  else if (n_sections == 7)
    lanes (a, 7, parity, s, x, power, n_lanes, n_frames);
  else
    lanes (a, 8, parity, s, x, power, n_lanes, n_frames);
}

extern const MstEnvelopeKernels MST_KERNEL (mst_envelope_kernels);
const MstEnvelopeKernels MST_KERNEL (mst_envelope_kernels) = { run };
