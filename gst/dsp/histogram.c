/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLOOR_LUFS -70
#define RANGE_LU 100
#define FINE 400                /* bins a LU */
#define MIDDLE 20               /* fine bins in a middle one */

typedef struct
{
  double energy;                /* sum over its blocks */
  uint64_t count;
} Bin;

struct _MstHistogram
{
  Bin fine[RANGE_LU * FINE];
  Bin middle[RANGE_LU * FINE / MIDDLE]; /* sums over MIDDLE of them */
  Bin coarse[RANGE_LU];         /* and over FINE */
  Bin all;
  double floor_energy;
};

double
mst_energy_from_lufs (double lufs)
{
  return pow (10.0, (lufs + 0.691) / 10.0);
}

double
mst_lufs_from_energy (double energy)
{
  return energy < 1e-30 ? -INFINITY : 10.0 * log10 (energy) - 0.691;
}

MstHistogram *
mst_histogram_new (void)
{
  MstHistogram *h = calloc (1, sizeof *h);
  if (h)
    h->floor_energy = mst_energy_from_lufs (FLOOR_LUFS);
  return h;
}

void
mst_histogram_reset (MstHistogram *h)
{
  if (h->all.count == 0)
    return;                     /* memory nobody has touched stays so */
  const double floor_energy = h->floor_energy;
  memset (h, 0, sizeof *h);
  h->floor_energy = floor_energy;
}

void
mst_histogram_free (MstHistogram *h)
{
  free (h);
}

/* 0 below the range, the last above it */
static unsigned
fine_index (double energy)
{
  const double at = (mst_lufs_from_energy (energy) - FLOOR_LUFS) * FINE;
  return (unsigned) fmin (fmax (at, 0.0), RANGE_LU * FINE - 1);
}

static void
put (Bin *bin, double energy)
{
  bin->energy += energy;
  bin->count++;
}

void
mst_histogram_add (MstHistogram *h, double energy)
{
  if (energy < h->floor_energy)
    return;
  const unsigned i = fine_index (energy);
  put (&h->fine[i], energy);
  put (&h->middle[i / MIDDLE], energy);
  put (&h->coarse[i / FINE], energy);
  put (&h->all, energy);
}

uint64_t
mst_histogram_count (const MstHistogram *h)
{
  return h->all.count;
}

static double
mean (Bin bin)
{
  return bin.count ? bin.energy / (double) bin.count : 0.0;
}

double
mst_histogram_mean (const MstHistogram *h)
{
  return mean (h->all);
}

/* The first bin of those not below @gate: its own bin where that one's mean is not below it, else the next. */
static unsigned
first_above (const MstHistogram *h, double gate)
{
  const unsigned i = fine_index (gate);
  return gate > h->floor_energy && mean (h->fine[i]) < gate ? i + 1 : i;
}

static void
gather (Bin *sum, const Bin *bin)
{
  sum->energy += bin->energy;
  sum->count += bin->count;
}

static Bin
sum_from (const MstHistogram *h, unsigned first)
{
  Bin sum = { 0.0, 0 };
  unsigned i = first;
  for (; i % MIDDLE; i++)
    gather (&sum, &h->fine[i]);
  for (; i % FINE; i += MIDDLE)
    gather (&sum, &h->middle[i / MIDDLE]);
  for (; i < RANGE_LU * FINE; i += FINE)
    gather (&sum, &h->coarse[i / FINE]);
  return sum;
}

double
mst_histogram_mean_above (const MstHistogram *h, double gate)
{
  return mean (sum_from (h, first_above (h, gate)));
}

/* The @rank-th block, from 0, of those in bins from @first; there are more than @rank. */
static double
energy_at_rank (const MstHistogram *h, unsigned first, uint64_t rank)
{
  for (unsigned i = first;;) {
    const Bin *bin = &h->fine[i];
    unsigned step = 1;
    if (i % FINE == 0 && rank >= h->coarse[i / FINE].count) {
      bin = &h->coarse[i / FINE];
      step = FINE;
    } else if (i % MIDDLE == 0 && rank >= h->middle[i / MIDDLE].count) {
      bin = &h->middle[i / MIDDLE];
      step = MIDDLE;
    } else if (rank < bin->count) {
      return mean (*bin);
    }
    rank -= bin->count;
    i += step;
  }
}

void
mst_histogram_percentiles (const MstHistogram *h, double gate, double low, double high, double energy[2])
{
  const unsigned first = first_above (h, gate);
  const uint64_t count = sum_from (h, first).count;
  energy[0] = energy[1] = 0.0;
  if (count == 0)
    return;
  const double last = (double) (count - 1);
  energy[0] = energy_at_rank (h, first, (uint64_t) floor (last * low + 0.5));
  energy[1] = energy_at_rank (h, first, (uint64_t) floor (last * high + 0.5));
}
