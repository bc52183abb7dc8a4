/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel file of the gain computer: eight frames at a time with AVX2 (ORC's code has four), and the bands' weighted sum.
 * Neither fuses what ORC does not: a parameter that moves goes through ORC's programs, and it must not show where it stops. */
#include "gaincomputer-kernels.h"

#include "isa.h"
#include "vec.h"

#ifdef __AVX2__
#define W 8
typedef MstV8f F;
typedef int32_t I __attribute__ ((vector_size (32)));
#define LOAD mst_load_v8f
#define STORE mst_store_v8f
#define MAX mst_max_v8f
#define MIN mst_min_v8f
#else
#define W 4
typedef MstV4f F;
typedef MstV4i I;
#define LOAD mst_load_v4f
#define STORE mst_store_v4f
#define MAX mst_max_v4f
#define MIN mst_min_v4f
#endif

#define LOWEST_POWER 1e-20f             /* -200 dB */
#define SCALE_LOG2 3.5886080e-7f        /* 10 log10 (2) / 2^23 */
#define OCTAVES_PER_DB 0.16609640f      /* log2 (10) / 20 */
#define ROUND 12582912.0f               /* 1.5 * 2^23: adding it rounds to an integer */

/* With x = 2^e (1 + u): e + u from the bits, and u (1-u) P(u) for log2 (1+u) - u, which is 0 at both ends */
static void
level_of (float *level, const float *power, size_t n_frames)
{
  const F zero = { 0 };
  for (size_t i = 0; i < n_frames; i += W) {
    const F x = MAX (LOAD (power + i), zero + LOWEST_POWER);
    const F u = (F) (((I) x & 0x007fffff) | 0x3f800000) - 1.0f;
    F p = u * -0.135912063f + 0.446808588f;
    p = p * u + -0.804290106f;
    p = p * u + 1.33030285f;
    const F e = __builtin_convertvector ((I) x - 0x3f800000, F);
    STORE (level + i, e * SCALE_LOG2 + p * (u - u * u));
  }
}

static void
curve (float *change, const float *level, const MstGainShape *s, size_t n_frames)
{
  const F zero = { 0 }, width = zero + (s->half_knee + s->half_knee), range = zero + s->range, lowest = zero - s->range;
  for (size_t i = 0; i < n_frames; i += W) {
    const F o = (LOAD (level + i) - s->threshold) * s->side;
    const F t = MIN (MAX (o + s->half_knee, zero), width);
    const F bent = MAX (o - s->half_knee, zero) + t * t * s->bend;
    STORE (change + i, MAX (MIN (bent * s->slope, range), lowest));
  }
}

/* 2^n by the exponent's bits, 2^f by a polynomial on -0.5 ... 0.5; relative error < 1e-7 + rounding */
static void
factor_of (float *factor, const float *change, float makeup, float share, float amount, size_t n_frames)
{
  for (size_t i = 0; i < n_frames; i += W) {
    F t = (LOAD (change + i) + makeup) * OCTAVES_PER_DB;
    const F r = t + ROUND;
    t = t - (r - ROUND);
    F p = t * 0.00134073f + 0.00967188f;
    p = p * t + 0.05550308f;
    p = p * t + 0.24022235f;
    p = p * t + 0.69314721f;
    p = p * t + 1.0f;
    p = (F) ((I) p + ((I) r << 23));
    STORE (factor + i, (p - 1.0f) * amount + share);
  }
}

MST_VEC void
sum_of (double *out, double *const *signal, const float *const *factor, const unsigned n_bands, unsigned stride, size_t n_frames)
{
  size_t i = 0;
#ifdef __AVX2__
  for (; i + 4 <= n_frames; i += 4) {
    MstV4d y = { 0 };
    for (unsigned b = 0; b < n_bands; b++)
      y = mst_fma_v4d ((MstV4d) _mm256_cvtps_pd (_mm_loadu_ps (factor[b * stride] + i)), mst_load_v4d (signal[b * stride] + i), y);
    mst_store_v4d (out + i, y);
  }
#else
  for (; i + 2 <= n_frames; i += 2) {
    MstV2d y = { 0 };
    for (unsigned b = 0; b < n_bands; b++) {
      const float *f = factor[b * stride] + i;
      y = (MstV2d) { f[0], f[1] } * mst_load_v2d (signal[b * stride] + i) + y;
    }
    mst_store_v2d (out + i, y);
  }
#endif
  for (; i < n_frames; i++) {
    double y = 0.0;
    for (unsigned b = 0; b < n_bands; b++)
#ifdef __FMA__
      y = __builtin_fma (factor[b * stride][i], signal[b * stride][i], y);
#else
      y = factor[b * stride][i] * signal[b * stride][i] + y;
#endif
    out[i] = y;
  }
}

static void
sum (double *out, double *const *signal, const float *const *factor, unsigned n_bands, unsigned stride, size_t n_frames)
{
  if (n_bands == 1)
    sum_of (out, signal, factor, 1, stride, n_frames);
  else
    sum_of (out, signal, factor, n_bands, stride, n_frames);
}

extern const MstGainComputerKernels MST_KERNEL (mst_gain_computer_kernels);
const MstGainComputerKernels MST_KERNEL (mst_gain_computer_kernels) = { level_of, curve, factor_of, sum };
