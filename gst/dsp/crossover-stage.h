/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Body of crossover-kernels.c, included once for each width W of vectors V. Equations there. */

typedef struct { V bb, bl, ll, lx; } NAME (Svf);     /* 2 a1 - 1, 2 a2, 1 - 2 a3, 2 a3 */

MST_VEC NAME (Svf)
NAME (design) (V g, double damping)
{
  const V one = { 0 };
  const V a1 = (one + 1.0) / (g * (g + damping) + 1.0);
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
  NAME (Svf) f[MST_CROSSOVER_COMPS + 1][2];     /* LR4: the first only */
  V g[MST_CROSSOVER_COMPS + 1], g_step[MST_CROSSOVER_COMPS + 1], left[MST_CROSSOVER_COMPS + 1];
  V comp[MST_CROSSOVER_COMPS][2][2], split[5][2], share;
} NAME (Run);

MST_VEC void
NAME (tune) (NAME (Run) *r, unsigned k, V g, const int is_lr8)
{
  r->f[k][0] = NAME (design) (g, is_lr8 ? K_8_WIDE : K_4);
  if (is_lr8)
    r->f[k][1] = NAME (design) (g, K_8_NARROW);
}

static void
NAME (design_stage) (MstCrossoverStage *c, unsigned lane)
{
  for (unsigned k = 0; k <= c->n_comps; k++)
    for (unsigned h = 0; h < 1u + (c->is_lr8 != 0); h++) {
      const NAME (Svf) f = NAME (design) (LOAD_LANES (c->g[k] + lane), !c->is_lr8 ? K_4 : h == 0 ? K_8_WIDE : K_8_NARROW);
      STORE_LANES (c->f[k][h][0] + lane, f.bb);
      STORE_LANES (c->f[k][h][1] + lane, f.bl);
      STORE_LANES (c->f[k][h][2] + lane, f.ll);
      STORE_LANES (c->f[k][h][3] + lane, f.lx);
    }
}

/* x through the all-pass; *@low is twice its low-pass */
MST_VEC V
NAME (turn) (const NAME (Svf) *f, V state[2], V x, V *low, double damping)
{
  const V zero = { 0 };
  V band;
  NAME (step) (f, &state[0], &state[1], x, &band, low);
  return FNMA (band, zero + damping, x);
}

/* Twice the low-pass of x */
MST_VEC V
NAME (low) (const NAME (Svf) *f, V state[2], V x)
{
  V band, low;
  NAME (step) (f, &state[0], &state[1], x, &band, &low);
  return low;
}

/* A frame of W lanes: @x becomes the high branch, *@low the low one */
MST_VEC void
NAME (frame) (NAME (Run) *r, V *x, V *low, const unsigned n_comps, const int is_lr8, const int moving)
{
  const NAME (Svf) *f = r->f[n_comps];
  V unused, l;
  if (moving)
    for (unsigned k = 0; k <= n_comps; k++) {
      r->left[k] = r->left[k] - 1.0;
      NAME (tune) (r, k, r->g[k] - r->g_step[k] * r->left[k], is_lr8);
    }
  for (unsigned k = 0; k < n_comps; k++) {
    *x = NAME (turn) (&r->f[k][0], r->comp[k][0], *x, &unused, is_lr8 ? K_8_WIDE : K_4);
    if (is_lr8)
      *x = NAME (turn) (&r->f[k][1], r->comp[k][1], *x, &unused, K_8_NARROW);
  }
  *x = NAME (turn) (&f[0], r->split[0], *x, &l, is_lr8 ? K_8_WIDE : K_4);
  if (is_lr8) {
    *x = NAME (turn) (&f[1], r->split[1], *x, &unused, K_8_NARROW);
    l = NAME (low) (&f[1], r->split[2], l);
    l = NAME (low) (&f[0], r->split[3], l);
    l = NAME (low) (&f[1], r->split[4], l);
  } else {
    l = NAME (low) (&f[0], r->split[1], l);
  }
  *low = l * r->share;
  *x = *x - *low;
}

