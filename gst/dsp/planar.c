/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "planar.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

#include "mst-orc-convert.h"
#include "mst-orc-dither.h"
#include "planar-double-kernels.h"
#include "planar-four-kernels.h"
#include "planar-kernels.h"

static const struct
{
  size_t bytes;
  int bits;                     /* of an integer format, else 0 */
} formats[] = {
  [MST_FORMAT_F32] = {4, 0}, [MST_FORMAT_F64] = {8, 0}, [MST_FORMAT_S32] = {4, 32}, [MST_FORMAT_S24_32] = {4, 24},
  [MST_FORMAT_S24] = {3, 24}, [MST_FORMAT_S16] = {2, 16}, [MST_FORMAT_S8] = {1, 8}, [MST_FORMAT_U8] = {1, 8},
};

size_t
mst_format_bytes (MstFormat format)
{
  return formats[format].bytes;
}

static size_t
read_f32 (const float *from, size_t stride, double *to, size_t n)
{
  if (stride == 1) {
    int bad = 0;
    mst_orc_clean_f32 (to, &bad, from, (int) n);
    return (size_t) -bad;
  }
  size_t bad = 0;
  for (size_t i = 0; i < n; i++) {
    const float x = from[i * stride];
    const int finite = fabsf (x) <= FLT_MAX;
    bad += !finite;
    to[i] = finite ? x : 0.0f;
  }
  return bad;
}

static size_t
read_f64 (const double *from, size_t stride, double *to, size_t n)
{
  size_t bad = 0;
  for (size_t i = 0; i < n; i++) {
    const double x = from[i * stride];
    const int finite = fabs (x) <= DBL_MAX;
    bad += !finite;
    to[i] = finite ? x : 0.0;
  }
  return bad;
}

static void
read_s32 (const int32_t *from, size_t stride, int bits, double *to, size_t n)
{
  const double lsb = ldexp (1.0, 1 - bits);
  const uint32_t unused = 32 - (uint32_t) bits;
  /* S24_32 says nothing of its upper byte: extend the sign from bit 23 */
  for (size_t i = 0; i < n; i++)
    to[i] = (double) ((int32_t) ((uint32_t) from[i * stride] << unused) >> unused) * lsb;
}

size_t
mst_planar_read (MstFormat format, const void *const *from, int is_planar, unsigned n_channels,
    size_t first_frame, double *const *to, size_t n_frames)
{
  const size_t stride = is_planar ? 1 : n_channels;
  const size_t bytes = formats[format].bytes;
  size_t bad = 0;

  if (format == MST_FORMAT_F32 && !is_planar && n_channels == 2)
    return MST_KERNEL_CHOOSE (mst_planar_kernels)->read_f32_stereo ((const float *) from[0] + 2 * first_frame, to[0], to[1], n_frames);
  if (format == MST_FORMAT_F64 && !is_planar && n_channels == 2)
    return MST_KERNEL_CHOOSE (mst_planar_double_kernels)->read_stereo ((const double *) from[0] + 2 * first_frame, to[0], to[1], n_frames);
  unsigned done = 0;            /* channels */
  if (format == MST_FORMAT_F32 && !is_planar)
    for (; done + 4 <= n_channels; done += 4)
      bad += MST_KERNEL_CHOOSE (mst_planar_four_kernels)->read_f32 ((const float *) from[0] + first_frame * stride + done, stride, to + done,
          n_frames);
  for (unsigned c = done; c < n_channels; c++) {
    const char *base = is_planar ? from[c] : from[0];
    const void *first = base + (first_frame * stride + (is_planar ? 0 : c)) * bytes;
    switch (format) {
      case MST_FORMAT_F32:
        bad += read_f32 (first, stride, to[c], n_frames);
        break;
      case MST_FORMAT_F64:
        bad += read_f64 (first, stride, to[c], n_frames);
        break;
      default:
        read_s32 (first, stride, formats[format].bits, to[c], n_frames);
        break;
    }
  }
  return bad;
}

static void
write_f32 (const double *from, float *to, size_t stride, size_t n)
{
  if (stride == 1) {
    mst_orc_to_f32 (to, from, FLT_MAX, -FLT_MAX, (int) n);
    return;
  }
  for (size_t i = 0; i < n; i++)
    to[i * stride] = (float) fmin (fmax (from[i], -FLT_MAX), FLT_MAX);
}

#define ROUND_MAGIC 6755399441055744.0  /* 1.5 * 2^52 */
#define BLOCK 256

