/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqleap.h"

#include <math.h>

#define FAR_BANDWIDTHS 0.35
#define FAR_Q 1.4
#define FAR_DB 12.0
#define DRAWN_FRAMES 64
#define DRAWN (0.25 * M_LN2)

static double
sharpness (MstEqType type, unsigned slope, const double *at)
{
  const bool pass = type == MST_EQ_HIGH_PASS || type == MST_EQ_LOW_PASS;
  const bool shelf = type == MST_EQ_LOW_SHELF || type == MST_EQ_HIGH_SHELF;
  if (type == MST_EQ_TILT_SHELF || ((pass || shelf) && slope == 6))
    return 0.5;
  if (pass && slope != 12)
    return 0.5 / sin (M_PI / (slope / 3.0));
  return fmax (exp (at[1]) * (type == MST_EQ_BELL ? pow (10.0, fabs (at[2]) / 40.0) : 1.0), 0.5);
}

bool
mst_eq_leaps (MstEqType type, unsigned slope, const double *from, const double *to, size_t ramp_frames, unsigned crowd)
{
  const double reach = FAR_BANDWIDTHS / fmax (sharpness (type, slope, from), sharpness (type, slope, to));
  const bool drawn = ramp_frames > 0 && ramp_frames <= DRAWN_FRAMES;
  if (crowd > MST_EQ_CROWD && !drawn)
    return to[0] != from[0] || to[1] != from[1] || to[2] != from[2];
  return fabs (to[0] - from[0]) > (drawn ? fmax (reach, DRAWN) : reach) || fabs (to[1] - from[1]) > FAR_Q || fabs (to[2] - from[2]) > FAR_DB;
}
