/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The average spectrum of a stream: mid and side of the first two channels (of one: mid), by Hann windows of about a third of a second,
 * every second one left out (Welch 1967). Power by bin, such that the sum over the bins of a band is the mean square of what is in it:
 * a full-scale sine reads -3.01 dB. Bands are cut at their edges, the bins there by parts. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define GST_MASTER_N_THIRDS 31          /* 20 Hz to 20 kHz, base 10 (IEC 61260-1): 1000 * 10^((i - 17) / 10) */
#define GST_MASTER_N_OCTAVES 10         /* 31.5 Hz to 16 kHz: 1000 * 2^(i - 5) */

typedef struct
{
  gint rate;
  guint n_bins;                 /* 0 to half the rate */
  gdouble hz_per_bin;
  gdouble *mid, *side;          /* mean square by bin, of (L + R) / 2 and (L - R) / 2 */
  gdouble mono_loss_lu;         /* 10 log10 ((K(L^2) + K(R^2)) / 2 K(((L + R) / 2)^2)), K the weighting of BS.1770, over the windows
                                 * above its gates; inf: nothing is left, NaN: not two channels */
} GstMasterSpectrum;

GstMasterSpectrum *gst_master_spectrum_new (gint rate, gint n_channels);
void gst_master_spectrum_feed (GstMasterSpectrum *spectrum, const gdouble *frames, gsize n_frames);
void gst_master_spectrum_finish (GstMasterSpectrum *spectrum);
void gst_master_spectrum_free (GstMasterSpectrum *spectrum);

/* Mean square between two frequencies of @bins. */
gdouble gst_master_spectrum_band (const GstMasterSpectrum *spectrum, const gdouble *bins, gdouble low_hz, gdouble high_hz);

G_END_DECLS
