/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* msmatrix without GStreamer, judged by matrices written here from the definitions, the Linkwitz-Riley responses on the
 * unit circle (bilinear, by their formula), and sums in long double. */
#include "denormals.h"
#include "isa.h"
#include "kweight.h"
#include "matrix.h"
#include "ortho.h"
#include "tap.h"

#include <complex.h>
#include <float.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static uint64_t random_state = 0x1234567;

/* -1 to 1, all 53 bits */
static double
noise (void)
{
  random_state = random_state * UINT64_C (6364136223846793005) + 1442695040888963407;
  uint64_t x = random_state ^ (random_state >> 29);
  x *= UINT64_C (0xbf58476d1ce4e5b9);
  return (double) (int64_t) (x ^ (x >> 32)) * 0x1p-63;
}

static void
fill_noise (double *l, double *r, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    l[i] = noise ();
    r[i] = noise ();
  }
}

static MstMatrix *
make (double rate_hz, const MstMatrixParams *p)
{
  const char *error = NULL;
  MstMatrix *x = mst_matrix_new (rate_hz, &error);
  if (!x) {
    printf ("Bail out! %s\n", error);
    exit (1);
  }
  mst_matrix_set_params (x, p, 0);
  return x;
}

/* defaults, then what differs */
#pragma GCC diagnostic ignored "-Woverride-init"
#define P(...) { .mode = MST_MATRIX_STEREO, .width = 1.0, __VA_ARGS__ }
#define G6 1.9952623149688795   /* 6 dB */
#define R2 0.70710678118654752440

/* One impulse in each input: the four elements, by hand. */
static const struct
{
  const char *id;
  MstMatrixParams p;
  double want[4];
} elements[] = {
  { "default", P (0), { 1, 0, 0, 1 } },
  { "encode half", P (.mode = MST_MATRIX_ENCODE), { .5, .5, .5, -.5 } },
  { "decode half", P (.mode = MST_MATRIX_DECODE), { 1, 1, 1, -1 } },
  { "encode orthonormal", P (.mode = MST_MATRIX_ENCODE, .scaling = MST_MATRIX_ORTHONORMAL), { R2, R2, R2, -R2 } },
  { "decode orthonormal", P (.mode = MST_MATRIX_DECODE, .scaling = MST_MATRIX_ORTHONORMAL), { R2, R2, R2, -R2 } },
  { "mid +6 dB", P (.mid_gain_db = 6), { (G6 + 1) / 2, (G6 - 1) / 2, (G6 - 1) / 2, (G6 + 1) / 2 } },
  { "side +6 dB", P (.side_gain_db = 6), { (1 + G6) / 2, (1 - G6) / 2, (1 - G6) / 2, (1 + G6) / 2 } },
  { "side silent", P (.side_gain_db = -INFINITY), { .5, .5, .5, .5 } },
  { "width 0", P (.width = 0), { .5, .5, .5, .5 } },
  { "width 2", P (.width = 2), { 1.5, -.5, -.5, 1.5 } },
  { "width 0.5", P (.width = .5), { .75, .25, .25, .75 } },
  { "balance -1", P (.balance = -1), { 1, 0, 0, 0 } },
  { "balance 0.25", P (.balance = .25), { .75, 0, 0, 1 } },
  { "swap", P (.swap = true), { 0, 1, 1, 0 } },
  { "invert left", P (.invert_left = true), { -1, 0, 0, 1 } },
  { "invert right", P (.invert_right = true), { 1, 0, 0, -1 } },
  { "invert left, then swap", P (.invert_left = true, .swap = true), { 0, 1, -1, 0 } },
  { "invert left, width 0", P (.invert_left = true, .width = 0), { -.5, .5, -.5, .5 } },
  { "solo mid", P (.solo = MST_MATRIX_SOLO_MID), { .5, .5, .5, .5 } },
  { "solo side", P (.solo = MST_MATRIX_SOLO_SIDE), { .5, -.5, -.5, .5 } },
  { "solo left", P (.solo = MST_MATRIX_SOLO_LEFT), { 1, 0, 0, 0 } },
  { "solo right", P (.solo = MST_MATRIX_SOLO_RIGHT), { 0, 0, 0, 1 } },
  { "solo left, mono", P (.solo = MST_MATRIX_SOLO_LEFT, .mono = true), { .5, 0, .5, 0 } },
  { "mono", P (.mono = true), { .5, .5, .5, .5 } },
  { "encode, width 2", P (.mode = MST_MATRIX_ENCODE, .width = 2), { .5, .5, 1, -1 } },
  { "encode, swap", P (.mode = MST_MATRIX_ENCODE, .swap = true), { .5, .5, -.5, .5 } },
  { "encode, balance 1", P (.mode = MST_MATRIX_ENCODE, .balance = 1), { 0, .5, 0, -.5 } },
  { "encode, mono", P (.mode = MST_MATRIX_ENCODE, .mono = true), { .5, .5, 0, 0 } },
  { "encode orthonormal, solo side", P (.mode = MST_MATRIX_ENCODE, .scaling = MST_MATRIX_ORTHONORMAL,
        .solo = MST_MATRIX_SOLO_SIDE), { 0, 0, R2, -R2 } },
  { "decode, width 0.5", P (.mode = MST_MATRIX_DECODE, .width = .5), { 1, .5, 1, -.5 } },
  { "decode, swap", P (.mode = MST_MATRIX_DECODE, .swap = true), { 1, -1, 1, 1 } },
  { "decode, invert right", P (.mode = MST_MATRIX_DECODE, .invert_right = true), { 1, 1, -1, 1 } },
  { "decode, balance 1", P (.mode = MST_MATRIX_DECODE, .balance = 1), { 0, 0, 1, -1 } },
  { "decode, solo mid, mono", P (.mode = MST_MATRIX_DECODE, .solo = MST_MATRIX_SOLO_MID, .mono = true), { 1, 0, 1, 0 } },
};

