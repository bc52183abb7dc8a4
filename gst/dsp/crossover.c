/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree: the middle crossover first, then each half, so that 2 to 8 bands need 0, 1, 2, 4, 6, 9, 11 all-passes (a chain: up to 21).
 * Nodes of a level are run two by two; a node that is a band already but still lacks an all-pass goes on as "all-pass only". */
#include "crossover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crossover-kernels.h"
#include "isa.h"

#define BLOCK 256               /* frames at a time: two levels of pairs stay in L1 */
#define MAX_STAGES 8
#define MAX_SLOTS 20            /* signals of a pair of channels: input, nodes and bands */
#define SETTLE 2048             /* frames between looks for integrators that have come to rest; a multiple of BLOCK */
#define STEP 32                 /* frames between designs while a frequency moves; g is a straight line between */
#define NO_CROSSOVER (-1)
#define NOTHING 1e-30           /* an integrator below this is at rest, so that silence ends */

MST_KERNEL_DECLARE (MstCrossoverKernels, mst_crossover_kernels);

/* What a stage reads, writes and at which crossovers: by node */
typedef struct
{
  unsigned in[2], low[2], high[2];      /* slots */
  int crossover[2][MST_CROSSOVER_COMPS + 1];    /* by stage of filters */
} StagePlan;

typedef struct
{
  double from, to;              /* log of Hz */
  size_t at, length;            /* frames of the ramp done, and in all; length 0: at rest */
  double g, g_step;             /* at the end of the step under way, and per frame in it */
  size_t left;                  /* frames of the step to come */
} Frequency;

struct _MstCrossover
{
  double rate_hz;
  unsigned n_channels, n_bands, n_stages, n_slots;
  size_t at;                    /* frames since the last reset, modulo SETTLE */
  int is_loaded;                /* the stages hold the frequencies, which do not move */
  const MstCrossoverKernels *kernels;
  double low_share;             /* undoes the factor 2 of each low-pass of a split */
  Frequency frequency[MST_CROSSOVER_MAX_BANDS - 1];
  MstCrossoverStage stage[MAX_STAGES];
  StagePlan plan[MAX_STAGES];
  unsigned band_slot[MST_CROSSOVER_MAX_BANDS];
  MstCrossoverState *state;     /* by pair * n_stages + stage */
  double *scratch;              /* by slot: BLOCK frames of one channel, then of the other */
  double *plane[MAX_SLOTS][2];  /* where the two are: the input, a band of the caller's, or scratch */
};

static size_t
n_states (const MstCrossover *x)
{
  return (x->n_channels + 1) / 2 * x->n_stages;
}

/* A branch of the tree: bands first ... last, still to be turned by the all-passes comps[] */
typedef struct
{
  unsigned slot, first, last, n_comps;
  int comps[MST_CROSSOVER_COMPS + 1];
} Branch;

/* Fills plan, stage (all but g) and band_slot */
static void
plan_tree (MstCrossover *x)
{
  Branch level[MST_CROSSOVER_MAX_BANDS] = { { .slot = 0, .last = x->n_bands - 1 } };
  unsigned n_level = 1;

  x->n_slots = 1;
  while (n_level > 0) {
    Branch next[MST_CROSSOVER_MAX_BANDS], todo[MST_CROSSOVER_MAX_BANDS];
    unsigned n_next = 0, n_todo = 0;
    for (unsigned i = 0; i < n_level; i++) {
      if (level[i].first == level[i].last && level[i].n_comps == 0)
        x->band_slot[level[i].first] = level[i].slot;
      else
        todo[n_todo++] = level[i];
    }
    for (unsigned i = 0; i < n_todo; i++) {
      const unsigned node = i % 2;
      if (node == 0)
        x->n_stages++;
      StagePlan *p = &x->plan[x->n_stages - 1];
      MstCrossoverStage *s = &x->stage[x->n_stages - 1];
      const Branch *b = &todo[i];
      const int is_band = b->first == b->last;
      const unsigned at = (b->first + b->last - 1) / 2;        /* the crossover above this band */
      const unsigned n_comps = is_band ? b->n_comps - 1 : b->n_comps;

      s->n_nodes = node + 1;
      p->in[node] = b->slot;
      p->low[node] = x->n_slots++;
      p->high[node] = x->n_slots++;
      for (unsigned k = 0; k <= MST_CROSSOVER_COMPS; k++)
        p->crossover[node][k] = NO_CROSSOVER;
      /* The all-passes come last before the split, wherever the other node's split makes it */
      for (unsigned k = 0; k < n_comps; k++)
        p->crossover[node][k] = b->comps[k];
      p->crossover[node][MST_CROSSOVER_COMPS] = is_band ? b->comps[n_comps] : (int) at;
      s->low_share[2 * node] = s->low_share[2 * node + 1] = is_band ? 0.0 : x->low_share;
      if (n_comps > s->n_comps)
        s->n_comps = n_comps;

      if (is_band) {
        next[n_next++] = (Branch) { .slot = p->high[node], .first = b->first, .last = b->last };
        continue;
      }
      Branch low = { .slot = p->low[node], .first = b->first, .last = at };
      Branch high = { .slot = p->high[node], .first = at + 1, .last = b->last };
      for (unsigned k = at + 1; k < b->last; k++)
        low.comps[low.n_comps++] = (int) k;
      for (unsigned k = b->first; k < at; k++)
        high.comps[high.n_comps++] = (int) k;
      next[n_next++] = low;
      next[n_next++] = high;
    }
    memcpy (level, next, sizeof level);
    n_level = n_next;
  }
}

