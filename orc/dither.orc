# SPDX-License-Identifier: LGPL-2.1-or-later
# Planes of double to integers: round (clip (x * scale)), halves to even, by adding 1.5 * 2^52 (magic) and taking the low
# half of the double's bits. lo and hi are whole numbers, so clipping first gives what clipping last would.

.function mst_orc_to_s32
.dest 4 d int32_t
.source 8 s double
.doubleparam 8 scale
.doubleparam 8 lo
.doubleparam 8 hi
.doubleparam 8 magic
.temp 8 v
muld v, s, scale
maxd v, v, lo
mind v, v, hi
addd v, v, magic
convql d, v
