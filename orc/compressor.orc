# SPDX-License-Identifier: LGPL-2.1-or-later
# Of a compressor: link of channels, the gain computer while its parameters move (gaincomputer-kernels.c while they rest), mid/side.

# a + share (b - a): link of channels, fade of curves
.function mst_orc_compressor_mix
.dest 4 d float
.source 4 a float
.source 4 b float
.source 4 share float
.temp 4 x
subf x, b, a
mulf x, x, share
addf d, a, x

# Static curve, dB: with o = side (level - threshold) and h half the knee, t = clamp (o + h, 0, 2 h):
# slope (t^2/(4 h) + max (o - h, 0)) within -range ... range; bend is 1/(4 h), 0 for a hard knee
.function mst_orc_compressor_curve
.dest 4 change float
.source 4 level float
.source 4 threshold float
.source 4 half_knee float
.source 4 bend float
.source 4 slope float
.source 4 range float
.floatparam 4 side
.temp 4 o
.temp 4 t
.temp 4 x
subf o, level, threshold
mulf o, o, side
addf t, o, half_knee
maxf t, t, 0.0
subf o, o, half_knee
maxf o, o, 0.0
addf x, half_knee, half_knee
minf t, t, x
mulf t, t, t
mulf t, t, bend
addf o, o, t
mulf o, o, slope
minf o, o, range
mulf x, range, -1.0
maxf change, o, x

# dB to the factor of a band: share + amount (10^((change + makeup)/20) - 1), exactly share where change and makeup are 0.
# 2^n by the exponent's bits, 2^f by a polynomial on -0.5 ... 0.5; relative error < 1e-7 + rounding
.function mst_orc_compressor_factor
.dest 4 factor float
.source 4 change float
.source 4 makeup float
.source 4 share float
.source 4 amount float
.floatparam 4 octaves_per_db
.floatparam 4 round
.temp 4 t
.temp 4 n
.temp 4 r
.temp 4 p
addf t, change, makeup
mulf t, t, octaves_per_db
addf r, t, round
subf n, r, round
subf t, t, n
mulf p, t, 0.00134073
addf p, p, 0.00967188
mulf p, p, t
addf p, p, 0.05550308
mulf p, p, t
addf p, p, 0.24022235
mulf p, p, t
addf p, p, 0.69314721
mulf p, p, t
addf p, p, 1.0
shll r, r, 23
addl p, p, r
subf p, p, 1.0
mulf p, p, amount
addf factor, share, p

# Input gain
.function mst_orc_compressor_scale
.dest 8 d double
.source 8 a double
.source 4 ga float
.temp 8 g
convfd g, ga
muld d, a, g

.function mst_orc_compressor_mid_side
.dest 8 mid double
.dest 8 side double
.source 8 left double
.source 8 right double
.doubleparam 8 half
.temp 8 x
addd x, left, right
muld mid, x, half
subd x, left, right
muld side, x, half

.function mst_orc_compressor_left_right
.dest 8 left double
.dest 8 right double
.source 8 mid double
.source 8 side double
addd left, mid, side
subd right, mid, side
