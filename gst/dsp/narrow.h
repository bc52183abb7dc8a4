/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Double to float, to nearest, for detectors. A plain loop: as few frames come at a time as a buffer has, and a call of ORC costs what 50 of them do. */
#pragma once

#include <stddef.h>

static inline void
mst_narrow (float *restrict to, const double *restrict from, size_t n)
{
  for (size_t i = 0; i < n; i++)
    to[i] = (float) from[i];
}
