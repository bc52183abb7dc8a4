/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cases of EBU Tech 3341 (2023) and 3342, and the kinds of ITU-R BS.2217, made from their texts at 48 kHz. The standards
 * allow 0.1 LU (range 1 LU, true peak +0.2/-0.4 dB); asked here: 0.02 LU, range 0.02 LU, true peak +0.05/-0.1 dB. Where the
 * figures of a case do not come to its round result (3341-5: -22.979, 3341-12: -22.960), the direct implementation of bs1770.h
 * says what they come to; I and range must agree with it within 0.005 LU in every case. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bs1770.h"
#include "loudness.h"
#include "tap.h"
#include "truepeakmeter.h"

#define RATE 48000
#define LIMIT_LU 0.02
#define SILENCE -300.0

typedef struct
{
  unsigned n_channels;
  double *x[6];
  size_t n, room;
  double phase;                 /* of the tone, in turns */
  double weights[6];
} Signal;

static Signal
signal_new (unsigned n_channels)
{
  Signal s = { .n_channels = n_channels };
  for (unsigned c = 0; c < 6; c++)
    s.weights[c] = c >= 4 ? 1.41 : c == 3 && n_channels == 6 ? 0.0 : 1.0;
  return s;
}

static void
signal_free (Signal *s)
{
  for (unsigned c = 0; c < s->n_channels; c++)
    free (s->x[c]);
}

static void
grow (Signal *s, size_t n)
{
  if (s->n + n > s->room) {
    s->room = 2 * (s->n + n);
    for (unsigned c = 0; c < s->n_channels; c++)
      s->x[c] = realloc (s->x[c], s->room * sizeof (double));
  }
}

/* A tone goes on in phase from part to part. @dbfs by channel: peak level. */
static void
add_tone (Signal *s, double seconds, double freq_hz, const double *dbfs)
{
  const size_t n = (size_t) (seconds * RATE + 0.5);
  double gain[6] = { 0 };
  for (unsigned c = 0; c < s->n_channels; c++)
    gain[c] = dbfs[c] <= SILENCE ? 0.0 : pow (10.0, dbfs[c] / 20.0);
  grow (s, n);
  for (size_t i = 0; i < n; i++) {
    const double y = sin (2.0 * M_PI * s->phase);
    for (unsigned c = 0; c < s->n_channels; c++)
      s->x[c][s->n + i] = gain[c] * y;
    s->phase = fmod (s->phase + freq_hz / RATE, 1.0);
  }
  s->n += n;
}

/* 1 kHz in the first two channels alike */
static void
add (Signal *s, double seconds, double dbfs)
{
  add_tone (s, seconds, 1000.0, (const double[6]) { dbfs, dbfs, SILENCE, SILENCE, SILENCE, SILENCE });
}

typedef struct
{
  MstLoudness *loudness;
  MstTruePeakMeter *peak;
} Meter;

static Meter
meter_new (double rate_hz, unsigned n_channels, const double *weights)
{
  const char *error = "";
  Meter m = { mst_loudness_new (rate_hz, n_channels, &error), mst_truepeakmeter_new (rate_hz, n_channels, &error) };
  MstLoudnessParams params;
  if (!m.loudness || !m.peak) {
    fprintf (stderr, "%s\n", error);
    exit (1);
  }
  mst_loudness_params_default (&params);
  memcpy (params.weights, weights, n_channels * sizeof *weights);
  mst_loudness_set_params (m.loudness, &params);
  return m;
}

static void
meter_feed (Meter *m, const Signal *s, size_t from, size_t n)
{
  const double *in[6];
  for (unsigned c = 0; c < s->n_channels; c++)
    in[c] = s->x[c] + from;
  mst_loudness_process (m->loudness, in, n);
  mst_truepeakmeter_process (m->peak, in, n);
}

static void
meter_free (Meter *m)
{
  mst_loudness_free (m->loudness);
  mst_truepeakmeter_free (m->peak);
}

