/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loudtags.h"

#include <errno.h>
#include <gst/pbutils/pbutils.h>
#include <gst/tag/tag.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "ilst.h"
#include "oggcrc.h"

#define ID3_FRAME_TAG "private-id3v2-frame"     /* of libgsttag: a raw frame that id3v2mux writes as it is */
#define REPLAYGAIN_LUFS -18.0
#define R128_LUFS -23.0
/* Headers with cover art may be long; what stands behind this is not looked for */
#define MAX_HEADER_BYTES (32u << 20)

typedef struct
{
  const gchar *name;
  gchar value[16];
} Comment;

/* At fixed width, so that one can be written over the other. */
static guint
make_comments (Comment comments[2], const GstMasterProfile *profile, gdouble lufs, gdouble dbtp)
{
  const gdouble gain = CLAMP (REPLAYGAIN_LUFS - lufs, -60.0, 60.0);

  if (profile->loudness_tags == GST_MASTER_TAGS_R128) {
    comments[0].name = "R128_TRACK_GAIN";
    g_snprintf (comments[0].value, sizeof comments[0].value, "%+06d", (gint) rint (CLAMP (R128_LUFS - lufs, -127.0, 127.0) * 256.0));
    return 1;
  }
  comments[0].name = "REPLAYGAIN_TRACK_GAIN";
  g_snprintf (comments[0].value, sizeof comments[0].value, "%+06.2f dB", gain);
  comments[1].name = "REPLAYGAIN_TRACK_PEAK";
  g_snprintf (comments[1].value, sizeof comments[1].value, "%.6f", fmin (pow (10.0, dbtp / 20.0), 9.0));
  return 2;
}

/* An ID3v2.4 text frame, UTF-8; @name: of a TXXX, else NULL. */
static void
add_id3_frame (GstTagList *tags, const gchar *id, const gchar *name, const gchar *value)
{
  const guint n_name = name != NULL ? (guint) strlen (name) + 1 : 0, n_value = (guint) strlen (value), length = 1 + n_name + n_value;
  const guint8 head[] = { 0, 0, (guint8) (length >> 7 & 0x7f), (guint8) (length & 0x7f), 0, 0, 3 };
  GByteArray *frame = g_byte_array_new ();

  if (!gst_tag_exists (ID3_FRAME_TAG))  /* else id3demux or id3v2mux registered it */
    gst_tag_register (ID3_FRAME_TAG, GST_TAG_FLAG_META, GST_TYPE_SAMPLE, "private id3v2 tag frame", "unparsed id3v2 tag frame",
        gst_tag_merge_use_first);
  g_byte_array_append (frame, (const guint8 *) id, 4);
  g_byte_array_append (frame, head, sizeof head);
  g_byte_array_append (frame, (const guint8 *) name, n_name);
  g_byte_array_append (frame, (const guint8 *) value, n_value);
  const gsize size = frame->len;
  GstBuffer *buffer = gst_buffer_new_wrapped (g_byte_array_free (frame, FALSE), size);
  GstCaps *caps = gst_caps_new_simple ("application/x-gst-id3v2-frame", "version", G_TYPE_INT, 4, NULL);
  GstSample *sample = gst_sample_new (buffer, caps, NULL, NULL);
  gst_tag_list_add (tags, GST_TAG_MERGE_APPEND, ID3_FRAME_TAG, sample, NULL);
  gst_sample_unref (sample);
  gst_caps_unref (caps);
  gst_buffer_unref (buffer);
}

/* What the muxers do not translate: they know dates without time and comments, not descriptions, and id3v2mux no ISRC. */
static void
translate (GstTagList *tags, const GstMasterProfile *profile)
{
  const gboolean is_narrow = profile->loudness_tags == GST_MASTER_TAGS_ID3 || profile->loudness_tags == GST_MASTER_TAGS_ILST;
  GstDateTime *when = NULL;
  gchar *isrc = NULL, *description = NULL;

  if (!is_narrow)
    return;
  if (gst_tag_list_get_tag_size (tags, GST_TAG_COMMENT) == 0 && gst_tag_list_get_string (tags, GST_TAG_DESCRIPTION, &description))
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_COMMENT, description, NULL);
  g_free (description);

  if (gst_tag_list_get_tag_size (tags, GST_TAG_DATE) == 0 && gst_tag_list_get_date_time (tags, GST_TAG_DATE_TIME, &when)) {
    GDate *date = g_date_new_dmy (gst_date_time_has_day (when) ? (GDateDay) gst_date_time_get_day (when) : 1,
        gst_date_time_has_month (when) ? (GDateMonth) gst_date_time_get_month (when) : G_DATE_JANUARY,
        (GDateYear) gst_date_time_get_year (when));
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_DATE, date, NULL);
    g_date_free (date);
    gst_date_time_unref (when);
  }
  if (profile->loudness_tags == GST_MASTER_TAGS_ID3 && gst_tag_list_get_string (tags, GST_TAG_ISRC, &isrc)) {
    add_id3_frame (tags, "TSRC", NULL, isrc);
    g_free (isrc);
  }
}

