/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bands of masteringeq and multibandcomp: children "band0", "band1", … of an element, made and removed as
 * "num-bands" changes, reached through GstChildProxy, and written in one line:
 *
 *     bands  = [ band { ";" band } [ ";" ] ]        spaces and line ends are free between words
 *     band   = { value | property "=" value }
 *
 * A value without "=" belongs to the next property of the class's `words`; nicks for enums, true/false for booleans,
 * "10k" = 10000 for properties whose name ends in "frequency". What a band does not name has its default. So
 *
 *     high-pass 28 slope=24; bell 250 -1.5 q=0.9; high-shelf 10k 1.5 channels=side
 *
 * are three bands with words = { "type", "frequency", "gain" }. The first word is always printed, else only what differs
 * from the default; numbers with as many digits as read back to the same bits.
 *
 * A wrong string changes nothing. The error names the word, where it stands (character, from 1; band) and what would be right.
 * A property setter can return no error, and a g_warning is for programmers: set on an element that is in a pipeline it is a
 * GST_ELEMENT_WARNING (audio goes on as it was); set before (as gst-launch-1.0 does) it is kept and becomes the element's
 * error when the stream's format arrives, by gst_mastering_bands_check ().
 *
 * Threads: everything here may be called from any thread, without locks held; signals and notifies are emitted without locks. */
#pragma once

#include "gstmasteringbase.h"

G_BEGIN_DECLS

/* ------------------------------------------------------------------------------------------------ one band, to derive from
 * class_init installs properties with GST_MASTERING_PARAM or GST_MASTERING_PARAM_STRUCTURE and sets `words`;
 * set_property stores under the band's own object lock, unlocks, and ends with gst_mastering_band_changed (band, pspec). */
#define GST_TYPE_MASTERING_BAND (gst_mastering_band_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstMasteringBand, gst_mastering_band, GST, MASTERING_BAND, GstObject)

struct _GstMasteringBandClass
{
  GstObjectClass parent_class;
  /* NULL-terminated names of the properties that need no "name=" in the string, in this order. Not NULL, not empty. */
  const gchar *const *words;
  /* Optional: where the default of a property depends on the band's number (crossover frequencies): write it to @value, which
   * holds the pspec's. New bands get it, the string leaves it out; existing bands are never rewritten by it. */
  void (*get_default) (GstMasteringBandClass *klass, guint index, GParamSpec *pspec, GValue *value);
  gpointer padding[4];
};

/* Tells the element: its parameters changed, or, where @pspec is not GST_PARAM_CONTROLLABLE, its structure. */
void gst_mastering_band_changed (GstMasteringBand *band, GParamSpec *pspec);
/* The number in its name. */
guint gst_mastering_band_get_index (GstMasteringBand *band);

/* ----------------------------------------------------------------------------------------------------- all bands of an element */
typedef struct _GstMasteringBands GstMasteringBands;

/* From the element's instance init: @n bands of @band_type, always between @min and @max. */
GstMasteringBands *gst_mastering_bands_new (GstMasteringBase *owner, GType band_type, guint min, guint max, guint n);
/* From the element's dispose; *bands becomes NULL. NULL is fine. */
void gst_mastering_bands_clear (GstMasteringBands **bands);

/* For the "num-bands" property. Bands that stay keep their values. */
guint gst_mastering_bands_get_n (GstMasteringBands *bands);
void gst_mastering_bands_set_n (GstMasteringBands *bands, guint n);

/* For the "bands" property. parse: FALSE and @error, nothing changed. set_string: the same, errors as said above. */
gchar *gst_mastering_bands_print (GstMasteringBands *bands);
gboolean gst_mastering_bands_parse (GstMasteringBands *bands, const gchar *text, GError **error);
gboolean gst_mastering_bands_set_string (GstMasteringBands *bands, const gchar *text);
/* For the element's check (): what a string set too early was refused for, g_malloc'ed, or NULL. */
gchar *gst_mastering_bands_check (GstMasteringBands *bands);

/* @func for each band in order, under the element's and the band's object lock, so that all belong together: copy the values
 * and return. Returns how many. Meant for make () and set_params () of the element. */
typedef void (*GstMasteringBandFunc) (GstMasteringBand *band, guint index, gpointer user_data);
guint gst_mastering_bands_foreach (GstMasteringBands *bands, GstMasteringBandFunc func, gpointer user_data);

/* G_IMPLEMENT_INTERFACE (GST_TYPE_CHILD_PROXY, gst_mastering_bands_child_proxy_init) */
void gst_mastering_bands_child_proxy_init (gpointer iface, gpointer iface_data);

G_END_DECLS
