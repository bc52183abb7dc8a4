/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether input, chain and format go together; before, between and after the first passes, in the order of a session. */
#include <math.h>
#include <string.h>

#include "errors.h"
#include "layout.h"
#include "rules.h"
#include "session-private.h"

/* The limiter holds its ceiling to 0.01 dB, meters differ by 0.01 dB */
#define CEILING_MARGIN_DB 0.03

/* Matroska and MP4 round, and tell the longest of their tracks. */
static gdouble
duration_slack (const GstMasterSource *in)
{
  gchar *container = NULL;

  if (in->tags == NULL || !gst_tag_list_get_string (in->tags, GST_TAG_CONTAINER_FORMAT, &container))
    return 0.005;
  const gboolean is_exact = strstr (container, "WAV") != NULL || strstr (container, "AIFF") != NULL;
  g_free (container);
  return is_exact ? 0.005 : 0.1;
}

/* Formats that count frames say how many there should be. */
gboolean
gst_master_session_check_whole (const GstMasterSource *in, GError **error)
{
  const gdouble seconds = gst_master_source_seconds (in);
  const gdouble declared = GST_CLOCK_TIME_IS_VALID (in->declared) ? in->declared / 1e9 : seconds;

  /* of several tracks one may well be shorter than the file */
  if (gst_master_source_is_lossy (in) || in->n_tracks > 1 || in->stream != NULL || declared - seconds < duration_slack (in))
    return TRUE;
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_INPUT,
      "cannot read %s: it is cut off, %.2f of %.2f seconds are there; get a whole copy", in->path, seconds, declared);
  return FALSE;
}

gboolean
gst_master_session_check_fitness (const GstMasterSource *in, const GstMasterFigures *before, GError **error)
{
  const gdouble seconds = gst_master_source_seconds (in);

  if (seconds < 0.4)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT,
        "%s is %.0f ms long: loudness is measured in blocks of 400 ms, so there is none", in->path, seconds * 1e3);
  else if (!isfinite (before->integrated_lufs))
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT,
        "%s is silent: nothing in it is above -70 LUFS, so there is no loudness to change", in->path);
  else
    return TRUE;
  return FALSE;
}

/* Leaves out stages for stereo where there is one channel, and says so; refuses more than two. */
gboolean
gst_master_session_fit_chain (GstMasterSession *s, GError **error)
{
  GstMasterChain *chain = s->options->chain;
  const GstMasterSource *in = s->result->input;
  gint i;

  if (in->channels == 2)
    return TRUE;
  while ((i = gst_master_chain_find_stereo_stage (chain)) >= 0) {
    gchar *name = gst_master_chain_stage_name (chain, i);
    const gboolean leave_out = in->channels == 1 && g_str_equal (name, "msmatrix");
    if (leave_out) {
      gst_master_progress_note (s->progress, "mono input: the master is mono, %s has nothing to do and is left out", name);
      g_ptr_array_remove_index (chain->stages, i);
    } else {
      g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT, "%s has %d channel%s, but %s in the chain \"%s\" needs stereo; "
          "use --preset transparent, or a --chain without it", in->path, in->channels, in->channels == 1 ? "" : "s", name,
          chain->name);
    }
    g_free (name);
    if (!leave_out)
      return FALSE;
  }
  return TRUE;
}

