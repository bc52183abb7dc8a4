/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the samples of a file tell about how it was made, in one pass: clipped tops, limited peaks, DC, mono, phase, bits, clicks,
 * silence at the ends, a cut-off ending. Arithmetic on samples alone; what is worth a warning is warnings.c's.
 *
 * Frames are looked at in blocks of B = 256 frames a started 48 kHz (5.3 ms), counted from the first: the result does not depend on
 * how they were cut into buffers. Double, full scale 1; what is not finite counts as 0.
 *
 * flat top     3 or more samples of one channel within 2/32768 of their highest |x|, |x| >= 0.25, both neighbours at least
 *              16/32768 lower. A smooth top cannot: if it stays within 2 on m samples to a side it is at most 8 lower on the next.
 * click        a block with a second difference that is 50 times the RMS second difference of the louder of the two blocks before it
 *              and the two behind (its own neighbours left out), and has 0.47 of the energy that the block and its neighbours have
 *              beyond theirs: a jump has 0.5, a wrong sample 0.67, and a drum less, for it goes on behind its attack. Or 300 times and
 *              0.2, for what is a few samples wide.
 * correlation  sum LR / sqrt (sum LL sum RR), in 400 ms windows that are above -60 dBFS.
 * bits         the fewest that hold every sample of every fourth block exactly, if 32 do. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define GST_MASTER_LEVEL_BINS 300       /* of 0.1 dB from 0 dBFS down; louder is in the first */

typedef struct
{
  gdouble peak;                 /* highest |x| */
  gdouble dc;                   /* mean */
  gdouble rms;
  guint64 flat_tops;            /* in all, and by their level */
  guint64 flat_tops_at[GST_MASTER_LEVEL_BINS];
  guint64 block_peaks_at[GST_MASTER_LEVEL_BINS];        /* highest |x| of each block */
} GstMasterIntakeChannel;

typedef struct
{
  gint n_channels, rate;
  guint64 n_frames;
  guint64 n_invalid;            /* samples that are no numbers */
  GstMasterIntakeChannel *channels;
  gint bits;                    /* 1 to 32; 0 if 32 do not hold it, or nothing but zeros came */
  guint64 n_clicks;
  gdouble first_clicks_s[4];    /* where the first of them are */
  gdouble head_s, tail_s;       /* below -60 dBFS */
  gdouble ending_db;            /* RMS of the last 10 ms that are not silence, relative to the whole; without DC */
  gdouble difference_db;        /* L - R relative to L + R; two channels only, else 0. -inf: the same */
  gdouble correlation;          /* of the whole; two channels only, else 1 */
  gdouble negative_s;           /* in windows with a correlation below -0.3 */
  gdouble windows_s;            /* in windows that are loud enough */
} GstMasterIntake;

/* Holds @n_channels interleaved. */
GstMasterIntake *gst_master_intake_new (gint rate, gint n_channels);
void gst_master_intake_feed (GstMasterIntake *intake, const gdouble *frames, gsize n_frames);
/* After the last frame: fills in what is known at the end only. */
void gst_master_intake_finish (GstMasterIntake *intake);
void gst_master_intake_free (GstMasterIntake *intake);

G_END_DECLS
