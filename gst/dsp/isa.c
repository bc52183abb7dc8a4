/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "isa.h"

#include <stdatomic.h>

static atomic_int limit = MST_ISA_AVX2;

static MstIsa
best (void)
{
#if defined(__x86_64__)
  __builtin_cpu_init ();
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    return MST_ISA_AVX2;
#endif
  return MST_ISA_BASE;
}

MstIsa
mst_isa (void)
{
  const MstIsa allowed = (MstIsa) atomic_load (&limit);
  const MstIsa cpu = best ();
  return cpu < allowed ? cpu : allowed;
}

void
mst_isa_force (MstIsa isa)
{
  atomic_store (&limit, (int) isa);
}
