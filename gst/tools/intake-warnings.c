/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wrong with an input. The limits were set on real music, none of which raises an alarm that it does not deserve
 * (tests/tools/test-warnings.py). */
#include <math.h>

#include "warnings-private.h"

enum
{
  CLIPPED, LIMITED, HEADROOM, DC, PHASE, MONO, LOSSY, CUTOFF, UPSAMPLED, PADDED, CUT_OFF, HEAD, TAIL, CLICKS, INVALID
};

static const GstMasterRule rules[] = {
  [CLIPPED] = { "clipped", "input", 10, "flat tops", "Export the mix again, 3 dB or more lower" },
  [LIMITED] = { "limited", "input", 2, "times", "Ask for the mix without its limiter; a second one has little left to do well" },
  [HEADROOM] = { "headroom", "input", 3, "dB", "A mix is best handed over with its peaks at -3 dBTP or lower" },
  [DC] = { "dc", "input", -46, "dBFS", "Put a high-pass first: --chain 'masteringeq bands=\"high-pass 20 slope=12\" ! ...'" },
  [PHASE] = { "phase", "input", 10, "%", "Look for a swapped polarity or a too wide effect in the mix, and listen in mono" },
  [MONO] = { "mono-as-stereo", "input", -60, "dB", "Deliver it in mono, or look for the stereo mix" },
  [LOSSY] = { "lossy-source", "input", 0, "Hz", "Ask for the file that it was made from" },
  [CUTOFF] = { "lossy-source", "input", 20, "dB", "It looks like an MP3, AAC or Opus decoded; ask for the file that it was made from" },
  [UPSAMPLED] = { "upsampled", "input", 45, "dB", "Ask for the file at its own rate" },
  [PADDED] = { "padded-bits", "input", 4, "bits", "Ask for the export with all bits" },
  [CUT_OFF] = { "cut-off-ending", "input", -20, "dB", "Look whether the export stops too soon; else add a fade" },
  [HEAD] = { "head-silence", "input", 1, "s", "Trim the start" },
  [TAIL] = { "tail-silence", "input", 5, "s", "Trim the end" },
  [CLICKS] = { "clicks", "input", 0, "clicks", "Listen there; repair them before mastering" },
  [INVALID] = { "not-numbers", "input", 0, "samples", "They are silence in the master; export the mix again" },
};

#define WARN(which, value, ...) gst_master_warnings_add (warnings, &rules[which], value, __VA_ARGS__)

/* Tops that lie together within 0.3 dB at the very top of a channel's samples: how many, and where. */
static guint64
clipped_tops (const GstMasterIntakeChannel *ch, gdouble *level_db)
{
  const gint highest = (gint) fmax (0.0, -200.0 * log10 (ch->peak));
  guint64 most = 0;

  for (gint bin = highest; bin < MIN (highest + 5, GST_MASTER_LEVEL_BINS); bin++) {
    guint64 n = 0;
    for (gint k = bin; k < MIN (bin + 3, GST_MASTER_LEVEL_BINS); k++)
      n += ch->flat_tops_at[k];
    if (n > most) {
      most = n;
      *level_db = fmax (-0.1 * bin, 20.0 * log10 (ch->peak) - 0.1 * (bin - highest));
    }
  }
  return most;
}

/* Without a limiter few blocks reach the highest level and more of them each level below it; with one they pile up under its ceiling:
 * blocks in the highest 0.3 dB of the channel over those between 1 and 1.3 dB lower. */
static gdouble
pile_up (const GstMasterIntakeChannel *ch)
{
  const gint highest = (gint) fmax (0.0, -200.0 * log10 (ch->peak));
  guint64 top = 0, below = 0;

  for (gint k = 0; k < 3 && highest + k + 10 < GST_MASTER_LEVEL_BINS; k++) {
    top += ch->block_peaks_at[highest + k];
    below += ch->block_peaks_at[highest + k + 10];
  }
  return top < 50 ? 0.0 : (gdouble) top / (gdouble) MAX (below, 1);
}

