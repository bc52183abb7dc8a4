/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xoshiro128++ in eight lanes; the same words whatever the vector width.
 * Blackman, Vigna: Scrambled Linear Pseudorandom Number Generators, ACM TOMS 47(4), 2021, fig. 1 and table 4. */
#include "noise-kernels.h"

#include <string.h>

#ifdef __AVX2__
#define WIDTH 32
#else
#define WIDTH 16
#endif
#define N_VECTORS (4 * MST_NOISE_LANES / WIDTH)

typedef uint32_t Words __attribute__ ((vector_size (WIDTH)));

#define ROTATE(x, k) (((x) << (k)) | ((x) >> (32 - (k))))

static void
group (uint32_t state[4][MST_NOISE_LANES], uint32_t *words)
{
  Words s[4][N_VECTORS];
  memcpy (s, state, sizeof s);
  for (size_t i = 0; i < MST_NOISE_GROUP; i += MST_NOISE_LANES)
    for (int v = 0; v < N_VECTORS; v++) {
      const Words sum = s[0][v] + s[3][v], shifted = s[1][v] << 9;
      const Words word = ROTATE (sum, 7) + s[0][v];
      memcpy (words + i + v * (WIDTH / 4), &word, sizeof word);
      s[2][v] ^= s[0][v];
      s[3][v] ^= s[1][v];
      s[1][v] ^= s[2][v];
      s[0][v] ^= s[3][v];
      s[2][v] ^= shifted;
      s[3][v] = ROTATE (s[3][v], 11);
    }
  memcpy (state, s, sizeof s);
}

const MstNoiseKernels MST_KERNEL (mst_noise_kernels) = { group };
