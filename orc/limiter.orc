# SPDX-License-Identifier: LGPL-2.1-or-later
# Gains of the limiter: one a frame, and one for all.

.function mst_orc_limiter_gain
.dest 8 d double
.source 8 s double
.source 8 gain double
muld d, s, gain

.function mst_orc_limiter_drive
.dest 8 d double
.source 8 s double
.doubleparam 8 gain
muld d, s, gain
