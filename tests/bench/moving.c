/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 32 bands of the equaliser, all moving: frequency and gain of each told anew every 64 frames, on straight lines. Prints CPU time as a
 * share of the stream's, and that of the slowest 64 frames.
 *     build/tests/bench/bench-moving [SECONDS] */
#include "eq.h"
#include "isa.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GRID 64

static double
cpu_seconds (void)
{
  struct timespec t;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static void
run (const char *name, double rate, MstEqType type, unsigned slope, double seconds)
{
  static double left[GRID], right[GRID];
  double *const io[2] = { left, right }, total = 0.0, worst = 0.0;
  const char *error = NULL;
  MstEqParams p;
  mst_eq_params_init (&p);
  p.n_bands = MST_EQ_MAX_BANDS;
  for (unsigned i = 0; i < p.n_bands; i++) {
    p.bands[i].type = type;
    p.bands[i].slope = slope;
    p.bands[i].frequency_hz = 40.0 * exp2 (i * 9.0 / p.n_bands);
    p.bands[i].gain_db = 3.0;
  }
  MstEq *eq = mst_eq_new (rate, 2, &error);
  mst_eq_set_params (eq, &p, 0);
  const size_t n = (size_t) (seconds * rate / GRID);
  for (size_t k = 0; k < n; k++) {
    const double t = (double) (k * GRID) / rate;
    for (unsigned i = 0; i < GRID; i++)
      left[i] = right[i] = 0.5 * (double) rand () / RAND_MAX - 0.25;
    for (unsigned i = 0; i < p.n_bands; i++) {
      p.bands[i].frequency_hz = 40.0 * exp2 (i * 9.0 / p.n_bands + 0.5 * sin (2.0 * M_PI * (1.0 + 0.1 * i) * t));
      p.bands[i].gain_db = 6.0 * sin (2.0 * M_PI * (1.3 + 0.1 * i) * t);
    }
    const double before = cpu_seconds ();
    mst_eq_set_params (eq, &p, GRID);
    mst_eq_process (eq, io, GRID);
    const double took = cpu_seconds () - before;
    total += took;
    worst = fmax (worst, took);
  }
  mst_eq_free (eq);
  printf ("  %-28s %6.1f %% of a core, slowest 64 frames %5.2f of their time\n", name, 100.0 * total * rate / (double) (n * GRID),
      worst * rate / GRID);
}

int
main (int argc, char **argv)
{
  const double seconds = argc > 1 ? atof (argv[1]) : 5.0;
  for (int isa = MST_ISA_AVX2; isa >= MST_ISA_BASE; isa--) {
    mst_isa_force ((MstIsa) isa);
    printf ("%s\n", mst_isa () == MST_ISA_AVX2 ? "AVX2" : "baseline");
    run ("32 bells, 48 kHz", 48000.0, MST_EQ_BELL, 12, seconds);
    run ("32 high shelves, 48 kHz", 48000.0, MST_EQ_HIGH_SHELF, 12, seconds);
    run ("32 bells, 192 kHz", 192000.0, MST_EQ_BELL, 12, seconds);
    run ("32 high-passes of 96 dB/oct", 48000.0, MST_EQ_HIGH_PASS, 96, seconds);
  }
  return 0;
}