MstCrossover *
mst_crossover_new (double rate_hz, unsigned n_channels, unsigned n_bands, MstCrossoverType type, const char **error)
{
  const char *reason = NULL;
  if (!(rate_hz >= 1000.0 && rate_hz <= 1e6))
    reason = "sample rate out of range (1000 to 1000000 Hz)";
  else if (n_channels < 1 || n_channels > 64)
    reason = "number of channels out of range (1 to 64)";
  else if (n_bands < 1 || n_bands > MST_CROSSOVER_MAX_BANDS)
    reason = "number of bands out of range (1 to 8)";
  MstCrossover *x = reason ? NULL : calloc (1, sizeof *x);
  if (x != NULL) {
    x->rate_hz = rate_hz;
    x->n_channels = n_channels;
    x->n_bands = n_bands;
    x->kernels = MST_KERNEL_CHOOSE (mst_crossover_kernels);
    x->low_share = type == MST_CROSSOVER_LR8 ? 1.0 / 16.0 : 1.0 / 4.0;
    plan_tree (x);
    for (unsigned j = 0; j < x->n_stages; j++)
      x->stage[j].is_lr8 = type == MST_CROSSOVER_LR8;
    x->state = calloc (n_states (x) + 1, sizeof *x->state);
    x->scratch = calloc (x->n_slots, 2 * BLOCK * sizeof *x->scratch);
    for (unsigned slot = 0; slot < x->n_slots && x->scratch != NULL; slot++)
      for (unsigned side = 0; side < 2; side++)
        x->plane[slot][side] = x->scratch + ((size_t) 2 * slot + side) * BLOCK;
    if (x->state != NULL && x->scratch != NULL) {
      double hz[MST_CROSSOVER_MAX_BANDS];
      for (unsigned i = 0; i + 1 < n_bands; i++)
        hz[i] = 20.0 * pow (1000.0, (i + 1.0) / n_bands);
      mst_crossover_set (x, hz, 0);
      return x;
    }
    mst_crossover_free (x);
  }
  if (error != NULL)
    *error = reason ? reason : "out of memory";
  return NULL;
}

static double
warped (const MstCrossover *x, double log_hz)
{
  return tan (M_PI * exp (log_hz) / x->rate_hz);
}

static double
log_now (const Frequency *f)
{
  return f->length == 0 ? f->to : f->from + (f->to - f->from) * ((double) f->at / (double) f->length);
}

/* The next step of a ramp, or rest */
static void
next_step (const MstCrossover *x, Frequency *f)
{
  const size_t todo = f->length - f->at;
  f->g_step = 0.0;
  f->left = todo < STEP ? todo : STEP;
  if (f->left == 0) {
    f->at = f->length = 0;
    f->g = warped (x, f->to);
    return;
  }
  const double start = warped (x, log_now (f));
  f->at += f->left;
  f->g = warped (x, log_now (f));
  f->g_step = (f->g - start) / (double) f->left;
}

void
mst_crossover_set (MstCrossover *x, const double *upper_hz, size_t ramp_frames)
{
  double hz = 1.0;
  for (unsigned i = 0; i + 1 < x->n_bands; i++) {
    Frequency *f = &x->frequency[i];
    hz = fmin (fmax (hz, upper_hz[i]), 0.45 * x->rate_hz);
    const double to = log (hz);
    if (to == f->to && ramp_frames > 0)
      continue;
    /* Within a step: where the straight line of g is now */
    const double g_now = f->g - f->g_step * (double) f->left;
    f->from = atan (g_now > 0.0 ? g_now : 1e-9) * x->rate_hz / M_PI;
    f->from = log (f->from);
    f->to = to;
    f->at = 0;
    f->length = ramp_frames;
    next_step (x, f);
    x->is_loaded = 0;
  }
}

