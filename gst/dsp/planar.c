/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "planar.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

#include "mst-orc-convert.h"

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

/* ORC takes the alignment of its widest variable for granted. */
static int
aligned (const void *p, size_t bytes)
{
  return ((uintptr_t) p & (bytes - 1)) == 0;
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

  if (format == MST_FORMAT_F32 && !is_planar && n_channels == 2) {
    const float *frames = (const float *) from[0] + 2 * first_frame;
    if (aligned (frames, 8)) {
      int minus_bad = 0;
      mst_orc_clean_f32_stereo (to[0], to[1], frames, (int) n_frames);
      mst_orc_count_invalid_f32 (&minus_bad, frames, 2 * (int) n_frames);
      return (size_t) -minus_bad;
    }
  }
  for (unsigned c = 0; c < n_channels; c++) {
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

static inline int32_t
to_integer (double x, double scale)
{
  const double k = nearbyint (x * scale);
  return (int32_t) (k >= scale ? scale - 1.0 : k < -scale ? -scale : k);
}

static void
write_integer (const double *from, char *to, size_t stride, MstFormat format, size_t n)
{
  const double scale = ldexp (1.0, formats[format].bits - 1);
  for (size_t i = 0; i < n; i++) {
    const int32_t k = to_integer (from[i], scale);
    switch (format) {
      case MST_FORMAT_S16:
        ((int16_t *) to)[i * stride] = (int16_t) k;
        break;
      case MST_FORMAT_S8:
        ((int8_t *) to)[i * stride] = (int8_t) k;
        break;
      case MST_FORMAT_U8:
        ((uint8_t *) to)[i * stride] = (uint8_t) (k + 128);
        break;
      case MST_FORMAT_S24:{
        uint8_t *three = (uint8_t *) to + 3 * i * stride;
        const uint32_t u = (uint32_t) k;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        three[0] = (uint8_t) u, three[1] = (uint8_t) (u >> 8), three[2] = (uint8_t) (u >> 16);
#else
        three[2] = (uint8_t) u, three[1] = (uint8_t) (u >> 8), three[0] = (uint8_t) (u >> 16);
#endif
        break;
      }
      default:
        ((int32_t *) to)[i * stride] = k;
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
    float *frames = (float *) to[0] + 2 * first_frame;
    if (aligned (frames, 8)) {
      mst_orc_to_f32_stereo (frames, from[0], from[1], FLT_MAX, -FLT_MAX, (int) n_frames);
      return;
    }
  }
  for (unsigned c = 0; c < n_channels; c++) {
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
