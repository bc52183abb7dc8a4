/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "convolver.h"
#include "fft.h"
#include "fft-kernels.h"
#include "isa.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

MST_KERNEL_DECLARE (MstFftKernels, mst_fft_kernels);

#define STEPS 8                 /* portions of a block's work */
#define TERMS 4                 /* products in one pass */
#define APART 8                 /* doubles between arrays: equal places of them in different sets of the cache */

typedef enum
{
  NOTHING,
  DELAY,                        /* one tap */
  FULL
} Kind;

typedef struct
{
  Kind kind;
  double gain;                  /* of DELAY */
  size_t delay;
  size_t first, last;           /* parts that are not all zero: first <= p < last */
  double *spectra;
} Kernel;

enum { NOW, NEXT, WAITING, N_SLOTS };

/* A spectrum is made when the first kernel asks for it. */
typedef enum
{
  UNKNOWN,
  SILENT,
  KNOWN
} Known;

struct _MstConvolver
{
  MstConvolverSetup setup;
  MstConvolverRoute *routes;
  size_t n_parts, stride;       /* doubles from spectrum to spectrum; its imaginary half begins at stride/2 */
  MstFft *fft;
  const MstFftKernels *kernels;
  Kernel *kernel;               /* [kernel][slot], slots as in @slot */
  bool *has_next, *has_waiting; /* [kernel] */
  double *spectra;              /* [input][part]: transform of block b and the one before in part b % n_parts */
  Known *known;                 /* [input][part] */
  double *past;                 /* [input][(n_parts + 1) blocks], ring */
  double *sum;                  /* [output][NOW, NEXT] spectra */
  bool *has_sum;                /* [output][NOW, NEXT] */
  double *ready;                /* [output][block]: what leaves now */
  double *time[2], *fade;       /* two blocks each; fade_frames, from 0 up */
  size_t part, place;           /* of the block that fills, in spectra and in past */
  size_t at;                    /* frames in it */
  bool started, fading;
  size_t fade_at;
};

size_t
mst_convolver_best_block (size_t max_taps)
{
  size_t block = 256;
  while (block < 8192 && block * 4 < max_taps)
    block *= 2;
  return block;
}

static void *
room (size_t n_doubles)
{
  double *p = aligned_alloc (64, (n_doubles * sizeof (double) + 63) & ~(size_t) 63);
  if (p)
    memset (p, 0, n_doubles * sizeof (double));
  return p;
}

MstConvolver *
mst_convolver_new (const MstConvolverSetup *s, const char **error)
{
  const char *unheard;
  if (!error)
    error = &unheard;
  if (s->block < 16 || (s->block & (s->block - 1)) != 0 || s->max_taps < 1 || s->fade_frames < 1) {
    *error = "a convolver needs a block of a power of two, taps and a fade";
    return NULL;
  }
  *error = "out of memory";
  MstConvolver *c = calloc (1, sizeof *c);
  if (!c)
    return NULL;
  c->setup = *s;
  c->n_parts = (s->max_taps + s->block - 1) / s->block;
  c->stride = 2 * (s->block + APART);
  c->kernels = MST_KERNEL_CHOOSE (mst_fft_kernels);
  c->fft = mst_fft_new (2 * s->block);
  c->routes = calloc (s->n_routes + 1, sizeof *c->routes);
  c->kernel = calloc (s->n_kernels * N_SLOTS + 1, sizeof *c->kernel);
  c->has_next = calloc (2 * s->n_kernels + 1, sizeof *c->has_next);
  c->known = calloc (s->n_inputs * c->n_parts + 1, sizeof *c->known);
  c->has_sum = calloc (2 * s->n_outputs + 1, sizeof *c->has_sum);
  c->spectra = room (s->n_inputs * c->n_parts * c->stride + 1);
  c->past = room (s->n_inputs * (c->n_parts + 1) * s->block + 1);
  c->sum = room (s->n_outputs * 2 * c->stride + 1);
  c->ready = room (s->n_outputs * s->block + 1);
  c->time[0] = room (4 * s->block);
  c->fade = room (s->fade_frames);
  bool ok = c->fft && c->routes && c->kernel && c->has_next && c->known && c->has_sum && c->spectra && c->past && c->sum
      && c->ready && c->time[0] && c->fade;
  for (size_t k = 0; ok && k < (size_t) s->n_kernels * N_SLOTS; k++)
    ok = (c->kernel[k].spectra = room (c->n_parts * c->stride)) != NULL;
  if (!ok) {
    mst_convolver_free (c);
    return NULL;
  }
  c->has_waiting = c->has_next + s->n_kernels;
  c->time[1] = c->time[0] + 2 * s->block;
  for (unsigned i = 0; i < s->n_routes; i++)
    c->routes[i] = s->routes[i];
  c->setup.routes = c->routes;
  for (size_t i = 0; i < s->fade_frames; i++)
    c->fade[i] = 0.5 - 0.5 * cos (M_PI * ((double) i + 0.5) / (double) s->fade_frames);
  mst_convolver_reset (c);
  return c;
}

