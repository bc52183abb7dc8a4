/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filters that move rounding noise to where the ear does not hear it. See shaper.c. */
#pragma once

enum
{ MST_SHAPER_ORDER = 16 };

/* The noise is filtered by A(z) = a[0] + a[1] z^-1 + … + a[order] z^-order, a[0] = 1. */
typedef struct
{
  unsigned order;               /* 12 or 16 */
  double a[1 + MST_SHAPER_ORDER];
} MstShaper;

/* Threshold of hearing in quiet, dB SPL. 20 Hz to 20 kHz; below 20 Hz as at 20, above as the formula goes on. */
double mst_hearing_threshold_db (double frequency_hz);
/* @span_db: how far above its lowest point the curve is followed. */
void mst_shaper_design (MstShaper *, double rate_hz, unsigned order, double span_db);
