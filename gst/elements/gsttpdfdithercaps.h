/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which format a requantising element gives out. */
#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>

G_BEGIN_DECLS

/* Pad templates (owned): F32, F64, S32, S24_32 in; these, S24, S16, S8 and U8 out; rates, channels and layouts of all elements. */
GstCaps *gst_dither_caps_in (void);
GstCaps *gst_dither_caps_out (void);
/* @caps with every format that the other side may have (owned); nothing else changes. */
GstCaps *gst_dither_caps_transform (GstCaps *caps, gboolean to_output);
/* One of @caps (taken): the first in its order of layouts, rates and so on, with the best format for @bits (0 = not said).
 * Said: the smallest integer format that holds them, else F32 (up to 24) or F64, else the deepest there is.
 * Not said: 24 bits, as a master wants; else the next deeper; else the deepest. Input: the order of the caps. */
GstCaps *gst_dither_caps_fixate (GstCaps *caps, guint bits, gboolean is_output);
/* Bits that @format holds exactly at full scale: 24 for F32, 32 for F64 (no grid here is finer). */
guint gst_dither_format_bits (GstAudioFormat format);

G_END_DECLS
