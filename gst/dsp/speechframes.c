/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "speechframes.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fft.h"

#define N_SECTIONS 4
#define N_BANDS 18
#define LOWEST_HZ 100.0
#define HIGHEST_HZ 3800.0
#define WINDOW_S 0.032
#define THIN_TO_HZ 11025.0
#define LOW_PASS_HZ 4600.0
#define FLOOR 1e-10
#define PARTIALS_FROM_HZ 150.0
#define PARTIALS_TO_HZ 3600.0
#define AROUND_HZ 95.0
#define KEPT 6                  /* spectra: 100 ms back and the one now */

static const unsigned ago[2] = { 2, 5 };        /* frames */

typedef struct
{
  double b0, a1, a2;            /* numerator b0 (1 + z^-1)^2 */
  double z1, z2;
} Section;

struct _MstSpeechFrames
{
  double rate_hz;
  uint64_t frame, samples;      /* since the reset: frames that are complete, samples */
  unsigned thinning, n_sections;
  Section section[N_SECTIONS];
  size_t n_window, n_fft, ring_at;
  double *window, *ring;        /* the last n_window thinned samples; the next goes to ring_at */
  double *in, *re, *im, *power; /* power by bin, 0 to n_fft / 2 */
  float *weight;                /* by band and bin */
  double cosine[MST_SPEECH_CEPSTRA][N_BANDS];
  size_t n_heard;               /* bins from 0 to the highest band's end */
  size_t first, n_partials, around;     /* bins */
  float *partials[KEPT];        /* frame j at j % KEPT */
  double norm[KEPT];
  MstFft *fft;
};

static double
mel (double hz)
{
  return 2595.0 * log10 (1.0 + hz / 700.0);
}

static double
hz_of_band (double edge)
{
  const double m = mel (LOWEST_HZ) + (mel (HIGHEST_HZ) - mel (LOWEST_HZ)) * edge / (N_BANDS + 1);
  return 700.0 * (pow (10.0, m / 2595.0) - 1.0);
}

/* Bilinear transform of the Butterworth prototype: s^2 + 2 cos (theta) s + 1 a section. */
static void
design_low_pass (MstSpeechFrames *f)
{
  const double k = tan (M_PI * LOW_PASS_HZ / f->rate_hz);

  for (unsigned i = 0; i < N_SECTIONS; i++) {
    const double damping = 2.0 * cos (M_PI * (2 * i + 1) / (4.0 * N_SECTIONS)), a0 = 1.0 + damping * k + k * k;
    f->section[i] = (Section) { .b0 = k * k / a0, .a1 = 2.0 * (k * k - 1.0) / a0, .a2 = (1.0 - damping * k + k * k) / a0 };
  }
}

static void
design_bands (MstSpeechFrames *f, double bin_hz)
{
  const size_t n_bins = f->n_fft / 2 + 1;

  for (unsigned b = 0; b < N_BANDS; b++) {
    const double low = hz_of_band (b), mid = hz_of_band (b + 1), high = hz_of_band (b + 2);
    for (size_t k = 0; k < n_bins; k++)
      f->weight[b * n_bins + k] = (float) fmax (0.0, fmin (((double) k * bin_hz - low) / (mid - low), (high - (double) k * bin_hz) / (high - mid)));
    for (unsigned c = 0; c < MST_SPEECH_CEPSTRA; c++)
      f->cosine[c][b] = (c == 0 ? 1.0 : 2.0) / N_BANDS * cos (M_PI * c * (b + 0.5) / N_BANDS);
  }
}

MstSpeechFrames *
mst_speech_frames_new (double rate_hz)
{
  MstSpeechFrames *f = calloc (1, sizeof *f);
  if (!f)
    return NULL;
  f->rate_hz = rate_hz;
  f->thinning = rate_hz < 2.0 * THIN_TO_HZ ? 1 : (unsigned) (rate_hz / THIN_TO_HZ);
  f->n_sections = f->thinning > 1 ? N_SECTIONS : 0;
  design_low_pass (f);
  const double thin_hz = rate_hz / f->thinning;
  f->n_window = (size_t) rint (WINDOW_S * thin_hz);
  for (f->n_fft = 32; f->n_fft < f->n_window; f->n_fft *= 2)
    ;
  const double bin_hz = thin_hz / (double) f->n_fft;
  const size_t n_bins = f->n_fft / 2 + 1;
  f->n_heard = (size_t) (HIGHEST_HZ / bin_hz) + 1;
  f->first = (size_t) (PARTIALS_FROM_HZ / bin_hz);
  f->n_partials = (size_t) (PARTIALS_TO_HZ / bin_hz) - f->first;
  f->around = (size_t) rint (AROUND_HZ / bin_hz);
  f->window = malloc (f->n_window * sizeof *f->window);
  f->ring = calloc (f->n_window, sizeof *f->ring);
  f->in = calloc (f->n_fft, sizeof *f->in);
  f->re = calloc (f->n_fft / 2, sizeof *f->re);
  f->im = calloc (f->n_fft / 2, sizeof *f->im);
  f->power = calloc (n_bins, sizeof *f->power);
  f->weight = calloc (N_BANDS * n_bins, sizeof *f->weight);
  f->fft = mst_fft_new (f->n_fft);
  bool ok = f->window && f->ring && f->in && f->re && f->im && f->power && f->weight && f->fft;
  for (unsigned i = 0; i < KEPT; i++)
    ok = (f->partials[i] = calloc (f->n_partials, sizeof **f->partials)) && ok;
  if (!ok) {
    mst_speech_frames_free (f);
    return NULL;
  }
  double energy = 0.0;
  for (size_t i = 0; i < f->n_window; i++) {
    f->window[i] = 0.5 - 0.5 * cos (2.0 * M_PI * ((double) i + 0.5) / (double) f->n_window);
    energy += f->window[i] * f->window[i];
  }
  for (size_t i = 0; i < f->n_window; i++)      /* so that the bins' powers sum up to the mean square */
    f->window[i] *= sqrt (2.0 / (energy * (double) f->n_fft));
  design_bands (f, bin_hz);
  return f;
}