static MstLoudnessReading
measure (Signal *s)
{
  Meter m = meter_new (RATE, s->n_channels, s->weights);
  MstLoudnessReading r;
  meter_feed (&m, s, 0, s->n);
  mst_loudness_read (m.loudness, &r);
  meter_free (&m);
  signal_free (s);
  return r;
}

/* Also the direct implementation: *@by_definition is its integrated loudness. */
static MstLoudnessReading
measure_twice (const char *id, Signal *s, double *by_definition)
{
  const Truth want = truth ((const double *const *) s->x, s->n_channels, s->weights, (long) s->n);
  const MstLoudnessReading r = measure (s);
  tap_ok (fabs (r.integrated - want.integrated) <= 0.005 && fabs (r.range - want.range) <= 0.005,
      "%s by definition: I %.4f (%.4f), range %.4f (%.4f)", id, r.integrated, want.integrated, r.range, want.range);
  *by_definition = want.integrated;
  return r;
}

static void
says (const char *id, double got, double want)
{
  tap_ok (fabs (got - want) <= LIMIT_LU, "%s: %.4f (%.1f, limit %g)", id, got, want, LIMIT_LU);
}

static void
tech_3341_programme (void)
{
  Signal s = signal_new (2);
  double own;
  add (&s, 20, -23);
  MstLoudnessReading r = measure_twice ("3341-1", &s, &own);
  says ("3341-1 M", r.momentary, -23);
  says ("3341-1 S", r.short_term, -23);
  says ("3341-1 I", r.integrated, -23);
  s = signal_new (2);
  add (&s, 20, -33);
  r = measure_twice ("3341-2", &s, &own);
  says ("3341-2 M", r.momentary, -33);
  says ("3341-2 S", r.short_term, -33);
  says ("3341-2 I", r.integrated, -33);
  s = signal_new (2);
  add (&s, 10, -36), add (&s, 60, -23), add (&s, 10, -36);
  says ("3341-3 I", measure_twice ("3341-3", &s, &own).integrated, -23);
  s = signal_new (2);
  add (&s, 10, -72), add (&s, 10, -36), add (&s, 60, -23), add (&s, 10, -36), add (&s, 10, -72);
  says ("3341-4 I", measure_twice ("3341-4", &s, &own).integrated, -23);
  s = signal_new (2);
  add (&s, 20, -26), add (&s, 20.1, -20), add (&s, 20, -26);
  r = measure_twice ("3341-5", &s, &own);
  tap_ok (fabs (own + 23.0) <= 0.025, "3341-5 comes to %.4f (-23.0)", own);
  says ("3341-5 I", r.integrated, own);
  s = signal_new (6);
  add_tone (&s, 20, 1000, (const double[6]) { -28, -28, -24, SILENCE, -30, -30 });
  says ("3341-6 I", measure_twice ("3341-6", &s, &own).integrated, -23);
}

/* Lowest and highest reading from @from_seconds on, every 10 ms */
static void
steady (const char *id, Signal *s, double from_seconds, bool is_short_term, double want)
{
  Meter m = meter_new (RATE, s->n_channels, s->weights);
  double low = INFINITY, high = -INFINITY;
  for (size_t at = 0; at + 480 <= s->n; at += 480) {
    MstLoudnessReading r;
    meter_feed (&m, s, at, 480);
    mst_loudness_read (m.loudness, &r);
    const double v = is_short_term ? r.short_term : r.momentary;
    if (at + 480 >= (size_t) (from_seconds * RATE)) {
      low = fmin (low, v);
      high = fmax (high, v);
    }
  }
  tap_ok (fabs (low - want) <= LIMIT_LU && fabs (high - want) <= LIMIT_LU, "%s: %.4f to %.4f (%.3f, limit %g)", id, low, high, want,
      LIMIT_LU);
  meter_free (&m);
  signal_free (s);
}

