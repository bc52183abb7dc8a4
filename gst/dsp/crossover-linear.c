/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crossover-linear.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "convolver.h"
#include "crossover.h"
#include "fft.h"
#include "ring.h"

#define LOWEST_HZ 20.0
#define DECAYS 13.8             /* ln 1e6 */
#define TAPER 0.25              /* share of a half */

struct _MstLinearCrossover
{
  double rate_hz;
  unsigned n_channels, n_bands;
  size_t half, block, latency, n_fft;
  uint64_t frame;               /* since reset */
  int is_new;                   /* hz is not that of the kernels */
  double hz[MST_CROSSOVER_MAX_BANDS - 1];
  MstConvolver *convolver;      /* inputs to all bands but the last */
  MstRing *input;
  MstFft *fft;
  double *re, *im, *time, *taps;
};

MstLinearCrossover *
mst_linear_crossover_new (double rate_hz, unsigned n_channels, unsigned n_bands, const char **error)
{
  MstConvolverRoute routes[64 * (MST_CROSSOVER_MAX_BANDS - 1)];
  const char *reason = "out of memory";
  unsigned n_routes = 0;
  MstLinearCrossover *x = NULL;

  if (!(rate_hz >= 1000.0 && rate_hz <= 1e6))
    reason = "sample rate out of range (1000 to 1000000 Hz)";
  else if (n_channels < 1 || n_channels > 64)
    reason = "number of channels out of range (1 to 64)";
  else if (n_bands < 2 || n_bands > MST_CROSSOVER_MAX_BANDS)
    reason = "number of bands out of range (2 to 8)";
  else
    x = calloc (1, sizeof *x);
  if (x != NULL) {
    x->rate_hz = rate_hz;
    x->n_channels = n_channels;
    x->n_bands = n_bands;
    x->half = (size_t) (DECAYS / (M_SQRT1_2 * 2.0 * M_PI * LOWEST_HZ) * rate_hz) + 1;
    for (x->block = 64; x->block * 4 < x->half; x->block *= 2);
    for (x->n_fft = 64; x->n_fft < 4 * x->half; x->n_fft *= 2);
    x->latency = x->half - 1 + x->block;
    for (unsigned b = 0; b + 1 < n_bands; b++)
      for (unsigned ch = 0; ch < n_channels; ch++)
        routes[n_routes++] = (MstConvolverRoute) { ch, b * n_channels + ch, b };
    const MstConvolverSetup setup = { n_channels, n_routes, n_bands - 1, n_routes, routes, 2 * x->half - 1, x->block, x->block };
    x->convolver = mst_convolver_new (&setup, &reason);
    x->input = mst_ring_new (n_channels, x->latency + x->block);
    x->fft = mst_fft_new (x->n_fft);
    x->re = calloc (2 * x->n_fft + 2 * x->half, sizeof *x->re);
    if (x->convolver != NULL && x->input != NULL && x->fft != NULL && x->re != NULL) {
      x->im = x->re + x->n_fft / 2;
      x->time = x->re + x->n_fft;
      x->taps = x->time + x->n_fft;
      x->is_new = 1;
      return x;
    }
    mst_linear_crossover_free (x);
  }
  if (error != NULL)
    *error = reason;
  return NULL;
}

/* Multiplies the frequency samples of band @b by the splits on its way */
static void
shape (MstLinearCrossover *x, unsigned b)
{
  const double bin_hz = x->rate_hz / (double) x->n_fft;
  for (size_t k = 0; k < x->n_fft / 2; k++)
    x->re[k] = 1.0;
  double nyquist = 1.0;
  for (unsigned first = 0, last = x->n_bands - 1; first < last;) {
    const unsigned at = (first + last - 1) / 2;
    const double ratio = bin_hz / x->hz[at];
    const int is_low = b <= at;
    for (size_t k = 0; k <= x->n_fft / 2; k++) {
      const double r = ratio * (double) k, r4 = (r * r) * (r * r), split = (is_low ? 1.0 : r4) / (1.0 + r4);
      *(k < x->n_fft / 2 ? &x->re[k] : &nyquist) *= split;
    }
    if (is_low)
      last = at;
    else
      first = at + 1;
  }
  memset (x->im, 0, x->n_fft / 2 * sizeof *x->im);
  x->im[0] = nyquist;
}

