/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 10^(dB/20), exactly 1 at 0 dB. */
#pragma once

#include <math.h>

static inline double
mst_decibel_to_gain (double db)
{
  return db == 0.0 ? 1.0 : pow (10.0, db / 20.0);
}
