/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gainpath.h"

#include <stdlib.h>

#include "boxcascade.h"
#include "slidingmin.h"

struct _MstGainPath
{
  size_t cell_frames;
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
}

void
mst_gainpath_copy (MstGainPath *to, const MstGainPath *from)
{
  mst_slidingmin_copy (to->min, from->min);
  mst_boxcascade_copy (to->boxes, from->boxes);
  to->release = from->release;
}

int
mst_gainpath_process (MstGainPath *self, const MstLimiterRelease *release, size_t window, double *cells, size_t n_cells, double *gain)
{
  for (size_t i = 0; i < n_cells; i++) {
    const double e = mst_slidingmin_push (self->min, cells[i], window);
    cells[i] = release ? mst_limiterrelease_step (release, &self->release, e) : e;
  }
  return mst_boxcascade_process (self->boxes, cells, n_cells, self->cell_frames, gain);
}
