/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boxcascade.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct _MstBoxCascade
{
  size_t length[3];             /* frames a box */
  size_t at[3];                 /* oldest entry of each ring */
  int64_t sum[3];               /* of each box */
  int64_t *ring[3];             /* inputs of each box */
  int64_t full[3];              /* each sum when every input is 1 */
  int64_t one;                  /* 2^bits */
  double scale;                 /* 1 / full[2] */
  size_t span, ones;            /* inputs of 1 in a row, at most span */
  int64_t memory[];
};

MstBoxCascade *
mst_boxcascade_new (size_t span)
{
  const size_t third = (span + 2) / 3;
  const size_t length[3] = { third, (span + 2 - third) / 2, span + 2 - third - (span + 2 - third) / 2 };
  const double most = (double) length[0] * (double) length[1] * (double) length[2];
  const int room = 61 - (int) ceil (log2 (most));
  MstBoxCascade *self = calloc (1, sizeof *self + (span + 2) * sizeof (int64_t));

  if (!self)
    return NULL;
  self->span = span;
  self->one = (int64_t) 1 << (room < 36 ? room : 36);
  self->full[0] = self->one * (int64_t) length[0];
  self->full[1] = self->full[0] * (int64_t) length[1];
  self->full[2] = self->full[1] * (int64_t) length[2];
  self->scale = 1.0 / (double) self->full[2];
  for (int i = 0, at = 0; i < 3; at += (int) length[i++]) {
    self->length[i] = length[i];
    self->ring[i] = self->memory + at;
  }
  mst_boxcascade_reset (self);
  return self;
}

void
mst_boxcascade_free (MstBoxCascade *self)
{
  free (self);
}

void
mst_boxcascade_reset (MstBoxCascade *self)
{
  for (int i = 0; i < 3; i++) {
    self->at[i] = 0;
    self->sum[i] = self->full[i];
    for (size_t k = 0; k < self->length[i]; k++)
      self->ring[i][k] = i ? self->full[i - 1] : self->one;
  }
  self->ones = self->span;
}

void
mst_boxcascade_copy (MstBoxCascade *to, const MstBoxCascade *from)
{
  memcpy (to->at, from->at, sizeof to->at);
  memcpy (to->sum, from->sum, sizeof to->sum);
  memcpy (to->memory, from->memory, (from->span + 2) * sizeof (int64_t));
  to->ones = from->ones;
}

int
mst_boxcascade_process (MstBoxCascade *self, const double *cells, size_t n_cells, size_t cell_frames, double *out)
{
  int64_t *const r0 = self->ring[0], *const r1 = self->ring[1], *const r2 = self->ring[2];
  const size_t n0 = self->length[0], n1 = self->length[1], n2 = self->length[2];
  size_t a0 = self->at[0], a1 = self->at[1], a2 = self->at[2];
  int64_t s0 = self->sum[0], s1 = self->sum[1], s2 = self->sum[2];
  const int64_t full = self->full[2];
  int below = 0;

  for (size_t c = 0; c < n_cells; c++, out += cell_frames) {
    if (cells[c] >= 1.0 && self->ones >= self->span) {  /* at rest: every entry is its box's full value */
      for (size_t i = 0; i < cell_frames; i++)
        out[i] = 1.0;
      continue;
    }
    self->ones = cells[c] >= 1.0 ? self->ones + cell_frames : 0;
    const int64_t q = (int64_t) (cells[c] * (double) self->one);
    for (size_t i = 0; i < cell_frames; i++) {
      s0 += q - r0[a0];
      r0[a0] = q;
      a0 = a0 + 1 == n0 ? 0 : a0 + 1;
      s1 += s0 - r1[a1];
      r1[a1] = s0;
      a1 = a1 + 1 == n1 ? 0 : a1 + 1;
      s2 += s1 - r2[a2];
      r2[a2] = s1;
      a2 = a2 + 1 == n2 ? 0 : a2 + 1;
      out[i] = s2 == full ? 1.0 : (double) s2 * self->scale;
    }
    below = 1;
  }
  self->at[0] = a0;
  self->at[1] = a1;
  self->at[2] = a2;
  self->sum[0] = s0;
  self->sum[1] = s1;
  self->sum[2] = s2;
  return below;
}