/* Files of silence, tone, silence: the highest reading of each is the tone's */
static void
highest_of_files (const char *id, double tone_seconds, double step_seconds, bool is_short_term)
{
  double worst = 0.0;
  for (int i = 0; i < 20; i++) {
    Signal s = signal_new (2);
    add (&s, i * step_seconds, SILENCE), add (&s, tone_seconds, -23), add (&s, 1, SILENCE);
    const MstLoudnessReading r = measure (&s);
    const double e = (is_short_term ? r.max_short_term : r.max_momentary) + 23.0;
    worst = fabs (e) > fabs (worst) ? e : worst;
  }
  tap_within (worst, LIMIT_LU, id);
}

/* The same one after the other, each 1 LU louder, read live */
static void
highest_in_a_row (const char *id, double tone_seconds, double step_seconds, bool is_short_term)
{
  Signal s = signal_new (2);
  Meter m = meter_new (RATE, 2, s.weights);
  double worst = 0.0;
  for (int i = 0; i < 20; i++) {
    MstLoudnessReading r;
    const size_t from = s.n;
    add (&s, i * step_seconds, SILENCE), add (&s, tone_seconds, -38 + i), add (&s, tone_seconds - i * step_seconds, SILENCE);
    meter_feed (&m, &s, from, s.n - from);
    mst_loudness_read (m.loudness, &r);
    const double e = (is_short_term ? r.max_short_term : r.max_momentary) - (-38 + i);
    worst = fabs (e) > fabs (worst) ? e : worst;
  }
  tap_within (worst, LIMIT_LU, id);
  meter_free (&m);
  signal_free (&s);
}

static void
tech_3341_windows (void)
{
  Signal s = signal_new (2);
  for (int i = 0; i < 5; i++)
    add (&s, 1.34, -20), add (&s, 1.66, -30);
  steady ("3341-9 S, constant after 3 s", &s, 3.0, true, -23.0);
  highest_of_files ("3341-10 max S of 20 files, LU off -23.0", 3.0, 0.15, true);
  highest_in_a_row ("3341-11 max S -38 to -19 one after the other, LU off", 3.0, 0.15, true);
  s = signal_new (2);
  for (int i = 0; i < 25; i++)
    add (&s, 0.18, -20), add (&s, 0.22, -30);
  /* 0.18 s of every 0.4 at -20 and the rest at -30 come to -22.97 */
  steady ("3341-12 M, constant after 1 s", &s, 1.0, false, 10.0 * log10 (0.45 * 1e-2 + 0.55 * 1e-3));
  highest_of_files ("3341-13 max M of 20 files, LU off -23.0", 0.4, 0.02, false);
  highest_in_a_row ("3341-14 max M -38 to -19 one after the other, LU off", 0.4, 0.02, false);
}

static void
peak_says (const char *id, Signal *s, double want)
{
  Meter m = meter_new (RATE, s->n_channels, s->weights);
  meter_feed (&m, s, 0, s->n);
  mst_truepeakmeter_finish (m.peak);
  const double got = 20.0 * log10 (mst_truepeakmeter_peak (m.peak, 0));
  tap_ok (got - want <= 0.05 && got - want >= -0.1, "%s: %.3f dBTP (%.1f, +0.05/-0.1)", id, got, want);
  meter_free (&m);
  signal_free (s);
}

/* Cases 15 to 19: sines at whole fractions of the rate. They fade in and out over 2000 frames: a hard start would be a
 * different waveform. */
