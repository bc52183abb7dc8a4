/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ring.h"

#include <stdlib.h>
#include <string.h>

struct _MstRing
{
  unsigned n_channels;
  size_t capacity;              /* a power of two, frames */
  double samples[];             /* channel after channel */
};

MstRing *
mst_ring_new (unsigned n_channels, size_t min_frames)
{
  size_t capacity = 1;
  while (capacity < min_frames)
    capacity *= 2;
  MstRing *ring = calloc (1, sizeof *ring + n_channels * capacity * sizeof (double));
  if (ring) {
    ring->n_channels = n_channels;
    ring->capacity = capacity;
  }
  return ring;
}

size_t
mst_ring_capacity (const MstRing *ring)
{
  return ring->capacity;
}

void
mst_ring_write (MstRing *ring, uint64_t first, double *const *planes, size_t offset, size_t n_frames)
{
  const size_t at = (size_t) (first & (ring->capacity - 1));
  const size_t head = n_frames < ring->capacity - at ? n_frames : ring->capacity - at;
  for (unsigned c = 0; c < ring->n_channels; c++) {
    double *plane = ring->samples + c * ring->capacity;
    memcpy (plane + at, planes[c] + offset, head * sizeof (double));
    if (head < n_frames)
      memcpy (plane, planes[c] + offset + head, (n_frames - head) * sizeof (double));
  }
}

void
mst_ring_read (const MstRing *ring, uint64_t first, double *const *planes, size_t offset, size_t n_frames)
{
  const size_t at = (size_t) (first & (ring->capacity - 1));
  const size_t head = n_frames < ring->capacity - at ? n_frames : ring->capacity - at;
  for (unsigned c = 0; c < ring->n_channels; c++) {
    const double *plane = ring->samples + c * ring->capacity;
    memcpy (planes[c] + offset, plane + at, head * sizeof (double));
    memcpy (planes[c] + offset + head, plane, (n_frames - head) * sizeof (double));
  }
}

void
mst_ring_free (MstRing *ring)
{
  free (ring);
}
