/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* x to the grid: clip (round (x + noise * unit)). Noise is a whole number made of a random word: the high half less the low
 * half, both signed (triangular), the signed word (rectangular), or half the word less half the one before (high-pass
 * triangular). What rounds to beyond full scale clips: only a group that has some is gone through again to count it. Products
 * with powers of two are exact, so fused or not, and whatever the width, the bits are the same.
 * ORC does this in 13.5 instructions a sample (two lanes, no compare that counts); this takes 8 with SSE2, 3.5 with AVX2. */
#include "dither-kernels.h"

#include "noise.h"
#include "vec.h"

#ifdef __AVX2__
#define LANES 4
typedef MstV4d Vd;
typedef MstV4l Vl;
#define MAX mst_max_v4d
#define MIN mst_min_v4d
#define FMA mst_fma_v4d
#else
#define LANES 2
typedef MstV2d Vd;
typedef MstV2l Vl;
#define MAX mst_max_v2d
#define MIN mst_min_v2d
#define FMA mst_fma_v2d
#endif
typedef int32_t Vi __attribute__ ((vector_size (4 * LANES)));
typedef uint32_t Vu __attribute__ ((vector_size (4 * LANES)));

MST_VEC Vd
to_double (Vi v)
{
#ifdef __AVX2__
  return (Vd) _mm256_cvtepi32_pd ((__m128i) v);       /* gcc 12 makes two halves of it */
#else
  return __builtin_convertvector (v, Vd);
#endif
}

MST_VEC Vi
noise_of (MstDitherNoise kind, const uint32_t *w)
{
  Vu now, before;
  memcpy (&now, w, sizeof now);
  memcpy (&before, w - 1, sizeof before);
  switch (kind) {
    case MST_DITHER_TRIANGULAR:
#ifdef __AVX2__
      return (Vi) _mm_madd_epi16 ((__m128i) now, _mm_set1_epi32 (0x0001ffff));  /* high half times 1, low half times -1 */
#else
      return ((Vi) now >> 16) - ((Vi) (now << 16) >> 16);
#endif
    case MST_DITHER_HIGH_PASS_TRIANGULAR:
      return ((Vi) now >> 1) - ((Vi) before >> 1);
    case MST_DITHER_RECTANGULAR:
    case MST_DITHER_NONE:
      break;
  }
  return (Vi) now;
}

typedef struct
{
  Vd lowest, highest;           /* of what was rounded */
} Reach;

MST_VEC void
step_of (double shift, MstDitherNoise kind, double unit, double *x, const uint32_t *w, Reach *reach)
{
  const Vd zero = { 0.0 };
  Vd v;
  memcpy (&v, x, sizeof v);
  if (kind != MST_DITHER_NONE)
    v = FMA (to_double (noise_of (kind, w)), zero + unit, v);
  v = (v + shift) - shift;
  reach->lowest = MIN (reach->lowest, v);
  reach->highest = MAX (reach->highest, v);
  memcpy (x, &v, sizeof v);
}

static size_t
clip (const MstDitherGrid *g, double *x, size_t n)
{
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    const double y = x[i] > g->highest ? g->highest : x[i] < g->lowest ? g->lowest : x[i];
    count += y != x[i];
    x[i] = y;
  }
  return count;
}

MST_VEC size_t
quantise (const MstDitherGrid *grid, MstDitherNoise kind, double unit, double *x, const uint32_t *w, size_t n)
{
  const double shift = grid->shift;
  Reach reach = { { 0.0 }, { 0.0 } };
  size_t i = 0;

  for (; i + 2 * LANES <= n; i += 2 * LANES) {
    step_of (shift, kind, unit, x + i, w + i, &reach);
    step_of (shift, kind, unit, x + i + LANES, w + i + LANES, &reach);
  }
  for (; i + LANES <= n; i += LANES)
    step_of (shift, kind, unit, x + i, w + i, &reach);
  if (i < n) {                  /* the rest, filled up with zeros, which never clip */
    double last[LANES] = { 0.0 };
    uint32_t words[LANES + 1] = { 0 };
    memcpy (last, x + i, (n - i) * sizeof *x);
    memcpy (words, w + i - 1, (n - i + 1) * sizeof *w);
    step_of (shift, kind, unit, last, words + 1, &reach);
    memcpy (x + i, last, (n - i) * sizeof *x);
  }
  const Vl out = (Vl) ((reach.lowest < grid->lowest) | (reach.highest > grid->highest));
#ifdef __AVX2__
  return _mm256_movemask_pd ((__m256d) out) ? clip (grid, x, n) : 0;
#else
  return out[0] | out[1] ? clip (grid, x, n) : 0;
#endif
}

