/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Highest true peaks of many channels, by the detector of truepeak.h (48 taps, edge 0.90: within 0.02 dB up to 0.45 of the
 * rate) and the bound of truepeakbound.h, which spares it nine frames of ten in music and never changes a result.
 * The reading of a frame comes up to 64 frames after it; finish () brings out the last ones. Reads, never writes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MST_TRUEPEAKMETER_RECENT_SECONDS 3

typedef struct _MstTruePeakMeter MstTruePeakMeter;

/* NULL and the reason on nonsense or without memory. */
MstTruePeakMeter *mst_truepeakmeter_new (double rate_hz, unsigned n_channels, const char **error);
/* While @paused, frames are heard but their peaks are not kept. */
void mst_truepeakmeter_set_paused (MstTruePeakMeter *, bool paused);
void mst_truepeakmeter_process (MstTruePeakMeter *, const double *const *in, size_t n_frames);
/* Silence follows: what was heard is measured to its end. The next frame comes after silence. */
void mst_truepeakmeter_finish (MstTruePeakMeter *);
void mst_truepeakmeter_reset (MstTruePeakMeter *);
void mst_truepeakmeter_free (MstTruePeakMeter *);

/* Linear, 1.0 = full scale. Since the reset. */
double mst_truepeakmeter_peak (const MstTruePeakMeter *, unsigned channel);
/* Of all channels in the last 3 s, in steps of about 100 ms. */
double mst_truepeakmeter_recent (const MstTruePeakMeter *);
/* Linear, of all channels since the last call of this; measured in steps of about 100 ms, so up to that much older. */
double mst_truepeakmeter_take (MstTruePeakMeter *);
/* Share of the frames that needed the detector since the reset, 0 to 1. */
double mst_truepeakmeter_work (const MstTruePeakMeter *);
