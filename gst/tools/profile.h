/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Output formats: which encoder and muxer, and what they take. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  const gchar *id;              /* for --format, and the usual extension */
  const gchar *extensions;      /* "flac" or "wav wave" */
  const gchar *name;
  const gchar *encode;          /* launch text from raw audio to bytes */
  const gchar *elements;        /* factories in it */
  struct
  {
    gint bits;
    const gchar *format;        /* of audio/x-raw */
  } depths[4];                  /* 0 ends */
} GstMasterProfile;

/* By --format, or by the extension of @path if @id is NULL. NULL and @error (usage). */
const GstMasterProfile *gst_master_profile_find (const gchar *id, const gchar *path, GError **error);
/* The format of audio/x-raw for @bits; NULL and @error if it has none. */
const gchar *gst_master_profile_raw_format (const GstMasterProfile *profile, gint bits, GError **error);
/* The deepest depth up to @bits. */
gint gst_master_profile_best_bits (const GstMasterProfile *profile, gint bits);

G_END_DECLS
