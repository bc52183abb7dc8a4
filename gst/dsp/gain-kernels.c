/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel file of gain.c: the recurrence in double (a 5 s time constant at 384 kHz moves by 5e-7 of the way a frame). */
#include "gain-kernels.h"

#include "isa.h"
#include "vec.h"

#ifdef __AVX2__
#define W 4
typedef MstV4d Vd;
#define LOAD mst_load_v4d
#define STORE mst_store_v4d
#define FMA mst_fma_v4d
#define SELECT mst_select_v4d
#else
#define W 2
typedef MstV2d Vd;
#define LOAD mst_load_v2d
#define STORE mst_store_v2d
#define FMA mst_fma_v2d
#define SELECT mst_select_v2d
#endif

#define AT_LEVEL_DB 0.05        /* the curve asks for what is there: hold begins anew */

/* One frame: @row holds x of four lanes and gets their now */
MST_VEC void
step (Vd *now, const Vd *attack, const Vd *release, Vd *sum, MstV4f *row)
{
#ifdef __AVX2__
  const Vd x = (Vd) _mm256_cvtps_pd ((__m128) *row);
  *now = FMA (SELECT (x < *now, *attack, *release), x - *now, *now);
  *sum += *now;
  *row = (MstV4f) _mm256_cvtpd_ps ((__m256d) *now);
#else
  const MstV4f r = *row;
  const Vd x[2] = { { r[0], r[1] }, { r[2], r[3] } };
  for (unsigned h = 0; h < 2; h++) {
    now[h] = FMA (SELECT (x[h] < now[h], attack[h], release[h]), x[h] - now[h], now[h]);
    sum[h] += now[h];
  }
  *row = (MstV4f) { (float) now[0][0], (float) now[0][1], (float) now[1][0], (float) now[1][1] };
#endif
}

static void
smooth (MstGainLanes *s, float *const line[MST_GAIN_LANES], size_t n_frames)
{
  Vd now[MST_GAIN_LANES / W], attack[MST_GAIN_LANES / W], release[MST_GAIN_LANES / W], sum[MST_GAIN_LANES / W];
  for (unsigned h = 0; h < MST_GAIN_LANES / W; h++) {
    now[h] = LOAD (s->now + h * W);
    attack[h] = LOAD (s->attack + h * W);
    release[h] = LOAD (s->release + h * W);
    sum[h] = LOAD (s->sum + h * W);
  }
  for (size_t i = 0; i < n_frames; i += 4) {
    const size_t n = n_frames - i < 4 ? n_frames - i : 4;
    MstV4f rows[4];
    /* Lines are padded to whole vectors */
    for (unsigned lane = 0; lane < 4; lane++)
      rows[lane] = mst_load_v4f (line[lane] + i);
    mst_transpose_v4f (rows);
    for (size_t j = 0; j < n; j++)
      step (now, attack, release, sum, &rows[j]);
    mst_transpose_v4f (rows);
    for (unsigned lane = 0; lane < 4; lane++)
      mst_store_v4f (line[lane] + i, rows[lane]);
  }
  for (unsigned h = 0; h < MST_GAIN_LANES / W; h++) {
    STORE (s->now + h * W, now[h]);
    STORE (s->sum + h * W, sum[h]);
  }
}

MST_VEC double
toward (double now, double x, double share)
{
#ifdef __FMA__
  return __builtin_fma (share, x - now, now);
#else
  return share * (x - now) + now;
#endif
}

/* In terms of attack downward, whichever it is */
static void
smooth_with_memory (MstGainLane *s, float *line, size_t n_frames)
{
  const int is_auto = s->slow_release > 0.0;
  if (!is_auto)
    s->fast = s->now;
  for (size_t i = 0; i < n_frames; i++) {
    const double x = s->side * line[i], fast = s->side * s->fast, slow = s->side * s->slow;
    if (x <= fast + AT_LEVEL_DB)
      s->held = s->hold_frames;
    else if (s->held > 0.0)
      s->held -= 1.0;
    const double share = x < fast ? s->attack : s->held > 0.0 && x > fast + AT_LEVEL_DB ? 0.0 : s->release;
    s->fast = s->side * toward (fast, x, share);
    s->slow = is_auto ? s->side * toward (slow, x, s->slow_release) : s->fast;
    s->now = s->side * s->fast < s->side * s->slow ? s->fast : s->slow;
    s->sum += s->now;
    line[i] = (float) s->now;
  }
}

static void
smooth_one (MstGainLane *s, float *line, size_t n_frames)
{
  double now = s->now, sum = s->sum;
  const double down = s->side > 0.0 ? s->attack : s->release, up = s->side > 0.0 ? s->release : s->attack;
  if (s->hold_frames > 0.0 || s->slow_release > 0.0) {
    smooth_with_memory (s, line, n_frames);
    return;
  }
  for (size_t i = 0; i < n_frames; i++) {
    now = toward (now, line[i], line[i] < now ? down : up);
    sum += now;
    line[i] = (float) now;
  }
  s->now = s->fast = s->slow = now;
  s->sum = sum;
}

static void
extremes (const float *level, const float *change, const float *makeup, size_t n_frames, MstGainExtremes *e)
{
  const MstV4f zero = { 0 };
  MstV4f low = zero + e->lowest, high = zero + e->highest, in = zero + e->level, out = zero + e->level_after;
  size_t i = 0;
  for (; i + 4 <= n_frames; i += 4) {
    const MstV4f l = mst_load_v4f (level + i), c = mst_load_v4f (change + i);
    low = mst_min_v4f (low, c);
    high = mst_max_v4f (high, c);
    in = mst_max_v4f (in, l);
    out = mst_max_v4f (out, l + (c + mst_load_v4f (makeup + i)));
  }
  for (; i < n_frames; i++) {
    const MstV4f l = zero + level[i], c = zero + change[i];
    low = mst_min_v4f (low, c);
    high = mst_max_v4f (high, c);
    in = mst_max_v4f (in, l);
    out = mst_max_v4f (out, l + (c + makeup[i]));
  }
  for (unsigned k = 0; k < 4; k++) {
    e->lowest = low[k] < e->lowest ? low[k] : e->lowest;
    e->highest = high[k] > e->highest ? high[k] : e->highest;
    e->level = in[k] > e->level ? in[k] : e->level;
    e->level_after = out[k] > e->level_after ? out[k] : e->level_after;
  }
}

extern const MstGainKernels MST_KERNEL (mst_gain_kernels);
const MstGainKernels MST_KERNEL (mst_gain_kernels) = { smooth, smooth_one, extremes };
