/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interleaved stereo, F32 in and out and S16 out. Where there are doubles ORC works on two lanes: 5.2, 6.2 and 9.3 instructions
 * a sample where these take 1.3, 1.4 and 1.7 with AVX2.
 * What is not finite, or not as a float, is looked for by 0 x, which is 0 for every number and NaN for the rest; only a block that
 * has some is gone through again, sample by sample. */
#include "planar-kernels.h"

#include "vec.h"

#include <float.h>
#include <math.h>

#define ROUND_MAGIC 6755399441055744.0  /* 1.5 * 2^52 */

#ifdef __AVX2__
MST_VEC float
sum_of (MstV8f x)
{
  const __m128 four = _mm_add_ps (_mm256_castps256_ps128 ((__m256) x), _mm256_extractf128_ps ((__m256) x, 1));
  const __m128 two = _mm_add_ps (four, _mm_movehl_ps (four, four));
  return _mm_cvtss_f32 (_mm_add_ss (two, _mm_movehdup_ps (two)));
}
#endif

#ifdef __AVX2__
MST_VEC MstV8f
split_four (const float *frames, double *left, double *right, MstV8f trace)
{
  const MstV8f x = mst_load_v8f (frames), zero = { 0 };
  const __m256 y = _mm256_permutevar8x32_ps ((__m256) x, _mm256_setr_epi32 (0, 2, 4, 6, 1, 3, 5, 7));
  _mm256_storeu_pd (left, _mm256_cvtps_pd (_mm256_castps256_ps128 (y)));
  _mm256_storeu_pd (right, _mm256_cvtps_pd (_mm256_extractf128_ps (y, 1)));
  return mst_fma_v8f (x, zero, trace);
}

MST_VEC MstV8f
join_four (const double *left, const double *right, float *frames, MstV8f trace)
{
  const MstV8f zero = { 0 };
  const __m128 a = _mm256_cvtpd_ps (_mm256_loadu_pd (left)), b = _mm256_cvtpd_ps (_mm256_loadu_pd (right));
  const __m256 both = _mm256_insertf128_ps (_mm256_castps128_ps256 (a), b, 1);
  _mm256_storeu_ps (frames, _mm256_permutevar8x32_ps (both, _mm256_setr_epi32 (0, 4, 1, 5, 2, 6, 3, 7)));
  return mst_fma_v8f ((MstV8f) both, zero, trace);
}

/* Rounds to nearest even; what is below -2^31 becomes that, and packing clips. */
MST_VEC void
join_four_s16 (const double *left, const double *right, int16_t *frames)
{
  const MstV4d zero = { 0.0 };
  const MstV4d l = mst_min_v4d (mst_load_v4d (left) * 32768.0, zero + 32767.0), r = mst_min_v4d (mst_load_v4d (right) * 32768.0, zero + 32767.0);
  const __m128i a = _mm256_cvtpd_epi32 ((__m256d) l), b = _mm256_cvtpd_epi32 ((__m256d) r);
  _mm_storeu_si128 ((__m128i *) frames, _mm_packs_epi32 (_mm_unpacklo_epi32 (a, b), _mm_unpackhi_epi32 (a, b)));
}
#endif

/* Whether all is finite. */
static int
read_four (const float *frames, double *left, double *right, size_t n)
{
#ifdef __AVX2__
  MstV8f trace = { 0 };
  for (size_t i = 0; i < n; i += 8) {
    trace = split_four (frames + 2 * i, left + i, right + i, trace);
    trace = split_four (frames + 2 * i + 8, left + i + 4, right + i + 4, trace);
  }
  return sum_of (trace) == 0.0f;
#else
  MstV4f trace = { 0 };
  const MstV4f zero = { 0 };
  for (size_t i = 0; i < n; i += 2) {
    const MstV4f x = mst_load_v4f (frames + 2 * i);
    trace += x * zero;
#ifdef __SSE2__
    const __m128 y = _mm_shuffle_ps ((__m128) x, (__m128) x, _MM_SHUFFLE (3, 1, 2, 0));
    _mm_storeu_pd (left + i, _mm_cvtps_pd (y));
    _mm_storeu_pd (right + i, _mm_cvtps_pd (_mm_movehl_ps (y, y)));
#else
    mst_store_v2d (left + i, (MstV2d) { x[0], x[2] });
    mst_store_v2d (right + i, (MstV2d) { x[1], x[3] });
#endif
  }
  return (trace[0] + trace[1]) + (trace[2] + trace[3]) == 0.0f;
#endif
}

