/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* orcc writes a function mst_orc_warm for each topic, which has ORC compile the topic's programs (60 to 130 us each). This makes it
 * a constructor: it runs when the plugin is loaded, not under the lock of the first buffer that needs a program. */
#pragma once

static void mst_orc_warm (void) __attribute__ ((constructor));
