# SPDX-License-Identifier: LGPL-2.1-or-later
# To the grid: y = round (clip (x * scale + noise * unit)) * step, halves to even. Rounding by adding and taking
# away 1.5 * 2^52 (magic); lo and hi are whole numbers, so clipping first gives what clipping last would.
# w is a random word a sample; noise is high half less low half (unit 2^-16: triangular), the signed word (unit 2^-32:
# rectangular), or half the word less half the one before, at p (unit 2^-31: high-pass triangular).

.function mst_orc_quantise_triangular
.dest 8 y double
.source 4 w uint32_t
.doubleparam 8 scale
.doubleparam 8 unit
.doubleparam 8 lo
.doubleparam 8 hi
.doubleparam 8 magic
.doubleparam 8 step
.temp 4 a
.temp 4 b
.temp 8 v
.temp 8 d
shrul a, w, 16
andl b, w, 65535
subl a, a, b
convld d, a
muld d, d, unit
muld v, y, scale
addd v, v, d
maxd v, v, lo
mind v, v, hi
addd v, v, magic
subd v, v, magic
muld y, v, step

.function mst_orc_quantise_rectangular
.dest 8 y double
.source 4 w uint32_t
.doubleparam 8 scale
.doubleparam 8 unit
.doubleparam 8 lo
.doubleparam 8 hi
.doubleparam 8 magic
.doubleparam 8 step
.temp 8 v
.temp 8 d
convld d, w
muld d, d, unit
muld v, y, scale
addd v, v, d
maxd v, v, lo
mind v, v, hi
addd v, v, magic
subd v, v, magic
muld y, v, step

.function mst_orc_quantise_high_pass
.dest 8 y double
.source 4 w uint32_t
.source 4 p uint32_t
.doubleparam 8 scale
.doubleparam 8 unit
.doubleparam 8 lo
.doubleparam 8 hi
.doubleparam 8 magic
.doubleparam 8 step
.temp 4 a
.temp 4 b
.temp 8 v
.temp 8 d
shrsl a, w, 1
shrsl b, p, 1
subl a, a, b
convld d, a
muld d, d, unit
muld v, y, scale
addd v, v, d
maxd v, v, lo
mind v, v, hi
addd v, v, magic
subd v, v, magic
muld y, v, step

.function mst_orc_quantise_plain
.dest 8 y double
.doubleparam 8 scale
.doubleparam 8 lo
.doubleparam 8 hi
.doubleparam 8 magic
.doubleparam 8 step
.temp 8 v
muld v, y, scale
maxd v, v, lo
mind v, v, hi
addd v, v, magic
subd v, v, magic
muld y, v, step
