/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Has the ORC programs of a topic compiled, once; any thread. Whoever uses them calls it when it is made; elements call it earlier,
 * with their class, so that it is not the first buffer that waits (60 to 130 us a program). The other topics' programs, which not
 * every stream needs, are compiled where they first run. */
#pragma once

void mst_warm_compressor (void);
