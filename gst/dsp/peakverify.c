/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peakverify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "interpolation.h"
#include "peakverify-kernels.h"
#include "truepeak.h"

#define GROUP MST_PEAKVERIFY_GROUP
#define PAIRS MST_PEAKVERIFY_PAIRS
#define BOTH_SHARP_TAPS 56
#define BOTH_SOFT_TAPS 72
#define SHARP_EDGE 0.95
#define SOFT_EDGE 0.907         /* 20 kHz at 44.1 kHz */
#define TWENTY_KHZ 20000.0
#define TWENTY_TAPS 48
#define TOP_TAPS MST_PEAKVERIFY_TOP_TAPS
#define TOP_BEFORE 44           /* frames before a group that they read: its middle is theirs */
#define TOP_LEAST 0.001
#define ON_TOP 1.00346f         /* 0.03 dB */

struct _MstPeakVerify
{
  const MstPeakVerifyKernels *kernels;
  float folded[7 * PAIRS], row[2 * PAIRS];      /* for eighths.h */
  MstTruePeak *sharp, *soft;
  MstTruePeak *early;           /* rolls off below what the guard looks at; or NULL */
  float even[TOP_TAPS], odd[TOP_TAPS];  /* what lies above 20 kHz, about the middle of it */
};

/* A tone of amplitude 1 reads 0.0001 at @from (of Nyquist, as all here), 0.04 at 0.03 above it, near 1 from 0.09 on: Blackman, 96 taps. What the soft
 * filter takes out of it is at most 3 times as much. */
static void
design_top (MstPeakVerify *self, double from)
{
  const double middle = from + 0.1, half = 0.04;

  for (int i = 0; i < TOP_TAPS; i++) {
    const double t = i - 0.5 * (TOP_TAPS - 1), turn = 2.0 * M_PI * (i + 0.5) / TOP_TAPS;
    const double low_pass = 2.0 * sin (M_PI * half * t) / (M_PI * t) * (0.42 - 0.5 * cos (turn) + 0.08 * cos (2.0 * turn));
    self->even[i] = (float) (low_pass * cos (M_PI * middle * t));
    self->odd[i] = (float) (low_pass * sin (M_PI * middle * t));
  }
}

MstPeakVerify *
mst_peakverify_new (double rate_hz)
{
  MstPeakVerify *self = calloc (1, sizeof *self);
  double h[2 * PAIRS];

  if (!self)
    return NULL;
  self->kernels = MST_KERNEL_CHOOSE (mst_peakverify_kernels);
  for (int p = 1; p < 8; p += p == 4 ? 3 : 1) {
    mst_interpolation_least_squares (2 * PAIRS, SHARP_EDGE, p / 8.0, h);
    mst_interpolation_eighth (h, PAIRS, p, self->folded, self->row);
  }
  self->sharp = mst_truepeak_new_by (MST_TRUEPEAK_SHARP, BOTH_SHARP_TAPS, SHARP_EDGE);
  self->soft = mst_truepeak_new_by (MST_TRUEPEAK_SOFT, BOTH_SOFT_TAPS, SOFT_EDGE);
  const int has_early = rate_hz > 44100.0 && rate_hz <= 52000.0;
  if (has_early) {
    self->early = mst_truepeak_new_by (MST_TRUEPEAK_SOFT, TWENTY_TAPS, TWENTY_KHZ / (0.5 * rate_hz));
    design_top (self, TWENTY_KHZ / (0.5 * rate_hz));
  }
  if (!self->sharp || !self->soft || (has_early && !self->early)) {
    mst_peakverify_free (self);
    return NULL;
  }
  return self;
}

void
mst_peakverify_free (MstPeakVerify *self)
{
  if (!self)
    return;
  mst_truepeak_free (self->sharp);
  mst_truepeak_free (self->soft);
  mst_truepeak_free (self->early);
  free (self);
}

/* p[k] to what the soft filter @by reads, where that is more. */
static void
raise_to (const MstTruePeak *by, const float *x, size_t n_groups, float *p)
{
  float soft[MST_PEAKVERIFY_GROUPS];

  mst_truepeak_detect (by, x, n_groups, 0.0f, NULL, soft);
  for (size_t k = 0; k < n_groups; k++)
    p[k] = ON_TOP * soft[k] > p[k] ? ON_TOP * soft[k] : p[k];
}

static int
has_top (const MstPeakVerify *self, const float *x, double peak)
{
  return self->kernels->power (x - TOP_BEFORE, self->even, self->odd) > TOP_LEAST * TOP_LEAST * peak * peak;
}

/* @n_groups that are read in the same way. */
static void
read_run (const MstPeakVerify *self, const float *x, size_t n_groups, MstPeakVerifyBy by, float *p)
{
  if (by == MST_PEAKVERIFY_SHARP) {
    for (size_t k = 0; k < n_groups; k++) {
      p[k] = self->kernels->sharp (x + GROUP * k, self->folded, self->row);
      if (self->early && has_top (self, x + GROUP * k, p[k]))
        raise_to (self->early, x + GROUP * k, 1, p + k);
    }
    return;
  }
  if (by >= MST_PEAKVERIFY_SOFT)
    memset (p, 0, n_groups * sizeof *p);
  else
    mst_truepeak_detect (self->sharp, x, n_groups, 0.0f, NULL, p);
  for (size_t k = 0; k < n_groups; k++)
    p[k] *= ON_TOP;
  if (self->early)
    raise_to (self->early, x, n_groups, p);
  if (!self->early || by == MST_PEAKVERIFY_ALL || by == MST_PEAKVERIFY_SOFTS)
    raise_to (self->soft, x, n_groups, p);
}

int
mst_peakverify_has_top (const MstPeakVerify *self, const double *x, double peak)
{
  float narrow[TOP_TAPS];

  if (!self->early)
    return 0;
  for (int i = 0; i < TOP_TAPS; i++)
    narrow[i] = (float) x[i - TOP_BEFORE];
  return has_top (self, narrow + TOP_BEFORE, peak);
}

void
mst_peakverify_read (const MstPeakVerify *self, const double *x, size_t n_groups, const unsigned char *by, float *p)
{
  float block[MST_PEAKVERIFY_BEFORE + GROUP * MST_PEAKVERIFY_GROUPS + MST_PEAKVERIFY_AFTER];
  const float *narrow = block + MST_PEAKVERIFY_BEFORE;

  for (size_t i = 0; i < MST_PEAKVERIFY_BEFORE + GROUP * n_groups + MST_PEAKVERIFY_AFTER; i++)
    block[i] = (float) x[(ptrdiff_t) i - MST_PEAKVERIFY_BEFORE];
  for (size_t k = 0, to; k < n_groups; k = to) {
    for (to = k + 1; to < n_groups && by[to] == by[k]; to++);
    read_run (self, narrow + GROUP * k, to - k, (MstPeakVerifyBy) by[k], p + k);
  }
}
