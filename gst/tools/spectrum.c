/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spectrum.h"

#include <complex.h>
#include <gst/fft/gstfftf64.h>
#include <math.h>
#include <string.h>

/* Every second window at first, then, some 24 s of them being there, every fourth */
#define DENSE_WINDOWS 64

typedef struct
{
  GstMasterSpectrum public;
  gint n_channels;
  gsize size, fill;             /* of a window, and how much of the one in hand is there */
  guint gap;                    /* windows left that are passed over */
  guint64 n_windows;
  gdouble *l, *r, *hann;
  gdouble *k_power;             /* |K|^2 by bin */
  GstFFTF64 *fft;
  GstFFTF64Complex *lf, *rf;
  GArray *loudness;             /* by window: K-weighted mean square of both channels together, and of mono on both */
} Spectrum;

/* |K|^2 at @hz: the two filters of BS.1770 at 48 kHz, whose response is meant at every rate. */
static gdouble
k_power_at (gdouble hz)
{
  static const gdouble b[2][3] = { { 1.53512485958697, -2.69169618940638, 1.19839281085285 }, { 1.0, -2.0, 1.0 } };
  static const gdouble a[2][3] = { { 1.0, -1.69065929318241, 0.73248077421585 }, { 1.0, -1.99004745483398, 0.99007225036621 } };
  const gdouble w = 2.0 * G_PI * fmin (hz, 23999.0) / 48000.0;
  const double complex z = cos (w) - sin (w) * I;
  gdouble power = 1.0;

  for (guint s = 0; s < 2; s++) {
    const double complex h = (b[s][0] + z * (b[s][1] + z * b[s][2])) / (a[s][0] + z * (a[s][1] + z * a[s][2]));
    power *= creal (h) * creal (h) + cimag (h) * cimag (h);
  }
  return power;
}

GstMasterSpectrum *
gst_master_spectrum_new (gint rate, gint n_channels)
{
  Spectrum *s = g_new0 (Spectrum, 1);
  guint size = 1024;

  while (size < (guint) rate / 4)
    size *= 2;
  s->n_channels = n_channels;
  s->size = size;
  s->public.rate = rate;
  s->public.n_bins = size / 2 + 1;
  s->public.hz_per_bin = (gdouble) rate / size;
  s->public.mid = g_new0 (gdouble, s->public.n_bins);
  s->public.side = g_new0 (gdouble, s->public.n_bins);
  s->public.mono_loss_lu = NAN;
  s->l = g_new0 (gdouble, size);
  s->r = g_new0 (gdouble, size);
  s->hann = g_new (gdouble, size);
  s->k_power = g_new (gdouble, s->public.n_bins);
  s->lf = g_new (GstFFTF64Complex, s->public.n_bins);
  s->rf = g_new (GstFFTF64Complex, s->public.n_bins);
  s->fft = gst_fft_f64_new ((gint) size, FALSE);
  s->loudness = g_array_new (FALSE, FALSE, 2 * sizeof (gdouble));
  for (guint i = 0; i < size; i++)
    s->hann[i] = 0.5 - 0.5 * cos (2.0 * G_PI * i / size);
  for (guint i = 0; i < s->public.n_bins; i++)
    s->k_power[i] = k_power_at (i * s->public.hz_per_bin);
  return &s->public;
}

void
gst_master_spectrum_free (GstMasterSpectrum *spectrum)
{
  Spectrum *s = (Spectrum *) spectrum;

  if (s == NULL)
    return;
  g_free (spectrum->mid);
  g_free (spectrum->side);
  g_free (s->l);
  g_free (s->r);
  g_free (s->hann);
  g_free (s->k_power);
  g_free (s->lf);
  g_free (s->rf);
  gst_fft_f64_free (s->fft);
  g_array_unref (s->loudness);
  g_free (s);
}