static void
tech_3341_sine_peaks (void)
{
  static const struct { const char *id; double fraction, amplitude, degrees, want; } rows[] = {
    { "3341-15, fs/4, 0 degrees", 4, 0.50, 0.0, -6.0 }, { "3341-16, fs/4, 45 degrees", 4, 0.50, 45.0, -6.0 },
    { "3341-17, fs/6, 60 degrees", 6, 0.50, 60.0, -6.0 }, { "3341-18, fs/8, 67.5 degrees", 8, 0.50, 67.5, -6.0 },
    { "3341-19, fs/4, 45 degrees, above full scale", 4, 1.41, 45.0, 3.0 },
  };
  for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
    Signal s = signal_new (2);
    grow (&s, RATE);
    for (s.n = 0; s.n < RATE; s.n++) {
      const double fade = fmin (1.0, fmin ((double) s.n, RATE - 1.0 - (double) s.n) / 2000.0);
      s.x[0][s.n] = s.x[1][s.n] = rows[r].amplitude * fade
          * sin (2.0 * M_PI * ((double) s.n / rows[r].fraction + rows[r].degrees / 360.0));
    }
    peak_says (rows[r].id, &s, rows[r].want);
  }
}

/* Cases 20 to 23: a tone of half scale at fs/6 with one cycle at full scale, made at four times the rate behind a 20 kHz
 * low-pass and scaled so that its highest point is 0 dBTP, then every fourth sample from offset 0 to 3. */
static void
tech_3341_offset_peaks (void)
{
  enum { OVER = 4, N = 4 * 12000, HALF = 1000 };
  static double raw[N], smooth[N], taps[HALF + 1];
  double top = 0.0;
  for (int i = 0; i < N; i++) {
    const double turns = i / (6.0 * OVER), cycle = turns - 1000.0;
    const double fade = fmin (1.0, fmin (i, N - 1.0 - i) / 8000.0);
    raw[i] = fade * sin (2.0 * M_PI * turns) * (cycle >= 0.0 && cycle < 1.0 ? 1.0 : 0.5);
  }
  for (int k = 0; k <= HALF; k++) {
    const double cut = 20000.0 / (OVER * RATE), t = M_PI * k / (HALF + 1.0);
    taps[k] = (k ? sin (2.0 * M_PI * cut * k) / (M_PI * k) : 2.0 * cut) * (0.42 + 0.5 * cos (t) + 0.08 * cos (2.0 * t));
  }
  for (int i = 0; i < N; i++)
    for (int k = -HALF; k <= HALF; k++)
      if (i + k >= 0 && i + k < N)
        smooth[i] += raw[i + k] * taps[abs (k)];
  for (int i = N / 2 - 3000; i < N / 2 + 3000; i++) {   /* between the points of the fine grid a parabola is enough */
    const double a = fabs (smooth[i - 1]), b = fabs (smooth[i]), c = fabs (smooth[i + 1]);
    if (b >= a && b >= c)
      top = fmax (top, b + (a - c) * (a - c) / (8.0 * (2.0 * b - a - c) + 1e-30));
  }
  for (int offset = 0; offset < OVER; offset++) {
    char id[64];
    Signal s = signal_new (2);
    grow (&s, N / OVER);
    for (s.n = 0; s.n < N / OVER; s.n++)
      s.x[0][s.n] = s.x[1][s.n] = smooth[s.n * OVER + (size_t) offset] / top;
    snprintf (id, sizeof id, "3341-%d, offset %d", 20 + offset, offset);
    peak_says (id, &s, 0.0);
  }
}

static void
tech_3342 (void)
{
  static const struct { const char *id; double levels[6], want; } rows[] = {
    { "3342-1", { -20, -30 }, 10 }, { "3342-2", { -20, -15 }, 5 }, { "3342-3", { -40, -20 }, 20 },
    { "3342-4", { -50, -35, -20, -35, -50 }, 15 },
  };
  for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
    Signal s = signal_new (2);
    for (const double *level = rows[r].levels; *level < 0.0; level++)
      add (&s, 20, *level);
    double own;
    says (rows[r].id, measure_twice (rows[r].id, &s, &own).range, rows[r].want);
  }
}

