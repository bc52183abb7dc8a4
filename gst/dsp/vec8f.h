/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Eight floats side by side for kernel files: one 32-byte register with AVX2, a pair of 16-byte vectors else.
 * A lane never depends on another, and mst_v8_fma () is one rounding with FMA, two without. */
#pragma once

#include <string.h>

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

typedef __m256 MstV8;

#define V8_FN static inline __attribute__ ((always_inline, unused))
V8_FN MstV8 mst_v8_load (const float *p) { return _mm256_loadu_ps (p); }
/* For what is used twice: without this GCC loads it twice */
V8_FN MstV8 mst_v8_load_once (const float *p) { MstV8 v = _mm256_loadu_ps (p); __asm__ ("" : "+x" (v)); return v; }
V8_FN void mst_v8_store (float *p, MstV8 v) { _mm256_storeu_ps (p, v); }
V8_FN MstV8 mst_v8_set (float x) { return _mm256_set1_ps (x); }
V8_FN MstV8 mst_v8_add (MstV8 a, MstV8 b) { return _mm256_add_ps (a, b); }
V8_FN MstV8 mst_v8_sub (MstV8 a, MstV8 b) { return _mm256_sub_ps (a, b); }
V8_FN MstV8 mst_v8_mul (MstV8 a, MstV8 b) { return _mm256_mul_ps (a, b); }
V8_FN MstV8 mst_v8_div (MstV8 a, MstV8 b) { return _mm256_div_ps (a, b); }
V8_FN MstV8 mst_v8_fma (MstV8 a, MstV8 b, MstV8 c) { return _mm256_fmadd_ps (a, b, c); }
V8_FN MstV8 mst_v8_max (MstV8 a, MstV8 b) { return _mm256_max_ps (a, b); }
/* @b where @a is NaN */
V8_FN MstV8 mst_v8_min (MstV8 a, MstV8 b) { return _mm256_min_ps (a, b); }
V8_FN MstV8 mst_v8_sign (MstV8 a) { return _mm256_and_ps (a, _mm256_set1_ps (-0.0f)); }
V8_FN MstV8 mst_v8_xor (MstV8 a, MstV8 b) { return _mm256_xor_ps (a, b); }
V8_FN MstV8 mst_v8_abs (MstV8 a) { return _mm256_andnot_ps (_mm256_set1_ps (-0.0f), a); }
/* @v where a >= b, else 0 */
V8_FN MstV8 mst_v8_if_ge (MstV8 a, MstV8 b, MstV8 v) { return _mm256_and_ps (_mm256_cmp_ps (a, b, _CMP_GE_OQ), v); }
/* @x where a >= b, else @y */
V8_FN MstV8 mst_v8_pick_ge (MstV8 a, MstV8 b, MstV8 x, MstV8 y) { return _mm256_blendv_ps (y, x, _mm256_cmp_ps (a, b, _CMP_GE_OQ)); }
/* mst_v8_fma () of one number */
V8_FN float mst_v8_fma_one (float a, float b, float c) { return __builtin_fmaf (a, b, c); }
#else
typedef float MstV4 __attribute__ ((vector_size (16)));
typedef int MstV4i __attribute__ ((vector_size (16)));
typedef struct { MstV4 lo, hi; } MstV8;

#define V8_FN static inline __attribute__ ((always_inline, unused))
#if defined(__x86_64__)
#include <xmmintrin.h>
#define V4_MAX(a, b) ((MstV4) _mm_max_ps ((__m128) (a), (__m128) (b)))
#define V4_MIN(a, b) ((MstV4) _mm_min_ps ((__m128) (a), (__m128) (b)))
#else
#define V4_PICK(m, a, b) ((MstV4) (((MstV4i) (a) & (m)) | ((MstV4i) (b) & ~(m))))
V8_FN MstV4 mst_v4_max (MstV4 a, MstV4 b) { const MstV4i m = a > b; return V4_PICK (m, a, b); }
V8_FN MstV4 mst_v4_min (MstV4 a, MstV4 b) { const MstV4i m = a < b; return V4_PICK (m, a, b); }
#define V4_MAX(a, b) mst_v4_max (a, b)
#define V4_MIN(a, b) mst_v4_min (a, b)
#endif
#define V4_SIGN ((MstV4i) { (int) 0x80000000u, (int) 0x80000000u, (int) 0x80000000u, (int) 0x80000000u })

