/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "rules.h"

static const struct
{
  const gchar *name, *unit;
  gsize offset;
  gboolean is_extra;            /* shown where it was asked for */
} rows[] = {
  { "Integrated loudness", "LUFS", offsetof (GstMasterFigures, integrated_lufs), FALSE },
  { "Short-term maximum", "LUFS", offsetof (GstMasterFigures, max_short_term_lufs), FALSE },
  { "Loudness range", "LU", offsetof (GstMasterFigures, lra_lu), FALSE },
  { "True peak", "dBTP", offsetof (GstMasterFigures, true_peak_dbtp), FALSE },
  { "PLR", "dB", offsetof (GstMasterFigures, plr_db), FALSE },
  { "Correlation", "", offsetof (GstMasterFigures, correlation), FALSE },
  { "Dialogue loudness", "LUFS", offsetof (GstMasterFigures, dialogue_lufs), TRUE },
  { "Share of speech", "%", offsetof (GstMasterFigures, speech_share), TRUE },
  { "Loudness to dialogue", "LU", offsetof (GstMasterFigures, ldr_lu), TRUE },
  { "RMS", "dBFS", offsetof (GstMasterFigures, rms_dbfs), TRUE },
  { "Noise floor", "dBFS", offsetof (GstMasterFigures, noise_floor_dbfs), TRUE },
};

static gdouble
figure_at (const GstMasterFigures *f, guint row)
{
  return *(const gdouble *) ((const gchar *) f + rows[row].offset);
}

static void
print_value (const GstMasterFigures *f, guint row)
{
  const gdouble value = figure_at (f, row);
  if (isnan (value))
    printf ("  %9s %-5s", "-", "");
  else
    printf ("  %9.2f %-5s", value, rows[row].unit);
}

/* "16", "lossy" or "float" */
static void
print_bits (const GstMasterSource *s)
{
  if (gst_master_source_is_lossy (s))
    printf ("  %9s %-5s", "lossy", "");
  else if (s->bits > 0)
    printf ("  %9d %-5s", s->bits, "");
  else
    printf ("  %9s %-5s", "float", "");
}

void
gst_master_report_print (const GstMasterResult *r)
{
  const gboolean both = r->output != NULL;

  printf ("%-20s  %9s %-5s", "", both ? "before" : "", "");
  printf (both ? "  %9s\n" : "\n", "after");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (rows[i].is_extra && isnan (figure_at (&r->before, i)))
      continue;
    printf ("%-20s", rows[i].name);
    print_value (&r->before, i);
    if (both)
      print_value (&r->after, i);
    printf ("\n");
  }
  printf ("%-20s", "Bits");
  print_bits (r->input);
  if (both)
    print_bits (r->output);
  printf ("\n%-20s  %9d %-5s", "Sample rate", r->input->rate, "Hz");
  if (both)
    printf ("  %9d %-5s", r->output->rate, "Hz");
  printf ("\n%-20s  %9d %-5s", "Channels", r->input->channels, "");
  if (both)
    printf ("  %9d %-5s", r->output->channels, "");
  printf ("\n%-20s  %9.3f %-5s", "Length", gst_master_source_seconds (r->input), "s");
  if (both)
    printf ("  %9.3f %-5s", gst_master_source_seconds (r->output), "s");
  printf ("\n");
  if (gst_master_rule_is_objection (r->verdict))
    printf ("%s: %s\n", gst_master_rule_is_broken (r->verdict) ? "Not within the target's rules" : "The target's rules", r->verdict);
  if (fabs (r->platform_gain_db) < 0.05)
    printf ("%s will leave %s as it is\n", r->target->name, both ? "it" : "this input");
  else if (isfinite (r->platform_gain_db))
    printf ("%s will change %s by %+.1f dB\n", r->target->name, both ? "it" : "this input", r->platform_gain_db);
  if (!both && r->render.chain != NULL) {
    printf ("%-20s  %+9.2f %-5s\n", "Planned gain", r->render.trim_db + r->render.drive_db, "dB");
    printf ("%-20s  %9.2f %-5s\n", "Planned loudness", r->target_lufs, "LUFS");
    printf ("%-20s  %9.2f %-5s\n", "Planned true peak", r->predicted_dbtp, "dBTP");
  }
  gst_master_warnings_print (r->warnings);
  if (r->portraits != NULL)
    gst_master_reference_print (r->portraits);
}

void
gst_master_report_print_line (const GstMasterResult *r, const gchar *output)
{
  const GstMasterFigures *f = r->output != NULL ? &r->after : &r->before;

  printf ("%s", r->input->path);
  if (r->output != NULL)
    printf (" -> %s", output);
  printf (": %.2f LUFS, %.2f dBTP", f->integrated_lufs, f->true_peak_dbtp);
  if (gst_master_rule_is_objection (r->verdict))
    printf (", but %s", r->verdict);
  if (r->output == NULL && r->render.chain != NULL)
    printf (", planned %+.2f dB to %.2f LUFS", r->render.trim_db + r->render.drive_db, r->target_lufs);
  printf ("\n");
  gst_master_warnings_print (r->warnings);
}
