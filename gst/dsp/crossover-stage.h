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

/* What a vector of lanes needs while it runs */
typedef struct
{
  NAME (Svf) f[MST_CROSSOVER_COMPS + 1];
  V g[MST_CROSSOVER_COMPS + 1], g_step[MST_CROSSOVER_COMPS + 1], left[MST_CROSSOVER_COMPS + 1];
  V comp[MST_CROSSOVER_COMPS][2], split[2][2], share;
} NAME (Run);

/* A frame of W lanes: @x becomes the high branch, *@low the low one */
MST_VEC void
NAME (frame) (NAME (Run) *r, V *x, V *low, const unsigned n_comps, const int moving)
{
  const V k_damping = { 0 };
  V band, once, twice, unused;
  if (moving)
    for (unsigned k = 0; k <= n_comps; k++) {
      r->left[k] = r->left[k] - 1.0;
      r->f[k] = NAME (design) (r->g[k] - r->g_step[k] * r->left[k]);
    }
  for (unsigned k = 0; k < n_comps; k++) {
    NAME (step) (&r->f[k], &r->comp[k][0], &r->comp[k][1], *x, &band, &unused);
    *x = FNMA (band, k_damping + K_DAMPING, *x);
  }
  NAME (step) (&r->f[n_comps], &r->split[0][0], &r->split[0][1], *x, &band, &once);
  NAME (step) (&r->f[n_comps], &r->split[1][0], &r->split[1][1], 0.5 * once, &unused, &twice);
  *low = twice * r->share;
  *x = FNMA (band, k_damping + K_DAMPING, *x) - *low;
}

/* Lanes from @lane on; @n_comps and @moving are constants where it is inlined */
MST_VEC void
NAME (frames) (const MstCrossoverStage *c, MstCrossoverState *s, unsigned lane, const double *const *in,
    double *const *low, double *const *high, size_t n_frames, const unsigned n_comps, const int moving)
{
  NAME (Run) r;
  V x[2], l[2];
  size_t i = 0;

  r.share = LOAD_LANES (c->low_share + lane);
  for (unsigned k = 0; k <= n_comps; k++) {
    r.g[k] = LOAD_LANES (c->g[k] + lane);
    if (moving) {
      r.g_step[k] = LOAD_LANES (c->g_step[k] + lane);
      r.left[k] = LOAD_LANES (c->left[k] + lane);
    } else {
      r.f[k] = NAME (design) (r.g[k]);
    }
  }
  for (unsigned j = 0; j < 2; j++) {
    for (unsigned k = 0; k < n_comps; k++)
      r.comp[k][j] = LOAD_LANES (s->comp[k][j] + lane);
    for (unsigned k = 0; k < 2; k++)
      r.split[k][j] = LOAD_LANES (s->split[k][j] + lane);
  }

  for (; i + 2 <= n_frames; i += 2) {
    NAME (load) (in, i, x);
    NAME (frame) (&r, &x[0], &l[0], n_comps, moving);
    NAME (frame) (&r, &x[1], &l[1], n_comps, moving);
    NAME (store) (low, i, l);
    NAME (store) (high, i, x);
  }
  if (i < n_frames) {
    double last[W], to_low[W], to_high[W];
    for (unsigned k = 0; k < W; k++)
      last[k] = in[k][i];
    x[0] = LOAD_LANES (last);
    NAME (frame) (&r, &x[0], &l[0], n_comps, moving);
    STORE_LANES (to_low, l[0]);
    STORE_LANES (to_high, x[0]);
    for (unsigned k = 0; k < W; k++) {
      low[k][i] = to_low[k];
      high[k][i] = to_high[k];
    }
  }

  for (unsigned j = 0; j < 2; j++) {
    for (unsigned k = 0; k < n_comps; k++)
      STORE_LANES (s->comp[k][j] + lane, r.comp[k][j]);
    for (unsigned k = 0; k < 2; k++)
      STORE_LANES (s->split[k][j] + lane, r.split[k][j]);
  }
}

static void
NAME (run) (const MstCrossoverStage *c, MstCrossoverState *s, unsigned lane, const double *const *in,
    double *const *low, double *const *high, size_t n_frames, int moving)
{
#define CASE(n) \
  case n: \
    if (moving) { \
      NAME (frames) (c, s, lane, in, low, high, n_frames, n, 1); \
    } else { \
      NAME (frames) (c, s, lane, in, low, high, n_frames, n, 0); \
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
