/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stereo as a 2x2 matrix: mid/side, width, balance, polarity, solo, mono check, bass to mono.
 * No latency, any rate from 8 kHz. See matrix.c for the formulas. */
#pragma once

#include "stereo-stat.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum
{
  MST_MATRIX_STEREO,            /* L, R in and out */
  MST_MATRIX_ENCODE,            /* L, R in, M, S out */
  MST_MATRIX_DECODE             /* M, S in, L, R out */
} MstMatrixMode;

typedef enum
{
  MST_MATRIX_HALF,              /* M = (L + R)/2, S = (L - R)/2; L = M + S, R = M - S */
  MST_MATRIX_ORTHONORMAL        /* M = (L + R)/sqrt 2, S = (L - R)/sqrt 2, and the same back: energy is kept */
} MstMatrixScaling;

typedef enum
{
  MST_MATRIX_SOLO_NONE,
  MST_MATRIX_SOLO_MID,          /* S = 0 */
  MST_MATRIX_SOLO_SIDE,         /* M = 0: L = S, R = -S */
  MST_MATRIX_SOLO_LEFT,         /* R = 0 */
  MST_MATRIX_SOLO_RIGHT         /* L = 0 */
} MstMatrixSolo;

typedef enum
{
  MST_MATRIX_MATCHED,           /* the mid is turned in phase like the side */
  MST_MATRIX_MID_UNTOUCHED      /* the mid stays as it is */
} MstMatrixMonoPhase;

typedef struct
{
  MstMatrixMode mode;
  MstMatrixScaling scaling;     /* of M and S outside: encode and decode */
  double mid_gain_db;           /* -inf (silent) to +36 */
  double side_gain_db;          /* -inf (silent) to +36 */
  double width;                 /* 0 (mono) to 2; 1 = as it is */
  double mono_below_hz;         /* 0 = off; up to 1000 */
  MstMatrixMonoPhase mono_phase;
  double balance;               /* -1 (left only) to 1 (right only) */
  bool swap;                    /* left and right change places */
  bool invert_left;             /* polarity; before the swap */
  bool invert_right;
  MstMatrixSolo solo;
  bool mono;                    /* both channels (L + R)/2; encode: S = 0 */
  double grid;                  /* with mid-untouched: what goes from one channel to the other is a multiple of this,
                                 * so that their sum keeps its bits when they are on this grid; 0 = none */
  bool measure;                 /* feed the statistics */
} MstMatrixParams;

#define MST_MATRIX_DEFAULTS { .mode = MST_MATRIX_STEREO, .width = 1.0 }

/* What is not safe in mono. */
typedef enum
{
  MST_MATRIX_SAFE,
  MST_MATRIX_LOSSY,             /* mono loses more than 3 LU, for 3 s */
  MST_MATRIX_OUT_OF_PHASE       /* the correlation is below 0, for 3 s */
} MstMatrixWarning;

/* Running over 300 ms; held in silence. */
typedef struct
{
  double correlation;           /* -1 to 1 */
  double mono_loss;             /* LU, 0 to infinity */
  MstMatrixWarning warning;
} MstMatrixNow;

typedef struct _MstMatrix MstMatrix;

/* What is wrong with @params, or NULL. Static text. */
const char *mst_matrix_params_error (const MstMatrixParams *params);
MstMatrix *mst_matrix_new (double rate_hz, const char **error);
/* Every matrix element goes on a straight line to its new value within @ramp_frames (0 = at once). */
void mst_matrix_set_params (MstMatrix *, const MstMatrixParams *, size_t ramp_frames);
void mst_matrix_process (MstMatrix *, double *const *io, size_t n_frames);
/* The same, to the bit, on interleaved floats where they are, for as many frames as only a standing matrix has to be applied to and nothing is
 * measured; returns their number. What is not finite, or not as a float afterwards, ends them too: all else is for process (). */
size_t mst_matrix_process_packed (MstMatrix *, float *frames, size_t n_frames);
/* Statistics are of the left and right channel that leave; with encode, of those that come. See stereo-stat.h for what to make of
 * the sums: since the last call or the reset. */
void mst_matrix_interval (MstMatrix *, MstStereoSums *sums);
void mst_matrix_now (const MstMatrix *, MstMatrixNow *now);
void mst_matrix_reset (MstMatrix *);
void mst_matrix_free (MstMatrix *);
