/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "intake.h"

#include <math.h>
#include <string.h>

#define FLAT (2.0 / 32768.0)
#define EDGE (16.0 / 32768.0)
#define FLAT_LEVEL 0.25
#define SILENCE 0.001           /* -60 dBFS */
#define CLICK_FLOOR 0.002       /* a smaller second difference is not heard */
#define WINDOW_S 0.4
#define HISTORY 7               /* blocks that a click is judged by: three before, itself, three behind */

typedef struct
{
  gdouble *x;                   /* PAD samples of the block before, then the block */
  gdouble sum, energy;          /* of all blocks */
  gdouble step[HISTORY], steps[HISTORY];        /* largest second difference, and sum of their squares; ring by block */
} Lane;

typedef struct
{
  GstMasterIntake public;
  gsize block, fill;            /* frames of a block; in hand */
  guint64 n_blocks;
  Lane *lanes;
  gint bits;                    /* that held all so far, 33: more than 32 */
  gint64 first_loud, last_loud; /* blocks, -1: none yet */
  gdouble ending[2];            /* mean square of the last two blocks that are not silence, all channels */
  gdouble ll, rr, lr;           /* of the window in hand */
  gdouble all_ll, all_rr, all_lr;
  gsize window, window_fill;    /* in blocks */
  guint64 last_click;
} Intake;

/* A flat top reaches over the edge of a block by its neighbour and itself: this much of the block before stays in sight */
#define PAD 8

GstMasterIntake *
gst_master_intake_new (gint rate, gint n_channels)
{
  Intake *in = g_new0 (Intake, 1);

  in->public.rate = rate;
  in->public.n_channels = n_channels;
  in->public.channels = g_new0 (GstMasterIntakeChannel, n_channels);
  in->block = 256 * (gsize) ((rate + 47999) / 48000);
  in->window = (gsize) fmax (1.0, rint (WINDOW_S * rate / (gdouble) in->block));
  in->lanes = g_new0 (Lane, n_channels);
  for (gint c = 0; c < n_channels; c++)
    in->lanes[c].x = g_new0 (gdouble, PAD + in->block);
  in->bits = 1;
  in->first_loud = in->last_loud = -1;
  in->last_click = G_MAXUINT64;
  return &in->public;
}

void
gst_master_intake_free (GstMasterIntake *intake)
{
  Intake *in = (Intake *) intake;

  if (in == NULL)
    return;
  for (gint c = 0; c < intake->n_channels; c++)
    g_free (in->lanes[c].x);
  g_free (in->lanes);
  g_free (intake->channels);
  g_free (in);
}

static guint
level_bin (gdouble level)
{
  const gdouble bin = -200.0 * log10 (level);   /* a tenth of a dB each */
  return bin <= 0.0 ? 0 : bin >= GST_MASTER_LEVEL_BINS - 1 ? GST_MASTER_LEVEL_BINS - 1 : (guint) bin;
}

/* GCC's and Clang's vectors; on any processor. */
typedef gdouble V __attribute__((vector_size (16)));
typedef gint64 VMask __attribute__((vector_size (16)));

static inline V
load (const gdouble *x)
{
  V v;
  memcpy (&v, x, sizeof v);
  return v;
}

static inline V
v_abs (V v)
{
  return (V) ((VMask) v & G_MAXINT64);
}

static inline V
v_max (V a, V b)
{
  const VMask larger = a > b;
  return (V) (((VMask) a & larger) | ((VMask) b & ~larger));
}

/* Sum, sum of squares and highest |x|; n is a multiple of 4, here and below. */
static void
measure (const gdouble *x, gsize n, gdouble *sum, gdouble *energy, gdouble *peak)
{
  V s[2] = { { 0 } }, e[2] = { { 0 } }, p[2] = { { 0 } };

  for (gsize i = 0; i < n; i += 4)
    for (guint k = 0; k < 2; k++) {
      const V v = load (x + i + 2 * k);
      s[k] += v;
      e[k] += v * v;
      p[k] = v_max (p[k], v_abs (v));
    }
  *sum = (s[0][0] + s[0][1]) + (s[1][0] + s[1][1]);
  *energy = (e[0][0] + e[0][1]) + (e[1][0] + e[1][1]);
  *peak = fmax (fmax (p[0][0], p[0][1]), fmax (p[1][0], p[1][1]));
}

/* Largest |second difference|, the sum of their squares, and the highest |x| that differs from the two before it by no more than FLAT:
 * that is nearly always low, and then there is no flat top. x[-2], x[-1] are there. */
static void
measure_steps (const gdouble *x, gsize n, gdouble *largest, gdouble *energy, gdouble *flat)
{
  V e[2] = { { 0 } }, p[2] = { { 0 } }, f[2] = { { 0 } };

  for (gsize i = 0; i < n; i += 4)
    for (guint k = 0; k < 2; k++) {
      const gdouble *at = x + i + 2 * k;
      const V v = load (at), step = v - load (at - 1), two = v - load (at - 2), d = step + step - two;
      e[k] += d * d;
      p[k] = v_max (p[k], v_abs (d));
      const VMask is_flat = v_max (v_abs (step), v_abs (two)) <= (V) { FLAT, FLAT };
      f[k] = v_max (f[k], (V) ((VMask) v_abs (v) & is_flat));
    }
  *energy = (e[0][0] + e[0][1]) + (e[1][0] + e[1][1]);
  *largest = fmax (fmax (p[0][0], p[0][1]), fmax (p[1][0], p[1][1]));
  *flat = fmax (fmax (f[0][0], f[0][1]), fmax (f[1][0], f[1][1]));
}