static void
test_elements (void)
{
  for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
    MstMatrix *x = make (48000.0, &elements[i].p);
    double a[2] = { 1, 0 }, b[2] = { 0, 1 }, worst = 0.0;
    double *io[2] = { a, b };
    mst_matrix_process (x, io, 2);
    const double got[4] = { a[0], a[1], b[0], b[1] };
    for (int k = 0; k < 4; k++)
      worst = fmax (worst, fabs (got[k] - elements[i].want[k]));
    tap_within (worst, 1e-12, elements[i].id);
    mst_matrix_free (x);
  }
}

static void
test_identity (void)
{
  const MstMatrixParams p = P (.measure = true);
  MstMatrix *x = make (44100.0, &p);
  double in[2][5000], out[2][5000], *io[2] = { out[0], out[1] };

  fill_noise (in[0], in[1], 5000);
  in[0][7] = -0.0;
  in[0][8] = 1e-300;
  in[1][9] = 1e30;
  memcpy (out, in, sizeof in);
  mst_matrix_process (x, io, 5000);
  tap_ok (memcmp (in, out, sizeof in) == 0, "defaults are the identity to the bit");
  mst_matrix_free (x);
}

/* Distance of @a from @b in units in the last place of @scale, for float (24 bits) or double (53). */
static double
ulps (double a, double b, double scale, int bits)
{
  int e;
  frexp (scale, &e);
  return fabs (a - b) / ldexp (1.0, e - bits);
}

