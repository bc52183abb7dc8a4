/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loudnessmatch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kweight.h"

#define STEP_SECONDS 0.1
#define MEMORY_STEPS 1800.0     /* 3 min */
#define CATCH_UP 4.0            /* times what the output is short of is added */
#define MOST_CATCH_UP_DB 2.0
#define FIRST_STEPS 10.0        /* that count: here the gain may move fast */
#define FIRST_DB_PER_STEP 1.0
#define MOST_DB_PER_STEP 0.2
#define MOST_DB 24.0
#define GATE_POWER 1.1724653e-7 /* -70 LUFS: 10^((-70 + 0.691)/10) */
#define RELATIVE_GATE 0.1       /* -10 LU */
#define OFF_STEPS 0.2           /* how long it takes to leave when switched off: 20 ms */

/* One side of one channel */
typedef struct
{
  double z1[MST_KWEIGHT_SECTIONS], z2[MST_KWEIGHT_SECTIONS];
  double sum;                   /* of the weighted squares of this step */
} Ear;

struct _MstLoudnessMatch
{
  unsigned n_channels;
  MstKWeight weight;
  Ear (*ear)[2];                /* by channel: of the input, of the output */
  size_t step, at;              /* frames of a step; frames of this one done */
  int is_on;
  double known_power;
  double average[3], n_steps[3];        /* mean squares over the steps that counted: in, out before the gain and after it */
  double start_db;              /* the gain when this step began */
  double now_db, target_db;     /* at the last stop; at the next */
  double gain, per_frame;       /* linear: of now; its factor from frame to frame */
  size_t left;                  /* frames until target */
};

MstLoudnessMatch *
mst_loudness_match_new (double rate_hz, unsigned n_channels, size_t block)
{
  MstLoudnessMatch *m = calloc (1, sizeof *m);
  if (m == NULL)
    return NULL;
  m->n_channels = n_channels;
  m->step = (size_t) fmax (1.0, floor (STEP_SECONDS * rate_hz / (double) block + 0.5)) * block;
  m->known_power = 1.0;
  mst_kweight_design (&m->weight, rate_hz);
  m->gain = 1.0;
  m->ear = calloc (n_channels, sizeof *m->ear);
  if (m->ear == NULL) {
    mst_loudness_match_free (m);
    return NULL;
  }
  return m;
}

static double
db_now (const MstLoudnessMatch *m)
{
  return m->left > 0 ? 20.0 * log10 (m->gain) : m->target_db;
}

static void
go (MstLoudnessMatch *m, double target_db, size_t n_frames)
{
  m->now_db = db_now (m);
  m->target_db = target_db;
  m->left = n_frames;
  m->per_frame = pow (10.0, 0.05 * (target_db - m->now_db) / (double) n_frames);
}

void
mst_loudness_match_set (MstLoudnessMatch *m, int is_on, double known_gain)
{
  if (m->is_on && !is_on)
    go (m, 0.0, (size_t) ceil (OFF_STEPS * (double) m->step));
  m->is_on = is_on;
  m->known_power = fmax (known_gain * known_gain, 1e-20);
}

static void
listen (const MstKWeight *w, Ear *e, const double *x, size_t n_frames)
{
  for (size_t i = 0; i < n_frames; i++) {
    double v = x[i];
    for (unsigned k = 0; k < w->n_sections; k++) {
      const MstKSection *c = &w->section[k];
      const double z1 = e->z1[k];
      e->z1[k] = c->c1 * v + e->z2[k] - c->a1 * z1;
      e->z2[k] = c->c2 * v - c->a2 * z1;
      v += z1;
    }
    e->sum += v * v;
  }
}

static double
take (MstLoudnessMatch *m, unsigned side)
{
  double sum = 0.0;
  for (unsigned ch = 0; ch < m->n_channels; ch++) {
    sum += m->ear[ch][side].sum;
    m->ear[ch][side].sum = 0.0;
  }
  return sum * m->weight.power_gain / (double) m->step;
}

/* A step of this @power counts where it passes the gates of its own side */
static void
count (MstLoudnessMatch *m, unsigned side, double power)
{
  if (power <= GATE_POWER || power <= RELATIVE_GATE * m->average[side])
    return;
  m->n_steps[side] = fmin (m->n_steps[side] + 1.0, MEMORY_STEPS);
  m->average[side] += (power - m->average[side]) / m->n_steps[side];
}

/* At the end of a step: where to now */
static void
end_step (MstLoudnessMatch *m)
{
  const double in = take (m, 0), out = take (m, 1) / m->known_power;
  m->at = 0;
  count (m, 0, in);
  count (m, 1, out);
  count (m, 2, out * pow (10.0, 0.1 * 0.5 * (m->start_db + db_now (m))));
  m->start_db = db_now (m);
  if (!m->is_on || m->n_steps[0] < 1.0 || m->n_steps[1] < 1.0 || m->n_steps[2] < 1.0)
    return;
  const double short_of = fmin (fmax (CATCH_UP * 10.0 * log10 (m->average[0] / m->average[2]), -MOST_CATCH_UP_DB), MOST_CATCH_UP_DB);
  const double wanted = fmin (fmax (10.0 * log10 (m->average[0] / m->average[1]) + short_of, -MOST_DB), MOST_DB);
  const double most = m->n_steps[0] <= FIRST_STEPS ? FIRST_DB_PER_STEP : MOST_DB_PER_STEP;
  go (m, db_now (m) + fmin (fmax (wanted - db_now (m), -most), most), m->step);
}

void
mst_loudness_match_hear (MstLoudnessMatch *m, const double *const *in, size_t n_frames)
{
  for (unsigned ch = 0; ch < m->n_channels; ch++)
    listen (&m->weight, &m->ear[ch][0], in[ch], n_frames);
}

void
mst_loudness_match_apply (MstLoudnessMatch *m, double *const *out, size_t n_frames)
{
  for (unsigned ch = 0; ch < m->n_channels; ch++)
    listen (&m->weight, &m->ear[ch][1], out[ch], n_frames);
  for (size_t i = 0; i < n_frames; i++) {
    if (m->left > 0)
      m->gain = --m->left > 0 ? m->gain * m->per_frame : pow (10.0, 0.05 * m->target_db);
    else if (m->gain == 1.0)
      break;
    for (unsigned ch = 0; ch < m->n_channels; ch++)
      out[ch][i] *= m->gain;
  }
  m->at += n_frames;
  if (m->at == m->step)
    end_step (m);
}

double
mst_loudness_match_gain_db (const MstLoudnessMatch *m)
{
  return db_now (m);
}

void
mst_loudness_match_reset (MstLoudnessMatch *m)
{
  memset (m->ear, 0, m->n_channels * sizeof *m->ear);
  m->at = m->left = 0;
  memset (m->average, 0, sizeof m->average);
  memset (m->n_steps, 0, sizeof m->n_steps);
  m->start_db = 0.0;
  m->now_db = m->target_db = 0.0;
  m->gain = 1.0;
}

void
mst_loudness_match_free (MstLoudnessMatch *m)
{
  if (m == NULL)
    return;
  free (m->ear);
  free (m);
}
