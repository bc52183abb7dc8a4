/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Planar audio addressed by absolute frame: remembers the last @capacity frames written. Frames not written yet,
 * or overwritten since, read as whatever is there; the caller keeps within the capacity. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct _MstRing MstRing;

/* Holds at least @min_frames. NULL if memory is short. */
MstRing *mst_ring_new (unsigned n_channels, size_t min_frames);
size_t mst_ring_capacity (const MstRing *ring);
/* Frames @first … @first + @n_frames - 1 from / to planes[channel][offset …]. @n_frames <= capacity. */
void mst_ring_write (MstRing *ring, uint64_t first, double *const *planes, size_t offset, size_t n_frames);
void mst_ring_read (const MstRing *ring, uint64_t first, double *const *planes, size_t offset, size_t n_frames);
void mst_ring_free (MstRing *ring);
