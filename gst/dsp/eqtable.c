/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eqtable.h"

#include <math.h>
#include <stdlib.h>

#define PER_OCTAVE 16.0
#define CORNER 3.1              /* w0 that t = infinity stands for */
#define FIRST (-204)            /* node below 10 Hz at 384 kHz, and one more */
#define N_NODES 336
#define HIGH_PASS_TOP 2.77      /* beyond, the fit of sharp sections changes its mind */
#define LOW_PASS_TOP 2.9
#define PER_RADIAN 32.0         /* of a low-pass, besides */
#define N_SECTIONS 26           /* of all slopes of a type */
#define N_UNKNOWN (sizeof (MstEqFit) / sizeof (double))
#define LOG_ZERO -1000.0        /* exp of it is 0 */

typedef struct
{
  bool known;
  double log_of[N_UNKNOWN];
} Node;

struct _MstEqTable
{
  Node node[2][N_SECTIONS][N_NODES];    /* high-pass, low-pass */
};

MstEqTable *
mst_eq_table_new (void)
{
  return calloc (1, sizeof (MstEqTable));
}

void
mst_eq_table_free (MstEqTable *table)
{
  free (table);
}

/* The first of the slope's sections, N_SECTIONS if it has none here */
static unsigned
place (unsigned slope)
{
  static const unsigned slopes[] = { 6, 18, 24, 36, 48, 72, 96 };
  unsigned at = 0;
  for (unsigned i = 0; i < sizeof slopes / sizeof *slopes; i++) {
    if (slopes[i] == slope)
      return at;
    at += mst_eq_n_sections (MST_EQ_HIGH_PASS, slopes[i]);
  }
  return N_SECTIONS;
}

bool
mst_eq_table_has (MstEqType type, unsigned slope)
{
  return (type == MST_EQ_HIGH_PASS || type == MST_EQ_LOW_PASS) && place (slope) < N_SECTIONS;
}

static double
node_at (MstEqType type, double w0)
{
  return PER_OCTAVE * log2 (type == MST_EQ_LOW_PASS ? w0 : w0 / (1.0 - w0 / CORNER)) + (type == MST_EQ_LOW_PASS ? PER_RADIAN * w0 : 0.0);
}

/* The inverse */
static double
w0_of (MstEqType type, int k)
{
  const double t = exp2 (k / PER_OCTAVE);
  if (type != MST_EQ_LOW_PASS)
    return t / (1.0 + t / CORNER);
  double ln = fmin (log (t), 0.0);
  for (int i = 0; i < 12; i++)  /* Newton's, from below, of a convex function */
    ln -= (node_at (type, exp (ln)) - k) / (PER_OCTAVE / M_LN2 + PER_RADIAN * exp (ln));
  return exp (ln);
}

static void
make_node (Node *node, const MstEqFitKernels *kernels, MstEqType type, const MstEqSection *section, int k, double rate_hz)
{
  const double w0 = w0_of (type, k);
  MstEqFit fit;
  kernels->fit (section, w0 * rate_hz / (2.0 * M_PI), rate_hz, &fit);
  for (unsigned i = 0; i < N_UNKNOWN; i++) {
    const double x = ((const double *) &fit)[i];
    node->log_of[i] = x > 0.0 ? log (x) : LOG_ZERO;
  }
  node->known = true;
}

void
mst_eq_table_fit (MstEqTable *table, const MstEqFitKernels *kernels, MstEqType type, unsigned slope, double f_hz, double rate_hz,
    MstEqFit *fit)
{
  MstEqSection section[MST_EQ_MAX_SECTIONS];
  const unsigned n = mst_eq_n_sections (type, slope);
  const double w0 = 2.0 * M_PI * f_hz / rate_hz;
  mst_eq_prototype (type, 0.0, M_SQRT1_2, slope, section);
  if (w0 > (type == MST_EQ_LOW_PASS ? LOW_PASS_TOP : HIGH_PASS_TOP)) {
    for (unsigned i = 0; i < n; i++)
      kernels->fit (&section[i], f_hz, rate_hz, &fit[i]);
    return;
  }
  const double x = node_at (type, w0), low = floor (x), s = x - low;
  /* The cubic of two nodes with the slopes of their neighbours: the curve has no corners */
  const double share[4] = { -0.5 * s * (1.0 - s) * (1.0 - s), 1.0 + s * s * (1.5 * s - 2.5), s * (0.5 + s * (2.0 - 1.5 * s)),
    -0.5 * s * s * (1.0 - s) };
  const int first = (int) low - 1;
  for (unsigned i = 0; i < n; i++) {
    Node *node = &table->node[type == MST_EQ_LOW_PASS][place (slope) + i][first - FIRST];
    double value[N_UNKNOWN] = { 0.0 };
    for (int k = 0; k < 4; k++) {
      if (!node[k].known)
        make_node (&node[k], kernels, type, &section[i], first + k, rate_hz);
      for (unsigned j = 0; j < N_UNKNOWN; j++)
        value[j] += share[k] * node[k].log_of[j];
    }
    for (unsigned j = 0; j < N_UNKNOWN; j++)
      ((double *) &fit[i])[j] = exp (value[j]);
  }
}
