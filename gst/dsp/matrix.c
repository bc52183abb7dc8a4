/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* in -> P -> (M, S) -> Q -> out, with M = (L + R)/2 and S = (L - R)/2:
 *     stereo   P = H X          Q = Z B H^-1 G
 *     encode   P = c H Z B X    Q = mono G         c = 1 (half) or sqrt 2 (orthonormal)
 *     decode   P = 1/c          Q = Z B X H^-1 G
 * H is that M/S matrix; X polarity, then swap; G = diag (mid gain, side gain * width), solo of one of them;
 * B balance b: left * min (1, 1 - b), right * min (1, 1 + b); Z solo left or right, then mono.
 * Without mono-below out = (Q P) in, in one step; with it Q times what mono-bass.c says has to be added to M and S.
 * At the defaults Q P is exactly 1 and nothing is touched. A plain orthonormal encoder or decoder rounds once
 * (ortho.c). A change moves every element of P, Q and Q P on a straight line, frame k of n at k/n of the way.
 * No latency. Blumlein: GB 394325, 1931 (sum and difference). */
#include "matrix.h"

#include "decibel.h"
#include "matrix-kernels.h"
#include "mono-bass.h"
#include "mst-orc-matrix.h"
#include "ortho.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 256
#define WARNING_S 3.0

typedef struct
{
  double m[4];                  /* out0 = m[0] in0 + m[1] in1, out1 = m[2] in0 + m[3] in1 */
} Matrix;

typedef struct
{
  Matrix from, to;              /* @to stands when the ramp is over */
} Ramp;

struct _MstMatrix
{
  double rate_hz;
  MstMatrixParams params;
  Ramp whole, pre, post;        /* Q P, P, Q */
  size_t ramp_frames, ramp_done;        /* of all three */
  MstMonoBass bass;
  MstStereoStat stat;
  const MstMatrixKernels *kernels;
  double g[BLOCK];              /* part of the way, 0 to 1, of each frame of the block */
  double mid[BLOCK], side[BLOCK];
};

static const Matrix IDENTITY = { {1.0, 0.0, 0.0, 1.0} };
static const Matrix HALF = { {0.5, 0.5, 0.5, -0.5} };
static const Matrix SUM = { {1.0, 1.0, 1.0, -1.0} };
static const Matrix SWAP = { {0.0, 1.0, 1.0, 0.0} };

/* a after b */
static Matrix
after (Matrix a, Matrix b)
{
  return (Matrix) { {
      a.m[0] * b.m[0] + a.m[1] * b.m[2], a.m[0] * b.m[1] + a.m[1] * b.m[3],
      a.m[2] * b.m[0] + a.m[3] * b.m[2], a.m[2] * b.m[1] + a.m[3] * b.m[3]
    } };
}

static Matrix
diagonal (double a, double b)
{
  return (Matrix) { {a, 0.0, 0.0, b} };
}

static bool
same (const Matrix *a, const Matrix *b)
{
  for (int i = 0; i < 4; i++)
    if (a->m[i] != b->m[i])
      return false;
  return true;
}

static bool
in_range (double x, double lo, double hi)
{
  return x >= lo && x <= hi;    /* false for NaN */
}

const char *
mst_matrix_params_error (const MstMatrixParams *p)
{
  if (!in_range (p->mid_gain_db, -INFINITY, 36.0) || !in_range (p->side_gain_db, -INFINITY, 36.0))
    return "a gain is above 36 dB";
  if (!in_range (p->width, 0.0, 2.0))
    return "the width is not within 0 and 2";
  if (!in_range (p->mono_below_hz, 0.0, 1000.0))
    return "mono-below is not within 0 and 1000 Hz";
  if (!in_range (p->balance, -1.0, 1.0))
    return "the balance is not within -1 and 1";
  if (!in_range (p->grid, 0.0, 1.0))
    return "the grid is not within 0 and 1";
  return NULL;
}