/* What the file shall be: as asked, else as the input, as far as the format goes. */
gboolean
gst_master_session_settle_format (GstMasterSession *s, GError **error)
{
  GstMasterRender *r = &s->result->render;
  const GstMasterOptions *o = s->options;
  const GstMasterProfile *profile = r->profile;
  const GstMasterSource *in = s->result->input;

  if (in->channels > profile->max_channels) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT, "%s has %d channels, %s takes %d here; use --format %s",
        in->path, in->channels, profile->name, profile->max_channels, profile->wide_format != NULL ? profile->wide_format : "wav");
    return FALSE;
  }
  guint64 layout;
  if (!gst_master_layout_for (profile->encode, (guint) in->channels, in->channel_mask, &layout)) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT, "%s has %d channels for loudspeakers (mask 0x%" G_GINT64_MODIFIER "x) that %s has no name for; "
        "use --format %s", in->path, in->channels, in->channel_mask, profile->name, profile->wide_format != NULL ? profile->wide_format : "wav");
    return FALSE;
  }
  if (gst_master_rule_is_against_channels (o->target, in->channels) && !o->force) {
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT, "%s has %d channel%s, which contradicts --target %s (%s); choose another "
        "target, or insist with --force", in->path, in->channels, in->channels == 1 ? "" : "s", o->target->id, o->target->delivery);
    return FALSE;
  }
  if (profile->is_lossy)
    r->bits = profile->depths[0].bits;
  else if (o->bits != 0)
    r->bits = o->bits;
  else
    r->bits = in->bits > 0 && !gst_master_source_is_lossy (in)
        ? gst_master_profile_best_bits (profile, MAX (in->bits, 16)) : 24;
  r->rate = gst_master_profile_best_rate (profile, o->rate ? o->rate : in->rate);
  if (r->rate != in->rate && o->rate == 0)
    gst_master_progress_note (s->progress, "%s: resampled from %d to %d Hz", profile->name, in->rate, r->rate);
  return gst_master_profile_raw_format (profile, r->bits, error) != NULL;
}

/* Against the format, what the user and the target say: before anything is read. */
gboolean
gst_master_session_check_format (const GstMasterOptions *o, const GstMasterProfile *profile, GError **error)
{
  const gchar *wanted = gst_master_rule_against_format (o->target, profile);

  if (wanted != NULL && !o->force)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE,
        "%s contradicts --target %s, which is %s; choose %s, or insist with --force", profile->name, o->target->id,
        o->target->delivery, wanted);
  else if (profile->is_lossy && o->bits != 0 && o->bits != o->target->bits)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "--bits %d does not go into %s, which has none; leave it out",
        o->bits, profile->name);
  else if (o->rate != 0 && gst_master_profile_best_rate (profile, o->rate) != o->rate)
    g_set_error (error, GST_MASTER_ERROR, GST_MASTER_USAGE, "--rate %d does not go into %s; it takes %d", o->rate,
        profile->name, gst_master_profile_best_rate (profile, o->rate));
  else
    return TRUE;
  return FALSE;
}

/* Half a step of rounding and what the dither adds, in steps of the output: as tests/elements measure it. */
static gdouble
dither_steps (const GstMasterRender *r)
{
  static const struct
  {
    const gchar *shaping;
    gdouble steps;
  } shaped[] = { { "light", 5.0 }, { "medium", 10.0 }, { "strong", 25.0 } };

  for (guint i = 0; i < G_N_ELEMENTS (shaped); i++)
    if (g_str_equal (r->shaping, shaped[i].shaping))
      return shaped[i].steps;
  return 1.5;
}

void
gst_master_session_settle_ceiling (GstMasterSession *s)
{
  GstMasterRender *r = &s->result->render;
  const gdouble added = r->bits > 0 ? dither_steps (r) * exp2 (1 - r->bits) : 0.0;

  r->ceiling_db = 20.0 * log10 (pow (10.0, s->options->ceiling_dbtp / 20.0) - added) - CEILING_MARGIN_DB;
}

/* RIFF, AIFF count bytes in 32 bits. */
gboolean
gst_master_session_check_size (const GstMasterSession *s, GError **error)
{
  const GstMasterRender *r = &s->result->render;
  const gdouble bytes = gst_master_source_seconds (s->result->input) * r->rate * s->result->input->channels * r->bits / 8.0;

  if (!r->profile->is_limited || bytes < 4.294e9)
    return TRUE;
  g_set_error (error, GST_MASTER_ERROR, GST_MASTER_UNFIT, "%s would have %.1f GiB, a %s file holds 4; use --format flac",
      s->options->output != NULL ? s->options->output : "the master", bytes / (1ull << 30), r->profile->name);
  return FALSE;
}
