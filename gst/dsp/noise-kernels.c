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

typedef uint32_t Words __attribute__ ((vector_size (WIDTH)));

#define ROTATE(x, k) (((x) << (k)) | ((x) >> (32 - (k))))

static inline Words
load (const uint32_t *p)
{
  Words v;
  memcpy (&v, p, sizeof v);
  return v;
}

static void
group (uint32_t state[4][MST_NOISE_LANES], uint32_t *words)
{
  for (size_t v = 0; v < MST_NOISE_LANES; v += WIDTH / 4) {
    Words a = load (state[0] + v), b = load (state[1] + v), c = load (state[2] + v), d = load (state[3] + v);
#pragma GCC unroll 4
    for (size_t i = v; i < MST_NOISE_GROUP; i += MST_NOISE_LANES) {
      const Words sum = a + d, shifted = b << 9, word = ROTATE (sum, 7) + a;
      memcpy (words + i, &word, sizeof word);
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = ROTATE (d, 11);
    }
    memcpy (state[0] + v, &a, sizeof a);
    memcpy (state[1] + v, &b, sizeof b);
    memcpy (state[2] + v, &c, sizeof c);
    memcpy (state[3] + v, &d, sizeof d);
  }
}

const MstNoiseKernels MST_KERNEL (mst_noise_kernels) = { group };
