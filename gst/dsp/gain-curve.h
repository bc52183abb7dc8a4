/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The static curve of a band: level in dB to change of gain in dB, by frame, its parameters moving.
 *
 * With s (d) the knee of width W (Giannoulis, Massberg, Reiss: Digital Dynamic Range Compressor Design, JAES 60(6), 2012, eq. 4):
 *     s = 0 for d <= -W/2;  (d + W/2)^2 / (2 W) between;  d for d >= W/2
 * and o the level over the threshold:
 *     compress   -(1 - 1/ratio) s (o)       limit    -s (o)
 *     upward     +(1 - 1/ratio) s (-o), the level taken as at least -70 dB
 *     expand     -(ratio - 1) s (-o)        gate     -100 s (-o)
 * each within -range ... +range. Float: within 2e-5 dB. */
#pragma once

#include <stddef.h>

#include "gaincomputer-kernels.h"
#include "line.h"

#define MST_GAIN_BLOCK 256      /* most frames in a call */

typedef enum
{
  MST_GAIN_COMPRESS,
  MST_GAIN_UPWARD,
  MST_GAIN_EXPAND,
  MST_GAIN_GATE,
  MST_GAIN_LIMIT
} MstGainMode;

typedef float MstGainBlock[MST_GAIN_BLOCK];

enum { MST_GAIN_THRESHOLD, MST_GAIN_HALF_KNEE, MST_GAIN_SLOPE, MST_GAIN_RANGE, MST_GAIN_N_SHAPE };

typedef struct
{
  MstGainMode mode;
  MstLine shape[MST_GAIN_N_SHAPE];      /* dB, dB, dB per dB of s, dB */
  MstGainBlock value[MST_GAIN_N_SHAPE], bend;   /* by frame; bend is 1/(2 W) or 0 */
  /* After a change of mode: the curve of before, as it stood, fades out (fade goes from 1 to 0) */
  MstGainMode old_mode;
  float old[MST_GAIN_N_SHAPE];
  MstLine fade;
  int rests;                    /* nothing moves, and all values hold their targets */
  MstGainBlock fade_value, scratch[2];
} MstGainCurve;

void mst_gain_curve_set (MstGainCurve *, MstGainMode, double threshold_db, double ratio, double knee_db, double range_db,
    size_t ramp_frames);
/* To where all is heading, at once */
void mst_gain_curve_land (MstGainCurve *);
/* On by @n_frames; then apply, for any number of channels, gives their changes */
void mst_gain_curve_advance (MstGainCurve *, size_t n_frames);
void mst_gain_curve_apply (MstGainCurve *, const MstGainComputerKernels *, const float *level, float *change, size_t n_frames);
/* Whether the gain falls as the level rises */
int mst_gain_mode_is_downward_with_level (MstGainMode);