static void
test_there_and_back (void)
{
  enum { N = 4096 };
  static double in[2][N], out[2][N];
  double *io[2] = { out[0], out[1] };

  for (int scaling = 0; scaling < 2; scaling++)
    for (int is_float = 0; is_float < 2; is_float++) {
      const MstMatrixParams pe = P (.mode = MST_MATRIX_ENCODE, .scaling = scaling);
      const MstMatrixParams pd = P (.mode = MST_MATRIX_DECODE, .scaling = scaling);
      MstMatrix *encoder = make (48000.0, &pe), *decoder = make (48000.0, &pd);
      double worst = 0.0;
      for (int round = 0; round < tap_share (500, 20); round++) {
        fill_noise (in[0], in[1], N);
        for (int i = 0; i < N; i++) {
          if (i % 3 == 0)
            in[1][i] *= pow (2.0, 40.0 * noise ());
          if (i % 5 == 0)
            in[1][i] = in[0][i] * (1.0 + 1e-7 * noise ());
          for (int c = 0; is_float && c < 2; c++)
            in[c][i] = (float) in[c][i];
        }
        memcpy (out, in, sizeof in);
        mst_matrix_process (encoder, io, N);
        for (int i = 0; is_float && i < N; i++) {
          out[0][i] = (float) out[0][i];
          out[1][i] = (float) out[1][i];
        }
        mst_matrix_process (decoder, io, N);
        for (int i = 0; i < N; i++)
          for (int c = 0; c < 2; c++)
            worst = fmax (worst, ulps (is_float ? (float) out[c][i] : out[c][i], in[c][i],
                    fmax (fabs (in[0][i]), fabs (in[1][i])), is_float ? 24 : 53));
      }
      tap_ok (worst <= 1.0, "encode, decode, %s, %s: %g ulp of the larger (limit 1)",
          scaling ? "orthonormal" : "half", is_float ? "F32" : "F64", worst);
      mst_matrix_free (encoder);
      mst_matrix_free (decoder);
    }
}

static void
test_ortho_rounding (void)
{
#if LDBL_MANT_DIG >= 64
  double worst = 0.0;
  for (int i = 0; i < tap_share (1000000, 1); i++) {
    double a = noise (), b = noise () * pow (2.0, 20.0 * noise ());
    const long double want = ((long double) a + (long double) b) * 0.70710678118654752440L;
    mst_ortho (&a, &b, 1);
    int e;
    frexp (a, &e);
    worst = fmax (worst, (double) fabsl ((long double) a - want) / ldexp (1.0, e - 53));
  }
  tap_ok (worst < 0.51, "orthonormal sum rounds once: %.4f ulp against long double", worst);
#endif
}

static void
random_params (MstMatrixParams *p)
{
  *p = (MstMatrixParams) P (.mid_gain_db = 6 * noise (), .side_gain_db = 6 * noise (), .balance = noise ());
  p->mode = (MstMatrixMode) (1.5 * (1.0 + noise ()));
  p->width = 1.0 + noise ();
  p->swap = noise () > 0;
  p->invert_left = noise () > 0;
  p->solo = noise () > 0.5 ? MST_MATRIX_SOLO_SIDE : MST_MATRIX_SOLO_NONE;
  p->mono_below_hz = noise () > 0 ? 100 + 50 * noise () : 0;
  p->mono_phase = noise () > 0 ? MST_MATRIX_MATCHED : MST_MATRIX_MID_UNTOUCHED;
  p->grid = noise () > 0 ? 0x1p-40 : 0;
  p->scaling = noise () > 0;
  p->measure = true;
}

enum { CUT_FRAMES = 30000, CUT_CHANGES = 12 };

static void
run_cut (double out[2][CUT_FRAMES], size_t cut, const MstMatrixParams *changes, MstStereoSums stat[CUT_CHANGES])
{
  static const size_t ramps[] = { 960, 64, 1, 300, 0 };
  MstMatrix *x = make (48000.0, &changes[0]);
  size_t i = 0;
  for (int change = 0; change < CUT_CHANGES; change++) {
    const size_t end = (size_t) (change + 1) * CUT_FRAMES / CUT_CHANGES - (change % 2 ? 0 : 311);
    if (change > 0)
      mst_matrix_set_params (x, &changes[change], ramps[change % 5]);
    while (i < end && change < CUT_CHANGES) {
      size_t n = cut ? cut : 1 + (size_t) (500 * (1.0 + noise ()));
      if (n > end - i)
        n = end - i;
      double *io[2] = { out[0] + i, out[1] + i };
      mst_matrix_process (x, io, n);
      i += n;
    }
    mst_matrix_interval (x, &stat[change]);
  }
  mst_matrix_free (x);
}

