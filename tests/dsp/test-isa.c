/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every processor through the baseline's kernels and through the best there are, in mono, stereo and three channels, which have loops of
 * their own: what each promises of the other. Static equaliser, crossover and mid/side within 1e-9, whatever has a gain computer within
 * -120 dB of the signal, loudness and true peak within 0.001 LU, dither to the bit. */
#include <string.h>

#include "crossover.h"
#include "dither.h"
#include "eq.h"
#include "eqlinear.h"
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
static unsigned n_channels;

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
highest (void)
{
  double off = 0.0;
  for (unsigned c = 0; c < n_channels; c++)
    for (size_t i = 0; i < FRAMES; i++)
      off = fmax (off, fabs (y[0][c][i] - y[1][c][i]));
  return off;
}

static double
off_db (void)
{
  double error = 0.0, power = 1e-300;
  for (unsigned c = 0; c < n_channels; c++)
    for (size_t i = 0; i < FRAMES; i++) {
      error += (y[0][c][i] - y[1][c][i]) * (y[0][c][i] - y[1][c][i]);
      power += y[0][c][i] * y[0][c][i];
    }
  return 10.0 * log10 (error / power + 1e-30);
}

static MstEq *eq;
static MstEqLinear *linear;
static MstEqParams bands;

/* Eight types; where they are to move with the level, the four that can */
static void
set_bands (int is_dynamic)
{
  static const MstEqType types[] = { MST_EQ_HIGH_PASS, MST_EQ_BELL, MST_EQ_LOW_SHELF, MST_EQ_BELL, MST_EQ_NOTCH, MST_EQ_HIGH_SHELF,
    MST_EQ_ALL_PASS, MST_EQ_LOW_PASS };
  static const double hz[] = { 25.0, 90.0, 200.0, 1000.0, 3000.0, 9000.0, 500.0, 19000.0 };
  mst_eq_params_init (&bands);
  bands.n_bands = 8;
  for (unsigned b = 0; b < 8; b++) {
    MstEqBand *band = &bands.bands[b];
    mst_eq_band_init (band);
    band->type = types[b];
    band->frequency_hz = hz[b];
    band->gain_db = b % 2 ? 5.0 : -4.0;
    band->q = 0.7 + 0.5 * b;
    band->slope = types[b] == MST_EQ_HIGH_PASS ? 48 : 12;
    if (is_dynamic && types[b] <= MST_EQ_HIGH_SHELF) {
      band->range_db = b % 2 ? -8.0 : 6.0;
      band->threshold_db = -35.0;
      band->ratio = 3.0;
    }
  }
}

