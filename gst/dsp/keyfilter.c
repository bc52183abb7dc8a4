/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keyfilter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GROUP 4                 /* filters that run side by side: one alone waits for each operation */

struct _MstKeyFilter
{
  double rate_hz;
  unsigned n_signals;
  double a1, a2, a3;
  double (*state)[2];           /* integrators: band-pass, low-pass */
};

MstKeyFilter *
mst_key_filter_new (double rate_hz, unsigned n_signals)
{
  MstKeyFilter *f = calloc (1, sizeof *f);
  if (f == NULL)
    return NULL;
  f->rate_hz = rate_hz;
  f->n_signals = n_signals;
  f->state = calloc (n_signals, sizeof *f->state);
  if (f->state == NULL) {
    mst_key_filter_free (f);
    return NULL;
  }
  mst_key_filter_set (f, 100.0);
  return f;
}

void
mst_key_filter_set (MstKeyFilter *f, double hz)
{
  const double g = tan (M_PI * fmin (hz / f->rate_hz, 0.45));
  f->a1 = 1.0 / (1.0 + g * (g + M_SQRT2));
  f->a2 = g * f->a1;
  f->a3 = g * f->a2;
}

/* high = x - sqrt 2 band - low */
static inline void
run (const MstKeyFilter *f, double (*state)[2], const double *const *in, double *const *out, const unsigned n_signals, size_t n_frames)
{
  const double a1 = f->a1, a2 = f->a2, a3 = f->a3;
  for (size_t i = 0; i < n_frames; i++)
    for (unsigned k = 0; k < n_signals; k++) {
      const double rest = in[k][i] - state[k][1];
      const double band = a1 * state[k][0] + a2 * rest;
      const double low = state[k][1] + (a2 * state[k][0] + a3 * rest);
      state[k][0] = 2.0 * band - state[k][0];
      state[k][1] = 2.0 * low - state[k][1];
      out[k][i] = in[k][i] - M_SQRT2 * band - low;
    }
}

void
mst_key_filter_process (MstKeyFilter *f, const double *const *in, double *const *out, size_t n_frames)
{
  for (unsigned first = 0; first < f->n_signals; first += GROUP) {
    if (f->n_signals - first >= GROUP)
      run (f, f->state + first, in + first, out + first, GROUP, n_frames);
    else
      run (f, f->state + first, in + first, out + first, f->n_signals - first, n_frames);
  }
}

void
mst_key_filter_reset (MstKeyFilter *f)
{
  memset (f->state, 0, f->n_signals * sizeof *f->state);
}

void
mst_key_filter_free (MstKeyFilter *f)
{
  if (f == NULL)
    return;
  free (f->state);
  free (f);
}