static void
test_cuts (void)
{
  static const size_t cuts[] = { 1, 7, 64, 1920, 0, 0, 0, 0 };
  static double in[2][CUT_FRAMES], whole[2][CUT_FRAMES], out[2][CUT_FRAMES];
  MstMatrixParams changes[CUT_CHANGES];
  MstStereoSums stat_whole[CUT_CHANGES], stat[CUT_CHANGES];

  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < CUT_CHANGES; i++)
      random_params (&changes[i]);
    fill_noise (in[0], in[1], CUT_FRAMES);
    memcpy (whole, in, sizeof in);
    run_cut (whole, CUT_FRAMES, changes, stat_whole);
    int same = 1;
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
      memcpy (out, in, sizeof in);
      run_cut (out, cuts[i], changes, stat);
      same &= memcmp (out, whole, sizeof out) == 0 && memcmp (stat, stat_whole, sizeof stat) == 0;
    }
    tap_ok (same, "moving parameters in %zu cuts: the same bits and statistics", sizeof cuts / sizeof cuts[0]);
  }
}

/* A change of width on a constant: straight, exact at the end, no step larger than the line's. */
static void
test_ramp (void)
{
  const MstMatrixParams a = P (0), b = P (.width = 0, .mid_gain_db = -6);
  enum { RAMP = 960, N = 1200 };
  double l[N], r[N], *io[2] = { l, r }, worst = 0.0;
  MstMatrix *x = make (48000.0, &a);

  for (int i = 0; i < N; i++) {
    l[i] = 1.0;
    r[i] = 0.0;
  }
  mst_matrix_set_params (x, &b, RAMP);
  mst_matrix_process (x, io, N);
  for (int i = 0; i < N; i++) {
    const double t = i + 1 < RAMP ? (i + 1.0) / RAMP : 1.0, m = 0.5 * (1 + t * (1 / G6 - 1)), s = 0.5 * (1 - t);
    worst = fmax (worst, fmax (fabs (l[i] - (m + s)), fabs (r[i] - (m - s))));
  }
  tap_within (worst, 1e-14, "a change lies on a straight line of the matrix elements");
  mst_matrix_free (x);
}

/* HP4, LP4 and AP2 on the unit circle: s = (z-1)/(z+1) / tan (pi fc/rate). */
static double complex
analog_s (double f, double fc, double rate)
{
  return I * tan (M_PI * f / rate) / tan (M_PI * fc / rate);
}

static double complex
dft (const double *x, size_t n, double cycles_per_frame)
{
  double complex sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += x[i] * cexp (-2.0 * I * M_PI * fmod (cycles_per_frame * (double) i, 1.0));
  return sum;
}

static double
db (double x)
{
  return 20.0 * log10 (x);
}

