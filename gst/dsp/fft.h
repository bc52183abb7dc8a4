/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Discrete Fourier transform of real data in double,
 *     X[k] = sum over t of x[t] exp (-2 pi i k t / n),   k = 0 ... n/2,
 * n a power of two. The spectrum is two arrays of n/2: re[k], im[k]; X[0] and X[n/2], which are real, share the first
 * place: re[0] = X[0], im[0] = X[n/2]. Neither direction is scaled: back and forth gives n x.
 * Error about 1e-16 sqrt (log2 n) of the RMS.
 *
 * A complex transform of n/2 (even samples real, odd ones imaginary) in natural order by radix-4 passes of Stockham's, then the
 * two halves are told apart: T. Stockham, High-speed convolution and correlation, 1966; C. Van Loan, Computational Frameworks
 * for the Fast Fourier Transform, 1992, 1.7 and 4.4. */
#pragma once

#include <stddef.h>

typedef struct _MstFft MstFft;

/* @n: a power of two, 32 to 2^24. NULL if it is not, or if memory is short. Has scratch memory inside: one user at a time. */
MstFft *mst_fft_new (size_t n);
size_t mst_fft_size (const MstFft *fft);
/* No two of the arrays overlap. */
void mst_fft_forward (MstFft *fft, const double *x, double *re, double *im);
/* @re and @im are lost. */
void mst_fft_inverse (MstFft *fft, double *re, double *im, double *x);
void mst_fft_free (MstFft *fft);
