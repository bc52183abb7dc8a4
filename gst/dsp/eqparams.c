/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eq.h"
#include "kweight.h"

#include <math.h>
#include <string.h>

void
mst_eq_band_init (MstEqBand *band)
{
  /* compared as bytes: what lies between the fields is 0, too */
  static const MstEqBand initial = { MST_EQ_BELL, 1000.0, 0.0, M_SQRT1_2, 12, MST_EQ_ALL, true, 0.0, -20.0, 2.0, 10.0, 100.0, false, false };
  memcpy (band, &initial, sizeof initial);
}

void
mst_eq_params_init (MstEqParams *params)
{
  memset (params, 0, sizeof *params);
  for (unsigned i = 0; i < MST_EQ_MAX_BANDS; i++)
    mst_eq_band_init (&params->bands[i]);
}

static bool
within (double x, double low, double high)
{
  return x >= low && x <= high;
}

const char *
mst_eq_params_check (const MstEqParams *params, unsigned n_channels, unsigned *band)
{
  *band = 0;
  if (params->n_bands > MST_EQ_MAX_BANDS)
    return "more than 32 bands";
  for (; *band < params->n_bands; ++*band) {
    const MstEqBand *b = &params->bands[*band];
    if ((unsigned) b->type >= MST_EQ_N_TYPES)
      return "no such type";
    if (!within (b->frequency_hz, 10.0, 40000.0))
      return "frequency is not in 10 to 40000 Hz";
    if (!within (b->gain_db, -36.0, 36.0))
      return "gain is not in -36 to 36 dB";
    if (!within (b->q, 0.025, 200.0))
      return "q is not in 0.025 to 200";
    if (b->enabled && !mst_eq_slope_valid (b->type, b->slope))
      return "slope is not one of this type";
    if (!within (b->range_db, -30.0, 30.0) || !within (b->threshold_db, -80.0, 0.0) || !(b->ratio >= 1.0)
        || !within (b->attack_ms, 1.0, 500.0) || !within (b->release_ms, 5.0, 5000.0))
      return "range, threshold, ratio, attack or release is out of its range";
    if ((b->enabled || b->listen) && b->channels != MST_EQ_ALL && n_channels != 2)
      return "left, right, mid and side need stereo";
  }
  return within (params->output_gain_db, -36.0, 36.0) ? NULL : "output gain is not in -36 to 36 dB";
}

double
mst_eq_effective_frequency (const MstEqBand *band, double rate_hz)
{
  switch (band->type) {
    case MST_EQ_HIGH_PASS:
    case MST_EQ_BAND_PASS:
    case MST_EQ_NOTCH:
    case MST_EQ_ALL_PASS:
      return fmin (band->frequency_hz, 0.45 * rate_hz);
    default:
      return band->frequency_hz;
  }
}

/* |H|^2 of @b at @f_hz */
static double
band_power (const MstEqBand *b, double f_hz, double rate_hz)
{
  MstEqSection section[MST_EQ_MAX_SECTIONS];
  double power = 1.0;
  mst_eq_prototype (b->type, b->gain_db, b->q, b->slope, section);
  for (unsigned k = 0; k < mst_eq_n_sections (b->type, b->slope); k++)
    power *= mst_eq_section_power (&section[k], f_hz / mst_eq_effective_frequency (b, rate_hz));
  return power;
}

double
mst_eq_magnitude_db (const MstEqParams *params, MstEqChannels channels, double f_hz, double rate_hz)
{
  double db = params->output_gain_db + (params->auto_gain ? mst_eq_auto_gain_db (params, rate_hz) : 0.0);
  for (unsigned i = 0; i < params->n_bands; i++) {
    const MstEqBand *b = &params->bands[i];
    if (b->enabled && (b->channels == MST_EQ_ALL || b->channels == channels))
      db += 10.0 * log10 (band_power (b, f_hz, rate_hz));
  }
  return db;
}

double
mst_eq_auto_gain_db (const MstEqParams *params, double rate_hz)
{
  const double top = fmin (20000.0, 0.45 * rate_hz);
  double before = 0.0, after = 0.0;
  for (double f = 20.0; f <= top; f *= exp2 (1.0 / 12.0)) {     /* equal power in equal parts of an octave: pink */
    const double k = mst_kweight_reference (f);
    double power[MST_EQ_SIDE + 1] = { 1.0, 1.0, 1.0, 1.0, 1.0 };
    for (unsigned i = 0; i < params->n_bands; i++)
      if (params->bands[i].enabled)
        power[params->bands[i].channels] *= band_power (&params->bands[i], f, rate_hz);
    before += k * k;
    after += k * k * power[MST_EQ_ALL] * 0.25 * (power[MST_EQ_LEFT] + power[MST_EQ_RIGHT])
        * (power[MST_EQ_MID] + power[MST_EQ_SIDE]);
  }
  return after > 0.0 ? fmin (fmax (-10.0 * log10 (after / before), -60.0), 60.0) : 0.0;
}