#define QUANTISE(name, kind) \
static size_t \
name (const MstDitherGrid *g, double unit, double *x, const uint32_t *w, size_t n) \
{ \
  return quantise (g, kind, unit, x, w, n); \
}
QUANTISE (plain, MST_DITHER_NONE)
QUANTISE (rectangular, MST_DITHER_RECTANGULAR)
QUANTISE (triangular, MST_DITHER_TRIANGULAR)
QUANTISE (high_pass, MST_DITHER_HIGH_PASS_TRIANGULAR)

/* --- two channels of F32 to S16 in one go: a third of the instructions of going by planes ------------------- */

typedef int32_t Vframes __attribute__ ((vector_size (8 * LANES)));      /* LANES frames */
typedef int16_t Vpacked __attribute__ ((vector_size (4 * LANES)));
#define TOO_LARGE 0x40800000    /* 4.0f; what is not finite is larger still as an integer */
#define LOW(i) (2 * (i) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__))
#ifdef __AVX2__
#define ZIP(a, b, first) __builtin_shufflevector (a, b, first, 4 + first, 1 + first, 5 + first)
#define SECOND 2
#else
#define ZIP(a, b, first) __builtin_shufflevector (a, b, first, 2 + first)
#define SECOND 1
#endif

MST_VEC Vd
widen (const float *x)
{
#ifdef __AVX2__
  return (Vd) _mm256_cvtps_pd (_mm_loadu_ps (x));       /* gcc 12 makes two halves of it */
#else
  return (Vd) { x[0], x[1] };
#endif
}

/* x + shift lies where one step is one unit in the last place: the low half of the number is x in steps. */
MST_VEC Vframes
steps_of (Vd a, Vd b)
{
#ifdef __AVX2__
  const __m256i halves = (__m256i) _mm256_shuffle_ps ((__m256) a, (__m256) b, 0x88);   /* gcc 12 takes four for these two */
  return (Vframes) _mm256_permute4x64_epi64 (halves, 0xd8);
#else
  return __builtin_shufflevector ((Vframes) a, (Vframes) b, LOW (0), LOW (1), LOW (2), LOW (3));
#endif
}

typedef struct
{
  Vframes steps;                /* above the lowest, of all samples: no bit of a sample that clips is lost */
  Vframes large;                /* all ones where one was */
} Span;

MST_VEC void
pack_step (MstDitherGrid g, MstDitherNoise kind, double unit, const float *x, int16_t *y, const uint32_t *left, const uint32_t *right, Span *span)
{
  const Vd zero = { 0.0 }, shift = zero + g.shift;
  Vframes in;
  memcpy (&in, x, sizeof in);
  Vd a = widen (x), b = widen (x + LANES);
  if (kind != MST_DITHER_NONE) {
    const Vi l = noise_of (kind, left), r = noise_of (kind, right);
    a = FMA (to_double (ZIP (l, r, 0)), zero + unit, a);
    b = FMA (to_double (ZIP (l, r, SECOND)), zero + unit, b);
  }
  const Vframes steps = steps_of (a + shift, b + shift);
  span->steps |= steps + (1 << (g.bits - 1));
  span->large |= (in & 0x7fffffff) > TOO_LARGE;
  const Vpacked out = __builtin_convertvector (steps << (int) (16 - g.bits), Vpacked);
  memcpy (y, &out, sizeof out);
}

