/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "denormals.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#define FLUSH_AND_ZERO 0x8040u  /* FTZ | DAZ */

unsigned long
mst_denormals_off (void)
{
  const unsigned int mode = _mm_getcsr ();
  _mm_setcsr (mode | FLUSH_AND_ZERO);
  return mode;
}

void
mst_denormals_restore (unsigned long mode)
{
  _mm_setcsr ((unsigned int) mode);
}
#elif defined(__aarch64__)
#define FPCR_FZ (1ul << 24)

unsigned long
mst_denormals_off (void)
{
  unsigned long mode;
  __asm__ volatile ("mrs %0, fpcr":"=r" (mode));
  __asm__ volatile ("msr fpcr, %0"::"r" (mode | FPCR_FZ));
  return mode;
}

void
mst_denormals_restore (unsigned long mode)
{
  __asm__ volatile ("msr fpcr, %0"::"r" (mode));
}
#else
unsigned long
mst_denormals_off (void)
{
  return 0;
}

void
mst_denormals_restore (unsigned long mode)
{
  (void) mode;
}
#endif
