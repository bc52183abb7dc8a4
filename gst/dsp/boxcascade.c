/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boxcascade.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 1024               /* frames between two moves of the histories */

struct _MstBoxCascade
{
  size_t length[3];             /* frames a box */
  size_t at;                    /* of each history, the oldest input that still counts; the next one goes `length` further */
  int64_t sum[3];               /* of each box */
  int64_t *history[3];          /* inputs of each box */
  int64_t full[3];              /* each sum when every input is 1 */
  int64_t one;                  /* 2^bits */
  double scale;                 /* 1 / full[2] */
  size_t span;
  int64_t newest;               /* input */
  size_t same;                  /* inputs in a row like it: from span on every entry of a box is the same */
  int64_t memory[];
};

static size_t
memory_of (size_t span)
{
  return (span + 2 + 3 * ROOM) * sizeof (int64_t);
}

MstBoxCascade *
mst_boxcascade_new (size_t span)
{
  const size_t third = (span + 2) / 3;
  const size_t length[3] = { third, (span + 2 - third) / 2, span + 2 - third - (span + 2 - third) / 2 };
  const double most = (double) length[0] * (double) length[1] * (double) length[2];
  const int room = 61 - (int) ceil (log2 (most));
  MstBoxCascade *self = calloc (1, sizeof *self + memory_of (span));

  if (!self)
    return NULL;
  self->span = span;
  self->one = (int64_t) 1 << (room < 36 ? room : 36);
  self->full[0] = self->one * (int64_t) length[0];
  self->full[1] = self->full[0] * (int64_t) length[1];
  self->full[2] = self->full[1] * (int64_t) length[2];
  self->scale = 1.0 / (double) self->full[2];
  int64_t *memory = self->memory;
  for (int i = 0; i < 3; i++) {
    self->length[i] = length[i];
    self->history[i] = memory;
    memory += length[i] + ROOM;
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
  self->at = 0;
  for (int i = 0; i < 3; i++) {
    self->sum[i] = self->full[i];
    for (size_t k = 0; k < self->length[i]; k++)
      self->history[i][k] = i ? self->full[i - 1] : self->one;
  }
  self->newest = self->one;
  self->same = self->span;
}

void
mst_boxcascade_copy (MstBoxCascade *to, const MstBoxCascade *from)
{
  to->at = from->at;
  memcpy (to->sum, from->sum, sizeof to->sum);
  memcpy (to->memory, from->memory, memory_of (from->span));
  to->newest = from->newest;
  to->same = from->same;
}

int
mst_boxcascade_is_resting (const MstBoxCascade *self)
{
  return self->newest == self->one && self->same >= self->span;
}

int
mst_boxcascade_process (MstBoxCascade *self, const double *cells, size_t n_cells, size_t cell_frames, double *out)
{
  int64_t s0 = self->sum[0], s1 = self->sum[1], s2 = self->sum[2];
  const int64_t full = self->full[2];
  const double scale = self->scale;
  int below = 0;

  for (size_t c = 0; c < n_cells; c++, out += cell_frames) {
    const int64_t q = (int64_t) (cells[c] * (double) self->one);
    self->same = q == self->newest ? self->same : 0;
    self->newest = q;
    if (self->same >= self->span) {     /* what comes in is what goes out */
      const double settled = s2 == full ? 1.0 : (double) s2 * scale;
      for (size_t i = 0; i < cell_frames; i++)
        out[i] = settled;
      below |= s2 != full;
      continue;
    }
    self->same += cell_frames;
    if (self->at + cell_frames > ROOM) {
      for (int i = 0; i < 3; i++)
        memmove (self->history[i], self->history[i] + self->at, self->length[i] * sizeof *self->history[i]);
      self->at = 0;
    }
    int64_t *o0 = self->history[0] + self->at, *o1 = self->history[1] + self->at, *o2 = self->history[2] + self->at;
    const size_t n0 = self->length[0], n1 = self->length[1], n2 = self->length[2];
    for (size_t i = 0; i < cell_frames; i++) {
      s0 += q - o0[i];
      o0[n0 + i] = q;
      s1 += s0 - o1[i];
      o1[n1 + i] = s0;
      s2 += s1 - o2[i];
      o2[n2 + i] = s1;
      out[i] = s2 == full ? 1.0 : (double) s2 * scale;
    }
    self->at += cell_frames;
    below = 1;
  }
  self->sum[0] = s0;
  self->sum[1] = s1;
  self->sum[2] = s2;
  return below;
}
