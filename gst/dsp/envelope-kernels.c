/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel file of envelope.c: max (x^2, i^2 + q^2), i and q from two cascades of all-passes
 * (a - z^-2)/(1 - a z^-2), that is y[n] = a (x[n] + y[n-2]) - x[n-2], the second cascade one frame late.
 * At even frames the first needs only even frames of x, the second only odd ones: half of the work. */
#include "envelope-kernels.h"

#include "isa.h"
#include "vec.h"

#ifdef __AVX2__
#define W 8
typedef MstV8f Vf;
#define FMS mst_fms_v8f
#define MAX mst_max_v8f
#define MIN mst_min_v8f
#define LOAD mst_load_v8f
#define STORE mst_store_v8f
#else
#define W 4
typedef MstV4f Vf;
#define FMS mst_fms_v4f
#define MAX mst_max_v4f
#define MIN mst_min_v4f
#define LOAD mst_load_v4f
#define STORE mst_store_v4f
#endif

#define LIMIT 1e15f             /* +300 dBFS: its square is still a float */

/* Four frames of a lane */
MST_VEC MstV4f
load_narrow (const double *p)
{
#ifdef __AVX__
  return (MstV4f) _mm256_cvtpd_ps (_mm256_loadu_pd (p));
#else
  return (MstV4f) { (float) p[0], (float) p[1], (float) p[2], (float) p[3] };
#endif
}

/* i^2 + q^2 at an even frame: @x now, @last one frame before */
MST_VEC Vf
power_of (const float a[2][MST_ENVELOPE_MAX_SECTIONS], const unsigned n_sections,
    float past[2][MST_ENVELOPE_MAX_SECTIONS + 1][MST_ENVELOPE_LANES], Vf x, Vf last)
{
  const Vf zero = { 0 };
  Vf out[2] = { x, last };
  for (unsigned branch = 0; branch < 2; branch++) {
    Vf in = out[branch];
    Vf before = LOAD (past[branch][0]);
    STORE (past[branch][0], in);
    for (unsigned k = 0; k < n_sections; k++) {
      const Vf y_before = LOAD (past[branch][k + 1]);
      in = FMS (zero + a[branch][k], in + y_before, before);
      STORE (past[branch][k + 1], in);
      before = y_before;
    }
    out[branch] = in;
  }
  return out[0] * out[0] + out[1] * out[1];
}

/* W lanes from @first on */
MST_VEC void
lanes (const float a[2][MST_ENVELOPE_MAX_SECTIONS], const unsigned n_sections, unsigned parity, MstEnvelopeState *s, unsigned first,
    const double *const *x, float *const *power, unsigned n_lanes, size_t n_frames)
{
  float past[2][MST_ENVELOPE_MAX_SECTIONS + 1][MST_ENVELOPE_LANES];
  double tail_in[MST_ENVELOPE_LANES][4];
  float tail_out[MST_ENVELOPE_LANES][4];
  const unsigned n_real = n_lanes - first < W ? n_lanes - first : W;
  const Vf zero = { 0 };
  Vf last = LOAD (s->last + first), now = LOAD (s->power + first);

  for (unsigned branch = 0; branch < 2; branch++)
    for (unsigned k = 0; k <= n_sections; k++)
      STORE (past[branch][k], LOAD (s->past[branch][k] + first));

  for (size_t i = 0; i < n_frames; i += 4) {
    const size_t n = n_frames - i < 4 ? n_frames - i : 4;
    MstV4f rows[MST_ENVELOPE_LANES];
    for (unsigned lane = 0; lane < W; lane++) {
      if (lane >= n_real) {
        rows[lane] = (MstV4f) { 0 };
      } else if (n == 4) {
        rows[lane] = load_narrow (x[first + lane] + i);
      } else {
        for (size_t j = 0; j < 4; j++)
          tail_in[lane][j] = j < n ? x[first + lane][i + j] : 0.0;
        rows[lane] = load_narrow (tail_in[lane]);
      }
    }
    mst_transpose_v4f (rows);
#if W == 8
    mst_transpose_v4f (rows + 4);
#endif
    for (size_t j = 0; j < n; j++) {
#if W == 8
      Vf in = __builtin_shufflevector (rows[j], rows[j + 4], 0, 1, 2, 3, 4, 5, 6, 7);
#else
      Vf in = rows[j];
#endif
      in = MAX (MIN (in, zero + LIMIT), zero - LIMIT);
      if ((j + parity) % 2 == 0)
        now = power_of (a, n_sections, past, in, last);
      const Vf out = MAX (in * in, now);
      last = in;
#if W == 8
      rows[j] = __builtin_shufflevector (out, out, 0, 1, 2, 3);
      rows[j + 4] = __builtin_shufflevector (out, out, 4, 5, 6, 7);
#else
      rows[j] = out;
#endif
    }
    mst_transpose_v4f (rows);
#if W == 8
    mst_transpose_v4f (rows + 4);
#endif
    for (unsigned lane = 0; lane < n_real; lane++) {
      if (n == 4) {
        mst_store_v4f (power[first + lane] + i, rows[lane]);
      } else {
        mst_store_v4f (tail_out[lane], rows[lane]);
        for (size_t j = 0; j < n; j++)
          power[first + lane][i + j] = tail_out[lane][j];
      }
    }
  }

  for (unsigned branch = 0; branch < 2; branch++)
    for (unsigned k = 0; k <= n_sections; k++)
      STORE (s->past[branch][k] + first, LOAD (past[branch][k]));
  STORE (s->power + first, now);
  STORE (s->last + first, last);
}

static void
run (const float a[2][MST_ENVELOPE_MAX_SECTIONS], unsigned n_sections, unsigned parity, MstEnvelopeState *s,
    const double *const x[MST_ENVELOPE_LANES], float *const power[MST_ENVELOPE_LANES], unsigned n_lanes, size_t n_frames)
{
  for (unsigned first = 0; first < n_lanes; first += W) {
    if (n_sections == 6)
      lanes (a, 6, parity, s, first, x, power, n_lanes, n_frames);
    else if (n_sections == 7)
      lanes (a, 7, parity, s, first, x, power, n_lanes, n_frames);
    else
      lanes (a, 8, parity, s, first, x, power, n_lanes, n_frames);
  }
}

extern const MstEnvelopeKernels MST_KERNEL (mst_envelope_kernels);
const MstEnvelopeKernels MST_KERNEL (mst_envelope_kernels) = { run };