MST_VEC bool
pack (const MstDitherGrid *grid, MstDitherNoise kind, double unit, const float *x, int16_t *y, const uint32_t *const w[2], size_t n)
{
  const MstDitherGrid g = *grid;
  const uint32_t *const left = w[0], *const right = w[1];
  Span span = { { 0 }, { 0 } };
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    pack_step (g, kind, unit, x + 2 * i, y + 2 * i, left + i, right + i, &span);
  if (i < n) {                  /* the rest, filled up with zeros, which never clip */
    float last[2 * LANES] = { 0.0f };
    int16_t out[2 * LANES];
    uint32_t words[2][LANES + 1] = { { 0 } };
    memcpy (last, x + 2 * i, (n - i) * 2 * sizeof *x);
    for (int c = 0; c < 2; c++)
      memcpy (words[c], w[c] + i - 1, (n - i + 1) * sizeof *w[c]);
    pack_step (g, kind, unit, last, out, words[0] + 1, words[1] + 1, &span);
    memcpy (y + 2 * i, out, (n - i) * 2 * sizeof *y);
  }
  uint32_t outside = 0;
  for (int k = 0; k < 2 * LANES; k++)
    outside |= (uint32_t) span.steps[k] >> g.bits | (uint32_t) span.large[k];
  return !outside;
}

#define PACK(name, kind) \
static bool \
name (const MstDitherGrid *g, double unit, const float *x, int16_t *y, const uint32_t *const w[2], size_t n) \
{ \
  return pack (g, kind, unit, x, y, w, n); \
}
PACK (pack_plain, MST_DITHER_NONE)
PACK (pack_rectangular, MST_DITHER_RECTANGULAR)
PACK (pack_triangular, MST_DITHER_TRIANGULAR)
PACK (pack_high_pass, MST_DITHER_HIGH_PASS_TRIANGULAR)

/* --- shaped: y = round (x + sum a[k] e[n-k] + noise), e = y - (x + sum) = rounding + noise ------------------ */

#define FURTHEST 4.0            /* beyond this x is cut before, so that e stays bounded whatever comes */

MST_VEC void
noise_plane (MstDitherNoise kind, double unit, const uint32_t *w, double *noise, size_t n)
{
  int32_t before = (int32_t) w[-1];
  for (size_t i = 0; i < n; i++) {
    const int32_t now = (int32_t) w[i];
    const int32_t k = kind == MST_DITHER_TRIANGULAR ? (now >> 16) - (int16_t) (w[i] & 0xffff) :
        kind == MST_DITHER_HIGH_PASS_TRIANGULAR ? (now >> 1) - (before >> 1) : kind == MST_DITHER_RECTANGULAR ? now : 0;
    before = now;
    noise[i] = k * unit;
  }
}

/* Errors of both channels side by side, the oldest first: a pair of taps, k and k - 1, is four numbers in a row. */
#ifdef __AVX2__
typedef MstV4d Pair;
#else
typedef struct
{
  MstV2d far, near;
} Pair;
#endif

MST_VEC Pair
pair_of (MstV2d far, MstV2d near)
{
#ifdef __AVX2__
  return (Pair) _mm256_set_m128d ((__m128d) near, (__m128d) far);
#else
  return (Pair) { far, near };
#endif
}

/* @is_new: written so lately, in halves, that reading the whole would wait for both to arrive in the cache. */
MST_VEC void
add_taps (Pair *sum, const Pair *a, const MstV2d *errors, bool is_new)
{
#ifdef __AVX2__
  Pair e;
  memcpy (&e, errors, sizeof e);
  if (is_new)
    e = pair_of (errors[0], errors[1]);
  *sum += *a * e;
#else
  sum->far += a->far * errors[0];
  sum->near += a->near * errors[1];
#endif
}