void
mst_convolver_free (MstConvolver *c)
{
  if (!c)
    return;
  for (size_t k = 0; c->kernel && k < (size_t) c->setup.n_kernels * N_SLOTS; k++)
    free (c->kernel[k].spectra);
  mst_fft_free (c->fft);
  free (c->routes);
  free (c->kernel);
  free (c->has_next);
  free (c->known);
  free (c->has_sum);
  free (c->spectra);
  free (c->past);
  free (c->sum);
  free (c->ready);
  free (c->time[0]);
  free (c->fade);
  free (c);
}

size_t
mst_convolver_latency (const MstConvolver *c)
{
  return c->setup.block;
}

static void
swap (Kernel *a, Kernel *b)
{
  const Kernel t = *a;
  *a = *b;
  *b = t;
}

/* What waits is faded in next, what was faded in is there. */
static void
promote (MstConvolver *c, unsigned from, bool *has)
{
  for (unsigned k = 0; k < c->setup.n_kernels; k++)
    if (has[k]) {
      swap (&c->kernel[k * N_SLOTS + from], &c->kernel[k * N_SLOTS + from - 1]);
      has[k] = false;
      if (from == WAITING)
        c->has_next[k] = true;
    }
}

void
mst_convolver_reset (MstConvolver *c)
{
  const MstConvolverSetup *s = &c->setup;
  promote (c, NEXT, c->has_next);
  promote (c, WAITING, c->has_waiting);
  promote (c, NEXT, c->has_next);
  for (size_t i = 0; i < s->n_inputs * c->n_parts; i++)
    c->known[i] = SILENT;
  memset (c->past, 0, s->n_inputs * (c->n_parts + 1) * s->block * sizeof *c->past);
  memset (c->ready, 0, s->n_outputs * s->block * sizeof *c->ready);
  memset (c->has_sum, 0, 2 * s->n_outputs * sizeof *c->has_sum);
  c->part = c->place = c->at = c->fade_at = 0;
  c->started = c->fading = false;
}

void
mst_convolver_set_kernel (MstConvolver *c, unsigned kernel, const double *taps, size_t n_taps)
{
  Kernel *k = &c->kernel[kernel * N_SLOTS + WAITING];
  const size_t block = c->setup.block;
  size_t n_alive = 0;
  k->first = c->n_parts;
  k->last = 0;
  for (size_t t = 0; t < n_taps; t++)
    if (taps[t] != 0.0) {
      n_alive++;
      k->delay = t;
      k->gain = taps[t];
      k->first = t / block < k->first ? t / block : k->first;
      k->last = t / block + 1;
    }
  k->kind = n_alive == 0 ? NOTHING : n_alive == 1 ? DELAY : FULL;
  for (size_t p = k->first; k->kind == FULL && p < k->last; p++) {
    double *time = c->time[0], *re = k->spectra + p * c->stride;
    for (size_t t = 0; t < 2 * block; t++)
      time[t] = t < block && p * block + t < n_taps ? taps[p * block + t] / (double) (2 * block) : 0.0;
    mst_fft_forward (c->fft, time, re, re + c->stride / 2);
  }
  c->has_waiting[kernel] = true;
  if (!c->started) {
    promote (c, WAITING, c->has_waiting);
    promote (c, NEXT, c->has_next);
  }
}

