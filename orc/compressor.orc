# SPDX-License-Identifier: LGPL-2.1-or-later
# Gain computer of a compressor, by band or by channel of a band: power to level, level to gain change, gain change to factor;
# and the bands' weighted sum.

# The larger of two powers (channel link)
.function mst_orc_compressor_max
.dest 4 d float
.source 4 a float
.source 4 b float
maxf d, a, b

# Power to dB: 10 log10 (max (power, floor)). With x = 2^e (1 + u): e + u from the bits, and u (1-u) P(u) for log2 (1+u) - u,
# which is 0 at both ends. |error| < 5e-5 dB
.function mst_orc_compressor_level
.dest 4 level float
.source 4 power float
.floatparam 4 floor
.floatparam 4 scale
.temp 4 x
.temp 4 u
.temp 4 v
.temp 4 p
.temp 4 e
maxf x, power, floor
andl u, x, 0x007fffff
orl u, u, 0x3f800000
subf u, u, 1.0
mulf p, u, -0.135912063
addf p, p, 0.446808588
mulf p, p, u
addf p, p, -0.804290106
mulf p, p, u
addf p, p, 1.33030285
mulf v, u, u
subf v, u, v
mulf p, p, v
subl e, x, 0x3f800000
convlf e, e
mulf e, e, scale
addf level, e, p

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

# The same where nothing of the curve moves. (Level and curve in one program want more registers than there are: ORC would
# emulate it.)
.function mst_orc_compressor_curve_at_rest
.dest 4 change float
.source 4 level float
.floatparam 4 threshold
.floatparam 4 half_knee
.floatparam 4 bend
.floatparam 4 slope
.floatparam 4 side
.floatparam 4 lowest
.floatparam 4 highest
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
minf o, o, highest
maxf change, o, lowest

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

# The same where none of the three moves
.function mst_orc_compressor_factor_at_rest
.dest 4 factor float
.source 4 change float
.floatparam 4 makeup
.floatparam 4 share
.floatparam 4 amount
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

.function mst_orc_compressor_sum1
.dest 8 d double
.source 8 a double
.source 4 ga float
.temp 8 g
convfd g, ga
muld d, a, g

.function mst_orc_compressor_sum2
.dest 8 d double
.source 8 a double
.source 4 ga float
.source 8 b double
.source 4 gb float
.temp 8 g
.temp 8 x
convfd g, ga
muld x, a, g
convfd g, gb
muld g, b, g
addd d, x, g

.function mst_orc_compressor_add2
.dest 8 d double
.source 8 so_far double
.source 8 a double
.source 4 ga float
.source 8 b double
.source 4 gb float
.temp 8 g
.temp 8 x
convfd g, ga
muld x, a, g
convfd g, gb
muld g, b, g
addd x, x, g
addd d, so_far, x

.function mst_orc_compressor_add1
.dest 8 d double
.source 8 so_far double
.source 8 a double
.source 4 ga float
.temp 8 g
convfd g, ga
muld g, a, g
addd d, so_far, g

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
