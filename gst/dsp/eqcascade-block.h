/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MST_BLOCK_FRAMES frames of stages one after the other, for the kernel file, which includes this once a width with
 *     NAME (x)      x_2 or x_4
 *     V, FMA, FNMA  the vector: two lanes of one stage, or of two stages; a b + c; c - a b
 * Stage by stage, so that the coefficients of one lie in registers, and the next begins while its frames are under way. */

typedef struct
{
  V b0, e1, e2, r1, d2, e, p;
} NAME (Stage);
typedef struct
{
  V z1, z2, s;
} NAME (State);

MST_VEC void
NAME (stage) (const NAME (Stage) *c, NAME (State) *z, V *x, const unsigned n, const Kind kind)
{
  const bool corrected = kind != PLAIN;
  V z1 = z->z1, z2 = z->z2, s = z->s;
  IN_MEMORY (c);
  for (unsigned i = 0; i < n; i++) {
    const V in = x[i], y = kind == ANY ? FMA (c->b0, in, z1) : in + z1;
    const V next = FMA (c->r1, z1, FMA (c->e1, in, z2));
    z2 = FNMA (c->d2, z1, FMA (c->e2, in, z2));
    z1 = next;
    x[i] = corrected ? FMA (c->e, s, y) : y;
    s = corrected ? FNMA (c->p, s, y) : s;
  }
  z->z1 = z1;
  z->z2 = z2;
  z->s = s;
  IN_MEMORY (z);
}