static void
check_level (GPtrArray *warnings, const GstMasterIntake *in, const GstMasterFigures *figures)
{
  guint64 clipped = 0;
  gdouble level_db = 0.0, piled = 0.0, dc = 0.0;

  for (gint c = 0; c < in->n_channels; c++) {
    if (in->channels[c].peak == 0.0)
      continue;
    clipped += clipped_tops (&in->channels[c], &level_db);
    piled = fmax (piled, pile_up (&in->channels[c]));
    if (fabs (in->channels[c].dc) > fabs (dc))
      dc = in->channels[c].dc;
  }
  if ((gdouble) clipped > rules[CLIPPED].limit)
    WARN (CLIPPED, (gdouble) clipped, "clipped: %" G_GUINT64_FORMAT " flat tops at %.1f dBFS", clipped, level_db);
  else if (piled > rules[LIMITED].limit)
    WARN (LIMITED, piled, "already limited: %.1f times as many peaks in the highest 0.3 dB as 1 dB below", piled);
  if (figures->true_peak_dbtp > -rules[HEADROOM].limit)
    WARN (HEADROOM, -figures->true_peak_dbtp, "headroom of %.1f dB, true peak %+.1f dBTP", -figures->true_peak_dbtp,
        figures->true_peak_dbtp);
  if (20.0 * log10 (fabs (dc)) > rules[DC].limit)
    WARN (DC, 20.0 * log10 (fabs (dc)), "direct current of %.1f dBFS", 20.0 * log10 (fabs (dc)));
}

static void
check_stereo (GPtrArray *warnings, const GstMasterIntake *in)
{
  const gdouble share = in->windows_s > 0.0 ? 100.0 * in->negative_s / in->windows_s : 0.0;

  if (in->n_channels != 2)
    return;
  const gdouble l = in->channels[0].rms, r = in->channels[1].rms;
  if ((l == 0.0) != (r == 0.0))
    WARN (MONO, -INFINITY, "mono as stereo: the %s channel is silent", l == 0.0 ? "left" : "right");
  else if (in->difference_db < rules[MONO].limit && isfinite (in->difference_db))
    WARN (MONO, in->difference_db, "mono as stereo: the channels differ by %.0f dB", in->difference_db);
  else if (in->difference_db < rules[MONO].limit)
    WARN (MONO, in->difference_db, "mono as stereo: the channels are the same");
  if (share > rules[PHASE].limit)
    WARN (PHASE, share, "phase: correlation below -0.3 for %.0f %% of the time, %+.2f over all", share, in->correlation);
}

#define STEP_HZ 100.0

/* The frequency above which hardly anything is, if the spectrum falls by @limit_db there within 2 @near + 0.7 kHz and does not come
 * back; else 0. @near_ and @from, the lowest one, are in steps of 100 Hz. */
static gdouble
find_fall (const GstMasterSpectrum *s, guint near_, guint from, gdouble limit_db, gdouble *drop_db)
{
  const gdouble end = 0.98 * 0.5 * s->rate;
  const guint n = (guint) (end / STEP_HZ);
  gdouble *band = g_new (gdouble, n + 1), *above = g_new (gdouble, n + 1), cutoff = 0.0;

  for (guint i = 0; i < n; i++)
    band[i] = gst_master_spectrum_band (s, s->mid, i * STEP_HZ, (i + 1) * STEP_HZ)
        + gst_master_spectrum_band (s, s->side, i * STEP_HZ, (i + 1) * STEP_HZ);
  above[n] = 0.0;
  for (guint i = n; i-- > 0;)
    above[i] = fmax (above[i + 1], band[i]);

  *drop_db = limit_db;
  for (guint i = from; i + near_ < n; i++) {
    gdouble below = 0.0;
    for (guint k = i - near_ - 7; k < i - near_; k++)
      below += band[k] / 7.0;
    const gdouble drop = 10.0 * log10 (below / fmax (above[i + near_], 1e-20));
    if (below > 1e-12 && drop > *drop_db) {
      guint k = i + near_;
      while (above[k - 1] < 0.06 * below)
        k--;
      *drop_db = drop;
      cutoff = k * STEP_HZ;     /* there it has fallen by 12 dB */
    }
  }
  g_free (band);
  g_free (above);
  return cutoff;
}