/* Flat tops whose lower neighbour behind them is x[0] to x[n-1]; PAD samples before are there. */
static void
find_flat_tops (GstMasterIntakeChannel *ch, const gdouble *x, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    const gdouble sign = x[(gssize) i - 1] < 0.0 ? -1.0 : 1.0;
    const gdouble *end = x + (gssize) i - 1;    /* the last of the top */
    const gdouble *p = end, *first = x - PAD;
    gdouble high = end[0] * sign, low = high;

    if (high < FLAT_LEVEL || high - x[i] * sign < EDGE)
      continue;
    while (p > first && fmax (high, p[-1] * sign) - fmin (low, p[-1] * sign) <= FLAT) {
      p--;
      high = fmax (high, *p * sign);
      low = fmin (low, *p * sign);
    }
    /* where the block before ends out of sight it was a long one */
    if (end - p + 1 >= 3 && (p == first || high - p[-1] * sign >= EDGE)) {
      ch->flat_tops++;
      ch->flat_tops_at[level_bin (high)]++;
    }
  }
}

/* Whether each sample lies on the grid of @bits. */
static gboolean
is_on_grid (const gdouble *x, gsize n, gint bits)
{
  const gdouble scale = ldexp (1.0, bits - 1), round = 6755399441055744.0;      /* 1.5 * 2^52: adding it leaves no fraction */
  V off = { 0 };

  for (gsize i = 0; i < n; i += 2) {
    const V v = load (x + i) * scale;
    off = v_max (off, v_abs (v - ((v + round) - round)));
  }
  return off[0] + off[1] == 0.0;
}

static void
take_bits (Intake *in, const gdouble *x, gsize n)
{
  while (in->bits <= 32 && !is_on_grid (x, n, in->bits))
    in->bits++;
}

static void
judge_click (Intake *in, const Lane *lane)
{
  const guint64 centre = in->n_blocks - 3;
  const guint at = centre % HISTORY;
  const gdouble frames = (gdouble) in->block;
  const gdouble around = lane->steps[at] + lane->steps[(at + 1) % HISTORY] + lane->steps[(at + HISTORY - 1) % HISTORY];
  const gdouble before = lane->steps[(at + HISTORY - 3) % HISTORY] + lane->steps[(at + HISTORY - 2) % HISTORY];
  const gdouble behind = lane->steps[(at + 2) % HISTORY] + lane->steps[(at + 3) % HISTORY];
  const gdouble rms = sqrt (fmax (before, behind) / (2.0 * frames)), step = lane->step[at];
  const gdouble share = step * step / (around - 1.5 * fmin (before, behind));

  if (step < CLICK_FLOOR || in->last_click == centre || !((step > 50.0 * rms && share > 0.47) || (step > 300.0 * rms && share > 0.2)))
    return;
  in->last_click = centre;      /* one in several channels is one */
  if (in->public.n_clicks < G_N_ELEMENTS (in->public.first_clicks_s))
    in->public.first_clicks_s[in->public.n_clicks] = ((gdouble) centre + 0.5) * frames / in->public.rate;
  in->public.n_clicks++;
}

static void
close_window (Intake *in)
{
  const gdouble frames = (gdouble) in->window_fill * (gdouble) in->block;
  const gdouble seconds = frames / in->public.rate;

  if ((in->ll + in->rr) / frames > SILENCE * SILENCE) {
    in->public.windows_s += seconds;
    if (in->lr < -0.3 * sqrt (in->ll * in->rr))
      in->public.negative_s += seconds;
  }
  in->all_ll += in->ll;
  in->all_rr += in->rr;
  in->all_lr += in->lr;
  in->ll = in->rr = in->lr = 0.0;
  in->window_fill = 0;
}

static void
correlate (Intake *in, gsize n)
{
  const gdouble *l = in->lanes[0].x + PAD, *r = in->lanes[1].x + PAD;
  V lr[2] = { { 0 } };

  for (gsize i = 0; i < n; i += 4)
    for (guint k = 0; k < 2; k++)
      lr[k] += load (l + i + 2 * k) * load (r + i + 2 * k);
  in->lr += (lr[0][0] + lr[0][1]) + (lr[1][0] + lr[1][1]);
}

