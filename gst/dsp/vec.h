/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Short vectors for kernel files: 16 bytes everywhere, 32 where AVX2 is. Compiler vectors, so that + - * / and
 * comparisons are the language's own; here is only what the language lacks.
 * The fused forms round once where the target has FMA and twice where it has not. */
#pragma once

#ifdef __SSE2__
#include <immintrin.h>
#endif
#include <stdint.h>
#include <string.h>

typedef float MstV4f __attribute__ ((vector_size (16)));
typedef double MstV2d __attribute__ ((vector_size (16)));
typedef int32_t MstV4i __attribute__ ((vector_size (16)));
typedef int64_t MstV2l __attribute__ ((vector_size (16)));
#ifdef __AVX2__
typedef float MstV8f __attribute__ ((vector_size (32)));
typedef double MstV4d __attribute__ ((vector_size (32)));
typedef int64_t MstV4l __attribute__ ((vector_size (32)));
#endif

#define MST_VEC static inline __attribute__ ((always_inline, unused))

/* Unaligned load and store of a whole vector */
#define MST_VEC_IO(name, Type, Element) \
  MST_VEC Type mst_load_##name (const Element *p) { Type v; memcpy (&v, p, sizeof v); return v; } \
  MST_VEC void mst_store_##name (Element *p, Type v) { memcpy (p, &v, sizeof v); }
MST_VEC_IO (v4f, MstV4f, float)
MST_VEC_IO (v2d, MstV2d, double)
#ifdef __AVX2__
MST_VEC_IO (v8f, MstV8f, float)
MST_VEC_IO (v4d, MstV4d, double)
#endif

/* a b + c, and c - a b */
#ifdef __FMA__
MST_VEC MstV2d mst_fma_v2d (MstV2d a, MstV2d b, MstV2d c) { return (MstV2d) _mm_fmadd_pd (a, b, c); }
MST_VEC MstV2d mst_fnma_v2d (MstV2d a, MstV2d b, MstV2d c) { return (MstV2d) _mm_fnmadd_pd (a, b, c); }
MST_VEC MstV4d mst_fma_v4d (MstV4d a, MstV4d b, MstV4d c) { return (MstV4d) _mm256_fmadd_pd (a, b, c); }
MST_VEC MstV4d mst_fnma_v4d (MstV4d a, MstV4d b, MstV4d c) { return (MstV4d) _mm256_fnmadd_pd (a, b, c); }
MST_VEC MstV8f mst_fma_v8f (MstV8f a, MstV8f b, MstV8f c) { return (MstV8f) _mm256_fmadd_ps (a, b, c); }
MST_VEC MstV8f mst_fms_v8f (MstV8f a, MstV8f b, MstV8f c) { return (MstV8f) _mm256_fmsub_ps (a, b, c); }
#else
MST_VEC MstV2d mst_fma_v2d (MstV2d a, MstV2d b, MstV2d c) { return a * b + c; }
MST_VEC MstV2d mst_fnma_v2d (MstV2d a, MstV2d b, MstV2d c) { return c - a * b; }
#endif
MST_VEC MstV4f mst_fma_v4f (MstV4f a, MstV4f b, MstV4f c) { return a * b + c; }
MST_VEC MstV4f mst_fms_v4f (MstV4f a, MstV4f b, MstV4f c) { return a * b - c; }

/* Larger and smaller of finite numbers */
#ifdef __SSE2__
MST_VEC MstV2d mst_max_v2d (MstV2d a, MstV2d b) { return (MstV2d) _mm_max_pd (a, b); }
MST_VEC MstV2d mst_min_v2d (MstV2d a, MstV2d b) { return (MstV2d) _mm_min_pd (a, b); }
MST_VEC MstV4f mst_max_v4f (MstV4f a, MstV4f b) { return (MstV4f) _mm_max_ps (a, b); }
MST_VEC MstV4f mst_min_v4f (MstV4f a, MstV4f b) { return (MstV4f) _mm_min_ps (a, b); }
#else
MST_VEC MstV2d mst_max_v2d (MstV2d a, MstV2d b)
{
  const MstV2l m = a > b;
  return (MstV2d) ((m & (MstV2l) a) | (~m & (MstV2l) b));
}
MST_VEC MstV2d mst_min_v2d (MstV2d a, MstV2d b)
{
  const MstV2l m = a < b;
  return (MstV2d) ((m & (MstV2l) a) | (~m & (MstV2l) b));
}
MST_VEC MstV4f mst_max_v4f (MstV4f a, MstV4f b)
{
  const MstV4i m = a > b;
  return (MstV4f) ((m & (MstV4i) a) | (~m & (MstV4i) b));
}
MST_VEC MstV4f mst_min_v4f (MstV4f a, MstV4f b)
{
  const MstV4i m = a < b;
  return (MstV4f) ((m & (MstV4i) a) | (~m & (MstV4i) b));
}
#endif
#ifdef __AVX2__
MST_VEC MstV4d mst_max_v4d (MstV4d a, MstV4d b) { return (MstV4d) _mm256_max_pd (a, b); }
MST_VEC MstV4d mst_min_v4d (MstV4d a, MstV4d b) { return (MstV4d) _mm256_min_pd (a, b); }
MST_VEC MstV8f mst_max_v8f (MstV8f a, MstV8f b) { return (MstV8f) _mm256_max_ps (a, b); }
MST_VEC MstV8f mst_min_v8f (MstV8f a, MstV8f b) { return (MstV8f) _mm256_min_ps (a, b); }
#endif

/* a where the mask is all ones, else b */
MST_VEC MstV2d
mst_select_v2d (MstV2l m, MstV2d a, MstV2d b)
{
  return (MstV2d) ((m & (MstV2l) a) | (~m & (MstV2l) b));
}

#ifdef __AVX2__
MST_VEC MstV4d
mst_select_v4d (MstV4l m, MstV4d a, MstV4d b)
{
  return (MstV4d) _mm256_blendv_pd (b, a, (__m256d) m);
}
#endif

/* Four doubles, rounded */
MST_VEC MstV4f
mst_load_narrow_v4f (const double *p)
{
#ifdef __AVX__
  return (MstV4f) _mm256_cvtpd_ps (_mm256_loadu_pd (p));
#else
  return (MstV4f) { (float) p[0], (float) p[1], (float) p[2], (float) p[3] };
#endif
}

/* Rows become columns */
MST_VEC void
mst_transpose_v4f (MstV4f r[4])
{
  const MstV4f a = __builtin_shufflevector (r[0], r[1], 0, 4, 1, 5);
  const MstV4f b = __builtin_shufflevector (r[2], r[3], 0, 4, 1, 5);
  const MstV4f c = __builtin_shufflevector (r[0], r[1], 2, 6, 3, 7);
  const MstV4f d = __builtin_shufflevector (r[2], r[3], 2, 6, 3, 7);
  r[0] = __builtin_shufflevector (a, b, 0, 1, 4, 5);
  r[1] = __builtin_shufflevector (a, b, 2, 3, 6, 7);
  r[2] = __builtin_shufflevector (c, d, 0, 1, 4, 5);
  r[3] = __builtin_shufflevector (c, d, 2, 3, 6, 7);
}
