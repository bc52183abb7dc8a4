/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "limiterhold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "slidingmin.h"

#define WINDOWS 4
#define UNEVEN 0.057564627324851 /* 0.5 dB: from there on nothing is held; from half of it on less */

struct _MstLimiterHold
{
  MstSlidingMin *min;
  size_t max_window, brief;
  size_t ones;                  /* cells of 1 in a row, at most max_window */
  size_t known;                 /* lowest values kept, at most all that are looked back at */
  size_t now, mask;             /* place of the newest; size of the ring - 1, a power of two */
  double lowest[];
};

static size_t
memory_of (size_t mask)
{
  return sizeof (MstLimiterHold) + (mask + 1) * sizeof (double);
}

MstLimiterHold *
mst_limiterhold_new (size_t max_window, size_t brief)
{
  size_t size = 4;
  while (size < (WINDOWS - 1) * max_window + 1)
    size *= 2;
  MstLimiterHold *self = calloc (1, memory_of (size - 1));
  if (!self)
    return NULL;
  self->mask = size - 1;
  self->max_window = max_window;
  self->brief = brief;
  if (!(self->min = mst_slidingmin_new (max_window, brief))) {
    free (self);
    return NULL;
  }
  mst_limiterhold_reset (self);
  return self;
}

void
mst_limiterhold_free (MstLimiterHold *self)
{
  if (!self)
    return;
  mst_slidingmin_free (self->min);
  free (self);
}

void
mst_limiterhold_reset (MstLimiterHold *self)
{
  mst_slidingmin_reset (self->min);
  self->ones = self->max_window;
  self->known = 0;
}

void
mst_limiterhold_copy (MstLimiterHold *to, const MstLimiterHold *from)
{
  MstSlidingMin *min = to->min;

  mst_slidingmin_copy (min, from->min);
  memcpy (to, from, memory_of (from->mask));
  to->min = min;
}

int
mst_limiterhold_is_resting (const MstLimiterHold *self)
{
  return self->ones >= self->max_window;
}

/* m, @windows_ago windows of @window ago. */
static inline double
lowest_then (const MstLimiterHold *self, size_t windows_ago, size_t window)
{
  return windows_ago * window < self->known ? self->lowest[(self->now - windows_ago * window) & self->mask] : 1.0;
}

static double
hold (const MstLimiterHold *self, double m, size_t window)
{
  const double once = lowest_then (self, 1, window), twice = lowest_then (self, 2, window), thrice = lowest_then (self, 3, window);
  const double d = fmax (fabs (m - 2.0 * once + twice), fabs (once - 2.0 * twice + thrice));

  if (d >= UNEVEN * m)
    return 1.0;
  if (d <= 0.5 * UNEVEN * m)
    return m;
  const double u = 2.0 * d / (UNEVEN * m) - 1.0;
  return 1.0 - (1.0 - m) * (1.0 - u * u * (3.0 - 2.0 * u));
}

double
mst_limiterhold_push (MstLimiterHold *self, double allowed, size_t window, double *held)
{
  double b;

  *held = 1.0;
  if (self->ones >= self->max_window) {
    if (allowed >= 1.0)
      return 1.0;
    mst_limiterhold_reset (self);
  }
  self->ones = allowed < 1.0 ? 0 : self->ones + 1;
  const double m = mst_slidingmin_push (self->min, allowed, window, &b);
  if (window <= self->brief) {
    self->known = 0;
    return b;
  }
  self->lowest[++self->now & self->mask] = m;
  self->known += self->known <= self->mask;
  if (m < 1.0)
    *held = hold (self, m, window);
  return b;
}
