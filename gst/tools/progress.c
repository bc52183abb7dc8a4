/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "progress.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR_WIDTH 20         /* the line stays under 80 columns */

void
gst_master_progress_init (GstMasterProgress *p, const GstMasterOptions *o, const gchar *item)
{
  const gboolean is_alone = o->inputs == NULL || o->inputs[1] == NULL;

  memset (p, 0, sizeof *p);
  p->item = item;
  p->json_fd = !o->json_progress ? -1 : o->progress_fd >= 0 ? o->progress_fd : STDERR_FILENO;
  p->quiet = o->quiet || !is_alone || p->json_fd >= 0;
  p->is_terminal = isatty (STDERR_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

/* One line, written at once, so that those of several jobs do not mix. */
static void
tell_json (GstMasterProgress *p, gdouble percent, gdouble speed, gdouble eta_s, gdouble lufs)
{
  JsonObject *o = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  gchar *item = g_utf8_make_valid (p->item, -1);        /* a file's name may be anything, JSON may not */
  json_object_set_string_member (o, "item", item);
  g_free (item);
  json_object_set_int_member (o, "pass", p->pass);
  json_object_set_string_member (o, "name", p->name);
  json_object_set_double_member (o, "percent", rint (percent * 10.0) / 10.0);
  json_object_set_double_member (o, "speed", rint (speed * 10.0) / 10.0);
  json_object_set_double_member (o, "eta-s", rint (eta_s * 10.0) / 10.0);
  if (isfinite (lufs))
    json_object_set_double_member (o, "lufs", rint (lufs * 100.0) / 100.0);
  json_node_take_object (node, o);
  gchar *text = json_to_string (node, FALSE);
  gchar *line = g_strconcat (text, "\n", NULL);
  if (write (p->json_fd, line, strlen (line)) < 0)
    p->json_fd = -1;            /* nobody listens any more */
  p->told_us = g_get_monotonic_time ();
  g_free (line);
  g_free (text);
  json_node_unref (node);
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
  if (p->json_fd >= 0)
    tell_json (p, 0.0, 0.0, 0.0, NAN);
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

static gint
columns (void)
{
  struct winsize size;
  return ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* A line that wraps cannot be redrawn: on a narrow terminal it goes without the bar, and ends where the terminal does. */
static void
draw (GstMasterProgress *p, gdouble share, const gchar *figures)
{
  static const gchar full[] = "####################", none[] = "....................";
  const gint filled = (gint) (share * BAR_WIDTH + 0.5), width = columns () - 1;
  gchar *line = g_strdup_printf ("pass %u %-8s [%.*s%.*s] %3.0f %%%s", p->pass, p->name, filled, full, BAR_WIDTH - filled, none, 100.0 * share, figures);

  if ((gint) strlen (line) > width) {
    g_free (line);
    line = g_strdup_printf ("%s %.0f %%%s", p->name, 100.0 * share, figures);
  }
  erase (p);
  fprintf (stderr, "%.*s", MAX (width, 0), line);
  p->is_drawn = TRUE;
  g_free (line);
}

void
gst_master_progress_update (GstMasterProgress *p, gdouble done_s, gdouble total_s, gdouble lufs)
{
  const gdouble wall = wall_s (p);
  const gdouble share = total_s > 0.0 ? CLAMP (done_s / total_s, 0.0, 1.0) : 0.0;
  const gdouble speed = wall > 0.0 ? done_s / wall : 0.0;
  gchar left[32], loudness[32] = "";

  if (p->json_fd >= 0 && g_get_monotonic_time () - p->told_us > 500000)
    tell_json (p, 100.0 * share, speed, speed > 0.0 ? (total_s - done_s) / speed : 0.0, lufs);
  if (p->quiet || wall < 0.1)
    return;
  print_time (left, sizeof left, speed > 0.0 ? (total_s - done_s) / speed : 0.0);
  if (isfinite (lufs))
    g_snprintf (loudness, sizeof loudness, "  %5.1f LUFS", lufs);

  if (p->is_terminal) {
    gchar *figures = g_strdup_printf ("  %.0fx  %s left%s", speed, left, loudness);
    draw (p, share, figures);
    g_free (figures);
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
  if (p->json_fd >= 0)
    tell_json (p, 100.0, wall > 0.0 ? done_s / wall : 0.0, 0.0, NAN);
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
