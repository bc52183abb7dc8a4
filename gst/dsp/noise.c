/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Word n of a stream is word n / 8 of lane n modulo 8, each lane a xoshiro128++ generator of period 2^128 - 1
 * (10^26 years of one lane at 384 kHz) whose state is four words of a SplitMix64 sequence. The sequences of different
 * (seed, stream, lane) start at scrambled, so unrelated, places of its 2^64. Words are uniform in 0 … 2^32 - 1.
 * Blackman, Vigna 2021 (see noise-kernels.c); Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
 * OOPSLA 2014, fig. 17 (SplitMix64). */
#include "noise.h"

#include "noise-kernels.h"

static uint64_t
scramble (uint64_t z)
{
  z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

#define GOLDEN UINT64_C (0x9e3779b97f4a7c15)

static void
refill (MstNoise *noise)
{
  noise->words[0] = noise->words[MST_NOISE_GROUP];
  MST_KERNEL_CHOOSE (mst_noise_kernels)->group (noise->state, noise->words + 1);
  noise->used = 0;
}

void
mst_noise_seed (MstNoise *noise, uint64_t seed, uint64_t stream)
{
  const uint64_t key = scramble (scramble (seed + GOLDEN) + (stream + 1) * GOLDEN);

  for (uint64_t lane = 0; lane < MST_NOISE_LANES; lane++) {
    uint64_t z = scramble (key + (lane + 1) * GOLDEN);
    const uint64_t a = scramble (z += GOLDEN), b = scramble (z += GOLDEN);
    noise->state[0][lane] = (uint32_t) a;
    noise->state[1][lane] = (uint32_t) (a >> 32);
    noise->state[2][lane] = (uint32_t) b;
    noise->state[3][lane] = (uint32_t) (b >> 32) | ((a | b) == 0);      /* zero is the one state that never moves */
  }
  noise->words[MST_NOISE_GROUP] = (uint32_t) scramble (key);
  refill (noise);
}

size_t
mst_noise_take (MstNoise *noise, size_t n, const uint32_t **words)
{
  if (noise->used == MST_NOISE_GROUP)
    refill (noise);
  if (n > MST_NOISE_GROUP - noise->used)
    n = MST_NOISE_GROUP - noise->used;
  *words = noise->words + 1 + noise->used;
  noise->used += n;
  return n;
}

void
mst_noise_give_back (MstNoise *noise, size_t n)
{
  noise->used -= n;
}
