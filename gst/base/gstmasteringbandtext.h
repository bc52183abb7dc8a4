/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one-line text of bands, as gstmasteringbands.h defines it, to and from values. No element, no locks. */
#pragma once

#include "gstmasteringbands.h"

G_BEGIN_DECLS

/* The properties of a band class that belong in its text: its own (not GstObject's), readable and writable. */
typedef struct
{
  GstMasteringBandClass *klass; /* a reference */
  GParamSpec **pspecs;          /* in order of installation */
  guint n_pspecs;
  gint *words;                  /* index in pspecs of the property of each positional word */
  guint n_words;
} GstMasteringBandText;

GstMasteringBandText *gst_mastering_band_text_new (GType band_type);
void gst_mastering_band_text_free (GstMasteringBandText *t);

/* The default of property @p of band @index; @value is not initialised. */
void gst_mastering_band_text_default (const GstMasteringBandText *t, guint index, guint p, GValue *value);

/* Array of GValue[n_pspecs], one a band, all set; NULL and @error if the text is wrong. */
GPtrArray *gst_mastering_band_text_parse (const GstMasteringBandText *t, const gchar *text, guint min, guint max,
    GError **error);

/* Appends one band, its values in the order of pspecs, to @out. */
void gst_mastering_band_text_print (const GstMasteringBandText *t, guint index, const GValue *values, GString *out);

GValue *gst_mastering_band_values_new (guint n);
void gst_mastering_band_values_free (GValue *values, guint n);

G_END_DECLS
