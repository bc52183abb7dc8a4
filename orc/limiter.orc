# SPDX-License-Identifier: LGPL-2.1-or-later
# Gains of the limiter: one a frame, and one for all.

.function mst_orc_limiter_gain
.dest 8 d double
.source 8 s double
.source 8 gain double
muld d, s, gain

# What comes in, within +-limit: float detectors have to stay finite

.function mst_orc_limiter_drive
.dest 8 d double
.source 8 s double
.doubleparam 8 gain
.doubleparam 8 limit
.doubleparam 8 minus_limit
.temp 8 x
muld x, s, gain
mind x, x, limit
maxd d, x, minus_limit

.function mst_orc_limiter_drive_ramp
.dest 8 d double
.source 8 s double
.source 8 gain double
.doubleparam 8 limit
.doubleparam 8 minus_limit
.temp 8 x
muld x, s, gain
mind x, x, limit
maxd d, x, minus_limit
