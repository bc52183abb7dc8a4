/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* convolver.h against the sum that defines it: several inputs, outputs and kernels, kernels that change, silence, cuts. */
#include "convolver.h"
#include "eqanalog.h"
#include "isa.h"
#include "tap.h"

#include <string.h>

#define N 6000
#define INPUTS 3
#define OUTPUTS 4
#define KERNELS 5
#define TAPS 700
#define BLOCK 64
#define FADE 150

static const MstConvolverRoute routes[] = {
  { 0, 0, 0 }, { 1, 1, 1 }, { 2, 2, 2 }, { 0, 1, 3 }, { 2, 0, 1 }, { 1, 3, 4 }, { 1, 0, 3 }
};
static const MstConvolverSetup setup = { INPUTS, OUTPUTS, KERNELS, sizeof routes / sizeof *routes, routes, TAPS, BLOCK, FADE };
static double in[INPUTS][N], out[2][OUTPUTS][N], want[OUTPUTS][N];
/* kernels in the order in which they are heard, and from which output frame, block included */
typedef struct
{
  size_t from, n;
  double taps[TAPS];
} Version;
static Version versions[KERNELS][3];
static unsigned n_versions[KERNELS];

static double
convolved (const Version *v, unsigned i, long n)
{
  double sum = 0.0;
  for (long t = 0; t < (long) v->n && t <= n; t++)
    sum += v->taps[t] * in[i][n - t];
  return sum;
}

/* By definition: each change a raised cosine over FADE frames */
static void
expect (void)
{
  memset (want, 0, sizeof want);
  for (unsigned r = 0; r < setup.n_routes; r++) {
    const unsigned k = routes[r].kernel;
    for (long n = BLOCK; n < N; n++) {
      double y = convolved (&versions[k][0], routes[r].input, n - BLOCK);
      for (unsigned v = 1; v < n_versions[k]; v++) {
        const long since = n - BLOCK - (long) versions[k][v].from;
        if (since < 0)
          break;
        const double next = convolved (&versions[k][v], routes[r].input, n - BLOCK);
        y += (since < FADE ? 0.5 - 0.5 * cos (M_PI * (since + 0.5) / FADE) : 1.0) * (next - y);
      }
      want[routes[r].output][n] += y;
    }
  }
}

/* Sets version @v of @kernel now; it is heard from frame @from on. */
static void
set (MstConvolver *c, unsigned kernel, unsigned v, size_t from, size_t n, int one_tap)
{
  Version *s = &versions[kernel][v];
  memset (s, 0, sizeof *s);
  s->from = from;
  s->n = n;
  for (size_t t = 0; t < n; t++)
    s->taps[t] = one_tap ? 0.0 : uniform (-1.0, 1.0) / sqrt ((double) n);
  if (one_tap)
    s->taps[n - 1] = uniform (0.5, 1.0);
  n_versions[kernel] = v + 1;
  mst_convolver_set_kernel (c, kernel, s->taps, n);
}

static void
run (MstConvolver *c, double (*to)[N], size_t from, size_t end, size_t longest)
{
  while (from < end) {
    size_t n = longest ? 1 + (size_t) uniform (0.0, (double) longest) : end - from;
    n = n < end - from ? n : end - from;
    double *i[INPUTS], *o[OUTPUTS];
    for (unsigned k = 0; k < INPUTS; k++)
      i[k] = in[k] + from;
    for (unsigned k = 0; k < OUTPUTS; k++)
      o[k] = to[k] + from;
    mst_convolver_process (c, i, o, n);
    from += n;
  }
}

