/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The smallest element that uses all of the base class: y[f] = gain[f] x[f] + y[f-1] / 2, late by `delay` frames.
 * Properties: gain (linear, automated), delay (frames, rebuilds the processor), fail-above (channels; 0 = never),
 * bypass, post-messages, interval. Messages carry `frames`, `first` (frames before this interval) and `sum` of channel 0. */
#pragma once

#include <gst/gst.h>

GType test_stage_get_type (void);
/* Factory "teststage". */
void test_stage_register (void);