/* BS.2217: tones, channels, their sum, gates, a sweep of constant loudness. Levels by the Recommendation's response. */
static void
bs_2217 (void)
{
  static const double freqs[] = { 25, 100, 500, 1000, 2000, 10000 };
  static const char *const channels[] = { "Left", "Right", "Centre", "LFE", "Ls", "Rs" };
  char id[64];
  Signal s;
  for (double target = -23.0; target >= -24.0; target -= 1.0) {
    for (size_t f = 0; f < 6; f++) {
      s = signal_new (2);
      const double level = target + 0.691 - 10.0 * log10 (k_power (freqs[f]));      /* two channels of half the power each */
      add_tone (&s, 20, freqs[f], (const double[2]) { level, level });
      snprintf (id, sizeof id, "2217 %gLKFS_%gHz_2ch", -target, freqs[f]);
      says (id, measure (&s).integrated, target);
    }
    double level[6];
    const double one = target + 0.691 - 10.0 * log10 (k_power (1000.0)) + 10.0 * log10 (2.0);
    for (unsigned c = 0; c < 6; c++) {
      s = signal_new (6);
      for (unsigned k = 0; k < 6; k++)
        level[k] = k != c ? SILENCE : c == 3 ? -10.0 : one - 10.0 * log10 (s.weights[c]);
      add_tone (&s, 20, 1000, level);
      snprintf (id, sizeof id, "2217 %gLKFS_ChannelCheck%s", -target, channels[c]);
      const double got = measure (&s).integrated;
      if (c == 3)
        tap_ok (got == -INFINITY, "%s: %.1f (-inf)", id, got);
      else
        says (id, got, target);
    }
    s = signal_new (6);
    for (unsigned k = 0; k < 6; k++)
      level[k] = one - 10.0 * log10 (5.0 * (k == 3 ? 1.0 : s.weights[k]));
    add_tone (&s, 20, 1000, level);
    snprintf (id, sizeof id, "2217 %gLKFS_SummingTest", -target);
    says (id, measure (&s).integrated, target);
  }
  const double calibration = 0.691 - 10.0 * log10 (k_power (1000.0));
  s = signal_new (2);
  add (&s, 120, -69.5 + calibration), add (&s, 60, -70.5 + calibration);
  says ("2217 AbsGateTest", measure (&s).integrated, -69.5);
  s = signal_new (2);
  add (&s, 100, -36 + calibration), add (&s, 200, -10 + calibration), add (&s, 100, -36 + calibration);
  says ("2217 RelGateTest", measure (&s).integrated, -10.0);

  s = signal_new (2);
  grow (&s, 60 * RATE);
  double turns = 0.0;
  for (s.n = 0; s.n < 60 * RATE; s.n++) {
    const double freq = 25.0 * pow (20000.0 / 25.0, (double) s.n / (60.0 * RATE));
    s.x[0][s.n] = s.x[1][s.n] = pow (10.0, (-18.0 + 0.691 - 10.0 * log10 (k_power (freq))) / 20.0) * sin (2.0 * M_PI * turns);
    turns = fmod (turns + freq / RATE, 1.0);
  }
  says ("2217 18LKFS_FrequencySweep", measure (&s).integrated, -18.0);
}

/* --- recorded cases ------------------------------------------------------------------------------------------ */

static unsigned
little (const uint8_t *p, unsigned bytes)
{
  unsigned v = 0;
  for (unsigned i = 0; i < bytes; i++)
    v |= (unsigned) p[i] << 8 * i;
  return v;
}

