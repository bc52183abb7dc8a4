/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loudness meter against the definitions of bs1770.h, sines against the Recommendation's response at every rate, any cut,
 * 64 channels, pause, reset, silence and nonsense. */
#include "loudness.h"

#include <stdint.h>

#include "bs1770.h"
#include "histogram.h"
#include "isa.h"
#include "tap.h"

static uint32_t seed = 1;

static double
noise (void)                    /* -1 … 1 */
{
  seed = seed * 1664525u + 1013904223u;
  return (double) seed / 2147483648.0 - 1.0;
}

static MstLoudness *
meter_new (double rate_hz, unsigned n_channels)
{
  const char *error = "";
  MstLoudness *m = mst_loudness_new (rate_hz, n_channels, &error);
  if (!m) {
    fprintf (stderr, "%s\n", error);
    exit (1);
  }
  return m;
}

static void
feed (MstLoudness *m, double *const *x, unsigned n_channels, size_t from, size_t to)
{
  const double *in[64];
  for (unsigned c = 0; c < n_channels; c++)
    in[c] = x[c] + from;
  mst_loudness_process (m, in, to - from);
}

/* Noise whose level jumps by up to 50 dB every 0.2 … 5 s, every channel its own, some of it silent or far below the gates. */
static void
programme (double *const *x, unsigned n_channels, size_t n, double spread_db)
{
  for (unsigned c = 0; c < n_channels; c++) {
    size_t left = 0;
    double gain = 0.0, low = 0.0;
    for (size_t i = 0; i < n; i++) {
      if (left == 0) {
        left = (size_t) (48000 * (2.6 + 2.4 * noise ()));
        gain = noise () > 0.9 ? 0.0 : pow (10.0, (-6.0 - spread_db * (0.5 + 0.5 * noise ())) / 20.0);
      }
      left--;
      low += 0.2 * (noise () - low);    /* more bass than white */
      x[c][i] = gain * (low + 0.2 * noise ());
    }
  }
}

static double **
planes_new (unsigned n_channels, size_t n)
{
  double **x = calloc (n_channels, sizeof *x);
  for (unsigned c = 0; c < n_channels; c++)
    x[c] = calloc (n, sizeof **x);
  return x;
}

static void
planes_free (double **x, unsigned n_channels)
{
  for (unsigned c = 0; c < n_channels; c++)
    free (x[c]);
  free (x);
}

