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
  size_t front, n;              /* entries front … front + n - 1, values rising */
  uint64_t pushed;
  Entry ring[];
};

MstSlidingMin *
mst_slidingmin_new (size_t max_window)
{
  size_t size = 4;
  while (size < max_window + 1)
    size *= 2;
  MstSlidingMin *self = calloc (1, sizeof *self + size * sizeof (Entry));
  if (self)
    self->mask = size - 1;
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
  self->front = self->n = 0;
  self->pushed = 0;
}

void
mst_slidingmin_copy (MstSlidingMin *to, const MstSlidingMin *from)
{
  memcpy (to, from, sizeof *to + (from->mask + 1) * sizeof (Entry));
}

double
mst_slidingmin_lowest (const MstSlidingMin *self)
{
  return self->n > 0 ? self->ring[self->front].value : 1.0;
}

double
mst_slidingmin_push (MstSlidingMin *self, double value, size_t window)
{
  const uint64_t now = self->pushed++;
  size_t n = self->n, front = self->front;

  while (n > 0 && self->ring[(front + n - 1) & self->mask].value >= value)
    n--;
  while (n > 0 && now - self->ring[front].at >= window) {
    front = (front + 1) & self->mask;
    n--;
  }
  self->ring[(front + n) & self->mask] = (Entry) { now, value };
  self->n = n + 1;
  self->front = front;
  return self->ring[front].value;
}
