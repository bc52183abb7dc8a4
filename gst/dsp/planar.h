/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Samples at the edge of an element, in any of its formats, to planes of double and back.
 *
 * Float and double in: exact, except that NaN and infinity become 0 and are counted, and subnormals may become 0.
 * Integers of b bits in: exact, k 2^-(b-1). Out: float rounds to nearest even and stays
 * finite; integers take values k 2^-(b-1) exactly
 * (tpdfdither makes such values) and everything else rounded to nearest and clipped. No state, no latency. */
#pragma once

#include <stddef.h>

/* Native byte order. The numbers are of no meaning outside this header. */
typedef enum
{
  MST_FORMAT_F32, MST_FORMAT_F64, MST_FORMAT_S32, MST_FORMAT_S24_32, MST_FORMAT_S24, MST_FORMAT_S16, MST_FORMAT_S8, MST_FORMAT_U8
} MstFormat;

/* Bytes of one sample. */
size_t mst_format_bytes (MstFormat format);

/* @from points at the first sample of the first frame. Interleaved: the samples of a frame follow each other and @from has one
 * element; planar: it has @n_channels. Returns how many samples were NaN or infinite. F32, F64, S32 and S24_32 only. */
size_t mst_planar_read (MstFormat format, const void *const *from, int is_planar, unsigned n_channels,
    size_t first_frame, double *const *to, size_t n_frames);

/* All formats. */
void mst_planar_write (MstFormat format, double *const *from, void *const *to, int is_planar, unsigned n_channels,
    size_t first_frame, size_t n_frames);