static void
against_definition (void)
{
  static const struct { const char *id; unsigned n_channels; double seconds, spread_db, gain[6]; } rows[] = {
    { "stereo, little dynamics", 2, 40.0, 10.0, { 1, 1 } },
    { "stereo, 50 dB", 2, 60.0, 50.0, { 1, 1 } },
    { "mono", 1, 30.0, 30.0, { 1 } },
    { "5.1", 6, 30.0, 30.0, { 1, 1, 1, 0, 1.41, 1.41 } },
    { "an odd number of frames", 2, 12.34567, 20.0, { 1, 1 } },
    { "shorter than a block", 2, 0.3, 6.0, { 1, 1 } },
    { "shorter than 3 s", 2, 2.2, 6.0, { 1, 1 } },
  };
  for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
    const unsigned nc = rows[r].n_channels;
    const double seconds = tap_short () && rows[r].seconds > 25.0 ? 0.3 * rows[r].seconds : rows[r].seconds;
    const size_t n = (size_t) (48000 * seconds);
    double **x = planes_new (nc, n);
    MstLoudness *m = meter_new (48000, nc);
    MstLoudnessParams params;
    MstLoudnessReading got;
    programme (x, nc, n, rows[r].spread_db);
    const Truth want = truth ((const double *const *) x, nc, rows[r].gain, (long) n);

    mst_loudness_params_default (&params);
    memcpy (params.weights, rows[r].gain, sizeof rows[r].gain);
    mst_loudness_set_params (m, &params);
    feed (m, x, nc, 0, n);
    mst_loudness_read (m, &got);
#define SAME(a, b) (isinf (a) || isinf (b) ? (a) == (b) ? 0.0 : 99.0 : (a) - (b))
    printf ("# %s: I %.2f LUFS, LRA %.2f LU, max M %.2f, max S %.2f\n", rows[r].id, want.integrated, want.range,
        want.max_momentary, want.max_short_term);
    tap_within (SAME (got.integrated, want.integrated), 0.001, "integrated, LU");
    tap_within (SAME (got.range, want.range), 0.005, "range, LU");
    tap_within (SAME (got.momentary, want.momentary), 1e-6, "momentary, LU");
    tap_within (SAME (got.short_term, want.short_term), 1e-6, "short-term, LU");
    tap_within (SAME (got.max_momentary, want.max_momentary), 1e-6, "highest momentary, LU");
    tap_within (SAME (got.max_short_term, want.max_short_term), 1e-6, "highest short-term, LU");

    double ll = 0.0, rr = 0.0, lr = 0.0, peak = 0.0;
    for (size_t i = 0; i < n; i++) {
      ll += x[0][i] * x[0][i];
      rr += x[nc > 1][i] * x[nc > 1][i];
      lr += x[0][i] * x[nc > 1][i];
      peak = fmax (peak, fabs (x[nc - 1][i]));
    }
    if (n % 480 == 0 && ll * rr > 0.0)
      tap_within (got.correlation_overall - lr / sqrt (ll * rr), 1e-9, "correlation of the whole");
    tap_ok (mst_loudness_sample_peak (m, nc - 1) == peak, "the last channel's peak, exactly");

    /* cuts of 1 to 5000 frames: the same bits */
    MstLoudness *cut = meter_new (48000, nc);
    MstLoudnessReading again;
    mst_loudness_set_params (cut, &params);
    for (size_t at = 0; at < n;) {
      const size_t step = 1 + (size_t) (fabs (noise ()) * (at % 3 ? 70.0 : 5000.0));
      const size_t end = at + step < n ? at + step : n;
      feed (cut, x, nc, at, end);
      at = end;
    }
    mst_loudness_read (cut, &again);
    tap_ok (memcmp (&got, &again, sizeof got) == 0, "%s: the same bits in random cuts", rows[r].id);
    mst_loudness_reset (cut);
    feed (cut, x, nc, 0, n);
    mst_loudness_read (cut, &again);
    tap_ok (memcmp (&got, &again, sizeof got) == 0, "%s: the same bits after a reset", rows[r].id);
    mst_loudness_free (cut);
    mst_loudness_free (m);
    planes_free (x, nc);
  }
}

/* The momentary loudness of a sine of whole periods in 400 ms is its level by the Recommendation's response at 48 kHz. */
static void
sines_at_every_rate (void)
{
  static const double rates[] = { 8000, 11025, 12000, 16000, 22050, 32000, 44100, 47999, 48000, 64000, 88200, 96000, 176400, 192000, 352800, 384000 };
  for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
    const double rate = rates[r], top = fmin (20000.0, 0.45 * rate);
    const size_t n = (size_t) (rate * 1.2);
    double **x = planes_new (1, n), worst = 0.0, worst_hz = 0.0;
    for (int step = 0; step <= 24; step += tap_short () ? 6 : 1) {
      const double freq = fmax (2.5, floor (20.0 * pow (top / 20.0, step / 24.0) / 2.5) * 2.5);
      MstLoudness *m = meter_new (rate, 1);
      MstLoudnessReading got;
      for (size_t i = 0; i < n; i++)
        x[0][i] = 0.5 * sin (2.0 * M_PI * fmod (freq * (double) i / rate, 1.0));
      feed (m, x, 1, 0, n);
      mst_loudness_read (m, &got);
      const double error = got.momentary - lufs (0.125 * k_power (freq));
      if (!(fabs (error) <= fabs (worst))) {
        worst = error;
        worst_hz = freq;
      }
      mst_loudness_free (m);
    }
    tap_ok (fabs (worst) <= 0.005, "sines at %g Hz: within %.5f LU of the 48 kHz response (limit 0.005), worst at %g Hz", rate, worst, worst_hz);
    planes_free (x, 1);
  }
}

