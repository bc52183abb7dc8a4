/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* F32 in with NaN and infinity cleaned and counted, and S16 out, both for interleaved stereo. ORC works on two lanes where
 * there are doubles: 5.2 and 9.3 instructions a sample where these take 2.6 and 2.4 with AVX2. */
#include "planar-kernels.h"

#include "vec.h"

#include <float.h>
#include <math.h>

#define ROUND_MAGIC 6755399441055744.0  /* 1.5 * 2^52 */
#define EXPONENT 0x7f800000     /* all ones: not finite */

#ifdef __AVX2__
#define LANES 4
typedef MstV4d Vd;
#define MAX mst_max_v4d
#define MIN mst_min_v4d
#else
#define LANES 2
typedef MstV2d Vd;
#define MAX mst_max_v2d
#define MIN mst_min_v2d
#endif
typedef float Vf2 __attribute__ ((vector_size (8 * LANES)));    /* LANES frames */
typedef int32_t Vi2 __attribute__ ((vector_size (8 * LANES)));
typedef int32_t Vi __attribute__ ((vector_size (4 * LANES)));

static size_t
read_f32_stereo (const float *frames, double *left, double *right, size_t n)
{
  Vi2 bad = { 0 };
  size_t i = 0, count = 0;

  for (; i + LANES <= n; i += LANES) {
    Vi2 bits;
    memcpy (&bits, frames + 2 * i, sizeof bits);
    const Vi2 is_bad = (bits & EXPONENT) == EXPONENT;
    const Vf2 x = (Vf2) (bits & ~is_bad);
    bad -= is_bad;
#ifdef __AVX2__
    const Vd l = __builtin_convertvector (__builtin_shufflevector (x, x, 0, 2, 4, 6), Vd);
    const Vd r = __builtin_convertvector (__builtin_shufflevector (x, x, 1, 3, 5, 7), Vd);
#else
    const Vd l = { x[0], x[2] }, r = { x[1], x[3] };
#endif
    memcpy (left + i, &l, sizeof l);
    memcpy (right + i, &r, sizeof r);
  }
  for (int lane = 0; lane < 2 * LANES; lane++)
    count += (size_t) bad[lane];
  for (; i < n; i++)
    for (int c = 0; c < 2; c++) {
      const float x = frames[2 * i + (size_t) c];
      const int finite = fabsf (x) <= FLT_MAX;
      (c ? right : left)[i] = finite ? x : 0.0f;
      count += !finite;
    }
  return count;
}

MST_VEC Vi
to_s16 (const double *x)
{
  const Vd zero = { 0.0 };
  Vd v;
  memcpy (&v, x, sizeof v);
  v = MIN (MAX (v * 32768.0, zero - 32768.0), zero + 32767.0);
  return __builtin_convertvector ((v + ROUND_MAGIC) - ROUND_MAGIC, Vi);
}

static void
write_s16_stereo (const double *left, const double *right, int16_t *frames, size_t n)
{
  size_t i = 0;

  for (; i + LANES <= n; i += LANES) {
    /* right in the upper half of each word, left in the lower, as the bytes of a frame lie */
    const Vi l = to_s16 (left + i), r = to_s16 (right + i);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const Vi both = (r << 16) | (l & 0xffff);
#else
    const Vi both = (l << 16) | (r & 0xffff);
#endif
    memcpy (frames + 2 * i, &both, sizeof both);
  }
  for (; i < n; i++)
    for (int c = 0; c < 2; c++) {
      const double x = (c ? right : left)[i] * 32768.0;
      const double clipped = x < -32768.0 ? -32768.0 : x > 32767.0 ? 32767.0 : x;
      frames[2 * i + (size_t) c] = (int16_t) ((clipped + ROUND_MAGIC) - ROUND_MAGIC);
    }
}

const MstPlanarKernels MST_KERNEL (mst_planar_kernels) = { read_f32_stereo, write_s16_stereo };
