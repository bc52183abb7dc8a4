/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams of many channels at the edge: squares of four frames by four channels, turned in registers. A channel at a time, with
 * a stride, takes 9, 25 and 14 instructions a sample to read F32, to write F32 and to write S16; this takes 1.9, 1.7 and 2.0 with AVX2.
 * What is not finite is looked for by 0 x, which is 0 for every number and NaN for the rest. */
#include "planar-four-kernels.h"

#include "vec.h"

#include <float.h>
#include <math.h>

#define ROUND_MAGIC 6755399441055744.0  /* 1.5 * 2^52 */
#define LANES 4

/* Four frames of one channel */
MST_VEC void
widen (MstV4f x, double *to)
{
#ifdef __AVX2__
  _mm256_storeu_pd (to, _mm256_cvtps_pd ((__m128) x));
#else
  mst_store_v2d (to, (MstV2d) { x[0], x[1] });
  mst_store_v2d (to + 2, (MstV2d) { x[2], x[3] });
#endif
}

/* min (max (x, low), high) of four frames of one channel, as float */
MST_VEC MstV4f
narrow (const double *from)
{
#ifdef __AVX2__
  const MstV4d zero = { 0.0 };
  return (MstV4f) _mm256_cvtpd_ps ((__m256d) mst_min_v4d (mst_max_v4d (mst_load_v4d (from), zero - FLT_MAX), zero + FLT_MAX));
#else
  const MstV2d zero = { 0.0 };
  const MstV2d a = mst_min_v2d (mst_max_v2d (mst_load_v2d (from), zero - FLT_MAX), zero + FLT_MAX);
  const MstV2d b = mst_min_v2d (mst_max_v2d (mst_load_v2d (from + 2), zero - FLT_MAX), zero + FLT_MAX);
  return (MstV4f) { (float) a[0], (float) a[1], (float) b[0], (float) b[1] };
#endif
}

/* Rounded to nearest even within 16 bits, still as float, which holds them exactly */
MST_VEC MstV4f
round_s16 (const double *from)
{
#ifdef __AVX2__
  const MstV4d zero = { 0.0 };
  const MstV4d x = mst_min_v4d (mst_max_v4d (mst_load_v4d (from) * 32768.0, zero - 32768.0), zero + 32767.0);
  return (MstV4f) _mm_cvtepi32_ps (_mm256_cvtpd_epi32 ((__m256d) x));
#else
  const MstV2d zero = { 0.0 };
  MstV2d a = mst_min_v2d (mst_max_v2d (mst_load_v2d (from) * 32768.0, zero - 32768.0), zero + 32767.0);
  MstV2d b = mst_min_v2d (mst_max_v2d (mst_load_v2d (from + 2) * 32768.0, zero - 32768.0), zero + 32767.0);
  a = (a + ROUND_MAGIC) - ROUND_MAGIC;
  b = (b + ROUND_MAGIC) - ROUND_MAGIC;
  return (MstV4f) { (float) a[0], (float) a[1], (float) b[0], (float) b[1] };
#endif
}

MST_VEC size_t
read_one (float x, double *to)
{
  const int finite = fabsf (x) <= FLT_MAX;
  *to = finite ? x : 0.0f;
  return !finite;
}

static size_t
read_f32 (const float *frames, size_t stride, double *const *to, size_t n)
{
  size_t i = 0, bad = 0;
  MstV4f trace = { 0 };
  const MstV4f zero = { 0 };
  for (; i + LANES <= n; i += LANES) {
    MstV4f x[4];
    for (int k = 0; k < 4; k++) {
      x[k] = mst_load_v4f (frames + (i + (size_t) k) * stride);
      trace += x[k] * zero;
    }
    mst_transpose_v4f (x);
    for (int k = 0; k < 4; k++)
      widen (x[k], to[k] + i);
  }
  if ((trace[0] + trace[1]) + (trace[2] + trace[3]) != 0.0f)
    i = 0;
  for (; i < n; i++)
    for (int k = 0; k < 4; k++)
      bad += read_one (frames[i * stride + (size_t) k], to[k] + i);
  return bad;
}

static void
write_f32 (double *const *from, float *frames, size_t stride, size_t n)
{
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    MstV4f x[4];
    for (int k = 0; k < 4; k++)
      x[k] = narrow (from[k] + i);
    mst_transpose_v4f (x);
    for (int k = 0; k < 4; k++)
      mst_store_v4f (frames + (i + (size_t) k) * stride, x[k]);
  }
  for (; i < n; i++)
    for (int k = 0; k < 4; k++)
      frames[i * stride + (size_t) k] = (float) fmin (fmax (from[k][i], -FLT_MAX), FLT_MAX);
}

static void
write_s16 (double *const *from, int16_t *frames, size_t stride, size_t n)
{
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    MstV4f x[4];
    for (int k = 0; k < 4; k++)
      x[k] = round_s16 (from[k] + i);
    mst_transpose_v4f (x);
    for (int k = 0; k < 4; k++) {
#ifdef __SSE2__
      const __m128i whole = _mm_cvttps_epi32 ((__m128) x[k]);
      _mm_storel_epi64 ((__m128i *) (frames + (i + (size_t) k) * stride), _mm_packs_epi32 (whole, whole));
#else
      typedef int16_t Four __attribute__ ((vector_size (8)));
      const Four whole = __builtin_convertvector (x[k], Four);
      memcpy (frames + (i + (size_t) k) * stride, &whole, sizeof whole);
#endif
    }
  }
  for (; i < n; i++)
    for (int k = 0; k < 4; k++) {
      const double v = fmin (fmax (from[k][i] * 32768.0, -32768.0), 32767.0);
      frames[i * stride + (size_t) k] = (int16_t) ((v + ROUND_MAGIC) - ROUND_MAGIC);
    }
}

const MstPlanarFourKernels MST_KERNEL (mst_planar_four_kernels) = { read_f32, write_f32, write_s16 };