/* The window in hand. A mean square is 2 |X|^2 / (N sum hann^2) over the bins, and sum hann^2 = 3 N / 8. */
static void
take_window (Spectrum *s)
{
  const gsize n = s->size;
  const gdouble scale = 2.0 / (0.375 * (gdouble) n * (gdouble) n);
  gdouble loudness[2] = { 0.0, 0.0 };

  for (gsize i = 0; i < n; i++) {
    s->l[i] *= s->hann[i];
    s->r[i] *= s->hann[i];
  }
  gst_fft_f64_fft (s->fft, s->l, s->lf);
  if (s->n_channels > 1)
    gst_fft_f64_fft (s->fft, s->r, s->rf);
  else
    memcpy (s->rf, s->lf, s->public.n_bins * sizeof *s->rf);
  for (guint i = 0; i < s->public.n_bins; i++) {
    const gdouble mr = 0.5 * (s->lf[i].r + s->rf[i].r), mi = 0.5 * (s->lf[i].i + s->rf[i].i);
    const gdouble sr = 0.5 * (s->lf[i].r - s->rf[i].r), si = 0.5 * (s->lf[i].i - s->rf[i].i);
    const gdouble mid = scale * (mr * mr + mi * mi), side = scale * (sr * sr + si * si);
    s->public.mid[i] += mid;
    s->public.side[i] += side;
    loudness[0] += s->k_power[i] * 2.0 * (mid + side);  /* L^2 + R^2 */
    loudness[1] += s->k_power[i] * 2.0 * mid;
  }
  g_array_append_val (s->loudness, loudness);
  s->n_windows++;
}

void
gst_master_spectrum_feed (GstMasterSpectrum *spectrum, const gdouble *frames, gsize n_frames)
{
  Spectrum *s = (Spectrum *) spectrum;
  const gsize channels = (gsize) s->n_channels, right = channels > 1;

  while (n_frames > 0) {
    const gsize n = MIN (n_frames, s->size - s->fill);
    for (gsize i = 0; i < n && s->gap == 0; i++) {
      const gdouble l = frames[i * channels], r = frames[i * channels + right];
      s->l[s->fill + i] = fabs (l) <= G_MAXFLOAT ? l : 0.0;
      s->r[s->fill + i] = fabs (r) <= G_MAXFLOAT ? r : 0.0;
    }
    s->fill += n;
    frames += n * channels;
    n_frames -= n;
    if (s->fill == s->size) {
      if (s->gap > 0) {
        s->gap--;
      } else {
        take_window (s);
        s->gap = s->n_windows < DENSE_WINDOWS ? 1 : 3;
      }
      s->fill = 0;
    }
  }
}

/* As BS.1770 gates its blocks: above -70 LUFS, then above 10 LU under the mean of those. */
static gdouble
mono_loss (const GArray *loudness)
{
  gdouble gate = pow (10.0, (-70.0 + 0.691) / 10.0), both = 0.0, mono = 0.0;

  for (guint pass = 0; pass < 2; pass++) {
    guint n = 0;
    both = mono = 0.0;
    for (guint i = 0; i < loudness->len; i++) {
      const gdouble *power = (const gdouble *) (const void *) loudness->data + 2 * i;
      if (power[0] > gate) {
        both += power[0];
        mono += power[1];
        n++;
      }
    }
    if (n == 0)
      return NAN;
    gate = 0.1 * both / n;
  }
  return 10.0 * log10 (both / mono);
}

void
gst_master_spectrum_finish (GstMasterSpectrum *spectrum)
{
  Spectrum *s = (Spectrum *) spectrum;

  /* A piece shorter than a window is padded; else the rest is not needed */
  if (s->n_windows == 0 && s->fill > 0) {
    memset (s->l + s->fill, 0, (s->size - s->fill) * sizeof *s->l);
    memset (s->r + s->fill, 0, (s->size - s->fill) * sizeof *s->r);
    take_window (s);
  }
  for (guint i = 0; i < spectrum->n_bins && s->n_windows > 0; i++) {
    spectrum->mid[i] /= (gdouble) s->n_windows;
    spectrum->side[i] /= (gdouble) s->n_windows;
  }
  if (s->n_channels == 2)
    spectrum->mono_loss_lu = mono_loss (s->loudness);
}

gdouble
gst_master_spectrum_band (const GstMasterSpectrum *spectrum, const gdouble *bins, gdouble low_hz, gdouble high_hz)
{
  const gdouble low = fmax (0.0, low_hz / spectrum->hz_per_bin + 0.5);
  const gdouble high = fmin (spectrum->n_bins, high_hz / spectrum->hz_per_bin + 0.5);
  gdouble sum = 0.0;

  /* bin i reaches from i - 0.5 to i + 0.5 */
  for (guint i = (guint) low; i < high; i++)
    sum += bins[i] * (fmin (high, i + 1.0) - fmax (low, i));
  return sum;
}
