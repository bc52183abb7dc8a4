/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orthonormal sum and difference, rounded once. See ortho.c. */
#pragma once

#include <stddef.h>

/* (a, b) <- ((a + b)/sqrt 2, (a - b)/sqrt 2); its own inverse. |a|, |b| <= 1e30. */
void mst_ortho (double *a, double *b, size_t n_frames);
