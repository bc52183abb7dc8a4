/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Subnormal numbers off (flush to zero, subnormal inputs read as zero) around a block, and the
 * thread's own mode back afterwards. ORC's float programs switch it on and leave it on, so without
 * this pair the result would depend on what ran before, and the host would inherit our mode. */
#pragma once

/* Returns the mode to hand to mst_denormals_restore (). */
unsigned long mst_denormals_off (void);
void mst_denormals_restore (unsigned long mode);
