/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "isa.h"

#include <stdatomic.h>

static atomic_int limit = MST_ISA_AVX2, best = -1;

static MstIsa
find_best (void)
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
  const int allowed = atomic_load_explicit (&limit, memory_order_relaxed);
  int cpu = atomic_load_explicit (&best, memory_order_relaxed);
  if (cpu < 0) {
    cpu = (int) find_best ();
    atomic_store_explicit (&best, cpu, memory_order_relaxed);   /* every thread finds the same */
  }
  return (MstIsa) (cpu < allowed ? cpu : allowed);
}

void
mst_isa_force (MstIsa isa)
{
  atomic_store (&limit, (int) isa);
}