void
gst_master_loudtags_add (GstTagList *tags, const GstMasterProfile *profile, gdouble lufs, gdouble dbtp)
{
  Comment comments[2];

  translate (tags, profile);
  if (profile->loudness_tags == GST_MASTER_TAGS_NONE || !isfinite (lufs) || !isfinite (dbtp))
    return;
  if (profile->loudness_tags == GST_MASTER_TAGS_ILST) {       /* this tag sees to it that there is a list */
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_ENCODER, "gst-master-1.0 " PACKAGE_VERSION, NULL);
    return;
  }
  const guint n = make_comments (comments, profile, lufs, dbtp);
  for (guint i = 0; i < n; i++) {
    if (profile->loudness_tags == GST_MASTER_TAGS_ID3) {
      add_id3_frame (tags, "TXXX", comments[i].name, comments[i].value);
    } else {
      gchar *text = g_strdup_printf ("%s=%s", comments[i].name, comments[i].value);
      gst_tag_list_add (tags, GST_TAG_MERGE_APPEND, GST_TAG_EXTENDED_COMMENT, text, NULL);
      g_free (text);
    }
  }
}

/* Writes @now over @was, which stands behind @name and one byte ('=' or 0) in the header. Where it is not found as one piece, the
 * planned figure stays: it is within the tolerance. */
static gboolean
replace (FILE *f, const guint8 *header, gsize size, const Comment *was, const Comment *now)
{
  const gsize name = strlen (was->name), value = strlen (was->value);
  const guint8 *at = header;

  if (strlen (now->value) != value)
    return TRUE;
  while ((at = memmem (at, size - (gsize) (at - header), was->name, name)) != NULL) {
    const guint8 *text = at + name + 1;
    if (text + value <= header + size && memcmp (text, was->value, value) == 0) {
      const gint64 position = text - header;
      return fseeko (f, position, SEEK_SET) == 0 && fwrite (now->value, value, 1, f) == 1
          && gst_master_ogg_fix_page (f, position);
    }
    at += name;
  }
  return TRUE;
}

static gboolean
replace_all (const gchar *path, const Comment *was, const Comment *now, guint n)
{
  FILE *f = fopen (path, "r+b");
  guint8 *header = g_malloc (MAX_HEADER_BYTES);
  const gsize size = f != NULL ? fread (header, 1, MAX_HEADER_BYTES, f) : 0;
  gboolean ok = f != NULL;

  for (guint i = 0; i < n && ok; i++)
    ok = replace (f, header, size, &was[i], &now[i]);
  g_free (header);
  return f != NULL && fclose (f) == 0 && ok;
}

/* The gain that a player finds in the file, as ReplayGain; NaN: none. */
static gdouble
read_back (const gchar *path)
{
  gchar *absolute = g_canonicalize_filename (path, NULL), *uri = g_filename_to_uri (absolute, NULL, NULL);
  GstDiscoverer *discoverer = gst_discoverer_new (20 * GST_SECOND, NULL);
  GstDiscovererInfo *info = discoverer != NULL ? gst_discoverer_discover_uri (discoverer, uri, NULL) : NULL;
  GList *streams = info != NULL ? gst_discoverer_info_get_audio_streams (info) : NULL;
  const GstTagList *lists[2] = { streams != NULL ? gst_discoverer_stream_info_get_tags (streams->data) : NULL,
    info != NULL ? gst_discoverer_info_get_tags (info) : NULL
  };
  gdouble gain = NAN;

  for (guint k = 0; k < G_N_ELEMENTS (lists); k++) {
    if (lists[k] == NULL || gst_tag_list_get_double (lists[k], GST_TAG_TRACK_GAIN, &gain))
      continue;
    const gchar *comment;
    for (guint i = 0; gst_tag_list_peek_string_index (lists[k], GST_TAG_EXTENDED_COMMENT, i, &comment); i++)
      if (g_str_has_prefix (comment, "R128_TRACK_GAIN="))
        gain = g_ascii_strtoll (strchr (comment, '=') + 1, NULL, 10) / 256.0 + REPLAYGAIN_LUFS - R128_LUFS;
  }
  gst_discoverer_stream_info_list_free (streams);
  g_clear_object (&info);
  g_clear_object (&discoverer);
  g_free (uri);
  g_free (absolute);
  return gain;
}

gboolean
gst_master_loudtags_settle (const gchar *path, const GstMasterProfile *profile, gdouble planned_lufs, gdouble planned_dbtp,
    const GstMasterFigures *measured, GError **error)
{
  Comment was[2], now[2];

  if (profile->loudness_tags == GST_MASTER_TAGS_NONE || !isfinite (planned_lufs) || !isfinite (measured->integrated_lufs))
    return TRUE;
  make_comments (was, profile, planned_lufs, planned_dbtp);
  const guint n = make_comments (now, profile, measured->integrated_lufs, measured->true_peak_dbtp);
  const gchar *names[] = { "replaygain_track_gain", "replaygain_track_peak" }, *values[] = { now[0].value, now[1].value };
  const gboolean ok = profile->loudness_tags == GST_MASTER_TAGS_ILST ? gst_master_ilst_append (path, names, values, n)
      : replace_all (path, was, now, n);
  const gdouble gain = ok ? read_back (path) : NAN;
  if (ok && fabs (gain - (REPLAYGAIN_LUFS - measured->integrated_lufs)) < 0.07)
    return TRUE;
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_OUTPUT, "the loudness tags of %s do not read back (%.2f dB): %s", profile->name,
      gain, ok ? "the muxer did not store them" : g_strerror (errno));
  return FALSE;
}
