/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The target table as the file has it, the platforms' rules by worked examples, verdicts word for word. */
#include "target.h"

#include <string.h>

#include "tap.h"

#define NONE NAN, NAN, NAN        /* nothing of dialogue was measured */

static void
gains (void)
{
  static const struct { double integrated, true_peak; struct { const char *id; double gain, limited; } want[7]; } rows[] = {
    { -20, -5, { { "spotify", 4, 0 }, { "spotify-quiet", 1, 0 }, { "spotify-loud", 9, 5 }, { "youtube", 0, 0 }, { "replaygain-2", 2, 0 }, { "opus-r128", -3, 0 } } },
    { -20, -0.5, { { "spotify", 0, 0 }, { "spotify-quiet", 0, 0 }, { "spotify-loud", 9, 9.5 }, { "youtube", 0, 0 }, { "replaygain-2", 2, 0 } } },
    { -14, -1, { { "spotify", 0, 0 }, { "spotify-quiet", -5, 0 }, { "spotify-loud", 3, 3 }, { "youtube", 0, 0 }, { "replaygain-2", -4, 0 }, { "opus-r128", -9, 0 } } },
    { -9, -0.2, { { "spotify", -5, 0 }, { "spotify-quiet", -10, 0 }, { "spotify-loud", -2, 0 }, { "youtube", -5, 0 }, { "replaygain-2", -9, 0 }, { "opus-r128", -14, 0 } } },
    { -7.5, 0.6, { { "spotify", -6.5, 0 }, { "spotify-quiet", -11.5, 0 }, { "spotify-loud", -3.5, 0 }, { "youtube", -6.5, 0 }, { "tidal", -6.5, 0 }, { "deezer", 0, 0 } } },
    { -23, -9, { { "spotify", 8, 0 }, { "spotify-quiet", 4, 0 }, { "spotify-loud", 12, 4 }, { "youtube", 0, 0 }, { "replaygain-2", 5, 0 }, { "opus-r128", 0, 0 }, { "bandcamp", 0, 0 } } },
  };
  for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
    for (size_t i = 0; i < 7 && rows[r].want[i].id; i++) {
      const MstTarget *t = mst_target_find (rows[r].want[i].id);
      const MstTargetFigures f = { rows[r].integrated, NAN, NAN, rows[r].true_peak, rows[r].true_peak, NONE };
      double limited = -1.0;
      const double gain = t ? mst_target_gain_db (t, &f, &limited) : NAN;
      tap_ok (fabs (gain - rows[r].want[i].gain) < 1e-9 && fabs (limited - rows[r].want[i].limited) < 1e-9,
          "%s at %g LUFS, %g dBTP: %+.2f dB, limiting %.2f (%+g, %g)", rows[r].want[i].id, rows[r].integrated,
          rows[r].true_peak, gain, limited, rows[r].want[i].gain, rows[r].want[i].limited);
    }
  const MstTargetFigures talk = { -20, NAN, NAN, -3, -3, -25, 50, 5 };
  tap_ok (mst_target_gain_db (mst_target_find ("aes77-speech"), &talk, NULL) == 7.0 && mst_target_gain_db (mst_target_find ("ebu-r128"), &talk, NULL) == 0.0
      && mst_target_gain_db (mst_target_find ("tidal"), &talk, NULL) == mst_target_gain_db (mst_target_find ("tidal"), &(MstTargetFigures) { -20, NAN, NAN, -3, -3, NONE }, NULL),
      "a target of speech turns the speech to its loudness; others the programme");
  const MstTargetFigures silent = { -INFINITY, -INFINITY, 0.0, -INFINITY, -INFINITY, NONE };
  tap_ok (mst_target_gain_db (mst_target_find ("spotify"), &silent, NULL) == 0.0, "silence gets no gain");
}

