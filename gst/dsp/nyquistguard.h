/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes out what lies next to Nyquist, only while it matters: energy there has a waveform between the
 * samples that no filter of finite length can bound (its interpolation falls as 1/k), so no limiter with a
 * few ms could hold a true-peak ceiling on it.
 *     y[n - lag] = x[n - lag] - m (x[n - lag] - (lp * x)[n - lag])
 * lp: linear phase, Kaiser; rate > 44.1 kHz: 97 taps, 1 below 0.88 and 0 above 0.97 of Nyquist, lag 48
 * frames; else 129 taps, 0.90 and 0.97, lag 64. m is 0, 1, or a triangle of 2 lag frames between them, and
 * exactly 0 when idle: then y is x to the bit. `auto`: m goes to 1 where both
 *     the highest |x| of the last 5 ms > 0.35 C, and
 *     the highest output in the last 5 ms of an elliptic high-pass behind sin^2 (pi f / 2) (-66 dB at the
 *         low-pass's edge, -90 dB at 0.16) > 0.001 C
 * (C: ceiling), and stays for 20 ms. m is complete when the frame that asked for it leaves; the ramp hides
 * in the filter's own delay. */
#pragma once

#include <stddef.h>

typedef enum
{
  MST_NYQUIST_GUARD_AUTO,
  MST_NYQUIST_GUARD_ON,
  MST_NYQUIST_GUARD_OFF
} MstNyquistGuardMode;

typedef struct _MstNyquistGuard MstNyquistGuard;

#define MST_NYQUIST_GUARD_LEVEL 0.35
#define MST_NYQUIST_GUARD_EDGE 0.001
#define MST_NYQUIST_GUARD_MAX_LAG 64

MstNyquistGuard *mst_nyquistguard_new (double rate_hz, unsigned n_channels);
void mst_nyquistguard_free (MstNyquistGuard *);
void mst_nyquistguard_reset (MstNyquistGuard *);
size_t mst_nyquistguard_lag (const MstNyquistGuard *);  /* multiple of 8 */
void mst_nyquistguard_set_mode (MstNyquistGuard *, MstNyquistGuardMode mode);

/* 8 * n_groups new frames from x[channel][at] on, and narrow[] the same as float; 2 lag before them are read too.
 * y[channel][at - lag] and on are written. ceiling[k] (linear) is that of the k-th group of new frames. active[k] is set to 1 where
 * any channel's m is above 0, else 0, and y then is x. Of each group of new frames, in every mode: top[channel][at / 8 + k], the
 * highest |x|; bend, the highest |x[n] - 2 x[n-1] + x[n-2]|; edge, the high-pass's highest output (float, within 1e-5 of full
 * scale). */
void mst_nyquistguard_process (MstNyquistGuard *, double *const *x, float *const *narrow, double *const *y, size_t at, size_t n_groups,
    const double *ceiling, unsigned char *active, float *const *top, float *const *bend, float *const *edge);
