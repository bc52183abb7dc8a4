/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requantisation with dither. See dither.c. No latency, any rate, any number of channels. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum
{
  MST_DITHER_NONE,              /* plain rounding */
  MST_DITHER_RECTANGULAR,       /* uniform, one step wide: no distortion, but noise that follows the signal */
  MST_DITHER_TRIANGULAR,        /* two steps wide: neither mean nor power of the error depends on the signal */
  MST_DITHER_HIGH_PASS_TRIANGULAR       /* the same density, its power tilted to the treble */
} MstDitherNoise;

typedef enum
{
  MST_DITHER_UNSHAPED,
  MST_DITHER_LIGHT,
  MST_DITHER_MEDIUM,
  MST_DITHER_STRONG
} MstDitherShaping;

typedef struct
{
  unsigned bits;                /* 2 to 32 */
  MstDitherNoise noise;
  MstDitherShaping shaping;     /* moves noise to where the ear is deaf; more of it in all */
  bool auto_blank;              /* digital silence stays so */
  bool auto_transparent;        /* what is on the grid stays as it is */
  bool bypass;                  /* plain rounding, whatever else is set */
  uint64_t seed;
} MstDitherParams;

#define MST_DITHER_DEFAULTS { .bits = 16, .noise = MST_DITHER_TRIANGULAR, .auto_blank = true, .auto_transparent = true }

typedef struct _MstDither MstDither;

/* What is wrong with @params, or NULL. Static text. */
const char *mst_dither_params_error (const MstDitherParams *params);
MstDither *mst_dither_new (double rate_hz, unsigned n_channels, const char **error);
/* At once: a grid has no between. A new seed starts at its first word. */
void mst_dither_set_params (MstDither *, const MstDitherParams *);
/* Out: multiples of 2^(1 - bits) from -1 to 1 - 2^(1 - bits). */
void mst_dither_process (MstDither *, double *const *io, size_t n_frames);
/* The same to the bit, @from two interleaved floats a frame @to two of 16 bits, of as many of the frames as need no look at every sample: two
 * channels, at most 16 bits, no shaping, no gate near, nothing clips, all finite. How many; mst_dither_process () is for the next.
 * @to may be @from. */
size_t mst_dither_process_packed (MstDither *, const void *from, void *to, size_t n_frames);
/* Samples that would have been beyond full scale, since the last call. */
uint64_t mst_dither_take_clipped (MstDither *);
/* Samples since the reset that were not silent, were on the grid already, as they had been for 1 s or from the start, and got dither. */
uint64_t mst_dither_twice (const MstDither *);
void mst_dither_reset (MstDither *);
void mst_dither_free (MstDither *);