/* A PCM WAV of 16, 24 or 32 bits and up to six channels; its rate or 0 */
static unsigned
read_wav (const char *path, Signal *s)
{
  uint8_t head[12], chunk[8], format[40] = { 0 };
  FILE *file = fopen (path, "rb");
  if (!file)
    return 0;
  unsigned rate = 0, bytes = 0;
  if (fread (head, 1, 12, file) == 12 && memcmp (head, "RIFF", 4) == 0 && memcmp (head + 8, "WAVE", 4) == 0)
    while (fread (chunk, 1, 8, file) == 8) {
      const unsigned size = little (chunk + 4, 4);
      if (memcmp (chunk, "fmt ", 4) == 0 && size >= 16 && size <= sizeof format && fread (format, 1, size, file) == size) {
        *s = signal_new (little (format + 2, 2));
        rate = little (format + 4, 4);
        bytes = little (format + 14, 2) / 8;
      } else if (memcmp (chunk, "data", 4) == 0 && rate && s->n_channels >= 1 && s->n_channels <= 6 && bytes >= 2 && bytes <= 4) {
        uint8_t frame[24];
        const size_t n = size / (bytes * s->n_channels);
        grow (s, n);
        while (s->n < n && fread (frame, bytes, s->n_channels, file) == s->n_channels) {
          for (unsigned c = 0; c < s->n_channels; c++)
            s->x[c][s->n] = (int32_t) (little (frame + c * bytes, bytes) << (32 - 8 * bytes)) / 2147483648.0;
          s->n++;
        }
        break;
      } else {
        fseek (file, (long) (size + (size & 1)), SEEK_CUR);
      }
    }
  fclose (file);
  if (s->n_channels == 5)       /* L R C Ls Rs */
    s->weights[3] = 1.41;
  return s->n > 0 ? rate : 0;
}

static void
recorded (void)
{
  static const struct { const char *file; double integrated, range; } rows[] = {        /* NAN: nothing said */
    { "seq-3341-7_seq-3342-5-24bit.wav", -23.0, 5.0 },
    { "seq-3341-2011-8_seq-3342-6-24bit-v02.wav", -23.0, 15.0 },
    { "1770-2 Conf Mono Voice+Music-23LKFS.wav", -23.0, NAN }, { "1770-2 Conf Mono Voice+Music-24LKFS.wav", -24.0, NAN },
    { "1770-2 Conf Stereo VinL+R-23LKFS.wav", -23.0, NAN }, { "1770-2 Conf Stereo VinL+R-24LKFS.wav", -24.0, NAN },
    { "1770-2 Conf 6ch VinCntr-23LKFS.wav", -23.0, NAN }, { "1770-2 Conf 6ch VinCntr-24LKFS.wav", -24.0, NAN },
    { "1770-2 Conf 6ch VinL+R-23LKFS.wav", -23.0, NAN }, { "1770-2 Conf 6ch VinL+R-24LKFS.wav", -24.0, NAN },
  };
  const char *folder = getenv ("MASTERING_EBU_DIR");
  for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
    char path[4096];
    Signal s = { 0 };
    snprintf (path, sizeof path, "%s/%s", folder ? folder : "", rows[r].file);
    const unsigned rate = folder ? read_wav (path, &s) : 0;
    if (rate == 0) {
      tap_ok (1, "%s # SKIP %s", rows[r].file, folder ? "not in MASTERING_EBU_DIR" : "MASTERING_EBU_DIR is not set");
      continue;
    }
    Meter m = meter_new (rate, s.n_channels, s.weights);
    MstLoudnessReading got;
    meter_feed (&m, &s, 0, s.n);
    mst_loudness_read (m.loudness, &got);
    tap_ok (fabs (got.integrated - rows[r].integrated) <= 0.1 && !(fabs (got.range - rows[r].range) > 1.0),
        "%s: I %.3f (%.1f), LRA %.2f (%.0f)", rows[r].file, got.integrated, rows[r].integrated, got.range, rows[r].range);
    meter_free (&m);
    signal_free (&s);
  }
}

int
main (void)
{
  tech_3341_programme ();
  tech_3341_windows ();
  tech_3341_sine_peaks ();
  tech_3341_offset_peaks ();
  tech_3342 ();
  bs_2217 ();
  recorded ();
  return tap_done ();
}
