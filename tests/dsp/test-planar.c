/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sample formats by their definition, at every small length and at odd addresses; the ring by a plain array. */
#include <float.h>
#include <stdint.h>
#include <string.h>

#include "isa.h"
#include "planar.h"
#include "ring.h"
#include "tap.h"

#define FRAMES 40
#define CHANNELS 9

static uint32_t seed = 1;

static uint32_t
noise (void)
{
  return seed = seed * 1664525u + 1013904223u;
}

static double
float_sample (int i)
{
  static const float odd[] = { NAN, INFINITY, -INFINITY, 0.0f, -0.0f, FLT_MAX, -FLT_MAX, 1e30f, FLT_MIN };
  return i % 11 < 9 && i % 3 == 0 ? odd[i % 9] : (float) ((int32_t) noise () / 2147483648.0);
}

/* Floats and doubles come in as they are, except what is not a number. */
static void
test_read_floats (void)
{
  char memory[FRAMES * CHANNELS * 8 + 16] __attribute__ ((aligned (16)));
  double plane[CHANNELS][FRAMES], *to[CHANNELS];
  int wrong = 0, cases = 0;

  for (unsigned c = 0; c < CHANNELS; c++)
    to[c] = plane[c];
  for (int format = 0; format < 2; format++)
    for (unsigned channels = 1; channels <= CHANNELS; channels++)
      for (int planar = 0; planar < 2; planar++)
        for (size_t odd = 0; odd < 3; odd++)
          for (size_t n = 1; n < FRAMES; n++) {
            const size_t bytes = format ? 8 : 4;
            char *base = memory + odd * bytes;
            const void *from[CHANNELS];
            size_t bad = 0;
            for (unsigned c = 0; c < CHANNELS; c++)
              from[c] = base + (planar ? c * n * bytes : 0);
            for (size_t i = 0; i < n * channels; i++) {
              const double x = float_sample ((int) i);
              bad += !isfinite (x);
              if (format)
                ((double *) base)[i] = x;
              else
                ((float *) base)[i] = (float) x;
            }
            const size_t counted = mst_planar_read (format ? MST_FORMAT_F64 : MST_FORMAT_F32, from, planar, channels, 0, to, n);
            wrong += counted != bad;
            cases++;
            for (unsigned c = 0; c < channels; c++)
              for (size_t i = 0; i < n; i++) {
                const size_t at = planar ? c * n + i : i * channels + c;
                const double x = format ? ((double *) base)[at] : (double) ((float *) base)[at];
                wrong += plane[c][i] != (isfinite (x) ? x : 0.0);
              }
          }
  tap_ok (wrong == 0, "float and double read as they are, NaN and infinity as 0 and counted (%d cases)", cases);
}

static void
test_integers (void)
{
  static const int32_t values[] = { 0, 1, -1, 127, -128, 8388607, -8388608, INT32_MAX, INT32_MIN, 123456789 };
  int wrong = 0;
  for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
    const int32_t v = values[i];
    const int32_t with_dirt = (int32_t) (((uint32_t) v & 0xffffff) | 0x5a000000);
    double sample, *to[1] = { &sample };
    const void *from[1] = { &v };
    mst_planar_read (MST_FORMAT_S32, from, 0, 1, 0, to, 1);
    wrong += sample != v / 2147483648.0;
    from[0] = &with_dirt;
    mst_planar_read (MST_FORMAT_S24_32, from, 0, 1, 0, to, 1);
    const int32_t v24 = (int32_t) ((uint32_t) v << 8) / 256;
    wrong += sample != v24 / 8388608.0;
  }
  tap_ok (wrong == 0, "S32 and S24_32 read exactly, whatever the upper byte holds");
}

static double
written (MstFormat format, const uint8_t *at)
{
  int16_t s16;
  int32_t s32;
  memcpy (&s16, at, 2);
  memcpy (&s32, at, 4);
  switch (format) {
    case MST_FORMAT_S8:
      return (int8_t) at[0];
    case MST_FORMAT_U8:
      return at[0] - 128;
    case MST_FORMAT_S16:
      return s16;
    case MST_FORMAT_S24:
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
      return (int32_t) ((uint32_t) at[0] << 8 | (uint32_t) at[1] << 16 | (uint32_t) at[2] << 24) / 256;
#else
      return (int32_t) ((uint32_t) at[2] << 8 | (uint32_t) at[1] << 16 | (uint32_t) at[0] << 24) / 256;
#endif
    default:
      return s32;
  }
}

