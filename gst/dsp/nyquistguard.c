/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nyquistguard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nyquistguard-kernels.h"

#define GROUP 8
#define MAX_GROUPS (MST_NYQUIST_GUARD_MAX_LAG / GROUP + 1)      /* that a triangle reaches into */
#define CHUNK 32                /* groups at a time */
#define EVERY_FLAG ((1u << self->n_flags) - 1)

/* scipy.signal.ellip (4, 1, 66, edge, 'high', output='sos') with the pass edge that puts the stop edge on 0.88 and 0.90 of Nyquist:
 * 0.95800226 and 0.96511439. b0 b1 b2 a1 a2 a section. */
static const double trigger_wide[10] = {
  0.0006034882652693384, 0.0007469577769017981, 0.0006034882652693384, 1.9083503702688887, 0.9132986043695726,
  1.0, 1.8378693403576134, 1.0000000000000004, 1.9491233430910357, 0.9660351670300572
};
static const double trigger_narrow[10] = {
  0.0005673696606666916, 0.0008178384581799274, 0.0005673696606666916, 1.9240141321391868, 0.9274518878758301,
  1.0, 1.8868075391565458, 1.0, 1.959973304440099, 0.9716808513979743
};

typedef struct
{
  size_t since_loud, since_edge;        /* groups since either threshold was passed, saturating at window */
  size_t hold;                  /* groups that stay flagged */
  unsigned flags;               /* of the newest groups, bit 0 the newest */
  float state[MST_GUARD_STATES];        /* of the high-pass */
} Channel;

struct _MstNyquistGuard
{
  const MstGuardKernels *kernels;
  MstNyquistGuardMode mode;
  unsigned n_channels;
  size_t lag, n_flags;          /* frames; groups the triangle reaches into */
  size_t window, hold;          /* groups in 5 and 20 ms */
  double taps[MST_NYQUIST_GUARD_MAX_LAG + 1];   /* of the low-pass, from the middle out */
  MstGuardTrigger trigger;
  double ramp[GROUP][MAX_GROUPS];       /* m of a frame in a group = sum of these times the flags; integers, sum full */
  double full;
  Channel *channels;
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

/* J. F. Kaiser, Nonrecursive digital filter design using the I0-sinh window function, 1974. */
static void
design_low_pass (double *taps, size_t lag, double pass, double stop)
{
  const double attenuation_db = 2.285 * 2.0 * (double) lag * M_PI * (stop - pass) + 7.95;
  const double beta = 0.1102 * (attenuation_db - 8.7), middle = 0.5 * (pass + stop);
  double sum = 0.0;

  for (size_t j = 0; j <= lag; j++) {
    const double t = (double) j / ((double) lag + 1.0);
    const double ideal = j ? sin (M_PI * middle * (double) j) / (M_PI * (double) j) : middle;
    taps[j] = ideal * bessel_i0 (beta * sqrt (1.0 - t * t)) / bessel_i0 (beta);
    sum += j ? 2.0 * taps[j] : taps[j];
  }
  for (size_t j = 0; j <= lag; j++)
    taps[j] /= sum;
}

/* One frame of both sections; @gain of the input. */
static double
sections (const double *s, double gain, double x, double *z)
{
  const double u = gain * x * s[0] + z[0];
  z[0] = gain * x * s[1] + z[1] - u * s[3];
  z[1] = gain * x * s[2] - u * s[4];
  const double v = u * s[5] + z[2];
  z[2] = u * s[6] + z[3] - v * s[8];
  z[3] = u * s[7] - v * s[9];
  return v;
}

/* What each input and each state does to a group of outputs and to the state after it. */
static void
design_trigger (MstGuardTrigger *f, const double *s)
{
  for (int j = 0; j < GROUP + MST_GUARD_STATES; j++) {
    const int i = j - GROUP;
    double z[MST_GUARD_STATES] = { 0.0 };
    if (i >= 0)
      z[i] = 1.0;
    for (int n = 0; n < GROUP; n++)
      (i < 0 ? f->of_input[j] : f->of_state[i])[n] = (float) sections (s, 0.25, n == j, z);     /* 1/4: at Nyquist d is 4 x */
    for (int n = 0; n < MST_GUARD_STATES; n++)
      (i < 0 ? f->next_of_input[j] : f->next_of_state[i])[n] = (float) z[n];
  }
}

MstNyquistGuard *
mst_nyquistguard_new (double rate_hz, unsigned n_channels)
{
  MstNyquistGuard *self = calloc (1, sizeof *self);
  const int narrow = rate_hz <= 44100.0;

  if (!self)
    return NULL;
  self->kernels = MST_KERNEL_CHOOSE (mst_guard_kernels);
  self->n_channels = n_channels;
  self->lag = narrow ? 64 : 48;
  self->n_flags = self->lag / GROUP + 1;
  self->window = (size_t) ceil (0.005 * rate_hz / GROUP);
  self->hold = (size_t) ceil (0.020 * rate_hz / GROUP);
  design_trigger (&self->trigger, narrow ? trigger_narrow : trigger_wide);
  design_low_pass (self->taps, self->lag, narrow ? 0.90 : 0.88, 0.97);
  /* Frame i of the group that leaves sees flags i + 1 … i + lag - 1 frames on, under two boxes of lag/2 frames */
  for (size_t i = 0; i < GROUP; i++)
    for (size_t j = 1; j < self->lag; j++)
      self->ramp[i][(i + j) / GROUP] += (double) (j <= self->lag / 2 ? j : self->lag - j);
  self->full = 0.25 * (double) (self->lag * self->lag);
  self->channels = calloc (n_channels, sizeof *self->channels);
  if (!self->channels) {
    mst_nyquistguard_free (self);
    return NULL;
  }
  mst_nyquistguard_reset (self);
  return self;
}

void
mst_nyquistguard_free (MstNyquistGuard *self)
{
  if (!self)
    return;
  free (self->channels);
  free (self);
}

void
mst_nyquistguard_reset (MstNyquistGuard *self)
{
  memset (self->channels, 0, self->n_channels * sizeof *self->channels);
  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    self->channels[ch].since_loud = self->channels[ch].since_edge = self->window;
    self->channels[ch].flags = self->mode == MST_NYQUIST_GUARD_ON ? ~0u : 0;
  }
}

