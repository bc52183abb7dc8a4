/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An enum type of an element or a band, from rows { value, "A sentence", "nick" }; nicks are plugin API.
 *   GST_MASTERING_DEFINE_ENUM (slope_type, "GstMasteringEqSlope", { 6, "6 dB per octave", "6" }, …)
 * defines `static GType slope_type (void)`, from any thread. */
#pragma once

#include <gst/gst.h>

#define GST_MASTERING_DEFINE_ENUM(function, Name, ...) \
static GType \
function (void) \
{ \
  static gsize type = 0; \
  static const GEnumValue values[] = { __VA_ARGS__, {0, NULL, NULL} }; \
  if (g_once_init_enter (&type)) { \
    const GType id = g_enum_register_static (Name, values); \
    gst_type_mark_as_plugin_api (id, 0); \
    g_once_init_leave (&type, id); \
  } \
  return type; \
}
