/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Test Anything Protocol in thirty lines, for tests that link dsp/ alone. */
#pragma once

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_count, tap_failed;

/* One line a claim. Returns @pass. */
__attribute__ ((format (printf, 2, 3), unused))
static int
tap_ok (int pass, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  printf ("%sok %d - ", pass ? "" : "not ", ++tap_count);
  vprintf (format, args);
  printf ("\n");
  va_end (args);
  tap_failed += !pass;
  return pass;
}

/* |@value| <= @limit; says both, so a log shows the margin. NaN fails. */
__attribute__ ((unused))
static int
tap_within (double value, double limit, const char *what)
{
  return tap_ok (fabs (value) <= limit, "%s: %.3g (limit %.3g)", what, value, limit);
}

/* Where a machine is slow, as emulators are, MASTERING_TEST_SHARE (0 to 1) asks for that part of the settings only. */
static double
tap_part (void)
{
  static double part;
  if (part == 0.0) {
    const char *text = getenv ("MASTERING_TEST_SHARE");
    part = text ? fmin (fmax (atof (text), 1e-6), 1.0) : 1.0;
    if (part < 1.0)
      printf ("# MASTERING_TEST_SHARE=%g: fewer settings of each kind\n", part);
  }
  return part;
}

__attribute__ ((unused))
static int
tap_short (void)
{
  return tap_part () < 1.0;
}

/* How many of @n settings to run, at least @least */
__attribute__ ((unused))
static int
tap_share (int n, int least)
{
  const int share = (int) ceil (n * tap_part ());
  return share < least ? least : share;
}

/* return tap_done (); at the end of main */
static int
tap_done (void)
{
  printf ("1..%d\n", tap_count);
  return tap_failed > 0;
}