static size_t
read_each (const float *frames, double *left, double *right, size_t n)
{
  size_t bad = 0;
  for (size_t i = 0; i < n; i++)
    for (int c = 0; c < 2; c++) {
      const float x = frames[2 * i + (size_t) c];
      const int finite = fabsf (x) <= FLT_MAX;
      (c ? right : left)[i] = finite ? x : 0.0f;
      bad += !finite;
    }
  return bad;
}

static size_t
read_f32_stereo (const float *frames, double *left, double *right, size_t n)
{
  const size_t whole = n - n % 8;
  if (!read_four (frames, left, right, whole))
    return read_each (frames, left, right, n);
  return read_each (frames + 2 * whole, left + whole, right + whole, n - whole);
}

/* Whether all of it was within what float can hold. */
static int
write_four (const double *left, const double *right, float *frames, size_t n)
{
#ifdef __AVX2__
  MstV8f trace = { 0 };
  for (size_t i = 0; i < n; i += 8) {
    trace = join_four (left + i, right + i, frames + 2 * i, trace);
    trace = join_four (left + i + 4, right + i + 4, frames + 2 * i + 8, trace);
  }
  return sum_of (trace) == 0.0f;
#else
  MstV4f trace = { 0 };
  const MstV4f zero = { 0 };
  for (size_t i = 0; i < n; i += 2) {
    const MstV2d l = mst_load_v2d (left + i), r = mst_load_v2d (right + i);
    const MstV4f both = { (float) l[0], (float) r[0], (float) l[1], (float) r[1] };
    trace += both * zero;
    mst_store_v4f (frames + 2 * i, both);
  }
  return (trace[0] + trace[1]) + (trace[2] + trace[3]) == 0.0f;
#endif
}

/* A finite sample stays finite. */
static inline float
to_float (double x)
{
  return (float) fmin (fmax (x, -FLT_MAX), FLT_MAX);
}

static void
write_each (const double *left, const double *right, float *frames, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    frames[2 * i] = to_float (left[i]);
    frames[2 * i + 1] = to_float (right[i]);
  }
}

static void
write_f32_stereo (const double *left, const double *right, float *frames, size_t n)
{
  const size_t whole = n - n % 8;
  if (write_four (left, right, frames, whole))
    write_each (left + whole, right + whole, frames + 2 * whole, n - whole);
  else
    write_each (left, right, frames, n);
}

static inline int16_t
to_s16 (double x)
{
  const double v = fmin (fmax (x * 32768.0, -32768.0), 32767.0);
  return (int16_t) ((v + ROUND_MAGIC) - ROUND_MAGIC);
}

static void
write_s16_stereo (const double *left, const double *right, int16_t *frames, size_t n)
{
  size_t i = 0;
#ifdef __AVX2__
  for (; i + 8 <= n; i += 8) {
    join_four_s16 (left + i, right + i, frames + 2 * i);
    join_four_s16 (left + i + 4, right + i + 4, frames + 2 * i + 8);
  }
#else
  const MstV2d zero = { 0.0 };
  for (; i + 2 <= n; i += 2) {
    typedef int32_t Pair __attribute__ ((vector_size (8)));
    MstV2d l = mst_min_v2d (mst_max_v2d (mst_load_v2d (left + i) * 32768.0, zero - 32768.0), zero + 32767.0);
    MstV2d r = mst_min_v2d (mst_max_v2d (mst_load_v2d (right + i) * 32768.0, zero - 32768.0), zero + 32767.0);
    const Pair a = __builtin_convertvector ((l + ROUND_MAGIC) - ROUND_MAGIC, Pair);
    const Pair b = __builtin_convertvector ((r + ROUND_MAGIC) - ROUND_MAGIC, Pair);
    /* right in the upper half of each word, left in the lower, as the bytes of a frame lie */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const Pair both = (b << 16) | (a & 0xffff);
#else
    const Pair both = (a << 16) | (b & 0xffff);
#endif
    memcpy (frames + 2 * i, &both, sizeof both);
  }
#endif
  for (; i < n; i++) {
    frames[2 * i] = to_s16 (left[i]);
    frames[2 * i + 1] = to_s16 (right[i]);
  }
}

const MstPlanarKernels MST_KERNEL (mst_planar_kernels) = { read_f32_stereo, write_f32_stereo, write_s16_stereo };
