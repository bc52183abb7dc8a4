/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gstr128alarms.h"

#include <math.h>
#include <string.h>

/* Numbers after the name, in order */
typedef enum { LIMIT, LIMIT_HIGH, SECONDS, NOTHING } Part;

static const struct
{
  const gchar *name, *usage;
  Part parts[3];
  gdouble least, most;          /* of the limits */
} alarms[MST_N_ALARMS] = {
  [MST_ALARM_SILENCE] = { "silence", "silence DBFS SECONDS", { LIMIT, SECONDS, NOTHING }, -200.0, 0.0 },
  [MST_ALARM_CHANNEL] = { "channel", "channel DBFS SECONDS", { LIMIT, SECONDS, NOTHING }, -200.0, 0.0 },
  [MST_ALARM_DUAL_MONO] = { "dual-mono", "dual-mono SECONDS", { SECONDS, NOTHING, NOTHING }, 0.0, 0.0 },
  [MST_ALARM_CLIPPED] = { "clipped", "clipped SAMPLES", { LIMIT, NOTHING, NOTHING }, 1.0, 1e6 },
  [MST_ALARM_TRUE_PEAK] = { "true-peak", "true-peak DBTP", { LIMIT, NOTHING, NOTHING }, -60.0, 20.0 },
  [MST_ALARM_PHASE] = { "phase", "phase CORRELATION SECONDS", { LIMIT, SECONDS, NOTHING }, -1.0, 1.0 },
  [MST_ALARM_LOUDNESS] = { "loudness", "loudness LOWEST HIGHEST SECONDS", { LIMIT, LIMIT_HIGH, SECONDS }, -200.0, 20.0 },
};

static gboolean
parse_one (gchar **words, MstAlarmParams *params, gchar **error)
{
  guint kind = 0, n = 0;
  while (kind < MST_N_ALARMS && !g_str_equal (alarms[kind].name, words[0]))
    kind++;
  if (kind == MST_N_ALARMS) {
    *error = g_strdup_printf ("alarms: \"%s\" is not known; there are silence, channel, dual-mono, clipped, true-peak, phase, loudness", words[0]);
    return FALSE;
  }
  MstAlarmRule rule = { .is_on = TRUE };
  for (; n < 3 && alarms[kind].parts[n] != NOTHING; n++) {
    gchar *end = NULL;
    const gdouble number = words[n + 1] ? g_ascii_strtod (words[n + 1], &end) : NAN;
    if (!words[n + 1] || end == words[n + 1] || *end || !isfinite (number)) {
      *error = g_strdup_printf ("alarms: \"%s\" is not a number; write %s", words[n + 1] ? words[n + 1] : "", alarms[kind].usage);
      return FALSE;
    }
    const gboolean is_time = alarms[kind].parts[n] == SECONDS;
    if (number < (is_time ? 0.0 : alarms[kind].least) || number > (is_time ? 1e6 : alarms[kind].most)) {
      *error = g_strdup_printf ("alarms: %s of %s is out of range, %g to %g", words[n + 1], words[0], is_time ? 0.0 : alarms[kind].least,
          is_time ? 1e6 : alarms[kind].most);
      return FALSE;
    }
    *(is_time ? &rule.seconds : alarms[kind].parts[n] == LIMIT ? &rule.limit : &rule.limit_high) = number;
  }
  if (words[n + 1]) {
    *error = g_strdup_printf ("alarms: \"%s\" is one too many; write %s", words[n + 1], alarms[kind].usage);
    return FALSE;
  }
  params->rule[kind] = rule;
  return TRUE;
}

gboolean
gst_r128_alarms_parse (const gchar *text, MstAlarmParams *params, gchar **error)
{
  gchar **items = g_strsplit (text ? text : "", ";", -1);
  gboolean ok = TRUE;
  memset (params, 0, sizeof *params);
  for (guint i = 0; ok && items[i]; i++) {
    gchar **split = g_strsplit_set (items[i], " \t\n", -1);
    guint n = 0;
    for (guint k = 0; split[k]; k++)    /* without the empty ones */
      if (*split[k])
        split[n++] = split[k];
      else
        g_free (split[k]);
    split[n] = NULL;
    ok = n == 0 || parse_one (split, params, error);
    g_strfreev (split);
  }
  g_strfreev (items);
  return ok;
}

void
gst_r128_alarms_post (GstMasteringBase *base, const MstAlarmEvent *event)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (base)->segment;
  const gboolean is_time = segment->format == GST_FORMAT_TIME;
  const gint rate = GST_AUDIO_INFO_RATE (gst_mastering_base_in_info (base));
  GstClockTime now;
  const guint64 frame = gst_mastering_base_now (base, &now);

  if (!GST_CLOCK_TIME_IS_VALID (now))
    return;
  const GstClockTime anchor = now - MIN (now, gst_util_uint64_scale_int (frame, GST_SECOND, rate));
  const GstClockTime begin = anchor + gst_util_uint64_scale_int (event->begin, GST_SECOND, rate);
  GstStructure *s = gst_structure_new ("r128meter-alarm", "alarm", G_TYPE_STRING, alarms[event->kind].name,
      "state", G_TYPE_STRING, event->is_end ? "end" : "begin", "timestamp", G_TYPE_UINT64, begin,
      "stream-time", G_TYPE_UINT64, is_time ? gst_segment_to_stream_time (segment, GST_FORMAT_TIME, begin) : GST_CLOCK_TIME_NONE,
      "running-time", G_TYPE_UINT64, is_time ? gst_segment_to_running_time (segment, GST_FORMAT_TIME, begin) : GST_CLOCK_TIME_NONE, NULL);
  if (event->is_end) {
    const GstClockTime end = anchor + gst_util_uint64_scale_int (event->end, GST_SECOND, rate);
    gst_structure_set (s, "endtime", G_TYPE_UINT64, end, "duration", G_TYPE_UINT64, end - begin, NULL);
  }
  if (event->channel >= 0)
    gst_structure_set (s, "channel", G_TYPE_INT, event->channel, NULL);
  if (event->kind != MST_ALARM_DUAL_MONO)
    gst_structure_set (s, "value", G_TYPE_DOUBLE, event->value, NULL);
  gst_element_post_message (GST_ELEMENT (base), gst_message_new_element (GST_OBJECT (base), s));
}