static void
test_write (void)
{
  static const struct
  {
    MstFormat format;
    int bits;
  } rows[] = { {MST_FORMAT_S8, 8}, {MST_FORMAT_U8, 8}, {MST_FORMAT_S16, 16}, {MST_FORMAT_S24, 24}, {MST_FORMAT_S24_32, 24},
    {MST_FORMAT_S32, 32} };
  for (unsigned r = 0; r < sizeof rows / sizeof *rows; r++) {
    const double scale = ldexp (1.0, rows[r].bits - 1);
    int wrong = 0;
    for (int planar = 0; planar < 2; planar++)
      for (unsigned channels = 1; channels <= CHANNELS; channels++)
        for (size_t n = 1; n < FRAMES; n++) {
          const size_t bytes = mst_format_bytes (rows[r].format);
          uint8_t memory[FRAMES * CHANNELS * 4 + 4] = { 0 };
          double plane[CHANNELS][FRAMES], *from[CHANNELS];
          void *to[CHANNELS];
          for (unsigned c = 0; c < CHANNELS; c++) {
            from[c] = plane[c];
            to[c] = memory + (planar ? c * n * bytes : 0);
            for (size_t i = 0; i < n; i++)
              plane[c][i] = c % 2 == 0 ? nearbyint ((int32_t) noise () / 2147483648.0 * scale) / scale : i % 3 == 0 ? 1.5 : i % 3 == 1 ? -7.0 :
                  (floor ((int32_t) noise () / 4294967296.0 * scale) + 0.4) / scale;
          }
          mst_planar_write (rows[r].format, from, to, planar, channels, 0, n);
          for (size_t i = 0; i < n; i++)
            for (unsigned c = 0; c < channels; c++) {
              const double k = nearbyint (plane[c][i] * scale);
              wrong += written (rows[r].format, memory + (planar ? c * n + i : i * channels + c) * bytes) != fmin (fmax (k, -scale), scale - 1.0);
            }
        }
    tap_ok (wrong == 0, "%d bits (format %d): grid values exact, others to the nearest, beyond full scale clipped", rows[r].bits,
        (int) rows[r].format);
  }
}

static void
test_write_floats (void)
{
  int wrong = 0;
  for (int format = 0; format < 2; format++)
    for (unsigned channels = 1; channels <= CHANNELS; channels++)
      for (int planar = 0; planar < 2; planar++)
        for (size_t odd = 0; odd < 3; odd++)
          for (size_t n = 1; n < FRAMES; n++) {
            char memory[FRAMES * CHANNELS * 8 + 16] __attribute__ ((aligned (16)));
            const size_t bytes = format ? 8 : 4;
            double plane[CHANNELS][FRAMES], *from[CHANNELS];
            void *to[CHANNELS];
            for (unsigned c = 0; c < CHANNELS; c++) {
              from[c] = plane[c];
              to[c] = memory + odd * bytes + (planar ? c * n * bytes : 0);
              for (size_t i = 0; i < n; i++)
                plane[c][i] = ((int32_t) noise () / 2147483648.0 + 1e-12 * (int32_t) noise ()) * (i % 7 == 6 ? 1e39 : 1.0);
            }
            mst_planar_write (format ? MST_FORMAT_F64 : MST_FORMAT_F32, from, to, planar, channels, 0, n);
            for (unsigned c = 0; c < channels; c++)
              for (size_t i = 0; i < n; i++) {
                const char *at = (char *) to[planar ? c : 0] + (planar ? i : i * channels + c) * bytes;
                if (format) {
                  double x;
                  memcpy (&x, at, 8);
                  wrong += x != plane[c][i];
                } else {
                  float x;
                  memcpy (&x, at, 4);
                  wrong += x != (float) fmax (fmin (plane[c][i], FLT_MAX), -FLT_MAX);
                }
              }
          }
  tap_ok (wrong == 0, "float out rounds to nearest and stays finite, double out is exact");
}

static void
test_ring (void)
{
  MstRing *ring = mst_ring_new (2, 100);
  double left[1000], right[1000], *planes[2] = { left, right };
  int wrong = mst_ring_capacity (ring) < 100;
  for (int i = 0; i < 1000; i++)
    left[i] = i, right[i] = -i;
  for (size_t done = 0; done < 1000;) {
    const size_t n = 1 + noise () % 60;
    const size_t k = n < 1000 - done ? n : 1000 - done;
    mst_ring_write (ring, done, planes, done, k);
    done += k;
    const size_t back = done < 100 ? done : 100;
    double l[128], r[128], *out[2] = { l, r };
    mst_ring_read (ring, done - back, out, 5, back);
    for (size_t i = 0; i < back; i++)
      wrong += l[5 + i] != (double) (done - back + i) || r[5 + i] != -l[5 + i];
  }
  mst_ring_free (ring);
  tap_ok (wrong == 0, "the ring remembers the last frames under their own numbers");
}

int
main (void)
{
  for (int isa = MST_ISA_BASE; isa <= MST_ISA_AVX2; isa++) {
    mst_isa_force ((MstIsa) isa);
    printf ("# %s\n", isa == MST_ISA_BASE ? "the baseline's kernels" : "the best kernels");
    test_read_floats ();
    test_integers ();
    test_write ();
    test_write_floats ();
  }
  test_ring ();
  return tap_done ();
}