static void
test_mono_bass (void)
{
  static const struct { double rate, fc; } rows[] = {
    { 44100, 120 }, { 48000, 120 }, { 96000, 80 }, { 192000, 200 }, { 8000, 300 }, { 48000, 20 }
  };
  enum { N = 1 << 16 };
  static double l[N], r[N];
  double *io[2] = { l, r };

  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
    for (int phase = 0; phase < 2; phase++) {
      const double rate = rows[k].rate, fc = rows[k].fc;
      const MstMatrixParams p = P (.mono_below_hz = fc, .mono_phase = phase);
      MstMatrix *x = make (rate, &p);
      double worst = 0.0, flat = 0.0, bass = 0.0;
      memset (l, 0, sizeof l);
      memset (r, 0, sizeof r);
      l[0] = 1.0;
      mst_matrix_process (x, io, N);
      for (double f = fc / 16; f < 0.45 * rate; f *= tap_short () ? 2.2 : 1.3) {
        const double complex s = analog_s (f, fc, rate), d = s * s + M_SQRT2 * s + 1;
        const double complex hp = (s * s / d) * (s * s / d), ap = (s * s - M_SQRT2 * s + 1) / d;
        const double complex m = phase == MST_MATRIX_MATCHED ? ap : 1;
        const double complex gl = dft (l, N, f / rate), gr = dft (r, N, f / rate);
        worst = fmax (worst, fmax (cabs (gl - 0.5 * (m + hp)), cabs (gr - 0.5 * (m - hp))));
        flat = fmax (flat, fabs (db (cabs (gl + gr))));
        if (f < fc / 4)
          bass = fmax (bass, cabs (gl - gr));
      }
      const double complex second = dft (r, N, 2 * fc / rate);
      tap_ok (worst < 1e-9, "%g Hz at %g, %s: the Linkwitz-Riley matrix within %.2g", fc, rate,
          phase ? "mid-untouched" : "matched", worst);
      tap_within (flat, 0.0001, "mono sum flat, dB");
      tap_ok (bass < 0.01, "two octaves below, the side is %.1f dB down", -db (bass));
      if (phase == MST_MATRIX_MATCHED)
        tap_ok (db (cabs (second)) <= -30.0, "hard left: %.2f dB on the right at 2f (limit -30)", db (cabs (second)));
      mst_matrix_free (x);
    }
}

/* Input on a grid (as from any PCM file): L + R keeps its bits. */
static void
test_mono_sum_exact (void)
{
  static const struct { double in_grid, grid; int is_float; } rows[] = {
    { 0x1p-23, 0x1p-24, 1 }, { 0x1p-15, 0x1p-24, 1 }, { 0x1p-31, 0x1p-44, 0 }, { 0x1p-23, 0x1p-44, 0 }
  };
  enum { N = 20000 };
  static double l[N], r[N], sum[N];
  double *io[2] = { l, r };
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    const MstMatrixParams p = P (.mono_below_hz = 150, .mono_phase = MST_MATRIX_MID_UNTOUCHED, .grid = rows[k].grid);
    MstMatrix *x = make (48000.0, &p);
    double moved = 0.0;
    int same = 1;
    for (int i = 0; i < N; i++) {
      l[i] = rint (0.5 * noise () / rows[k].in_grid) * rows[k].in_grid;
      r[i] = rint (0.4 * sin (0.01 * i) / rows[k].in_grid) * rows[k].in_grid;
      sum[i] = l[i] + r[i];
    }
    const double first = r[N / 2];
    mst_matrix_process (x, io, N);
    for (int i = 0; i < N; i++) {
      const double got = rows[k].is_float ? (double) (float) l[i] + (float) r[i] : l[i] + r[i];
      same &= got == sum[i];
    }
    moved = fabs (r[N / 2] - first);
    tap_ok (same && moved > 1e-3, "mid-untouched keeps L + R to the bit (%s, input grid %g)",
        rows[k].is_float ? "F32" : "F64", rows[k].in_grid);
    mst_matrix_free (x);
  }
}

/* Low tone on the left while mono-below moves, comes and goes: what is new above 2 kHz, by a twice differenced
 * signal, against the same with nothing moving. A click of 1 % of full scale would stand out by 40 dB. */
static void
test_no_click (void)
{
  enum { N = 48000 };
  static double l[N], r[N];
  double *io[2], roughest = 0.0;
  MstMatrixParams p = P (.mono_below_hz = 100);
  MstMatrix *x = make (48000.0, &p);

  for (int i = 0; i < N; i++) {
    l[i] = 0.5 + 0.5 * sin (2.0 * M_PI * 50.0 * i / 48000.0);
    r[i] = 0.0;
  }
  for (int i = 0; i < N; i += 2000) {
    static const double to[] = { 100, 300, 20, 0, 500, 0, 40, 1000 };
    p.mono_below_hz = to[(i / 2000) % 8];
    p.mono_phase = (i / 6000) % 2;
    mst_matrix_set_params (x, &p, 960);
    io[0] = l + i;
    io[1] = r + i;
    mst_matrix_process (x, io, 2000);
  }
  for (int i = 1200; i < N - 3; i++)
    for (int c = 0; c < 2; c++) {
      const double *y = c ? r : l;
      roughest = fmax (roughest, fabs (y[i] - 3 * y[i + 1] + 3 * y[i + 2] - y[i + 3]));
    }
  tap_ok (roughest < 3e-5, "mono-below moving and switching: third difference at most %.2g (a click: above 1e-2)", roughest);
  mst_matrix_free (x);
}

