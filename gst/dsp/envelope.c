/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "envelope.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "envelope-kernels.h"
#include "isa.h"

#define LOWEST_HZ 20.0
#define QUICK_MS 2.0            /* releases up to this fall by the coarse pair */
#define FADE 6.0                /* above, it fades out with 18 dB an octave */
/* What the detector takes on a tone of 10 kHz, fitted on steps of 3 to 20 dB: to fall, before a release of up to 0.25 ms, more with each octave up to
 * 4 ms, as the end of the fall comes to count; to rise */
#define FALL_MS 0.026
#define FALL_FRAMES 1.65
#define MORE_FALL_MS 0.007
#define MORE_FALL_FRAMES 0.33
#define RISE_MS 0.028
#define RISE_FRAMES 0.7

MST_KERNEL_DECLARE (MstEnvelopeKernels, mst_envelope_kernels);
MST_KERNEL_DECLARE (MstEnvelopePairKernels, mst_envelope_pair_kernels);

struct _MstEnvelope
{
  unsigned n_signals, n_sections, parity;
  float a[2][MST_ENVELOPE_MAX_SECTIONS];        /* by branch */
  double excess;                /* greatest ratio of the power of a steady tone to what the coarse pair reads */
  const MstEnvelopeKernels *kernels;
  const MstEnvelopePairKernels *pair_kernels;
  MstEnvelopeState *state;      /* by four signals */
};

static double
agm (double a, double b)
{
  for (int i = 0; i < 40; i++) {
    const double mean = 0.5 * (a + b);
    b = sqrt (a * b);
    a = mean;
  }
  return a;
}

/* The poles 1 <= i <= n of an elliptic half-band filter of order 2n + 1 with transition band @width (of the rate), as the squares of
 * their imaginary parts, odd and even i apart: theta series in the nome q (Valenzuela and Constantinides 1983, eq. 16 to 19) */
static void
half_band_poles (unsigned n, double width, float a[2][MST_ENVELOPE_MAX_SECTIONS])
{
  const double k = pow (tan (M_PI / 4.0 * (1.0 - 2.0 * width)), 2.0);
  const double q = exp (-M_PI * agm (1.0, sqrt (1.0 - k * k)) / agm (1.0, k));
  for (unsigned i = 1; i <= n; i++) {
    const double angle = i * M_PI / (2.0 * n + 1.0);
    double num = 0.0, den = 0.5, sign = 1.0, term = 1.0, power = q;
    for (int j = 0; term > 1e-20; j++, sign = -sign, power *= q) {
      num += sign * term * sin ((2 * j + 1) * angle);       /* q^(j(j+1)) */
      term *= power;
      den -= sign * term * cos (2 * (j + 1) * angle);       /* q^((j+1)^2) */
      term *= power;
    }
    const double w = pow (pow (q, 0.25) * num / den, 2.0);
    const double r = sqrt ((1.0 - w * k) * (1.0 - w / k)) / (1.0 + w);
    a[(i - 1) % 2][(i - 1) / 2] = (float) ((1.0 - r) / (1.0 + r));
  }
}

static size_t
n_groups (const MstEnvelope *e)
{
  return (e->n_signals + MST_ENVELOPE_LANES - 1) / MST_ENVELOPE_LANES;
}

/* @e with a state of its own, silent; NULL, and @e freed, if memory is short */
static MstEnvelope *
with_state (MstEnvelope *e)
{
  if (e == NULL)
    return NULL;
  e->parity = 0;
  e->state = calloc (n_groups (e), sizeof *e->state);
  if (e->state == NULL) {
    free (e);
    return NULL;
  }
  for (unsigned i = 0; i < e->n_signals; i++)
    mst_envelope_set_release (e, i, INFINITY);
  return e;
}

/* Of each branch first the sections of the coarse pair: every third pole */
static void
put_coarse_first (MstEnvelope *e)
{
  for (unsigned b = 0; b < 2; b++) {
    const unsigned first = b + e->n_sections - 6;
    float *a = e->a[b];
    for (unsigned k = 0; k < MST_ENVELOPE_COARSE; k++) {
      const float moved = a[first + 3 * k];
      memmove (a + k + 1, a + k, (first + 3 * k - k) * sizeof *a);
      a[k] = moved;
    }
  }
}

