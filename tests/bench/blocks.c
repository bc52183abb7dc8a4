/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dsp/ alone, without GStreamer: seconds of CPU per minute of 48 kHz stereo for each processor, in blocks of 64 and 1024 frames, alternately
 * and the least of many turns. One line each: name, kind (c or orc), 64, 1024. */
#include "dither.h"
#include "eq.h"
#include "limiter.h"
#include "loudness.h"
#include "matrix.h"
#include "multiband.h"
#include "planar.h"
#include "truepeakmeter.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FRAMES 48000u
#define TURNS 15

static double music[2][FRAMES], work[2][FRAMES];
static float interleaved[2 * FRAMES];

static MstEq *eq;
static MstMultiband *multiband;
static MstLimiter *limiter;
static MstMatrix *matrix, *bass;
static MstLoudness *loudness;
static MstTruePeakMeter *peaks;
static MstDither *dither;

static void
run_eq (size_t at, size_t n)
{
  mst_eq_process (eq, (double *const[]) { work[0] + at, work[1] + at }, n);
}

static void
run_multiband (size_t at, size_t n)
{
  mst_multiband_process (multiband, (double *const[]) { work[0] + at, work[1] + at }, n);
}

static void
run_limiter (size_t at, size_t n)
{
  mst_limiter_process (limiter, (double *const[]) { work[0] + at, work[1] + at }, n);
}

static void
run_bass (size_t at, size_t n)
{
  mst_matrix_process (bass, (double *const[]) { work[0] + at, work[1] + at }, n);
}

static void
run_matrix (size_t at, size_t n)
{
  mst_matrix_process (matrix, (double *const[]) { work[0] + at, work[1] + at }, n);
}

static void
run_meter (size_t at, size_t n)
{
  const double *const in[] = { work[0] + at, work[1] + at };
  mst_loudness_process (loudness, in, n);
  mst_truepeakmeter_process (peaks, in, n);
}

static void
run_dither (size_t at, size_t n)
{
  mst_dither_process (dither, (double *const[]) { work[0] + at, work[1] + at }, n);
}

static void
run_read (size_t at, size_t n)
{
  mst_planar_read (MST_FORMAT_F32, (const void *const[]) { interleaved }, 0, 2, at, (double *const[]) { work[0] + at, work[1] + at }, n);
}

static void
run_write (size_t at, size_t n)
{
  mst_planar_write (MST_FORMAT_F32, (double *const[]) { work[0] + at, work[1] + at }, (void *const[]) { interleaved }, 0, 2, at, n);
}

static double
now (void)
{
  struct timespec t;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static void
measure (const char *name, const char *kind, void (*run) (size_t, size_t))
{
  static const size_t sizes[] = { 64, 1024 };
  double least[2] = { INFINITY, INFINITY };
  for (int turn = 0; turn < TURNS; turn++)
    for (int s = 0; s < 2; s++) {
      memcpy (work, music, sizeof work);
      const double begin = now ();
      for (size_t at = 0; at + sizes[s] <= FRAMES; at += sizes[s])
        run (at, sizes[s]);
      least[s] = fmin (least[s], (now () - begin) * 60.0 * 48000.0 / (double) (FRAMES / sizes[s] * sizes[s]));
    }
  printf ("%s\t%s\t%.6f\t%.6f\n", name, kind, least[0], least[1]);
}

int
main (void)
{
  static const double hz[] = { 60, 150, 400, 1000, 2500, 6000, 10000, 16000 };
  unsigned seed = 1;
  for (size_t k = 0; k < FRAMES; k++)
    for (unsigned c = 0; c < 2; c++) {
      seed = seed * 1664525u + 1013904223u;
      music[c][k] = 0.4 * sin (0.01 * (double) k) + 0.3 * ((double) seed / 4294967296.0 - 0.5) * (1.0 + sin (0.0003 * (double) k));
      interleaved[2 * k + c] = (float) music[c][k];
    }

  MstEqParams e;
  mst_eq_params_init (&e);
  e.n_bands = 8;
  for (unsigned b = 0; b < 8; b++) {
    mst_eq_band_init (&e.bands[b]);
    e.bands[b].frequency_hz = hz[b];
    e.bands[b].gain_db = b % 2 ? -3.0 : 3.0;
    e.bands[b].q = 1.0;
  }
  eq = mst_eq_new (48000.0, 2, NULL);
  mst_eq_set_params (eq, &e, 0);

  const MstMultibandSetup setup = { .n_bands = 4 };
  MstMultibandParams m = { .mix = 1.0 };
  for (unsigned b = 0; b < 4; b++)
    m.band[b] = (MstMultibandBand) { .upper_hz = (double[]) { 120, 1000, 6000, 20000 }[b], .threshold_db = -30.0, .ratio = 2.0,
      .range_db = 60.0, .attack_ms = 10.0, .release_ms = 100.0, .link = 1.0, .mix = 1.0 };
  multiband = mst_multiband_new (48000.0, 2, &setup, NULL);
  mst_multiband_set_params (multiband, &m, 0);

  MstLimiterParams l;
  mst_limiter_params_init (&l);
  l.drive_db = 6.0;
  limiter = mst_limiter_new (48000.0, 2, 5.0, MST_CLIP_NONE, NULL);
  mst_limiter_set_params (limiter, &l, 0);

  const MstMatrixParams width = { .width = 1.2 }, low = { .width = 1.2, .mono_below_hz = 120.0, .measure = true };
  matrix = mst_matrix_new (48000.0, NULL);
  mst_matrix_set_params (matrix, &width, 0);
  bass = mst_matrix_new (48000.0, NULL);
  mst_matrix_set_params (bass, &low, 0);
  loudness = mst_loudness_new (48000.0, 2, NULL);
  peaks = mst_truepeakmeter_new (48000.0, 2, NULL);
  const MstDitherParams d = { .bits = 16, .noise = MST_DITHER_TRIANGULAR, .seed = 1 };
  dither = mst_dither_new (48000.0, 2, NULL);
  mst_dither_set_params (dither, &d);
  if (!eq || !multiband || !limiter || !matrix || !bass || !loudness || !peaks || !dither)
    return 1;

  measure ("equaliser, 8 bells", "c", run_eq);
  measure ("compressor, 4 bands", "orc", run_multiband);
  measure ("limiter", "c", run_limiter);
  measure ("matrix", "orc", run_matrix);
  measure ("matrix, mono bass, statistics", "c", run_bass);
  measure ("loudness, true peak", "c", run_meter);
  measure ("dither", "c", run_dither);
  measure ("samples to planes", "c", run_read);
  measure ("planes to samples", "orc", run_write);

  mst_eq_free (eq);
  mst_multiband_free (multiband);
  mst_limiter_free (limiter);
  mst_matrix_free (matrix);
  mst_matrix_free (bass);
  mst_loudness_free (loudness);
  mst_truepeakmeter_free (peaks);
  mst_dither_free (dither);
  return 0;
}
