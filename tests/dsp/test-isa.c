/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every processor through the baseline's kernels and through the best there are: what each promises of the other. Static equaliser,
 * crossover and mid/side within 1e-9, whatever has a gain computer within -120 dB of the signal, loudness within 0.001 LU, dither to
 * the bit. */
#include <string.h>

#include "crossover.h"
#include "dither.h"
#include "eq.h"
#include "isa.h"
#include "limiter.h"
#include "loudness.h"
#include "matrix.h"
#include "multiband.h"
#include "tap.h"
#include "truepeakmeter.h"

#define FRAMES 96000u
#define CHANNELS 3

static double x[CHANNELS][FRAMES], y[2][CHANNELS][FRAMES];

/* Tones under noise whose level comes and goes, a click, silence at the end */
static void
make_signal (void)
{
  unsigned seed = 7;
  for (size_t i = 0; i < FRAMES; i++)
    for (unsigned c = 0; c < CHANNELS; c++) {
      const double t = (double) i / 48000.0, loud = 0.5 + 0.5 * sin (2.0 * M_PI * 1.3 * t + c);
      seed = seed * 1664525u + 1013904223u;
      x[c][i] = loud * (0.3 * sin (2.0 * M_PI * 83.0 * t) + 0.2 * sin (2.0 * M_PI * (2100.0 + 700.0 * c) * t) +
          0.3 * ((double) seed / 2147483648.0 - 1.0)) + (i == 30000 ? 0.8 : 0.0);
      if (i >= FRAMES - 4000)
        x[c][i] = 0.0;
    }
}

/* @run is called with the signal's copy in blocks of odd lengths, once with each version */
typedef void (*Run) (double *const *io, size_t n);

static void
both (void (*make) (void), Run run, void (*done) (void))
{
  for (int isa = 0; isa < 2; isa++) {
    mst_isa_force (isa ? MST_ISA_AVX2 : MST_ISA_BASE);
    make ();
    memcpy (y[isa], x, sizeof x);
    for (size_t at = 0, k = 1; at < FRAMES; k++) {
      const size_t n = 1 + k * 379 % 1500 < FRAMES - at ? 1 + k * 379 % 1500 : FRAMES - at;
      double *io[CHANNELS];
      for (unsigned c = 0; c < CHANNELS; c++)
        io[c] = y[isa][c] + at;
      run (io, n);
      at += n;
    }
    done ();
  }
  mst_isa_force (MST_ISA_AVX2);
}

static double
highest (unsigned n_channels)
{
  double off = 0.0;
  for (unsigned c = 0; c < n_channels; c++)
    for (size_t i = 0; i < FRAMES; i++)
      off = fmax (off, fabs (y[0][c][i] - y[1][c][i]));
  return off;
}

static double
off_db (unsigned n_channels)
{
  double error = 0.0, power = 1e-300;
  for (unsigned c = 0; c < n_channels; c++)
    for (size_t i = 0; i < FRAMES; i++) {
      error += (y[0][c][i] - y[1][c][i]) * (y[0][c][i] - y[1][c][i]);
      power += y[0][c][i] * y[0][c][i];
    }
  return 10.0 * log10 (error / power + 1e-40);
}

static MstEq *eq;

static void
make_eq (void)
{
  static const MstEqType types[] = { MST_EQ_HIGH_PASS, MST_EQ_BELL, MST_EQ_LOW_SHELF, MST_EQ_BELL, MST_EQ_NOTCH, MST_EQ_HIGH_SHELF,
    MST_EQ_ALL_PASS, MST_EQ_LOW_PASS };
  static const double hz[] = { 25.0, 90.0, 200.0, 1000.0, 3000.0, 9000.0, 500.0, 19000.0 };
  MstEqParams p;
  mst_eq_params_init (&p);
  p.n_bands = 8;
  for (unsigned b = 0; b < 8; b++) {
    mst_eq_band_init (&p.bands[b]);
    p.bands[b].type = types[b];
    p.bands[b].frequency_hz = hz[b];
    p.bands[b].gain_db = b % 2 ? 5.0 : -4.0;
    p.bands[b].q = 0.7 + 0.5 * b;
    p.bands[b].slope = types[b] == MST_EQ_HIGH_PASS ? 48 : 12;
  }
  eq = mst_eq_new (48000.0, CHANNELS, NULL);
  mst_eq_set_params (eq, &p, 0);
}

static void
run_eq (double *const *io, size_t n)
{
  mst_eq_process (eq, io, n);
}

static void
free_eq (void)
{
  mst_eq_free (eq);
}

static MstMultiband *multiband;
static double ratio;

static void
make_multiband (void)
{
  const MstMultibandSetup setup = { .n_bands = 4, .detector[1] = { .is_rms = 1, .rms_window_ms = 20.0 } };
  MstMultibandParams p = {.mix = 1.0 };
  for (unsigned b = 0; b < 4; b++)
    p.band[b] = (MstMultibandBand) { .upper_hz = (double[]) { 120.0, 1000.0, 6000.0, 20000.0 }[b], .threshold_db = -30.0, .ratio = ratio,
      .knee_db = 6.0, .range_db = 60.0, .attack_ms = 10.0, .release_ms = 100.0, .link = 0.5, .mix = 1.0 };
  multiband = mst_multiband_new (48000.0, CHANNELS, &setup, NULL);
  mst_multiband_set_params (multiband, &p, 0);
}

