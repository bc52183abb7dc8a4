# SPDX-License-Identifier: LGPL-2.1-or-later
# Peaks. A run of samples is folded, row upon row (the rows of high and low at stride 0), into the highest and
# lowest of each column; the peak is then the largest of high and -low. Max and min have no order, so any cut gives
# the same bits.

.function mst_orc_peak_fold
.flags 2d
.dest 8 high double
.dest 8 low double
.source 8 s double
.temp 8 t
maxd t, high, s
copyq high, t
mind t, low, s
copyq low, t
