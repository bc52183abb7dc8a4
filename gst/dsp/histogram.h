/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loudness blocks of a stream of any length in constant memory, for the gates and percentiles of BS.1770 and EBU
 * Tech 3342. Bins of 1/400 LU from -70 LUFS (the absolute gate: quieter blocks are not kept) to +30 LUFS, each with
 * the number of its blocks and the sum of their energies, so that means are exact; bins of 1/20 and 1 LU over them make a query
 * some 150 additions. Error: a relative gate that falls into a bin takes or leaves the whole bin, by its mean; a
 * percentile is the mean of its bin, within 1/400 LU of the block. Sums are double: 1e-9 of the mean after a month.
 *
 * Energy is sum of weighted mean squares, 1.0 = -0.691 LUFS. */
#pragma once

#include <stdint.h>

typedef struct _MstHistogram MstHistogram;

double mst_energy_from_lufs (double lufs);
/* -inf below 1e-30 (-301 LUFS). */
double mst_lufs_from_energy (double energy);

/* NULL without memory. */
MstHistogram *mst_histogram_new (void);
void mst_histogram_reset (MstHistogram *);
void mst_histogram_free (MstHistogram *);

/* Up to 2^64 blocks. */
void mst_histogram_add (MstHistogram *, double energy);
uint64_t mst_histogram_count (const MstHistogram *);
/* Mean energy of the blocks; 0 without any. */
double mst_histogram_mean (const MstHistogram *);
/* Mean energy of the blocks not below @gate (an energy); 0 without any. */
double mst_histogram_mean_above (const MstHistogram *, double gate);
/* Energies of the blocks not below @gate at rank round ((n - 1) @low) and round ((n - 1) @high), 0 the quietest.
 * 0 if there is none. */
void mst_histogram_percentiles (const MstHistogram *, double gate, double low, double high, double energy[2]);
