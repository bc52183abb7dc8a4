/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels of envelope.c. Four signals side by side, each a lane. Private. */
#pragma once

#include <stddef.h>

#define MST_ENVELOPE_LANES 4
#define MST_ENVELOPE_MAX_SECTIONS 8     /* of each of the two branches */
#define MST_ENVELOPE_COARSE 2    /* sections of each branch, the first, that are a pair by themselves */
#define MST_ENVELOPE_LIMIT 1e15f        /* +300 dBFS: its square is still a float */

typedef struct
{
  /* At each node of the cascades the value when it last ran, two frames ago: [node][branch][lane]; node 0 is the input */
  float past[MST_ENVELOPE_MAX_SECTIONS + 1][2][MST_ENVELOPE_LANES];
  float last[MST_ENVELOPE_LANES];       /* the input one frame ago */
  float power[MST_ENVELOPE_LANES];      /* at the last even frame */
  float most[MST_ENVELOPE_LANES];       /* times the power of the coarse pair is the most that there can be */
} MstEnvelopeState;

typedef struct
{
  /* @a: coefficients by branch; @parity: of the first frame since reset; @x, @power: by lane, 1 to MST_ENVELOPE_LANES */
  void (*run) (const float a[2][MST_ENVELOPE_MAX_SECTIONS], unsigned n_sections, unsigned parity, MstEnvelopeState *,
      const double *const *x, float *const *power, unsigned n_lanes, size_t n_frames);
} MstEnvelopeKernels;

/* The same for one or two lanes, which it leaves and finds where the other does */
typedef struct
{
  void (*run) (const float a[2][MST_ENVELOPE_MAX_SECTIONS], unsigned n_sections, unsigned parity, MstEnvelopeState *,
      const double *const *x, float *const *power, unsigned n_lanes, size_t n_frames);
} MstEnvelopePairKernels;