static void
design (MstLinearCrossover *x)
{
  const size_t centre = x->half - 1, n_taps = 2 * x->half - 1;
  const double taper = TAPER * (double) x->half;
  for (unsigned b = 0; b + 1 < x->n_bands; b++) {
    shape (x, b);
    mst_fft_inverse (x->fft, x->re, x->im, x->time);
    for (size_t t = 0; t < x->half; t++) {
      const double left = (double) (x->half - t) / taper;
      const double window = left < 1.0 ? 0.5 - 0.5 * cos (M_PI * left) : 1.0;
      x->taps[centre + t] = x->taps[centre - t] = x->time[t] / (double) x->n_fft * window;
    }
    mst_convolver_set_kernel (x->convolver, b, x->taps, n_taps);
  }
  x->is_new = 0;
}

void
mst_linear_crossover_set (MstLinearCrossover *x, const double *upper_hz)
{
  double hz = LOWEST_HZ;
  for (unsigned i = 0; i + 1 < x->n_bands; i++) {
    hz = fmin (fmax (hz, upper_hz[i]), 0.45 * x->rate_hz);
    x->is_new = x->is_new || hz != x->hz[i];
    x->hz[i] = hz;
  }
}

/* Of channel @ch: the input @latency frames ago less what the bands before hold. @last: that input */
static void
leave (const MstLinearCrossover *x, double *const *bands, unsigned ch, size_t done, size_t n, double *last)
{
  for (unsigned b = 0; b + 1 < x->n_bands; b++) {
    const double *band = bands[b * x->n_channels + ch] + done;
    for (size_t i = 0; i < n; i++)
      last[i] -= band[i];
  }
}

void
mst_linear_crossover_process (MstLinearCrossover *x, const double *const *in, double *const *bands, size_t n_frames)
{
  double *from[64], *to[64 * MST_CROSSOVER_MAX_BANDS];
  const unsigned n_last = (x->n_bands - 1) * x->n_channels;
  for (size_t done = 0, n; done < n_frames; done += n) {
    const size_t left = x->block - (size_t) (x->frame % x->block);
    n = left < n_frames - done ? left : n_frames - done;
    if (x->frame < x->latency && x->latency - x->frame < n)
      n = (size_t) (x->latency - x->frame);
    if (x->is_new && x->frame % x->block == 0)
      design (x);
    for (unsigned ch = 0; ch < x->n_channels; ch++)
      from[ch] = (double *) in[ch] + done;
    for (unsigned i = 0; i < n_last + x->n_channels; i++)
      to[i] = bands[i] + done;
    mst_ring_write (x->input, x->frame, from, 0, n);
    mst_convolver_process (x->convolver, from, to, n);
    for (unsigned ch = 0; ch < x->n_channels && x->frame < x->latency; ch++)
      memset (to[n_last + ch], 0, n * sizeof (double));
    if (x->frame >= x->latency)
      mst_ring_read (x->input, x->frame - x->latency, to + n_last, 0, n);
    for (unsigned ch = 0; ch < x->n_channels; ch++)
      leave (x, bands, ch, done, n, to[n_last + ch]);
    x->frame += n;
  }
}

size_t
mst_linear_crossover_latency (const MstLinearCrossover *x)
{
  return x->latency;
}

void
mst_linear_crossover_reset (MstLinearCrossover *x)
{
  mst_convolver_reset (x->convolver);
  x->frame = 0;
}

void
mst_linear_crossover_free (MstLinearCrossover *x)
{
  if (x == NULL)
    return;
  mst_convolver_free (x->convolver);
  mst_ring_free (x->input);
  mst_fft_free (x->fft);
  free (x->re);
  free (x);
}
