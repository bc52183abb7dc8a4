/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clipper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clipper-kernels.h"
#include "interpolation.h"
#include "truepeakbound.h"

#define UP MST_CLIPPER_UP
#define TAPS MST_CLIPPER_TAPS
#define GROUP MST_CLIPPER_GROUP
#define HALF (TAPS / 2)
#define KAISER_BETA 9.0         /* -90 dB */
#define BACK ((MST_CLIPPER_BEFORE - GROUP) / GROUP)     /* groups before the newest whose samples are judged */
#define CHUNK 32                /* groups at a time */

typedef struct
{
  float acc[MST_CLIPPER_REACH]; /* what to add to the frames that leave next */
  size_t busy;                  /* groups until acc is all zeros */
} Channel;

struct _MstClipper
{
  const MstClipperKernels *kernels;
  const MstTruePeakBoundKernels *measure;
  float knee, width;            /* of the curve, of the threshold */
  MstTruePeakBound bound;
  unsigned n_channels;
  float up[7 * MST_CLIPPER_PAIRS], row[TAPS];   /* x[n - 31] … x[n + 32] to the waveform at n + p/8; phase 7 in order */
  /* A residual at frame n, phase p, to frames n - 32 … n + 31, for each frame of a group from its first one on */
  float down[GROUP][UP][MST_CLIPPER_REACH] __attribute__ ((aligned (32)));
  Channel channels[];
};

static double
bessel_i0 (double x)
{
  double sum = 1.0, term = 1.0;
  for (int k = 1; k < 60; k++) {
    term *= (0.5 * x / k) * (0.5 * x / k);
    sum += term;
  }
  return sum;
}

/* Low-pass at half the rate, @t frames from its middle. */
static double
kernel (double t)
{
  const double of_half = t / HALF;
  if (fabs (of_half) >= 1.0)
    return 0.0;
  const double window = bessel_i0 (KAISER_BETA * sqrt (1.0 - of_half * of_half)) / bessel_i0 (KAISER_BETA);
  return fabs (t) < 1e-12 ? 1.0 : sin (M_PI * t) / (M_PI * t) * window;
}

static void
design (MstClipper *self)
{
  double h[TAPS];

  for (int p = 0; p < UP; p++) {
    double sum = 0.0;
    for (int k = 0; k < TAPS; k++) {
      const double frame = k - (HALF - 1);
      sum += h[k] = kernel ((double) p / UP - frame);
      for (int i = 0; i < GROUP; i++)   /* the average of two points lies half a step back */
        self->down[i][p][i + TAPS - 1 - k] = (float) (kernel (frame + (p - 0.5) / UP) / UP);
    }
    for (int k = 0; k < TAPS; k++)
      h[k] /= sum;
    if ((p >= 1 && p <= 4) || p == 7)
      mst_interpolation_eighth (h, HALF, p, self->up, self->row);
  }
}

MstClipper *
mst_clipper_new (MstClipShape shape, unsigned n_channels)
{
  const size_t size = (sizeof (MstClipper) + n_channels * sizeof (Channel) + 31) / 32 * 32;
  MstClipper *self = aligned_alloc (32, size);

  if (!self)
    return NULL;
  memset (self, 0, size);
  self->kernels = MST_KERNEL_CHOOSE (mst_clipper_kernels);
  self->measure = MST_KERNEL_CHOOSE (mst_truepeakbound_kernels);
  self->knee = shape == MST_CLIP_HARD ? 1.0f : 0.5f;
  self->width = shape == MST_CLIP_HARD ? 0.0f : 1.0f;
  self->n_channels = n_channels;
  mst_truepeak_bound_design (&self->bound, 48, 0.90);
  design (self);
  return self;
}

void
mst_clipper_free (MstClipper *self)
{
  free (self);
}

void
mst_clipper_reset (MstClipper *self)
{
  memset (self->channels, 0, self->n_channels * sizeof (Channel));
}

/* What leaves: y = x and what is to be added. */
static void
leave (Channel *c, const double *x, double *y)
{
  memcpy (y, x, GROUP * sizeof *y);
  if (c->busy == 0)
    return;
  for (int i = 0; i < GROUP; i++)
    y[i] += (double) c->acc[i];
  memmove (c->acc, c->acc + GROUP, (MST_CLIPPER_REACH - GROUP) * sizeof *c->acc);
  memset (c->acc + MST_CLIPPER_REACH - GROUP, 0, GROUP * sizeof *c->acc);
  c->busy--;
}

void
mst_clipper_process (MstClipper *self, unsigned channel, const double *x, size_t n_groups, const double *threshold, double *y)
{
  Channel *c = &self->channels[channel];

  for (size_t done = 0, n; done < n_groups; done += n) {
    float narrow[MST_CLIPPER_BEFORE + GROUP * CHUNK], top[BACK + CHUNK], bend[BACK + CHUNK];
    n = n_groups - done < CHUNK ? n_groups - done : CHUNK;
    for (size_t i = 0; i < MST_CLIPPER_BEFORE + GROUP * n; i++)
      narrow[i] = (float) x[GROUP * done + i - MST_CLIPPER_BEFORE];
    self->measure->measure_groups (narrow + GROUP, BACK + n, top, bend);
    for (size_t k = 0; k < n; k++) {
      const double t = threshold[done + k];
      float highest = 0.0f, steepest = 0.0f;
      MstClipperResidual r;
      for (size_t i = k; i <= k + BACK; i++) {
        highest = top[i] > highest ? top[i] : highest;
        steepest = bend[i] > steepest ? bend[i] : steepest;
      }
      const unsigned frames = self->bound.flat * highest + self->bound.bend * steepest > self->knee * t
          ? self->kernels->residual (narrow + MST_CLIPPER_BEFORE + GROUP * k - HALF, self->up, self->row, (float) (1.0 / t),
          self->knee, self->width, r) : 0;
      if (frames) {
        self->kernels->spread (r, frames, self->down, c->acc);
        c->busy = MST_CLIPPER_REACH / GROUP;
      }
      leave (c, x + GROUP * (done + k) - MST_CLIPPER_LAG, y + GROUP * (done + k));
    }
  }
}