/* (p.far + q.near) + (q.far + p.near) */
MST_VEC MstV2d
crosswise (Pair p, Pair q)
{
#ifdef __AVX2__
  const __m256d both = (__m256d) (p + (Pair) _mm256_permute2f128_pd ((__m256d) q, (__m256d) q, 1));
  return (MstV2d) _mm256_castpd256_pd128 (both) + (MstV2d) _mm256_extractf128_pd (both, 1);
#else
  return (p.far + q.near) + (q.far + p.near);
#endif
}

MST_VEC void
shape_order (const MstDitherGrid *grid, const double *coefficients, const unsigned order, const double (*noise)[MST_NOISE_GROUP],
    double *const x[2], MstShaperState *const state[2], size_t n, size_t clipped[2])
{
  MstV2d history[MST_SHAPER_ORDER + MST_NOISE_GROUP];
  Pair a[1 + MST_SHAPER_ORDER / 2];     /* taps 2 k and 2 k - 1 */
  const MstV2d zero = { 0.0, 0.0 }, far = zero + FURTHEST, first = zero + coefficients[1], second = zero + coefficients[2];
  const MstV2d lowest = zero + grid->lowest, highest = zero + grid->highest, shift = zero + grid->shift;
  MstV2d rounding = { state[0]->rounding, state[1]->rounding }, before = { state[0]->noise, state[1]->noise };
  MstV2l count = { 0, 0 };
  double *const left = x[0], *const right = x[1];

  for (unsigned k = 0; k < MST_SHAPER_ORDER; k++)
    history[k] = (MstV2d) { state[0]->error[k], state[1]->error[k] };
  for (unsigned k = 1; 2 * k <= order; k++)
    a[k] = pair_of (zero + coefficients[2 * k], zero + coefficients[2 * k - 1]);
  for (size_t i = 0; i < n; i++) {
    const MstV2d *newest = history + MST_SHAPER_ORDER - 1 + i;
    const MstV2d in = { left[i], right[i] }, added = { noise[0][i], noise[1][i] };
    /* Oldest errors first, in four sums: only the newest rounding is on the way from frame to frame */
    Pair even = pair_of (mst_min_v2d (mst_max_v2d (in, -far), far), zero), odd = pair_of (first * before, added);
    for (unsigned k = order / 2; k > 1; k--)
      add_taps (k % 2 ? &odd : &even, &a[k], newest + 1 - 2 * k, k == 2);
    const MstV2d early = crosswise (even, odd) + second * newest[-1];
    const MstV2d wanted = early + first * rounding;
    const MstV2d y = (wanted + shift) - shift;
    rounding = y - wanted;
    before = added;
    history[MST_SHAPER_ORDER + i] = rounding + added;
    const MstV2d out = mst_min_v2d (mst_max_v2d (y, lowest), highest);
    count -= out != y;
    left[i] = out[0];
    right[i] = out[1];
  }
  for (int c = 0; c < 2; c++) {
    for (unsigned k = 0; k < MST_SHAPER_ORDER; k++)
      state[c]->error[k] = history[n + k][c];
    state[c]->rounding = rounding[c];
    state[c]->noise = before[c];
    clipped[c] += (size_t) count[c];
  }
}

static void
shape (const MstDitherGrid *grid, const MstShaper *shaper, MstDitherNoise kind, double unit, double *const x[2],
    const uint32_t *const w[2], MstShaperState *const state[2], size_t n, size_t clipped[2])
{
  double noise[2][MST_NOISE_GROUP];
  for (int c = 0; c < 2; c++)
    noise_plane (kind, unit, w[c], noise[c], n);
  if (shaper->order == 12)
    shape_order (grid, shaper->a, 12, (const double (*)[MST_NOISE_GROUP]) noise, x, state, n, clipped);
  else
    shape_order (grid, shaper->a, 16, (const double (*)[MST_NOISE_GROUP]) noise, x, state, n, clipped);
}

const MstDitherKernels MST_KERNEL (mst_dither_kernels) = { {plain, rectangular, triangular, high_pass},
{pack_plain, pack_rectangular, pack_triangular, pack_high_pass}, shape
};
