# SPDX-License-Identifier: LGPL-2.1-or-later
# Samples at the edge of an element: interleaved or planar, float or double, to planar double and back.
# The *_clean programs write NaN and infinity (exponent all ones) as 0 and count them: the accumulator is
# minus their number.

.function mst_orc_clean_f32
.dest 8 d double
.source 4 s float
.accumulator 4 bad int32_t
.temp 4 e
.temp 4 x
andl e, s, 0x7f800000
cmpeql e, e, 0x7f800000
andnl x, e, s
# last: for a single sample accl shifts its operand in place (ORC 0.4.33, SSE)
accl bad, e
convfd d, x

# To float, within what float can hold: a finite sample stays finite. limit = FLT_MAX.
.function mst_orc_to_f32
.dest 4 d float
.source 8 s double
.doubleparam 8 limit
.doubleparam 8 minus_limit
.temp 8 x
mind x, s, limit
maxd x, x, minus_limit
convdf d, x