void
mst_speech_frames_free (MstSpeechFrames *f)
{
  if (!f)
    return;
  for (unsigned i = 0; i < KEPT; i++)
    free (f->partials[i]);
  mst_fft_free (f->fft);
  free (f->window);
  free (f->ring);
  free (f->in);
  free (f->re);
  free (f->im);
  free (f->power);
  free (f->weight);
  free (f);
}

void
mst_speech_frames_reset (MstSpeechFrames *f)
{
  f->frame = f->samples = 0;
  f->ring_at = 0;
  memset (f->ring, 0, f->n_window * sizeof *f->ring);
  for (unsigned i = 0; i < N_SECTIONS; i++)
    f->section[i].z1 = f->section[i].z2 = 0.0;
  for (unsigned i = 0; i < KEPT; i++) {
    memset (f->partials[i], 0, f->n_partials * sizeof **f->partials);
    f->norm[i] = 0.0;
  }
}

size_t
mst_speech_frames_due (const MstSpeechFrames *f)
{
  return (size_t) ((uint64_t) ((double) (f->frame + 1) * f->rate_hz / MST_SPEECH_FRAMES_PER_SECOND) - f->samples);
}

static void
take_spectrum (MstSpeechFrames *f)
{
  const size_t behind = f->n_window - f->ring_at, half = f->n_fft / 2;

  for (size_t i = 0; i < behind; i++)
    f->in[i] = f->window[i] * f->ring[f->ring_at + i];
  for (size_t i = behind; i < f->n_window; i++)
    f->in[i] = f->window[i] * f->ring[i - behind];
  mst_fft_forward (f->fft, f->in, f->re, f->im);
  for (size_t k = 1; k < half; k++)
    f->power[k] = f->re[k] * f->re[k] + f->im[k] * f->im[k];
  f->power[0] = f->re[0] * f->re[0];
  f->power[half] = f->im[0] * f->im[0];
}

static void
take_cepstra (const MstSpeechFrames *f, float cepstrum[MST_SPEECH_CEPSTRA])
{
  const size_t n_bins = f->n_fft / 2 + 1;
  double sum[MST_SPEECH_CEPSTRA] = { 0 };

  for (unsigned b = 0; b < N_BANDS; b++) {
    const float *weight = f->weight + b * n_bins;
    double power = FLOOR;
    for (size_t k = 0; k < f->n_heard; k++)
      power += (double) weight[k] * f->power[k];
    const double level = log (power);
    for (unsigned c = 0; c < MST_SPEECH_CEPSTRA; c++)
      sum[c] += f->cosine[c][b] * level;
  }
  for (unsigned c = 0; c < MST_SPEECH_CEPSTRA; c++)
    cepstrum[c] = (float) sum[c];
}

static void
take_partials (MstSpeechFrames *f, float persistence[2])
{
  const unsigned slot = f->frame % KEPT;
  float *now = f->partials[slot];
  const size_t begin = f->first - f->around, n = f->n_partials + 2 * f->around, width = 2 * f->around + 1;
  double *level = f->in;        /* its samples have been used; room for n_fft */
  double sum = 0.0, norm = 1e-9;

  for (size_t k = 0; k < n; k++)
    level[k] = log (f->power[begin + k] + FLOOR * 1e-3);
  for (size_t k = 0; k < width - 1; k++)
    sum += level[k];
  for (size_t k = 0; k < f->n_partials; k++) {
    sum += level[k + width - 1];
    now[k] = (float) (level[k + f->around] - sum / (double) width);
    norm += (double) now[k] * (double) now[k];
    sum -= level[k];
  }
  memset (f->in + f->n_window, 0, (f->n_fft - f->n_window) * sizeof *f->in);
  f->norm[slot] = sqrt (norm);
  for (unsigned i = 0; i < 2; i++) {
    const unsigned then = (slot + KEPT - ago[i]) % KEPT;
    double product = 0.0;
    for (size_t k = 0; k < f->n_partials; k++)
      product += (double) now[k] * (double) f->partials[then][k];
    persistence[i] = f->norm[then] > 0.0 ? (float) (product / (f->norm[slot] * f->norm[then])) : 0.0f;
  }
}

bool
mst_speech_frames_process (MstSpeechFrames *f, const double *x, size_t n, MstSpeechFrame *frame)
{
  const bool is_complete = n == mst_speech_frames_due (f);

  for (size_t i = 0; i < n; i++) {
    double v = x[i];
    for (unsigned k = 0; k < f->n_sections; k++) {
      Section *s = &f->section[k];
      const double in = s->b0 * v;
      v = in + s->z1;
      s->z1 = 2.0 * in - s->a1 * v + s->z2;
      s->z2 = in - s->a2 * v;
    }
    if (++f->samples % f->thinning == 0) {
      f->ring[f->ring_at] = v;
      f->ring_at = f->ring_at + 1 == f->n_window ? 0 : f->ring_at + 1;
    }
  }
  if (!is_complete)
    return false;
  take_spectrum (f);
  take_cepstra (f, frame->cepstrum);
  take_partials (f, frame->persistence);
  f->frame++;
  return true;
}