V8_FN MstV8 mst_v8_load (const float *p) { MstV8 v; memcpy (&v.lo, p, 16); memcpy (&v.hi, p + 4, 16); return v; }
V8_FN MstV8 mst_v8_load_once (const float *p) { return mst_v8_load (p); }
V8_FN void mst_v8_store (float *p, MstV8 v) { memcpy (p, &v.lo, 16); memcpy (p + 4, &v.hi, 16); }
V8_FN MstV8 mst_v8_set (float x) { const MstV4 v = { x, x, x, x }; return (MstV8) { v, v }; }
V8_FN MstV8 mst_v8_add (MstV8 a, MstV8 b) { return (MstV8) { a.lo + b.lo, a.hi + b.hi }; }
V8_FN MstV8 mst_v8_sub (MstV8 a, MstV8 b) { return (MstV8) { a.lo - b.lo, a.hi - b.hi }; }
V8_FN MstV8 mst_v8_mul (MstV8 a, MstV8 b) { return (MstV8) { a.lo * b.lo, a.hi * b.hi }; }
V8_FN MstV8 mst_v8_div (MstV8 a, MstV8 b) { return (MstV8) { a.lo / b.lo, a.hi / b.hi }; }
V8_FN MstV8 mst_v8_fma (MstV8 a, MstV8 b, MstV8 c) { return (MstV8) { a.lo * b.lo + c.lo, a.hi * b.hi + c.hi }; }
V8_FN MstV8 mst_v8_max (MstV8 a, MstV8 b) { return (MstV8) { V4_MAX (a.lo, b.lo), V4_MAX (a.hi, b.hi) }; }
/* @b where @a is NaN */
V8_FN MstV8 mst_v8_min (MstV8 a, MstV8 b) { return (MstV8) { V4_MIN (a.lo, b.lo), V4_MIN (a.hi, b.hi) }; }
V8_FN MstV8 mst_v8_sign (MstV8 a) { return (MstV8) { (MstV4) ((MstV4i) a.lo & V4_SIGN), (MstV4) ((MstV4i) a.hi & V4_SIGN) }; }
V8_FN MstV8 mst_v8_xor (MstV8 a, MstV8 b) { return (MstV8) { (MstV4) ((MstV4i) a.lo ^ (MstV4i) b.lo), (MstV4) ((MstV4i) a.hi ^ (MstV4i) b.hi) }; }
V8_FN MstV8 mst_v8_abs (MstV8 a) { return (MstV8) { (MstV4) ((MstV4i) a.lo & ~V4_SIGN), (MstV4) ((MstV4i) a.hi & ~V4_SIGN) }; }
/* @v where a >= b, else 0 */
V8_FN MstV8 mst_v8_if_ge (MstV8 a, MstV8 b, MstV8 v) { return (MstV8) { (MstV4) ((MstV4i) v.lo & (a.lo >= b.lo)), (MstV4) ((MstV4i) v.hi & (a.hi >= b.hi)) }; }
/* @x where a >= b, else @y */
#define V4_IF(m, x, y) ((MstV4) (((MstV4i) (x) & (m)) | ((MstV4i) (y) & ~(m))))
V8_FN MstV8 mst_v8_pick_ge (MstV8 a, MstV8 b, MstV8 x, MstV8 y) { return (MstV8) { V4_IF (a.lo >= b.lo, x.lo, y.lo), V4_IF (a.hi >= b.hi, x.hi, y.hi) }; }
/* mst_v8_fma () of one number */
V8_FN float mst_v8_fma_one (float a, float b, float c) { return a * b + c; }
#endif

/* The highest of the eight. */
V8_FN float
mst_v8_top (MstV8 v)
{
#if defined(__AVX2__) && defined(__FMA__)
  __m128 m = _mm_max_ps (_mm256_castps256_ps128 (v), _mm256_extractf128_ps (v, 1));
  m = _mm_max_ps (m, _mm_movehl_ps (m, m));
  return _mm_cvtss_f32 (_mm_max_ss (m, _mm_movehdup_ps (m)));
#else
  float lane[4];
  const MstV4 m = V4_MAX (v.lo, v.hi);
  memcpy (lane, &m, sizeof lane);
  const float a = lane[0] > lane[1] ? lane[0] : lane[1], b = lane[2] > lane[3] ? lane[2] : lane[3];
  return a > b ? a : b;
#endif
}

/* The sum of the eight. */
V8_FN float
mst_v8_sum (MstV8 v)
{
#if defined(__AVX2__) && defined(__FMA__)
  __m128 m = _mm_add_ps (_mm256_castps256_ps128 (v), _mm256_extractf128_ps (v, 1));
  m = _mm_add_ps (m, _mm_movehl_ps (m, m));
  return _mm_cvtss_f32 (_mm_add_ss (m, _mm_movehdup_ps (m)));
#else
  const MstV4 m = v.lo + v.hi;
  return (m[0] + m[2]) + (m[1] + m[3]);
#endif
}

/* Each lane its left neighbour's value, the first one @x. */
V8_FN MstV8
mst_v8_shift_in (MstV8 v, float x)
{
#if defined(__AVX2__) && defined(__FMA__)
  const __m256 turned = _mm256_permutevar8x32_ps (v, _mm256_setr_epi32 (7, 0, 1, 2, 3, 4, 5, 6));
  return _mm256_blend_ps (turned, _mm256_castps128_ps256 (_mm_set_ss (x)), 1);
#else
  return (MstV8) { { x, v.lo[0], v.lo[1], v.lo[2] }, { v.lo[3], v.hi[0], v.hi[1], v.hi[2] } };
#endif
}

/* Each lane its left neighbour's value, the first one the last of @before. */
V8_FN MstV8
mst_v8_shift_from (MstV8 v, MstV8 before)
{
#if defined(__AVX2__) && defined(__FMA__)
  const __m256i middle = _mm256_castps_si256 (_mm256_permute2f128_ps (before, v, 0x21));
  return _mm256_castsi256_ps (_mm256_alignr_epi8 (_mm256_castps_si256 (v), middle, 12));
#else
  return (MstV8) { { before.hi[3], v.lo[0], v.lo[1], v.lo[2] }, { v.lo[3], v.hi[0], v.hi[1], v.hi[2] } };
#endif
}