static MstFftFrom
spectrum (const MstConvolver *c, const double *re)
{
  return (MstFftFrom) { re, re + c->stride / 2 };
}

/* Whether output @o is under a fade. */
static bool
is_changing (const MstConvolver *c, unsigned o)
{
  for (unsigned i = 0; c->fading && i < c->setup.n_routes; i++)
    if (c->routes[i].output == o && c->has_next[c->routes[i].kernel])
      return true;
  return false;
}

static const Kernel *
kernel_of (const MstConvolver *c, unsigned route, unsigned slot)
{
  const unsigned k = c->routes[route].kernel;
  return &c->kernel[k * N_SLOTS + (slot == NEXT && c->has_next[k] ? NEXT : NOW)];
}

/* Whether the input's block @age blocks before the one that fills, or the one before that, holds anything; then its
 * spectrum is there. */
static bool
has_spectrum (MstConvolver *c, unsigned input, size_t age, size_t part)
{
  if (c->known[part] == UNKNOWN) {
    const size_t block = c->setup.block, n_places = c->n_parts + 1, place = c->place + n_places - age;
    const double *past = c->past + input * n_places * block;
    const double *window = past + (place % n_places + n_places - 1) % n_places * block;
    double *re = c->spectra + part * c->stride;
    c->known[part] = SILENT;
    if (place % n_places == 0) {        /* the one before is at the ring's other end */
      memcpy (c->time[0], past + (n_places - 1) * block, block * sizeof *past);
      memcpy (c->time[0] + block, past, block * sizeof *past);
      window = c->time[0];
    }
    for (size_t t = 0; c->known[part] == SILENT && t < 2 * block; t++)
      if (window[t] != 0.0)
        c->known[part] = KNOWN;
    if (c->known[part] == KNOWN)
      mst_fft_forward (c->fft, window, re, re + c->stride / 2);
  }
  return c->known[part] == KNOWN;
}

/* The kernels' parts from @first on, before @last, with the blocks that they meet in the output of the block that fills. */
static void
add_products (MstConvolver *c, unsigned o, unsigned slot, size_t first, size_t last)
{
  double *re = c->sum + (2 * o + slot) * c->stride;
  const MstFftTo sum = { re, re + c->stride / 2 };
  MstFftFrom x[TERMS], h[TERMS];
  unsigned n = 0;
  for (unsigned i = 0; i < c->setup.n_routes; i++) {
    const MstConvolverRoute *r = &c->routes[i];
    const Kernel *k = kernel_of (c, i, slot);
    if (r->output != o || k->kind != FULL)
      continue;
    for (size_t p = first > k->first ? first : k->first; p < last && p < k->last; p++) {
      const size_t part = r->input * c->n_parts + (c->part + c->n_parts - p) % c->n_parts;
      if (!has_spectrum (c, r->input, p, part))
        continue;
      if (!c->has_sum[2 * o + slot])
        memset (re, 0, c->stride * sizeof *re);
      c->has_sum[2 * o + slot] = true;
      x[n] = spectrum (c, c->spectra + part * c->stride);
      h[n] = spectrum (c, k->spectra + p * c->stride);
      if (++n == TERMS) {
        c->kernels->multiply_add (sum, x, h, n, c->setup.block);
        n = 0;
      }
    }
  }
  if (n > 0)
    c->kernels->multiply_add (sum, x, h, n, c->setup.block);
}