static void
channels (void)
{
  double **x = planes_new (64, 48000);
  MstLoudness *all = meter_new (48000, 64), *one = meter_new (48000, 1);
  MstLoudnessParams params;
  MstLoudnessReading a, b;
  for (unsigned c = 0; c < 64; c++)
    for (size_t i = 0; i < 48000; i++)
      x[c][i] = c == 17 && i == 12345 ? -0.9 : 0.1 * sin (0.1 * (double) i);
  feed (all, x, 64, 0, 48000);
  feed (one, x, 1, 0, 48000);
  mst_loudness_read (all, &a);
  mst_loudness_read (one, &b);
  tap_within (a.short_term - b.short_term - 10.0 * log10 (64.0), 0.01, "64 channels are 18.06 LU more than one");
  tap_ok (mst_loudness_sample_peak (all, 17) == 0.9 && mst_loudness_sample_peak (all, 16) <= 0.1, "each channel has its own peak");

  mst_loudness_params_default (&params);
  for (unsigned c = 1; c < 64; c++)
    params.weights[c] = 0.0;
  params.weights[0] = 2.0;
  mst_loudness_reset (all);
  mst_loudness_set_params (all, &params);
  feed (all, x, 64, 0, 48000);
  mst_loudness_read (all, &a);
  tap_within (a.short_term - b.short_term - 10.0 * log10 (2.0), 1e-9, "weight 2 (dual mono) is 3.01 LU, weight 0 is nothing");

  const char *error = "";
  tap_ok (!mst_loudness_new (48000, 65, &error) && *error, "65 channels: %s", error);
  tap_ok (!mst_loudness_new (7999, 2, &error), "7999 Hz: %s", error);
  tap_ok (!mst_loudness_new (NAN, 2, &error), "NaN Hz: %s", error);
  mst_loudness_free (all);
  mst_loudness_free (one);
  planes_free (x, 64);
}

static void
edges (void)
{
  const size_t n = 48000 * 20;
  double **x = planes_new (2, n);
  MstLoudness *m = meter_new (48000, 2);
  MstLoudnessParams params;
  MstLoudnessReading r, before;

  mst_loudness_read (m, &r);
  tap_ok (r.momentary == -INFINITY && r.integrated == -INFINITY && r.range == 0.0 && r.relative_threshold == -70.0
      && r.correlation == 0.0 && r.max_momentary == -INFINITY, "nothing measured: -inf, range 0, no NaN");

  /* 5 s of noise, silence, then the same noise 20 dB louder while paused */
  for (size_t i = 0; i < n; i++) {
    const double v = 0.05 * noise ();
    x[0][i] = i < 5 * 48000 ? v : i < 10 * 48000 ? 0.0 : 10.0 * v;
    x[1][i] = -x[0][i];
  }
  feed (m, x, 2, 0, 5 * 48000);
  mst_loudness_read (m, &before);
  tap_within (before.correlation + 1.0, 1e-12, "opposite channels: correlation -1");
  feed (m, x, 2, 5 * 48000, 10 * 48000);
  mst_loudness_read (m, &r);
  tap_ok (r.momentary == -INFINITY && r.short_term == -INFINITY, "silence after sound is -inf");
  tap_ok (r.max_momentary >= before.max_momentary, "the maximum stays");

  mst_loudness_read (m, &before);
  mst_loudness_params_default (&params);
  params.paused = true;
  mst_loudness_set_params (m, &params);
  feed (m, x, 2, 10 * 48000, 15 * 48000 + 100);
  mst_loudness_read (m, &r);
  tap_ok (r.integrated == before.integrated && r.range == before.range && r.max_momentary == before.max_momentary
      && r.max_short_term == before.max_short_term && r.sample_peak == before.sample_peak, "pause: sums and maxima stand still");
  tap_within (r.momentary - r.short_term, 0.2, "pause: momentary and short-term go on");
  params.paused = false;
  mst_loudness_set_params (m, &params);
  feed (m, x, 2, 15 * 48000 + 100, 15 * 48000 + 400);
  feed (m, x, 2, 5 * 48000, 15 * 48000);        /* silence, ... */
  mst_loudness_reset (m);
  feed (m, x, 2, 0, 48000 * 5);
  mst_loudness_set_params (m, &(MstLoudnessParams) { .paused = true, .loudness = true, .sample_peak = true, .weights = { 1, 1 } });
  feed (m, x, 2, 10 * 48000, 10 * 48000 + 1000);        /* loud, paused */
  mst_loudness_read (m, &before);
  params.paused = false;
  mst_loudness_set_params (m, &params);
  feed (m, x, 2, 5 * 48000, 9 * 48000);
  mst_loudness_read (m, &r);
  tap_ok (r.max_momentary == before.max_momentary, "no block that touches the pause counts");

  mst_loudness_read (m, &before);
  mst_loudness_interrupt (m);
  mst_loudness_read (m, &r);
  tap_ok (r.momentary == -INFINITY && r.short_term == -INFINITY && r.integrated == before.integrated && r.range == before.range
      && r.max_short_term == before.max_short_term && r.sample_peak == before.sample_peak, "interrupted: windows empty, sums stay");
  feed (m, x, 2, 0, 48000 * 39 / 100);
  mst_loudness_read (m, &r);
  tap_ok (r.integrated == before.integrated, "no block reaches over the interruption");

  mst_loudness_reset (m);
  mst_loudness_read (m, &r);
  tap_ok (r.integrated == -INFINITY && r.sample_peak == 0.0 && r.max_short_term == -INFINITY, "reset: as new");

  for (size_t i = 0; i < n; i++)
    x[0][i] = x[1][i] = i % 7 ? 1e30 : -1e30;
  feed (m, x, 2, 0, 5 * 48000);
  mst_loudness_read (m, &r);
  tap_ok (isfinite (r.integrated) && isfinite (r.range) && r.sample_peak == 1e30, "1e30 is measured: %.0f LUFS", r.integrated);
  mst_loudness_reset (m);
  mst_loudness_params_default (&params);
  params.loudness = params.sample_peak = false;
  mst_loudness_set_params (m, &params);
  feed (m, x, 2, 0, 48000);
  mst_loudness_read (m, &r);
  tap_ok (r.momentary == -INFINITY && r.sample_peak == 0.0, "what is switched off is not measured");
  mst_loudness_free (m);
  planes_free (x, 2);
}

