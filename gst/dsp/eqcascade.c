/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqcascade.h"
#include "isa.h"

MST_KERNEL_DECLARE (MstEqCascadeKernels, mst_eq_cascade_kernels);

const MstEqCascadeKernels *
mst_eq_cascade_kernels (void)
{
  return MST_KERNEL_CHOOSE (mst_eq_cascade_kernels);
}

void
mst_eq_coefs_from_fit (const MstEqFit *fit, MstEqCoefs *coefs)
{
  const double *n = fit->n, *d = fit->d;        /* u, v, w: 4 a0 = u + v + 2 w, 1 + a1 + a2 = u/a0, 2 + a1 = (u + w)/a0 */
  const double a0 = 0.25 * (d[0] + d[1]) + 0.5 * d[2], gain = (1.0 + fit->cz) / (1.0 + fit->cp);
  double *c = coefs->c;
  c[MST_EQ_B0] = (0.25 * (n[0] + n[1]) + 0.5 * n[2]) / a0 * gain;
  c[MST_EQ_N1] = (n[0] + n[2]) / a0 * gain;
  c[MST_EQ_N2] = n[0] / a0 * gain;
  c[MST_EQ_D1] = (d[0] + d[2]) / a0;
  c[MST_EQ_D2] = d[0] / a0;
  c[MST_EQ_BETA] = (1.0 - fit->cz) / (1.0 + fit->cz);
  c[MST_EQ_P] = (1.0 - fit->cp) / (1.0 + fit->cp);
}

#define SENSIBLE 16.0            /* b0 up to its power of 8 is taken out of the states */

void
mst_eq_stage_set (MstEqStage *stage, const MstEqCoefs *coefs, unsigned lanes)
{
  const double *c = coefs->c;
  *stage = (MstEqStage) { .b0 = { 1.0, 1.0 }, .unit = true };
  for (unsigned i = 0; i < MST_EQ_LANES; i++) {
    if (!(lanes >> i & 1))
      continue;
    stage->b0[i] = c[MST_EQ_B0];
    stage->e1[i] = c[MST_EQ_N1] - c[MST_EQ_D1] * c[MST_EQ_B0];
    stage->e2[i] = c[MST_EQ_N2] - c[MST_EQ_D2] * c[MST_EQ_B0];
    stage->i1[i] = stage->e1[i] / c[MST_EQ_B0];
    stage->i2[i] = stage->e2[i] / c[MST_EQ_B0];
    stage->unit &= c[MST_EQ_B0] > 1.0 / SENSIBLE && c[MST_EQ_B0] < SENSIBLE;
    stage->r1[i] = 1.0 - c[MST_EQ_D1];
    stage->d2[i] = c[MST_EQ_D2];
    stage->e[i] = c[MST_EQ_BETA] - c[MST_EQ_P];
    stage->p[i] = stage->e[i] != 0.0 ? c[MST_EQ_P] : 0.0;
  }
}

/* Whether the poles are inside the unit circle: u, w, v > 0. The corrector's always is. */
static bool
stable (const double *c)
{
  return c[MST_EQ_D2] > 0.0 && c[MST_EQ_D1] > c[MST_EQ_D2] && 4.0 + c[MST_EQ_D2] > 2.0 * c[MST_EQ_D1];
}

void
mst_eq_move_set (MstEqMove *move, const MstEqCoefs *const node[MST_EQ_MOVE_NODES], unsigned lanes)
{
  double from[MST_EQ_N_COEFS], to[MST_EQ_N_COEFS];      /* Bezier control points between node[2] and node[3] */
  for (int i = 0; i < MST_EQ_N_COEFS; i++) {
    double rise = (node[3]->c[i] - node[1]->c[i]) / 2.0, fall = (node[4]->c[i] - node[2]->c[i]) / 2.0;
    if (node[0]) {
      rise = (8.0 * (node[3]->c[i] - node[1]->c[i]) - (node[4]->c[i] - node[0]->c[i])) / 12.0;
      fall = (8.0 * (node[4]->c[i] - node[2]->c[i]) - (node[5]->c[i] - node[1]->c[i])) / 12.0;
    }
    from[i] = node[2]->c[i] + rise / 3.0;
    to[i] = node[3]->c[i] - fall / 3.0;
  }
  /* The stable (d1, d2) are a triangle, and a Bezier curve stays inside the hull of its points */
  const bool cubic = stable (from) && stable (to);
  for (int i = 0; i < MST_EQ_N_COEFS; i++) {
    const double a = node[2]->c[i], d = node[3]->c[i];
    const double b = cubic ? from[i] : a + (d - a) / 3.0, c = cubic ? to[i] : d - (d - a) / 3.0;
    const double k[4] = { a, 3.0 * (b - a), 3.0 * (a - 2.0 * b + c), d - a + 3.0 * (b - c) };
    for (unsigned lane = 0; lane < MST_EQ_LANES; lane++)
      for (int power = 0; power < 4; power++)
        move->k[i][power][lane] = lanes >> lane & 1 ? k[power] : i == MST_EQ_B0 && power == 0;
  }
}