static void
test_silence (void)
{
  const MstMatrixParams p = P (.mono_below_hz = 20, .width = 1.7, .measure = true);
  MstMatrix *x = make (8000.0, &p);
  double l[8000], r[8000], *io[2] = { l, r };
  int silent_after = -1;

  fill_noise (l, r, 8000);
  mst_matrix_process (x, io, 8000);
  for (int second = 1; second < 10 && silent_after < 0; second++) {
    memset (l, 0, sizeof l);
    memset (r, 0, sizeof r);
    mst_matrix_process (x, io, 8000);
    if (l[7999] == 0.0 && r[7999] == 0.0)
      silent_after = second;
  }
  tap_ok (silent_after > 0, "mono-below 20 Hz: exact zeros %d s after the sound", silent_after);
  mst_matrix_free (x);
}

static double
phase_of (int i)
{
  return 2.0 * M_PI * 997.0 * i / 48000.0;
}

static void
test_statistics (void)
{
  enum { N = 480000 };
  static double l[N], r[N];
  double *io[2] = { l, r };
  static const struct { const char *id; double r_want, r_limit; double mid, side, balance, loss, loss_limit; } rows[] = {
    { "mono", 1, 1e-15, 1, 0, 0, 0, 0 }, { "anti-phase", -1, 1e-15, 0, 1, 0, INFINITY, 0 },
    { "wide noise", 0, 0.04, .5, .5, 0, 3.0103, 0.3 }, { "quadrature", 0, 1e-3, .5, .5, 0, 3.0103, 0.01 },
    { "right 6 dB down", 1, 1e-12, 0.5634, 0.0622, -0.3323, 0.4548, 0.003 },
    { "left only", 0, 0, .25, .25, -1, 3.0103, 1e-4 }, { "silence", 0, 0, 0, 0, 0, 0, 0 },
  };
  for (int k = 0; k < 7; k++) {
    const MstMatrixParams p = P (.measure = true);
    MstMatrix *x = make (48000.0, &p);
    MstStereoSums sums;
    MstMatrixNow now;
    long double m2 = 0, s2 = 0, l2 = 0;
    for (int i = 0; i < N; i++) {
      const double a = noise (), b = noise ();
      l[i] = k == 3 ? cos (phase_of (i)) : k == 6 ? 0.0 : a;
      r[i] = k == 0 ? a : k == 1 ? -a : k == 2 ? b : k == 3 ? sin (phase_of (i)) : k == 4 ? a / G6 : 0.0;
      m2 += (long double) (l[i] + r[i]) * (l[i] + r[i]) / 4;
      s2 += (long double) (l[i] - r[i]) * (l[i] - r[i]) / 4;
      l2 += (long double) l[i] * l[i];
    }
    mst_matrix_process (x, io, N);
    mst_matrix_interval (x, &sums);
    mst_matrix_now (x, &now);
    const double power = l2 > 0 ? (double) (l2 / N) : 1.0, mid = sums.mid / N, side = sums.side / N;
    tap_within (now.correlation - rows[k].r_want, rows[k].r_limit, rows[k].id);
    tap_ok (fabs (mid - (double) (m2 / N)) <= 1e-12 && fabs (side - (double) (s2 / N)) <= 1e-12
        && (k != 0 || side == 0.0) && (k != 1 || mid == 0.0), "%s: powers against long double", rows[k].id);
    tap_ok (fabs (mid / power - rows[k].mid) < 0.01 && fabs (side / power - rows[k].side) < 0.01
        && fabs (mst_stereo_balance (&sums) - rows[k].balance) < 0.005, "%s: mid %.4f, side %.4f, balance %.4f", rows[k].id,
        mid / power, side / power, mst_stereo_balance (&sums));
    tap_ok (sums.frames == N && fabs (mst_stereo_correlation (&sums) - rows[k].r_want) <= fmax (rows[k].r_limit, 1e-12),
        "%s: correlation of the whole", rows[k].id);
    for (int whole = 0; whole < 2; whole++) {
      const double loss = whole ? mst_stereo_mono_loss (&sums) : now.mono_loss;
      tap_ok (loss == rows[k].loss || fabs (loss - rows[k].loss) <= rows[k].loss_limit, "%s: mono loses %.4f LU (%.4f)", rows[k].id,
          loss, rows[k].loss);
    }
    /* 10 s of it: warned of where it lasts */
    const MstMatrixWarning want = k == 1 ? MST_MATRIX_OUT_OF_PHASE : k == 5 ? MST_MATRIX_LOSSY : MST_MATRIX_SAFE;
    tap_ok (k == 2 || k == 3 || now.warning == want, "%s: warning %d", rows[k].id, (int) now.warning);
    mst_matrix_free (x);
  }

  /* K-weighting: the loss of a wide 40 Hz and a narrow 1 kHz, from the Recommendation's response at both */
  {
    const MstMatrixParams p = P (.measure = true);
    MstMatrix *x = make (44100.0, &p);
    MstStereoSums sums;
    for (int i = 0; i < 441000; i++) {
      const double wide = sin (2 * M_PI * 40.0 * i / 44100.0), narrow = 0.25 * sin (2 * M_PI * 1000.0 * i / 44100.0);
      l[i] = narrow + wide;
      r[i] = narrow - wide;
    }
    mst_matrix_process (x, io, 441000);
    mst_matrix_interval (x, &sums);
    const double low = mst_kweight_reference (40.0), high = 0.25 * mst_kweight_reference (1000.0);
    tap_within (mst_stereo_mono_loss (&sums) - 10 * log10 (1 + low * low / (high * high)), 0.01, "mono loss is K-weighted, LU");
    mst_matrix_free (x);
  }

  /* From mono to anti-phase: E[LR] crosses from 1 to -1, 63 % of the way after 300 ms; then silence holds. */
  const MstMatrixParams p = P (.measure = true);
  MstMatrix *x = make (48000.0, &p);
  MstStereoSums sums;
  MstMatrixNow now, held;
  for (int i = 0; i < N; i++) {
    l[i] = 0.5;
    r[i] = i < 240000 ? 0.5 : -0.5;
  }
  mst_matrix_process (x, io, 240000 + 14400);
  mst_matrix_now (x, &now);
  tap_within (now.correlation - (-1 + 2 * exp (-1)), 0.01, "63 % of a step after 300 ms");
  double *rest[2] = { l + 254400, r + 254400 };
  /* E[LR] has been below 0 since 300 ms * ln 2 after the change */
  mst_matrix_process (x, rest, 136000);
  mst_matrix_now (x, &now);
  tap_ok (now.warning == MST_MATRIX_SAFE || now.warning == MST_MATRIX_LOSSY, "no word of phase for 3 s");
  rest[0] += 136000;
  rest[1] += 136000;
  mst_matrix_process (x, rest, 6080);   /* to the end of a group */
  mst_matrix_now (x, &now);
  tap_ok (now.warning == MST_MATRIX_OUT_OF_PHASE, "then it is said");
  memset (l, 0, sizeof l);
  memset (r, 0, sizeof r);
  mst_matrix_process (x, io, N);
  mst_matrix_now (x, &held);
  tap_ok (fabs (held.correlation - now.correlation) < 1e-6 && held.warning == MST_MATRIX_SAFE,
      "silence holds the last value and warns of nothing");
  mst_matrix_reset (x);
  mst_matrix_interval (x, &sums);
  mst_matrix_now (x, &now);
  tap_ok (now.correlation == 0.0 && sums.mid == 0.0 && sums.frames == 0.0, "reset");
  mst_matrix_free (x);
}