static void
make_eq (void)
{
  eq = mst_eq_new (48000.0, n_channels, NULL);
  mst_eq_set_params (eq, &bands, 0);
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

static void
make_linear (void)
{
  const char *error = NULL;
  linear = mst_eq_linear_new (48000.0, n_channels, 0, &error);
  mst_eq_linear_set_params (linear, &bands, 0);
}

static void
run_linear (double *const *io, size_t n)
{
  mst_eq_linear_process (linear, io, n);
}

static void
free_linear (void)
{
  mst_eq_linear_free (linear);
}

static MstMultiband *multiband;
static double ratio;
static MstBandSplitType crossover;
static MstGainMode mode;

static void
make_multiband (void)
{
  const MstMultibandSetup setup = { .n_bands = 4, .crossover = crossover, .detector[1] = { .is_rms = 1, .rms_window_ms = 20.0 } };
  MstMultibandParams p = {.mix = 1.0 };
  for (unsigned b = 0; b < 4; b++)
    p.band[b] = (MstMultibandBand) { .upper_hz = (double[]) { 120.0, 1000.0, 6000.0, 20000.0 }[b], .threshold_db = -30.0, .mode = mode, .ratio = ratio,
      .knee_db = 6.0, .range_db = 60.0, .attack_ms = 10.0, .release_ms = 100.0, .link = 0.5, .mix = 1.0 };
  multiband = mst_multiband_new (48000.0, n_channels, &setup, NULL);
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
  limiter = mst_limiter_new (48000.0, n_channels, 5.0, clip, NULL);
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
static double mono_below_hz;
static MstMatrixMonoPhase mono_phase;

static void
make_matrix (void)
{
  const MstMatrixParams p = {.width = 1.3,.balance = 0.2,.mono_below_hz = mono_below_hz,.mono_phase = mono_phase };
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
static MstDitherNoise noise;
static unsigned bits;

static void
make_dither (void)
{
  const MstDitherParams p = {.bits = bits,.noise = noise,.shaping = shaping,.auto_blank = true,.seed = 5 };
  dither = mst_dither_new (48000.0, n_channels, NULL);
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
  loudness = mst_loudness_new (48000.0, n_channels, NULL);
  peaks = mst_truepeakmeter_new (48000.0, n_channels, NULL);
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
  peak[isa] = mst_truepeakmeter_peak (peaks, n_channels - 1);
  mst_loudness_free (loudness);
  mst_truepeakmeter_free (peaks);
}

static void
equaliser (void)
{
  set_bands (0);
  both (make_eq, run_eq, free_eq);
  tap_within (highest (), 1e-9, "static equaliser, eight types");
  both (make_linear, run_linear, free_linear);
  tap_within (highest (), 1e-9, "the same with linear phase");
  set_bands (1);
  both (make_eq, run_eq, free_eq);
  tap_ok (off_db () <= -120.0, "dynamic bands: %.0f dB", off_db ());
}

static void
compressor (void)
{
  static const char *const crossovers[] = { "LR4", "LR8", "linear phase" };
  static const char *const modes[] = { "compress", "upward", "expand", "gate", "limit" };
  mode = MST_GAIN_COMPRESS;
  for (int k = 0; k < 3; k++) {
    crossover = (MstBandSplitType) k;
    ratio = 1.0;
    both (make_multiband, run_multiband, free_multiband);
    tap_ok (highest () <= 1e-9, "crossover %s, idle bands: %.3g (limit 1e-09)", crossovers[k], highest ());
    ratio = 3.0;
    both (make_multiband, run_multiband, free_multiband);
    tap_ok (off_db () <= -120.0, "compressor behind it: %.0f dB", off_db ());
  }
  crossover = MST_BAND_SPLIT_LR4;
  for (int k = 1; k < 5; k++) {
    mode = (MstGainMode) k;
    both (make_multiband, run_multiband, free_multiband);
    tap_ok (off_db () <= -120.0, "mode %s: %.0f dB", modes[k], off_db ());
  }
}

static void
mid_side (void)
{
  mono_below_hz = 0.0;
  both (make_matrix, run_matrix, free_matrix);
  tap_within (highest (), 1e-9, "mid/side");
  mono_below_hz = 120.0;
  for (mono_phase = MST_MATRIX_MATCHED; mono_phase <= MST_MATRIX_MID_UNTOUCHED; mono_phase++) {
    both (make_matrix, run_matrix, free_matrix);
    tap_within (highest (), 1e-9, "mono bass");
  }
}

static void
limiting (void)
{
  for (clip = MST_CLIP_NONE; clip <= MST_CLIP_HARD; clip++) {
    both (make_limiter, run_limiter, free_limiter);
    tap_ok (off_db () <= -120.0, "limiter, clip %d: %.0f dB", (int) clip, off_db ());
  }
}

static void
meter (void)
{
  both (make_meter, run_meter, free_meter);
  tap_within (reading[0].integrated - reading[1].integrated, 0.001, "integrated loudness, LU");
  tap_within (reading[0].max_momentary - reading[1].max_momentary, 0.001, "momentary loudness, LU");
  tap_within (reading[0].max_short_term - reading[1].max_short_term, 0.001, "short-term loudness, LU");
  tap_within (reading[0].range - reading[1].range, 0.001, "loudness range, LU");
  tap_within (20.0 * log10 (peak[0] / peak[1]), 0.001, "true peak, dB");
}

static void
dithering (void)
{
  static const unsigned depths[] = { 8, 16, 20, 24 };
  for (noise = MST_DITHER_NONE; noise <= MST_DITHER_HIGH_PASS_TRIANGULAR; noise++)
    for (shaping = MST_DITHER_UNSHAPED; shaping <= MST_DITHER_STRONG; shaping++) {
      int same = 1;
      for (int k = 0; k < 4; k++) {
        bits = depths[k];
        both (make_dither, run_dither, free_dither);
        for (unsigned c = 0; c < n_channels; c++)
          same &= memcmp (y[0][c], y[1][c], sizeof y[0][c]) == 0 && memcmp (y[0][c], x[c], sizeof x[c]) != 0;
      }
      tap_ok (same, "dither %d, shaping %d, 8 to 24 bits: the same bits", (int) noise, (int) shaping);
    }
}

int
main (void)
{
  if (mst_isa () == MST_ISA_BASE) {
    tap_ok (1, "one version only: there is no AVX2 here");
    return tap_done ();
  }
  make_signal ();
  for (n_channels = 1; n_channels <= CHANNELS; n_channels++) {
    printf ("# %u channels\n", n_channels);
    equaliser ();
    compressor ();
    if (n_channels == 2)
      mid_side ();
    limiting ();
    meter ();
    dithering ();
  }
  return tap_done ();
}