/* The rate that a cut is half of, if this one is well above it: MP3 cuts at 16 kHz, too. 0: none. */
static gint
origin_of (gdouble cutoff, gint rate)
{
  static const gint rates[] = { 8000, 11025, 16000, 22050, 44100, 48000, 88200, 96000, 176400, 192000 };
  gint origin = 0;

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    if (rate > 1.05 * rates[i] && cutoff > 0.445 * rates[i] && cutoff < 0.53 * rates[i]
        && fabs (cutoff - 0.5 * rates[i]) < fabs (cutoff - 0.5 * origin))
      origin = rates[i];
  return origin;
}

static void
check_origin (GPtrArray *warnings, const GstMasterSource *input, const GstMasterListener *heard)
{
  gdouble drop_db, wide_drop_db;
  const gdouble cutoff = find_fall (heard->spectrum, 3, 30, rules[CUTOFF].limit, &drop_db);
  /* A converter's cut may be wider than an encoder's, but goes down to nothing */
  gdouble wide = find_fall (heard->spectrum, 30, 100, rules[UPSAMPLED].limit, &wide_drop_db);
  gint origin = origin_of (wide, input->rate);

  if (origin == 0) {
    origin = origin_of (wide = cutoff, input->rate);
    wide_drop_db = drop_db;
  }

  if (gst_master_source_is_lossy (input))
    WARN (LOSSY, cutoff, "lossy source: %s", input->codec);
  else if (origin != 0)
    WARN (UPSAMPLED, wide_drop_db, "upsampled: nothing above %.1f kHz (%.0f dB less), as at %d Hz", wide / 1e3, wide_drop_db, origin);
  else if (cutoff > 0.0 && cutoff <= 0.9 * 0.5 * input->rate)
    WARN (CUTOFF, drop_db, "lossy source: nothing above %.1f kHz (%.0f dB less)", cutoff / 1e3, drop_db);

  const gint room = input->is_float ? 24 : input->bits, bits = heard->intake->bits;
  if (!gst_master_source_is_lossy (input) && bits > 0 && room - bits >= rules[PADDED].limit)
    WARN (PADDED, room - bits, input->is_float ? "padded: %d bits in %d of a float" : "padded: %d bits in a file of %d", bits, room);
}

static void
check_ends (GPtrArray *warnings, const GstMasterIntake *in)
{
  if (in->head_s > rules[HEAD].limit)
    WARN (HEAD, in->head_s, "%.1f s of silence at the start", in->head_s);
  if (in->tail_s > rules[TAIL].limit)
    WARN (TAIL, in->tail_s, "%.1f s of silence at the end", in->tail_s);
  if (in->ending_db > rules[CUT_OFF].limit)
    WARN (CUT_OFF, in->ending_db, "cut-off ending: its last 10 ms are at %+.0f dB of the whole", in->ending_db);
  if (in->n_clicks > 0)
    WARN (CLICKS, (gdouble) in->n_clicks, "%" G_GUINT64_FORMAT " click%s, %s at %.2f s", in->n_clicks, in->n_clicks > 1 ? "s" : "",
        in->n_clicks > 1 ? "the first" : "it is", in->first_clicks_s[0]);
  if (in->n_invalid > 0)
    WARN (INVALID, (gdouble) in->n_invalid, "%" G_GUINT64_FORMAT " sample%s not a number", in->n_invalid, in->n_invalid > 1 ? "s are" : " is");
}

void
gst_master_warnings_take_input (GPtrArray *warnings, const GstMasterSource *input, const GstMasterFigures *figures,
    const GstMasterListener *heard)
{
  if (heard->intake == NULL || heard->intake->n_frames == 0 || !isfinite (figures->integrated_lufs))
    return;
  check_level (warnings, heard->intake, figures);
  check_stereo (warnings, heard->intake);
  check_origin (warnings, input, heard);
  check_ends (warnings, heard->intake);
}