/* The block in hand, filled up with zeros if it is the last one. */
static void
take_block (Intake *in)
{
  const gsize n = in->block;
  gdouble loudest = 0.0, mean_square = 0.0;

  for (gint c = 0; c < in->public.n_channels; c++) {
    GstMasterIntakeChannel *ch = &in->public.channels[c];
    Lane *lane = &in->lanes[c];
    gdouble *x = lane->x + PAD;
    gdouble sum, energy, peak, flat;
    const guint at = in->n_blocks % HISTORY;

    measure (x, n, &sum, &energy, &peak);
    measure_steps (x, n, &lane->step[at], &lane->steps[at], &flat);
    if (flat >= FLAT_LEVEL)
      find_flat_tops (ch, x, n);
    else if (peak >= FLAT_LEVEL || fabs (x[-1]) >= FLAT_LEVEL)
      find_flat_tops (ch, x, 1);        /* one that ended with the block before */
    if (in->n_blocks % 4 == 0)
      take_bits (in, x, n);
    if (in->n_blocks >= HISTORY - 1)
      judge_click (in, lane);
    if (peak > 0.0)
      ch->block_peaks_at[level_bin (peak)]++;
    ch->peak = fmax (ch->peak, peak);
    lane->sum += sum;
    lane->energy += energy;
    loudest = fmax (loudest, peak);
    mean_square += energy / (gdouble) n;
    if (c == 0)
      in->ll += energy;
    else if (c == 1)
      in->rr += energy;
  }
  if (in->public.n_channels == 2)
    correlate (in, n);
  if (++in->window_fill == in->window)
    close_window (in);
  if (loudest > SILENCE) {
    if (in->first_loud < 0)
      in->first_loud = (gint64) in->n_blocks;
    in->last_loud = (gint64) in->n_blocks;
    in->ending[0] = in->ending[1];
    in->ending[1] = mean_square;
  }
  in->n_blocks++;
  in->fill = 0;
  for (gint c = 0; c < in->public.n_channels; c++)
    memcpy (in->lanes[c].x, in->lanes[c].x + n, PAD * sizeof (gdouble));
}

void
gst_master_intake_feed (GstMasterIntake *intake, const gdouble *frames, gsize n_frames)
{
  Intake *in = (Intake *) intake;
  const gint channels = intake->n_channels;
  guint64 n_invalid = 0;

  intake->n_frames += n_frames;
  while (n_frames > 0) {
    const gsize n = MIN (n_frames, in->block - in->fill);
    for (gint c = 0; c < channels; c++) {
      gdouble *x = in->lanes[c].x + PAD + in->fill;
      for (gsize i = 0; i < n; i++) {
        const gdouble v = frames[i * (gsize) channels + (gsize) c];
        const gboolean is_number = fabs (v) <= G_MAXFLOAT;
        x[i] = is_number ? v : 0.0;
        n_invalid += !is_number;
      }
    }
    in->fill += n;
    frames += n * (gsize) channels;
    n_frames -= n;
    if (in->fill == in->block)
      take_block (in);
  }
  intake->n_invalid += n_invalid;
}

void
gst_master_intake_finish (GstMasterIntake *intake)
{
  Intake *in = (Intake *) intake;
  const gdouble frames = fmax (1.0, (gdouble) intake->n_frames), block_s = (gdouble) in->block / intake->rate;
  gdouble energy = 0.0, dc = 0.0;

  /* An unfinished block is judged with zeros behind it: the end of the file is no click, for nothing is behind that */
  const gsize last = in->fill;
  if (last > 0) {
    for (gint c = 0; c < intake->n_channels; c++)
      memset (in->lanes[c].x + PAD + last, 0, (in->block - last) * sizeof (gdouble));
    take_block (in);
    if (in->last_loud == (gint64) in->n_blocks - 1)
      in->ending[1] *= (gdouble) in->block / (gdouble) last;
  }
  if (in->window_fill > 0)
    close_window (in);
  /* A stop to silence is the end, not a click */
  if (intake->n_clicks > 0 && (gint64) in->last_click >= in->last_loud)
    intake->n_clicks--;

  for (gint c = 0; c < intake->n_channels; c++) {
    intake->channels[c].dc = in->lanes[c].sum / frames;
    intake->channels[c].rms = sqrt (in->lanes[c].energy / frames);
    energy += in->lanes[c].energy / frames;
    dc += intake->channels[c].dc * intake->channels[c].dc;
  }
  intake->head_s = in->first_loud < 0 ? frames / intake->rate : (gdouble) in->first_loud * block_s;
  intake->tail_s = in->last_loud < 0 ? frames / intake->rate
      : fmax (0.0, frames / intake->rate - (gdouble) (in->last_loud + 1) * block_s);
  /* its last sound may end within the block: the louder of two */
  intake->ending_db = 10.0 * log10 (fmax (0.0, fmax (in->ending[0], in->ending[1]) - dc) / (energy - dc));
  intake->correlation = 1.0;
  if (intake->n_channels == 2) {
    const gdouble sides = in->all_ll + in->all_rr;
    intake->difference_db = 10.0 * log10 (fmax (0.0, sides - 2.0 * in->all_lr) / (sides + 2.0 * in->all_lr));
    intake->correlation = in->all_ll > 0.0 && in->all_rr > 0.0 ? in->all_lr / sqrt (in->all_ll * in->all_rr) : 0.0;
  }
  if (in->bits <= 32 && energy > 0.0)
    intake->bits = in->bits;
}