static void
run_multiband (double *const *io, size_t n)
{
  mst_multiband_process (multiband, io, n);
}

static void
free_multiband (void)
{
  mst_multiband_free (multiband);
}

static MstLimiter *limiter;
static MstClipShape clip;

static void
make_limiter (void)
{
  MstLimiterParams p;
  mst_limiter_params_init (&p);
  p.drive_db = 9.0;
  limiter = mst_limiter_new (48000.0, CHANNELS, 5.0, clip, NULL);
  mst_limiter_set_params (limiter, &p, 0);
}

static void
run_limiter (double *const *io, size_t n)
{
  mst_limiter_process (limiter, io, n);
}

static void
free_limiter (void)
{
  mst_limiter_free (limiter);
}

static MstMatrix *matrix;
static int is_low_mono;

static void
make_matrix (void)
{
  const MstMatrixParams p = {.width = 1.3,.balance = 0.2,.mono_below_hz = is_low_mono ? 120.0 : 0.0 };
  matrix = mst_matrix_new (48000.0, NULL);
  mst_matrix_set_params (matrix, &p, 0);
}

static void
run_matrix (double *const *io, size_t n)
{
  mst_matrix_process (matrix, io, n);
}

static void
free_matrix (void)
{
  mst_matrix_free (matrix);
}

static MstDither *dither;
static MstDitherShaping shaping;

static void
make_dither (void)
{
  const MstDitherParams p = {.bits = 16,.noise = MST_DITHER_TRIANGULAR,.shaping = shaping,.auto_blank = true,.seed = 5 };
  dither = mst_dither_new (48000.0, CHANNELS, NULL);
  mst_dither_set_params (dither, &p);
}

static void
run_dither (double *const *io, size_t n)
{
  mst_dither_process (dither, io, n);
}

static void
free_dither (void)
{
  mst_dither_free (dither);
}

static MstLoudness *loudness;
static MstTruePeakMeter *peaks;
static MstLoudnessReading reading[2];
static double peak[2];

static void
make_meter (void)
{
  loudness = mst_loudness_new (48000.0, CHANNELS, NULL);
  peaks = mst_truepeakmeter_new (48000.0, CHANNELS, NULL);
}

static void
run_meter (double *const *io, size_t n)
{
  mst_loudness_process (loudness, (const double *const *) io, n);
  mst_truepeakmeter_process (peaks, (const double *const *) io, n);
}

static void
free_meter (void)
{
  const int isa = mst_isa () == MST_ISA_AVX2;
  mst_truepeakmeter_finish (peaks);
  mst_loudness_read (loudness, &reading[isa]);
  peak[isa] = mst_truepeakmeter_peak (peaks, 1);
  mst_loudness_free (loudness);
  mst_truepeakmeter_free (peaks);
}

int
main (void)
{
  if (mst_isa () == MST_ISA_BASE) {
    tap_ok (1, "one version only: there is no AVX2 here");
    return tap_done ();
  }
  make_signal ();

  both (make_eq, run_eq, free_eq);
  tap_within (highest (CHANNELS), 1e-9, "static equaliser, eight types");
  ratio = 1.0;
  both (make_multiband, run_multiband, free_multiband);
  tap_within (highest (CHANNELS), 1e-9, "crossover: idle bands");
  is_low_mono = 0;
  both (make_matrix, run_matrix, free_matrix);
  tap_within (highest (2), 1e-9, "mid/side");
  is_low_mono = 1;
  both (make_matrix, run_matrix, free_matrix);
  tap_within (highest (2), 1e-9, "mono bass");

  ratio = 3.0;
  both (make_multiband, run_multiband, free_multiband);
  tap_ok (off_db (CHANNELS) <= -120.0, "compressor: %.0f dB", off_db (CHANNELS));
  for (clip = MST_CLIP_NONE; clip <= MST_CLIP_HARD; clip++) {
    both (make_limiter, run_limiter, free_limiter);
    tap_ok (off_db (CHANNELS) <= -120.0, "limiter, clip %d: %.0f dB", (int) clip, off_db (CHANNELS));
  }

  both (make_meter, run_meter, free_meter);
  tap_within (reading[0].integrated - reading[1].integrated, 0.001, "integrated loudness, LU");
  tap_within (reading[0].max_momentary - reading[1].max_momentary, 0.001, "momentary loudness, LU");
  tap_within (reading[0].max_short_term - reading[1].max_short_term, 0.001, "short-term loudness, LU");
  tap_within (reading[0].range - reading[1].range, 0.001, "loudness range, LU");
  tap_within (20.0 * log10 (peak[0] / peak[1]), 0.001, "true peak, dB");

  for (shaping = MST_DITHER_UNSHAPED; shaping <= MST_DITHER_STRONG; shaping++) {
    both (make_dither, run_dither, free_dither);
    tap_ok (memcmp (y[0], y[1], sizeof y[0]) == 0 && memcmp (y[0], x, sizeof x) != 0, "dither, shaping %d: the same bits", (int) shaping);
  }
  return tap_done ();
}
