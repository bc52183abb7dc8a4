/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random words as a function of seed, stream and place alone. See noise.c. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum
{ MST_NOISE_LANES = 8, MST_NOISE_GROUP = 256 };

typedef struct
{
  uint32_t state[4][MST_NOISE_LANES];   /* xoshiro128++, one a lane */
  uint32_t words[1 + MST_NOISE_GROUP];  /* the last word of the group before, then the group's */
  size_t used;                  /* words of the group taken */
} MstNoise;

/* From the first word of stream @stream of @seed. Different streams and seeds are independent. */
void mst_noise_seed (MstNoise *, uint64_t seed, uint64_t stream);
/* The next @n words, at most MST_NOISE_GROUP, fewer (never 0) at the end of a group; valid until the next call.
 * words[-1] is the word before. Returns their number. */
size_t mst_noise_take (MstNoise *, size_t n, const uint32_t **words);
/* The last @n words taken, of the same group, are to be taken again. */
void mst_noise_give_back (MstNoise *, size_t n);
