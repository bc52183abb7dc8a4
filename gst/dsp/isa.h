/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which version of the kernels runs. A kernel file (listed in dsp_kernels) is compiled for the baseline
 * of the architecture and, on x86-64, once more with AVX2 and FMA; it names its table MST_KERNEL (name). */
#pragma once

typedef enum
{
  MST_ISA_BASE,                 /* SSE2 on x86-64, NEON on arm64 */
  MST_ISA_AVX2                  /* AVX2 + FMA */
} MstIsa;

/* The best the CPU has, or what was forced. Decided once; any thread. */
MstIsa mst_isa (void);
/* For tests and benchmarks: processors made afterwards use @isa, or the best below it that the CPU has. */
void mst_isa_force (MstIsa isa);

#define MST_ISA_PASTE_(name, suffix) name##_##suffix
#define MST_ISA_PASTE(name, suffix) MST_ISA_PASTE_ (name, suffix)
#define MST_KERNEL(name) MST_ISA_PASTE (name, MST_ISA_SUFFIX)

/* In the dispatching file: MST_KERNEL_DECLARE (MstEqKernels, mst_eq_kernels); then MST_KERNEL_CHOOSE (mst_eq_kernels) is a pointer. */
#if defined(__x86_64__)
#define MST_KERNEL_DECLARE(Type, name) extern const Type name##_base, name##_avx2
#define MST_KERNEL_CHOOSE(name) (mst_isa () == MST_ISA_AVX2 ? &name##_avx2 : &name##_base)
#else
#define MST_KERNEL_DECLARE(Type, name) extern const Type name##_base
#define MST_KERNEL_CHOOSE(name) (&name##_base)
#endif
