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
#define MIN mst_min_v4d
#define MAX mst_max_v4d
#define FUSED __builtin_fma
typedef MstV4l Vl;
#else
#define W 2
typedef MstV2d Vd;
#define LOAD mst_load_v2d
#define STORE mst_store_v2d
#define FMA mst_fma_v2d
#define SELECT mst_select_v2d
#define MIN mst_min_v2d
#define MAX mst_max_v2d
#define FUSED(a, b, c) ((a) * (b) + (c))
typedef MstV2l Vl;
#endif

#define CALM_DB 0.05            /* less than that is let go calmly */
#define AT_LEVEL_DB 0.5         /* the curve asks for about what is there (an onset overshoots): hold begins anew */

/* The way to x: keep now + share x, by attack and by release; of the two the lower one is meant where the attack is the faster (below now its
 * larger share leads further down, above the smaller one less far up), else the higher. So the path from frame to frame is
 * one fused operation and a minimum. */
typedef struct
{
  Vd attack, release, keep_attack, keep_release;
  Vl is_quick;                  /* attack >= release */
} Way;

MST_VEC Vd
go (const Way *w, Vd now, Vd x)
{
  const Vd a = FMA (w->keep_attack, now, w->attack * x), r = FMA (w->keep_release, now, w->release * x);
  return SELECT (w->is_quick, MIN (a, r), MAX (a, r));
}

/* One frame: @row holds x of four lanes and gets their now */
MST_VEC void
step (Vd *now, const Way *way, Vd *sum, MstV4f *row)
{
#ifdef __AVX2__
  *now = go (way, *now, (Vd) _mm256_cvtps_pd ((__m128) *row));
  *sum += *now;
  *row = (MstV4f) _mm256_cvtpd_ps ((__m256d) *now);
#else
  const MstV4f r = *row;
  const Vd x[2] = { { r[0], r[1] }, { r[2], r[3] } };
  for (unsigned h = 0; h < 2; h++) {
    now[h] = go (&way[h], now[h], x[h]);
    sum[h] += now[h];
  }
  *row = (MstV4f) { (float) now[0][0], (float) now[0][1], (float) now[1][0], (float) now[1][1] };
#endif
}

/* @n <= 4 frames from @i on; with @n constant, straight-line code */
MST_VEC void
steps (Vd *now, const Way *way, Vd *sum, float *const line[MST_GAIN_LANES], size_t i, const size_t n)
{
  MstV4f rows[4];
  /* Lines are padded to whole vectors */
  for (unsigned lane = 0; lane < 4; lane++)
    rows[lane] = mst_load_v4f (line[lane] + i);
  mst_transpose_v4f (rows);
#pragma GCC unroll 4
  for (size_t j = 0; j < n; j++)
    step (now, way, sum, &rows[j]);
  mst_transpose_v4f (rows);
  for (unsigned lane = 0; lane < 4; lane++)
    mst_store_v4f (line[lane] + i, rows[lane]);
}

static void
smooth (MstGainLanes *s, float *const line[MST_GAIN_LANES], size_t n_frames)
{
  const Vd zero = { 0 };
  Vd now[MST_GAIN_LANES / W], sum[MST_GAIN_LANES / W];
  Way way[MST_GAIN_LANES / W];
  size_t i = 0;
  for (unsigned h = 0; h < MST_GAIN_LANES / W; h++) {
    const Vd attack = LOAD (s->attack + h * W), release = LOAD (s->release + h * W);
    way[h] = (Way) { attack, release, (zero + 1.0) - attack, (zero + 1.0) - release, attack >= release };
    now[h] = LOAD (s->now + h * W);
    sum[h] = LOAD (s->sum + h * W);
  }
  for (; i + 4 <= n_frames; i += 4)
    steps (now, way, sum, line, i, 4);
  if (i < n_frames)
    steps (now, way, sum, line, i, n_frames - i);
  for (unsigned h = 0; h < MST_GAIN_LANES / W; h++) {
    STORE (s->now + h * W, now[h]);
    STORE (s->sum + h * W, sum[h]);
  }
}

MST_VEC double
toward (double now, double x, double share)
{
  return FUSED (share, x - now, now);
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
    const double share = x < fast ? s->attack : x <= fast + CALM_DB ? s->calm_release : s->held > 0.0 && x > fast + AT_LEVEL_DB ? 0.0 : s->release;
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
  if (s->hold_frames > 0.0 || s->slow_release > 0.0 || s->calm_release < s->release) {
    smooth_with_memory (s, line, n_frames);
    return;
  }
  const double keep_down = 1.0 - down, keep_up = 1.0 - up;
  if (down >= up)
    for (size_t i = 0; i < n_frames; i++) {
      const double a = FUSED (keep_down, now, down * line[i]), r = FUSED (keep_up, now, up * line[i]);
      now = a < r ? a : r;
      sum += now;
      line[i] = (float) now;
    }
  else
    for (size_t i = 0; i < n_frames; i++) {
      const double a = FUSED (keep_down, now, down * line[i]), r = FUSED (keep_up, now, up * line[i]);
      now = a > r ? a : r;
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
