/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Output formats: which encoder and muxer, and what they take. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* How a format says how loud it is. */
typedef enum
{
  GST_MASTER_TAGS_NONE,
  GST_MASTER_TAGS_REPLAYGAIN,   /* Vorbis comments */
  GST_MASTER_TAGS_R128,         /* the Vorbis comment of Opus */
  GST_MASTER_TAGS_ID3,
  GST_MASTER_TAGS_ILST          /* MP4 */
} GstMasterLoudnessTags;

typedef struct
{
  const gchar *id;              /* for --format */
  const gchar *extension;       /* that is given */
  const gchar *extensions;      /* that tell the format: "wav wave" */
  const gchar *name;
  const gchar *encode;          /* launch text from raw audio to bytes */
  const gchar *elements;        /* factories in it */
  gboolean is_limited;          /* to 4 GiB */
  gboolean is_lossy;            /* what the decoder makes of it is what counts */
  GstMasterLoudnessTags loudness_tags;
  const gchar *tag_chunk;       /* all tags go into this one, NULL: the muxer writes them */
  gint max_channels;
  const gchar *wide_format;     /* --format for more; NULL: wav */
  gint bits_per_channel;        /* bit rate of the element "encoder"; 0: it has one */
  guint priming_frames;         /* that come out of the decoder before the first; of films */
  gint fixed_rate, max_rate;    /* Hz; 0: any */
  const gchar *note;            /* for the help: bit rate, or NULL */
  struct
  {
    gint bits;                  /* -1: float */
    const gchar *format;        /* of audio/x-raw */
  } depths[4];                  /* 0 ends */
} GstMasterProfile;

/* By --format, or by the extension of @path if @id is NULL. NULL and @error (usage). */
const GstMasterProfile *gst_master_profile_find (const gchar *id, const gchar *path, GError **error);
/* Whether its elements are there; else @error (setup). */
gboolean gst_master_profile_is_installed (const GstMasterProfile *profile, GError **error);
/* The extension of --format @id, or of FLAC if @id is NULL or not known. */
const gchar *gst_master_profile_extension_for (const gchar *id, const gchar *input);
/* The format of audio/x-raw for @bits; NULL and @error if it has none. */
const gchar *gst_master_profile_raw_format (const GstMasterProfile *profile, gint bits, GError **error);
/* The rate nearest to @rate that it can have. */
gint gst_master_profile_best_rate (const GstMasterProfile *profile, gint rate);
/* The deepest depth up to @bits; of lossy formats the one their encoder takes. */
gint gst_master_profile_best_bits (const GstMasterProfile *profile, gint bits);

G_END_DECLS