/* Portion @step of what does not need the block that fills. */
static void
work (MstConvolver *c, size_t step)
{
  const size_t first = 1 + (c->n_parts - 1) * step / STEPS, last = 1 + (c->n_parts - 1) * (step + 1) / STEPS;
  for (unsigned o = 0; first < last && o < c->setup.n_outputs; o++) {
    add_products (c, o, NOW, first, last);
    if (is_changing (c, o))
      add_products (c, o, NEXT, first, last);
  }
}

/* The block of output @o with the kernels of @slot. */
static const double *
finish (MstConvolver *c, unsigned o, unsigned slot)
{
  const size_t block = c->setup.block, length = (c->n_parts + 1) * block;
  double *re = c->sum + (2 * o + slot) * c->stride, *out = c->time[slot] + block;
  add_products (c, o, slot, 0, 1);
  if (c->has_sum[2 * o + slot])
    mst_fft_inverse (c->fft, re, re + c->stride / 2, c->time[slot]);
  else
    memset (out, 0, block * sizeof *out);
  c->has_sum[2 * o + slot] = false;
  for (unsigned i = 0; i < c->setup.n_routes; i++) {
    const Kernel *k = kernel_of (c, i, slot);
    if (c->routes[i].output != o || k->kind != DELAY)
      continue;
    const double *past = c->past + c->routes[i].input * length;
    size_t from = (c->place * block + length - k->delay) % length;
    for (size_t t = 0; t < block; t++) {
      out[t] += k->gain * past[from];
      from = from + 1 < length ? from + 1 : 0;
    }
  }
  return out;
}

static void
finish_block (MstConvolver *c)
{
  const size_t block = c->setup.block, rest = c->setup.fade_frames - c->fade_at, n_fade = rest < block ? rest : block;
  const double *fade = c->fade + c->fade_at;
  for (unsigned i = 0; i < c->setup.n_inputs; i++)
    c->known[i * c->n_parts + c->part] = UNKNOWN;
  for (unsigned o = 0; o < c->setup.n_outputs; o++) {
    double *ready = c->ready + o * block;
    memcpy (ready, finish (c, o, NOW), block * sizeof *ready);
    if (!is_changing (c, o))
      continue;
    const double *next = finish (c, o, NEXT);
    for (size_t t = 0; t < n_fade; t++)
      ready[t] += fade[t] * (next[t] - ready[t]);
    memcpy (ready + n_fade, next + n_fade, (block - n_fade) * sizeof *ready);
  }
  if (c->fading && (c->fade_at += n_fade) == c->setup.fade_frames) {
    promote (c, NEXT, c->has_next);
    c->fading = false;
  }
  c->part = (c->part + 1) % c->n_parts;
  c->place = (c->place + 1) % (c->n_parts + 1);
  c->at = 0;
}

static void
begin_block (MstConvolver *c)
{
  c->started = true;
  if (c->fading)
    return;
  promote (c, WAITING, c->has_waiting);
  c->fade_at = 0;
  for (unsigned k = 0; k < c->setup.n_kernels; k++)
    c->fading |= c->has_next[k];
}

void
mst_convolver_process (MstConvolver *c, double *const *in, double *const *out, size_t n_frames)
{
  const size_t block = c->setup.block, portion = block / STEPS;
  for (size_t done = 0; done < n_frames;) {
    size_t n = portion - c->at % portion;
    n = n < n_frames - done ? n : n_frames - done;
    if (c->at == 0)
      begin_block (c);
    for (unsigned i = 0; i < c->setup.n_inputs; i++)
      memcpy (c->past + (i * (c->n_parts + 1) + c->place) * block + c->at, in[i] + done, n * sizeof (double));
    for (unsigned o = 0; o < c->setup.n_outputs; o++)
      memcpy (out[o] + done, c->ready + o * block + c->at, n * sizeof (double));
    c->at += n;
    done += n;
    if (c->at % portion == 0)
      work (c, c->at / portion - 1);
    if (c->at == block)
      finish_block (c);
  }
}