/* The whole story; cuts of up to @longest frames */
static void
story (double (*to)[N], size_t longest)
{
  const char *error = NULL;
  MstConvolver *c = mst_convolver_new (&setup, &error);
  random_state = 12345;
  for (unsigned k = 0; k < INPUTS; k++)
    for (size_t t = 0; t < N; t++)
      in[k][t] = t < 4000 ? uniform (-1.0, 1.0) : 0.0;
  set (c, 0, 0, 0, TAPS, 0);
  set (c, 1, 0, 0, 1, 0);
  set (c, 2, 0, 0, 65, 1);
  set (c, 3, 0, 0, 333, 0);
  n_versions[4] = 1;            /* zero */
  memset (versions[4], 0, sizeof versions[4]);
  run (c, to, 0, 1000, longest);
  random_state = 777;
  set (c, 0, 1, 1024, 500, 0);  /* the next multiple of 64 */
  set (c, 4, 1, 1024, TAPS, 0);
  run (c, to, 1000, 1100, longest);
  random_state = 778;
  set (c, 0, 2, 1216, 20, 0);   /* waits for the end of the fade: frame 1174 */
  set (c, 2, 1, 1216, TAPS, 1);
  run (c, to, 1100, 2560, longest);
  random_state = 779;
  set (c, 1, 1, 2560, 64, 0);   /* at a multiple: at once */
  set (c, 3, 1, 2560, TAPS, 1);
  run (c, to, 2560, N, longest);
  mst_convolver_free (c);
}

int
main (void)
{
  const char *error = NULL;
  MstConvolverSetup bad = setup;
  bad.block = 48;
  tap_ok (!mst_convolver_new (&bad, &error) && error, "a block that is no power of two: refused");
  tap_ok (!mst_convolver_new (&bad, NULL), "nobody asks why: refused all the same");
  const int best = (int) mst_isa ();
  for (int isa = MST_ISA_BASE; isa <= best; isa++) {
    mst_isa_force ((MstIsa) isa);
    story (out[0], 0);
    expect ();
    double worst = 0.0;
    for (unsigned o = 0; o < OUTPUTS; o++)
      for (size_t t = 0; t < N; t++)
        worst = fmax (worst, fabs (out[0][o][t] - want[o][t]));
    tap_within (worst, 3e-15, "7 routes, 5 kernels, 6 changes, against the sum");
    for (size_t longest = 1; longest < 3000; longest *= 7) {
      story (out[1], longest);
      tap_ok (memcmp (out[0], out[1], sizeof out[0]) == 0, "in cuts of up to %zu frames: the same bits", longest);
    }
    /* input ends at 4000; the longest kernel has 700 taps */
    int silent = 1;
    for (unsigned o = 0; o < OUTPUTS; o++)
      for (size_t t = 4000 + TAPS + 3 * BLOCK; t < N; t++)
        silent &= out[0][o][t] == 0.0;
    tap_ok (silent, "silence: exact zeros");
    int exact = 1;
    for (size_t t = 2000; t < 4000; t++)
      exact &= out[0][2][t] == versions[2][1].taps[TAPS - 1] * in[2][t - BLOCK - (TAPS - 1)];
    tap_ok (exact, "one tap: a gain and a delay, to the bit");
  }

  /* reset: as new, with the last kernels set */
  MstConvolver *c = mst_convolver_new (&setup, &error), *fresh = mst_convolver_new (&setup, &error);
  random_state = 1;
  set (c, 0, 0, 0, 300, 0);
  run (c, out[0], 0, 1000, 0);
  set (c, 0, 1, 0, 400, 0);
  run (c, out[0], 1000, 1100, 0);
  set (c, 0, 2, 0, 500, 0);
  mst_convolver_reset (c);
  mst_convolver_set_kernel (fresh, 0, versions[0][2].taps, 500);
  run (c, out[0], 0, N, 0);
  run (fresh, out[1], 0, N, 0);
  tap_ok (memcmp (out[0], out[1], sizeof out[0]) == 0, "after a reset as new, with the kernels set last");
  /* in place */
  for (unsigned i = 0; i < INPUTS; i++)
    memcpy (out[1][i], in[i], sizeof in[i]);
  double *io[OUTPUTS] = { out[1][0], out[1][1], out[1][2], out[1][3] };
  mst_convolver_reset (c);
  mst_convolver_process (c, io, io, N);
  tap_ok (memcmp (out[0], out[1], sizeof out[0]) == 0, "in place: the same bits");
  mst_convolver_free (c);
  mst_convolver_free (fresh);
  return tap_done ();
}