static void
build (const MstMatrixParams *p, Matrix *pre, Matrix *post)
{
  const Matrix polarity = diagonal (p->invert_left ? -1.0 : 1.0, p->invert_right ? -1.0 : 1.0);
  const Matrix arrange = p->swap ? after (SWAP, polarity) : polarity;
  const Matrix balance = diagonal (fmin (1.0, 1.0 - p->balance), fmin (1.0, 1.0 + p->balance));
  const Matrix side_of = diagonal (p->solo != MST_MATRIX_SOLO_RIGHT, p->solo != MST_MATRIX_SOLO_LEFT);
  const Matrix gains = diagonal (p->solo == MST_MATRIX_SOLO_SIDE ? 0.0 : mst_decibel_to_gain (p->mid_gain_db),
      p->solo == MST_MATRIX_SOLO_MID ? 0.0 : mst_decibel_to_gain (p->side_gain_db) * p->width);
  const double scale = p->scaling == MST_MATRIX_ORTHONORMAL ? M_SQRT2 : 1.0;
  const Matrix mono = { {0.5, 0.5, 0.5, 0.5} };

  switch (p->mode) {
    case MST_MATRIX_STEREO:
      *pre = after (HALF, arrange);
      *post = after (after (side_of, balance), after (SUM, gains));
      if (p->mono)
        *post = after (mono, *post);
      break;
    case MST_MATRIX_ENCODE:
      *pre = after (HALF, after (after (side_of, balance), arrange));
      *post = after (diagonal (scale, p->mono ? 0.0 : scale), gains);
      break;
    case MST_MATRIX_DECODE:
      *pre = diagonal (1.0 / scale, 1.0 / scale);
      *post = after (after (side_of, after (balance, arrange)), after (SUM, gains));
      if (p->mono)
        *post = after (mono, *post);
      break;
  }
}

MstMatrix *
mst_matrix_new (double rate_hz, const char **error)
{
  static const MstMatrixParams defaults = MST_MATRIX_DEFAULTS;
  MstMatrix *x;

  if (!in_range (rate_hz, 8000.0, 384000.0)) {
    *error = "the rate is not within 8 and 384 kHz";
    return NULL;
  }
  if (!(x = calloc (1, sizeof *x))) {
    *error = "out of memory";
    return NULL;
  }
  x->rate_hz = rate_hz;
  x->kernels = MST_KERNEL_CHOOSE (mst_matrix_kernels);
  mst_mono_bass_init (&x->bass, rate_hz);
  mst_stereo_stat_init (&x->stat, rate_hz);
  mst_matrix_set_params (x, &defaults, 0);
  return x;
}

/* Where the ramp is now becomes its start. */
static void
aim (Ramp *r, const Matrix *to, double t, size_t ramp_frames)
{
  for (int i = 0; i < 4; i++)
    r->from.m[i] = t < 1.0 ? r->from.m[i] + t * (r->to.m[i] - r->from.m[i]) : r->to.m[i];
  r->to = *to;
  if (ramp_frames == 0)
    r->from = *to;
}

void
mst_matrix_set_params (MstMatrix *x, const MstMatrixParams *params, size_t ramp_frames)
{
  Matrix pre, post, whole;
  const double t = x->ramp_done < x->ramp_frames ? (double) x->ramp_done / (double) x->ramp_frames : 1.0;

  build (params, &pre, &post);
  whole = after (post, pre);
  x->params = *params;
  mst_mono_bass_set (&x->bass, params->mono_below_hz, params->mono_phase == MST_MATRIX_MATCHED,
      params->grid, ramp_frames);
  if (ramp_frames > 0 && same (&pre, &x->pre.to) && same (&post, &x->post.to))
    return;                     /* a ramp on its way goes on */
  aim (&x->pre, &pre, t, ramp_frames);
  aim (&x->post, &post, t, ramp_frames);
  aim (&x->whole, &whole, t, ramp_frames);
  x->ramp_frames = ramp_frames;
  x->ramp_done = 0;
}

/* io = r io */
static void
apply_moving (const Ramp *r, const double *g, double *y0, double *y1, size_t n)
{
  const double *a = r->from.m, *b = r->to.m;
  mst_orc_matrix_ramp (y0, y1, g, a[0], a[1], a[2], a[3], b[0] - a[0], b[1] - a[1], b[2] - a[2], b[3] - a[3], (int) n);
}

/* y += r x */
static void
add_moving (const Ramp *r, const double *g, double *y0, double *y1, const double *x0, const double *x1, size_t n)
{
  const double *a = r->from.m, *b = r->to.m;
  mst_orc_matrix_add_ramp (y0, y1, x0, x1, g, a[0], a[1], a[2], a[3],
      b[0] - a[0], b[1] - a[1], b[2] - a[2], b[3] - a[3], (int) n);
}

/* The whole matrix is an orthonormal encoder or decoder and nothing else. */
static bool
is_ortho (const MstMatrix *x)
{
  const double c = x->whole.to.m[0];
  const Matrix plain = { {c, c, c, -c} };
  return x->params.scaling == MST_MATRIX_ORTHONORMAL && x->params.mode != MST_MATRIX_STEREO
      && fabs (c - M_SQRT1_2) < 1e-15 && same (&x->whole.to, &plain);
}

