/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel file of meansquare.c: a lane a signal, so that four running sums go side by side and each keeps its order of additions. */
#include "meansquare-kernels.h"

#include "isa.h"
#include "vec.h"

#define L MST_MEAN_SQUARE_LANES
#define LIMIT 1e15              /* +300 dBFS: its square is still a float */

static inline double
limited (double x)
{
  return x > LIMIT ? LIMIT : x < -LIMIT ? -LIMIT : x;
}

/* One frame of one signal */
static inline void
run_one (const double *x, float *ring, double *sum, double scale, float *power, size_t i)
{
  const double l = limited (x[i]);
  const float square = (float) (l * l);
  *sum += (double) square - (double) ring[i];
  ring[i] = square;
  power[i] = (float) (*sum * scale);
}

#ifdef __AVX2__
MST_VEC void
transpose (MstV4d r[4])
{
  const MstV4d a = __builtin_shufflevector (r[0], r[1], 0, 4, 2, 6), b = __builtin_shufflevector (r[0], r[1], 1, 5, 3, 7);
  const MstV4d c = __builtin_shufflevector (r[2], r[3], 0, 4, 2, 6), d = __builtin_shufflevector (r[2], r[3], 1, 5, 3, 7);
  r[0] = __builtin_shufflevector (a, c, 0, 1, 4, 5);
  r[1] = __builtin_shufflevector (b, d, 0, 1, 4, 5);
  r[2] = __builtin_shufflevector (a, c, 2, 3, 6, 7);
  r[3] = __builtin_shufflevector (b, d, 2, 3, 6, 7);
}
#endif

static void
run (const double *const x[L], float *const ring[L], double sum[L], const double scale[L], float *const power[L], size_t n_frames)
{
  size_t i = 0;
#ifdef __AVX2__
  const MstV4d zero = { 0 };
  MstV4d s = mst_load_v4d (sum);
  for (; i + 4 <= n_frames; i += 4) {
    MstV4d row[L];
    for (unsigned k = 0; k < L; k++) {
      const MstV4d l = mst_max_v4d (mst_min_v4d (mst_load_v4d (x[k] + i), zero + LIMIT), zero - LIMIT);
      const __m128 square = _mm256_cvtpd_ps ((__m256d) (l * l)), old = _mm_loadu_ps (ring[k] + i);
      row[k] = (MstV4d) _mm256_cvtps_pd (square) - (MstV4d) _mm256_cvtps_pd (old);
      _mm_storeu_ps (ring[k] + i, square);
    }
    transpose (row);
    for (unsigned j = 0; j < 4; j++)
      row[j] = s = s + row[j];
    transpose (row);
    for (unsigned k = 0; k < L; k++)
      _mm_storeu_ps (power[k] + i, _mm256_cvtpd_ps ((__m256d) (row[k] * scale[k])));
  }
  mst_store_v4d (sum, s);
#endif
  for (; i < n_frames; i++)
    for (unsigned k = 0; k < L; k++)
      run_one (x[k], ring[k], &sum[k], scale[k], power[k], i);
}

static double
total (const float *squares, size_t n)
{
  double sum[16] = { 0 };
  size_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (unsigned k = 0; k < 16; k++)
      sum[k] += (double) squares[i + k];
  for (; i < n; i++)
    sum[0] += (double) squares[i];
  for (unsigned k = 8; k > 0; k /= 2)
    for (unsigned j = 0; j < k; j++)
      sum[j] += sum[j + k];
  return sum[0];
}

extern const MstMeanSquareKernels MST_KERNEL (mst_mean_square_kernels);
const MstMeanSquareKernels MST_KERNEL (mst_mean_square_kernels) = { run, total };