/* One sample of @format, whatever the alignment of three bytes. */
static inline void
put (MstFormat format, char *to, int32_t k)
{
  const uint32_t u = (uint32_t) k;
  uint8_t *byte = (uint8_t *) to;
  switch (format) {
    case MST_FORMAT_S16:
      *(int16_t *) to = (int16_t) k;
      break;
    case MST_FORMAT_S8:
      *(int8_t *) to = (int8_t) k;
      break;
    case MST_FORMAT_U8:
      *byte = (uint8_t) (k + 128);
      break;
    case MST_FORMAT_S24:
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
      byte[0] = (uint8_t) u, byte[1] = (uint8_t) (u >> 8), byte[2] = (uint8_t) (u >> 16);
#else
      byte[2] = (uint8_t) u, byte[1] = (uint8_t) (u >> 8), byte[0] = (uint8_t) (u >> 16);
#endif
      break;
    default:
      *(int32_t *) to = k;
      break;
  }
}

static inline void
scatter (MstFormat format, const int32_t *k, char *to, size_t bytes, size_t n)
{
  for (size_t i = 0; i < n; i++)
    put (format, to + i * bytes, k[i]);
}

static void
write_integer (const double *from, char *to, size_t stride, MstFormat format, size_t n)
{
  const double scale = ldexp (1.0, formats[format].bits - 1);
  const size_t bytes = formats[format].bytes * stride;
  int32_t k[BLOCK];

  for (size_t i = 0; i < n; i += BLOCK) {
    const size_t m = n - i < BLOCK ? n - i : BLOCK;
    char *first = to + i * bytes;
    mst_orc_to_s32 (k, from + i, scale, -scale, scale - 1.0, ROUND_MAGIC, (int) m);
    switch (format) {           /* a loop for each, without a question in it */
      case MST_FORMAT_S16:
        scatter (MST_FORMAT_S16, k, first, bytes, m);
        break;
      case MST_FORMAT_S24:
        scatter (MST_FORMAT_S24, k, first, bytes, m);
        break;
      case MST_FORMAT_S8:
        scatter (MST_FORMAT_S8, k, first, bytes, m);
        break;
      case MST_FORMAT_U8:
        scatter (MST_FORMAT_U8, k, first, bytes, m);
        break;
      default:
        scatter (MST_FORMAT_S32, k, first, bytes, m);
        break;
    }
  }
}

void
mst_planar_write (MstFormat format, double *const *from, void *const *to, int is_planar, unsigned n_channels,
    size_t first_frame, size_t n_frames)
{
  const size_t stride = is_planar ? 1 : n_channels;
  const size_t bytes = formats[format].bytes;

  if (format == MST_FORMAT_F32 && !is_planar && n_channels == 2) {
    MST_KERNEL_CHOOSE (mst_planar_kernels)->write_f32_stereo (from[0], from[1], (float *) to[0] + 2 * first_frame, n_frames);
    return;
  }
  if (format == MST_FORMAT_F64 && !is_planar && n_channels == 2) {
    MST_KERNEL_CHOOSE (mst_planar_double_kernels)->write_stereo (from[0], from[1], (double *) to[0] + 2 * first_frame, n_frames);
    return;
  }
  if (format == MST_FORMAT_S16 && !is_planar && n_channels == 2) {
    MST_KERNEL_CHOOSE (mst_planar_kernels)->write_s16_stereo (from[0], from[1], (int16_t *) to[0] + 2 * first_frame, n_frames);
    return;
  }
  unsigned done = 0;            /* channels */
  if ((format == MST_FORMAT_F32 || format == MST_FORMAT_S16) && !is_planar) {
    const MstPlanarFourKernels *four = MST_KERNEL_CHOOSE (mst_planar_four_kernels);
    for (; done + 4 <= n_channels; done += 4) {
      char *first = (char *) to[0] + (first_frame * stride + done) * bytes;
      if (format == MST_FORMAT_F32)
        four->write_f32 (from + done, (float *) first, stride, n_frames);
      else
        four->write_s16 (from + done, (int16_t *) first, stride, n_frames);
    }
  }
  for (unsigned c = done; c < n_channels; c++) {
    char *base = is_planar ? to[c] : to[0];
    char *first = base + (first_frame * stride + (is_planar ? 0 : c)) * bytes;
    if (format == MST_FORMAT_F32)
      write_f32 (from[c], (float *) first, stride, n_frames);
    else if (format == MST_FORMAT_F64)
      for (size_t i = 0; i < n_frames; i++)
        ((double *) first)[i * stride] = from[c][i];
    else
      write_integer (from[c], first, stride, format, n_frames);
  }
}
