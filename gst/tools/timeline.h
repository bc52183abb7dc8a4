/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound in its place beside a picture: a stream that starts later than the film, or has a gap, gets silence there, so that frame n is at
 * n / rate seconds for all of it. */
#pragma once

#include "source.h"

G_BEGIN_DECLS

/* An element behind the decoder; what leaves it, interleaved, begins at 0 and has no gaps. Timestamps that are off by less than 40 ms are a
 * container's rounding. */
GstElement *gst_master_timeline_new (const GstMasterSource *source);

G_END_DECLS