/* Phase of an all-pass section (a - z^-2)/(1 - a z^-2) at @turn = 2 pi f/rate */
static double
phase_of (double a, double turn)
{
  return atan2 (sin (2.0 * turn), a - cos (2.0 * turn)) - atan2 (a * sin (2.0 * turn), 1.0 - a * cos (2.0 * turn));
}

/* With branches @off from 90 degrees apart a tone's power moves between 1 - sin |off| and 1 + sin |off| of itself */
static double
excess_of (const MstEnvelope *e, double rate_hz)
{
  double worst = 0.0;
  for (double hz = LOWEST_HZ; hz < 0.25 * rate_hz; hz *= 1.02) {
    const double turn = 2.0 * M_PI * hz / rate_hz;
    double apart = turn;
    for (unsigned k = 0; k < MST_ENVELOPE_COARSE; k++)
      apart += phase_of (e->a[0][k], turn) - phase_of (e->a[1][k], turn);
    worst = fmax (worst, fabs (cos (apart)));
  }
  return 1.01 / (1.0 - worst);
}

MstEnvelope *
mst_envelope_new (double rate_hz, unsigned n_signals, const char **error)
{
  const char *reason = NULL;
  if (!(rate_hz >= 1000.0 && rate_hz <= 1e6))
    reason = "sample rate out of range (1000 to 1000000 Hz)";
  else if (n_signals < 1 || n_signals > 512)
    reason = "number of signals out of range (1 to 512)";
  MstEnvelope *e = reason ? NULL : calloc (1, sizeof *e);
  if (e != NULL) {
    e->n_signals = n_signals;
    e->kernels = MST_KERNEL_CHOOSE (mst_envelope_kernels);
    e->pair_kernels = MST_KERNEL_CHOOSE (mst_envelope_pair_kernels);
    e->n_sections = rate_hz < 50000.0 ? 6 : rate_hz < 200000.0 ? 7 : 8;
    half_band_poles (2 * e->n_sections, LOWEST_HZ / rate_hz, e->a);
    put_coarse_first (e);
    e->excess = excess_of (e, rate_hz);
    e = with_state (e);
  }
  if (e == NULL && error != NULL)
    *error = reason ? reason : "out of memory";
  return e;
}

MstEnvelope *
mst_envelope_new_like (const MstEnvelope *other)
{
  MstEnvelope *e = malloc (sizeof *e);
  if (e != NULL)
    *e = *other;
  return with_state (e);
}

void
mst_envelope_process (MstEnvelope *e, const double *const *x, float *const *power, size_t n_frames)
{
  for (unsigned i = 0; i < e->n_signals; i += MST_ENVELOPE_LANES) {
    const unsigned n = e->n_signals - i < MST_ENVELOPE_LANES ? e->n_signals - i : MST_ENVELOPE_LANES;
    (n <= 2 ? e->pair_kernels->run : e->kernels->run) (e->a, e->n_sections, e->parity, &e->state[i / MST_ENVELOPE_LANES], x + i, power + i, n, n_frames);
  }
  e->parity = (e->parity + n_frames) % 2;
}

void
mst_envelope_set_release (MstEnvelope *e, unsigned signal, double release_ms)
{
  const double most = e->excess * pow (fmax (release_ms / QUICK_MS, 1.0), FADE);
  e->state[signal / MST_ENVELOPE_LANES].most[signal % MST_ENVELOPE_LANES] = (float) fmin (most, 1e30);
}

double
mst_envelope_rise_ms (double rate_hz)
{
  return RISE_MS + RISE_FRAMES * 1000.0 / rate_hz;
}

double
mst_envelope_fall_ms (double rate_hz, double release_ms)
{
  const double octaves = fmin (fmax (log2 (4.0 * release_ms), 0.0), 4.0);
  return FALL_MS + octaves * MORE_FALL_MS + (FALL_FRAMES + octaves * MORE_FALL_FRAMES) * 1000.0 / rate_hz;
}

void
mst_envelope_reset (MstEnvelope *e)
{
  for (size_t i = 0; i < n_groups (e); i++)
    memset (&e->state[i], 0, offsetof (MstEnvelopeState, most));
  e->parity = 0;
}

void
mst_envelope_free (MstEnvelope *e)
{
  if (e == NULL)
    return;
  free (e->state);
  free (e);
}
