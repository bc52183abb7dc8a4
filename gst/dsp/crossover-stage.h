/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Body of crossover-kernels.c, included once for each width W of vectors V. Equations there. */

typedef struct { V bb, bl, ll, lx; } NAME (Svf);     /* 2 a1 - 1, 2 a2, 1 - 2 a3, 2 a3 */

MST_VEC NAME (Svf)
NAME (design) (V g)
{
  const V one = { 0 };
  const V a1 = (one + 1.0) / (g * (g + K_DAMPING) + 1.0);
  const V a2 = g * a1, a3 = g * a2;
  return (NAME (Svf)) { 2.0 * a1 - 1.0, 2.0 * a2, 1.0 - 2.0 * a3, 2.0 * a3 };
}

/* Steps the integrators @b, @l by one frame; *@band and *@low are twice the band-pass and the low-pass of @x */
MST_VEC void
NAME (step) (const NAME (Svf) *f, V *b, V *l, V x, V *band, V *low)
{
  const V nb = FMA (f->bb, *b, FNMA (f->bl, *l, f->bl * x));
  const V nl = FMA (f->ll, *l, FMA (f->bl, *b, f->lx * x));
  *band = *b + nb;
  *low = *l + nl;
  *b = nb;
  *l = nl;
}

/* Lanes of @node (and the next, where W is 4); @n_comps and @moving are constants where it is inlined */
MST_VEC void
NAME (frames) (const MstCrossoverStage *c, MstCrossoverState *s, unsigned node, const double *const *in,
    double *const *low, double *const *high, size_t n_frames, const unsigned n_comps, const int moving)
{
  const unsigned lane = 2 * node;
  NAME (Svf) f[MST_CROSSOVER_COMPS + 1];
  V g[MST_CROSSOVER_COMPS + 1], g_step[MST_CROSSOVER_COMPS + 1], left[MST_CROSSOVER_COMPS + 1];
  V comp[MST_CROSSOVER_COMPS][2], split[2][2];
  const V share = LOAD_LANES (c->low_share + lane);

  for (unsigned k = 0; k <= n_comps; k++) {
    g[k] = LOAD_LANES (c->g[k] + lane);
    if (moving) {
      g_step[k] = LOAD_LANES (c->g_step[k] + lane);
      left[k] = LOAD_LANES (c->left[k] + lane);
    } else {
      f[k] = NAME (design) (g[k]);
    }
  }
  for (unsigned k = 0; k < n_comps; k++)
    for (unsigned j = 0; j < 2; j++)
      comp[k][j] = LOAD_LANES (s->comp[k][j] + lane);
  for (unsigned k = 0; k < 2; k++)
    for (unsigned j = 0; j < 2; j++)
      split[k][j] = LOAD_LANES (s->split[k][j] + lane);

  for (size_t i = 0; i < n_frames; i++) {
    V x = LOAD_IN (in, node, i), band, once, twice, unused;
    if (moving)
      for (unsigned k = 0; k <= n_comps; k++) {
        left[k] = left[k] - 1.0;
        f[k] = NAME (design) (g[k] - g_step[k] * left[k]);
      }
    for (unsigned k = 0; k < n_comps; k++) {
      NAME (step) (&f[k], &comp[k][0], &comp[k][1], x, &band, &unused);
      x = FNMA (band, (V) { 0 } + K_DAMPING, x);
    }
    NAME (step) (&f[n_comps], &split[0][0], &split[0][1], x, &band, &once);
    NAME (step) (&f[n_comps], &split[1][0], &split[1][1], 0.5 * once, &unused, &twice);
    twice = twice * share;
    x = FNMA (band, (V) { 0 } + K_DAMPING, x) - twice;
    STORE_OUT (low, node, i, twice);
    STORE_OUT (high, node, i, x);
  }

  for (unsigned k = 0; k < n_comps; k++)
    for (unsigned j = 0; j < 2; j++)
      STORE_LANES (s->comp[k][j] + lane, comp[k][j]);
  for (unsigned k = 0; k < 2; k++)
    for (unsigned j = 0; j < 2; j++)
      STORE_LANES (s->split[k][j] + lane, split[k][j]);
}

static void
NAME (run) (const MstCrossoverStage *c, MstCrossoverState *s, unsigned node, const double *const *in,
    double *const *low, double *const *high, size_t n_frames, int moving)
{
#define CASE(n) \
  case n: \
    if (moving) { \
      NAME (frames) (c, s, node, in, low, high, n_frames, n, 1); \
    } else { \
      NAME (frames) (c, s, node, in, low, high, n_frames, n, 0); \
    } \
    break
  switch (c->n_comps) {
    CASE (0);
    CASE (1);
    CASE (2);
    default:
    CASE (3);
  }
#undef CASE
}
