/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 30

void
gst_master_progress_init (GstMasterProgress *p, gboolean quiet)
{
  memset (p, 0, sizeof *p);
  p->quiet = quiet;
  p->is_terminal = isatty (STDERR_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

static void
erase (GstMasterProgress *p)
{
  if (p->is_drawn)
    fputs ("\r\033[K", stderr);
  p->is_drawn = FALSE;
}

void
gst_master_progress_begin (GstMasterProgress *p, const gchar *name)
{
  p->pass++;
  p->name = name;
  p->started_us = g_get_monotonic_time ();
  p->tenth = 0;
}

static gdouble
wall_s (const GstMasterProgress *p)
{
  return (g_get_monotonic_time () - p->started_us) * 1e-6;
}

static void
print_time (gchar *buf, gsize size, gdouble seconds)
{
  const guint s = seconds > 0.0 ? (guint) (seconds + 0.5) : 0;
  if (s >= 3600)
    g_snprintf (buf, size, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
  else
    g_snprintf (buf, size, "%u:%02u", s / 60, s % 60);
}

void
gst_master_progress_update (GstMasterProgress *p, gdouble done_s, gdouble total_s, gdouble lufs)
{
  const gdouble wall = wall_s (p);
  const gdouble share = total_s > 0.0 ? CLAMP (done_s / total_s, 0.0, 1.0) : 0.0;
  const gdouble speed = wall > 0.0 ? done_s / wall : 0.0;
  gchar left[32], loudness[32] = "";

  if (p->quiet || wall < 0.1)
    return;
  print_time (left, sizeof left, speed > 0.0 ? (total_s - done_s) / speed : 0.0);
  if (isfinite (lufs))
    g_snprintf (loudness, sizeof loudness, "  %5.1f LUFS", lufs);

  if (p->is_terminal) {
    const gint filled = (gint) (share * BAR_WIDTH + 0.5);
    static const gchar full[] = "##############################", none[] = "..............................";
    erase (p);
    fprintf (stderr, "pass %u %-8s [%.*s%.*s] %3.0f %%  %.0fx  %s left%s", p->pass, p->name, filled, full,
        BAR_WIDTH - filled, none, 100.0 * share, speed, left, loudness);
    p->is_drawn = TRUE;
  } else if ((gint) (share * 10.0) > p->tenth) {
    p->tenth = (gint) (share * 10.0);
    fprintf (stderr, "pass %u %s: %d %%, %.0fx, %s left%s\n", p->pass, p->name, p->tenth * 10, speed, left, loudness);
  }
  fflush (stderr);
}

void
gst_master_progress_end (GstMasterProgress *p, gdouble done_s)
{
  const gdouble wall = wall_s (p);
  gchar took[32];

  erase (p);
  if (p->quiet)
    return;
  print_time (took, sizeof took, wall);
  fprintf (stderr, "pass %u %s: 100 %%, %.0fx real time, %s\n", p->pass, p->name, wall > 0.0 ? done_s / wall : 0.0, took);
  fflush (stderr);
}

void
gst_master_progress_note (GstMasterProgress *p, const gchar *format, ...)
{
  va_list args;

  if (p->quiet)
    return;
  erase (p);
  va_start (args, format);
  gchar *text = g_strdup_vprintf (format, args);
  va_end (args);
  fprintf (stderr, "%s\n", text);
  fflush (stderr);
  g_free (text);
}
