/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "meansquare.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 64
#define GROUP 4                 /* sums that run side by side: one alone waits for each addition */
#define LIMIT 1e15              /* +300 dBFS: its square is still a float */

typedef struct
{
  size_t window, at;            /* frames; the oldest square of the ring */
  float *square;
  double sum;                   /* of the ring */
} Window;

struct _MstMeanSquare
{
  unsigned n_signals;
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

/* Squares of @n frames into the ring, at most to its end; @change: what that does to its sum, by frame */
static void
exchange (Window *w, const double *x, double *change, size_t n)
{
  float *restrict ring = w->square + w->at;
  for (size_t i = 0; i < n; i++) {
    const double limited = x[i] > LIMIT ? LIMIT : x[i] < -LIMIT ? -LIMIT : x[i];
    const float square = (float) (limited * limited);
    change[i] = (double) square - (double) ring[i];
    ring[i] = square;
  }
}

static void
settle (Window *w, size_t n)
{
  w->at += n;
  if (w->at < w->window)
    return;
  double sum[4] = { 0 };
  size_t i = 0;
  for (; i + 4 <= w->window; i += 4)
    for (unsigned k = 0; k < 4; k++)
      sum[k] += w->square[i + k];
  for (; i < w->window; i++)
    sum[0] += w->square[i];
  w->sum = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  w->at = 0;
}

/* @n frames of @n_windows, to the end of no ring */
static inline void
run_group (Window *w, const unsigned n_windows, const double *const *x, float *const *power, size_t from, size_t n)
{
  double change[GROUP][BLOCK], sum[GROUP];
  for (unsigned k = 0; k < n_windows; k++) {
    exchange (&w[k], x[k] + from, change[k], n);
    sum[k] = w[k].sum;
  }
  for (size_t i = 0; i < n; i++)
    for (unsigned k = 0; k < n_windows; k++)
      change[k][i] = sum[k] += change[k][i];
  for (unsigned k = 0; k < n_windows; k++) {
    const double scale = 2.0 / (double) w[k].window;
    w[k].sum = sum[k];
    for (size_t i = 0; i < n; i++)
      power[k][from + i] = (float) (change[k][i] * scale);
    settle (&w[k], n);
  }
}

void
mst_mean_square_process (MstMeanSquare *m, const double *const *x, float *const *power, size_t n_frames)
{
  for (unsigned first = 0; first < m->n_signals; first += GROUP) {
    Window *w = &m->window[first];
    const unsigned n_windows = m->n_signals - first < GROUP ? m->n_signals - first : GROUP;
    for (size_t done = 0, n; done < n_frames; done += n) {
      n = n_frames - done < BLOCK ? n_frames - done : BLOCK;
      for (unsigned k = 0; k < n_windows; k++)
        n = w[k].window - w[k].at < n ? w[k].window - w[k].at : n;
      if (n_windows == GROUP)
        run_group (w, GROUP, x + first, power + first, done, n);
      else
        run_group (w, n_windows, x + first, power + first, done, n);
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
