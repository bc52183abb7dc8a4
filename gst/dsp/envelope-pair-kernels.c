/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel file of envelope.c for one or two signals: what envelope-kernels.c does to a lane, to the bit, with both cascades of both signals
 * in one vector: { a of signal 0, a of signal 1, b of signal 0, b of signal 1 }. A half of its work, for a compressor of one stereo band. */
#include "envelope-kernels.h"

#include "isa.h"
#include "vec.h"

#ifdef __FMA__
#define SECTION(a, y, past, before) (MstV4f) _mm_fmadd_ps ((__m128) (a), (__m128) (y), _mm_fmsub_ps ((__m128) (a), (__m128) (past), (__m128) (before)))
#else
#define SECTION(a, y, past, before) mst_fms_v4f (a, (y) + (past), before)
#endif
#define SHUFFLE __builtin_shufflevector

typedef struct
{
  MstV4f a[MST_ENVELOPE_MAX_SECTIONS];
  MstV4f past[MST_ENVELOPE_MAX_SECTIONS + 1];
  MstV4f last;                  /* the two frames before: { 0, 1 of the first; 0, 1 of the second } */
  MstV4f power, most;           /* of 0, 1, 0, 1: at the last even frame; see MstEnvelopeState */
} Run;

/* An even frame: @y holds both signals at it and one frame before */
MST_VEC MstV4f
power_of (Run *r, const unsigned n_sections, MstV4f y)
{
  MstV4f before = r->past[0], coarse = before;
  r->past[0] = y;
  for (unsigned k = 0; k < n_sections; k++) {
    const MstV4f y_before = r->past[k + 1];
    y = SECTION (r->a[k], y, y_before, before);
    r->past[k + 1] = y;
    before = y_before;
    if (k + 1 == MST_ENVELOPE_COARSE)
      coarse = y * y;
  }
  y = y * y;
  return r->power = mst_min_v4f (y + SHUFFLE (y, y, 2, 3, 0, 1), (coarse + SHUFFLE (coarse, coarse, 2, 3, 0, 1)) * r->most);
}

MST_VEC MstV4f
limited (MstV4f x)
{
  const MstV4f zero = { 0 };
  return mst_max_v4f (mst_min_v4f (x, zero + MST_ENVELOPE_LIMIT), zero - MST_ENVELOPE_LIMIT);
}

/* Four frames: @rows hold a signal each, and get its powers */
MST_VEC void
four (Run *r, const unsigned n_sections, const unsigned parity, MstV4f rows[2])
{
  const MstV4f x0 = limited (rows[0]), x1 = limited (rows[1]), held = r->power;
  const MstV4f early = SHUFFLE (x0, x1, 0, 4, 1, 5), late = SHUFFLE (x0, x1, 2, 6, 3, 7);
  MstV4f p0, p1;
  if (parity == 0) {
    const MstV4f a = power_of (r, n_sections, SHUFFLE (early, r->last, 0, 1, 6, 7));
    const MstV4f b = power_of (r, n_sections, SHUFFLE (late, early, 0, 1, 6, 7));
    p0 = SHUFFLE (a, b, 0, 0, 4, 4);
    p1 = SHUFFLE (a, b, 1, 1, 5, 5);
  } else {
    const MstV4f a = power_of (r, n_sections, SHUFFLE (early, early, 2, 3, 0, 1));
    const MstV4f b = power_of (r, n_sections, SHUFFLE (late, late, 2, 3, 0, 1));
    const MstV4f first = SHUFFLE (held, a, 0, 4, 1, 5), second = SHUFFLE (a, b, 0, 4, 1, 5);
    p0 = SHUFFLE (first, second, 0, 1, 4, 5);
    p1 = SHUFFLE (first, second, 2, 3, 6, 7);
  }
  r->last = late;
  rows[0] = mst_max_v4f (x0 * x0, p0);
  rows[1] = mst_max_v4f (x1 * x1, p1);
}

/* One frame of the last few */
MST_VEC MstV4f
one (Run *r, const unsigned n_sections, const unsigned parity, float x0, float x1)
{
  const MstV4f x = limited ((MstV4f) { x0, x1, x0, x1 });
  if (parity == 0)
    power_of (r, n_sections, SHUFFLE (x, r->last, 0, 1, 6, 7));
  r->last = SHUFFLE (r->last, x, 2, 3, 4, 5);
  return mst_max_v4f (x * x, r->power);
}

MST_VEC void
pair (const float a[2][MST_ENVELOPE_MAX_SECTIONS], const unsigned n_sections, unsigned parity, MstEnvelopeState *s,
    const double *const *x, float *const *power, unsigned n_lanes, size_t n_frames)
{
  const double *const from[2] = { x[0], x[n_lanes - 1] };
  Run r = {
    .last = { 0.0f, 0.0f, s->last[0], s->last[1] },
    .power = { s->power[0], s->power[1], s->power[0], s->power[1] },
    .most = { s->most[0], s->most[1], s->most[0], s->most[1] }
  };
  size_t i = 0;
  for (unsigned k = 0; k <= n_sections; k++) {
    r.past[k] = (MstV4f) { s->past[k][0][0], s->past[k][0][1], s->past[k][1][0], s->past[k][1][1] };
    if (k < n_sections)
      r.a[k] = (MstV4f) { a[0][k], a[0][k], a[1][k], a[1][k] };
  }
  for (; i + 4 <= n_frames; i += 4) {
    MstV4f rows[2] = { mst_load_narrow_v4f (from[0] + i), mst_load_narrow_v4f (from[1] + i) };
    if (parity == 0)
      four (&r, n_sections, 0, rows);
    else
      four (&r, n_sections, 1, rows);
    mst_store_v4f (power[0] + i, rows[0]);
    if (n_lanes > 1)
      mst_store_v4f (power[1] + i, rows[1]);
  }
  for (; i < n_frames; i++, parity ^= 1) {
    const MstV4f p = one (&r, n_sections, parity, (float) from[0][i], (float) from[1][i]);
    for (unsigned lane = 0; lane < n_lanes; lane++)
      power[lane][i] = p[lane];
  }
  for (unsigned k = 0; k <= n_sections; k++)
    for (unsigned lane = 0; lane < 4; lane++)
      s->past[k][lane / 2][lane % 2] = r.past[k][lane];
  for (unsigned lane = 0; lane < 2; lane++) {
    s->last[lane] = r.last[2 + lane];
    s->power[lane] = r.power[lane];
  }
}

static void
run (const float a[2][MST_ENVELOPE_MAX_SECTIONS], unsigned n_sections, unsigned parity, MstEnvelopeState *s,
    const double *const *x, float *const *power, unsigned n_lanes, size_t n_frames)
{
  if (n_sections == 6)
    pair (a, 6, parity, s, x, power, n_lanes, n_frames);
  else if (n_sections == 7)
    pair (a, 7, parity, s, x, power, n_lanes, n_frames);
  else
    pair (a, 8, parity, s, x, power, n_lanes, n_frames);
}

extern const MstEnvelopePairKernels MST_KERNEL (mst_envelope_pair_kernels);
const MstEnvelopePairKernels MST_KERNEL (mst_envelope_pair_kernels) = { run };