/* Hands the frequencies' steps to the stages. Returns whether any moves; *@n_frames is cut to the end of the first step. */
static int
load_stages (MstCrossover *x, size_t *n_frames)
{
  int moving = 0;
  if (x->is_loaded)
    return 0;
  for (unsigned i = 0; i + 1 < x->n_bands; i++) {
    Frequency *f = &x->frequency[i];
    if (f->length > 0 && f->left == 0)
      next_step (x, f);
    if (f->length > 0) {
      moving = 1;
      if (f->left < *n_frames)
        *n_frames = f->left;
    }
  }
  for (unsigned j = 0; j < x->n_stages; j++) {
    MstCrossoverStage *s = &x->stage[j];
    for (unsigned k = 0; k <= s->n_comps; k++)
      for (unsigned lane = 0; lane < 2 * s->n_nodes; lane++) {
        const unsigned filter = k < s->n_comps ? k : MST_CROSSOVER_COMPS;
        const int at = x->plan[j].crossover[lane / 2][filter];
        const Frequency *f = at == NO_CROSSOVER ? NULL : &x->frequency[at];
        s->g[k][lane] = f ? f->g : 0.0;
        s->g_step[k][lane] = f ? f->g_step : 0.0;
        s->left[k][lane] = f ? (double) f->left : 0.0;
      }
  }
  for (unsigned j = 0; j < x->n_stages && !moving; j++)
    x->kernels->design (&x->stage[j]);
  x->is_loaded = !moving;
  return moving;
}

static void
settle (MstCrossover *x)
{
  double *s = (double *) x->state;
  for (size_t i = 0; i < n_states (x) * sizeof *x->state / sizeof *s; i++)
    s[i] = fabs (s[i]) < NOTHING ? 0.0 : s[i];
}


static void
process_pair (MstCrossover *x, MstCrossoverState *state, const double *const in[2], double *const (*bands)[2], size_t n, int moving)
{
  for (unsigned side = 0; side < 2; side++) {
    x->plane[0][side] = (double *) in[side];
    for (unsigned b = 0; b < x->n_bands && x->n_stages > 0; b++)
      x->plane[x->band_slot[b]][side] = bands[b][side];
  }
  for (unsigned j = 0; j < x->n_stages; j++) {
    const StagePlan *p = &x->plan[j];
    double *from[4], *low[4], *high[4];
    for (unsigned node = 0; node < x->stage[j].n_nodes; node++)
      for (unsigned side = 0; side < 2; side++) {
        from[2 * node + side] = x->plane[p->in[node]][side];
        low[2 * node + side] = x->plane[p->low[node]][side];
        high[2 * node + side] = x->plane[p->high[node]][side];
      }
    x->kernels->stage (&x->stage[j], &state[j], (const double *const *) from, low, high, n, moving);
  }
}

void
mst_crossover_process (MstCrossover *x, const double *const *in, double *const *bands, size_t n_frames)
{
  size_t n = 0;
  for (size_t done = 0; done < n_frames; done += n) {
    const size_t left = BLOCK - x->at % BLOCK;
    n = left < n_frames - done ? left : n_frames - done;
    const int moving = load_stages (x, &n);
    for (unsigned ch = 0; ch < x->n_channels; ch += 2) {
      /* An odd last channel is its own neighbour */
      const unsigned second = ch + 1 < x->n_channels ? ch + 1 : ch;
      const double *const from[2] = { in[ch] + done, in[second] + done };
      double *to[MST_CROSSOVER_MAX_BANDS][2];
      for (unsigned b = 0; b < x->n_bands; b++) {
        to[b][0] = bands[b * x->n_channels + ch] + done;
        to[b][1] = bands[b * x->n_channels + second] + done;
        for (unsigned side = 0; side < 2 && x->n_stages == 0; side++)
          memcpy (to[b][side], from[side], n * sizeof *from[side]);
      }
      process_pair (x, x->state + ch / 2 * x->n_stages, from, to, n, moving);
    }
    for (unsigned i = 0; moving && i + 1 < x->n_bands; i++)
      if (x->frequency[i].length > 0)
        x->frequency[i].left -= n;
    x->at = (x->at + n) % SETTLE;
    if (x->at == 0)
      settle (x);
  }
}

void
mst_crossover_reset (MstCrossover *x)
{
  memset (x->state, 0, n_states (x) * sizeof *x->state);
  x->at = 0;
  x->is_loaded = 0;
  for (unsigned i = 0; i + 1 < x->n_bands; i++) {
    x->frequency[i].length = x->frequency[i].at = 0;
    next_step (x, &x->frequency[i]);
  }
}

void
mst_crossover_free (MstCrossover *x)
{
  if (x == NULL)
    return;
  free (x->scratch);
  free (x->state);
  free (x);
}