size_t
mst_nyquistguard_lag (const MstNyquistGuard *self)
{
  return self->lag;
}

void
mst_nyquistguard_set_mode (MstNyquistGuard *self, MstNyquistGuardMode mode)
{
  self->mode = mode;
}

/* Whether the newest group asks for the guard. */
static int
flag (const MstNyquistGuard *self, Channel *c, float loud, float edge, double ceiling)
{
  if (self->mode != MST_NYQUIST_GUARD_AUTO)
    return self->mode == MST_NYQUIST_GUARD_ON;
  c->since_loud = loud > MST_NYQUIST_GUARD_LEVEL * ceiling ? 0 : c->since_loud + (c->since_loud < self->window);
  c->since_edge = edge > MST_NYQUIST_GUARD_EDGE * ceiling ? 0 : c->since_edge + (c->since_edge < self->window);
  if (c->since_loud < self->window && c->since_edge < self->window)
    c->hold = self->hold;
  else if (c->hold > 0)
    c->hold--;
  return c->hold > 0;
}

/* The flags of each new group and of those before it that its filter reaches, by what was measured. Returns whether there are any. */
static unsigned
raise_flags (const MstNyquistGuard *self, Channel *c, const float *top, const float *edge, const double *ceiling, size_t n, unsigned *flags)
{
  unsigned any = 0;

  for (size_t k = 0; k < n; k++) {
    c->flags = c->flags << 1 | (unsigned) flag (self, c, top[k], edge[k], ceiling[k]);
    any |= flags[k] = c->flags & EVERY_FLAG;
  }
  return any;
}

/* The group that leaves: y from x by the flags around it. */
static void
leave (const MstNyquistGuard *self, unsigned flags, const double *x, double *y)
{
  double m[GROUP];

  for (size_t i = 0; i < GROUP; i++)
    m[i] = 1.0;
  if (flags != EVERY_FLAG)
    for (size_t i = 0; i < GROUP; i++) {
      double sum = 0.0;
      for (size_t k = 0; k < self->n_flags; k++)
        sum += flags >> (self->n_flags - 1 - k) & 1 ? self->ramp[i][k] : 0.0;
      m[i] = sum / self->full;
    }
  self->kernels->cut (x, self->taps, self->lag, m, y);
}

void
mst_nyquistguard_process (MstNyquistGuard *self, double *const *x, float *const *narrow, double *const *y, size_t at, size_t n_groups,
    const double *ceiling, unsigned char *active, float *const *top, float *const *bend, float *const *edge)
{
  memset (active, 0, n_groups);
  for (unsigned ch = 0; ch < self->n_channels; ch++) {
    const size_t group = at / GROUP;
    Channel *c = &self->channels[ch];
    self->kernels->trigger (narrow[ch] + at, n_groups, &self->trigger, c->state, top[ch] + group, bend[ch] + group, edge[ch] + group);
    for (size_t done = 0, n; done < n_groups; done += n) {
      const size_t out = at + done * GROUP - self->lag;
      unsigned flags[CHUNK];
      n = n_groups - done < CHUNK ? n_groups - done : CHUNK;
      memcpy (y[ch] + out, x[ch] + out, n * GROUP * sizeof (double));
      if (!raise_flags (self, c, top[ch] + group + done, edge[ch] + group + done, ceiling + done, n, flags))
        continue;
      for (size_t k = 0; k < n; k++)
        if (flags[k] != 0) {
          leave (self, flags[k], x[ch] + out + k * GROUP, y[ch] + out + k * GROUP);
          active[done + k] = 1;
        }
    }
  }
}
