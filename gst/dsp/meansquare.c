/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "meansquare.h"

#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "meansquare-kernels.h"

#define L MST_MEAN_SQUARE_LANES

MST_KERNEL_DECLARE (MstMeanSquareKernels, mst_mean_square_kernels);

typedef struct
{
  size_t window, at;            /* frames; the oldest square of the ring */
  float *square;
  double sum;                   /* of the ring */
} Window;

struct _MstMeanSquare
{
  unsigned n_signals;
  const MstMeanSquareKernels *kernels;
  Window *window;
  float *squares;               /* of all rings */
  size_t n_squares;
};

MstMeanSquare *
mst_mean_square_new (unsigned n_signals, const size_t *window)
{
  MstMeanSquare *m = calloc (1, sizeof *m);
  if (m == NULL)
    return NULL;
  m->n_signals = n_signals;
  m->kernels = MST_KERNEL_CHOOSE (mst_mean_square_kernels);
  for (unsigned i = 0; i < n_signals; i++)
    m->n_squares += window[i];
  m->window = calloc (n_signals, sizeof *m->window);
  m->squares = calloc (m->n_squares, sizeof *m->squares);
  if (m->window == NULL || m->squares == NULL) {
    mst_mean_square_free (m);
    return NULL;
  }
  float *at = m->squares;
  for (unsigned i = 0; i < n_signals; i++) {
    m->window[i] = (Window) { .window = window[i], .square = at };
    at += window[i];
  }
  return m;
}

/* @n frames of up to L windows, to the end of no ring */
static void
run_group (const MstMeanSquare *m, Window *w, unsigned n_windows, const double *const *x, float *const *power, size_t from, size_t n)
{
  /* Lanes without a window repeat the squares of the first, elsewhere */
  float spare_ring[MST_MEAN_SQUARE_MOST], spare_power[MST_MEAN_SQUARE_MOST];
  const double *in[L];
  float *ring[L], *out[L];
  double sum[L], scale[L];
  for (unsigned k = 0; k < L; k++) {
    const int is_used = k < n_windows;
    in[k] = x[is_used ? k : 0] + from;
    ring[k] = is_used ? w[k].square + w[k].at : spare_ring;
    out[k] = is_used ? power[k] + from : spare_power;
    sum[k] = is_used ? w[k].sum : 0.0;
    scale[k] = is_used ? 2.0 / (double) w[k].window : 0.0;
  }
  if (n_windows < L)
    memset (spare_ring, 0, sizeof spare_ring);
  m->kernels->run (in, ring, sum, scale, out, n);
  for (unsigned k = 0; k < n_windows; k++) {
    w[k].sum = sum[k];
    w[k].at += n;
    if (w[k].at == w[k].window) {
      w[k].sum = m->kernels->total (w[k].square, w[k].window);
      w[k].at = 0;
    }
  }
}

void
mst_mean_square_process (MstMeanSquare *m, const double *const *x, float *const *power, size_t n_frames)
{
  for (unsigned first = 0; first < m->n_signals; first += L) {
    Window *w = &m->window[first];
    const unsigned n_windows = m->n_signals - first < L ? m->n_signals - first : L;
    for (size_t done = 0, n; done < n_frames; done += n) {
      n = n_frames - done < MST_MEAN_SQUARE_MOST ? n_frames - done : MST_MEAN_SQUARE_MOST;
      for (unsigned k = 0; k < n_windows; k++)
        n = w[k].window - w[k].at < n ? w[k].window - w[k].at : n;
      run_group (m, w, n_windows, x + first, power + first, done, n);
    }
  }
}

void
mst_mean_square_reset (MstMeanSquare *m)
{
  memset (m->squares, 0, m->n_squares * sizeof *m->squares);
  for (unsigned i = 0; i < m->n_signals; i++) {
    m->window[i].at = 0;
    m->window[i].sum = 0.0;
  }
}

void
mst_mean_square_free (MstMeanSquare *m)
{
  if (m == NULL)
    return;
  free (m->window);
  free (m->squares);
  free (m);
}
