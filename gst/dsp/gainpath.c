/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gainpath.h"

#include <stdlib.h>

#include "boxcascade.h"
#include "limiterhold.h"

struct _MstGainPath
{
  size_t cell_frames;
  double required;              /* of the newest cell, before the release */
  MstLimiterHold *hold;
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
  self->hold = mst_limiterhold_new (max_window, MST_GAINPATH_CELLS (span, cell_frames));
  self->boxes = mst_boxcascade_new (span);
  if (!self->hold || !self->boxes) {
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
  mst_limiterhold_free (self->hold);
  mst_boxcascade_free (self->boxes);
  free (self);
}

void
mst_gainpath_reset (MstGainPath *self)
{
  mst_limiterhold_reset (self->hold);
  mst_boxcascade_reset (self->boxes);
  self->release = (MstLimiterReleaseState) { 1.0, 1.0, 1.0 };
  self->required = 1.0;
}

void
mst_gainpath_copy (MstGainPath *to, const MstGainPath *from)
{
  mst_limiterhold_copy (to->hold, from->hold);
  mst_boxcascade_copy (to->boxes, from->boxes);
  to->release = from->release;
  to->required = from->required;
}

int
mst_gainpath_is_resting (const MstGainPath *self)
{
  return mst_limiterhold_is_resting (self->hold) && mst_limiterrelease_is_resting (&self->release) && mst_boxcascade_is_resting (self->boxes);
}

double
mst_gainpath_required (const MstGainPath *self)
{
  return self->required;
}

double
mst_gainpath_push (MstGainPath *self, const MstLimiterRelease *release, size_t window, double allowed)
{
  double hold;
  const double e = mst_limiterhold_push (self->hold, allowed, window, &hold);

  if (!release)
    return self->required = e;
  self->required = 1.0;
  if (e >= 1.0 && hold >= 1.0 && mst_limiterrelease_is_resting (&self->release))
    return 1.0;
  return mst_limiterrelease_step (release, &self->release, e, hold, &self->required);
}

int
mst_gainpath_smooth (MstGainPath *self, const double *targets, size_t n_cells, double *gain)
{
  return mst_boxcascade_process (self->boxes, targets, n_cells, self->cell_frames, gain);
}
