/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Has a topic's ORC programs compiled, once; any thread. Whoever uses them calls it when it is made; elements call it earlier, with
 * their class, so that it is not the streaming thread that waits. */
#pragma once

void mst_warm_compressor (void);
void mst_warm_limiter (void);
void mst_warm_matrix (void);
