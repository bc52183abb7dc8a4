/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loudness of the dialogue in a programme: that of all its channels by BS.1770-1 (not gated by level) over the blocks of 100 ms in
 * which a detector (speech.h) hears speech,
 *   dialogue = -0.691 + 10 log10 (mean over those blocks of the K-weighted, channel-weighted mean square)  LUFS; -inf without any
 *   share = those blocks of all blocks that count, 0 to 1
 * The detector hears one signal: the sum over channels of hear * x. Blocks end at frame floor ((k + 1) rate / 10) from the reset, as
 * loudness.h's tenths do, whose energies are given to it; a block is decided 1 s later. An estimate: no licensed gate decides as
 * it does. The cut does not change it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct _MstDialogue MstDialogue;

typedef struct
{
  double dialogue_lufs, share;
} MstDialogueReading;

/* @hear: weight of each of 1 to 64 channels in what the detector hears. 8000 to 384000 Hz. NULL and the reason. */
MstDialogue *mst_dialogue_new (double rate_hz, unsigned n_channels, const double *hear, const char **error);
/* Frames until a block ends, at least 1. */
size_t mst_dialogue_due (const MstDialogue *);
/* At most as many frames as are due. TRUE: a block ends here, give its energy by mst_dialogue_block (). */
bool mst_dialogue_process (MstDialogue *, const double *const *in, size_t n_frames);
/* @energy: weighted mean square of the block, 1.0 = -0.691 LUFS; @counts: FALSE leaves it out of both figures. */
void mst_dialogue_block (MstDialogue *, double energy, bool counts);
/* @final: the stream ends here, so that the last second is decided by what there is. */
void mst_dialogue_read (const MstDialogue *, bool final, MstDialogueReading *);
/* The signal goes on elsewhere (a gap): what is undecided is decided, the detector begins anew, sums stay. */
void mst_dialogue_interrupt (MstDialogue *);
void mst_dialogue_reset (MstDialogue *);
void mst_dialogue_free (MstDialogue *);