static void
test_errors (void)
{
  static const MstMatrixParams bad[] = { P (.width = 2.01), P (.width = NAN), P (.balance = -1.5),
    P (.mono_below_hz = 1001), P (.mid_gain_db = 37), P (.side_gain_db = NAN), P (.mono_below_hz = -1) };
  const MstMatrixParams good = MST_MATRIX_DEFAULTS;
  const char *error = NULL;
  int refused = mst_matrix_params_error (&good) == NULL;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    refused &= mst_matrix_params_error (&bad[i]) != NULL;
  tap_ok (refused, "nonsense is refused, defaults are not");
  MstMatrix *none = mst_matrix_new (NAN, &error);
  tap_ok (!none && error, "a rate that is not a number is refused: %s", error);
  mst_matrix_free (NULL);
}

static void
test_bounds (void)
{
  const MstMatrixParams p = P (.mono_below_hz = 100, .width = 2, .mid_gain_db = 36, .measure = true);
  MstMatrix *x = make (48000.0, &p);
  double l[4800], r[4800], *io[2] = { l, r };
  int finite = 1;
  fill_noise (l, r, 4800);
  for (int i = 0; i < 4800; i++)
    l[i] *= 1e30;
  mst_matrix_process (x, io, 4800);
  for (int i = 0; i < 4800; i++)
    finite &= isfinite (l[i]) && isfinite (r[i]);
  for (int second = 0; second < 10; second++) {
    memset (l, 0, sizeof l);
    memset (r, 0, sizeof r);
    mst_matrix_process (x, io, 4800);
  }
  tap_ok (finite && l[4799] == 0.0 && r[4799] == 0.0, "1e30 does not break a state");
  mst_matrix_free (x);
}