/* A month of blocks: no drift, and percentiles within a bin of the sorted truth. */
static void
histogram (void)
{
  enum { N = 20000 };
  MstHistogram *h = mst_histogram_new ();
  static double v[N];
  double got[2];
  for (int i = 0; i < N; i++) {
    v[i] = mst_energy_from_lufs (-68.0 + 60.0 * fabs (noise ()));
    mst_histogram_add (h, v[i]);
    mst_histogram_add (h, mst_energy_from_lufs (-70.001));
  }
  tap_ok (mst_histogram_count (h) == N, "blocks below the absolute gate are not kept");
  tap_within (10.0 * log10 (mst_histogram_mean (h) / mean_of (v, N, 0.0)), 1e-9, "mean, LU");
  for (double gate_lufs = -70.0; gate_lufs < -9.0; gate_lufs += 3.7) {
    const double gate = mst_energy_from_lufs (gate_lufs);
    double kept[N];
    size_t n = 0;
    for (int i = 0; i < N; i++)
      if (v[i] >= gate)
        kept[n++] = v[i];
    qsort (kept, n, sizeof *kept, by_size);
    mst_histogram_percentiles (h, gate, 0.10, 0.95, got);
    tap_within (10.0 * log10 (mst_histogram_mean_above (h, gate) / mean_of (v, N, gate)), 0.001, "mean above a gate, LU");
    tap_within (10.0 * log10 (got[0] / kept[(size_t) floor (0.10 * (double) (n - 1) + 0.5)]), 0.0025, "10th percentile, LU");
    tap_within (10.0 * log10 (got[1] / kept[(size_t) floor (0.95 * (double) (n - 1) + 0.5)]), 0.0025, "95th percentile, LU");
  }
  mst_histogram_reset (h);
  for (long i = 0; i < 30L * 24 * 36000; i++)
    mst_histogram_add (h, i & 1 ? 0.01 : 0.03);
  tap_within (10.0 * log10 (mst_histogram_mean (h) / 0.02), 1e-6, "30 days of blocks: mean, LU");
  mst_histogram_percentiles (h, 0.0, 0.10, 0.95, got);
  tap_ok (fabs (got[0] - 0.01) < 1e-9 && fabs (got[1] - 0.03) < 1e-9, "30 days of blocks: percentiles");
  mst_histogram_free (h);
}

int
main (void)
{
  for (int isa = (int) mst_isa (); isa >= MST_ISA_BASE; isa--) {
    mst_isa_force ((MstIsa) isa);
    printf ("# %s\n", isa == MST_ISA_AVX2 ? "the best kernels" : "the baseline's");
    against_definition ();
    sines_at_every_rate ();
  }
  mst_isa_force (MST_ISA_AVX2);
  channels ();
  edges ();
  histogram ();
  return tap_done ();
}
