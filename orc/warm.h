/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Has ORC compile the programs of a topic (60 to 130 us each). Called when an element's class is made, so that it happens once,
 * only for what is used, and not under the lock of the first buffer that needs a program. */
#pragma once

void mst_orc_warm_compressor (void);
void mst_orc_warm_convert (void);
void mst_orc_warm_dither (void);
void mst_orc_warm_limiter (void);
void mst_orc_warm_matrix (void);