/* On interleaved floats the same bits as through planes, any number of frames, and an end before what is not finite. */
static void
test_packed (void)
{
  static const MstMatrixParams p = P (.width = 1.3, .mid_gain_db = 2.0);
  static double l[300], r[300];
  static float frames[600];
  int same = 1, ends = 1;
  for (int isa = 0; isa < 2; isa++) {
    mst_isa_force ((MstIsa) isa);
    MstMatrix *x = make (48000.0, &p);
    for (size_t n = 0; n <= 300; n++) {
      const size_t bad = n % 3 == 2 ? n / 2 : n;
      for (size_t i = 0; i < n; i++) {
        frames[2 * i] = (float) noise ();
        frames[2 * i + 1] = i % 5 ? (float) noise () : -0.0f;
        if (i == bad)
          frames[2 * i + (n & 1)] = n % 4 < 2 ? NAN : FLT_MAX;
        l[i] = frames[2 * i];
        r[i] = frames[2 * i + 1];
      }
      mst_matrix_process (x, (double *[]) { l, r }, n);
      const size_t done = mst_matrix_process_packed (x, frames, n);
      ends &= bad == n ? done == n : done <= bad && bad < done + 8;
      for (size_t i = 0; i < done; i++) {
        const float want[2] = { (float) l[i], (float) r[i] };
        same &= memcmp (want, frames + 2 * i, sizeof want) == 0;
      }
    }
    mst_matrix_free (x);
  }
  tap_ok (same, "interleaved floats: the bits of planes");
  tap_ok (ends, "interleaved floats: end in the group of what is not finite");
}

int
main (void)
{
  const unsigned long mode = mst_denormals_off ();
  test_elements ();
  test_identity ();
  test_there_and_back ();
  test_ortho_rounding ();
  test_ramp ();
  test_mono_bass ();
  test_mono_sum_exact ();
  test_no_click ();
  test_cuts ();
  test_silence ();
  test_statistics ();
  test_bounds ();
  test_errors ();
  test_packed ();
  mst_denormals_restore (mode);
  return tap_done ();
}