static void
verdicts (void)
{
  static const struct { const char *id; MstTargetFigures f; bool ok; const char *text; } rows[] = {
    { "ebu-r128", { -23.1, -18, 8, -1.2, -2, NONE }, true, "pass" },
    { "ebu-r128", { -23.2, -18, 8, -1.0, -2, NONE }, true, "pass" },
    { "ebu-r128", { -22.5, -18, 8, -1.2, -2, NONE }, false, "integrated loudness +0.50 LU" },
    { "ebu-r128", { -24.3, -18, 8, 0.3, 0, NONE }, false, "integrated loudness -1.30 LU, true peak +1.30 dB" },
    { "ebu-r128-s1", { -23, -17.2, 3, -1.2, -2, NONE }, false, "short-term loudness +0.80 LU" },
    { "ebu-r128", { -23, NAN, NAN, NAN, -2, NONE }, true, "1 not measured" },
    { "ebu-r128", { -INFINITY, -INFINITY, 0, -INFINITY, -INFINITY, NONE }, false, "no loudness yet" },
    { "dpp-as11", { -23, -18, 20.5, -3, -3, NONE }, false, "loudness range +2.50 LU" },
    { "spotify", { -9, -8, 4, -1.1, -1.3, NONE }, true, "pass" },     /* normalised by the platform: only the peak is a rule */
    { "spotify", { -9, -8, 4, -0.4, -1.3, NONE }, false, "true peak +0.60 dB" },
    { "youtube", { -9, -8, 4, 0.4, 0, NONE }, true, "matches (community)" },
    { "spotify-podcasts", { -14, -12, 4, -1.4, -2, NONE }, true, "matches (reported)" },
    { "netflix-near-field", { -24, -20, 12, -2.5, -3, NONE }, true, "dialogue loudness not judged" },
    { "netflix-near-field", { -24, -20, 12, -1.5, -3, NONE }, false, "true peak +0.50 dB, dialogue loudness not judged" },
    { "netflix-near-field", { -24, -20, 12, -2.5, -3, -28.9, 60, 4.9 }, true, "dialogue loudness within the limits by our speech gate" },
    { "netflix-near-field", { -24, -20, 19, -2.5, -3, -29.1, 60, 5.1 }, false, "loudness range +1.00 LU, dialogue loudness -2.10 LU by our speech gate" },
    { "netflix-near-field", { -24, -20, 12, -2.5, -3, -20, 14.9, 0 }, true, "15 % speech by our speech gate: netflix-low-dialogue holds" },
    { "netflix-near-field", { -27, -20, 12, -2.5, -3, -27, 8, 0 }, false, "integrated loudness -3.00 LU, 8 % speech by our speech gate: netflix-low-dialogue holds" },
    { "disney-plus-surround", { -23.7, -20, 12, -2.5, -3, -27, 3, 0 }, true, "3 % speech by our speech gate: disney-plus-stereo holds" },
    { "atsc-a85-long", { -24, -20, 12, -2.5, -3, -INFINITY, 0, 0 }, true, "no dialogue found by our speech gate" },
    { "ac3-dialnorm", { -24, -20, 12, -2.5, -3, -27, 50, 3 }, true, "dialogue loudness -27.00 LUFS by our speech gate" },
    { "ebu-r128-s4", { -23, -20, 12, -2.5, -3, -27.9, 50, 4.9 }, true, "loudness to dialogue within the limit by our speech gate" },
    { "ebu-r128-s4", { -23, -20, 12, -2.5, -3, -28.5, 50, 5.5 }, false, "loudness to dialogue +0.50 LU" },
    { "ebu-r128-s4", { -23, -20, 12, -2.5, -3, -INFINITY, 0, 0 }, true, "no dialogue found by our speech gate" },
    { "ebu-r128-s4", { -23, -20, 12, -2.5, -3, NONE }, true, "1 not measured" },
    { "acx-audiobook", { -20, -18, 5, -3.1, -3.2, NONE }, true, "1 not measured" },      /* its RMS */
    { "tasa-trailer", { -20, -18, 5, -3.1, -3.2, NONE }, true, "85 dB Leq(m) at most: not judged" },
    { "cd-red-book", { -8, -7, 4, 0.4, 0, NONE }, false, "sample peak +0.30 dB" },
    { "bbc-radio", { -22.4, -20, 12, -2.5, -3, NONE }, false, "integrated loudness +0.60 LU" },
  };
  char text[200], small[8];
  for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
    const MstTarget *t = mst_target_find (rows[r].id);
    const bool ok = t && mst_target_judge (t, &rows[r].f, text, sizeof text);
    tap_ok (t && ok == rows[r].ok && strcmp (text, rows[r].text) == 0, "%s: \"%s\" (\"%s\")", rows[r].id, t ? text : "no such row", rows[r].text);
  }
  mst_target_judge (mst_target_find ("ebu-r128"), &rows[3].f, small, sizeof small);
  tap_ok (strcmp (small, "integra") == 0, "cut to the room there is");
}

/* The file, read here by its own rules */
static void
table (const char *path)
{
  FILE *file = fopen (path, "r");
  char line[4096];
  size_t rows = 0, same = 0;
  if (!file || !fgets (line, sizeof line, file)) {
    tap_ok (0, "cannot read %s", path);
    return;
  }
  while (fgets (line, sizeof line, file)) {
    const MstTarget *t = mst_target_at (rows++);
    const size_t n = strcspn (line, ",");
    same += t && strlen (t->id) == n && strncmp (t->id, line, n) == 0 && mst_target_find (t->id) == t && *t->grade && *t->source;
  }
  fclose (file);
  tap_ok (rows >= 60 && same == rows && !mst_target_at (rows), "%zu of %zu rows are the file's, each with grade and source", same, rows);
  const MstTarget *t = mst_target_find ("ebu-r128-s1");
  tap_ok (t->integrated_lufs == -23.0 && t->tolerance_lu == 0.2 && t->max_true_peak_dbtp == -1.0 && t->max_short_term_lufs == -18.0
      && isnan (t->max_lra_lu) && strcmp (t->source_date, "2020-08") == 0, "ebu-r128-s1, field by field");
  tap_ok (!mst_target_find ("nothing"), "an id that is not there");
}

int
main (int argc, char **argv)
{
  gains ();
  verdicts ();
  table (argc > 1 ? argv[1] : "gst/data/targets.csv");
  return tap_done ();
}
