/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "warm.h"

#include <threads.h>

#define WARM(topic) \
void mst_orc_init_##topic (void);        /* orcc makes it */ \
void \
mst_warm_##topic (void) \
{ \
  static once_flag once = ONCE_FLAG_INIT; \
  call_once (&once, mst_orc_init_##topic); \
}

WARM (compressor)
