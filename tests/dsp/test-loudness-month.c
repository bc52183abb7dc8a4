/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thirty days of samples: a 1 kHz sine whose level follows the same 24 hours each day, one of them silent. What is read after the
 * month is what was read after the first day and what the definition gives. */
#include "bs1770.h"
#include "loudness.h"

#include "tap.h"

#define RATE 12000
#define DAYS 30

int
main (void)
{
  static double hour[RATE], scaled[RATE];
  static const double level_db[24] = { -23, -20, -26, -23, -18, -24, -27, -22, -21, -25, -23, -19,
    -23, -20, -26, -INFINITY, -18, -24, -27, -22, -21, -25, -23, -19 };
  const char *error;
  MstLoudness *m = mst_loudness_new (RATE, 1, &error);
  MstLoudnessReading day, month;
  double mean = 0.0;

  for (int i = 0; i < RATE; i++)
    hour[i] = sin (2.0 * M_PI * 1000.0 / RATE * i);
  /* the silent hour's blocks are under the absolute gate; the others' mean energy is what is asked for */
  for (int h = 0; h < 24; h++)
    mean += isfinite (level_db[h]) ? 0.5 * k_power (1000.0) * pow (10.0, level_db[h] / 10.0) / 23.0 : 0.0;
  for (int d = 0; d < DAYS; d++) {
    for (int h = 0; h < 24; h++) {
      const double gain = isfinite (level_db[h]) ? pow (10.0, level_db[h] / 20.0) : 0.0;
      for (int i = 0; i < RATE; i++)
        scaled[i] = gain * hour[i];
      for (int s = 0; s < 3600; s++)
        mst_loudness_process (m, (const double *const[1]) { scaled }, RATE);
    }
    if (d == 0)
      mst_loudness_read (m, &day);
  }
  mst_loudness_read (m, &month);
  tap_within (day.integrated - lufs (mean), 0.005, "integrated after a day against the definition, LU");
  tap_within (month.integrated - day.integrated, 1e-5, "after 30 days, LU");
  tap_within (month.range - day.range, 1e-9, "its range, LU");
  /* two hours of 23 lie at -27, two at -26, two at -18: the 10th percentile is -26, the 95th -18 */
  tap_within (month.range - (level_db[4] - level_db[2]), 0.01, "range against the levels, LU");
  tap_within (month.short_term - lufs (0.5 * k_power (1000.0) * pow (10.0, level_db[23] / 10.0)), 0.005, "the last 3 s, LU");
  tap_within (month.short_term - day.short_term, 1e-9, "the same as a day's");
  tap_within (month.sample_peak - day.sample_peak, 0.0, "sample peak");
  mst_loudness_free (m);
  return tap_done ();
}
