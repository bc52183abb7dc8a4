/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clipper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clipper-kernels.h"
#include "truepeakbound.h"

#define UP MST_CLIPPER_UP
#define TAPS MST_CLIPPER_TAPS
#define GROUP MST_CLIPPER_GROUP
#define HALF (TAPS / 2)
#define KAISER_BETA 9.0         /* -90 dB */
/* Frames of residual a channel keeps: those the decimator reaches, and the group that comes */
#define KEPT (TAPS + GROUP)
#define CLOSE 1e-7              /* of the threshold: points nearer than that take f at their middle */

typedef struct
{
  double residual[UP][KEPT];    /* f (u) - u by phase, oldest frame first */
  size_t quiet;                 /* groups since one with a residual, saturating at QUIET */
} Channel;

#define QUIET (KEPT / GROUP + 1)

struct _MstClipper
{
  const MstClipperKernels *kernels;
  MstClipShape shape;
  MstTruePeakBound bound;
  unsigned n_channels;
  double up[UP][TAPS];          /* for x[n - 31] … x[n + 32]: the waveform at n + p/8 */
  double down[UP][TAPS];        /* for residual[p] of frames n - 31 … n + 32 */
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

MstClipper *
mst_clipper_new (MstClipShape shape, unsigned n_channels)
{
  MstClipper *self = calloc (1, sizeof *self + n_channels * sizeof (Channel));

  if (!self)
    return NULL;
  self->kernels = MST_KERNEL_CHOOSE (mst_clipper_kernels);
  self->shape = shape;
  self->n_channels = n_channels;
  mst_truepeak_bound_design (&self->bound, 48, 0.90);
  for (int p = 0; p < UP; p++) {
    double sum = 0.0;
    for (int k = 0; k < TAPS; k++) {
      const double frame = k - (HALF - 1);
      sum += self->up[p][k] = kernel ((double) p / UP - frame);
      self->down[p][k] = kernel (frame + (p - 0.5) / UP) / UP;  /* the average of two points lies half a step back */
    }
    for (int k = 0; k < TAPS; k++)
      self->up[p][k] /= sum;
  }
  mst_clipper_reset (self);
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
  for (unsigned ch = 0; ch < self->n_channels; ch++)
    self->channels[ch].quiet = QUIET;
}

/* f (u) - u and its integral from 0, for a threshold of 1. */
static double
taken (MstClipShape shape, double u, double *integral)
{
  const double a = fabs (u), sign = u < 0.0 ? -1.0 : 1.0;
  const double over = a - 1.0, s = a - 0.5;

  if (shape == MST_CLIP_HARD) {
    *integral = over > 0.0 ? -0.5 * over * over : 0.0;
    return over > 0.0 ? -sign * over : 0.0;
  }
  if (s <= 0.0) {
    *integral = 0.0;
    return 0.0;
  }
  if (s < 1.0) {
    *integral = -s * s * s / 6.0;
    return -sign * 0.5 * s * s;
  }
  *integral = -1.0 / 6.0 - 0.5 * (over * over - 0.25);
  return -sign * over;
}

/* Residuals of the group of frames that begins at @x, from its points and the one before them. */
static int
clip_group (const MstClipper *self, Channel *c, const double *x, double threshold)
{
  double u[UP][GROUP], before = 0.0, f_before;
  const double scale = 1.0 / threshold;
  int is_any = 0;

  memcpy (u[0], x, sizeof u[0]);        /* phase 0 is the samples themselves */
  for (int p = 1; p < UP; p++)
    self->kernels->filter (x - (HALF - 1), self->up[p], u[p]);
  for (int k = 0; k < TAPS; k++)
    before += self->up[UP - 1][k] * x[k - HALF];
  before *= scale;
  taken (self->shape, before, &f_before);
  for (int i = 0; i < GROUP; i++)
    for (int p = 0; p < UP; p++) {
      const double now = u[p][i] * scale, step = now - before;
      double f_now, f_middle;
      taken (self->shape, now, &f_now);
      const double r = fabs (step) > CLOSE ? (f_now - f_before) / step : taken (self->shape, 0.5 * (now + before), &f_middle);
      c->residual[p][KEPT - GROUP + i] = r * threshold;
      is_any |= r != 0.0;
      before = now;
      f_before = f_now;
    }
  return is_any;
}

/* Whether the group that begins at @x may pass what passes untouched. */
static int
may_clip (const MstClipper *self, const double *x, double threshold)
{
  const double free = self->shape == MST_CLIP_HARD ? threshold : 0.5 * threshold;
  double highest = 0.0, steepest = 0.0;

  for (int i = -(HALF - 1); i < HALF + GROUP; i++) {
    const double a = fabs (x[i]), d = fabs (x[i] - 2.0 * x[i - 1] + x[i - 2]);
    highest = a > highest ? a : highest;
    steepest = d > steepest ? d : steepest;
  }
  return self->bound.flat * highest + self->bound.bend * steepest > free;
}

int
mst_clipper_group (MstClipper *self, unsigned channel, const double *x, double threshold, double *y)
{
  Channel *c = &self->channels[channel];
  const double *middle = x - HALF;      /* its taps reach to x[7] */
  int is_any = 0;

  if (may_clip (self, middle, threshold)) {
    is_any = clip_group (self, c, middle, threshold);
    c->quiet = is_any ? 0 : c->quiet;
  }
  memcpy (y, x - MST_CLIPPER_LAG, GROUP * sizeof *y);
  if (!is_any) {
    for (int p = 0; p < UP && c->quiet < QUIET; p++)
      memset (&c->residual[p][KEPT - GROUP], 0, GROUP * sizeof (double));
    c->quiet += c->quiet < QUIET;
  }
  if (c->quiet >= QUIET)
    return 0;
  for (int p = 0; p < UP; p++) {
    double sum[GROUP];
    self->kernels->filter (c->residual[p] + 1, self->down[p], sum);
    for (int i = 0; i < GROUP; i++)
      y[i] += sum[i];
    memmove (c->residual[p], c->residual[p] + GROUP, (KEPT - GROUP) * sizeof (double));
  }
  return 1;
}
