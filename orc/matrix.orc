# SPDX-License-Identifier: LGPL-2.1-or-later
# A 2x2 matrix on two planes in place, moving on straight lines: (a + g d) at fraction g of the way.
# The *_add program adds a matrix times a second pair of planes.

.function mst_orc_matrix_ramp
.dest 8 y0 double
.dest 8 y1 double
.source 8 g double
.doubleparam 8 a00
.doubleparam 8 a01
.doubleparam 8 a10
.doubleparam 8 a11
.doubleparam 8 d00
.doubleparam 8 d01
.doubleparam 8 d10
.doubleparam 8 d11
.temp 8 a
.temp 8 b
.temp 8 c
.temp 8 d
.temp 8 t
muld a, y0, a00
muld t, y1, a01
addd a, a, t
muld b, y0, d00
muld t, y1, d01
addd b, b, t
muld b, b, g
muld c, y0, a10
muld t, y1, a11
addd c, c, t
muld d, y0, d10
muld t, y1, d11
addd d, d, t
muld d, d, g
addd y0, a, b
addd y1, c, d

.function mst_orc_matrix_add_ramp
.dest 8 y0 double
.dest 8 y1 double
.source 8 x0 double
.source 8 x1 double
.source 8 g double
.doubleparam 8 a00
.doubleparam 8 a01
.doubleparam 8 a10
.doubleparam 8 a11
.doubleparam 8 d00
.doubleparam 8 d01
.doubleparam 8 d10
.doubleparam 8 d11
.temp 8 a
.temp 8 b
.temp 8 t
muld a, x0, a00
muld t, x1, a01
addd a, a, t
muld b, x0, d00
muld t, x1, d01
addd b, b, t
muld b, b, g
addd a, a, b
addd y0, y0, a
muld a, x0, a10
muld t, x1, a11
addd a, a, t
muld b, x0, d10
muld t, x1, d11
addd b, b, t
muld b, b, g
addd a, a, b
addd y1, y1, a
