/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "warm.h"

#include "../../orc/warm.h"

#include <threads.h>

#define WARM(topic) \
void \
mst_warm_##topic (void) \
{ \
  static once_flag once = ONCE_FLAG_INIT; \
  call_once (&once, mst_orc_init_##topic); \
}

WARM (compressor)
WARM (limiter)
WARM (matrix)