/* Lanes from @lane on; @n_comps and @moving are constants where it is inlined */
MST_VEC void
NAME (frames) (const MstCrossoverStage *c, MstCrossoverState *s, unsigned lane, const double *const *in,
    double *const *low, double *const *high, size_t n_frames, const unsigned n_comps, const int is_lr8,
    const int moving)
{
  NAME (Run) r;
  V x[2], l[2];
  size_t i = 0;

  r.share = LOAD_LANES (c->low_share + lane);
  for (unsigned k = 0; k <= n_comps; k++) {
    if (moving) {
      r.g[k] = LOAD_LANES (c->g[k] + lane);
      r.g_step[k] = LOAD_LANES (c->g_step[k] + lane);
      r.left[k] = LOAD_LANES (c->left[k] + lane);
    } else {
      for (unsigned h = 0; h < 1u + is_lr8; h++)
        r.f[k][h] = (NAME (Svf)) { LOAD_LANES (c->f[k][h][0] + lane), LOAD_LANES (c->f[k][h][1] + lane), LOAD_LANES (c->f[k][h][2] + lane),
          LOAD_LANES (c->f[k][h][3] + lane) };
    }
  }
  for (unsigned j = 0; j < 2; j++) {
    for (unsigned k = 0; k < n_comps; k++)
      for (unsigned h = 0; h < 1u + is_lr8; h++)
        r.comp[k][h][j] = LOAD_LANES (s->comp[k][h][j] + lane);
    for (unsigned k = 0; k < (is_lr8 ? 5 : 2); k++)
      r.split[k][j] = LOAD_LANES (s->split[k][j] + lane);
  }

  for (; i + 2 <= n_frames; i += 2) {
    NAME (load) (in, i, x);
    NAME (frame) (&r, &x[0], &l[0], n_comps, is_lr8, moving);
    NAME (frame) (&r, &x[1], &l[1], n_comps, is_lr8, moving);
    NAME (store) (low, i, l);
    NAME (store) (high, i, x);
  }
  if (i < n_frames) {
    double last[W], to_low[W], to_high[W];
    for (unsigned k = 0; k < W; k++)
      last[k] = in[k][i];
    x[0] = LOAD_LANES (last);
    NAME (frame) (&r, &x[0], &l[0], n_comps, is_lr8, moving);
    STORE_LANES (to_low, l[0]);
    STORE_LANES (to_high, x[0]);
    for (unsigned k = 0; k < W; k++) {
      low[k][i] = to_low[k];
      high[k][i] = to_high[k];
    }
  }

  for (unsigned j = 0; j < 2; j++) {
    for (unsigned k = 0; k < n_comps; k++)
      for (unsigned h = 0; h < 1u + is_lr8; h++)
        STORE_LANES (s->comp[k][h][j] + lane, r.comp[k][h][j]);
    for (unsigned k = 0; k < (is_lr8 ? 5 : 2); k++)
      STORE_LANES (s->split[k][j] + lane, r.split[k][j]);
  }
}

static void
NAME (run) (const MstCrossoverStage *c, MstCrossoverState *s, unsigned lane, const double *const *in,
    double *const *low, double *const *high, size_t n_frames, int moving)
{
#define RUN(n, lr8, moves) NAME (frames) (c, s, lane, in, low, high, n_frames, n, lr8, moves)
#define CASE(n) \
  case n: \
    if (c->is_lr8 && moving) \
      RUN (n, 1, 1); \
    else if (c->is_lr8) \
      RUN (n, 1, 0); \
    else if (moving) \
      RUN (n, 0, 1); \
    else \
      RUN (n, 0, 0); \
    break
  switch (c->n_comps) {
    CASE (0);
    CASE (1);
    CASE (2);
    default:
    CASE (3);
  }
#undef CASE
#undef RUN
}
