/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "slidingmin.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  uint64_t at;                  /* number of the push */
  double value;
} Entry;

struct _MstSlidingMin
{
  size_t mask;                  /* ring size - 1, a power of two */
  size_t brief;
  uint64_t front, back;         /* entries front … back - 1, values rising */
  uint64_t brief_front;         /* the first of them that is in the brief window */
  uint64_t pushed;
  Entry ring[];
};

MstSlidingMin *
mst_slidingmin_new (size_t max_window, size_t brief)
{
  size_t size = 4;
  while (size < max_window + 1)
    size *= 2;
  MstSlidingMin *self = calloc (1, sizeof *self + size * sizeof (Entry));
  if (self) {
    self->mask = size - 1;
    self->brief = brief;
  }
  return self;
}

void
mst_slidingmin_free (MstSlidingMin *self)
{
  free (self);
}

void
mst_slidingmin_reset (MstSlidingMin *self)
{
  self->front = self->back = self->brief_front = self->pushed = 0;
}

void
mst_slidingmin_copy (MstSlidingMin *to, const MstSlidingMin *from)
{
  memcpy (to, from, sizeof *to + (from->mask + 1) * sizeof (Entry));
}

double
mst_slidingmin_push (MstSlidingMin *self, double value, size_t window, double *of_brief)
{
  const uint64_t now = self->pushed++;
  uint64_t front = self->front, back = self->back, first = self->brief_front;

  while (back > front && self->ring[(back - 1) & self->mask].value >= value)
    back--;
  self->ring[back & self->mask] = (Entry) { now, value };
  while (now - self->ring[front & self->mask].at >= window)
    front++;
  first = first < front ? front : first < back ? first : back;
  while (now - self->ring[first & self->mask].at >= self->brief)
    first++;
  self->front = front;
  self->back = back + 1;
  self->brief_front = first;
  *of_brief = self->ring[first & self->mask].value;
  return self->ring[front & self->mask].value;
}
