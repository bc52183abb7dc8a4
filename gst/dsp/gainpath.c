/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gainpath.h"

#include <stdlib.h>

#include "boxcascade.h"
#include "slidingmin.h"

struct _MstGainPath
{
  size_t cell_frames, max_window;
  size_t ones;                  /* cells of 1 in a row, at most max_window: then the minimum holds nothing else */
  MstSlidingMin *min;
  MstBoxCascade *boxes;
  MstLimiterReleaseState release;
};

MstGainPath *
mst_gainpath_new (size_t span, size_t cell_frames, size_t max_window)
{
  MstGainPath *self = calloc (1, sizeof *self);
  if (!self)
    return NULL;
  self->cell_frames = cell_frames;
  self->max_window = max_window;
  self->min = mst_slidingmin_new (max_window);
  self->boxes = mst_boxcascade_new (span);
  if (!self->min || !self->boxes) {
    mst_gainpath_free (self);
    return NULL;
  }
  mst_gainpath_reset (self);
  return self;
}

void
mst_gainpath_free (MstGainPath *self)
{
  if (!self)
    return;
  mst_slidingmin_free (self->min);
  mst_boxcascade_free (self->boxes);
  free (self);
}

void
mst_gainpath_reset (MstGainPath *self)
{
  mst_slidingmin_reset (self->min);
  mst_boxcascade_reset (self->boxes);
  self->release = (MstLimiterReleaseState) { 1.0, 1.0 };
  self->ones = self->max_window;
}

void
mst_gainpath_copy (MstGainPath *to, const MstGainPath *from)
{
  mst_slidingmin_copy (to->min, from->min);
  mst_boxcascade_copy (to->boxes, from->boxes);
  to->release = from->release;
  to->ones = from->ones;
}

int
mst_gainpath_is_resting (const MstGainPath *self)
{
  return self->ones >= self->max_window && self->release.gain >= 1.0 && self->release.slow >= 1.0 && mst_boxcascade_is_resting (self->boxes);
}

double
mst_gainpath_required (const MstGainPath *self)
{
  return self->ones < self->max_window ? mst_slidingmin_lowest (self->min) : 1.0;
}

double
mst_gainpath_push (MstGainPath *self, const MstLimiterRelease *release, size_t window, double allowed)
{
  double e = 1.0;

  if (allowed < 1.0 || self->ones < self->max_window) {
    if (self->ones >= self->max_window) /* what it holds has left long ago */
      mst_slidingmin_reset (self->min);
    e = mst_slidingmin_push (self->min, allowed, window);
    self->ones = allowed < 1.0 ? 0 : self->ones + 1;
  }
  if (release && (e < 1.0 || self->release.gain < 1.0 || self->release.slow < 1.0))
    e = mst_limiterrelease_step (release, &self->release, e);
  return e;
}

int
mst_gainpath_smooth (MstGainPath *self, const double *targets, size_t n_cells, double *gain)
{
  return mst_boxcascade_process (self->boxes, targets, n_cells, self->cell_frames, gain);
}
