/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kpair.h"

#include <math.h>

void
mst_pair_settle (MstPairState *s)
{
  for (unsigned c = 0; c < 2; c++)
    for (unsigned k = 0; k < MST_BLOCK_FILTER_STATES; k++)
      if (fabs (s->state[c][k]) < 1e-30)
        s->state[c][k] = 0.0;
}
