/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* orcc writes a function for each topic that has ORC compile its programs (60 to 130 us each), so that the first buffer which
 * needs one does not wait for the compiler. What every element may meet at its edge is compiled when the library is loaded; the
 * rest when somebody wants it: gst/dsp/warm.h. */
#pragma once

void mst_orc_init_convert (void) __attribute__ ((constructor));
void mst_orc_init_dither (void) __attribute__ ((constructor));
void mst_orc_init_compressor (void);
void mst_orc_init_limiter (void);
void mst_orc_init_matrix (void);