/* @g: how far the matrices have moved in each frame. */
static void
process_moving (MstMatrix *x, double *y0, double *y1, const double *g, size_t n)
{
  const bool bass = mst_mono_bass_is_active (&x->bass);

  if (bass) {
    memcpy (x->mid, y0, n * sizeof *y0);
    memcpy (x->side, y1, n * sizeof *y1);
    apply_moving (&x->pre, g, x->mid, x->side, n);
    mst_mono_bass_process (&x->bass, x->mid, x->side, n);
  }
  apply_moving (&x->whole, g, y0, y1, n);
  if (bass)
    add_moving (&x->post, g, y0, y1, x->mid, x->side, n);
}

static void
process_standing (MstMatrix *x, double *y0, double *y1, size_t n)
{
  const double *whole = x->whole.to.m;

  if (mst_mono_bass_is_active (&x->bass)) {
    x->kernels->apply (x->pre.to.m, y0, y1, x->mid, x->side, n);
    mst_mono_bass_process (&x->bass, x->mid, x->side, n);
    if (is_ortho (x)) {
      mst_ortho (y0, y1, n);
      whole = IDENTITY.m;
    }
    x->kernels->apply_and_add (whole, y0, y1, x->post.to.m, x->mid, x->side, n);
  } else if (is_ortho (x)) {
    mst_ortho (y0, y1, n);
  } else if (!same (&x->whole.to, &IDENTITY)) {
    x->kernels->apply (whole, y0, y1, y0, y1, n);
  }
}

static void
measure (MstMatrix *x, const double *left, const double *right, size_t n)
{
  x->kernels->apply (HALF.m, left, right, x->mid, x->side, n);
  mst_stereo_stat_process (&x->stat, x->mid, x->side, n);
}

void
mst_matrix_process (MstMatrix *x, double *const *io, size_t n_frames)
{
  const bool measured = x->params.measure, encode = x->params.mode == MST_MATRIX_ENCODE;

  for (size_t i = 0; i < n_frames;) {
    size_t n = n_frames - i < BLOCK ? n_frames - i : BLOCK;
    const double *g = NULL;

    if (x->ramp_done + 1 < x->ramp_frames) {    /* the last frame of a ramp is the goal itself */
      const double per_frame = 1.0 / (double) x->ramp_frames;
      if (n > x->ramp_frames - 1 - x->ramp_done)
        n = x->ramp_frames - 1 - x->ramp_done;
      for (size_t j = 0; j < n; j++)
        x->g[j] = (double) (x->ramp_done + 1 + j) * per_frame;
      g = x->g;
    }
    if (x->bass.mix_done < x->bass.mix_frames && n > x->bass.mix_frames - x->bass.mix_done)
      n = x->bass.mix_frames - x->bass.mix_done;        /* it may fall asleep there */
    if (measured && encode)
      measure (x, io[0] + i, io[1] + i, n);
    if (g)
      process_moving (x, io[0] + i, io[1] + i, g, n);
    else
      process_standing (x, io[0] + i, io[1] + i, n);
    if (measured && !encode)
      measure (x, io[0] + i, io[1] + i, n);
    if (x->ramp_done < x->ramp_frames)
      x->ramp_done = x->ramp_frames - x->ramp_done > n ? x->ramp_done + n : x->ramp_frames;
    i += n;
  }
}

size_t
mst_matrix_process_packed (MstMatrix *x, float *frames, size_t n_frames)
{
  if (x->params.measure || x->ramp_done < x->ramp_frames || mst_mono_bass_is_active (&x->bass) || x->bass.mix_done < x->bass.mix_frames
      || is_ortho (x) || same (&x->whole.to, &IDENTITY))
    return 0;
  return x->kernels->apply_packed (x->whole.to.m, frames, n_frames);
}

void
mst_matrix_interval (MstMatrix *x, MstStereoSums *sums)
{
  mst_stereo_stat_interval (&x->stat, sums);
}

void
mst_matrix_now (const MstMatrix *x, MstMatrixNow *now)
{
  const double patience = WARNING_S * x->rate_hz;
  now->correlation = mst_stereo_correlation (&x->stat.heard);
  now->mono_loss = mst_stereo_mono_loss (&x->stat.weighed);
  now->warning = x->stat.negative_frames >= patience ? MST_MATRIX_OUT_OF_PHASE :
      x->stat.lossy_frames >= patience ? MST_MATRIX_LOSSY : MST_MATRIX_SAFE;
}

void
mst_matrix_reset (MstMatrix *x)
{
  x->ramp_frames = x->ramp_done = 0;
  mst_mono_bass_reset (&x->bass);
  mst_stereo_stat_reset (&x->stat);
}

void
mst_matrix_free (MstMatrix *x)
{
  free (x);
}
